//! Everything the tenant is made of, shared by its doors (Entra, Graph, control) and its day.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{
    Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak,
};
use std::time::Duration;

use jiff::Timestamp;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::clock::SimClock;
use super::directory::Directory;
use super::fault::{Fault, On};
use super::faults::{Faults, Met};
use super::identity::Identity;
use super::journal::{Journal, WINDOW};
use super::pbx::Pbx;
use super::settings::Settings;
use super::tenant::{Person, Tenant};
use super::ucserver::SimulatedUcServer;
use super::user_presence::PresenceStyle;
use model::clock::{advance, elapsed};
use model::permission;

/// The tenant, open.
#[derive(Debug)]
pub(super) struct World {
    pub(super) tenant_id: Uuid,
    pub(super) client_id: Uuid,
    /// `http://127.0.0.1:PORT`
    pub(super) origin: String,
    pub(super) settings: Settings,
    pub(super) style: PresenceStyle,
    pub(super) clock: SimClock,
    pub(super) identity: Mutex<Identity>,
    pub(super) journal: Journal,
    pub(super) pbx: Pbx,
    pub(super) people: RwLock<Vec<Person>>,
    /// The UCServer, where there is one; it holds the world, not the world it.
    pub(super) ucserver: OnceLock<Weak<SimulatedUcServer>>,
    directory: RwLock<Directory>,
    faults: Mutex<Faults>,
    presence_limit: Mutex<Sliding>,
    directory_limit: Mutex<Sliding>,
    rng: Mutex<ChaCha8Rng>,
}

/// Why somebody cannot be steered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Nobody has this name.
    #[error("the tenant has nobody called {0}")]
    NoSuchUser(String),
    /// Teams does not have this choice by hand.
    #[error("nobody can choose {0} in Teams")]
    NoSuchChoice(String),
    /// calls.jsonl cannot be written.
    #[error("calls.jsonl cannot be written: {0}")]
    CallsFile(String),
}

impl World {
    pub(super) fn new(
        tenant: Tenant,
        origin: String,
        settings: Settings,
        identity: Identity,
        pbx: Pbx,
        seed: u64,
    ) -> Self {
        let clock = SimClock::default();
        let first_number = u64::try_from(clock.wire().as_millisecond()).unwrap_or(1);
        Self {
            tenant_id: tenant.id,
            client_id: tenant.client_id,
            origin,
            style: PresenceStyle {
                faded_activity: settings.faded_activity.clone(),
                sequence_numbers: settings.sequence_numbers,
                sequence: AtomicU64::new(first_number),
            },
            journal: Journal::new(settings.recorded_requests),
            settings,
            clock,
            identity: Mutex::new(identity),
            pbx,
            people: RwLock::new(tenant.people),
            ucserver: OnceLock::new(),
            directory: RwLock::new(Directory::new(tenant.accounts)),
            faults: Mutex::default(),
            presence_limit: Mutex::default(),
            directory_limit: Mutex::default(),
            rng: Mutex::new(ChaCha8Rng::seed_from_u64(seed ^ 0x6c61_6d70)),
        }
    }

    pub(super) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn people(&self) -> RwLockReadGuard<'_, Vec<Person>> {
        self.people.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn identity(&self) -> MutexGuard<'_, Identity> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A GUID from the tenant's dice.
    pub(super) fn guid(&self) -> Uuid {
        super::tenant::guid(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Dice for one request.
    pub(super) fn dice(&self) -> ChaCha8Rng {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        ChaCha8Rng::seed_from_u64(rng.next_u64())
    }

    pub(super) fn inject(&self, fault: Fault) {
        let now = self.clock.now();
        self.faults().add(fault, now);
    }

    /// The faults that meet this request.
    pub(super) fn meet(&self, endpoint: On, concerns: impl Fn(&str) -> bool) -> Vec<Met> {
        let mut faults = self.faults();
        if faults.is_empty() {
            return Vec::new();
        }
        let mut dice = self.dice();
        faults.meet(endpoint, concerns, self.clock.now(), &mut dice)
    }

    /// The object id of a user called by UPN, user name or object id; as it is written in a
    /// request.
    pub(super) fn id_of(&self, name: &str) -> Option<Uuid> {
        self.directory().find(name).map(|entry| entry.account.id)
    }

    /// ProCall's user of this UPN or user name.
    pub(super) fn person(&self, name: &str) -> Option<Person> {
        let folded = name.to_lowercase();
        let people = self.people();
        let found = people.iter().find(|p| p.user_name.to_lowercase() == folded);
        found.cloned()
    }

    /// Counts a presence request; the time to wait when the limit is exceeded.
    pub(super) fn presence_wait(&self) -> Option<Duration> {
        let mut limit = self
            .presence_limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        limit.take(1, self.settings.presence_limit, WINDOW, self.clock.now())
    }

    /// Counts `units` of the directory's budget; the time to wait when it is exceeded.
    pub(super) fn directory_wait(&self, units: u32) -> Option<Duration> {
        let limit = self.settings.directory_units?;
        let mut taken = self
            .directory_limit
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.take(units, limit, Duration::from_secs(10), self.clock.now())
    }
}

/// A sliding window: refused requests count as well, so hammering prolongs the refusal.
#[derive(Debug, Default)]
pub(super) struct Sliding {
    taken: VecDeque<(Timestamp, u32)>,
    sum: u32,
}

impl Sliding {
    /// Takes `units`; the time until there is room when there was none.
    fn take(
        &mut self,
        units: u32,
        limit: u32,
        window: Duration,
        now: Timestamp,
    ) -> Option<Duration> {
        while let Some((at, gone)) = self.taken.front().copied() {
            if elapsed(at, now) < window {
                break;
            }
            self.taken.pop_front();
            self.sum = self.sum.saturating_sub(gone);
        }
        self.taken.push_back((now, units));
        self.sum = self.sum.saturating_add(units);
        if self.sum <= limit {
            return None;
        }
        Some(elapsed(now, advance(self.room_at(limit)?, window)))
    }

    /// When the oldest of those that must go came in.
    fn room_at(&self, limit: u32) -> Option<Timestamp> {
        let mut left = self.sum;
        for (at, units) in &self.taken {
            left = left.saturating_sub(*units);
            if left < limit {
                return Some(*at);
            }
        }
        self.taken.back().map(|(at, _)| *at)
    }
}

/// Roles that allow one kind of request; any of them is enough (spec section 3).
pub(super) fn roles_for(endpoint: On) -> &'static [&'static str] {
    if endpoint.is_directory() {
        return &[
            permission::USER_READ_BASIC,
            permission::USER_READ,
            permission::USER_READ_WRITE,
            permission::DIRECTORY_READ,
        ];
    }
    if endpoint.is_write() {
        return &[permission::PRESENCE_READ_WRITE];
    }
    &permission::READ_PRESENCE
}

/// Whether one of `needed` is among `granted`.
pub(super) fn allowed(granted: &BTreeSet<String>, needed: &[&str]) -> bool {
    needed.iter().any(|role| granted.contains(*role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_requests_count_and_the_window_slides() {
        let mut window = Sliding::default();
        let at = |s| advance(Timestamp::UNIX_EPOCH, Duration::from_secs(s));
        let mut take = |s| window.take(1, 2, WINDOW, at(s)).map(|d| d.as_secs());
        assert_eq!(take(0), None);
        assert_eq!(take(10), None);
        assert_eq!(take(20), Some(20), "room when the one at 10 s is gone");
        assert_eq!(take(35), Some(15), "the refused one at 20 s still counts");
        assert_eq!(take(70), None);
    }
}
