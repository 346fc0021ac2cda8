//! What comes next. Pure: it is told what was answered and how a test went.

use std::collections::BTreeSet;

use super::answers::{Answer, Answers};
use super::question::{Kind, Question, Stage};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// This is asked.
    Ask(Question),
    /// What has been answered so far is tested.
    Test(Stage),
    /// Everything is known: it is written.
    Write,
}

/// How far the dialogue has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dialogue {
    answers: Answers,
    /// What was answered before it was to be answered anew.
    before: Answers,
    tested: BTreeSet<Stage>,
    /// Nobody is asked what need not be answered.
    brief: bool,
}

impl Dialogue {
    /// A dialogue that begins with these answers. Where nothing is missing nobody is asked anything.
    pub(crate) fn new(answers: Answers) -> Self {
        let mut dialogue = Self {
            answers,
            ..Self::default()
        };
        dialogue.brief = dialogue.missing().is_empty();
        dialogue
    }

    /// Whether nobody is asked anything.
    pub(crate) const fn is_brief(&self) -> bool {
        self.brief
    }

    /// What was answered so far.
    pub(crate) const fn answers(&self) -> &Answers {
        &self.answers
    }

    /// What must be answered and is not, as far as that is known.
    pub(crate) fn missing(&self) -> Vec<Question> {
        let missing = |question: &Question| question.is_required() && self.is_open(*question);
        Question::all().filter(missing).collect()
    }

    /// What comes next.
    pub(crate) fn next(&self) -> Step {
        for stage in [Stage::Tenant, Stage::UcWeb, Stage::Source] {
            let open = |question: &Question| question.stage() == stage && self.is_asked(*question);
            if let Some(question) = Question::all().find(open) {
                return Step::Ask(question);
            }
            if !self.tested.contains(&stage) && self.is_worth_a_test(stage) {
                return Step::Test(stage);
            }
        }
        Step::Write
    }

    fn is_open(&self, question: Question) -> bool {
        question.applies(&self.answers) && !self.answers.has(question)
    }

    fn is_asked(&self, question: Question) -> bool {
        let asked = !matches!(question.kind(), Kind::OnlyFlag(_));
        asked && self.is_open(question) && (question.is_required() || !self.brief)
    }

    /// A file needs no server.
    fn is_worth_a_test(&self, stage: Stage) -> bool {
        stage != Stage::UcWeb || self.answers.is(Question::Source, "ucserver")
    }

    /// What was answered the last time, as it is shown: a secret only as that there is one.
    pub(crate) fn suggestion(&self, question: Question) -> Option<&str> {
        let usual = match question.kind() {
            Kind::Line(usual) if !usual.is_empty() => Some(usual),
            Kind::OneOf(choices) => choices.first().map(|choice| choice.word),
            _ => None,
        };
        self.before.said(question).or(usual)
    }

    /// Whether a secret that was typed before may be kept.
    pub(crate) fn has_secret(&self, question: Question) -> bool {
        self.before.secret(question).is_some()
    }

    /// The secret that was typed before, or what was said.
    pub(crate) fn as_before(&self, question: Question) -> Option<Answer> {
        if let Some(secret) = self.before.secret(question) {
            return Some(Answer::Secret(secret.clone()));
        }
        let said = self.suggestion(question)?;
        Some(Answer::Said(said.to_owned()))
    }

    /// An answer that can be taken.
    pub(crate) fn answer(&mut self, question: Question, answer: Answer) {
        self.answers.put(question, answer);
    }

    /// The answer cannot be taken: it is asked again, or what led to it.
    pub(crate) fn refuse(&mut self, question: Question) {
        self.answers.take(question);
        if let Some(earlier) = question.way_out() {
            self.answers.take(earlier);
            self.before.take(earlier);
        }
    }

    /// The test went well, or it is to be taken as it is.
    pub(crate) fn pass(&mut self, stage: Stage) {
        self.tested.insert(stage);
    }

    /// What was tested is to be answered anew; the answers are remembered. With a source that does not
    /// do comes the question which one it is.
    pub(crate) fn change(&mut self, stage: Stage) {
        self.brief = false;
        let again = |of: Stage| of == stage || (stage == Stage::Source && of == Stage::UcWeb);
        self.tested.retain(|tested| !again(*tested));
        for question in Question::all() {
            let asked = !matches!(question.kind(), Kind::OnlyFlag(_));
            if again(question.stage()) && asked {
                self.forget(question);
            }
        }
    }

    fn forget(&mut self, question: Question) {
        if let Some(answer) = self.answers.take(question) {
            self.before.put(question, answer);
        }
    }
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
