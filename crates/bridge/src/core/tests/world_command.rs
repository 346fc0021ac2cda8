//! What keeps the bridge from writing: the administrator's commands, another writer, estos' own
//! Teams integration.

use super::moves::Writes;
use super::scene::{id_of, secs};
use super::world::{NAMES, World};
use crate::{Command, Event, LedgerEntry, ObserveReason};
use model::clock::advance;
use model::presence::{CallActivity, UserName};
use procall::ProcallEvent;

/// From a clear on so long a bridge still keeps the lease in its ledger.
const SETTLING: u64 = 20;

impl World {
    pub(super) fn pause(&mut self, on: bool) {
        self.paused = on;
        let command = if on {
            Command::PauseWriting
        } else {
            Command::ResumeWriting
        };
        self.step(Event::Command(command));
    }

    pub(super) fn pause_user(&mut self, who: usize, on: bool) {
        if !self.is_matched(who) {
            return;
        }
        self.paused_users.retain(|it| *it != who);
        let name = UserName::new(NAMES[who]);
        let command = if on {
            self.paused_users.push(who);
            Command::PauseUser(name)
        } else {
            Command::ResumeUser(name)
        };
        self.step(Event::Command(command));
    }

    pub(super) fn clear_lease(&mut self, who: usize) {
        if self.is_matched(who) {
            self.suppress(who);
        }
        self.step(Event::Command(Command::ClearLease(UserName::new(
            NAMES[who],
        ))));
    }

    pub(super) fn clear_all_leases(&mut self) {
        for who in 0..NAMES.len() {
            self.suppress(who);
        }
        self.step(Event::Command(Command::ClearAllLeases));
    }

    fn suppress(&mut self, who: usize) {
        let (calls, ringing) = self.believed_calls();
        let has_calls = calls
            .keys()
            .chain(ringing.keys())
            .any(|(user, _)| *user == who);
        if has_calls && !self.suppressed.contains(&who) {
            self.suppressed.push(who);
        }
    }

    /// Whether nothing at all may be written.
    pub(super) fn observes(&self) -> bool {
        self.other || self.native
    }

    pub(super) fn other_writer(&mut self, writes: bool) {
        if self.other == writes {
            return;
        }
        self.other = writes;
        self.land_all();
        if writes {
            self.step(Event::Observe(ObserveReason::OtherWriter { pid: None }));
        } else {
            self.take_the_lock();
        }
    }

    /// The lock is ours, and with it the ledger.
    pub(super) fn take_the_lock(&mut self) {
        if let Some(death) = &mut self.death {
            death.took_over = true;
        }
        self.step(Event::Ledger(self.ledger.values().cloned().collect()));
        self.step(Event::Write);
    }

    pub(super) fn native_integration(&mut self, active: bool) {
        self.native = active;
        self.tell(ProcallEvent::NativeIntegration(active));
    }

    /// The other writer does within a second what there is to do, where Graph lets it.
    pub(super) fn other_writes(&mut self) {
        if !self.other || !matches!(self.writes, Writes::Work(_)) {
            return;
        }
        for who in 0..NAMES.len() {
            let listed = self.listed.contains(&who) && self.in_procall.contains(&who);
            let wish = self.asked_by_calls(who).filter(|_| listed);
            let held = self.accounts[who].app.map(|(activity, _)| activity);
            if wish.is_some() || held.is_some() {
                self.other_keeps(who, wish, held);
            }
        }
    }

    fn other_keeps(&mut self, who: usize, wish: Option<CallActivity>, held: Option<CallActivity>) {
        let ends = advance(self.now, secs(300));
        self.accounts[who].app = wish.map(|activity| (activity, ends));
        self.accounts[who].note(self.now);
        let Some(activity) = wish.or(held) else {
            return;
        };
        let settled = advance(self.now, secs(SETTLING));
        let entry = LedgerEntry {
            entra_id: id_of(NAMES[who]),
            user_name: UserName::new(NAMES[who]),
            activity,
            set_at: self.now,
            expires_at: if wish.is_some() { ends } else { settled },
        };
        self.ledger.insert(entry.entra_id, entry);
    }
}
