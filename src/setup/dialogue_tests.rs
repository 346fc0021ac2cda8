//! The dialogue without a terminal: answers in, questions out.

use rstest::rstest;

use super::super::question::Question as Q;
use super::*;

fn said(text: &str) -> Answer {
    Answer::Said(text.to_owned())
}

/// What is asked, tested and written where these are the answers.
fn course(answers: &[(Q, &str)]) -> Vec<Step> {
    let mut dialogue = Dialogue::new(Answers::default());
    let mut steps = Vec::new();
    loop {
        let step = dialogue.next();
        steps.push(step);
        match step {
            Step::Ask(question) => {
                let found = answers.iter().find(|(of, _)| *of == question);
                let answer = found.map_or(Answer::Nothing, |(_, text)| said(text));
                dialogue.answer(question, answer);
            }
            Step::Test(stage) => dialogue.pass(stage),
            Step::Write => return steps,
        }
    }
}

fn asked(steps: &[Step]) -> Vec<Q> {
    let question = |step: &Step| match step {
        Step::Ask(question) => Some(*question),
        _ => None,
    };
    steps.iter().filter_map(question).collect()
}

#[rstest]
#[case::secret_and_files(
    &[(Q::Credential, "typed"), (Q::Source, "file")],
    &[Q::Tenant, Q::Client, Q::Credential, Q::Secret, Q::Source, Q::UsersFile, Q::EventsFile]
)]
#[case::certificate(
    &[(Q::Credential, "certificate"), (Q::Source, "file")],
    &[Q::Tenant, Q::Client, Q::Credential, Q::Certificate, Q::PrivateKey, Q::Source, Q::UsersFile, Q::EventsFile]
)]
#[case::ucserver_with_a_pin_and_an_administrator(
    &[(Q::Credential, "env"), (Q::Source, "ucserver"), (Q::Trust, "pin"), (Q::Kept, "typed"),
      (Q::Admin, "root"), (Q::AdminKept, "file")],
    &[Q::Tenant, Q::Client, Q::Credential, Q::SecretVariable, Q::Source, Q::Address, Q::Trust, Q::Pin,
      Q::Account, Q::Kept, Q::Password, Q::Admin, Q::AdminKept, Q::AdminFile, Q::WritePresence]
)]
#[case::ucserver_without(
    &[(Q::Credential, "file"), (Q::Source, "ucserver"), (Q::Trust, "ca"), (Q::Kept, "env")],
    &[Q::Tenant, Q::Client, Q::Credential, Q::SecretFile, Q::Source, Q::Address, Q::Trust, Q::UcCa,
      Q::Account, Q::Kept, Q::PasswordVariable, Q::Admin, Q::WritePresence]
)]
fn the_answers_decide_what_is_asked(#[case] answers: &[(Q, &str)], #[case] questions: &[Q]) {
    assert_eq!(asked(&course(answers)), questions);
}

#[test]
fn what_is_known_is_tested_before_the_next_is_asked() {
    let steps = course(&[
        (Q::Source, "ucserver"),
        (Q::Trust, "system"),
        (Q::Kept, "env"),
    ]);
    let at = |step| steps.iter().position(|found| *found == step).unwrap();
    assert!(at(Step::Test(Stage::Tenant)) < at(Step::Ask(Q::Source)));
    assert!(at(Step::Test(Stage::UcWeb)) < at(Step::Ask(Q::Account)));
    assert!(at(Step::Test(Stage::Source)) == steps.len() - 2);
    let files = course(&[(Q::Source, "file")]);
    assert!(
        !files.contains(&Step::Test(Stage::UcWeb)),
        "a file is no server"
    );
}

fn begun(answers: &[(Q, &str)]) -> Dialogue {
    let mut given = Answers::default();
    for (question, text) in answers {
        given.put(*question, said(text));
    }
    Dialogue::new(given)
}

#[test]
fn whoever_has_said_everything_is_asked_nothing() {
    let enough = [
        (Q::Tenant, "t"),
        (Q::Client, "c"),
        (Q::Credential, "env"),
        (Q::SecretVariable, "S"),
        (Q::Source, "file"),
        (Q::UsersFile, "u"),
    ];
    let dialogue = begun(&enough);
    assert!(dialogue.is_brief() && dialogue.missing().is_empty());
    assert_eq!(dialogue.next(), Step::Test(Stage::Tenant));
    for missing in 0..enough.len() {
        let mut fewer = enough.to_vec();
        let (question, _) = fewer.remove(missing);
        let dialogue = begun(&fewer);
        assert!(dialogue.missing().contains(&question), "{question:?}");
        assert!(!dialogue.is_brief());
    }
}

#[test]
fn an_answer_that_is_to_be_changed_is_asked_again_and_remembered() {
    let mut dialogue = begun(&[(Q::Tenant, "t"), (Q::Client, "c"), (Q::Credential, "typed")]);
    dialogue.answer(Q::Secret, Answer::Secret("s".into()));
    assert_eq!(dialogue.next(), Step::Test(Stage::Tenant));
    dialogue.change(Stage::Tenant);
    assert_eq!(dialogue.next(), Step::Ask(Q::Tenant));
    assert_eq!(dialogue.suggestion(Q::Tenant), Some("t"));
    for question in [Q::Tenant, Q::Client, Q::Credential, Q::Secret] {
        assert_eq!(dialogue.next(), Step::Ask(question));
        dialogue.answer(question, dialogue.as_before(question).unwrap());
    }
    assert_eq!(dialogue.next(), Step::Test(Stage::Tenant));
    assert!(dialogue.has_secret(Q::Secret) && dialogue.suggestion(Q::Secret).is_none());
}

#[test]
fn another_source_may_be_taken_where_one_does_not_do() {
    let mut dialogue = begun(&[
        (Q::Source, "ucserver"),
        (Q::Address, "https://a"),
        (Q::Account, "u"),
    ]);
    dialogue.pass(Stage::Tenant);
    dialogue.pass(Stage::UcWeb);
    dialogue.change(Stage::Source);
    let open = [Q::Source, Q::Address, Q::Account];
    assert!(
        open.iter()
            .all(|question| !dialogue.answers().has(*question))
    );
    dialogue.answer(Q::Source, said("file"));
    assert!(dialogue.missing().contains(&Q::UsersFile));
}

#[test]
fn a_variable_that_is_not_set_leads_back_to_how_the_secret_is_kept() {
    let mut dialogue = begun(&[
        (Q::Tenant, "t"),
        (Q::Client, "c"),
        (Q::Credential, "env"),
        (Q::SecretVariable, "X"),
    ]);
    dialogue.refuse(Q::SecretVariable);
    assert_eq!(dialogue.next(), Step::Ask(Q::Credential));
    assert_eq!(dialogue.suggestion(Q::Credential), Some("typed"));
    dialogue.refuse(Q::Tenant);
    assert_eq!(
        dialogue.next(),
        Step::Ask(Q::Tenant),
        "any other is asked again itself"
    );
}
