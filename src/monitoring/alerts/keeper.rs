//! The task: looks at what is wrong, sends what is to be told, keeps what must outlive the process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use model::cause::Trouble;
use model::clock::advance;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::Level;

use super::alert::{Alert, Turn};
use super::finding::Seen;
use super::kept::{self, Kept};
use super::lasting::Problems;
use super::lines::{LOOK_AT_LEAST, LOOK_EVERY};
use super::outbox::Outbox;
use super::way::{NotSent, Way, WayName};
use crate::bridge::{Bridge, LogLine};
use crate::clocks::jitter;
use crate::config::{Alerts, Config};
use crate::monitoring::{Trouble as SaidOnce, Watched};
use crate::presence::Lang;

/// Whose alerts, and where they are kept.
pub(in crate::monitoring) struct Place {
    file: PathBuf,
    ca_pem: Option<Vec<u8>>,
    lang: Lang,
}

impl Place {
    /// That of this configuration; alerts speak this language.
    pub(in crate::monitoring) fn of(config: &Config, lang: Lang) -> Self {
        Self {
            file: kept::file(config),
            ca_pem: config.tenant.ca_pem.clone(),
            lang,
        }
    }
}

/// See the head of the file.
pub(in crate::monitoring) struct Keeper {
    watched: Watched,
    wanted: watch::Receiver<Alerts>,
    troubles: mpsc::Sender<Option<Trouble>>,
    place: Place,
    problems: Problems,
    channels: BTreeMap<WayName, Channel>,
    work: JoinSet<Done>,
    disk: Disk,
    looked: Timestamp,
    moved: bool,
}

struct Channel {
    way: Way,
    outbox: Outbox,
    trouble: Option<Trouble>,
}

/// What is on disk.
#[derive(Default)]
struct Disk {
    /// Nothing before it was read, and beside another bridge.
    holds: Option<Kept>,
    /// It is being read or written.
    busy: bool,
    /// It does not hold what it should.
    failed: bool,
    said: SaidOnce,
}

/// Work that has ended.
enum Done {
    Read(Result<Kept, String>),
    Written(Result<(), String>),
    Sent(WayName, Result<(), NotSent>),
}

impl Keeper {
    /// Not begun yet; `wanted` may change meanwhile.
    pub(in crate::monitoring) fn new(
        bridge: &Bridge,
        watched: Watched,
        wanted: watch::Receiver<Alerts>,
        place: Place,
    ) -> Self {
        let looked = watched.clock.now();
        let after = wanted.borrow().after;
        Self {
            troubles: bridge.alerts.clone(),
            problems: Problems::new(after, place.lang),
            watched,
            wanted,
            place,
            channels: BTreeMap::new(),
            work: JoinSet::new(),
            disk: Disk::default(),
            looked,
            moved: true,
        }
    }

    /// For ever; as long as nobody is to be told, nothing is looked at.
    pub(in crate::monitoring) async fn run(mut self) {
        loop {
            if self.is_idle() {
                if self.wanted.changed().await.is_err() {
                    return;
                }
                self.take_wanted();
                continue;
            }
            self.look();
            self.send();
            self.keep();
            if self.wait().await.is_none() {
                return;
            }
        }
    }

    fn is_idle(&self) -> bool {
        let wanted = self.wanted.borrow();
        let nobody = wanted.webhook.is_none() && wanted.command.is_none();
        nobody && self.channels.is_empty() && !self.disk.busy
    }

    /// Until something has ended, has changed or is due; nothing where the bridge has ended.
    async fn wait(&mut self) -> Option<()> {
        let clock = Arc::clone(&self.watched.clock);
        let (due, may_look) = (self.due(), advance(self.looked, LOOK_EVERY));
        tokio::select! {
            changed = self.wanted.changed() => {
                changed.ok()?;
                self.take_wanted();
            }
            Some(done) = self.work.join_next() => {
                if let Ok(done) = done {
                    self.take(done).await;
                }
            }
            changed = self.watched.snapshots.changed(), if !self.moved => {
                changed.ok()?;
                self.moved = true;
            }
            () = clock.reach(may_look), if self.moved => {}
            () = clock.reach(due) => {}
        }
        Some(())
    }

    /// When something is to be done although nothing changes.
    fn due(&self) -> Timestamp {
        let now = self.watched.clock.now();
        let outboxes = self.channels.values().map(|channel| &channel.outbox);
        let tries = outboxes.filter_map(|outbox| outbox.due(now));
        let due = tries.chain(self.problems.due()).min();
        let at_least = advance(self.looked, LOOK_AT_LEAST);
        due.map_or(at_least, |due| due.min(at_least))
    }

    /// What is wrong now, for the queues. Beside the tenant's bridge that one tells.
    fn look(&mut self) {
        let now = self.watched.clock.now();
        let snapshot = self.watched.latest();
        if snapshot.mode.is_beside_bridge() {
            self.disk.holds = None;
            self.channels.clear();
            self.problems.clear();
        } else if self.disk.holds.is_none() {
            self.read();
        } else if self.is_due(now) {
            let seen = Seen::of(&snapshot, now);
            for alert in self.problems.step(&seen, now) {
                self.put(&alert);
            }
        } else {
            return;
        }
        (self.looked, self.moved) = (now, false);
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let moved = self.moved && advance(self.looked, LOOK_EVERY) <= now;
        let due = self.problems.due().is_some_and(|due| due <= now);
        moved || due || advance(self.looked, LOOK_AT_LEAST) <= now
    }

    fn put(&mut self, alert: &Alert) {
        for channel in self.channels.values_mut() {
            channel.outbox.put(alert.clone());
        }
    }

    /// One at a time on each way.
    fn send(&mut self) {
        let (now, wall) = (self.watched.clock.now(), self.watched.clock.wall());
        let tenant = Arc::clone(&self.watched.latest().tenant);
        for (name, channel) in &mut self.channels {
            let dropped = channel.outbox.drop_stale(wall);
            if dropped > 0 {
                let line = format!("{dropped} alerts were dropped: too many, or too old");
                self.watched.offer(LogLine::of_bridge(Level::WARN, line));
            }
            let Some(alert) = channel.outbox.next(now) else {
                continue;
            };
            let (name, way) = (*name, channel.way.clone());
            let json = alert.json(&tenant, self.place.lang);
            self.work
                .spawn(async move { Done::Sent(name, way.send(&json).await) });
        }
    }

    async fn take(&mut self, done: Done) {
        match done {
            Done::Read(read) => self.begin(read).await,
            Done::Written(written) => {
                self.disk.busy = false;
                self.disk.failed = written.is_err();
                let written = written.map_err(|why| format!("alerts are not kept: {why}"));
                self.say_once(written).await;
            }
            Done::Sent(name, outcome) => self.sent(name, outcome),
        }
    }

    fn sent(&mut self, name: WayName, outcome: Result<(), NotSent>) {
        let now = self.watched.clock.now();
        let Some(channel) = self.channels.get_mut(&name) else {
            return;
        };
        let (pause, trouble) = match outcome {
            Ok(()) => (None, None),
            Err(not_sent) => (not_sent.pause, Some(not_sent.trouble)),
        };
        let outcome = trouble.as_ref().map_or(Ok(()), |_| Err(pause));
        channel.outbox.ended(outcome, now, jitter());
        channel.trouble.clone_from(&trouble);
        let all_well = || self.channels.values().all(|it| it.trouble.is_none());
        if trouble.is_some() || all_well() {
            // A full queue is that of a bridge that has more to do; the next try says it again.
            let _ = self.troubles.try_send(trouble);
        }
    }

    fn read(&mut self) {
        if !self.disk.busy {
            self.disk.busy = true;
            let file = self.place.file.clone();
            self.work
                .spawn_blocking(move || Done::Read(kept::read(&file)));
        }
    }

    async fn begin(&mut self, read: Result<Kept, String>) {
        self.disk.busy = false;
        let now = self.watched.clock.now();
        let failed = read.as_ref().err();
        let failed = failed.map(|why| format!("what was told of problems is not known: {why}"));
        self.say_once(failed.map_or(Ok(()), Err)).await;
        let kept = read.unwrap_or_default();
        self.problems.restore(kept.lasting.clone(), now);
        self.channels.clear();
        for (name, waiting) in kept.waiting.clone() {
            let channel = Channel {
                way: Way::Broken("".into()),
                outbox: Outbox::holding(waiting),
                trouble: None,
            };
            self.channels.insert(name, channel);
        }
        self.disk.holds = Some(kept);
        self.take_wanted();
    }

    /// The ways that are wanted now: a new one is told of what lasts, one that has changed is tried
    /// at once, one that is gone is told nothing more.
    fn take_wanted(&mut self) {
        if self.disk.holds.is_none() {
            return;
        }
        self.moved = true;
        let wanted = self.wanted.borrow_and_update().clone();
        self.problems.set_after(wanted.after);
        let ways = Way::all(&wanted, self.place.ca_pem.as_deref(), &self.watched.clock);
        let mut old = std::mem::take(&mut self.channels);
        for (name, way) in ways {
            let outbox = old.remove(&name).map(|channel| channel.outbox);
            let mut outbox = outbox.unwrap_or_else(|| self.with_what_lasts());
            outbox.try_now();
            let trouble = None;
            let channel = Channel {
                way,
                outbox,
                trouble,
            };
            self.channels.insert(name, channel);
        }
        if self.channels.is_empty() {
            self.problems.clear();
        }
    }

    fn with_what_lasts(&self) -> Outbox {
        let at = self.watched.clock.wall();
        let begun = self.problems.told().map(|(_, problem)| Alert {
            event: Turn::Begin,
            at,
            problem: problem.clone(),
        });
        Outbox::holding(begun.collect())
    }

    /// Writes down what has changed, one after the other.
    fn keep(&mut self) {
        if self.disk.busy || self.disk.holds.is_none() {
            return;
        }
        let kept = self.to_keep();
        if !self.disk.failed && self.disk.holds.as_ref() == Some(&kept) {
            return;
        }
        self.disk.busy = true;
        self.disk.holds = Some(kept.clone());
        let file = self.place.file.clone();
        self.work
            .spawn_blocking(move || Done::Written(kept::write(&file, &kept)));
    }

    fn to_keep(&self) -> Kept {
        let lasting = self.problems.told();
        let lasting = lasting.map(|(key, problem)| (key.clone(), problem.clone()));
        let waiting = self.channels.iter();
        let waiting = waiting.map(|(name, channel)| (*name, channel.outbox.waiting().clone()));
        Kept::new(lasting.collect(), waiting.collect())
    }

    async fn say_once(&mut self, outcome: Result<(), String>) {
        if let Some(Err(why)) = self.disk.said.news(outcome) {
            self.watched.say(Level::WARN, why).await;
        }
    }
}
