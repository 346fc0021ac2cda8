//! Who there is on both sides, who matches whom, and one presence.

use std::time::Duration;

use super::finding::{Finding, Words, say};
use super::refusal::{detail, failed_request};
use graph::{Failure, FailureKind, PresenceReading};
use model::cause::Cause;
use model::permission::{PRESENCE_READ, PRESENCE_READ_WRITE};
use model::presence::{
    EntraUser, Matching, ProcallUser, TeamsPresence, UnmatchedReason, UnmatchedUser,
};
use model::source_fault::SourceWarning;
use words::Texts;

/// So many names are shown of those who are not matched.
const NAMED: usize = 3;

/// Entra's users.
#[must_use]
pub fn directory(read: Result<&[EntraUser], &Failure>, consent_url: &str) -> Finding {
    let users = match read {
        Ok(users) => users,
        Err(failure) => return failed_request(failure, consent_url),
    };
    if users.is_empty() {
        return Finding::failed(
            say(|t| t.people.directory_empty, &[]),
            say(|t| t.people.directory_empty_do, &[]),
        );
    }
    let guests = users.iter().filter(|user| user.guest).count();
    let disabled = users.iter().filter(|user| !user.enabled).count();
    Finding::ok(say(
        |t| t.people.directory,
        &[
            ("count", &users.len()),
            ("guests", &guests),
            ("disabled", &disabled),
        ],
    ))
}

/// What a ProCall source told of its users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub users: Vec<ProcallUser>,
    /// What is wrong with the source.
    pub trouble: Option<(Cause, Words)>,
    /// Lines that were left out and the like.
    pub warnings: Vec<SourceWarning>,
    /// What the source is called: its files, or the server.
    pub label: String,
}

/// ProCall's users.
#[must_use]
pub fn users(listed: &Listed, ucserver: bool) -> Finding {
    let label = &listed.label;
    let cause = listed.trouble.as_ref().map(|(cause, _)| cause);
    let advice = if cause == Some(&Cause::Silent) {
        say(|t| t.people.users_silent_do, &[])
    } else if ucserver {
        say(|t| t.people.users_ucserver_do, &[])
    } else {
        say(|t| t.people.users_file_do, &[])
    };
    if let Some((_, why)) = &listed.trouble {
        let message = say(|t| t.people.users_unreadable, &[("source", label)]);
        return Finding::failed(message, advice).with(why.clone());
    }
    let count = listed.users.len();
    if count == 0 {
        let message = say(|t| t.people.users_none, &[("source", label)]);
        return Finding::failed(message, advice);
    }
    let message = say(|t| t.people.users, &[("source", label), ("count", &count)]);
    if listed.warnings.is_empty() {
        return Finding::ok(message);
    }
    let named = listed.warnings.iter().take(NAMED).map(Words::of_warning);
    named.fold(Finding::warning(message, advice), Finding::with)
}

/// A source has told nothing within this time.
#[must_use]
pub fn nothing_told(within: Duration) -> (Cause, Words) {
    let why = say(|t| t.people.users_silent, &[("n", &within.as_secs())]);
    (Cause::Unexplained, why)
}

/// Who matches whom.
#[must_use]
pub fn coverage(matching: &Matching, entra: &[EntraUser]) -> Finding {
    let coverage = matching.coverage();
    let (matched, unmatched) = (coverage.matched, coverage.unmatched_total());
    let message = say(
        |t| t.people.coverage,
        &[
            ("matched", &matched),
            ("all", &coverage.procall_users),
            ("excluded", &coverage.excluded),
            ("unmatched", &unmatched),
        ],
    );
    let finding = if matched == 0 {
        Finding::failed(message, no_match(entra))
    } else if unmatched > matched {
        Finding::warning(message, no_match(entra))
    } else {
        Finding::ok(message)
    };
    let reasons = UnmatchedReason::ALL.into_iter();
    reasons
        .filter_map(|reason| reason_line(reason, &matching.unmatched))
        .fold(finding, Finding::with)
}

fn no_match(entra: &[EntraUser]) -> Words {
    match entra.iter().find(|user| !user.guest) {
        Some(user) => say(|t| t.people.coverage_example_do, &[("upn", &user.upn)]),
        None => say(|t| t.people.coverage_do, &[]),
    }
}

fn reason_line(reason: UnmatchedReason, unmatched: &[UnmatchedUser]) -> Option<Words> {
    let so: Vec<_> = unmatched
        .iter()
        .filter(|user| user.reason == reason)
        .collect();
    if so.is_empty() {
        return None;
    }
    let names: Vec<_> = so
        .iter()
        .take(NAMED)
        .map(|user| user.procall.user_name.as_str())
        .collect();
    let more = if so.len() > NAMED { ", …" } else { "" };
    let names = format!("{}{more}", names.join(", "));
    Some(say(
        |t| t.people.reason,
        &[
            ("count", &so.len()),
            ("reason", &reason_words(reason)),
            ("names", &names),
        ],
    ))
}

fn reason_words(reason: UnmatchedReason) -> Words {
    match reason {
        UnmatchedReason::NoEntraUser => say(|t| t.people.no_entra_user, &[]),
        UnmatchedReason::SeveralEntraUsers => say(|t| t.people.several_entra_users, &[]),
        UnmatchedReason::SeveralProcallUsers => say(|t| t.people.several_procall_users, &[]),
        UnmatchedReason::Guest => say(|t| t.people.guest, &[]),
        UnmatchedReason::Disabled => say(|t| t.people.disabled, &[]),
        UnmatchedReason::NoTeamsPresence => in_general(|t| t.unmatched.no_teams_presence),
        UnmatchedReason::Quarantined => say(|t| t.people.quarantined, &[]),
    }
}

/// What reads as everywhere else.
pub(super) fn in_general(entry: fn(&'static Texts) -> &'static str) -> Words {
    Words::filled(|lang| entry(Texts::in_lang(lang)), &[])
}

/// `--user` names somebody whom Entra does not know.
#[must_use]
pub fn unknown_user(upn: &str) -> Finding {
    Finding::failed(
        say(|t| t.people.unknown_user, &[("upn", &upn)]),
        say(|t| t.people.unknown_user_do, &[]),
    )
}

/// There is nobody whose presence could be read.
#[must_use]
pub fn nobody_matched() -> Finding {
    Finding::skipped(say(|t| t.people.nobody_matched, &[]))
}

/// One presence read.
#[must_use]
pub fn presence(
    upn: &str,
    read: Result<Option<&PresenceReading>, &Failure>,
    consent_url: &str,
) -> Finding {
    let reading = match read {
        Ok(reading) => reading,
        Err(failure) if failure.kind == FailureKind::Permission => {
            return may_not_read(failure, consent_url);
        }
        Err(failure) => return failed_request(failure, consent_url),
    };
    match reading.and_then(|reading| reading.presence.as_ref()) {
        Some(pair) if is_known(pair) => {
            Finding::ok(say(|t| t.people.presence, &[("upn", &upn), ("pair", pair)]))
        }
        _ => no_presence(upn),
    }
}

fn is_known(pair: &TeamsPresence) -> bool {
    !pair
        .availability
        .as_str()
        .eq_ignore_ascii_case("PresenceUnknown")
}

fn may_not_read(failure: &Failure, consent_url: &str) -> Finding {
    Finding::failed(
        say(
            |t| t.people.presence_forbidden,
            &[("read", &PRESENCE_READ), ("write", &PRESENCE_READ_WRITE)],
        ),
        say(|t| t.people.presence_forbidden_do, &[("url", &consent_url)]),
    )
    .with(detail(failure))
}

fn no_presence(upn: &str) -> Finding {
    let licence = in_general(|t| t.unmatched.no_teams_presence_do);
    Finding::warning(
        say(|t| t.people.presence_none, &[("upn", &upn)]),
        say(|t| t.people.presence_none_do, &[("licence", &licence)]),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::doctor::Status;
    use model::presence::{EntraId, Lang, Upn, UserName, match_users};
    use uuid::Uuid;

    fn entra(n: u128, upn: &str) -> EntraUser {
        EntraUser {
            id: EntraId(Uuid::from_u128(n)),
            upn: Upn::new(upn),
            display_name: Arc::from(upn),
            enabled: true,
            guest: false,
            teams_plan: Some(true),
            department: None,
        }
    }

    fn procall(name: &str) -> ProcallUser {
        ProcallUser {
            user_name: UserName::new(name),
            display_name: name.into(),
            phone: "".into(),
            excluded: false,
        }
    }

    fn covered(names: &[&str]) -> (Status, Vec<String>, String) {
        let entra = [entra(1, "anna@corp.example"), entra(2, "bert@corp.example")];
        let users: Vec<_> = names.iter().map(|name| procall(name)).collect();
        let finding = coverage(&match_users(&users, &entra), &entra);
        let advice = finding.advice.clone().unwrap_or_default();
        let lines = std::iter::once(&finding.message).chain(&finding.details);
        (
            finding.status,
            lines
                .map(|words| words.in_lang(Lang::En).to_owned())
                .collect(),
            advice.in_lang(Lang::En).to_owned(),
        )
    }

    #[test]
    fn nobody_matched_is_a_failure_that_shows_what_a_name_should_look_like() {
        let (status, lines, advice) = covered(&["anna", "bert"]);
        assert_eq!(status, Status::Failed);
        assert_eq!(
            lines,
            [
                "0 of 2 matched, 0 excluded, 2 unmatched",
                "2 without an Entra user: anna, bert"
            ]
        );
        assert!(
            advice.ends_with("for example anna@corp.example"),
            "{advice}"
        );
    }

    #[test]
    fn a_few_unmatched_users_are_no_fault() {
        let (status, lines, _) = covered(&["anna@corp.example", "bert@corp.example", "carl"]);
        assert_eq!((status, lines.len()), (Status::Ok, 2));
        let (status, ..) = covered(&["anna@corp.example", "b", "c"]);
        assert_eq!(status, Status::Warning);
    }

    #[test]
    fn an_empty_directory_is_a_failure() {
        assert_eq!(directory(Ok(&[]), "").status, Status::Failed);
        let users = [entra(1, "a@b")];
        assert_eq!(directory(Ok(&users), "").status, Status::Ok);
    }

    #[test]
    fn a_presence_that_says_nothing_is_a_warning() {
        let reading = |a: &str| PresenceReading {
            id: EntraId(Uuid::from_u128(1)),
            presence: Some(TeamsPresence::parse(a, a)),
            out_of_office: false,
        };
        let status = |read: Option<&PresenceReading>| presence("a@b", Ok(read), "").status;
        assert_eq!(status(Some(&reading("Away"))), Status::Ok);
        assert_eq!(status(Some(&reading("PresenceUnknown"))), Status::Warning);
        assert_eq!(status(None), Status::Warning);
    }
}
