//! The configuration that answers make.

use std::fmt::Write as _;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::answers::Answers;
use super::place::Place;
use super::question::{Kind, Question};
use crate::config::{Environment, typed_secret};

/// The variable of the tried configuration that holds what nobody has answered yet.
const UNANSWERED: &str = "LAMPFIELD_INIT_UNANSWERED";

/// A file that is to be written.
pub(crate) struct NewFile {
    pub(crate) path: PathBuf,
    /// It may hold a secret: its Debug would show nothing.
    pub(crate) text: SecretString,
    pub(crate) mode: u32,
}

/// Every file that the answers become: secrets first, the configuration last, so that it never
/// names one that is not there.
pub(crate) fn files_to_write(answers: &Answers, observe: bool, place: &Place) -> Vec<NewFile> {
    let mut files: Vec<_> = Question::all()
        .filter_map(|q| secret_file(q, answers, place))
        .collect();
    files.push(NewFile {
        path: place.file.clone(),
        text: written(answers, observe, place).into(),
        mode: place.mode(),
    });
    files
}

fn secret_file(question: Question, answers: &Answers, place: &Place) -> Option<NewFile> {
    let Kind::Hidden(name) = question.kind() else {
        return None;
    };
    let secret = answers
        .secret(question)
        .filter(|_| question.applies(answers))?;
    let (section, _) = question.key()?;
    let secret = typed_secret(secret.expose_secret(), section).ok()?;
    Some(NewFile {
        path: place.beside(name),
        text: format!("{secret}\n").into(),
        mode: 0o600,
    })
}

/// The text that is written.
fn written(answers: &Answers, observe: bool, place: &Place) -> String {
    let mut text = String::from(
        "# Written by lampfield init. Every key with its default: lampfield config init --config example.toml\n\
         # What is wrong in here: lampfield config check. No secret belongs in this file.\n",
    );
    let file_of = |question: Question| match question.kind() {
        Kind::Hidden(name) => answers.secret(question).map(|_| name.to_owned()),
        _ => None,
    };
    sections(&mut text, answers, |question, name| {
        Some((name.to_owned(), file_of(question)?))
    });
    if observe {
        text.push_str(
            "\n[set]\n# Nothing is written to Teams: only shown what would be.\nenabled = false\n",
        );
    }
    if place.service {
        text.push_str(
            "\n[log]\ndirectory = \"/var/log/lampfield\"\n\n[state]\ndirectory = \"/var/lib/lampfield\"\n",
        );
    }
    if let Some(group) = place.group {
        let _ = write!(
            text,
            "\n[attach]\n# Its members may look at the service; with operators = true they may command it as well.\n\
             group = \"{group}\"\n"
        );
    }
    text
}

/// The text that is tried, and the environment that its secrets come from: nothing is on a disk
/// yet. Whatever is not answered yet has a value that nobody asks for.
pub(crate) fn tried(answers: &Answers, env: &Environment) -> (String, Environment) {
    let (mut text, mut env) = (String::new(), env.clone());
    sections(&mut text, answers, |question, name| {
        let secret = answers.secret(question)?;
        let variable = format!("LAMPFIELD_INIT_{question:?}");
        env.set(&variable, secret.expose_secret());
        Some((name.replace("_file", "_env"), variable))
    });
    env.set(UNANSWERED, UNANSWERED);
    // No check of a setup looks at the state: where it is to be is judged when it is written.
    env.set("XDG_STATE_HOME", "/var/lib");
    if !answers.has(Question::Source) {
        text.push_str(
            "\n[procall]\nsource = \"ucserver\"\n\n[ucserver]\nurl = \"https://localhost\"\n",
        );
    }
    let known = |question| answers.has(question);
    let file = answers.is(Question::Source, "file");
    if !file && !known(Question::Account) {
        text.push_str("user = \"-\"\n");
    }
    let passwords = [
        Question::Password,
        Question::PasswordVariable,
        Question::PasswordFile,
    ];
    if !file && !passwords.into_iter().any(known) {
        let _ = writeln!(text, "password_env = \"{UNANSWERED}\"");
    }
    (text, env)
}

/// All tables: `secret` says under which key a typed secret stands, and as what.
fn sections(
    text: &mut String,
    answers: &Answers,
    mut secret: impl FnMut(Question, &str) -> Option<(String, String)>,
) {
    let mut table = "";
    for question in Question::all().filter(|question| question.applies(answers)) {
        let Some((section, name)) = question.key() else {
            continue;
        };
        let said = answers
            .said(question)
            .map(|said| (name.to_owned(), said.to_owned()));
        let Some((name, value)) = said.or_else(|| secret(question, name)) else {
            continue;
        };
        if table != section {
            table = section;
            let _ = writeln!(text, "\n[{section}]");
        }
        let _ = writeln!(text, "{name} = {}", toml_value(question, &value));
    }
}

fn toml_value(question: Question, said: &str) -> String {
    if question == Question::WritePresence {
        return (said == "yes").to_string();
    }
    toml::Value::from(said).to_string()
}

#[cfg(test)]
#[path = "toml_text_tests.rs"]
mod tests;
