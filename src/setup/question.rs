//! Which questions there are: one row each, in the order in which they are asked.

use super::answers::Answers;
use words::ProgramTexts;

/// One of the program's texts.
pub(crate) type Entry = fn(&'static ProgramTexts) -> &'static str;

/// What is tested together, as soon as the last of its questions is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Entra and Graph: token, permissions, users.
    Tenant,
    /// UCWeb: whether it is there, and its certificate.
    UcWeb,
    /// The source: its users, and who matches whom.
    Source,
}

/// One of several answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// How it is called in [`Answers`].
    pub(crate) word: &'static str,
    /// How it is said.
    pub(crate) said: Entry,
}

const fn choice(word: &'static str, said: Entry) -> Choice {
    Choice { word, said }
}

/// How an answer is given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A line; without one, this (empty: there must be one).
    Line(&'static str),
    /// The path of a file.
    Path,
    /// A path or nothing.
    MaybePath,
    /// A line or nothing.
    MaybeLine,
    /// One of these; the first where nothing is said.
    OneOf(&'static [Choice]),
    /// A secret, typed without echo and kept in a file of this name.
    Hidden(&'static str),
    /// Never asked: given by a flag or left out. A path where this is true.
    OnlyFlag(bool),
}

/// One question.
struct Row {
    question: Question,
    stage: Stage,
    /// How it is asked.
    text: Entry,
    /// The flags that answer it, for whoever misses one.
    flag: &'static str,
    /// The key of the configuration that it becomes.
    key: Option<(&'static str, &'static str)>,
    kind: Kind,
    /// Whether it is to be asked after these answers.
    applies: fn(&Answers) -> bool,
}

macro_rules! questions {
    ($($(#[$about:meta])* $name:ident in $stage:ident: $text:expr, $flag:literal, $key:expr, $kind:expr, if $applies:expr;)*) => {
        /// What is asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Question {
            $($(#[$about])* $name,)*
        }

        const ROWS: &[Row] = &[$(Row {
            question: Question::$name,
            stage: Stage::$stage,
            text: $text,
            flag: $flag,
            key: $key,
            kind: $kind,
            applies: $applies,
        }),*];
    };
}

use Kind::{Hidden, Line, MaybeLine, MaybePath, OneOf, OnlyFlag, Path};
use Question as Q;

/// A line that must be there.
const REQUIRED: Kind = Line("");

/// How the client secret is kept.
const CREDENTIALS: Kind = OneOf(&[
    choice("typed", |t| t.setup.keep_typed),
    choice("env", |t| t.setup.keep_env),
    choice("file", |t| t.setup.keep_file),
    choice("certificate", |t| t.setup.keep_certificate),
]);

/// How a password of UCServer is kept.
const PASSWORDS: Kind = OneOf(&[
    choice("typed", |t| t.setup.keep_typed),
    choice("env", |t| t.setup.keep_env),
    choice("file", |t| t.setup.keep_file),
]);

const SOURCES: Kind = OneOf(&[
    choice("ucserver", |t| t.setup.source_ucserver),
    choice("file", |t| t.setup.source_file),
]);

const TRUSTS: Kind = OneOf(&[
    choice("system", |t| t.setup.trust_system),
    choice("pin", |t| t.setup.trust_pin),
    choice("ca", |t| t.setup.trust_ca),
]);

const WRITES: Kind = OneOf(&[choice("no", |t| t.setup.no), choice("yes", |t| t.setup.yes)]);

const fn always(_: &Answers) -> bool {
    true
}

fn of_ucserver(answers: &Answers) -> bool {
    answers.is(Q::Source, "ucserver")
}

fn of_file(answers: &Answers) -> bool {
    answers.is(Q::Source, "file")
}

fn of_admin(answers: &Answers) -> bool {
    of_ucserver(answers) && answers.said(Q::Admin).is_some()
}

questions! {
    /// Which tenant.
    Tenant in Tenant: |t| t.setup.tenant, "--tenant-id", Some(("tenant", "tenant_id")), REQUIRED, if always;
    /// Which app registration.
    Client in Tenant: |t| t.setup.client, "--client-id", Some(("tenant", "client_id")), REQUIRED, if always;
    /// Which of Microsoft's clouds.
    Cloud in Tenant: |t| t.setup.tenant, "--cloud", Some(("tenant", "cloud")), OnlyFlag(false), if always;
    /// Where tokens come from.
    Authority in Tenant: |t| t.setup.tenant, "--authority", Some(("tenant", "authority")), OnlyFlag(false), if always;
    /// Where Graph is.
    GraphBase in Tenant: |t| t.setup.tenant, "--graph-base", Some(("tenant", "graph_base")), OnlyFlag(false), if always;
    /// Whom to trust beside the system's authorities.
    TenantCa in Tenant: |t| t.setup.tenant, "--ca-file", Some(("tenant", "ca_file")), OnlyFlag(true), if always;
    /// How the credential is kept.
    Credential in Tenant: |t| t.setup.credential, "--secret-env | --secret-file | --certificate", None, CREDENTIALS, if always;
    /// The client secret itself.
    Secret in Tenant: |t| t.setup.secret, "--secret-file", Some(("tenant", "client_secret_file")), Hidden("client-secret"),
        if |a| a.is(Q::Credential, "typed");
    /// The variable that holds it.
    SecretVariable in Tenant: |t| t.setup.variable, "--secret-env", Some(("tenant", "client_secret_env")), Line("LAMPFIELD_CLIENT_SECRET"),
        if |a| a.is(Q::Credential, "env");
    /// The file that holds it already.
    SecretFile in Tenant: |t| t.setup.secret_file, "--secret-file", Some(("tenant", "client_secret_file")), Path,
        if |a| a.is(Q::Credential, "file");
    /// The certificate.
    Certificate in Tenant: |t| t.setup.certificate, "--certificate", Some(("tenant", "certificate_file")), Path,
        if |a| a.is(Q::Credential, "certificate");
    /// Its private key.
    PrivateKey in Tenant: |t| t.setup.private_key, "--private-key", Some(("tenant", "private_key_file")), Path,
        if |a| a.is(Q::Credential, "certificate");
    /// Where ProCall's users and calls come from.
    Source in UcWeb: |t| t.setup.source, "--ucserver | --users-file", Some(("procall", "source")), SOURCES, if always;
    /// The users.
    UsersFile in Source: |t| t.setup.users_file, "--users-file", Some(("procall", "users_file")), Path, if of_file;
    /// The calls.
    EventsFile in Source: |t| t.setup.events_file, "--events-file", Some(("procall", "events_file")), MaybePath, if of_file;
    /// Where presence goes.
    PresenceOut in Source: |t| t.setup.tenant, "--presence-out", Some(("procall", "presence_out")), OnlyFlag(true), if of_file;
    /// UCWeb.
    Address in UcWeb: |t| t.setup.address, "--ucserver", Some(("ucserver", "url")), REQUIRED, if of_ucserver;
    /// How its certificate is known.
    Trust in UcWeb: |t| t.setup.trust, "--ucserver-pin | --ucserver-ca-file", None, TRUSTS, if of_ucserver;
    /// By its fingerprint.
    Pin in UcWeb: |t| t.setup.pin, "--ucserver-pin", Some(("ucserver", "pin_sha256")), REQUIRED,
        if |a| of_ucserver(a) && a.is(Q::Trust, "pin");
    /// By its authority.
    UcCa in UcWeb: |t| t.setup.ca_file, "--ucserver-ca-file", Some(("ucserver", "ca_file")), Path,
        if |a| of_ucserver(a) && a.is(Q::Trust, "ca");
    /// The user that lampfield signs in as.
    Account in Source: |t| t.setup.account, "--ucserver-user", Some(("ucserver", "user")), REQUIRED, if of_ucserver;
    /// How its password is kept.
    Kept in Source: |t| t.setup.password_kept, "--ucserver-password-env | --ucserver-password-file", None, PASSWORDS,
        if of_ucserver;
    /// The password itself.
    Password in Source: |t| t.setup.password, "--ucserver-password-file", Some(("ucserver", "password_file")), Hidden("ucserver-password"),
        if |a| of_ucserver(a) && a.is(Q::Kept, "typed");
    /// The variable that holds it.
    PasswordVariable in Source: |t| t.setup.variable, "--ucserver-password-env", Some(("ucserver", "password_env")),
        Line("LAMPFIELD_UCSERVER_PASSWORD"), if |a| of_ucserver(a) && a.is(Q::Kept, "env");
    /// The file that holds it already.
    PasswordFile in Source: |t| t.setup.secret_file, "--ucserver-password-file", Some(("ucserver", "password_file")), Path,
        if |a| of_ucserver(a) && a.is(Q::Kept, "file");
    /// Who may list all users.
    Admin in Source: |t| t.setup.admin, "--ucserver-admin", Some(("ucserver", "admin_user")), MaybeLine, if of_ucserver;
    /// How the administrator's password is kept.
    AdminKept in Source: |t| t.setup.password_kept, "--ucserver-admin-password-env | --ucserver-admin-password-file", None,
        PASSWORDS, if of_admin;
    /// The administrator's password itself.
    AdminPassword in Source: |t| t.setup.password, "--ucserver-admin-password-file", Some(("ucserver", "admin_password_file")),
        Hidden("ucserver-admin-password"), if |a| of_admin(a) && a.is(Q::AdminKept, "typed");
    /// The variable that holds it.
    AdminVariable in Source: |t| t.setup.variable, "--ucserver-admin-password-env", Some(("ucserver", "admin_password_env")),
        Line("LAMPFIELD_UCSERVER_ADMIN_PASSWORD"), if |a| of_admin(a) && a.is(Q::AdminKept, "env");
    /// The file that holds it already.
    AdminFile in Source: |t| t.setup.secret_file, "--ucserver-admin-password-file", Some(("ucserver", "admin_password_file")), Path,
        if |a| of_admin(a) && a.is(Q::AdminKept, "file");
    /// Whether presence is written into ProCall.
    WritePresence in Source: |t| t.setup.write_presence, "--write-presence", Some(("ucserver", "write_presence")), WRITES, if of_ucserver;
}

impl Question {
    /// All of them, in their order.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.question)
    }

    /// What it is tested with.
    pub(crate) fn stage(self) -> Stage {
        self.row().stage
    }

    /// How it is asked.
    pub(crate) fn text(self) -> Entry {
        self.row().text
    }

    /// The flags that answer it.
    pub(crate) fn flag(self) -> &'static str {
        self.row().flag
    }

    /// The section and key of the configuration that it becomes.
    pub(crate) fn key(self) -> Option<(&'static str, &'static str)> {
        self.row().key
    }

    /// How it is answered.
    pub(crate) fn kind(self) -> Kind {
        self.row().kind
    }

    /// Whether it is to be answered after these.
    pub(crate) fn applies(self, answers: &Answers) -> bool {
        (self.row().applies)(answers)
    }

    /// Whether there is no configuration without an answer.
    pub(crate) fn is_required(self) -> bool {
        let optional = matches!(self, Self::Trust | Self::WritePresence);
        !optional && !matches!(self.kind(), MaybePath | MaybeLine | OnlyFlag(_))
    }

    /// Whether the answer is the path of a file.
    pub(crate) fn is_path(self) -> bool {
        matches!(self.kind(), Path | MaybePath | OnlyFlag(true))
    }

    /// The question to go back to where this answer cannot be given now: a variable that is not set
    /// cannot be set while the program runs.
    pub(crate) const fn way_out(self) -> Option<Self> {
        match self {
            Self::SecretVariable => Some(Self::Credential),
            Self::PasswordVariable => Some(Self::Kept),
            Self::AdminVariable => Some(Self::AdminKept),
            _ => None,
        }
    }

    fn row(self) -> &'static Row {
        // The questions are the rows' own, in the same order.
        #[allow(clippy::indexing_slicing)]
        &ROWS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KEYS;

    #[test]
    fn every_row_has_its_place_and_a_key_that_there_is() {
        for question in Question::all() {
            assert_eq!(question.row().question, question);
            let Some((section, name)) = question.key() else {
                continue;
            };
            let known = KEYS
                .iter()
                .any(|key| (key.section, key.name) == (section, name));
            assert!(known, "{section}.{name}");
        }
    }
}
