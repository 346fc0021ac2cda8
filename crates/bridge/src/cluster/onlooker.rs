//! Whoever is no member sees a tenant through its engine: the leader's picture, who leads and who stands by.
//! Nothing is written there but commands, which go to the leader like those of a member that stands by.

use std::sync::Arc;
use std::time::Duration;

use clocks::OtherClock;
use engine::{Engine, EngineError, Follower, Members};
use stream::Decoder;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::about::{About, sort_by_name};
use super::commands::{Answered, Forwarded, forward};
use super::picture::take;
use model::clock::{Clock as _, advance};
use model::command::Command;
use model::snapshot::{
    ClusterView, EngineView, MemberView, Mode, ObserveReason, Seen, Snapshot, TenantView,
};

/// How often somebody at a screen looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// After the engine has failed.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// So many commands may wait.
const COMMANDS: usize = 64;

/// How much of a tenant is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Everything,
    /// What is not about users, and those who have something odd.
    Summary,
}

/// What was seen of a tenant.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// The leader's picture; where nobody leads, the last one, or none.
    Picture(Arc<Snapshot>),
    /// Somebody leads (machine and process) whose picture cannot be read: of another version, or not told yet.
    Unreadable(Arc<str>),
    /// Nobody is there, and the last leader has ended in good order.
    Ended,
}

/// Looks at one tenant.
pub struct Onlooker {
    engine: Engine,
    follower: Follower,
    decoder: Decoder,
    picture: Option<Arc<Snapshot>>,
    clock: Arc<OtherClock>,
}

impl Onlooker {
    /// Has not looked yet. `clock` will show the time of the leader's clock.
    #[must_use]
    pub fn new(engine: Engine, wanted: Wanted, clock: Arc<OtherClock>) -> Self {
        Self {
            follower: engine.look(),
            engine,
            decoder: match wanted {
                Wanted::Everything => Decoder::default(),
                Wanted::Summary => Decoder::for_summary(),
            },
            picture: None,
            clock,
        }
    }

    /// The leader's clock.
    #[must_use]
    pub const fn clock(&self) -> &Arc<OtherClock> {
        &self.clock
    }

    /// What there is to be seen now.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn look(&mut self) -> Result<Sight, EngineError> {
        while let Some(part) = self.follower.next().await? {
            match take(&mut self.decoder, &part.bytes) {
                Some(told) => {
                    self.clock.follow(advance(told.now, part.age));
                    self.picture = Some(told.snapshot);
                }
                // Of another version, or damaged: nothing is shown that may be wrong by now.
                None => self.picture = None,
            }
        }
        let members = self.engine.members().await?;
        Ok(self.sight(&members))
    }

    fn sight(&self, members: &Members) -> Sight {
        let view = view(members);
        if members.ended && members.leader.is_none() && view.members.is_empty() {
            return Sight::Ended;
        }
        let shown = match (&self.picture, &view.leader) {
            (Some(picture), _) => Snapshot::clone(picture),
            (None, Some(leader)) => return Sight::Unreadable(Arc::clone(leader)),
            (None, None) => Snapshot::empty(self.unseen_tenant(), self.clock.now()),
        };
        let mode = match view.leader {
            Some(_) => shown.mode.clone(),
            None => Mode::Observing(ObserveReason::Standby),
        };
        Sight::Picture(Arc::new(Snapshot {
            seen: Seen::ThroughEngine,
            mode,
            cluster: Some(Arc::new(view)),
            ..shown
        }))
    }

    fn unseen_tenant(&self) -> Arc<TenantView> {
        Arc::new(TenantView {
            tenant_id: Arc::clone(self.engine.tenant()),
            ..TenantView::default()
        })
    }
}

/// The leader is the one that the engine names: what members say of themselves may be older.
fn view(members: &Members) -> ClusterView {
    let read = |bytes: &[u8]| serde_json::from_slice::<About>(bytes).ok();
    let there = members.there.iter();
    let mut named: Vec<_> = there
        .filter_map(|(id, about)| Some((*id, read(about)?)))
        .collect();
    sort_by_name(&mut named);
    let leader = members.leader.map(|fence| {
        let name = named.iter().find(|(id, _)| *id == fence.member);
        // It has the lead before it has told its name again.
        name.map_or_else(|| "?".into(), |(_, about)| Arc::clone(&about.name))
    });
    let member = |(_, about): (_, About)| MemberView {
        name: about.name,
        since: about.since,
        trouble: about.trouble,
    };
    ClusterView {
        leader,
        fence: members.leader.map_or(0, |fence| fence.token.0),
        members: named.into_iter().map(member).collect(),
        engine: EngineView::Answers,
    }
}

/// A tenant that is looked at through its engine, as if its bridge were on this machine.
pub struct Remote {
    /// What it shows; the last of it, where the engine fails: see [`Seen::Lost`].
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where commands for the leader go.
    pub commands: mpsc::Sender<Command>,
}

/// Looks at a tenant until nobody holds the [`Remote`] any more, whose `first` picture is there already.
/// `by` says who asks for what is commanded; `told` hears why a command was not taken. Call it inside a
/// tokio runtime.
pub fn watch_through_engine(
    onlooker: Onlooker,
    first: Arc<Snapshot>,
    by: String,
    told: impl Fn(NotTaken) + Send + 'static,
) -> Remote {
    let (publish, snapshots) = watch::channel(first);
    let (commands, queue) = mpsc::channel(COMMANDS);
    let keeper = Keeper {
        onlooker,
        publish,
        queue,
        asked: JoinSet::new(),
        by,
    };
    tokio::spawn(keeper.keep(told));
    Remote {
        snapshots,
        commands,
    }
}

/// Why a command was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// No leader has answered: nothing was done.
    Nobody,
    /// The engine failed: whether it was done is not known.
    Failed(EngineError),
}

/// By what says so, for rows may be many.
fn is_another(last: &Snapshot, shown: &Snapshot) -> bool {
    let of = |it: &Snapshot| (it.serial, it.at, it.seen, it.mode.clone());
    of(last) != of(shown) || last.cluster != shown.cluster
}

struct Keeper {
    onlooker: Onlooker,
    publish: watch::Sender<Arc<Snapshot>>,
    queue: mpsc::Receiver<Command>,
    asked: JoinSet<Answered>,
    by: String,
}

impl Keeper {
    async fn keep(mut self, told: impl Fn(NotTaken)) {
        loop {
            let pause = self.look().await;
            let wait = sleep(pause);
            tokio::pin!(wait);
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    () = self.publish.closed() => return,
                    Some(command) = self.queue.recv() => self.forward(command),
                    Some(Ok(answered)) = self.asked.join_next() => match answered {
                        Answered::Taken => {}
                        Answered::Nobody => told(NotTaken::Nobody),
                        Answered::Failed(why) => told(NotTaken::Failed(why)),
                    },
                }
            }
        }
    }

    /// How long it is until the next look.
    async fn look(&mut self) -> Duration {
        let seen = self.onlooker.look().await;
        let lost = seen.is_err();
        match seen {
            Ok(Sight::Picture(shown)) => {
                self.publish.send_if_modified(|last| {
                    let changed = is_another(last, &shown);
                    *last = shown;
                    changed
                });
            }
            // The last picture stays, and says that it is one.
            Ok(Sight::Unreadable(_) | Sight::Ended) | Err(_) => self.lost(),
        }
        if lost { AGAIN_AFTER } else { LOOK_EVERY }
    }

    fn lost(&self) {
        let since = self.onlooker.clock.now();
        self.publish.send_if_modified(|last| {
            let was_there = !last.seen.is_lost();
            if was_there {
                Arc::make_mut(last).seen = Seen::Lost { since };
            }
            was_there
        });
    }

    fn forward(&mut self, command: Command) {
        let (engine, by) = (self.onlooker.engine.clone(), self.by.clone());
        let forwarded = Forwarded { by, command };
        self.asked
            .spawn(async move { forward(engine, &forwarded).await });
    }
}
