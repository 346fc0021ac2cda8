//! One line of our log.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::Zoned;
use serde::Serialize;
use tracing::Level;

use crate::bridge::{LineKind, LineValues};
use model::presence::UserName;
use model::text::{MESSAGE_LIMIT, harmless, harmless_up_to};

/// Longest message in a line, in characters. Ours are shorter than 400.
const LIMIT: usize = 4_000;

/// A line, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The severity.
    pub level: Level,
    /// Which part of lampfield, for example `set`.
    pub target: &'a str,
    /// Whom it is about.
    pub user: Option<&'a str>,
    /// What happened. Must hold no secret; other harm is taken out when it is laid out.
    pub message: &'a str,
    /// The tenant of the bridge.
    pub tenant: Option<&'a str>,
    /// Its site, where this process has several.
    pub site: Option<&'a str>,
    /// What else it is about.
    pub values: Option<&'a LineValues>,
}

/// A line on its way to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedLine {
    /// When it happened.
    pub at: Timestamp,
    /// The severity.
    pub level: Level,
    /// Which part of lampfield.
    pub target: &'static str,
    /// Whom it is about.
    pub user: Option<UserName>,
    /// What happened, in English.
    pub message: String,
    /// The tenant of the bridge.
    pub tenant: Option<Arc<str>>,
    /// What else it is about.
    pub values: LineValues,
}

impl OwnedLine {
    /// The same, borrowed.
    #[must_use]
    pub fn as_line(&self) -> Line<'_> {
        Line {
            level: self.level,
            target: self.target,
            user: self.user.as_ref().map(UserName::as_str),
            message: &self.message,
            tenant: self.tenant.as_deref(),
            site: None,
            values: Some(&self.values),
        }
    }
}

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// [`Line::layout`].
    #[default]
    Text,
    /// [`Line::json`].
    Json,
}

/// A line as programs read it.
#[derive(Serialize)]
struct JsonLine<'a> {
    at: String,
    level: &'static str,
    target: &'a str,
    user: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// A kind's id as the journal writes it: 32 hexadecimal digits.
pub(super) fn message_id(kind: LineKind) -> String {
    format!("{:032x}", kind.message_id())
}

impl Line<'_> {
    pub(super) fn kind(&self) -> Option<LineKind> {
        self.values?.kind
    }

    pub(super) fn problem(&self) -> Option<&str> {
        self.values?.problem.as_deref()
    }

    /// The request-id of Microsoft's answer, harmless.
    pub(super) fn request_id(&self) -> Option<String> {
        let id = self.values?.request_id.as_ref()?;
        Some(harmless_up_to(&id.to_string(), MESSAGE_LIMIT))
    }

    /// The line in this layout, line end included.
    #[must_use]
    pub fn laid_out(&self, layout: Layout, at: &Zoned) -> String {
        match layout {
            Layout::Text => self.layout(at),
            Layout::Json => self.json(at),
        }
    }

    /// The line as one JSON object, line end included; the time in UTC with milliseconds:
    /// `{"at":"2026-11-23T11:04:05.118Z","level":"info","target":"set","user":"anna@corp.example","message":"..."}`,
    /// and where it has them `tenant`, `kind`, `message_id` (both of [`LineKind`]), `problem`, `request_id`: the values
    /// that the journal gets as fields. As harmless as the other layout.
    #[must_use]
    pub fn json(&self, at: &Zoned) -> String {
        let level = match self.level {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        let user = self.user.map(harmless);
        let request_id = self.request_id();
        let line = JsonLine {
            at: format!("{:.3}", at.timestamp()),
            level,
            target: &harmless(self.target),
            user: user.as_deref(),
            message: &harmless_up_to(self.message, LIMIT),
            tenant: self.tenant,
            kind: self.kind().map(LineKind::name),
            message_id: self.kind().map(message_id),
            problem: self.problem(),
            request_id: request_id.as_deref(),
        };
        // Text alone: nothing in it can fail.
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }

    /// The line as it stands in the file, line end included:
    /// `2026-11-23 12:04:05.118 INFO  set       anna@corp.example  Busy/InACall accepted in 84 ms`.
    ///
    /// Local time with milliseconds, level (5 wide), part (9 wide), user or `-`, two spaces,
    /// message. UCServer's own layout is published nowhere; this one is the only place to change.
    #[must_use]
    pub fn layout(&self, at: &Zoned) -> String {
        let user = self.user.map_or("-".into(), harmless);
        format!(
            "{} {:<5} {:<9} {user}  {}\n",
            at.strftime("%Y-%m-%d %H:%M:%S%.3f"),
            self.level.as_str(),
            harmless(self.target),
            harmless_up_to(self.message, LIMIT),
        )
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::graph::RequestId;

    #[test]
    fn the_same_as_json() {
        let values = LineValues {
            request_id: Some(RequestId("r-1\u{1b}".into())),
            ..LineKind::LeaseRefused.into()
        };
        let line = Line {
            level: Level::WARN,
            target: "set",
            user: Some("anna\u{202e}@corp.example"),
            message: "\"Busy\"\nrefused\u{1b}[2J",
            tenant: Some("corp.example"),
            site: None,
            values: Some(&values),
        };
        let at: Timestamp = "2026-11-23T11:04:05.1189Z".parse().unwrap();
        let at = at.to_zoned(TimeZone::get("Europe/Berlin").unwrap());
        let written = line.laid_out(Layout::Json, &at);
        assert_eq!(written.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["at"], "2026-11-23T11:04:05.118Z");
        assert_eq!(
            (&read["level"], &read["target"]),
            (&"warn".into(), &"set".into())
        );
        let named = ["tenant", "kind", "message_id", "request_id"];
        let named = named.map(|name| read[name].as_str().unwrap());
        let id = "96a43a69839a404d9b2e3ba84986fe6a";
        assert_eq!(named, ["corp.example", "lease_refused", id, "r-1"]);
        assert_eq!(read.get("problem"), None);
        let text = format!("{}{}", read["user"], read["message"]);
        assert!(!text.contains(['\u{202e}', '\u{1b}']), "{text}");
        assert!(text.contains("\\\"Busy\\\""), "{text}");
    }

    /// Whoever watches finds every kind with its id, word for word.
    #[test]
    fn every_kind_is_in_the_documentation() {
        let page = include_str!("../../docs/service.md");
        for kind in LineKind::ALL {
            let row = format!("| `{}` | `{}` |", kind.name(), message_id(*kind));
            assert!(page.contains(&row), "{row} is missing");
        }
    }

    fn laid_out(user: Option<&str>, message: &str) -> String {
        let at: Timestamp = "2026-11-23T11:04:05.1189Z".parse().unwrap();
        let line = Line {
            level: Level::INFO,
            target: "set",
            user,
            message,
            tenant: None,
            site: None,
            values: None,
        };
        line.layout(&at.to_zoned(TimeZone::get("Europe/Berlin").unwrap()))
    }

    #[test]
    fn a_line_is_laid_out_for_an_administrator() {
        assert_eq!(
            laid_out(Some("anna@corp.example"), "Busy/InACall accepted in 84 ms"),
            "2026-11-23 12:04:05.118 INFO  set       anna@corp.example  Busy/InACall accepted in 84 ms\n"
        );
        assert!(laid_out(None, "started").ends_with("set       -  started\n"));
    }

    #[test]
    fn nobody_writes_a_second_line_into_ours() {
        let line = laid_out(Some("a\nb"), "one\r\n2026-11-23 two\u{1b}[2J\u{202E}");
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.contains(['\u{1b}', '\r', '\u{202E}']));
    }
}
