//! What a service tells its manager whose process has the bridges of several tenants.
//!
//! One tenant in trouble costs the others nothing: it is ready when the first of them is, and lives as
//! long as one of them does.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::{Note, STATUS_EVERY, Shown, Watched, has_cycled, is_alive, life_every};
use crate::bridge::{Bridge, Snapshot};
use crate::words::{Value, Words};

/// The bridges of this process, and the names of sites that have none.
#[derive(Clone, Default)]
pub(crate) struct SitesWatched {
    running: Vec<Running>,
    broken: Vec<String>,
}

#[derive(Clone)]
struct Running {
    watched: Watched,
    pulse: mpsc::Sender<oneshot::Sender<()>>,
}

impl SitesWatched {
    /// Those that run, and the names of those that do not.
    pub(crate) fn new<'a>(running: impl Iterator<Item = &'a Bridge>, broken: Vec<String>) -> Self {
        let running = running.map(|bridge| Running {
            watched: Watched::shown(bridge),
            pulse: bridge.pulse.clone(),
        });
        Self {
            running: running.collect(),
            broken,
        }
    }

    fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        self.running.iter().map(|it| it.watched.latest()).collect()
    }
}

impl Shown {
    /// Ready once, and how all of them are, looked at every second.
    pub(super) async fn show_sites(self, mut sites: watch::Receiver<SitesWatched>) {
        let mut said = String::new();
        // Until they are started there is nothing to say.
        if sites.changed().await.is_err() {
            return;
        }
        loop {
            let (snapshots, broken) = {
                let sites = sites.borrow_and_update();
                (sites.snapshots(), sites.broken.clone())
            };
            let text = status(&snapshots, &broken).in_lang(self.lang).to_owned();
            if text != said {
                self.sink.offer(Note::Status(text.clone()), 1);
                said = text;
            }
            if snapshots.iter().any(|it| has_cycled(it)) {
                self.say_ready();
            }
            tokio::time::sleep(STATUS_EVERY).await;
        }
    }

    /// Signs of life, as long as one of them lives.
    pub(super) async fn live_sites(self, sites: watch::Receiver<SitesWatched>) {
        let every = life_every();
        loop {
            let running = sites.borrow().running.clone();
            let mut beats = JoinSet::new();
            for it in running {
                beats.spawn(async move { is_alive(&it.watched, &it.pulse, every).await.is_ok() });
            }
            if beats.join_all().await.contains(&true) {
                self.say_alive();
            }
            tokio::time::sleep(every).await;
        }
    }
}

/// The line.
fn status(running: &[Arc<Snapshot>], broken: &[String]) -> Words {
    let users: usize = running.iter().map(|it| it.coverage.matched).sum();
    let leases: usize = running.iter().map(|it| it.leases.held).sum();
    let (run, all) = (running.len(), running.len() + broken.len());
    let values: [(&str, &dyn Value); 2] = [("running", &run), ("all", &all)];
    let sites = Words::say(|t| t.service.sites, &values);
    let values: [(&str, &dyn Value); 2] = [("users", &users), ("leases", &leases)];
    let mut line = sites.beside(&Words::say(|t| t.service.carries, &values));
    let waiting = running.iter().filter(|it| !has_cycled(it)).count();
    if waiting > 0 {
        line = line.beside(&Words::say(|t| t.service.sites_waiting, &[("n", &waiting)]));
    }
    let failing = running.iter().filter(|it| it.poll.errors > 0).count();
    if failing > 0 {
        line = line.beside(&Words::say(|t| t.service.sites_failing, &[("n", &failing)]));
    }
    if broken.is_empty() {
        return line;
    }
    let names = broken.join(", ");
    line.beside(&Words::say(
        |t| t.service.sites_broken,
        &[("names", &names)],
    ))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::presence::Lang;

    #[test]
    fn the_line_counts_all_and_names_what_does_not_run() {
        let idle = Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH);
        let mut busy = idle.clone();
        let poll = Arc::make_mut(&mut busy.poll);
        (poll.started_at, poll.errors) = (Some(Timestamp::UNIX_EPOCH), 1);
        Arc::make_mut(&mut busy.coverage).matched = 120;
        busy.leases.held = 3;
        let line = status(&[Arc::new(idle), Arc::new(busy)], &["acme".to_owned()]);
        assert_eq!(
            [Lang::De, Lang::En].map(|lang| line.in_lang(lang).to_owned()),
            [
                "2 von 3 Mandanten laufen; Benutzer: 120, Anrufe in Teams: 3; noch nicht abgefragt: 1; \
                 mit fehlgeschlagenen Anfragen: 1; läuft nicht: acme",
                "2 of 3 tenants run; users: 120, calls in Teams: 3; not polled yet: 1; \
                 with failed requests: 1; not running: acme"
            ]
        );
    }
}
