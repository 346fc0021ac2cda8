//! `calls.jsonl`: who is on the phone, one JSON object a line:
//! `{"user_name":"anna@corp.example","kind":"tapi","state":"connected"}`.
//!
//! An optional `"call_id"` tells two calls of one kind of one user apart; without it the kind is
//! the call's key. Unknown fields are ignored, so a richer log can be used as it is.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::{CallEvent, CallState};
use model::presence::{CallKind, MatchKey, UserName};
use model::text::harmless_up_to;

/// Longest `call_id` that is kept, in characters.
const KEY_LIMIT: usize = 128;

/// Longest piece of a broken line that is quoted, in characters.
const QUOTE_LIMIT: usize = 60;

#[derive(Deserialize)]
struct Raw<'a> {
    user_name: std::borrow::Cow<'a, str>,
    kind: std::borrow::Cow<'a, str>,
    state: std::borrow::Cow<'a, str>,
    #[serde(default)]
    call_id: Option<serde_json::Value>,
}

/// Reads one line; nothing where it is blank.
pub(super) fn parse(line: &[u8]) -> Result<Option<CallEvent>, String> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\0']);
    if text.is_empty() {
        return Ok(None);
    }
    let raw: Raw<'_> = serde_json::from_str(text).map_err(|error| not_json(&error, text))?;
    let user_name = UserName::new(&raw.user_name);
    if user_name.as_str().is_empty() {
        return Err("user_name is empty".to_owned());
    }
    let kind: CallKind = known(
        "kind",
        &raw.kind,
        "tapi, softphone, av_chat, meeting, manual",
    )?;
    let state: CallState = known(
        "state",
        &raw.state,
        "ringing, connected, ended, present, busy, absent, do_not_disturb",
    )?;
    if is_of_a_call(state) == (kind == CallKind::Manual) {
        let (kind, state) = (kind.as_str(), &raw.state);
        return Err(format!("a {kind} event cannot be \"{state}\""));
    }
    Ok(Some(CallEvent {
        user_name,
        key: key(raw.call_id.as_ref(), kind),
        kind,
        state,
    }))
}

/// serde's words name a column; the line's number is ours to name.
fn not_json(error: &serde_json::Error, text: &str) -> String {
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or(&why);
    format!("{} in {}", why, harmless_up_to(text, QUOTE_LIMIT))
}

fn known<'a, T: Deserialize<'a>>(field: &str, raw: &'a str, known: &str) -> Result<T, String> {
    let value = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(raw);
    T::deserialize(value).map_err(|_| {
        let raw = harmless_up_to(raw, QUOTE_LIMIT);
        format!("unknown {field} \"{raw}\" (known: {known})")
    })
}

fn key(call_id: Option<&serde_json::Value>, kind: CallKind) -> Arc<str> {
    match call_id {
        Some(serde_json::Value::String(id)) if !id.trim().is_empty() => {
            harmless_up_to(id, KEY_LIMIT).into()
        }
        Some(serde_json::Value::Number(id)) => id.to_string().into(),
        _ => kind.as_str().into(),
    }
}

const fn is_of_a_call(state: CallState) -> bool {
    matches!(
        state,
        CallState::Ringing | CallState::Connected | CallState::Ended
    )
}

/// The calls that last, folded from all events so far. A presence set by hand is no call.
#[derive(Debug, Default)]
pub(super) struct CurrentCalls {
    calls: HashMap<(MatchKey, Arc<str>), (u64, CallEvent)>,
    /// Counts events, so that the calls come out in the order in which they began.
    events: u64,
}

impl CurrentCalls {
    /// Takes one event.
    pub(super) fn take(&mut self, event: &CallEvent) {
        let key = (event.user_name.key(), event.key.clone());
        self.events += 1;
        match event.state {
            CallState::Ended => {
                self.calls.remove(&key);
            }
            CallState::Ringing | CallState::Connected => {
                let began = self
                    .calls
                    .get(&key)
                    .map_or(self.events, |(began, _)| *began);
                self.calls.insert(key, (began, event.clone()));
            }
            _ => {}
        }
    }

    /// All calls that last, in the order in which they began.
    pub(super) fn all(&self) -> Vec<CallEvent> {
        let mut calls: Vec<_> = self.calls.values().collect();
        calls.sort_by_key(|(began, _)| *began);
        calls.into_iter().map(|(_, call)| call.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn event(line: &str) -> CallEvent {
        parse(line.as_bytes()).unwrap().unwrap()
    }

    #[rstest]
    #[case("tapi", "ringing", CallKind::Tapi, CallState::Ringing)]
    #[case("softphone", "connected", CallKind::Softphone, CallState::Connected)]
    #[case("av_chat", "ended", CallKind::AvChat, CallState::Ended)]
    #[case("meeting", "connected", CallKind::Meeting, CallState::Connected)]
    #[case("manual", "present", CallKind::Manual, CallState::Present)]
    #[case("manual", "busy", CallKind::Manual, CallState::Busy)]
    #[case("manual", "absent", CallKind::Manual, CallState::Absent)]
    #[case("manual", "do_not_disturb", CallKind::Manual, CallState::DoNotDisturb)]
    fn every_kind_and_state_is_read(
        #[case] kind: &str,
        #[case] state: &str,
        #[case] want_kind: CallKind,
        #[case] want_state: CallState,
    ) {
        let line = format!(
            "{{\"user_name\":\"anna\",\"kind\":\"{kind}\",\"state\":\"{state}\",\"since\":7}}"
        );
        let event = event(&line);
        assert_eq!((event.kind, event.state), (want_kind, want_state));
        assert_eq!(&*event.key, kind);
    }

    #[test]
    fn a_call_id_tells_two_calls_apart() {
        let line = r#"{"user_name":"a","kind":"tapi","state":"ringing","call_id":"7/1"}"#;
        assert_eq!(&*event(line).key, "7/1");
        let line = r#"{"user_name":"a","kind":"tapi","state":"ringing","call_id":12}"#;
        assert_eq!(&*event(line).key, "12");
    }

    #[rstest]
    #[case("")]
    #[case("\r")]
    #[case("\u{FEFF}")]
    #[case("   ")]
    fn blank_lines_are_nothing(#[case] line: &str) {
        assert_eq!(parse(line.as_bytes()), Ok(None));
    }

    #[test]
    fn a_byte_order_mark_before_the_first_line_is_no_fault() {
        let line = "\u{FEFF}{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"ended\"}\r";
        assert!(parse(line.as_bytes()).unwrap().is_some());
    }

    #[rstest]
    #[case(&b"{\"user_name\":\"a\""[..], "EOF while parsing")]
    #[case(b"hello", "expected value in hello")]
    #[case(b"[]", "invalid length 0")]
    #[case(
        b"{\"kind\":\"tapi\",\"state\":\"ended\"}",
        "missing field `user_name`"
    )]
    #[case(
        b"{\"user_name\":\" \",\"kind\":\"tapi\",\"state\":\"ended\"}",
        "user_name is empty"
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"fax\",\"state\":\"ended\"}",
        "unknown kind \"fax\" (known: tapi,"
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"held\"}",
        "unknown state \"held\""
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"busy\"}",
        "a tapi event cannot be \"busy\""
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"manual\",\"state\":\"ended\"}",
        "a manual event cannot be \"ended\""
    )]
    #[case(b"\xFF\xFE\x00", "expected value")]
    fn a_broken_line_says_what_is_wrong(#[case] line: &[u8], #[case] why: &str) {
        let error = parse(line).unwrap_err();
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("at line"), "{error}");
    }

    #[test]
    fn invalid_utf8_in_an_unknown_field_does_not_lose_the_call() {
        let line = b"{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"ended\",\"who\":\"\xFC\"}";
        assert!(parse(line).unwrap().is_some());
    }

    #[test]
    fn calls_last_until_they_end() {
        let mut calls = CurrentCalls::default();
        for (user, kind, state) in [
            ("anna", "tapi", "ringing"),
            ("bert", "meeting", "connected"),
            ("Anna", "tapi", "connected"),
            ("carl", "manual", "busy"),
            ("dora", "tapi", "connected"),
            ("DORA", "tapi", "ended"),
        ] {
            let line =
                format!("{{\"user_name\":\"{user}\",\"kind\":\"{kind}\",\"state\":\"{state}\"}}");
            calls.take(&event(&line));
        }
        let all = calls.all();
        let names: Vec<_> = all.iter().map(|call| call.user_name.as_str()).collect();
        assert_eq!(names, ["Anna", "bert"]);
        assert_eq!(all[0].state, CallState::Connected);
    }

    proptest::proptest! {
        #[test]
        fn anything_may_stand_in_a_line(line: Vec<u8>) {
            let _ = parse(&line);
        }
    }
}
