//! Who there is on both sides, who matches whom, and one presence.

use std::fmt::Write as _;

use super::finding::{Finding, Words};
use super::refusal::failed_request;
use graph::{Failure, FailureKind, PresenceReading};
use model::cause::{Cause, Trouble};
use model::presence::{
    EntraUser, Matching, ProcallUser, TeamsPresence, UnmatchedReason, UnmatchedUser,
};

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
            Words::new(
                "Graph nennt keinen einzigen Benutzer",
                "Graph names no user at all",
            ),
            Words::new(
                "Ist es der richtige Mandant (tenant_id)? Verbirgt eine Verwaltungseinheit die Benutzer vor der Anwendung?",
                "Is it the right tenant (tenant_id)? Does an administrative unit hide the users from the application?",
            ),
        );
    }
    let guests = users.iter().filter(|user| user.guest).count();
    let disabled = users.iter().filter(|user| !user.enabled).count();
    let count = users.len();
    Finding::ok(Words::new(
        format!("{count} Benutzer gelesen; Gäste: {guests}, gesperrt: {disabled}"),
        format!("{count} users read; guests: {guests}, disabled: {disabled}"),
    ))
}

/// What a ProCall source told of its users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub users: Vec<ProcallUser>,
    /// What is wrong with the source.
    pub trouble: Option<Trouble>,
    /// Lines that were left out and the like, in its own words.
    pub warnings: Vec<String>,
    /// What the source is called: its files, or the server.
    pub label: String,
}

/// ProCall's users.
#[must_use]
pub fn users(listed: &Listed, ucserver: bool) -> Finding {
    let label = &listed.label;
    let cause = listed.trouble.as_ref().map(|trouble| &trouble.cause);
    let advice = if cause == Some(&Cause::Silent) {
        Words::new(
            "UCServer hat uns angemeldet, antwortet aber nicht: seine Last und das Protokoll von UCWeb ansehen, dann noch einmal versuchen",
            "UCServer has let us in but does not answer: look at its load and at UCWeb's log, then try again",
        )
    } else if ucserver {
        Words::new(
            "In UCServer prüfen: Administratorkonto (users = \"admin\"), administrative Überwachungsgruppe (\"monitor\") oder die Liste contacts",
            "Check in UCServer: the administrator's account (users = \"admin\"), the administrative monitor group (\"monitor\") or the list contacts",
        )
    } else {
        Words::new(
            "users_file und events_file prüfen; users_file: Kopfzeile user_name,display_name,phone[,excluded], eine Zeile je Benutzer",
            "Check users_file and events_file; users_file: header line user_name,display_name,phone[,excluded], one line a user",
        )
    };
    if let Some(trouble) = &listed.trouble {
        let message = Words::new(
            format!("{label}: die Benutzer sind nicht zu lesen"),
            format!("{label}: the users cannot be read"),
        );
        return Finding::failed(message, advice).with(Words::same(&trouble.message));
    }
    let count = listed.users.len();
    if count == 0 {
        let message = Words::new(
            format!("{label} nennt keinen Benutzer"),
            format!("{label} names no user"),
        );
        return Finding::failed(message, advice);
    }
    let message = Words::new(
        format!("{label}: {count} Benutzer"),
        format!("{label}: {count} users"),
    );
    if listed.warnings.is_empty() {
        return Finding::ok(message);
    }
    let named = listed.warnings.iter().take(NAMED).map(Words::same);
    named.fold(Finding::warning(message, advice), Finding::with)
}

/// Who matches whom.
#[must_use]
pub fn coverage(matching: &Matching, entra: &[EntraUser]) -> Finding {
    let coverage = matching.coverage();
    let (all, matched) = (coverage.procall_users, coverage.matched);
    let (excluded, unmatched) = (coverage.excluded, coverage.unmatched_total());
    let message = Words::new(
        format!(
            "{matched} von {all} zugeordnet, {excluded} ausgenommen, {unmatched} nicht zugeordnet"
        ),
        format!("{matched} of {all} matched, {excluded} excluded, {unmatched} unmatched"),
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
    let (mut de, mut en) = (
        "Der Benutzername in ProCall muss dem Benutzerprinzipalnamen (UPN) in Entra gleichen"
            .to_owned(),
        "The user name in ProCall must equal the user principal name (UPN) in Entra".to_owned(),
    );
    if let Some(user) = entra.iter().find(|user| !user.guest) {
        // Writing into a string cannot fail.
        let _ = write!(de, ", zum Beispiel {}", user.upn);
        let _ = write!(en, ", for example {}", user.upn);
    }
    Words::new(de, en)
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
    let (de, en) = reason_words(reason);
    let count = so.len();
    Some(Words::new(
        format!("{count} {de}: {names}"),
        format!("{count} {en}: {names}"),
    ))
}

const fn reason_words(reason: UnmatchedReason) -> (&'static str, &'static str) {
    match reason {
        UnmatchedReason::NoEntraUser => ("ohne Entra-Benutzer", "without an Entra user"),
        UnmatchedReason::SeveralEntraUsers => {
            ("mit mehreren Entra-Benutzern", "with several Entra users")
        }
        UnmatchedReason::SeveralProcallUsers => ("mehrfach in ProCall", "several times in ProCall"),
        UnmatchedReason::Guest => ("Gast", "guest"),
        UnmatchedReason::Disabled => ("gesperrt", "disabled"),
        UnmatchedReason::NoTeamsPresence => ("ohne Teams-Lizenz", "without a Teams licence"),
        UnmatchedReason::Quarantined => ("in Quarantäne", "in quarantine"),
    }
}

/// `--user` names somebody whom Entra does not know.
#[must_use]
pub fn unknown_user(upn: &str) -> Finding {
    Finding::failed(
        Words::new(
            format!("in Entra gibt es niemanden mit dem UPN {upn}"),
            format!("nobody in Entra has the UPN {upn}"),
        ),
        Words::new(
            "--user mit dem Benutzerprinzipalnamen aufrufen, nicht mit der Mailadresse",
            "Call --user with the user principal name, not with the mail address",
        ),
    )
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
        Some(pair) if is_known(pair) => Finding::ok(Words::new(
            format!("{upn} ist {pair}"),
            format!("{upn} is {pair}"),
        )),
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
        Words::new(
            "die Präsenz darf nicht gelesen werden: es fehlt Presence.Read.All oder Presence.ReadWrite.All",
            "presence may not be read: Presence.Read.All or Presence.ReadWrite.All is missing",
        ),
        Words::new(
            format!("Erteilen und zustimmen: {consent_url}"),
            format!("Grant it and consent: {consent_url}"),
        ),
    )
    .with(Words::same(&failure.message))
}

fn no_presence(upn: &str) -> Finding {
    Finding::warning(
        Words::new(
            format!("Graph hat keine Präsenz für {upn}"),
            format!("Graph has no presence for {upn}"),
        ),
        Words::new(
            "Hat der Benutzer eine Teams-Lizenz, und war er schon einmal in Teams? Mit --user einen anderen versuchen",
            "Does the user have a Teams licence, and were they ever in Teams? Try another with --user",
        ),
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
        }
    }

    fn procall(name: &str) -> ProcallUser {
        ProcallUser {
            user_name: UserName::new(name),
            display_name: Arc::from(name),
            phone: Arc::from(""),
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
