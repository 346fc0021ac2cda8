//! What a running bridge tells those who watch over machines: numbers for Prometheus, alerts, signs of
//! life.
//!
//! In: the bridge's snapshots, `[metrics]` and `[alerts]`. Out: a file for `node_exporter`, an answer over
//! HTTP, alerts to a webhook and a program.
//! Only the tenant's bridge tells, and it never waits: each has a task of its own, a disk a thread.
//!
//! | file | what |
//! | --- | --- |
//! | `textfile` | the file of `[metrics] textfile` |
//! | `listen` | the answer of `[metrics] listen` |
//! | `alerts` | who is told when a problem begins and ends, the log included |
//! | `service_manager` | what systemd is told of a service |

mod alerts;
mod listen;
mod service_manager;
mod textfile;

pub(crate) use service_manager::{ServiceManager, SitesWatched};

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::Level;

use self::alerts::{Keeper, Place, log_problems};
use crate::bridge::{Bridge, LogLine, Snapshot};
use crate::clock::Clock;
use crate::clocks::OtherClock;
use crate::config::{Alerts, Config, Metrics};
use crate::presence::Lang;

/// What is told while a bridge runs; ends when dropped.
pub(crate) struct Monitoring {
    numbers: JoinSet<()>,
    alerts: watch::Sender<Alerts>,
    _problems: JoinSet<()>,
}

impl Monitoring {
    /// Tells what the configuration asks for; alerts in this language. Call it inside a tokio runtime.
    pub(crate) fn start(
        config: &Config,
        bridge: &Bridge,
        clock: &Arc<dyn Clock>,
        lang: Lang,
    ) -> Self {
        // Whatever is shown: how long a problem lasts is counted by our own clock.
        let watched = Watched::of(bridge, Arc::clone(clock));
        let (alerts, wanted) = watch::channel(config.alerts.clone());
        let place = Place::of(config, lang);
        let mut problems = JoinSet::new();
        problems.spawn(log_problems(watched.clone(), wanted.clone()));
        problems.spawn(Keeper::new(bridge, watched.clone(), wanted, place).run());
        Self {
            numbers: numbers(&config.metrics, Watched::shown(bridge)),
            alerts,
            _problems: problems,
        }
    }

    /// Tells what another configuration asks for. What lasts and what waits is not forgotten.
    pub(crate) fn reload(&mut self, (old, new): (&Config, &Config), bridge: &Bridge) {
        if old.metrics != new.metrics {
            // The port of the one before is free first.
            self.numbers = JoinSet::new();
            self.numbers = numbers(&new.metrics, Watched::shown(bridge));
        }
        if old.alerts != new.alerts {
            self.alerts.send_replace(new.alerts.clone());
        }
    }
}

fn numbers(wanted: &Metrics, watched: Watched) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if let Some(path) = &wanted.textfile {
        tasks.spawn(textfile::keep(path.clone(), watched.clone()));
    }
    if let Some(address) = wanted.listen {
        tasks.spawn(listen::keep(address, watched));
    }
    tasks
}

/// A bridge, as those see it who tell of it.
#[derive(Clone)]
struct Watched {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    lines: mpsc::Sender<LogLine>,
    clock: Arc<dyn Clock>,
}

impl Watched {
    fn of(bridge: &Bridge, clock: Arc<dyn Clock>) -> Self {
        Self {
            snapshots: bridge.snapshots.clone(),
            lines: bridge.lines.clone(),
            clock,
        }
    }

    /// By the clock that all times of the snapshots go by.
    fn shown(bridge: &Bridge) -> Self {
        Self::of(bridge, Arc::<OtherClock>::clone(&bridge.clock))
    }

    /// The first snapshot of which that holds; nothing where the bridge ends before.
    async fn until(&mut self, holds: impl FnMut(&Arc<Snapshot>) -> bool) -> Option<Arc<Snapshot>> {
        // Given back at once: whoever holds it holds up the bridge.
        let found = self.snapshots.wait_for(holds).await;
        found.ok().map(|snapshot| Arc::clone(&snapshot))
    }

    fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// A line for the bridge's log.
    async fn say(&self, level: Level, message: String) {
        // Fails where the bridge has ended.
        let _ = self.lines.send(LogLine::of_bridge(level, message)).await;
    }

    /// The same, unless so many wait that it would have to wait as well.
    fn offer(&self, line: LogLine) {
        let _ = self.lines.try_send(line);
    }
}

/// Says a trouble once, until it is another one or over.
#[derive(Default)]
struct Trouble(Option<String>);

impl Trouble {
    /// What to say of this outcome, if that is new: the trouble, or that it is over.
    fn news(&mut self, outcome: Result<(), String>) -> Option<Result<(), String>> {
        let now = outcome.err();
        if self.0 == now {
            return None;
        }
        self.0.clone_from(&now);
        Some(now.map_or(Ok(()), Err))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_said_once_and_its_end_as_well() {
        let mut trouble = Trouble::default();
        let full = || Err("full".to_owned());
        assert_eq!(trouble.news(Ok(())), None);
        assert_eq!(trouble.news(full()), Some(full()));
        assert_eq!(trouble.news(full()), None);
        assert_eq!(
            trouble.news(Err("gone".to_owned())),
            Some(Err("gone".to_owned()))
        );
        assert_eq!(trouble.news(Ok(())), Some(Ok(())));
        assert_eq!(trouble.news(Ok(())), None);
    }
}
