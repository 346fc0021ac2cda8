//! The actor and its member of a cluster: what comes from there, and how it ends.

use std::sync::Arc;

use clocks::OtherClock;
use engine::{Engine, Left};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tracing::Level;

use super::super::cluster::{
    Answered, ClusterParts, Forwarded, LeaderPicture, MemberTask, Seat, answered_words, follow,
    forward, receive, standing_by, tell,
};
use super::super::event::Event;
use super::super::line::LogLine;
use super::super::tasks::Tasks;
use super::Actor;
use super::asked::in_words;
use model::clock::Clock;
use model::command::{Asked, Command};
use model::problem::lacks_to_lead;
use model::snapshot::Snapshot;

/// So many commands of other members may wait.
const COMMANDS: usize = 16;

/// The member's tasks and what comes from them; nothing of it without a cluster.
#[derive(Default)]
pub(super) struct Clustered(Option<Member>);

struct Member {
    seat: Seat,
    engine: Engine,
    name: Arc<str>,
    changes: watch::Receiver<u64>,
    lines: mpsc::UnboundedReceiver<LogLine>,
    picture: watch::Receiver<Option<LeaderPicture>>,
    /// What the leader showed last, until this member leads in its place.
    last: Option<LeaderPicture>,
    /// By which goes what is shown.
    shown_by: Arc<OtherClock>,
    forwarded: mpsc::Receiver<Forwarded>,
    /// Commands that wait for the leader's answer.
    asked: JoinSet<(Answered, Forwarded)>,
    task: JoinHandle<()>,
    leaving: mpsc::Sender<oneshot::Sender<Left>>,
    /// Broken off with this.
    _beside: JoinSet<()>,
}

/// What has come from the member's tasks.
pub(super) enum ClusterNews {
    /// It may lead now, or not any more.
    Standing,
    /// A line for the log.
    Line(LogLine),
    /// The leader shows something else.
    Picture,
    /// A command from another member.
    Forwarded(Forwarded),
    /// What became of one that was sent to the leader.
    Answered(Answered, Forwarded),
}

impl Clustered {
    /// Starts the member's tasks. Call it inside a tokio runtime.
    pub(super) fn start(
        parts: Option<ClusterParts>,
        seat: Option<&Seat>,
        (clock, shown_by): (&Arc<dyn Clock>, Arc<OtherClock>),
        tasks: &Tasks,
        snapshots: watch::Receiver<Arc<Snapshot>>,
    ) -> Self {
        let (Some(parts), Some(seat)) = (parts, seat.cloned()) else {
            return Self::default();
        };
        let (say, lines) = mpsc::unbounded_channel();
        let (leaving, left) = mpsc::channel(1);
        let (show, picture) = watch::channel(None);
        let (hand_in, forwarded) = mpsc::channel(COMMANDS);
        let (engine, name) = (parts.engine.clone(), Arc::clone(&parts.name));
        let mut beside = JoinSet::new();
        let both = || (engine.clone(), seat.clone());
        let (to, sits) = both();
        beside.spawn(tell(to, sits, Arc::clone(clock), snapshots));
        let (to, sits) = both();
        beside.spawn(follow(to, sits, Arc::clone(clock), show));
        let (to, sits) = both();
        beside.spawn(receive(to, sits, hand_in));
        let events = tasks.to_core.clone();
        let task = MemberTask::new(parts, seat.clone(), Arc::clone(clock), events, say);
        Self(Some(Member {
            changes: seat.changes(),
            seat,
            engine,
            name,
            lines,
            picture,
            last: None,
            shown_by,
            forwarded,
            asked: JoinSet::new(),
            task: tokio::spawn(task.run(left)),
            leaving,
            _beside: beside,
        }))
    }

    /// Waits for what comes next; for ever without a cluster.
    pub(super) async fn next(&mut self) -> ClusterNews {
        let Some(member) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            Ok(()) = member.changes.changed() => ClusterNews::Standing,
            Some(line) = member.lines.recv() => ClusterNews::Line(line),
            Some(command) = member.forwarded.recv() => ClusterNews::Forwarded(command),
            Some(Ok((answered, asked))) = member.asked.join_next() => {
                ClusterNews::Answered(answered, asked)
            }
            Ok(()) = member.picture.changed() => ClusterNews::Picture,
            else => std::future::pending().await,
        }
    }

    /// What is shown: the leader's picture, as long as this member stands by.
    pub(super) fn shown(&mut self, own: Arc<Snapshot>) -> Arc<Snapshot> {
        let Some(member) = &mut self.0 else {
            return own;
        };
        let lacks = lacks_to_lead(&own).map(|trouble| trouble.without_names());
        member.seat.tell_lacks(lacks, own.poll.interval);
        let shown = member.picture.borrow_and_update().clone();
        let Some(leader) = shown.filter(|_| own.mode.is_standby()) else {
            member.shown_by.be_ours();
            return own;
        };
        member.shown_by.follow_at(leader.then, leader.told_at);
        let ahead = member.shown_by.ahead_of_ours();
        let shown = Arc::new(standing_by(&own, &leader.snapshot, ahead));
        member.last = Some(leader);
        shown
    }

    /// What the leader of before showed last, once.
    pub(super) fn take_last(&mut self) -> Option<LeaderPicture> {
        self.0.as_mut()?.last.take()
    }

    /// Sends the leader a command.
    fn forward(&mut self, by: &str, command: Command) {
        if let Some(member) = &mut self.0 {
            let by = format!("{by} at {}", member.name);
            let (engine, asked) = (member.engine.clone(), Forwarded { by, command });
            member
                .asked
                .spawn(async move { (forward(engine, &asked).await, asked) });
        }
    }

    /// Whether this member leads, as far as the engine is concerned.
    pub(super) fn leads(&self) -> bool {
        let member = self.0.as_ref();
        member.is_some_and(|it| it.seat.fence().is_some())
    }

    /// Whether another one was there a moment ago.
    pub(super) fn has_others(&self) -> bool {
        let member = self.0.as_ref();
        member.is_some_and(|it| it.seat.has_others())
    }

    /// Whether this member stands by.
    pub(super) fn stands_by(&self) -> bool {
        let member = self.0.as_ref();
        member.is_some_and(|it| it.seat.stands_by())
    }

    /// Whether another member may lead without this one hearing of it.
    fn may_have_rival(&self) -> bool {
        let member = self.0.as_ref();
        member.is_some_and(|it| it.seat.may_have_rival())
    }

    /// Nothing of ours is under way any more: another one may lead at once. Where nobody else is there to give back what
    /// is set, this member goes on leading, or is to take the lead.
    pub(super) async fn leave(&mut self) -> Left {
        let Some(member) = &mut self.0 else {
            return Left::ToOthers;
        };
        let (tell, told) = oneshot::channel();
        // Both fail only where the task has ended.
        let _ = member.leaving.send(tell).await;
        told.await.unwrap_or(Left::ToOthers)
    }

    /// Nothing of ours is set any more.
    pub(super) async fn end(&mut self) {
        if let Some(Member { task, leaving, .. }) = self.0.take() {
            drop(leaving);
            // Fails only where the task has panicked.
            let _ = task.await;
        }
    }
}

impl Actor {
    /// What has come from the member's tasks; the event that it is for the core.
    pub(super) fn take_cluster_news(&mut self, news: ClusterNews) -> Option<Event> {
        match news {
            ClusterNews::Standing => {
                self.graph
                    .is_beside_another(self.clustered.may_have_rival());
                self.ledger.attempt();
            }
            ClusterNews::Line(line) => self.log_sink.log(self.clock.wall(), line),
            ClusterNews::Picture => self.publish(),
            ClusterNews::Forwarded(it) => {
                self.say_asked(&it.by, &it.command);
                return Some(Event::Command(it.command));
            }
            ClusterNews::Answered(answered, asked) => self.say_answered(&answered, &asked),
        }
        None
    }

    /// The event of a command; nothing where another member leads, which gets it.
    pub(super) fn commanded(&mut self, command: Command) -> Option<Event> {
        if self.stands_by() {
            self.clustered.forward("the console", command);
            return None;
        }
        Some(Event::Command(command))
    }

    /// The same of a command from another process.
    pub(super) fn asked(&mut self, asked: &Asked) -> Option<Event> {
        let (by, command) = (asked.by.to_string(), asked.command.clone());
        self.say_asked(&by, &command);
        if self.stands_by() {
            self.clustered.forward(&by, command);
            return None;
        }
        Some(Event::Command(command))
    }

    fn stands_by(&self) -> bool {
        self.published.borrow().mode.is_standby()
    }

    fn say_answered(&mut self, answered: &Answered, asked: &Forwarded) {
        let level = match answered {
            Answered::Taken => Level::INFO,
            _ => Level::WARN,
        };
        let (what, user) = in_words(&asked.command);
        let published = self.published.borrow().cluster.clone();
        let leader = published.as_ref().and_then(|it| it.leader.as_ref());
        let line = LogLine {
            user,
            ..LogLine::of_bridge(level, answered_words(answered, &what, leader))
        };
        self.log_sink.log(self.clock.wall(), line);
    }
}
