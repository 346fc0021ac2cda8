//! The task of a member: it asks the engine who leads, tells the engine that we are there, and tells the
//! core who else is.

use std::mem::{Discriminant, discriminant};
use std::sync::Arc;
use std::time::Duration;

use cluster::{Answer, AskId, Effect, Event as Ask, Fence, MemberId, StepDown, Token};
use engine::{Engine, EngineError, Ledger, Left};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::about::{About, sort_by_name};
use super::seat::read;
use super::trouble::silent;
use super::yielding::{Able, is_to_yield};
use super::{ClusterParts, Seat, Standing};
use crate::event::Event;
use crate::line::LogLine;
use model::cause::Trouble;
use model::clock::{Clock, advance};
use model::snapshot::{ClusterView, EngineView, MemberView};

/// How often a member says that it is there: three times in what the engine keeps it.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(2);

/// How long the end waits until the engine knows that nothing is under way any more.
const RELEASE_WITHIN: Duration = Duration::from_millis(500);

/// What has come back from the engine.
enum Heard {
    Answer(AskId, Result<Answer, EngineError>),
    Members(Result<Vec<(MemberId, Vec<u8>)>, EngineError>),
    Entries(Result<Vec<(String, Vec<u8>)>, EngineError>),
}

/// The task's state.
pub(crate) struct MemberTask {
    seat: Seat,
    engine: Engine,
    host: Arc<str>,
    member: MemberId,
    name: Arc<str>,
    since: Timestamp,
    alone: bool,
    clock: Arc<dyn Clock>,
    events: mpsc::WeakSender<Event>,
    lines: mpsc::UnboundedSender<LogLine>,
    asked: JoinSet<Heard>,
    announce_at: Timestamp,
    /// With what this member leads.
    leads: Option<Fence>,
    /// Whether the engine was last heard to settle.
    settles: bool,
    heard_at: Timestamp,
    /// Why the last question failed, if it did.
    failure: Option<Trouble>,
    members: Vec<About>,
    /// Another one who could lead.
    able: Option<Able>,
    told: Option<ClusterView>,
    /// The kind of it, as the bridge was told.
    standing: Discriminant<Standing>,
}

impl MemberTask {
    /// A member that has not asked yet.
    pub(crate) fn new(
        parts: ClusterParts,
        seat: Seat,
        clock: Arc<dyn Clock>,
        events: mpsc::WeakSender<Event>,
        lines: mpsc::UnboundedSender<LogLine>,
    ) -> Self {
        let now = clock.now();
        Self {
            standing: discriminant(&seat.standing()),
            seat,
            engine: parts.engine,
            host: parts.host,
            member: parts.member,
            name: parts.name,
            since: parts.since,
            alone: parts.alone,
            clock,
            events,
            lines,
            asked: JoinSet::new(),
            announce_at: now,
            leads: None,
            settles: false,
            heard_at: now,
            failure: None,
            members: Vec::new(),
            able: None,
            told: None,
        }
    }

    /// Runs until nobody holds the other side of `leaving` any more, or until it has left to others; whoever has it
    /// leave is told what it leaves behind.
    pub(crate) async fn run(mut self, mut leaving: mpsc::Receiver<oneshot::Sender<Left>>) {
        let mut stands = self.seat.stands();
        tokio::select! {
            stood = stands.wait_for(|stands| *stands) => if stood.is_err() { return },
            _ = leaving.recv() => return,
        }
        loop {
            if !*stands.borrow_and_update() {
                // Whoever has lost the lock of its machine does not keep the others from leading: nothing is
                // renewed, and the right to write is over in time.
                self.seat.tell_changed();
                tokio::select! {
                    stood = stands.wait_for(|stands| *stands) => if stood.is_err() { return },
                    _ = leaving.recv() => break,
                }
                self.step(Ask::Wake);
                self.forget_lead();
            }
            self.step(Ask::Wake);
            self.announce_if_due();
            self.tell().await;
            let clock = Arc::clone(&self.clock);
            let wake_at = self.wake_at();
            tokio::select! {
                asks = leaving.recv() => {
                    let Some(asks) = asks else { break };
                    let left = self.leave().await;
                    // Whoever asked may have given up.
                    let _ = asks.send(left);
                    if left == Left::ToOthers {
                        return;
                    }
                }
                Some(heard) = self.asked.join_next() => if let Ok(heard) = heard { self.heard(heard) },
                () = clock.reach(wake_at) => {}
                changed = stands.changed() => if changed.is_err() { return },
            }
        }
        self.release().await;
    }

    fn wake_at(&self) -> Timestamp {
        let state = self.seat.state();
        let asks = state.election.wake_at();
        let starts = state
            .election
            .writes_from()
            .filter(|at| *at > self.clock.now());
        let times = [asks, starts, Some(self.announce_at)];
        times.into_iter().flatten().min().unwrap_or(Timestamp::MAX)
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Answer(id, Ok(answer)) => {
                self.heard_at = self.clock.now();
                self.failure = None;
                self.settles = matches!(answer, Answer::Settling { .. });
                self.forget_loss(&answer);
                self.step(Ask::Answered(id, answer));
            }
            Heard::Answer(id, Err(error)) => {
                self.failure = Some(error.trouble().clone());
                self.in_vain();
                self.step(Ask::Failed(id));
            }
            Heard::Members(Ok(members)) => self.take_members(members),
            // The election has said so.
            Heard::Members(Err(_)) | Heard::Entries(Err(_)) => {}
            Heard::Entries(Ok(entries)) => {
                let entries = read(entries);
                if !entries.is_empty() {
                    self.seat.state().known = entries;
                }
            }
        }
    }

    /// The engine is back: whoever led until it was lost is a member like any other. While nobody may
    /// lead, whoever writes alone goes on.
    fn forget_loss(&self, answer: &Answer) {
        if matches!(answer, Answer::Granted { .. } | Answer::Held { .. }) {
            self.forget_lead();
        }
    }

    fn forget_lead(&self) {
        let mut state = self.seat.state();
        (state.led_until_lost, state.asked_in_vain) = (false, false);
    }

    fn in_vain(&self) {
        let mut state = self.seat.state();
        state.asked_in_vain = state.led_until_lost;
    }

    fn take_members(&mut self, members: Vec<(MemberId, Vec<u8>)>) {
        let others = members.iter().filter(|(id, _)| *id != self.member);
        self.seat.state().others = others.count();
        let members = members.into_iter();
        let read =
            members.filter_map(|(id, about)| Some((id, serde_json::from_slice(&about).ok()?)));
        let mut read: Vec<(MemberId, About)> = read.collect();
        sort_by_name(&mut read);
        self.able = Able::among(&read, self.member, self.able.take(), self.clock.now());
        self.members = read.into_iter().map(|(_, about)| about).collect();
        self.yield_to_able();
    }

    /// Whoever leads and cannot do a leader's work leaves it to somebody who can.
    fn yield_to_able(&mut self) {
        let lack = self.seat.state().lacks.clone();
        let (Some(_), Some(lack), Some(able)) = (self.leads, lack, &self.able) else {
            return;
        };
        if !is_to_yield(&lack, able, self.clock.now()) {
            return;
        }
        self.say(
            tracing::Level::WARN,
            format!(
                "this member leaves the lead to {}, which lacks nothing: {}",
                able.name, lack.trouble
            ),
        );
        self.step(Ask::Yield);
    }

    fn step(&mut self, event: Ask) {
        let now = self.clock.now();
        let effects = self.seat.state().election.step(event, now);
        for effect in effects {
            self.perform(effect);
        }
        let standing = discriminant(&self.seat.standing());
        if std::mem::replace(&mut self.standing, standing) != standing {
            self.seat.tell_changed();
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Ask(id, request) => {
                let engine = self.engine.clone();
                self.asked
                    .spawn(async move { Heard::Answer(id, engine.ask(request).await) });
            }
            Effect::Lead(fence) => {
                self.leads = Some(fence);
                self.announce_at = self.clock.now();
                self.say(
                    tracing::Level::INFO,
                    format!("elected leader, fence {}", fence.token.0),
                );
            }
            Effect::StepDown(why) => self.stepped_down(why),
        }
    }

    fn stepped_down(&mut self, why: StepDown) {
        self.leads = None;
        self.announce_at = self.clock.now();
        let message = match why {
            // Whoever ends or yields has said so.
            StepDown::Ended | StepDown::Yielded => return,
            StepDown::EngineLost => {
                self.seat.state().led_until_lost = true;
                let why = self.failure.as_ref();
                let why = why.map_or("it does not answer", |trouble| &trouble.message);
                let meanwhile = if self.alone {
                    "If it stays so, this member goes on writing alone"
                } else {
                    "This member leads no longer"
                };
                format!("ENGINE LOST: {why}. {meanwhile}")
            }
            StepDown::Refused => {
                "the engine does not take this member for the leader any more".into()
            }
        };
        self.say(tracing::Level::WARN, message);
    }

    fn say(&self, level: tracing::Level, message: String) {
        // Nobody listens any more: the bridge ends.
        let _ = self.lines.send(LogLine::of_bridge(level, message));
    }

    fn announce_if_due(&mut self) {
        let now = self.clock.now();
        if now < self.announce_at {
            return;
        }
        self.announce_at = advance(now, ANNOUNCE_EVERY);
        let about = About {
            name: Arc::clone(&self.name),
            since: self.since,
            leads: self.leads.map(|fence| fence.token.0),
            trouble: self.seat.state().lacks.clone().map(|it| it.trouble),
        };
        let about = serde_json::to_vec(&about).unwrap_or_default();
        if self.leads.is_none() {
            let engine = self.engine.clone();
            let entries = async move { Heard::Entries(engine.entries(Ledger::Teams).await) };
            self.asked.spawn(entries);
        }
        let (engine, member) = (self.engine.clone(), self.member);
        self.asked
            .spawn(async move { Heard::Members(engine.announce(member, &about).await) });
    }

    fn view(&self) -> ClusterView {
        let lost = self.seat.state().election.is_engine_lost(self.clock.now());
        let engine = match &self.failure {
            _ if lost => EngineView::Lost {
                since: self.heard_at,
                trouble: self.failure.clone().unwrap_or_else(|| silent(&self.host)),
            },
            None if self.settles => EngineView::Settling,
            None if self.told.is_none() => EngineView::Unheard,
            _ => EngineView::Answers,
        };
        let leads = |about: &&About| about.leads.is_some();
        let leader = self.members.iter().filter(leads).max_by_key(|it| it.leads);
        let members = self.members.iter().map(|about| MemberView {
            name: Arc::clone(&about.name),
            since: about.since,
            trouble: about.trouble.clone(),
        });
        ClusterView {
            leader: leader.map(|it| Arc::clone(&it.name)),
            fence: leader.and_then(|it| it.leads).unwrap_or_default(),
            members: members.collect(),
            engine,
        }
    }

    async fn tell(&mut self) {
        let view = self.view();
        if self.told.as_ref() == Some(&view) {
            return;
        }
        let Some(events) = self.events.upgrade() else {
            return;
        };
        // Fails where the bridge has ended.
        let _ = events.send(Event::Cluster(Arc::new(view.clone()))).await;
        self.told = Some(view);
    }

    /// Nothing of ours is under way any more: another one may lead at once. Where there is nothing to lead for but what is
    /// set, and nobody else, this one stays.
    async fn leave(&mut self) -> Left {
        // What is under way would say once more that this member is there.
        let under_way = async {
            while let Some(heard) = self.asked.join_next().await {
                if let Ok(heard) = heard {
                    self.heard(heard);
                }
            }
        };
        let _ = tokio::time::timeout(RELEASE_WITHIN, under_way).await;
        let fence = self.seat.fence().unwrap_or_else(|| self.without_lead());
        let left = tokio::time::timeout(RELEASE_WITHIN, self.engine.leave(&fence)).await;
        // Where the engine does not answer, the others wait until our time is up.
        let left = left.map_or(Left::ToOthers, |left| left.unwrap_or(Left::ToOthers));
        match left {
            Left::ToOthers => self.step(Ask::End),
            Left::AsLast => self.announce_at = self.clock.now(),
        }
        left
    }

    /// Nothing of ours is set any more.
    async fn release(mut self) {
        self.step(Ask::End);
        let (engine, fence) = (self.engine.clone(), self.without_lead());
        let heard = async {
            while self.asked.join_next().await.is_some() {}
            engine.leave(&fence).await
        };
        let _ = tokio::time::timeout(RELEASE_WITHIN, heard).await;
    }

    const fn without_lead(&self) -> Fence {
        Fence {
            member: self.member,
            token: Token(0),
        }
    }
}
