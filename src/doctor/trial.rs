//! The one write: set, read back, cleared, read back.

use std::time::Duration;

use super::disk::in_brackets;
use super::finding::{Finding, Words, say};
use super::people::in_general;
use super::refusal::failed_request;
use bridge::Evidence;
use graph::Failure;
use model::presence::TeamsPresence;
use words::Value;

/// What became of clearing.
#[derive(Clone, Debug, PartialEq)]
pub enum Cleared {
    /// A read shows it, after this long.
    Seen(Duration),
    /// Graph accepted it, but the reads still show a call.
    NotSeen(TeamsPresence),
    /// Graph accepted it; the read-back did not come to an end.
    Accepted,
    /// It failed: the presence runs out by itself, within five minutes.
    Failed(Failure),
}

/// How the trial went. Whatever happened, it was cleared at its end.
#[derive(Clone, Debug, PartialEq)]
pub enum Trial {
    /// Not begun: another lampfield writes, and clearing would take its lease away.
    OtherWriter(Option<u32>),
    /// Not begun: the user is in a call, so nothing would be seen.
    InACall(TeamsPresence),
    /// Graph refused the set.
    Refused(Failure, Cleared),
    /// Somebody ended the program.
    Interrupted(Cleared),
    /// A read shows it, after this long.
    Shown(Duration, Cleared),
    /// Accepted, but the reads never showed it: what the last one said, if any did.
    NotShown(Option<(Evidence, TeamsPresence)>, Cleared),
}

/// What the trial write showed, in words.
#[must_use]
pub fn trial(upn: &str, trial: &Trial, consent_url: &str) -> Finding {
    match trial {
        Trial::OtherWriter(pid) => other_writer(*pid),
        Trial::InACall(pair) => in_a_call(upn, pair),
        Trial::Refused(failure, cleared) => {
            let finding = failed_request(failure, consent_url);
            match cleared {
                // Nothing was set, so nothing could be cleared.
                Cleared::Failed(_) if !failure.kind.is_transient() => finding,
                _ => with_clear(finding, cleared),
            }
        }
        Trial::Interrupted(cleared) => with_clear(
            Finding::failed(
                say(|t| t.trial.interrupted, &[]),
                say(|t| t.trial.again_do, &[]),
            ),
            cleared,
        ),
        Trial::Shown(after, cleared) => {
            let message = say(|t| t.trial.shown, &[("upn", &upn), ("n", &seconds(*after))]);
            with_clear(Finding::ok(message), cleared)
        }
        Trial::NotShown(last, cleared) => with_clear(not_shown(upn, last.as_ref()), cleared),
    }
}

fn other_writer(pid: Option<u32>) -> Finding {
    Finding::failed(
        say(|t| t.trial.other_writer, &[("pid", &in_brackets(pid))]),
        say(|t| t.trial.other_writer_do, &[]),
    )
}

fn in_a_call(upn: &str, pair: &TeamsPresence) -> Finding {
    Finding::warning(
        say(|t| t.trial.in_a_call, &[("upn", &upn), ("pair", pair)]),
        say(|t| t.trial.in_a_call_do, &[]),
    )
}

fn not_shown(upn: &str, last: Option<&(Evidence, TeamsPresence)>) -> Finding {
    let Some((evidence, pair)) = last else {
        return Finding::warning(
            say(|t| t.trial.no_read, &[]),
            say(|t| t.trial.again_do, &[]),
        );
    };
    let values: [(&str, &dyn Value); 2] = [("upn", &upn), ("pair", pair)];
    match evidence {
        Evidence::Overridden | Evidence::Hidden => Finding::warning(
            say(|t| t.trial.masked, &values),
            say(|t| t.trial.masked_do, &[]),
        ),
        Evidence::Gone | Evidence::Shown => {
            let licence = in_general(|t| t.unmatched.no_teams_presence_do);
            Finding::failed(
                say(|t| t.trial.no_effect, &values),
                say(|t| t.trial.no_effect_do, &[("licence", &licence)]),
            )
        }
        Evidence::Silent => Finding::warning(
            say(|t| t.trial.silent, &values),
            say(|t| t.trial.silent_do, &[]),
        ),
    }
}

fn with_clear(finding: Finding, cleared: &Cleared) -> Finding {
    match cleared {
        Cleared::Seen(after) => {
            finding.with(say(|t| t.trial.cleared_seen, &[("n", &seconds(*after))]))
        }
        Cleared::Accepted => finding.with(say(|t| t.trial.cleared, &[])),
        Cleared::NotSeen(pair) => {
            finding.with(say(|t| t.trial.cleared_not_seen, &[("pair", pair)]))
        }
        Cleared::Failed(failure) => {
            let why = Words::told(&failure.trouble());
            let advice = finding.advice;
            let advice = advice.unwrap_or_else(|| say(|t| t.trial.clear_failed_do, &[]));
            let failed = Finding::failed(finding.message, advice);
            let failed = finding.details.into_iter().fold(failed, Finding::with);
            failed.with(say(|t| t.trial.clear_failed, &[("why", &why)]))
        }
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1}", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::doctor::Status;
    use graph::FailureKind;
    use model::presence::Lang;

    fn pair() -> TeamsPresence {
        TeamsPresence::parse("Away", "Away")
    }

    #[rstest]
    #[case(Evidence::Overridden, Status::Warning, "masked")]
    #[case(Evidence::Hidden, Status::Warning, "masked")]
    #[case(Evidence::Gone, Status::Failed, "without effect")]
    #[case(Evidence::Silent, Status::Warning, "nothing usable")]
    fn what_is_not_shown_says_why(
        #[case] evidence: Evidence,
        #[case] status: Status,
        #[case] says: &str,
    ) {
        let went = Trial::NotShown(Some((evidence, pair())), Cleared::Accepted);
        let finding = trial("a@b", &went, "");
        let said = finding.message.in_lang(Lang::En);
        assert_eq!(finding.status, status);
        assert!(said.contains(says), "{said}");
        assert_eq!(finding.details.len(), 1);
    }

    #[test]
    fn a_clear_that_failed_is_a_failure_whatever_went_before() {
        let cleared = Cleared::Failed(Failure::new(FailureKind::Network, "no connection"));
        let went = Trial::Shown(Duration::from_millis(1200), cleared);
        let finding = trial("a@b", &went, "");
        assert_eq!(finding.status, Status::Failed);
        let detail = finding.details[0].in_lang(Lang::En);
        assert!(
            detail.contains("within five minutes: no connection"),
            "{detail}"
        );
    }
}
