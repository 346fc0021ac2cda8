//! Which checks there are, what they are called, and which need which.

use super::finding::Words;

/// What the doctor checks, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckName {
    /// The file, read and checked.
    Configuration,
    /// The secret or certificate, as far as it shows by itself.
    Credential,
    /// Names of Entra and Graph.
    Dns,
    /// TCP, TLS, proxy.
    Connection,
    /// Ours against theirs.
    Clock,
    /// The application signs in.
    Token,
    /// Granted against required.
    Permissions,
    /// The delegated sign-in, where presence is read with it.
    SignIn,
    /// Graph lists the users of Entra.
    Directory,
    /// UCWeb answers with its version.
    UcServer,
    /// UCServer lets us in.
    UcLogIn,
    /// The ProCall source lists its users.
    Users,
    /// UCServer shows their presence.
    Subscription,
    /// What our account may see.
    Rights,
    /// estos' own Teams integration.
    NativeTeams,
    /// Who matches whom.
    Coverage,
    /// One presence read.
    Presence,
    /// Where the leases are kept.
    State,
    /// Where the log is written.
    Log,
    /// One set, read-back and clear.
    Write,
}

/// Check, name in JSON, title in German and English, what must not have failed before.
type Row = (
    CheckName,
    &'static str,
    &'static str,
    &'static str,
    &'static [CheckName],
);

use CheckName as C;

const ROWS: &[Row] = &[
    (
        C::Configuration,
        "configuration",
        "Konfiguration",
        "Configuration",
        &[],
    ),
    (
        C::Credential,
        "credential",
        "Anmeldedaten",
        "Credential",
        &[C::Configuration],
    ),
    (
        C::Dns,
        "dns",
        "Namensauflösung",
        "Name resolution",
        &[C::Configuration],
    ),
    (
        C::Connection,
        "connection",
        "Verbindung",
        "Connection",
        &[C::Dns],
    ),
    (C::Clock, "clock", "Uhrzeit", "Clock", &[C::Connection]),
    (
        C::Token,
        "token",
        "Token",
        "Token",
        &[C::Credential, C::Connection],
    ),
    (
        C::Permissions,
        "permissions",
        "Berechtigungen",
        "Permissions",
        &[C::Token],
    ),
    (
        C::SignIn,
        "sign_in",
        "Benutzeranmeldung",
        "User sign-in",
        &[C::Connection],
    ),
    (
        C::Directory,
        "directory",
        "Verzeichnis",
        "Directory",
        &[C::Token],
    ),
    (
        C::UcServer,
        "ucserver",
        "UCServer",
        "UCServer",
        &[C::Configuration],
    ),
    (
        C::UcLogIn,
        "ucserver_login",
        "UCServer-Anmeldung",
        "UCServer log-in",
        &[C::UcServer],
    ),
    (
        C::Users,
        "procall_users",
        "ProCall-Benutzer",
        "ProCall users",
        &[C::Configuration, C::UcLogIn],
    ),
    (
        C::Subscription,
        "subscription",
        "Abonnement",
        "Subscription",
        &[C::Users],
    ),
    (
        C::Rights,
        "rights",
        "Rechte in ProCall",
        "Rights in ProCall",
        &[C::Users],
    ),
    (
        C::NativeTeams,
        "native_teams",
        "Teams-Integration",
        "Teams integration",
        &[C::Users],
    ),
    (
        C::Coverage,
        "coverage",
        "Abdeckung",
        "Coverage",
        &[C::Directory, C::Users],
    ),
    (
        C::Presence,
        "presence",
        "Präsenz lesen",
        "Presence read",
        &[C::Token, C::SignIn, C::Directory],
    ),
    (C::State, "state", "Zustand", "State", &[C::Configuration]),
    (C::Log, "log", "Protokoll", "Log", &[C::Configuration]),
    (
        C::Write,
        "write",
        "Präsenz schreiben",
        "Presence write",
        &[C::Presence, C::State],
    ),
];

impl CheckName {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |row| row.1)
    }

    /// The name for people.
    #[must_use]
    pub fn title(self) -> Words {
        self.row()
            .map_or_else(Words::default, |row| Words::new(row.2, row.3))
    }

    /// What it makes no sense without.
    pub(super) fn needs(self) -> &'static [Self] {
        self.row().map_or(&[], |row| row.4)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.0 == self)
    }

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_needs_only_what_comes_before_it() {
        let order: Vec<_> = CheckName::all().collect();
        for (at, name) in order.iter().enumerate() {
            assert!(!name.as_str().is_empty());
            for need in name.needs() {
                assert!(order[..at].contains(need), "{name:?} needs {need:?}");
            }
        }
    }
}
