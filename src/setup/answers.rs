//! What was answered.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::question::Question;

/// One answer. Its Debug shows no secret.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// What was said.
    Said(String),
    /// A secret that was typed.
    Secret(SecretString),
    /// Nothing, where nothing need be said.
    Nothing,
}

/// What was answered so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers(BTreeMap<Question, Answer>);

impl Answers {
    /// Whether it is answered.
    pub(crate) fn has(&self, question: Question) -> bool {
        self.0.contains_key(&question)
    }

    /// What was said; nothing where it was nothing, or a secret.
    pub(crate) fn said(&self, question: Question) -> Option<&str> {
        match self.0.get(&question) {
            Some(Answer::Said(text)) => Some(text),
            _ => None,
        }
    }

    /// The secret that was typed.
    pub(crate) fn secret(&self, question: Question) -> Option<&SecretString> {
        match self.0.get(&question) {
            Some(Answer::Secret(secret)) => Some(secret),
            _ => None,
        }
    }

    /// Whether this was said.
    pub(crate) fn is(&self, question: Question, word: &str) -> bool {
        self.said(question) == Some(word)
    }

    /// Keeps an answer.
    pub(crate) fn put(&mut self, question: Question, answer: Answer) {
        self.0.insert(question, answer);
    }

    /// Takes an answer back.
    pub(crate) fn take(&mut self, question: Question) -> Option<Answer> {
        self.0.remove(&question)
    }
}
