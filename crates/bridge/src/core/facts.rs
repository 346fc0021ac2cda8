//! What ProCall says of users beside their calls: kept for the rows, and logged where it changed.

use jiff::Timestamp;
use tracing::Level;

use super::super::line::LogTarget;
use super::Core;
use model::presence::{MatchKey, UserName};
use model::procall::{ShownPresence, ShownState};
use model::snapshot::UserEventKind;
use procall::{CallEvent, CallState, PresenceStep, UserFacts};

impl Core {
    /// What is in the way of users' presence, by ProCall's own account.
    pub(super) fn take_facts(&mut self, told: &[UserFacts]) {
        for user in told {
            if self.keep_facts(user) {
                self.log_obstacles(user);
            }
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

    /// Who is not matched yet gets the facts with the first row. Whether other obstacles than before
    /// are in the way.
    fn keep_facts(&mut self, user: &UserFacts) -> bool {
        let key = user.user_name.key();
        let made = self.made_by_teams(&key);
        self.states.learn_facts(&key, user, made)
    }

    /// A presence set by hand, where a file tells it: it is shown and carried nowhere.
    pub(super) fn take_manual(&mut self, event: &CallEvent) {
        let state = match event.state {
            CallState::Present => ShownState::Available,
            CallState::Busy => ShownState::Busy,
            CallState::Absent => ShownState::Absent,
            CallState::DoNotDisturb => ShownState::DoNotDisturb,
            CallState::Ringing | CallState::Connected | CallState::Ended => return,
        };
        let key = event.user_name.key();
        let made = self.made_by_teams(&key);
        let shows = ShownPresence {
            state,
            in_a_call: false,
        };
        self.states.learn_shown(&key, shows, made);
    }

    /// What Teams makes of a user's presence in ProCall, where it changes it; the row is made anew.
    fn made_by_teams(&mut self, key: &MatchKey) -> Option<ShownState> {
        let ix = self.roster.index_of_key(key)?;
        self.touch(ix);
        ShownState::made_by_teams(self.roster.at(ix)?.procall())
    }
}
