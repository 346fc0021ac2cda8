//! The one write: set, read back, cleared, read back. Whatever happens after the set was sent,
//! it is cleared; and should even that fail, it runs out by itself within five minutes.

use std::time::Duration;

use crate::bridge::{Evidence, Taken};
use crate::clock::elapsed;
use crate::doctor::{Cleared, Finding, Trial, trial};
use crate::graph::{Graph, Priority};
use crate::presence::{Mapping, SettablePair, TeamsPresence};
use model::limits::SHORTEST_EXPIRATION;

use super::context::{CheckContext, Someone};
use super::{Stop, stopped};

/// How often the presence is read back, and how long in between.
const LOOKS: u32 = 10;
const PACE: Duration = Duration::from_secs(1);

impl CheckContext<'_> {
    /// Sets a presence, reads it back and clears it again.
    pub(crate) async fn try_a_write(&self) -> Finding {
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(finding) => return *finding,
        };
        let Some(someone) = &self.someone else {
            return crate::doctor::unknown_user("");
        };
        let went = match self.obstacle(someone) {
            Some(obstacle) => obstacle,
            None => self.set_and_clear(&graph, someone).await,
        };
        trial(&someone.upn, &went, &self.consent_url())
    }

    fn obstacle(&self, someone: &Someone) -> Option<Trial> {
        if let Some(Ok(Taken::Other { pid })) = &self.lock {
            return Some(Trial::OtherWriter(*pid));
        }
        let in_a_call = someone.shows.as_ref().filter(|pair| pair.is_call());
        in_a_call.map(|pair| Trial::InACall(pair.clone()))
    }

    async fn set_and_clear(&self, graph: &Graph, someone: &Someone) -> Trial {
        let admission = graph.admit(Priority::Set).await;
        // Not given up half-way, whoever ends the program: a set in flight may still arrive.
        let set = graph
            .set_presence(
                someone.id,
                SettablePair::InACall,
                SHORTEST_EXPIRATION,
                admission,
            )
            .await;
        if let Err(failure) = set.outcome {
            return Trial::Refused(failure, self.clear(graph, someone).await);
        }
        let mut stop = self.stop.clone();
        let seen = tokio::select! {
            seen = self.look_for_it(graph, someone) => Some(seen),
            _ = stopped(&mut stop) => None,
        };
        let cleared = self.clear(graph, someone).await;
        match seen {
            None => Trial::Interrupted(cleared),
            Some(Some((Evidence::Shown, _, read_at))) => {
                Trial::Shown(elapsed(set.finished_at, read_at), cleared)
            }
            Some(last) => Trial::NotShown(last.map(|(found, pair, _)| (found, pair)), cleared),
        }
    }

    /// Reads until it is there; the last that was read.
    async fn look_for_it(
        &self,
        graph: &Graph,
        someone: &Someone,
    ) -> Option<(Evidence, TeamsPresence, jiff::Timestamp)> {
        let mut last = None;
        for _ in 0..LOOKS {
            if let Some((pair, at)) = self.read(graph, someone).await {
                let rule = Mapping::built_in().rule_for(Some(&pair));
                let evidence = Evidence::from_presence(&pair, rule);
                last = Some((evidence, pair, at));
                if evidence == Evidence::Shown {
                    break;
                }
            }
            tokio::time::sleep(PACE).await;
        }
        last
    }

    async fn read(
        &self,
        graph: &Graph,
        someone: &Someone,
    ) -> Option<(TeamsPresence, jiff::Timestamp)> {
        let (ids, now) = ([someone.id], self.clock.now());
        let answer = graph.read_presences(&ids, now, Priority::Poll).await;
        let readings = answer.outcome.ok()?;
        let found = readings.into_iter().find(|one| one.id == someone.id)?;
        Some((found.presence?, answer.timing.finished))
    }

    async fn clear(&self, graph: &Graph, someone: &Someone) -> Cleared {
        let admission = graph.admit(Priority::Clear).await;
        let cleared = graph.clear_presence(someone.id, admission).await;
        if let Err(failure) = cleared.outcome {
            return Cleared::Failed(failure);
        }
        let mut stop: Stop = self.stop.clone();
        tokio::select! {
            gone = self.look_until_gone(graph, someone, cleared.finished_at) => gone,
            _ = stopped(&mut stop) => Cleared::Accepted,
        }
    }

    async fn look_until_gone(
        &self,
        graph: &Graph,
        someone: &Someone,
        since: jiff::Timestamp,
    ) -> Cleared {
        let mut last = None;
        for _ in 0..LOOKS {
            match self.read(graph, someone).await {
                Some((pair, at)) if !pair.is_call() => return Cleared::Seen(elapsed(since, at)),
                read => last = read.map(|(pair, _)| pair).or(last),
            }
            tokio::time::sleep(PACE).await;
        }
        last.map_or(Cleared::Accepted, Cleared::NotSeen)
    }
}
