//! What the command line answers. A secret is never among it: only where it is kept.

use std::path::Path;

use super::answers::{Answer, Answers};
use super::judge::taken_as;
use super::question::Question as Q;
use crate::config::{Environment, InitArgs};

/// The answers that the flags give, and what follows from them.
pub(crate) fn of_flags(args: &InitArgs, env: &Environment) -> Answers {
    let mut answers = Answers::default();
    let mut put = |question, text: Option<&str>| {
        if let Some(answer) = text.and_then(|text| taken_as(question, text, env)) {
            answers.put(question, answer);
        }
    };
    for (question, text) in lines(args) {
        put(question, text);
    }
    for (question, path) in paths(args) {
        put(question, path.map(|path| path.to_string_lossy()).as_deref());
    }
    put(Q::WritePresence, args.write_presence.then_some("yes"));
    for (question, word) in consequences(args) {
        answers.put(question, Answer::Said(word.to_owned()));
    }
    answers
}

fn lines(args: &InitArgs) -> [(Q, Option<&str>); 12] {
    [
        (Q::Tenant, args.tenant_id.as_deref()),
        (Q::Client, args.client_id.as_deref()),
        (Q::Cloud, args.cloud.as_deref()),
        (Q::Authority, args.authority.as_deref()),
        (Q::GraphBase, args.graph_base.as_deref()),
        (Q::SecretVariable, args.secret_env.as_deref()),
        (Q::Address, args.ucserver.as_deref()),
        (Q::Pin, args.ucserver_pin.as_deref()),
        (Q::Account, args.ucserver_user.as_deref()),
        (Q::PasswordVariable, args.ucserver_password_env.as_deref()),
        (Q::Admin, args.ucserver_admin.as_deref()),
        (
            Q::AdminVariable,
            args.ucserver_admin_password_env.as_deref(),
        ),
    ]
}

fn paths(args: &InitArgs) -> [(Q, Option<&Path>); 10] {
    [
        (Q::TenantCa, args.ca_file.as_deref()),
        (Q::SecretFile, args.secret_file.as_deref()),
        (Q::Certificate, args.certificate.as_deref()),
        (Q::PrivateKey, args.private_key.as_deref()),
        (Q::UsersFile, args.users_file.as_deref()),
        (Q::EventsFile, args.events_file.as_deref()),
        (Q::PresenceOut, args.presence_out.as_deref()),
        (Q::UcCa, args.ucserver_ca_file.as_deref()),
        (Q::PasswordFile, args.ucserver_password_file.as_deref()),
        (Q::AdminFile, args.ucserver_admin_password_file.as_deref()),
    ]
}

/// Whoever names a file has said that it is a file.
fn consequences(args: &InitArgs) -> impl Iterator<Item = (Q, &'static str)> {
    let rows = [
        (args.secret_env.is_some(), Q::Credential, "env"),
        (args.secret_file.is_some(), Q::Credential, "file"),
        (args.certificate.is_some(), Q::Credential, "certificate"),
        (args.private_key.is_some(), Q::Credential, "certificate"),
        (args.ucserver.is_some(), Q::Source, "ucserver"),
        (args.users_file.is_some(), Q::Source, "file"),
        (args.ucserver_pin.is_some(), Q::Trust, "pin"),
        (args.ucserver_ca_file.is_some(), Q::Trust, "ca"),
        (args.ucserver_password_env.is_some(), Q::Kept, "env"),
        (args.ucserver_password_file.is_some(), Q::Kept, "file"),
        (
            args.ucserver_admin_password_env.is_some(),
            Q::AdminKept,
            "env",
        ),
        (
            args.ucserver_admin_password_file.is_some(),
            Q::AdminKept,
            "file",
        ),
    ];
    let given = rows.into_iter().filter(|(given, ..)| *given);
    given.map(|(_, question, word)| (question, word))
}
