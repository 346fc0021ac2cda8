//! What answers become, read by the configuration's own reader.

use std::path::Path;

use rstest::rstest;

use super::super::answers::Answer;
use super::super::judge::{judge, taken_as};
use super::super::question::Question as Q;
use super::*;
use crate::config::{Observe, Procall, UcTrust, UcUsers, parse};

const GUID: &str = "7f1f4a5e-1111-4222-8333-444455556666";
const PIN: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn answers(given: &[(Q, &str)]) -> Answers {
    let mut answers = Answers::default();
    for (question, text) in given {
        let answer = match question.kind() {
            Kind::Hidden(_) => Answer::Secret((*text).into()),
            _ => Answer::Said((*text).to_owned()),
        };
        answers.put(*question, answer);
    }
    answers
}

fn place(service: bool) -> Place {
    Place {
        file: "/somewhere/lampfield.toml".into(),
        service,
        group: None,
    }
}

fn with_ucserver() -> Answers {
    answers(&[
        (Q::Tenant, "contoso.com"),
        (Q::Client, GUID),
        (Q::Credential, "typed"),
        (Q::Secret, " s3cret-of-the-app "),
        (Q::Source, "ucserver"),
        (Q::Address, "https://uc.example:7225"),
        (Q::Trust, "pin"),
        (Q::Pin, PIN),
        (Q::Account, "bridge\"x"),
        (Q::Kept, "typed"),
        (Q::Password, "pass word"),
        (Q::Admin, "root"),
        (Q::AdminKept, "env"),
        (Q::AdminVariable, "ADMIN"),
        (Q::WritePresence, "yes"),
    ])
}

#[test]
fn what_is_tried_is_a_whole_configuration_with_secrets_from_memory_alone() {
    let env = Environment::new("/", [("ADMIN", "adminpass")]);
    let (text, env) = tried(&with_ucserver(), &env);
    assert!(
        !text.contains("s3cret") && !text.contains("pass word"),
        "{text}"
    );
    let config = parse(Path::new("/x/lampfield.toml"), &text, &env).unwrap();
    let Procall::UcServer(server) = &config.procall else {
        panic!("{:?}", config.procall)
    };
    assert_eq!(server.user, "bridge\"x");
    assert_eq!(server.password.expose_secret(), "pass word");
    assert_eq!(
        (&server.trust, &server.users),
        (&UcTrust::Pinned([0xaa; 32]), &UcUsers::Admin)
    );
    assert!(server.write_presence);
}

#[rstest]
#[case(&[])]
#[case(&[(Q::Source, "ucserver"), (Q::Address, "https://uc.example"), (Q::Trust, "system")])]
fn what_is_known_can_be_tried_before_the_rest_is(#[case] more: &[(Q, &str)]) {
    let known = [
        (Q::Tenant, "contoso.com"),
        (Q::Client, GUID),
        (Q::Credential, "typed"),
        (Q::Secret, "s"),
    ];
    let (text, env) = tried(
        &answers(&[&known, more].concat()),
        &Environment::new("/", []),
    );
    let config = parse(Path::new("/x/lampfield.toml"), &text, &env);
    assert!(config.is_ok(), "{}\n{text}", config.unwrap_err().report());
}

#[rstest]
#[case(false, false, 0o600)]
#[case(true, true, 0o644)]
fn the_configuration_comes_last_and_names_the_secrets_beside_it(
    #[case] service: bool,
    #[case] observe: bool,
    #[case] mode: u32,
) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        file: folder.path().join("lampfield.toml"),
        service,
        group: service.then_some("lampfield"),
    };
    let files = files_to_write(&with_ucserver(), observe, &place);
    let names: Vec<_> = files
        .iter()
        .map(|file| file.path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["client-secret", "ucserver-password", "lampfield.toml"]
    );
    assert_eq!(
        files.iter().map(|file| file.mode).collect::<Vec<_>>(),
        [0o600, 0o600, mode]
    );
    assert_eq!(files[0].text.expose_secret(), "s3cret-of-the-app\n");
    for file in &files {
        let rules = files::OpenRules::ours(&file.path).mode(0o600);
        rules.replace(file.text.expose_secret().as_bytes()).unwrap();
    }
    let env = Environment::new("/", [("ADMIN", "adminpass"), ("HOME", "/home/a")]);
    let text = files[2].text.expose_secret();
    let config =
        parse(&place.file, text, &env).unwrap_or_else(|why| panic!("{}\n{text}", why.report()));
    assert_eq!(config.set.observe, observe.then_some(Observe::Config));
    assert_eq!(config.attach.group.as_deref(), place.group);
    assert!(!config.attach.operators);
    assert_eq!(
        config.state.directory == Path::new("/var/lib/lampfield"),
        service
    );
}

#[rstest]
#[case(Q::Tenant, "common", "expected")]
#[case(Q::Tenant, "contoso.onmicrosoft.com", "")]
#[case(Q::Client, "the app", "expected")]
#[case(Q::Authority, "http://login.example", "expected")]
#[case(Q::SecretVariable, "NOT_SET", "not set")]
#[case(Q::SecretVariable, "SET", "")]
#[case(Q::SecretFile, "/no/such/file", "No such file")]
#[case(Q::Secret, "ab cd", "what was typed")]
#[case(Q::Secret, " ", "nothing was typed")]
#[case(Q::Secret, "s~e.c", "")]
#[case(Q::Password, "ab cd", "")]
#[case(Q::Address, "ucserver", "expected")]
#[case(Q::Pin, "aa", "expected")]
#[case(Q::UsersFile, "/no/such/users.csv", "No such file")]
fn an_answer_is_judged_by_the_reader_of_the_configuration(
    #[case] question: Q,
    #[case] text: &str,
    #[case] why: &str,
) {
    let env = Environment::new("/", [("SET", "a-secret")]);
    let context: &[_] = match question {
        Q::SecretVariable => &[(Q::Credential, "env")],
        Q::SecretFile => &[(Q::Credential, "file")],
        Q::Secret => &[(Q::Credential, "typed")],
        Q::UsersFile => &[(Q::Source, "file")],
        Q::Pin => &[(Q::Source, "ucserver"), (Q::Trust, "pin")],
        Q::Address | Q::Password => &[(Q::Source, "ucserver")],
        _ => &[],
    };
    let all = answers(&[context, &[(question, text)]].concat());
    let judged = judge(question, &all, &place(false), &env);
    let said = judged
        .err()
        .map_or_else(String::new, |why| why.in_lang(words::Lang::En).to_owned());
    assert_eq!(said.is_empty(), why.is_empty(), "{said}");
    assert!(said.contains(why), "{said}");
    assert!(
        !matches!(question, Q::Secret) || !said.contains("cd"),
        "{said}"
    );
}

#[rstest]
#[case(Q::Credential, "2", Some("env"))]
#[case(Q::Credential, "env", Some("env"))]
#[case(Q::Credential, "5", None)]
#[case(Q::Credential, "0", None)]
#[case(Q::Tenant, "  contoso.com ", Some("contoso.com"))]
#[case(Q::Tenant, "", None)]
#[case(Q::UsersFile, "users.csv", Some("/work/users.csv"))]
#[case(Q::UsersFile, "~/users.csv", Some("/home/a/users.csv"))]
#[case(Q::UsersFile, "/srv/users.csv", Some("/srv/users.csv"))]
fn a_line_is_taken_as_what_was_asked_for(
    #[case] question: Q,
    #[case] line: &str,
    #[case] taken: Option<&str>,
) {
    let env = Environment::new("/work", [("HOME", "/home/a")]);
    let said = match taken_as(question, line, &env) {
        Some(Answer::Said(text)) => Some(text),
        _ => None,
    };
    assert_eq!(said.as_deref(), taken);
}

#[test]
fn nothing_is_an_answer_where_nothing_need_be_said() {
    let env = Environment::new("/", []);
    for line in ["", "-"] {
        assert!(matches!(
            taken_as(Q::Admin, line, &env),
            Some(Answer::Nothing)
        ));
    }
}

/// The configuration names the secret as it stands beside it, where root reads it.
#[test]
fn a_service_takes_the_copy_of_a_secret_that_systemd_hands_to_it() {
    let (folder, handed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("lampfield.toml");
    let text = written(
        &with_ucserver(),
        false,
        &Place {
            group: None,
            file: file.clone(),
            service: true,
        },
    );
    let directory = handed.path().to_str().unwrap();
    let env = Environment::new("/", [("ADMIN", "a"), ("CREDENTIALS_DIRECTORY", directory)]);
    assert!(parse(&file, &text, &env).is_err(), "it is handed nothing");
    for name in ["client-secret", "ucserver-password"] {
        let copy = handed.path().join(name);
        files::OpenRules::ours(&copy)
            .mode(0o440)
            .replace(b"handed-over")
            .unwrap();
    }
    let config = parse(&file, &text, &env).unwrap();
    let Procall::UcServer(server) = config.procall else {
        panic!("{:?}", config.procall)
    };
    assert_eq!(server.password.expose_secret(), "handed-over");
}
