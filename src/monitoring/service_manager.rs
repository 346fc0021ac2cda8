//! What a service tells the manager that has started it (systemd, `Type=notify-reload`): that it is ready, what it
//! does, that it lives.
//!
//! It is ready after the first whole cycle, and it lives while the state machine steps and no poll is overdue: then
//! systemd starts it anew where it only seems to run. Through `sd-notify`, on a thread of its own: the manager may
//! be slow as well.

mod health;
mod sites;
mod status;

pub(crate) use sites::SitesWatched;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tracing::Level;

use self::health::overdue;
use self::status::status;
use super::{Trouble, Watched};
use crate::bridge::{Bridge, Snapshot};
use crate::presence::Lang;
use crate::sink::{Delivery, Sink};
use crate::words::Words;

/// So much may wait for the manager; what is more is told anew soon.
const WAITING: usize = 16;

/// How long until the next status at least: a storm of calls is no storm of datagrams.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// How often life is shown where the manager does not say how often it wants it.
const UNWATCHED: Duration = Duration::from_secs(20);

/// How much longer the start may take, asked for at each sign of life: an hour without network must
/// not end in a service that is killed.
const MORE_TIME: Duration = Duration::from_mins(2);

/// What is said.
#[derive(Clone)]
enum Note {
    Ready,
    Status(String),
    Alive,
    MoreTime,
    Reloading,
    Stopping,
}

/// The manager that has started this process.
pub(crate) struct ServiceManager {
    is_there: bool,
    sink: Option<Sink<Note>>,
    ready: Arc<AtomicBool>,
    lang: Lang,
    /// The bridges of this process, where it has several.
    sites: watch::Sender<SitesWatched>,
    tasks: JoinSet<()>,
}

impl ServiceManager {
    /// Tells the manager of this bridge, where there is one that listens (`NOTIFY_SOCKET`). Call it
    /// inside a tokio runtime.
    pub(crate) fn start(bridge: &Bridge, lang: Lang) -> Self {
        let mut manager = Self::new(lang);
        if let Some(shown) = manager.shown() {
            let watched = Watched::shown(bridge);
            manager.tasks.spawn(shown.clone().show(watched.clone()));
            let live = shown.live(watched, bridge.pulse.clone());
            manager.tasks.spawn(live);
        }
        manager
    }

    /// Tells the manager of several bridges: those that [`ServiceManager::watch`] names. Call it inside
    /// a tokio runtime.
    pub(crate) fn of_sites(lang: Lang) -> Self {
        let mut manager = Self::new(lang);
        if let Some(shown) = manager.shown() {
            let sites = manager.sites.subscribe();
            manager.tasks.spawn(shown.clone().show_sites(sites.clone()));
            manager.tasks.spawn(shown.live_sites(sites));
        }
        manager
    }

    /// From now on these are the bridges of this process.
    pub(crate) fn watch(&self, sites: SitesWatched) {
        self.sites.send_replace(sites);
    }

    fn new(lang: Lang) -> Self {
        let is_there = std::env::var_os("NOTIFY_SOCKET").is_some();
        let write = |note| {
            tell(note);
            Ok(())
        };
        let sink = is_there.then(|| Sink::start("service-manager", WAITING, write).ok());
        let sink = sink.flatten();
        Self {
            is_there,
            sink,
            ready: Arc::default(),
            lang,
            sites: watch::Sender::default(),
            tasks: JoinSet::new(),
        }
    }

    fn shown(&self) -> Option<Shown> {
        Some(Shown {
            sink: self.sink.clone()?,
            ready: Arc::clone(&self.ready),
            lang: self.lang,
        })
    }

    /// Whether a service manager has started this process.
    pub(crate) const fn is_there(&self) -> bool {
        self.is_there
    }

    /// The configuration is read anew; [`ServiceManager::reloaded`] follows in any case.
    pub(crate) fn reloading(&self) {
        self.say(Note::Reloading);
    }

    /// A configuration was read, and is in force or not.
    pub(crate) fn reloaded(&self, failure: Option<&Words>) {
        // Not before the first cycle: nobody has asked for a reload that systemd waits for.
        if self.ready.load(Ordering::Relaxed) {
            self.say(Note::Ready);
        }
        if let Some(failure) = failure {
            self.say(Note::Status(failure.in_lang(self.lang).to_owned()));
        }
    }

    /// The end begins: leases are given back.
    pub(crate) fn stopping(&self) {
        self.say(Note::Stopping);
        let giving_back = Words::say(|t| t.service.stopping, &[]);
        self.say(Note::Status(giving_back.in_lang(self.lang).to_owned()));
    }

    fn say(&self, note: Note) {
        if let Some(sink) = &self.sink {
            sink.offer(note, 1);
        }
    }
}

fn tell(note: Delivery<Note>) {
    let Delivery::Item(note) = note else {
        return;
    };
    let more = u32::try_from(MORE_TIME.as_micros()).unwrap_or(u32::MAX);
    let sent = match note {
        Note::Ready => sd_notify::notify(&[NotifyState::Ready]),
        Note::Status(text) => sd_notify::notify(&[NotifyState::Status(&text)]),
        Note::Alive => sd_notify::notify(&[NotifyState::Watchdog]),
        Note::MoreTime => sd_notify::notify(&[NotifyState::ExtendTimeoutUsec(more)]),
        Note::Reloading => NotifyState::monotonic_usec_now()
            .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now])),
        Note::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
    };
    // A manager that does not listen does not want to hear of it.
    let _ = sent;
}

/// What the manager is told of a bridge.
#[derive(Clone)]
struct Shown {
    sink: Sink<Note>,
    ready: Arc<AtomicBool>,
    lang: Lang,
}

impl Shown {
    /// Ready once, and what it does whenever that changes.
    async fn show(self, mut watched: Watched) {
        let mut said = String::new();
        loop {
            let snapshot = watched.latest();
            let text = status(&snapshot).in_lang(self.lang).to_owned();
            if text != said {
                self.sink.offer(Note::Status(text.clone()), 1);
                said = text;
            }
            if has_cycled(&snapshot) {
                self.say_ready();
            }
            if watched.snapshots.changed().await.is_err() {
                return;
            }
            tokio::time::sleep(STATUS_EVERY).await;
        }
    }

    /// Signs of life, as long as there is life.
    async fn live(self, watched: Watched, pulse: mpsc::Sender<oneshot::Sender<()>>) {
        let every = life_every();
        let mut trouble = Trouble::default();
        loop {
            let alive = is_alive(&watched, &pulse, every).await;
            if alive.is_ok() {
                self.say_alive();
            }
            if let Some(Err(why)) = trouble.news(alive) {
                let line = format!("no more signs of life for the service manager: {why}");
                // The state machine that stands still takes no line either.
                let saying = watched.say(Level::ERROR, line);
                let _ = tokio::time::timeout(every, saying).await;
            }
            tokio::time::sleep(every).await;
        }
    }

    fn say_ready(&self) {
        if !self.ready.swap(true, Ordering::Relaxed) {
            self.sink.offer(Note::Ready, 1);
        }
    }

    fn say_alive(&self) {
        self.sink.offer(Note::Alive, 1);
        if !self.ready.load(Ordering::Relaxed) {
            self.sink.offer(Note::MoreTime, 1);
        }
    }
}

fn has_cycled(snapshot: &Snapshot) -> bool {
    snapshot.poll.started_at.is_some()
}

/// How often life is shown: twice before it is missed. systemd asks for half of its time.
fn life_every() -> Duration {
    sd_notify::watchdog_enabled().map_or(UNWATCHED, |within| within / 3)
}

/// Whether the state machine steps and polls, judged within this time.
async fn is_alive(
    watched: &Watched,
    pulse: &mpsc::Sender<oneshot::Sender<()>>,
    within: Duration,
) -> Result<(), String> {
    let (asks, answer) = oneshot::channel();
    let beat = async {
        match pulse.send(asks).await {
            Ok(()) => answer.await.is_ok(),
            // The bridge has ended: so will the program, and its end takes time of its own.
            Err(_) => pending().await,
        }
    };
    match tokio::time::timeout(within, beat).await {
        Ok(true) => {}
        _ => return Err("the state machine does not step".to_owned()),
    }
    match overdue(&watched.latest(), watched.clock.now()) {
        Some(late) => Err(format!("the next poll is overdue by {} s", late.as_secs())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
