//! Writing or observing, as it changes, and what the administrator wants.

use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::{Effect, PollScope};
use super::super::line::{LineKind, LogTarget};
use super::Core;
use super::user::User;
use model::command::Command;
use model::presence::{MatchKey, UserName};
use model::snapshot::ObserveReason;

/// The shortest interval that an administrator may ask for.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// The longest interval that an administrator can choose at the console.
const LONGEST_INTERVAL: Duration = Duration::from_mins(10);

impl Core {
    pub(super) fn observe(&mut self, reason: ObserveReason, now: Timestamp) {
        let message = format!(
            "observing only, nothing is written: {}",
            reason_words(&reason)
        );
        let level = match reason {
            ObserveReason::Standby => Level::INFO,
            _ => Level::WARN,
        };
        if let Some((notice, words)) = notice_of(&reason, self.permission.holds_lock()) {
            self.notify_logged(level, notice, format!("{words}{message}"));
        }
        self.log_of(kind_of(&reason), level, LogTarget::Bridge, None, message);
        self.observe_only(reason);
        self.hold_polling();
        self.reconcile_all(now);
    }

    /// Where nothing more may be told to ProCall, what is set there is not renewed either: else it would stay for ever.
    pub(super) fn observe_only(&mut self, reason: ObserveReason) {
        let told = self.permission.may_tell_procall();
        self.permission.observe(reason);
        if told && !self.permission.may_tell_procall() {
            self.out.push(Effect::LetGoOfProcall);
        }
    }

    /// Whoever has lost the engine goes on reading: nobody else may be there to do it. So does whoever stands by because it
    /// could not read, until it can: the others hear of that.
    pub(super) fn hold_polling(&mut self) {
        let stands_by = self.permission.observes() == Some(&ObserveReason::Standby);
        let hold = stands_by && !self.links.reading_is_down();
        if self.polling.hold(hold) {
            self.out.push(Effect::HoldPolling(hold));
        }
    }

    pub(super) fn write_again(&mut self, now: Timestamp) {
        let held = self.permission.holds_lock();
        let Some(observed) = self.permission.take_lock() else {
            if !held {
                self.log_leads("the writer lock is ours");
            }
            return;
        };
        match observed {
            ObserveReason::OtherWriter { .. } | ObserveReason::EngineLost => {
                self.doubt_presences(User::doubt_call);
            }
            // Nothing was read meanwhile.
            ObserveReason::Standby => self.doubt_presences(User::doubt),
            _ => {}
        }
        let message = match observed {
            ObserveReason::Standby | ObserveReason::EngineLost => {
                "this member leads the cluster now: writing"
            }
            _ => "the writer lock is ours: writing",
        };
        self.log_leads(message);
        self.hold_polling();
        self.tell_procall_everything(now);
        self.reconcile_all(now);
    }

    fn log_leads(&mut self, message: &str) {
        let kind = LineKind::BridgeLeads;
        self.log_of(kind, Level::INFO, LogTarget::Bridge, None, message);
    }

    /// estos' own Teams integration was seen working on this UCServer, or no longer.
    pub(super) fn native_integration(&mut self, active: bool, now: Timestamp) {
        if !self.permission.set_native(active) {
            return;
        }
        let message = if active {
            "estos' own Teams integration is active on this UCServer: observing only, because two \
             bridges would echo each other. Switch one of them off, or set despite_native"
        } else {
            "estos' own Teams integration is not active any more"
        };
        self.log(Level::WARN, LogTarget::Procall, None, message);
        self.notify_logged(Level::WARN, Level::WARN, message);
        if !active && self.permission.observes().is_none() {
            self.tell_procall_everything(now);
        }
        self.reconcile_all(now);
    }

    pub(super) fn obey(&mut self, command: Command, now: Timestamp) {
        match command {
            Command::RefreshAll => self.out.push(Effect::PollNow(PollScope::All)),
            Command::Refresh(name) => self.refresh(&name),
            Command::SetInterval(interval) => self.set_interval(interval, true),
            Command::PauseWriting => self.pause(true, now),
            Command::ResumeWriting => self.pause(false, now),
            Command::PauseUser(name) => self.pause_user(&name, true, now),
            Command::ResumeUser(name) => self.pause_user(&name, false, now),
            Command::ClearLease(name) => self.clear_lease(&name, now),
            Command::ClearAllLeases => self.clear_all_leases(now),
        }
    }

    fn refresh(&mut self, name: &UserName) {
        let ix = self.roster.index_of_key(&name.key());
        match ix.and_then(|ix| self.roster.at(ix)) {
            Some(user) => self.out.push(Effect::PollNow(PollScope::One(user.id()))),
            None => self.nobody(name),
        }
    }

    fn nobody(&mut self, name: &UserName) {
        let message = "no matched user has this name; the command was ignored";
        self.log(Level::WARN, LogTarget::Bridge, Some(name), message);
    }

    /// `chosen`: by an administrator, not by the configuration.
    pub(super) fn set_interval(&mut self, interval: Duration, chosen: bool) {
        let interval = interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
        self.settings.interval = interval;
        self.polling.set_interval(interval, chosen);
        let message = format!("poll interval set to {} s", interval.as_secs_f64());
        self.log(Level::INFO, LogTarget::Bridge, None, message);
        self.out.push(Effect::SetInterval(interval));
    }

    fn pause(&mut self, paused: bool, now: Timestamp) {
        if !self.permission.pause(paused) {
            return;
        }
        let message = if paused {
            "writing to Teams paused: calls that end are still cleared, other leases run out"
        } else {
            "writing to Teams resumed"
        };
        self.log(Level::WARN, LogTarget::Bridge, None, message);
        self.reconcile_all(now);
    }

    fn pause_user(&mut self, name: &UserName, paused: bool, now: Timestamp) {
        let key = name.key();
        let Some(ix) = self.roster.index_of_key(&key) else {
            return self.nobody(name);
        };
        if !self.states.pause(&key, paused) {
            return;
        }
        let message = if paused {
            "writing paused"
        } else {
            "writing resumed"
        };
        self.log(Level::INFO, LogTarget::Bridge, Some(name), message);
        self.touch(ix);
        self.reconcile_key(&key, now);
    }

    fn clear_lease(&mut self, name: &UserName, now: Timestamp) {
        let key = name.key();
        if self.roster.index_of_key(&key).is_none() {
            return self.nobody(name);
        }
        self.log(
            Level::INFO,
            LogTarget::Bridge,
            Some(name),
            "lease cleared by command",
        );
        self.suppress(&key, now);
    }

    fn clear_all_leases(&mut self, now: Timestamp) {
        let held = self.leases.counts().held;
        let message = format!("all leases cleared by command: {held}");
        self.log(Level::WARN, LogTarget::Bridge, None, message);
        let keys: Vec<MatchKey> = self.states.calling().cloned().collect();
        for key in keys {
            self.suppress(&key, now);
        }
        self.reconcile_all(now);
    }

    /// Writes nothing for this user until its next call begins.
    fn suppress(&mut self, key: &MatchKey, now: Timestamp) {
        self.states.suppress(key);
        if let Some(ix) = self.roster.index_of_key(key) {
            self.touch(ix);
        }
        self.reconcile_key(key, now);
    }
}

/// What the operator is told of it, beginning with that; whether the writer lock is lost with it.
const fn notice_of(reason: &ObserveReason, lost: bool) -> Option<(Level, &'static str)> {
    match (reason, lost) {
        (ObserveReason::OtherWriter { .. } | ObserveReason::NoState(_), true) => {
            Some((Level::ERROR, "writer lock lost: "))
        }
        (ObserveReason::Standby, true) => Some((Level::WARN, "")),
        // Never had: a second instance beside the first, or no place for a ledger.
        (ObserveReason::OtherWriter { .. }, false) => Some((Level::INFO, "")),
        (ObserveReason::NoState(_), false) | (ObserveReason::EngineLost, _) => {
            Some((Level::ERROR, ""))
        }
        _ => None,
    }
}

/// Nothing where observing is what was asked for.
const fn kind_of(reason: &ObserveReason) -> Option<LineKind> {
    match reason {
        ObserveReason::OtherWriter { .. }
        | ObserveReason::NoState(_)
        | ObserveReason::Standby
        | ObserveReason::EngineLost => Some(LineKind::BridgeStandsBy),
        ObserveReason::Flag
        | ObserveReason::Config
        | ObserveReason::ReadOnlyCommand
        | ObserveReason::NativeIntegration => None,
    }
}

fn reason_words(reason: &ObserveReason) -> String {
    match reason {
        ObserveReason::Flag => "--observe".to_owned(),
        ObserveReason::Config => "set.enabled = false".to_owned(),
        ObserveReason::ReadOnlyCommand => "this command never writes".to_owned(),
        ObserveReason::OtherWriter { pid: Some(pid) } => {
            format!("another lampfield writes for this tenant (process {pid})")
        }
        ObserveReason::OtherWriter { pid: None } => {
            "another lampfield writes for this tenant".to_owned()
        }
        ObserveReason::NoState(why) => format!("the state directory cannot be used: {why}"),
        ObserveReason::NativeIntegration => {
            "estos' own Teams integration is active on this UCServer".to_owned()
        }
        ObserveReason::Standby => "standby, another member of the cluster leads".to_owned(),
        ObserveReason::EngineLost => {
            "ENGINE LOST: without the cluster's engine nobody knows who may write".to_owned()
        }
    }
}
