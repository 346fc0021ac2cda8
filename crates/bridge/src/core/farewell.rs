//! The end of the program: what we have set is given back, a clear that fails is tried again soon,
//! and what stays is named.

use jiff::Timestamp;
use tracing::Level;

use super::super::event::LogTarget;
use super::Core;
use super::lease::Known;
use model::presence::UserName;

/// How far the giving back has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivingBack {
    /// There is nothing left to do, or nothing that we may.
    Over,
    /// Requests wait or are under way.
    UnderWay,
    /// All that failed waits; the first is tried again then.
    Waiting(Timestamp),
}

impl Core {
    /// The program ends: all leases are given back, and nothing new is written.
    pub(super) fn stop(&mut self, now: Timestamp) {
        self.stopping = true;
        let held = self.lease_counts().held;
        let message = format!("stopping; leases to give back: {held}");
        self.log(Level::INFO, LogTarget::Bridge, None, message);
        for lease in self.leases.values_mut() {
            // Whether its call still lasts makes no difference any more.
            lease.undecided = false;
            lease.hurry(now);
        }
        self.reconcile_all(now);
    }

    /// How far it has come since [`crate::Event::Stopping`].
    #[must_use]
    pub fn giving_back(&self) -> GivingBack {
        if self.observes().is_some() {
            return GivingBack::Over;
        }
        if self.leases.values().any(|lease| lease.newest().is_some()) {
            return GivingBack::UnderWay;
        }
        let left = self.leases.values().filter(|it| it.known != Known::Cleared);
        let retries = left.filter_map(|lease| Some(lease.retry.as_ref()?.at));
        retries.min().map_or(GivingBack::Over, GivingBack::Waiting)
    }

    /// Until when Microsoft has asked us to wait, for everything or for what is tried again.
    #[must_use]
    pub fn asked_to_wait_until(&self) -> Option<Timestamp> {
        let retries = self.leases.values().filter_map(|it| it.retry.as_ref());
        let asked = retries.filter(|it| it.was_asked_to_wait()).map(|it| it.at);
        asked.chain(self.budget.throttled_until).max()
    }

    /// Says which leases stay in Teams, in the log and to the operator, and returns whose.
    pub fn leave_behind(&mut self) -> Vec<UserName> {
        let left = self.leases.values().filter(|it| it.known != Known::Cleared);
        let mut names: Vec<_> = left.map(|lease| lease.user_name.clone()).collect();
        names.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        if self.observes().is_some() || names.is_empty() {
            return Vec::new();
        }
        let message = words::left_behind(&names);
        let message = message.in_lang(words::Lang::En).to_owned();
        self.log(Level::WARN, LogTarget::Bridge, None, message.as_str());
        self.notify(Level::WARN, message);
        names
    }
}
