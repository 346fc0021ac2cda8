//! The wiring: one task owns the core, feeds it events and does what it says.
//!
//! In: [`Parts`]. Out: a [`Bridge`] with the latest [`Snapshot`], a place for [`Command`]s and a
//! stream of [`Change`]s. The task never waits for a console, a disk queue or the network.

mod asked;
mod clustered;
mod farewell;
mod ledger;
mod outside;
mod watchers;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tracing::Level;

use super::cluster::{ProcallLedger, Seat};
use super::core::Core;
use super::event::{Effect, Event};
use super::ledger::Sent;
use super::ledger_queue::LedgerQueue;
use super::line::{LineKind, LogLine, Notice};
use super::others::Others;
use super::pace::Pace;
use super::parts::{Change, LogSink, Parts};
use super::poll::PollOrder;
use super::set::SetOrder;
use super::tasks::Tasks;
use super::writership::Writership;
use clocks::OtherClock;
use clustered::Clustered;
use graph::Graph;
use model::cause::Trouble;
use model::clock::{Clock, shifted};
use model::command::{Asked, Command};
use model::presence::UserName;
use model::snapshot::Snapshot;
use outside::{Outside, Watched, Wish, until};
use procall::PresenceOrder;

pub use asked::refused_line;
pub use farewell::Farewell;

/// How many events are taken before the next snapshot: a storm must not starve those who look.
const EVENTS_AT_A_TIME: usize = 256;

/// So many changes may wait for a slow watcher.
const CHANGES: usize = 4096;

/// So many commands, or lines, may wait.
const COMMANDS: usize = 64;

/// Where the changes go; made by the first who watches them, for all its places take memory.
type Changes = Arc<OnceLock<broadcast::Sender<Change>>>;

/// A running bridge.
pub struct Bridge {
    /// The latest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where the administrator's commands are sent.
    pub commands: mpsc::Sender<Command>,
    /// Where the commands of other processes are sent; the log names who asked.
    pub asked: mpsc::Sender<Asked>,
    /// Lines for the bridge's log from whoever works beside it.
    pub lines: mpsc::Sender<LogLine>,
    /// Whoever sends alerts says here that one could not be sent, and that one was.
    pub alerts: mpsc::Sender<Option<Trouble>>,
    /// Whoever asks here is answered as long as the state machine steps.
    pub pulse: mpsc::Sender<oneshot::Sender<()>>,
    /// The interval of a configuration that was read anew. What an administrator chooses is a command.
    pub intervals: mpsc::Sender<Duration>,
    /// The clock that what is shown goes by: the leader's, as long as this member stands by.
    pub clock: Arc<OtherClock>,
    changes: Changes,
    stop: oneshot::Sender<Farewell>,
    task: tokio::task::JoinHandle<Vec<UserName>>,
}

impl Bridge {
    /// Starts all tasks. Call it inside a tokio runtime.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let (asked, asked_queue) = mpsc::channel(COMMANDS);
        let (lines, line_queue) = mpsc::channel(COMMANDS);
        let (alerts, alert_queue) = mpsc::channel(COMMANDS);
        let (pulse, pulse_queue) = mpsc::channel(1);
        let (intervals, interval_queue) = mpsc::channel(COMMANDS);
        let outside = Outside {
            commands: command_queue,
            asked: asked_queue,
            lines: line_queue,
            alerts: alert_queue,
            pulse: pulse_queue,
            intervals: interval_queue,
        };
        let changes = Changes::default();
        let (stop, stopped) = oneshot::channel();
        let now = parts.clock.now();
        let first = Arc::new(Snapshot::empty(Arc::clone(&parts.tenant), now));
        let (published, snapshots) = watch::channel(first);
        // Before the tasks start: the first token may be there before the core is.
        let watched = Watched::from_graph(&parts.graph);
        let clock = Arc::new(OtherClock::new(Arc::clone(&parts.clock)));
        let shown = (published, Arc::clone(&clock));
        let (actor, writership) = Actor::new(parts, shown, Arc::clone(&changes), now);
        let task = tokio::spawn(actor.run(writership, watched, outside, stopped));
        Self {
            snapshots,
            commands,
            asked,
            lines,
            alerts,
            pulse,
            intervals,
            clock,
            changes,
            stop,
            task,
        }
    }

    /// Every change from now on. A receiver that falls 4,096 changes behind is told so.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes
            .get_or_init(|| broadcast::Sender::new(CHANGES))
            .subscribe()
    }

    /// [`Bridge::stop_within`] the time of whoever waits at a screen.
    pub async fn stop(self) -> Vec<UserName> {
        self.stop_within(Farewell::SHORT).await
    }

    /// Gives back what was set in Teams and ProCall, ends all tasks. Takes a second longer than the
    /// farewell at most. Returns the users whose leases stay in Teams; the ledger has them.
    pub async fn stop_within(self, farewell: Farewell) -> Vec<UserName> {
        // Both only fail where the task is already over.
        let _ = self.stop.send(farewell);
        self.task.await.unwrap_or_default()
    }
}

struct Actor {
    core: Core,
    clock: Arc<dyn Clock>,
    /// Until they are followed.
    others: Option<Others>,
    graph: Graph,
    tasks: Tasks,
    ledger: LedgerQueue,
    clustered: Clustered,
    log_sink: Box<dyn LogSink>,
    published: watch::Sender<Arc<Snapshot>>,
    changes: Changes,
    wake_at: Option<Timestamp>,
    pace: Pace,
}

impl Actor {
    fn new(
        parts: Parts,
        (published, shown_by): (watch::Sender<Arc<Snapshot>>, Arc<OtherClock>),
        changes: Changes,
        now: Timestamp,
    ) -> (Self, Writership) {
        let Parts {
            graph,
            mut source,
            settings,
            tenant,
            clock,
            state,
            log_sink,
            cluster,
        } = parts;
        let seat = cluster.as_ref().filter(|_| settings.mode.may_write());
        let seat = seat.map(|parts| Seat::new(parts, Arc::clone(&clock)));
        if let Some(seat) = seat.clone() {
            source.share(Arc::new(ProcallLedger::new(seat)));
        }
        let write_within = seat.as_ref().map(Seat::request_timeout);
        let tasks = Tasks::start(&graph, source, &settings, write_within, &clock);
        let clustered = Clustered::start(
            cluster,
            seat.as_ref(),
            (&clock, shown_by),
            &tasks,
            published.subscribe(),
        );
        let others = state.clone();
        let others = others.map(|place| Others::new(place, Arc::clone(&clock)));
        let (ledger, writership) = LedgerQueue::new(state, seat, &settings.mode, now);
        let actor = Self {
            core: Core::new(settings, tenant, now),
            clock,
            others,
            graph,
            tasks,
            ledger,
            clustered,
            log_sink,
            published,
            changes,
            wake_at: None,
            pace: Pace::new(now),
        };
        (actor, writership)
    }

    async fn run(
        mut self,
        writership: Writership,
        watched: Watched,
        mut outside: Outside,
        mut stopped: oneshot::Receiver<Farewell>,
    ) -> Vec<UserName> {
        let Watched {
            mut token,
            mut budget,
            mut skew,
        } = watched;
        self.announce("started", LineKind::BridgeStarted);
        self.open_ledger(writership).await;
        self.follow_others().await;
        let farewell = loop {
            let clock = &*self.clock;
            let (publish_at, next_try) = (self.pace.due(), self.ledger.next_try());
            let event = tokio::select! {
                biased;
                stop = &mut stopped => break stop.unwrap_or(Farewell::SHORT),
                event = self.ledger.next() => {
                    self.take_queue_event(event);
                    None
                }
                Some(write) = self.tasks.announced.recv() => {
                    self.goes_out(write);
                    None
                }
                news = self.clustered.next() => self.take_cluster_news(news),
                wish = outside.next() => self.take_wish(wish),
                // Before what has failed for want of a token, so that the cause is never shown after it.
                Ok(()) = token.changed() => Some(Event::Token(token.borrow_and_update().clone())),
                Some(event) = self.tasks.events.recv() => Some(event),
                Ok(()) = skew.changed() => (*skew.borrow_and_update()).map(Event::ClockSkew),
                Ok(()) = budget.changed() => Some(Event::Budget(budget.borrow_and_update().clone())),
                () = until(self.wake_at, clock) => {
                    self.wake_at = None;
                    Some(Event::Woke)
                }
                () = until(publish_at, clock) => {
                    self.publish();
                    None
                }
                () = until(next_try, clock) => {
                    self.ledger.attempt();
                    None
                }
            };
            let Some(event) = event else { continue };
            self.step(event);
            self.drain();
            if self.pace.is_due(self.clock.now()) {
                self.publish();
            }
        };
        self.say_farewell(farewell).await
    }

    /// Does it, or says what the core must know of it.
    fn take_wish(&mut self, wish: Wish) -> Option<Event> {
        match wish {
            Wish::Command(command) => return self.commanded(command),
            Wish::Asked(asked) => return self.asked(&asked),
            Wish::Trouble(trouble) => return Some(Event::AlertsTrouble(trouble)),
            Wish::Pulse(asks) => {
                // Whoever asked may have given up.
                let _ = asks.send(());
            }
            Wish::Interval(interval) => return Some(Event::Interval(interval)),
            Wish::Line(line) => self.log_sink.log(self.clock.wall(), line),
        }
        None
    }

    /// Before the first reading, and then as long as we only look.
    async fn follow_others(&mut self) {
        let Some(others) = self.others.take() else {
            return;
        };
        if let Some(event) = others.first().await {
            self.step(event);
        }
        let (snapshots, events) = (self.published.subscribe(), self.tasks.to_core.clone());
        tokio::spawn(others.follow(snapshots, events));
    }

    /// Takes what else has happened meanwhile, so that one snapshot shows it all.
    fn drain(&mut self) {
        for _ in 0..EVENTS_AT_A_TIME {
            let Ok(event) = self.tasks.events.try_recv() else {
                return;
            };
            self.step(event);
        }
    }

    /// One event, with all its effects, and then what the witness has to say of them: no effect of
    /// a later event overtakes one of an earlier.
    fn step(&mut self, event: Event) {
        let mut next = Some(event);
        while let Some(event) = next {
            self.step_once(event);
            next = self.log_sink.trouble();
        }
    }

    fn step_once(&mut self, event: Event) {
        let now = self.clock.now();
        self.core.set_wall_ahead(self.clock.ahead());
        self.pace.happened(&event, now);
        if let Event::CycleEnded(end) = &event {
            let requests = end.requests;
            let at = self.clock.wall();
            self.ledger.sent(Sent {
                at,
                count: requests,
            });
        }
        let effects = self.core.step(event, now);
        let channel = self.changes.get();
        let watched = channel.is_some_and(|channel| channel.receiver_count() > 0);
        let mut changed = Vec::new();
        for effect in effects {
            match effect {
                Effect::Changed(at) if watched => changed.push(at),
                effect => self.perform(effect),
            }
        }
        self.tell_watchers(changed, now);
    }

    fn perform(&mut self, effect: Effect) {
        // A closed channel means that the task behind it is gone, and so will the program be.
        match effect {
            Effect::Write(order) => drop(self.tasks.set.send(SetOrder::Write(order))),
            Effect::Withdraw(user) => drop(self.tasks.set.send(SetOrder::Withdraw(user))),
            Effect::SetProcall(mut change) => {
                change.at = shifted(change.at, self.clock.ahead());
                let order = PresenceOrder::Show(change);
                drop(self.tasks.procall.try_send(order));
            }
            Effect::LetGoOfProcall => drop(self.tasks.procall.try_send(PresenceOrder::LetGo)),
            Effect::RecallProcall => drop(self.tasks.procall.try_send(PresenceOrder::Recall)),
            Effect::PollSet(users) => drop(self.tasks.poll.send(PollOrder::Users(users))),
            Effect::PollNow(scope) => drop(self.tasks.poll.send(PollOrder::Now(scope))),
            Effect::SetInterval(every) => drop(self.tasks.poll.send(PollOrder::Interval(every))),
            Effect::HoldPolling(hold) => drop(self.tasks.poll.send(PollOrder::Hold(hold))),
            Effect::LedgerPut(entry) => self.ledger.put(entry.shifted(self.clock.ahead())),
            Effect::LedgerRemove(id) => self.ledger.remove(id),
            Effect::Log(line) => self.log_sink.log(self.clock.wall(), line),
            Effect::Notify(notice) => self.log_sink.notify(&notice),
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::Changed(_) => {}
        }
    }

    fn publish(&mut self) {
        let now = self.clock.now();
        self.core.set_log_lines_lost(self.log_sink.lines_lost());
        let own = self.core.snapshot(now);
        let shown = self.clustered.shown(own);
        self.published.send_replace(shown);
        self.pace.published(now);
    }

    /// Start and stop: for our log and for the system's.
    fn announce(&mut self, what: &str, kind: LineKind) {
        let tenant = Arc::clone(&self.published.borrow().tenant);
        let message = format!(
            "lampfield {} {what}: tenant {}, ProCall {}",
            env!("CARGO_PKG_VERSION"),
            tenant.tenant_id,
            tenant.procall
        );
        let line = LogLine::of_bridge(Level::INFO, message.clone()).with(kind);
        self.log_sink.log(self.clock.wall(), line);
        self.log_sink.notify(&Notice {
            level: Level::INFO,
            message,
            line: Some(Level::INFO),
        });
    }
}
