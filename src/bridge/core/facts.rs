//! What ProCall says of users beside their calls: kept for the rows, and logged where it changed.

use std::sync::Arc;

use tracing::Level;

use super::super::event::LogTarget;
use super::Core;
use crate::procall::{Obstacle, UserFacts};

/// What is kept of [`UserFacts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) teams_right: Option<bool>,
    pub(super) obstacles: Arc<[Obstacle]>,
}

impl Core {
    /// What is in the way of users' presence, by ProCall's own account.
    pub(super) fn take_facts(&mut self, told: &[UserFacts]) {
        for user in told {
            self.log_obstacles(user);
            self.keep_facts(user);
        }
    }

    fn log_obstacles(&mut self, user: &UserFacts) {
        if user.obstacles.is_empty() {
            return;
        }
        let obstacles: Vec<_> = user.obstacles.iter().map(|it| it.in_words()).collect();
        let message = format!("ProCall: {}", obstacles.join("; "));
        self.log(
            Level::WARN,
            LogTarget::Procall,
            Some(&user.user_name),
            message,
        );
    }

    /// Who is not matched yet gets the facts with the first row.
    fn keep_facts(&mut self, user: &UserFacts) {
        let key = user.user_name.key();
        if let Some(ix) = self.roster.index_of_key(&key) {
            self.touch(ix);
        }
        if user.obstacles.is_empty() && user.teams_right.is_none() {
            self.facts.remove(&key);
            return;
        }
        let mut obstacles = user.obstacles.clone();
        obstacles.sort_unstable();
        let kept = Facts {
            teams_right: user.teams_right,
            obstacles: obstacles.into(),
        };
        self.facts.insert(key, kept);
    }
}
