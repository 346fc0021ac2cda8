//! What ProCall's side has told while it ran.

use std::collections::BTreeMap;

use crate::cause::Cause;
use crate::doctor::Words;
use crate::presence::{ProcallUser, UserName};
use crate::procall::{ProcallEvent, UserFacts};
use model::source_fault::SourceWarning;

/// What a source has told.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) label: String,
    pub(super) users: Vec<ProcallUser>,
    /// What is wrong with it, as it is told.
    pub(super) trouble: Option<(Cause, Words)>,
    pub(super) warnings: Vec<SourceWarning>,
    pub(super) facts: BTreeMap<UserName, UserFacts>,
    pub(super) native: bool,
    /// All is told.
    pub(super) up: bool,
}

impl Heard {
    /// A source that cannot be made, and why.
    pub(super) fn unusable(why: Words) -> Self {
        Self {
            trouble: Some((Cause::Settings, why)),
            ..Self::default()
        }
    }

    /// Takes an event in; whether it was the last that matters.
    pub(super) fn take(&mut self, event: ProcallEvent) -> bool {
        match event {
            ProcallEvent::Users(users) => self.users = users,
            ProcallEvent::Warning(warning) => self.warnings.push(warning),
            ProcallEvent::NativeIntegration(active) => self.native = active,
            ProcallEvent::Facts(facts) => {
                let named = facts.into_iter().map(|fact| (fact.user_name.clone(), fact));
                self.facts.extend(named);
            }
            ProcallEvent::Trouble(trouble) => {
                self.trouble = Some((trouble.cause.clone(), Words::told(&trouble)));
                return true;
            }
            ProcallEvent::Up => {
                self.up = true;
                return true;
            }
            ProcallEvent::Calls(_)
            | ProcallEvent::Call(_)
            | ProcallEvent::Interrupted
            | ProcallEvent::Silent(_)
            | ProcallEvent::Presence(..) => {}
        }
        false
    }

    pub(super) fn facts(&self) -> Vec<UserFacts> {
        self.facts.values().cloned().collect()
    }
}
