//! Whether an answer can be taken: the configuration that it would make is read as `config check`
//! reads it, and what is wrong with its key is wrong with the answer.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::answers::{Answer, Answers};
use super::place::Place;
use super::question::{Kind, Question};
use super::toml_text::tried;
use crate::config::{Environment, parse, typed_secret};
use words::Words;

/// What is wrong with the answer to a question.
///
/// # Errors
/// Why it cannot be taken, and what is expected.
pub(crate) fn judge(
    question: Question,
    answers: &Answers,
    place: &Place,
    env: &Environment,
) -> Result<(), Words> {
    if let Some(secret) = answers.secret(question) {
        let section = question.key().map_or("", |(section, _)| section);
        return typed_secret(secret.expose_secret(), section).map(drop);
    }
    let Some((section, name)) = question.key().filter(|_| answers.said(question).is_some()) else {
        return Ok(());
    };
    let (text, env) = tried(answers, env);
    let Err(faults) = parse(&place.file, &text, &env) else {
        return Ok(());
    };
    let path = format!("{section}.{name}");
    let of_key = |fault: &&crate::config::Fault| fault.key.as_deref() == Some(&path);
    match faults.all().iter().find(of_key) {
        Some(fault) => Err(fault.message.clone()),
        None => Ok(()),
    }
}

/// A line as the answer to a question; nothing where it says nothing that could be one.
///
/// A path starts where the program runs, or at the user's home (`~/`).
pub(crate) fn taken_as(question: Question, line: &str, env: &Environment) -> Option<Answer> {
    let text = line.trim();
    match question.kind() {
        Kind::MaybeLine | Kind::MaybePath if text.is_empty() || text == "-" => {
            Some(Answer::Nothing)
        }
        Kind::Hidden(_) => Some(Answer::Secret(line.into())),
        _ if text.is_empty() => None,
        Kind::OneOf(choices) => {
            let number = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let by_number = number.and_then(|at| choices.get(at));
            let found = by_number.or_else(|| choices.iter().find(|choice| choice.word == text));
            found.map(|choice| Answer::Said(choice.word.to_owned()))
        }
        _ if question.is_path() => Some(Answer::Said(whole_path(Path::new(text), env))),
        _ => Some(Answer::Said(text.to_owned())),
    }
}

fn whole_path(path: &Path, env: &Environment) -> String {
    let home = env.get("HOME").map(Path::new);
    let below = path.strip_prefix("~").ok();
    let path = match (home, below) {
        (Some(home), Some(below)) => home.join(below),
        _ => env.directory().join(path),
    };
    path.to_string_lossy().into_owned()
}
