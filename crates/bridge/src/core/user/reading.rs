//! What a reading changes of a user.

use std::time::Duration;

use jiff::Timestamp;

use super::User;
use super::flags::UserFlag;
use graph::{PresenceReading, RequestTiming};
use model::clock::elapsed;
use model::presence::{Rule, TeamsPresence};
use model::stamp::Stamp;

/// More Teams changes than `changes` has room for within this time are not a person's doing.
const FLAP_WINDOW: Duration = Duration::from_mins(10);

/// What a reading is beside the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::core) enum Novelty {
    /// Its request did not begin after the last one's: it says nothing.
    Outdated,
    /// The same once more, and nothing waits for it.
    Unchanged,
    /// It may mean something.
    ToLookAt,
}

/// Another pair than before.
#[derive(Debug)]
pub(in crate::core) struct PairChange {
    /// The first reading of all.
    pub(in crate::core) first: bool,
    /// The pair until now.
    pub(in crate::core) before: Option<TeamsPresence>,
}

impl User {
    /// Takes note of a reading. Nearly all of them end here: in one cache line.
    #[inline]
    pub(in crate::core) fn read(
        &mut self,
        reading: &PresenceReading,
        timing: &RequestTiming,
    ) -> Novelty {
        let started = timing.started.into();
        if started <= self.read_started {
            return Novelty::Outdated;
        }
        self.read_started = started;
        self.fresh_at = timing.finished.into();
        let same = self.teams == reading.presence && self.out_of_office == reading.out_of_office;
        if same && !self.attention {
            Novelty::Unchanged
        } else {
            Novelty::ToLookAt
        }
    }

    /// Takes over the pair, where it is another. `ours`: it may be our doing.
    pub(in crate::core) fn take_pair(
        &mut self,
        reading: &PresenceReading,
        ours: bool,
        now: Timestamp,
    ) -> Option<PairChange> {
        if self.teams == reading.presence {
            return None;
        }
        let first = self.since.is_none();
        let before = std::mem::replace(&mut self.teams, reading.presence.clone());
        self.since = Some(now.into());
        if !first && !ours {
            self.count_change(now);
        }
        Some(PairChange { first, before })
    }

    /// There was an entry; what else it says.
    pub(in crate::core) fn take_rest(
        &mut self,
        reading: &PresenceReading,
        rule: &'static Rule,
        now: Timestamp,
    ) {
        self.flags.set(UserFlag::Missing, false);
        self.flags.set(UserFlag::Unknown, rule.unknown);
        self.out_of_office = reading.out_of_office;
        if self.flags.has(UserFlag::Flapping) {
            self.check_flapping(now);
        }
        if rule.unknown {
            // The read says nothing: ProCall keeps what it has, and nothing is lifted.
            self.rule = rule.into();
        }
    }

    /// There was no entry in the answer to a request that began at `started`; whether that is news.
    pub(in crate::core) fn go_missing(&mut self, started: Timestamp) -> bool {
        if Stamp::from(started) <= self.read_started {
            return false;
        }
        self.flags.set(UserFlag::Missing, true);
        self.attention = true;
        true
    }

    /// Stale from now on, where nothing newer than `limit` is known; whether that is news.
    pub(in crate::core) fn go_stale(&mut self, limit: Duration, now: Timestamp) -> bool {
        let too_old = elapsed(self.fresh_at.into(), now) > limit;
        too_old && !self.flags.set(UserFlag::Stale, true)
    }

    /// Fresh from now on; whether that is news.
    pub(in crate::core) fn go_fresh(&mut self) -> bool {
        self.flags.set(UserFlag::Stale, false)
    }

    /// The pair changed, and not by our doing.
    fn count_change(&mut self, now: Timestamp) {
        self.changes.add(now);
        self.check_flapping(now);
    }

    /// Looks whether the pair still changes too often.
    fn check_flapping(&mut self, now: Timestamp) {
        let oldest = self.changes.oldest();
        let flapping = oldest.is_some_and(|oldest| elapsed(oldest, now) <= FLAP_WINDOW);
        self.flags.set(UserFlag::Flapping, flapping);
    }
}
