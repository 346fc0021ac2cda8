//! Presence out: what Teams makes of a user becomes a manual presence, held as a lease.
//!
//! In: what the bridge wants, what UCServer shows. Out: one step at a time (read, set, reset).
//! Pure. Every change is preceded by a read: a manual presence that is not ours is never
//! overwritten and never taken back. A lease that nobody renews ends by itself (`stTimeTo`).

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

use super::manual::{Action, Entry, Held, Manual};
use super::wire::AbsentState;
use crate::{Obstacle, PresenceStep};
use model::backoff::Backoff;
use model::clock::{advance, elapsed};
use model::presence::{ContactUri, MatchKey, ProcallPresence, UserName};

/// After a step that failed.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// After a presence that somebody took away, the second time in a row and on.
const LOST: Backoff = Backoff::new(TRY_AGAIN, TRY_AGAIN.saturating_mul(1 << 8));

/// The leases of manual presence. They outlive a session.
#[derive(Debug)]
pub(crate) struct AbsentLeases {
    pub(super) lease: Duration,
    pub(super) spacing: Duration,
    pub(super) next_read: Timestamp,
    pub(super) next_write: Timestamp,
    /// Write nothing, take back what is held.
    pub(super) suspended: bool,
    /// How far UCServer's clock is ahead of ours: the end of a lease is written in its time.
    ahead: SignedDuration,
    /// Users whose obstacle changed since it was last asked for.
    pub(super) changed: BTreeSet<MatchKey>,
    /// What became of what was wished, since it was last asked for.
    news: Vec<(MatchKey, PresenceStep)>,
    /// Of whom nothing is set any more, since it was last asked for.
    pub(super) forgotten: Vec<MatchKey>,
    pub(super) entries: FxHashMap<MatchKey, Entry>,
    pub(super) queue: BTreeSet<(Timestamp, MatchKey)>,
}

impl AbsentLeases {
    /// Leases of `lease`, at most `per_second` requests of a kind.
    pub(crate) fn new(lease: Duration, per_second: u32, suspended: bool) -> Self {
        Self {
            lease,
            spacing: Duration::from_secs(1) / per_second.max(1),
            next_read: Timestamp::UNIX_EPOCH,
            next_write: Timestamp::UNIX_EPOCH,
            suspended,
            ahead: SignedDuration::ZERO,
            changed: BTreeSet::new(),
            news: Vec::new(),
            forgotten: Vec::new(),
            entries: FxHashMap::default(),
            queue: BTreeSet::new(),
        }
    }

    /// The bridge wants this.
    pub(crate) fn wish(&mut self, user: &UserName, presence: ProcallPresence, now: Timestamp) {
        let user = user.key();
        let wish = Manual::for_presence(presence);
        if wish.is_none() && !self.entries.contains_key(&user) {
            return;
        }
        let entry = self.entries.entry(user.clone()).or_default();
        if entry.wish != wish {
            entry.losses = 0;
        }
        entry.wish = wish;
        entry.undecided = false;
        self.look(&user, now);
    }

    /// A session has found the user: which contact, and whether we may set its presence.
    pub(crate) fn found(&mut self, user: &MatchKey, contact: &ContactUri, may_set: bool) -> bool {
        let Some(entry) = self.entries.get_mut(user) else {
            return false;
        };
        let news = entry.contact.as_ref() != Some(contact) || entry.may_set != may_set;
        entry.contact = Some(contact.clone());
        entry.may_set = may_set;
        news
    }

    /// Look at this user at once.
    pub(crate) fn look(&mut self, user: &MatchKey, now: Timestamp) {
        let suspended = self.suspended;
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        if entry.decided.is_some() {
            return;
        }
        if entry.undecided && !suspended {
            return;
        }
        let wanted = entry.wish.is_some() && !suspended;
        if !wanted && !entry.may_hold() {
            if entry.wish.is_none() && !entry.is_under_way() {
                self.forget(user);
            }
            return;
        }
        if wanted && !entry.may_set && !entry.may_hold() {
            let known = entry.contact.is_some();
            self.obstruct(user, known.then_some(Obstacle::MayNotSetPresence));
            return;
        }
        if entry.contact.is_some() {
            self.schedule(user, now);
        }
    }

    /// What UCServer shows as manual presence has changed.
    pub(crate) fn seen(&mut self, user: &MatchKey, shown: &AbsentState, now: Timestamp) {
        let Some(entry) = self.entries.get(user) else {
            return;
        };
        let displaced = entry.held.is_some_and(|held| !held.is(shown));
        self.confirm(user, shown);
        let Some(entry) = self.entries.get(user) else {
            return;
        };
        let free_again = entry.obstacle == Some(Obstacle::ForeignPresence) && !shown.is_manual();
        if displaced || free_again {
            self.look(user, now);
        }
    }

    /// What UCServer shows is what we have set: read back, told once.
    pub(crate) fn confirm(&mut self, user: &MatchKey, shown: &AbsentState) {
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        let Some(held) = entry.held.filter(|held| held.is(shown)) else {
            return;
        };
        if !std::mem::replace(&mut entry.confirmed, true) {
            let step = PresenceStep::ReadBack(held.manual.presence());
            self.news.push((user.clone(), step));
        }
    }

    /// The user is gone from UCServer: nothing is asked about it any more.
    pub(crate) fn lost(&mut self, user: &MatchKey) {
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        entry.contact = None;
        entry.decided = None;
        if entry.may_hold() {
            entry.held = None;
            entry.remembered.clear();
            self.forgotten.push(user.clone());
        }
        if let Some(due) = entry.due.take() {
            self.queue.remove(&(due, user.clone()));
        }
    }

    /// A new session: nothing is under way any more, and each user is looked at again once it
    /// is found.
    pub(crate) fn session_began(&mut self, ahead: SignedDuration) {
        self.ahead = ahead;
        self.queue.clear();
        for entry in self.entries.values_mut() {
            entry.contact = None;
            entry.break_off();
            entry.due = None;
        }
    }

    /// Write nothing any more and take back what is held, or write again.
    pub(crate) fn suspend(&mut self, suspended: bool, now: Timestamp) {
        if self.suspended == suspended {
            return;
        }
        self.suspended = suspended;
        let users: Vec<_> = self.entries.keys().cloned().collect();
        for user in users {
            self.look(&user, now);
        }
    }

    /// Whether nothing is held and nothing is under way, as far as it can be reached.
    pub(crate) fn is_idle(&self) -> bool {
        let idle =
            |entry: &Entry| entry.contact.is_none() || (!entry.may_hold() && !entry.is_under_way());
        self.entries.values().all(idle)
    }

    /// A read was answered.
    pub(crate) fn was_read(&mut self, user: &MatchKey, shown: &AbsentState, now: Timestamp) {
        let (lease, suspended, there) = (self.lease, self.suspended, self.there(now));
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        entry.decided = None;
        entry.undecided = false;
        let may_have_held = entry.may_hold();
        entry.recognise(shown);
        self.confirm(user, shown);
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        let ours = entry.held.is_some_and(|held| held.is(shown));
        let vanished = entry.held.filter(|_| !ours);
        if vanished.is_some() {
            entry.lose();
            self.news.push((user.clone(), PresenceStep::Gone));
        }
        if may_have_held && !ours {
            self.forgotten.push(user.clone());
        }
        let wish = entry.wish.filter(|_| !suspended);
        match wish {
            None if ours => self.decide(user, Action::Reset, now),
            None => self.look(user, now),
            Some(manual) if ours && entry.is_fresh(manual, lease, there) => self.rest(user, now),
            Some(_) if !ours && shown.is_manual() => {
                self.obstruct(user, Some(Obstacle::ForeignPresence));
                self.schedule(user, advance(now, lease / 2));
            }
            Some(_) if !entry.may_set => {
                self.obstruct(user, Some(Obstacle::MayNotSetPresence));
            }
            Some(_) if vanished.is_some() && entry.losses > 1 => {
                let wait = lost_wait(entry.losses).min(lease / 2);
                self.schedule(user, advance(now, wait));
            }
            Some(manual) => self.decide(user, Action::Set(manual, advance(there, lease)), now),
        }
    }

    /// A set or reset was answered.
    pub(crate) fn was_written(&mut self, user: &MatchKey, done: bool, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        match (entry.decided.take(), done) {
            (Some(Action::Set(manual, until)), true) => {
                let before = entry.held.replace(Held { manual, until });
                entry.remembered.clear();
                if before.is_some_and(|held| held.manual == manual) {
                    // It has lived to be renewed.
                    entry.losses = 0;
                } else {
                    entry.confirmed = false;
                    let step = PresenceStep::Accepted(manual.presence());
                    self.news.push((user.clone(), step));
                }
                self.obstruct(user, None);
                self.rest(user, now);
            }
            (Some(Action::Reset), true) => {
                entry.held = None;
                self.forgotten.push(user.clone());
                self.news.push((user.clone(), PresenceStep::TakenBack));
                self.look(user, now);
            }
            (Some(Action::Set(..)), false) => {
                if !entry.may_hold() {
                    self.forgotten.push(user.clone());
                }
                self.obstruct(user, Some(Obstacle::SetPresenceRefused));
                self.schedule(user, advance(now, TRY_AGAIN));
            }
            _ => self.schedule(user, advance(now, TRY_AGAIN)),
        }
    }

    /// A request was not answered, or a read was refused: what is set is not known.
    pub(crate) fn failed(&mut self, user: &MatchKey, now: Timestamp) {
        if let Some(entry) = self.entries.get_mut(user) {
            entry.break_off();
            self.schedule(user, advance(now, TRY_AGAIN));
        }
    }

    /// Users whose obstacle changed.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<MatchKey> {
        std::mem::take(&mut self.changed)
    }

    /// What became of what was wished.
    pub(crate) fn take_news(&mut self) -> Vec<(MatchKey, PresenceStep)> {
        std::mem::take(&mut self.news)
    }

    /// What keeps us from setting this user's presence.
    pub(crate) fn obstacle(&self, user: &MatchKey) -> Option<Obstacle> {
        self.entries.get(user)?.obstacle
    }

    /// Held and right: look again when half of it is over, or at once if the wish has changed
    /// while it was being set.
    fn rest(&mut self, user: &MatchKey, now: Timestamp) {
        let (lease, suspended) = (self.lease, self.suspended);
        let Some(entry) = self.entries.get(user) else {
            return;
        };
        let Some(held) = entry.held else {
            return;
        };
        let wanted = entry.wish == Some(held.manual) && !suspended;
        let left = elapsed(self.there(now), held.until).saturating_sub(lease / 2);
        self.schedule(user, if wanted { advance(now, left) } else { now });
    }

    /// Now, by UCServer's clock.
    fn there(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.ahead).unwrap_or(now)
    }

    fn decide(&mut self, user: &MatchKey, action: Action, now: Timestamp) {
        self.schedule(user, now);
        if let Some(entry) = self.entries.get_mut(user) {
            entry.decided = Some(action);
        }
    }

    fn obstruct(&mut self, user: &MatchKey, obstacle: Option<Obstacle>) {
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        if entry.obstacle != obstacle {
            entry.obstacle = obstacle;
            self.changed.insert(user.clone());
        }
    }

    fn forget(&mut self, user: &MatchKey) {
        let Some(entry) = self.entries.remove(user) else {
            return;
        };
        if let Some(due) = entry.due {
            self.queue.remove(&(due, user.clone()));
        }
        if entry.obstacle.is_some() {
            self.changed.insert(user.clone());
        }
    }
}

/// After so many losses in a row (2 is the second) it is not ours to insist: somebody, or a clock
/// that is far off, takes it away each time.
fn lost_wait(losses: u32) -> Duration {
    LOST.wait(losses.saturating_sub(1))
}

#[cfg(test)]
#[path = "absent_tests.rs"]
mod tests;
