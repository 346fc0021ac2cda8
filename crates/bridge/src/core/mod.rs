//! The state machine: everything that lampfield decides, and nothing that it does.
//!
//! In: an [`Event`] and the time. Out: [`Effect`]s, and on request a [`Snapshot`]. No I/O, no
//! clock, no waiting: the same events at the same times always give the same effects, which is
//! what lets the property tests run whole working days through it.
//!
//! | file | decides |
//! | --- | --- |
//! | `roster`, `rematch` | who is matched, who is polled |
//! | `user`, `row` | what is remembered and shown of one matched user |
//! | `rows` | all rows as they are shown, and their memory |
//! | `state` | what is known of a user by ProCall's name: calls, facts, pause |
//! | `calls` | which calls last, and what they ask of Teams (the *wish*) |
//! | `lease`, `leases`, `retry` | what is in Teams of ours, and the next step towards the wish |
//! | `reconcile`, `written` | the next write, and how it ended |
//! | `adopt` | the leases of an earlier run |
//! | `reading`, `echo` | freshness, echo, mapping: what ProCall is told |
//! | `silence` | what a ProCall that is not heard means for its calls |
//! | `facts` | what is logged of rights and obstacles that ProCall tells of |
//! | `verdict`, `judge` | what a read says about a lease |
//! | `permission` | who may write, and what |
//! | `mode` | writing or observing, as it changes, and the administrator's commands |
//! | `farewell` | the end: what is given back, and what stays |
//! | `tenant`, `odd` | what is known of the tenant as a whole: directory, token, budget, clock |
//! | `link_use`, `links` | how the last use of every hop went, and what is said of it |
//! | `polling`, `watch`, `journal` | timing, what an operator must know, how much goes into the log |
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
mod leases;
mod link_use;
mod links;
mod mode;
mod odd;
mod permission;
mod polling;
mod reading;
mod reconcile;
mod rematch;
mod retry;
mod roster;
mod row;
mod rows;
mod silence;
mod state;
mod take_over;
mod tenant;
mod user;
mod verdict;
mod watch;
mod written;

#[cfg(test)]
mod tests;

pub use farewell::GivingBack;
pub use verdict::Evidence;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

use super::event::{Effect, Event};
use model::clock::shifted;
use model::limits::SHORTEST_EXPIRATION;
use model::presence::EntraId;
use model::snapshot::{ClusterView, Mode, Seen, Snapshot, TenantView};
use procall::ProcallEvent;

use alarms::{Alarm, Alarms};
use journal::Journal;
use leases::Leases;
use link_use::LinkUse;
use permission::Permission;
use polling::Polling;
use reading::LastReads;
use roster::Roster;
use rows::Rows;
use state::UserStates;
use tenant::TenantState;
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
pub struct Core {
    settings: CoreSettings,
    tenant: TenantState,
    started_at: Timestamp,
    permission: Permission,
    states: UserStates,
    roster: Roster,
    rows: Rows,
    last_reads: LastReads,
    leases: Leases,
    /// Until when a lease of another process may show, while we do not write ourselves.
    others: FxHashMap<EntraId, Timestamp>,
    alarms: Alarms,
    polling: Polling,
    watch: Watch,
    journal: Journal,
    links: LinkUse,
    /// How far the machine's clock is ahead of the time that this goes by.
    wall_ahead: SignedDuration,
    echoes_suppressed: u64,
    log_lines_lost: u64,
    cluster: Option<Arc<ClusterView>>,
    serial: u64,
    out: Vec<Effect>,
}

impl Core {
    /// A state machine that knows nothing yet.
    #[must_use]
    pub fn new(settings: CoreSettings, tenant: Arc<TenantView>, now: Timestamp) -> Self {
        Self {
            permission: Permission::new(settings.mode.clone()),
            polling: Polling::new(settings.interval),
            settings,
            tenant: TenantState::new(tenant),
            started_at: now,
            states: UserStates::default(),
            roster: Roster::default(),
            rows: Rows::default(),
            last_reads: LastReads::default(),
            leases: Leases::default(),
            others: FxHashMap::default(),
            alarms: Alarms::default(),
            watch: Watch::default(),
            journal: Journal::default(),
            links: LinkUse::default(),
            wall_ahead: SignedDuration::ZERO,
            echoes_suppressed: 0,
            log_lines_lost: 0,
            cluster: None,
            serial: 0,
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
        self.out
            .extend(self.leases.on_disk().map(Effect::LedgerPut));
    }

    /// So many lines of the log have never got to its disk. Nothing goes by it.
    pub const fn set_log_lines_lost(&mut self, lines: u64) {
        self.log_lines_lost = lines;
    }

    /// A time as the machine's clock shows it.
    pub(super) fn wall(&self, at: Timestamp) -> Timestamp {
        shifted(at, self.wall_ahead)
    }

    fn take(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Ledger(entries) => self.take_ledger(entries, now),
            Event::OthersLeases(entries) => self.take_others(&entries),
            Event::Directory { users, full } => self.take_directory(users, full, now),
            Event::Odd { list, records } => self.take_odd(list, &records),
            Event::DirectoryFailed(failure) => self.directory_failed(failure),
            Event::Procall(said) => self.take_procall(said, now),
            Event::Read(read) => self.take_read(&read, now),
            Event::PollMoved {
                running_since,
                next_at,
            } => self.polling.moved(running_since, next_at),
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
            Event::Cluster(view) => self.cluster = Some(view),
            Event::TookOver { last, told_at } => self.take_over(&last, told_at, now),
            Event::Interval(interval) => self.set_interval(interval, false),
            Event::HandingOver => self.hand_over(),
            Event::HandedOver => self.handed_over(),
            Event::StorageTrouble { what, trouble } => self.storage(what, trouble, now),
            Event::AlertsTrouble(trouble) => self.alerts(trouble, now),
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
            ProcallEvent::Warning(warning) => self.procall_warning(&warning),
            ProcallEvent::Interrupted => self.procall_interrupted(now),
            ProcallEvent::Silent(silent) => self.procall_silent(silent, now),
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
        self.rows.drop_old();
        Arc::new(Snapshot {
            serial: self.serial,
            at: now,
            started_at: self.started_at,
            tenant: self.tenant.view(),
            seen: Seen::Own,
            mode: self.permission.mode(),
            rows: self.rows.shown(),
            reads: self.last_reads.marks(),
            unmatched: self.roster.unmatched(),
            excluded: self.roster.excluded(),
            coverage: self.roster.coverage(),
            poll: self.polling.view(),
            budget: self.tenant.budget().clone(),
            leases: self.leases.counts(),
            echoes_suppressed: self.echoes_suppressed,
            directory: self.tenant.directory(),
            token: self.tenant.token().clone(),
            links: self.links.shown(),
            clock_skew_ms: self.tenant.clock_skew_ms(),
            wall_ahead: self.wall_ahead,
            unknown_values: self.tenant.unknown_values(),
            odd_records: self.tenant.odd_records(),
            log_lines_lost: self.log_lines_lost,
            cluster: self.cluster.clone(),
        })
    }
}
