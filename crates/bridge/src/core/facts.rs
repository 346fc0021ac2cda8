//! What ProCall says of users beside their calls: kept for the rows, and logged where it changed.

use jiff::Timestamp;
use tracing::Level;

use super::super::event::LogTarget;
use super::Core;
use model::presence::UserName;
use model::snapshot::UserEventKind;
use procall::{PresenceStep, UserFacts};

impl Core {
    /// What is in the way of users' presence, by ProCall's own account.
    pub(super) fn take_facts(&mut self, told: &[UserFacts]) {
        for user in told {
            self.log_obstacles(user);
            self.keep_facts(user);
        }
    }

    /// What became of a presence that ProCall was told.
    pub(super) fn presence_step(&mut self, user: &UserName, step: PresenceStep, now: Timestamp) {
        let message = match step {
            PresenceStep::Accepted(presence) => format!("accepted {}", presence.as_str()),
            PresenceStep::ReadBack(presence) => format!("shows {}", presence.as_str()),
            PresenceStep::TakenBack => "our presence was taken back".to_owned(),
            PresenceStep::Gone => "our presence is gone before its time".to_owned(),
            PresenceStep::NotCarried => "not carried: ucserver.write_presence is off".to_owned(),
        };
        self.log_presence(user, || format!("ProCall: {message}"));
        if let Some(ix) = self.roster.index_of_key(&user.key()) {
            self.record(ix, now, UserEventKind::ProcallStep(step));
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
        self.states.learn_facts(&key, user);
    }
}
