//! One turn of a problem, as it is kept and as it is told. Pure.

use jiff::{SignedDuration, Timestamp};
use model::cause::Cause;
use model::clock::{elapsed, shifted};
use model::problem::{Problem, ProblemKind};
use model::snapshot::{Note, TenantView};
use serde::{Deserialize, Serialize};
use words::{ProgramTexts, fill, problem, short, texts};

use super::finding::{Finding, Weight};
use crate::presence::Lang;

/// What has become of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Turn {
    /// It lasts.
    Begin,
    /// It is worse than was told.
    Worse,
    /// It is over.
    End,
}

/// A problem that was told of. All times are the machine's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lasting {
    /// The same at its begin and at its end, and of no other problem.
    pub(super) id: String,
    /// What it is: [`model::problem::ProblemKind::code`].
    pub(super) code: String,
    pub(super) severity: Weight,
    pub(super) began: Timestamp,
    /// Users whom it concerns; the most that there were.
    pub(super) affected: usize,
    pub(super) cause: Option<Cause>,
    /// In words, in the language of the bridge.
    pub(super) what: String,
    pub(super) remedy: String,
}

impl Lasting {
    /// The problem of this finding, first seen then; `ahead` is how far the machine's clock is ahead
    /// of the bridge's.
    pub(super) fn new(
        finding: &Finding,
        first: Timestamp,
        (now, ahead): (Timestamp, SignedDuration),
        lang: Lang,
    ) -> Self {
        let since = finding.problem.since.unwrap_or(first).min(first);
        let began = shifted(since, ahead);
        let told = Told::new(&finding.problem, now, lang);
        Self {
            id: format!("{}#{:.3}", finding.key, shifted(first, ahead)),
            code: finding.problem.kind.code().to_owned(),
            severity: finding.weight,
            began,
            affected: finding.problem.affected,
            cause: told.cause,
            what: told.what,
            remedy: told.remedy,
        }
    }

    /// It is as bad as this finding now.
    pub(super) fn worsen(&mut self, finding: &Finding, now: Timestamp, lang: Lang) {
        let told = Told::new(&finding.problem, now, lang);
        self.severity = finding.weight;
        (self.cause, self.what, self.remedy) = (told.cause, told.what, told.remedy);
    }
}

/// A problem in words, without a user.
struct Told {
    cause: Option<Cause>,
    what: String,
    remedy: String,
}

impl Told {
    fn new(of: &Problem, now: Timestamp, lang: Lang) -> Self {
        let (what, remedy) = problem(of, now, texts(lang));
        let cause = match &of.kind {
            ProblemKind::OfUsers(Note::WriteFailing(trouble)) => Some(&**trouble),
            kind => kind.trouble(),
        };
        let cause = cause.map(|trouble| trouble.cause.clone());
        Self {
            cause: cause.filter(|cause| *cause != Cause::Unexplained),
            what: without_users(&what),
            remedy,
        }
    }
}

/// A server's own words may name somebody.
fn without_users(text: &str) -> String {
    let words = text.split(' ').map(|word| match word.find('@') {
        Some(_) => "(...)",
        None => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// One turn of a problem. The time is the machine's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Alert {
    pub(super) event: Turn,
    pub(super) at: Timestamp,
    pub(super) problem: Lasting,
}

/// As it is posted: docs/monitoring.md.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    event: Turn,
    id: &'a str,
    at: String,
    code: &'a str,
    severity: Weight,
    began: String,
    ended: Option<String>,
    affected: usize,
    cause: Option<&'a Cause>,
    text: String,
    remedy: &'a str,
    tenant: &'a str,
    host: &'a str,
    pid: u32,
}

impl Alert {
    /// The document; `from` is whose alert it is.
    pub(super) fn json(&self, from: &TenantView, lang: Lang) -> String {
        let Lasting {
            id,
            code,
            severity,
            began,
            affected,
            cause,
            remedy,
            ..
        } = &self.problem;
        let document = Document {
            schema: 1,
            event: self.event,
            id,
            at: time(self.at),
            code,
            severity: *severity,
            began: time(*began),
            ended: (self.event == Turn::End).then(|| time(self.at)),
            affected: *affected,
            cause: cause.as_ref(),
            text: self.text(&from.bridge.host, lang),
            remedy,
            tenant: &from.tenant_id,
            host: &from.bridge.host,
            pid: from.bridge.pid,
        };
        // Nothing in it can fail.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// One sentence that says all, for whoever shows nothing else.
    fn text(&self, host: &str, lang: Lang) -> String {
        let t = &ProgramTexts::in_lang(lang).alerts;
        let template = match self.event {
            Turn::Begin => &t.begin,
            Turn::Worse => &t.worse,
            Turn::End => &t.end,
        };
        let age = short(elapsed(self.problem.began, self.at).as_secs());
        fill(
            template,
            &[("host", &host), ("what", &self.problem.what), ("age", &age)],
        )
    }
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_named() {
        let said = "users.csv, line 3: anna@corp.example, sip:b@x: no phone";
        assert_eq!(
            without_users(said),
            "users.csv, line 3: (...) (...) no phone"
        );
    }
}
