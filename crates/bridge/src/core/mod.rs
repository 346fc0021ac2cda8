//! The state machine: everything that lampfield decides, and nothing that it does.
//!
//! In: an [`Event`] and the time. Out: [`Effect`]s, and on request a [`Snapshot`]. No I/O, no
//! clock, no waiting: the same events at the same times always give the same effects, which is
//! what lets the property tests run whole working days through it.
//!
//! | file | decides |
//! | --- | --- |
//! | `roster` | who is matched, who is polled |
//! | `user`, `row`, `lease_view` | what is remembered and shown of one user |
//! | `calls` | which calls last, and what they ask of Teams (the *wish*) |
//! | `lease`, `retry`, `reconcile`, `written` | what is in Teams of ours, and the next write towards the wish |
//! | `adopt` | the leases of an earlier run |
//! | `reading`, `echo` | freshness, echo, mapping: what ProCall is told |
//! | `facts` | rights and obstacles that ProCall tells of |
//! | `verdict`, `judge` | what a read says about a lease |
//! | `mode` | what may be written, and the administrator's commands |
//! | `farewell` | the end: what is given back, and what stays |
//! | `polling`, `links`, `watch`, `journal` | timing, the state of every hop, what an operator must know |
//! | `alarms` | when to be woken |

mod adopt;
mod alarms;
mod calls;
mod echo;
mod facts;
mod farewell;
mod journal;
mod judge;
mod lease;
mod lease_view;
mod links;
mod mode;
mod odd;
mod polling;
mod reading;
mod reconcile;
mod retry;
mod roster;
mod row;
mod user;
mod verdict;
mod watch;
mod written;

#[cfg(test)]
mod tests;

pub use farewell::{GivingBack, left_behind};
pub use verdict::Evidence;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};

use super::event::{Effect, Event};
use graph::{BudgetView, TokenView};
use model::clock::shifted;
use model::limits::SHORTEST_EXPIRATION;
use model::presence::{EntraId, MatchKey};
use model::snapshot::{
    DirectoryView, LeaseCounts, Links, Mode, ObserveReason, ReadMarks, Snapshot, TenantView,
    UserRow,
};
use procall::ProcallEvent;

use alarms::{Alarm, Alarms};
use calls::UserCalls;
use facts::Facts;
use journal::Journal;
use lease::Lease;
use polling::Polling;
use roster::Roster;
use watch::Watch;

/// The terms on which the state machine works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreSettings {
    /// Every user is polled once in this time; 1 s to 10 min.
    pub interval: Duration,
    /// What a lease lasts in Teams: PT5M, the shortest that Graph takes.
    pub expiration: Duration,
    /// A lease is renewed this long before it runs out.
    pub renew_before: Duration,
    /// The settling window after a lease is one poll interval and this.
    pub settling_extra: Duration,
    /// Whether we write at the start.
    pub mode: Mode,
}

impl Default for CoreSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            expiration: SHORTEST_EXPIRATION,
            renew_before: Duration::from_mins(2),
            settling_extra: Duration::from_secs(15),
            mode: Mode::Writing,
        }
    }
}

impl CoreSettings {
    /// How long after a lease InACall from Graph still counts as ours (design, rule 1).
    fn settling(&self) -> Duration {
        self.interval.saturating_add(self.settling_extra)
    }
}

/// The state machine.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // five facts that have nothing to do with each other
pub struct Core {
    settings: CoreSettings,
    tenant: Arc<TenantView>,
    started_at: Timestamp,
    observing: Option<ObserveReason>,
    /// estos' own Teams integration is active: two bridges would echo each other.
    native: bool,
    /// The writer lock was ours; only then can it be lost.
    holds_lock: bool,
    paused: bool,
    paused_users: FxHashSet<MatchKey>,
    /// What ProCall says of users beside their calls; nothing for those it has nothing to say of.
    facts: FxHashMap<MatchKey, Facts>,
    stopping: bool,
    roster: Roster,
    rows: Arc<Vec<Arc<UserRow>>>,
    /// Those of the snapshot before, for their memory.
    spare_rows: Arc<Vec<Arc<UserRow>>>,
    reads: Arc<ReadMarks>,
    calls: FxHashMap<MatchKey, UserCalls>,
    calls_known: bool,
    /// Boxed: a table has room for half as many again, and twice that while it grows.
    leases: FxHashMap<EntraId, Box<Lease>>,
    orders: u64,
    /// Where in the answer just taken each user stands.
    answers: FxHashMap<EntraId, usize>,
    alarms: Alarms,
    polling: Polling,
    watch: Watch,
    journal: Journal,
    links: Arc<Links>,
    directory: Arc<DirectoryView>,
    budget: BudgetView,
    token: TokenView,
    clock_skew_ms: Option<i64>,
    /// How far the machine's clock is ahead of the time that this goes by.
    wall_ahead: SignedDuration,
    unknown_values: Arc<Vec<(Arc<str>, u64)>>,
    odd_records: Arc<Vec<(Arc<str>, u64)>>,
    echoes_suppressed: u64,
    serial: u64,
    touched: Vec<usize>,
    out: Vec<Effect>,
}

impl Core {
    /// A state machine that knows nothing yet.
    #[must_use]
    pub fn new(settings: CoreSettings, tenant: Arc<TenantView>, now: Timestamp) -> Self {
        let (observing, paused) = match settings.mode.clone() {
            Mode::Writing => (None, false),
            Mode::Observing(reason) => (Some(reason), false),
            Mode::Paused => (None, true),
        };
        Self {
            native: false,
            holds_lock: false,
            polling: Polling::new(settings.interval),
            settings,
            tenant,
            started_at: now,
            observing,
            paused,
            paused_users: FxHashSet::default(),
            facts: FxHashMap::default(),
            stopping: false,
            roster: Roster::default(),
            rows: Arc::default(),
            spare_rows: Arc::default(),
            reads: Arc::default(),
            calls: FxHashMap::default(),
            calls_known: false,
            leases: FxHashMap::default(),
            orders: 0,
            answers: FxHashMap::default(),
            alarms: Alarms::default(),
            watch: Watch::default(),
            journal: Journal::default(),
            links: Arc::default(),
            directory: Arc::default(),
            budget: BudgetView::default(),
            token: TokenView::default(),
            clock_skew_ms: None,
            wall_ahead: SignedDuration::ZERO,
            unknown_values: Arc::default(),
            odd_records: Arc::default(),
            echoes_suppressed: 0,
            serial: 0,
            touched: Vec::new(),
            out: Vec::new(),
        }
    }

    /// Takes in what happened and says what to do, in this order.
    ///
    /// `now` must not go backwards from one call to the next.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        self.take(event, now);
        self.ring(now);
        self.refresh_rows();
        if let Some(at) = self.alarms.untold(now) {
            self.out.push(Effect::WakeAt(at));
        }
        std::mem::take(&mut self.out)
    }

    /// Somebody has set the machine's clock: it is so far ahead of what [`Core::step`] is told.
    /// Nothing goes by it; it is for times of day that are read. The ledger has such times, so it is
    /// told of all leases anew: a restart would take those of the old time for over, or not believe
    /// them.
    pub fn set_wall_ahead(&mut self, ahead: SignedDuration) {
        // What is less lies between two looks at a clock.
        if (ahead - self.wall_ahead).abs() < SignedDuration::from_secs(1) {
            return;
        }
        self.wall_ahead = ahead;
        let leases = self.leases.iter();
        let kept = leases.filter_map(|(id, lease)| Some(lease.entry(*id, lease.ledger_until?)));
        self.out.extend(kept.map(Effect::LedgerPut));
    }

    /// A time as the machine's clock shows it.
    pub(super) fn wall(&self, at: Timestamp) -> Timestamp {
        shifted(at, self.wall_ahead)
    }

    fn take(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Ledger(entries) => self.take_ledger(entries, now),
            Event::Directory { users, full } => self.take_directory(users, full, now),
            Event::Odd { list, records } => self.take_odd(list, &records),
            Event::DirectoryFailed(failure) => self.directory_failed(failure),
            Event::Procall(said) => self.take_procall(said, now),
            Event::Read(read) => self.take_read(&read, now),
            Event::CycleEnded(end) => self.cycle_ended(&end, now),
            Event::GraphDown(failure) => self.graph_down(failure),
            Event::Quarantined { id, failure } => self.quarantine(id, &failure, now),
            Event::Released(id) => self.release(id, now),
            Event::Written(result) => self.written(&result, now),
            Event::Token(view) => self.take_token(view, now),
            Event::Budget(view) => self.take_budget(view),
            Event::ClockSkew(ms) => self.take_clock_skew(ms),
            Event::Observe(reason) => self.observe(reason, now),
            Event::Write => self.write_again(now),
            Event::StorageTrouble { what, trouble } => self.storage(what, trouble, now),
            Event::Command(command) => self.obey(command, now),
            Event::Woke => {}
            Event::Stopping => self.stop(now),
        }
    }

    fn take_procall(&mut self, said: ProcallEvent, now: Timestamp) {
        match said {
            ProcallEvent::Users(users) => self.take_users(users, now),
            ProcallEvent::Calls(calls) => self.resync_calls(&calls, now),
            ProcallEvent::Call(call) => self.take_call(&call, now),
            ProcallEvent::Up => self.procall_up(now),
            ProcallEvent::Trouble(trouble) => self.procall_trouble(trouble, now),
            ProcallEvent::Warning(words) => self.procall_warning(&words),
            ProcallEvent::Interrupted | ProcallEvent::Silent(_) => {}
            ProcallEvent::NativeIntegration(active) => self.native_integration(active, now),
            ProcallEvent::Facts(facts) => self.take_facts(&facts),
            ProcallEvent::Presence(user, step) => self.presence_step(&user, step, now),
        }
    }

    /// Does what is due.
    fn ring(&mut self, now: Timestamp) {
        while let Some((at, alarm)) = self.alarms.due(now) {
            match alarm {
                Alarm::Lease(id) => self.lease_alarm(id, at, now),
                Alarm::Freshness => self.check_freshness(now),
            }
        }
    }

    /// The whole snapshot as it is now; shares everything that did not change with the last one.
    pub fn snapshot(&mut self, now: Timestamp) -> Arc<Snapshot> {
        self.serial += 1;
        self.drop_old_rows();
        Arc::new(Snapshot {
            serial: self.serial,
            at: now,
            started_at: self.started_at,
            tenant: Arc::clone(&self.tenant),
            mode: self.mode(),
            rows: Arc::clone(&self.rows),
            reads: Arc::clone(&self.reads),
            unmatched: Arc::clone(&self.roster.unmatched),
            coverage: Arc::clone(&self.roster.coverage),
            poll: self.polling.view(),
            budget: self.budget.clone(),
            leases: self.lease_counts(),
            echoes_suppressed: self.echoes_suppressed,
            directory: Arc::clone(&self.directory),
            token: self.token.clone(),
            links: Arc::clone(&self.links),
            clock_skew_ms: self.clock_skew_ms,
            wall_ahead: self.wall_ahead,
            unknown_values: Arc::clone(&self.unknown_values),
            odd_records: Arc::clone(&self.odd_records),
        })
    }

    fn lease_counts(&self) -> LeaseCounts {
        let mut counts = LeaseCounts::default();
        for lease in self.leases.values() {
            lease.count_into(&mut counts);
        }
        counts
    }
}
