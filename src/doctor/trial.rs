//! The one write: set, read back, cleared, read back.

use std::time::Duration;

use super::finding::{Finding, Words};
use super::refusal::failed_request;
use bridge::Evidence;
use graph::Failure;
use model::presence::{Lang, TeamsPresence};

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
                Words::new("abgebrochen", "interrupted"),
                Words::new("Noch einmal aufrufen", "Call it again"),
            ),
            cleared,
        ),
        Trial::Shown(after, cleared) => {
            let after = seconds(*after);
            let message = Words::new(
                format!("{upn} zeigte Busy/InACall nach {after} s"),
                format!("{upn} showed Busy/InACall after {after} s"),
            );
            with_clear(Finding::ok(message), cleared)
        }
        Trial::NotShown(last, cleared) => with_clear(not_shown(upn, last.as_ref()), cleared),
    }
}

fn other_writer(pid: Option<u32>) -> Finding {
    let who = pid.map_or_else(String::new, |pid| format!(" ({pid})"));
    Finding::failed(
        Words::new(
            format!(
                "nicht versucht: ein anderer lampfield{who} schreibt gerade und verlöre seine Präsenz dieses Benutzers"
            ),
            format!(
                "not tried: another lampfield{who} is writing and would lose its presence of this user"
            ),
        ),
        Words::new(
            "Den anderen für diesen Versuch anhalten; sonst zeigt seine Konsole, was er schreibt",
            "Stop the other one for this trial; or look at its console, which shows what it writes",
        ),
    )
}

fn in_a_call(upn: &str, pair: &TeamsPresence) -> Finding {
    Finding::warning(
        Words::new(
            format!("nicht versucht: {upn} ist {pair}, man sähe keinen Unterschied"),
            format!("not tried: {upn} is {pair}, so no difference would be seen"),
        ),
        Words::new(
            "Nach dem Gespräch noch einmal, oder mit einem anderen Benutzer",
            "Again after the call, or with another user",
        ),
    )
}

fn not_shown(upn: &str, last: Option<&(Evidence, TeamsPresence)>) -> Finding {
    let Some((evidence, pair)) = last else {
        return Finding::warning(
            Words::new(
                "von Graph angenommen, aber kein Lesen danach gelang",
                "accepted by Graph, but no read after it succeeded",
            ),
            Words::new("Noch einmal aufrufen", "Call it again"),
        );
    };
    match evidence {
        Evidence::Overridden | Evidence::Hidden => Finding::warning(
            Words::new(
                format!(
                    "von Graph angenommen, aber verdeckt: {upn} zeigt {pair}, von Hand gesetzt oder stärker"
                ),
                format!(
                    "accepted by Graph, but masked: {upn} shows {pair}, a manual status or a stronger one"
                ),
            ),
            Words::new(
                "Der Benutzer kann in Teams „Status zurücksetzen“ wählen; ein von Hand gesetzter Status geht immer vor",
                "The user can choose Reset status in Teams; a status set by hand always comes first",
            ),
        ),
        Evidence::Gone | Evidence::Shown => Finding::failed(
            Words::new(
                format!("von Graph angenommen, aber wirkungslos: {upn} zeigt {pair}"),
                format!("accepted by Graph, but without effect: {upn} shows {pair}"),
            ),
            Words::new(
                "Hat der Benutzer eine Teams-Lizenz, und gehört er zu diesem Mandanten? Nach einigen Minuten noch einmal",
                "Does the user have a Teams licence and belong to this tenant? Again after some minutes",
            ),
        ),
        Evidence::Silent => Finding::warning(
            Words::new(
                format!("von Graph angenommen, aber {upn} zeigt nichts Verwertbares ({pair})"),
                format!("accepted by Graph, but {upn} shows nothing usable ({pair})"),
            ),
            Words::new(
                "Mit einem anderen Benutzer versuchen",
                "Try it with another user",
            ),
        ),
    }
}

fn with_clear(finding: Finding, cleared: &Cleared) -> Finding {
    match cleared {
        Cleared::Seen(after) => {
            let after = seconds(*after);
            finding.with(Words::new(
                format!("Aufgehoben; nach {after} s nicht mehr zu sehen"),
                format!("Cleared; gone after {after} s"),
            ))
        }
        Cleared::Accepted => finding.with(Words::new("Aufgehoben", "Cleared")),
        Cleared::NotSeen(pair) => finding.with(Words::new(
            format!("Aufgehoben, aber noch {pair}: ein anderes Gespräch, oder Graph hinkt nach"),
            format!("Cleared, but still {pair}: another call, or Graph lags behind"),
        )),
        Cleared::Failed(failure) => {
            let said = |lang| words::told(&failure.cause, &failure.message, words::texts(lang));
            let (de, en) = (said(Lang::De), said(Lang::En));
            let advice = Words::new(
                "Nichts weiter nötig: die Präsenz endet von selbst nach spätestens fünf Minuten",
                "Nothing more to do: the presence ends by itself within five minutes",
            );
            let failed = Finding::failed(finding.message, finding.advice.unwrap_or(advice));
            let failed = finding.details.into_iter().fold(failed, Finding::with);
            failed.with(Words::new(
                format!(
                    "Das Aufheben ist fehlgeschlagen; es endet von selbst nach fünf Minuten: {de}"
                ),
                format!("Clearing failed; it ends by itself within five minutes: {en}"),
            ))
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
