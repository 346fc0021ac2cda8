//! The credential, and granted against required permissions.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;

use super::finding::{Finding, Words, say};
use super::refusal::failed_request;
use graph::Failure;
use model::permission::{
    self, PRESENCE_READ as READ, PRESENCE_READ_WRITE as WRITE, USER_READ as USERS,
    USER_READ_BASIC as USERS_BASIC,
};
use words::Texts;

/// From here on before its end a certificate is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// More than is needed, but enough for the directory.
const MORE_THAN_USERS: [&str; 4] = [
    permission::DIRECTORY_READ,
    "Directory.ReadWrite.All",
    permission::USER_READ_WRITE,
    "User.Export.All",
];

/// The sign-in as configured: `certificate_ends` where it is a certificate (and its end can be
/// read), `setup` where it cannot work whatever the servers say.
#[must_use]
pub fn credential(
    certificate_ends: Option<Option<Timestamp>>,
    setup: Result<(), Words>,
    now: Timestamp,
) -> Finding {
    if let Err(why) = setup {
        return Finding::failed(
            say(|t| t.tenant.credential_unusable, &[("why", &why)]),
            say(|t| t.tenant.credential_unusable_do, &[]),
        );
    }
    match certificate_ends {
        None => Finding::ok(say(|t| t.tenant.secret_read, &[])),
        Some(None) => Finding::ok(say(|t| t.tenant.certificate_read, &[])),
        Some(Some(ends)) => certificate(ends, now),
    }
}

fn certificate(ends: Timestamp, now: Timestamp) -> Finding {
    let day = ends.strftime("%Y-%m-%d").to_string();
    let renew = say(|t| t.tenant.certificate_do, &[]);
    let left = ends.duration_since(now);
    if left.is_negative() {
        let message = say(|t| t.tenant.certificate_expired, &[("day", &day)]);
        return Finding::failed(message, renew);
    }
    let days = left.as_hours() / 24;
    let message = say(
        |t| t.tenant.certificate_valid,
        &[("days", &days), ("day", &day)],
    );
    if left < SOON {
        return Finding::warning(message, renew);
    }
    Finding::ok(message)
}

/// The application's sign-in: what came of it.
#[must_use]
pub fn token(renewed: Result<(), &Failure>, consent_url: &str) -> Finding {
    match renewed {
        Ok(()) => Finding::ok(say(|t| t.tenant.token_given, &[])),
        Err(failure) => failed_request(failure, consent_url),
    }
}

/// Where an administrator consents to the application.
#[must_use]
pub fn consent_url(authority: &Url, tenant_id: &str, client_id: &str) -> String {
    let mut url = authority.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend([tenant_id, "adminconsent"]);
    }
    url.query_pairs_mut().append_pair("client_id", client_id);
    url.to_string()
}

/// What the application needs permissions for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Required {
    /// Presence is written.
    pub write: bool,
    /// Presence is read by the application itself.
    pub read: bool,
}

/// The application permissions in the token against those that are needed.
#[must_use]
pub fn permissions(granted: &[Arc<str>], required: Required, consent_url: &str) -> Finding {
    let has = |name: &str| granted.iter().any(|role| role.eq_ignore_ascii_case(name));
    let mut missing = Vec::new();
    if required.write && !has(WRITE) {
        missing.push(WRITE);
    } else if required.read && !has(READ) && !has(WRITE) {
        missing.push(READ);
    }
    let reads_users = has(USERS) || MORE_THAN_USERS.iter().any(|name| has(name));
    if !reads_users && !has(USERS_BASIC) {
        missing.push(USERS);
    }
    let list = granted_list(granted);
    if !missing.is_empty() {
        return lacking(&missing, list, consent_url);
    }
    let needless = needless(granted);
    if !needless.is_empty() {
        return too_many(&needless.join(", "), list);
    }
    if !reads_users {
        return only_basic(list);
    }
    Finding::ok(Words::same(granted.join(", ")))
}

fn granted_list(granted: &[Arc<str>]) -> Words {
    if granted.is_empty() {
        return say(|t| t.tenant.granted_none, &[]);
    }
    say(|t| t.tenant.granted, &[("list", &granted.join(", "))])
}

fn lacking(missing: &[&str], list: Words, consent_url: &str) -> Finding {
    let names = missing.join(", ");
    let lacks = |lang| Texts::in_lang(lang).causes.permission;
    Finding::failed(
        Words::filled(lacks, &[("name", &names)]),
        say(|t| t.tenant.lacking_do, &[("url", &consent_url)]),
    )
    .with(list)
}

fn needless(granted: &[Arc<str>]) -> Vec<&str> {
    let known = [WRITE, READ, USERS, USERS_BASIC];
    let is_needless = |role: &&str| !known.iter().any(|name| role.eq_ignore_ascii_case(name));
    granted
        .iter()
        .map(AsRef::as_ref)
        .filter(is_needless)
        .collect()
}

fn too_many(needless: &str, list: Words) -> Finding {
    Finding::warning(
        say(|t| t.tenant.too_many, &[("names", &needless)]),
        say(|t| t.tenant.too_many_do, &[]),
    )
    .with(list)
}

fn only_basic(list: Words) -> Finding {
    Finding::warning(
        say(|t| t.tenant.only_basic, &[("basic", &USERS_BASIC)]),
        say(|t| t.tenant.only_basic_do, &[("full", &USERS)]),
    )
    .with(list)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::doctor::Status;
    use model::presence::Lang;

    const READS: Required = Required {
        write: false,
        read: true,
    };
    const WRITES: Required = Required {
        write: true,
        read: true,
    };
    const ONLY_USERS: Required = Required {
        write: false,
        read: false,
    };

    #[rstest]
    #[case("Presence.ReadWrite.All User.Read.All", WRITES, Status::Ok, "Presence")]
    #[case("presence.readwrite.all user.read.all", WRITES, Status::Ok, "presence")]
    #[case(
        "Presence.Read.All User.Read.All",
        WRITES,
        Status::Failed,
        "lacks Presence.ReadWrite.All"
    )]
    #[case("Presence.Read.All User.Read.All", READS, Status::Ok, "Presence")]
    #[case("Presence.ReadWrite.All User.Read.All", READS, Status::Ok, "Presence")]
    #[case("User.Read.All", READS, Status::Failed, "lacks Presence.Read.All")]
    #[case("User.Read.All", ONLY_USERS, Status::Ok, "User.Read.All")]
    #[case(
        "Presence.ReadWrite.All",
        WRITES,
        Status::Failed,
        "lacks User.Read.All"
    )]
    #[case(
        "",
        WRITES,
        Status::Failed,
        "lacks Presence.ReadWrite.All, User.Read.All"
    )]
    #[case(
        "Presence.ReadWrite.All User.ReadBasic.All",
        WRITES,
        Status::Warning,
        "neither disabled"
    )]
    #[case(
        "Presence.ReadWrite.All User.Read.All Mail.Read",
        WRITES,
        Status::Warning,
        "needed: Mail.Read"
    )]
    #[case(
        "Presence.ReadWrite.All Directory.Read.All",
        WRITES,
        Status::Warning,
        "needed: Directory.Read.All"
    )]
    fn granted_is_held_against_required(
        #[case] granted: &str,
        #[case] required: Required,
        #[case] status: Status,
        #[case] says: &str,
    ) {
        let granted: Vec<Arc<str>> = granted.split_whitespace().map(Arc::from).collect();
        let finding = permissions(&granted, required, "https://consent");
        let said = finding.message.in_lang(Lang::En);
        assert_eq!(finding.status, status, "{said}");
        assert!(said.contains(says), "{said}");
        if status == Status::Failed {
            let advice = finding.advice.unwrap();
            assert!(advice.in_lang(Lang::En).contains("https://consent"));
        }
    }

    #[test]
    fn the_consent_url_is_the_tenants() {
        let authority = Url::parse("https://login.microsoftonline.com/").unwrap();
        assert_eq!(
            consent_url(&authority, "contoso.onmicrosoft.com", "7f1f4a5e"),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/adminconsent?client_id=7f1f4a5e"
        );
    }

    #[rstest]
    #[case("2026-03-01T00:00:00Z", Status::Failed, "expired on 2026-03-01")]
    #[case("2026-03-20T00:00:00Z", Status::Warning, "18 more days")]
    #[case("2027-03-02T00:00:00Z", Status::Ok, "365 more days")]
    fn a_certificate_is_judged_by_its_end(
        #[case] ends: &str,
        #[case] status: Status,
        #[case] says: &str,
    ) {
        let now = "2026-03-02T00:00:00Z".parse().unwrap();
        let finding = credential(Some(Some(ends.parse().unwrap())), Ok(()), now);
        assert_eq!(finding.status, status);
        assert!(
            finding.message.in_lang(Lang::En).contains(says),
            "{finding:?}"
        );
    }
}
