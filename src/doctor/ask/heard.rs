//! What ProCall's side has told while it ran.

use std::collections::BTreeMap;

use crate::cause::Trouble;
use crate::presence::{ProcallUser, UserName};
use crate::procall::{ProcallEvent, UserFacts};

/// What a source has told.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) label: String,
    pub(super) users: Vec<ProcallUser>,
    pub(super) trouble: Option<Trouble>,
    pub(super) warnings: Vec<String>,
    pub(super) facts: BTreeMap<UserName, UserFacts>,
    pub(super) native: bool,
    /// All is told.
    pub(super) up: bool,
}

impl Heard {
    pub(super) fn trouble(why: &str) -> Self {
        Self {
            trouble: Some(why.into()),
            ..Self::default()
        }
    }

    /// Takes an event in; whether it was the last that matters.
    pub(super) fn take(&mut self, event: ProcallEvent) -> bool {
        match event {
            ProcallEvent::Users(users) => self.users = users,
            ProcallEvent::Warning(text) => self.warnings.push(text.to_string()),
            ProcallEvent::NativeIntegration(active) => self.native = active,
            ProcallEvent::Facts(facts) => {
                let named = facts.into_iter().map(|fact| (fact.user_name.clone(), fact));
                self.facts.extend(named);
            }
            ProcallEvent::Trouble(trouble) => {
                self.trouble = Some(trouble);
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
