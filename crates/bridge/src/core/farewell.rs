//! The end of the program: what we have set is given back, a clear that fails is tried again soon,
//! and what stays is named.

use jiff::Timestamp;
use tracing::Level;

use super::super::event::LogTarget;
use super::Core;
use super::journal::several;
use model::presence::UserName;

/// So many users are named; of more only their number is.
const NAMED: usize = 20;

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
        self.permission.stop();
        let held = self.leases.counts().held;
        let message = format!("stopping; leases to give back: {held}");
        self.log(Level::INFO, LogTarget::Bridge, None, message);
        self.leases.give_back(now);
        self.reconcile_all(now);
    }

    /// How far it has come since [`crate::Event::Stopping`].
    #[must_use]
    pub fn giving_back(&self) -> GivingBack {
        if self.permission.observes().is_some() {
            return GivingBack::Over;
        }
        self.leases.giving_back()
    }

    /// Until when Microsoft has asked us to wait, for everything or for what is tried again.
    #[must_use]
    pub fn asked_to_wait_until(&self) -> Option<Timestamp> {
        let asked = self.leases.asked_to_wait_until();
        asked.max(self.tenant.budget().throttled_until)
    }

    /// Says which leases stay in Teams, in the log and to the operator, and returns whose.
    pub fn leave_behind(&mut self) -> Vec<UserName> {
        let names = self.leases.names_in_teams();
        if self.permission.observes().is_some() || names.is_empty() {
            return Vec::new();
        }
        let message = left_behind(&names);
        self.log(Level::WARN, LogTarget::Bridge, None, message.as_str());
        self.notify(Level::WARN, message);
        names
    }
}

/// Which leases stay, and what becomes of them.
#[must_use]
pub fn left_behind(names: &[UserName]) -> String {
    let leases = several(names.len(), "lease");
    let mut list: Vec<_> = names.iter().take(NAMED).map(UserName::as_str).collect();
    if names.len() > NAMED {
        list.push("...");
    }
    format!(
        "{leases} could not be given back, Teams may show a call for five minutes more: {}. The next \
         start finds them in the ledger and clears them",
        list.join(", ")
    )
}
