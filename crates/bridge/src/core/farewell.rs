//! The end of the program: what we have set is given back, a clear that fails is tried again soon,
//! and what stays is named.

use jiff::Timestamp;
use tracing::Level;

use super::super::event::Effect;
use super::super::line::LogTarget;
use super::Core;
use super::permission::Permit;
use model::presence::{EntraId, UserName};
use model::snapshot::ObserveReason;

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
        if self.permission.may_tell_procall() {
            self.out.push(Effect::RecallProcall);
        }
    }

    /// The program ends, and another member of the cluster is to take over what calls still ask for: nothing new goes out.
    pub(super) fn hand_over(&mut self) {
        self.permission.hand_over();
        let held = self.leases.counts().held;
        let message = format!("handing over to another member of the cluster; leases: {held}");
        self.log(Level::INFO, LogTarget::Bridge, None, message);
        let ids: Vec<EntraId> = self.leases.ids().collect();
        for id in ids {
            self.withdraw(id, Permit::Nothing);
        }
    }

    /// Another member may lead now.
    pub(super) fn handed_over(&mut self) {
        self.observe_only(ObserveReason::Standby);
    }

    /// How far it has come since [`crate::Event::Stopping`].
    #[must_use]
    pub fn giving_back(&self) -> GivingBack {
        if self.permission.observes().is_some() {
            return GivingBack::Over;
        }
        self.leases.giving_back()
    }

    /// Whether requests wait or are under way.
    #[must_use]
    pub fn has_under_way(&self) -> bool {
        self.leases.giving_back() == GivingBack::UnderWay
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
        let message = words::left_behind(&names);
        let message = message.in_lang(words::Lang::En).to_owned();
        self.log(Level::WARN, LogTarget::Bridge, None, message.as_str());
        self.notify_logged(Level::WARN, Level::WARN, message);
        names
    }
}
