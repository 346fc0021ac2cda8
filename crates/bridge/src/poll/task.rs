//! The poll task: sends what the plan asks for when the schedule says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::due::until;
use super::failure::{broke_off, unexplained};
use super::last_answers::LastAnswers;
use super::outage::Outlook;
use super::part::{Ending, Part};
use super::plan::{Plan, chunks};
use super::schedule::Schedule;
use crate::event::{ChunkRead, CycleEnd, Event, OddList, PollScope};
use clocks::jitter;
use graph::{Failure, Graph, LastAnswer, OddRecords, Priority, ReadAnswer, RequestTiming};
use model::clock::{Clock, advance};
use model::presence::EntraId;

/// How long an id stays in quarantine before it is asked for again, alone (design, rule 5).
const QUARANTINE: Duration = Duration::from_hours(1);

/// What the bridge tells the poll task.
#[derive(Debug)]
pub(crate) enum PollOrder {
    /// From the next cycle on, poll these.
    Users(Arc<[EntraId]>),
    /// Poll at once, beside the cycle.
    Now(PollScope),
    /// Poll at this interval.
    Interval(Duration),
    /// Somebody else polls: begin nothing, or everything again at once.
    Hold(bool),
}

/// The task's state: plan, schedule and the requests under way.
pub(crate) struct PollTask {
    graph: Graph,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<Event>,
    schedule: Schedule,
    users: Option<Arc<[EntraId]>>,
    held: bool,
    quarantine: BTreeMap<EntraId, Timestamp>,
    requests: JoinSet<(Asked, ReadAnswer)>,
    running: Option<Running>,
    last_answers: LastAnswers,
    refresh_after: bool,
    cycles: u64,
    last_began: Timestamp,
    outlook: Outlook,
    /// What was last said of the cycle under way and the next one.
    told: Option<(Option<Timestamp>, Timestamp)>,
}

/// The cycle under way.
struct Running {
    plan: Plan,
    scheduled: Timestamp,
    started: Timestamp,
    under_way: usize,
    requests: u32,
    errors: u32,
    /// The failure of each id that failed alone, for the quarantine.
    last_failure: BTreeMap<EntraId, Failure>,
    /// The last failure of all, for an outage.
    failure: Option<Failure>,
}

/// Why a request was sent.
enum Asked {
    /// Part of the cycle, and what was last said of its users.
    Part(Part, LastAnswer),
    /// Refreshed by hand.
    One(EntraId),
    /// In quarantine; is it well again?
    Again(EntraId),
}

impl PollTask {
    /// Nothing is polled before the first [`PollOrder::Users`].
    pub(crate) fn new(
        graph: Graph,
        clock: Arc<dyn Clock>,
        events: mpsc::Sender<Event>,
        interval: Duration,
    ) -> Self {
        let now = clock.now();
        Self {
            graph,
            clock,
            events,
            schedule: Schedule::new(interval, now),
            users: None,
            held: false,
            quarantine: BTreeMap::new(),
            requests: JoinSet::new(),
            running: None,
            last_answers: LastAnswers::default(),
            refresh_after: false,
            cycles: 0,
            last_began: now,
            outlook: Outlook::default(),
            told: None,
        }
    }

    /// Runs until nobody gives orders any more.
    pub(crate) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<PollOrder>) {
        loop {
            let idle = self.running.is_none() && self.users.is_some() && !self.held;
            let (due, hurry_at) = (self.schedule.due(), self.schedule.hurry_at());
            let waits = self.running.is_some() && hurry_at > self.clock.now();
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.order(order),
                    None => return,
                },
                Some(ended) = self.requests.join_next() => match ended {
                    Ok((asked, answer)) => self.answered(asked, answer).await,
                    Err(error) => self.lost(&error).await,
                },
                () = until(&*self.clock, due), if idle => self.begin(),
                // The rest goes out.
                () = until(&*self.clock, hurry_at), if waits => {}
            }
            self.tell_moved().await;
            self.send_more();
            self.end_if_done().await;
        }
    }

    fn order(&mut self, order: PollOrder) {
        match order {
            PollOrder::Users(users) => {
                self.last_answers = LastAnswers::default();
                if self.users.replace(users).is_none() && !self.held {
                    self.schedule.start(self.clock.now());
                }
            }
            PollOrder::Hold(held) => {
                self.held = held;
                self.schedule.start(self.clock.now());
            }
            PollOrder::Now(_) if self.held => {}
            PollOrder::Now(PollScope::One(id)) => self.ask(Asked::One(id), self.clock.now()),
            PollOrder::Now(PollScope::All) if self.running.is_some() => self.refresh_after = true,
            PollOrder::Now(PollScope::All) => self.schedule.refresh(self.clock.now()),
            PollOrder::Interval(interval) => {
                self.schedule
                    .set_interval(interval, self.last_began, self.clock.now());
            }
        }
    }

    fn begin(&mut self) {
        let Some(users) = self.users.clone() else {
            return;
        };
        let now = self.clock.now();
        self.cycles += 1;
        self.last_began = now;
        self.running = Some(Running {
            plan: Plan::new(&users, self.outlook),
            scheduled: self.schedule.due(),
            started: now,
            under_way: 0,
            requests: 0,
            errors: 0,
            last_failure: BTreeMap::new(),
            failure: None,
        });
        self.ask_quarantined(now);
    }

    fn ask_quarantined(&mut self, now: Timestamp) {
        let due: Vec<_> = self
            .quarantine
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.quarantine.insert(id, advance(now, QUARANTINE));
            self.ask(Asked::Again(id), now);
        }
    }

    fn send_more(&mut self) {
        let now = self.clock.now();
        let chunks = self.users.as_deref().map_or(0, chunks);
        let at_once = self.schedule.requests_at_once(chunks, now);
        while self.requests.len() < at_once {
            let Some(running) = self.running.as_mut() else {
                return;
            };
            let Some(part) = running.plan.next() else {
                return;
            };
            running.under_way += 1;
            running.requests += 1;
            let scheduled = running.scheduled;
            let last = self.last_answers.take(&part);
            self.ask(Asked::Part(part, last), scheduled);
        }
    }

    fn ask(&mut self, mut asked: Asked, scheduled: Timestamp) {
        let graph = self.graph.clone();
        self.requests.spawn(async move {
            let answer = match &mut asked {
                Asked::Part(part, last) => {
                    graph
                        .read_presences_again(&part.ids, scheduled, Priority::Poll, last)
                        .await
                }
                Asked::One(id) | Asked::Again(id) => {
                    graph
                        .read_presences(&[*id], scheduled, Priority::Poll)
                        .await
                }
            };
            (asked, answer)
        });
    }

    async fn answered(&mut self, asked: Asked, answer: ReadAnswer) {
        match asked {
            Asked::Part(part, last) => {
                self.last_answers.put(&part, last);
                self.part_answered(part, answer).await;
            }
            Asked::One(id) => self.report(0, [id].into(), answer).await,
            Asked::Again(id) => {
                if answer.outcome.is_ok() && self.quarantine.remove(&id).is_some() {
                    self.tell(Event::Released(id)).await;
                }
            }
        }
    }

    /// A request ended without an answer: its task panicked. Nothing ever stops polling for
    /// good, so the cycle goes on without it.
    async fn lost(&mut self, error: &JoinError) {
        if let Some(running) = self.running.as_mut() {
            running.errors += 1;
            running.plan.lost();
        }
        let timing = RequestTiming::at(self.clock.now());
        let outcome = Err(broke_off(error));
        let answer = ReadAnswer {
            timing,
            request_id: None,
            outcome,
            unknown_values: Vec::new(),
            odd: OddRecords::default(),
        };
        self.report(0, [].into(), answer).await;
    }

    async fn part_answered(&mut self, part: Part, answer: ReadAnswer) {
        let (chunk, ids) = (part.chunk, Arc::clone(&part.ids));
        if let Some(running) = self.running.as_mut() {
            running.under_way = running.under_way.saturating_sub(1);
            let ending = match &answer.outcome {
                Ok(_) => Ending::Good,
                Err(failure) => {
                    running.errors += 1;
                    if let [only] = *part.ids {
                        running.last_failure.insert(only, failure.clone());
                    }
                    running.failure = Some(failure.clone());
                    Ending::Bad(failure.kind)
                }
            };
            running.plan.ended(&part, ending);
        }
        self.report(chunk, ids, answer).await;
    }

    async fn end_if_done(&mut self) {
        let none_left = self.requests.is_empty();
        let done =
            |running: &mut Running| running.plan.is_done() && (none_left || running.under_way == 0);
        let Some(running) = self.running.take_if(|running| done(running)) else {
            return;
        };
        let finished = self.clock.now();
        self.schedule.cycle_ended(finished);
        self.look_out(&running).await;
        if std::mem::take(&mut self.refresh_after) {
            self.schedule.refresh(finished);
        }
        let Running {
            plan,
            scheduled,
            started,
            requests,
            errors,
            mut last_failure,
            ..
        } = running;
        for (id, kind) in plan.quarantine() {
            let failure = last_failure
                .remove(&id)
                .unwrap_or_else(|| unexplained(kind));
            self.quarantine.insert(id, advance(finished, QUARANTINE));
            self.tell(Event::Quarantined { id, failure }).await;
        }
        let next_at = self.schedule.due();
        self.told = Some((None, next_at));
        let cycle = self.cycles;
        let end = CycleEnd {
            cycle,
            scheduled,
            started,
            finished,
            requests,
            errors,
            next_at,
        };
        self.tell(Event::CycleEnded(end)).await;
    }

    /// A cycle has begun, or the next one is due at another time than was said.
    async fn tell_moved(&mut self) {
        let running_since = self.running.as_ref().map(|running| running.started);
        let next_at = self.schedule.due();
        let now = (running_since, next_at);
        if self.users.is_none() || self.told.replace(now) == Some(now) {
            return;
        }
        self.tell(Event::PollMoved {
            running_since,
            next_at,
        })
        .await;
    }

    /// What this cycle tells the next one, and whoever looks: does Graph answer anybody?
    async fn look_out(&mut self, running: &Running) {
        let was_down = self.outlook.is_down();
        self.outlook = running.plan.outlook();
        if let Some(wait) = self.outlook.wait(self.schedule.interval(), jitter()) {
            self.schedule.hold(advance(running.started, wait));
        }
        if self.outlook.is_down() && !was_down {
            self.tell(Event::GraphDown(running.failure.clone())).await;
        } else if was_down && !self.outlook.is_down() {
            self.tell(Event::GraphDown(None)).await;
        }
    }

    async fn report(&self, chunk: usize, asked: Arc<[EntraId]>, answer: ReadAnswer) {
        let ReadAnswer {
            timing,
            outcome,
            unknown_values,
            odd,
            ..
        } = answer;
        let cycle = self.cycles;
        let read = ChunkRead {
            cycle,
            chunk,
            asked,
            timing,
            outcome,
            unknown_values,
        };
        self.tell(Event::Read(read)).await;
        if !odd.is_empty() {
            let list = OddList::Presence;
            self.tell(Event::Odd { list, records: odd }).await;
        }
    }

    async fn tell(&self, event: Event) {
        // Nobody listens any more: the program ends, and so will this task.
        let _ = self.events.send(event).await;
    }
}
