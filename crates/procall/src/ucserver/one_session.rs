//! One session from the log-in to its end: whatever ends it, and whenever, it is also ended in UCWeb.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::ProcallEvent;
use super::absent::AbsentLeases;
use super::dialogue::Dialogue;
use super::login::{Session, Socket};
use super::run::{End, LAST_WORDS, Runner, stopped, was_steady};
use super::server_clock::{clock_ahead, warning_of_clock};
use model::clock::elapsed;

/// How long the next try waits for the end of the session before.
const ENDED_WITHIN: Duration = Duration::from_secs(2);

impl Runner {
    /// How it ended, and whether it had been steady: one that is lost as soon as everything is
    /// subscribed would otherwise be tried anew every second, with all its subscriptions.
    pub(super) async fn one_session(&mut self, leases: AbsentLeases) -> (End, bool, AbsentLeases) {
        let session = match self.log_in().await {
            Ok(session) => session,
            Err(end) => return (end, false, leases),
        };
        let (end, was_steady, leases) = match self.open(&session).await {
            Ok(socket) => self.converse(&session, socket, leases).await,
            Err(end) => (end, false, leases),
        };
        self.ledger.session_ended();
        self.leftovers.add(self.client.clone(), session);
        if matches!(end, End::Hurdle(_)) {
            let life = Arc::clone(&self.life);
            life.meanwhile(self.leftovers.end(ENDED_WITHIN)).await;
        }
        (end, was_steady, leases)
    }

    /// A session that is being opened when the program ends is waited for: else nobody could end it.
    async fn log_in(&mut self) -> Result<Session, End> {
        let life = Arc::clone(&self.life);
        let (client, settings) = (self.client.clone(), Arc::clone(&self.settings));
        let token = self.token.clone();
        let mut opening = std::pin::pin!(client.log_in(&settings, token.as_ref()));
        let opened = tokio::select! {
            opened = life.meanwhile(&mut opening) => Some(opened),
            () = stopped(&mut self.shutdown, &self.events) => None,
        };
        let Some(opened) = opened else {
            if let Ok(Ok(session)) = timeout(self.time_left() / 2, opening).await {
                self.leftovers.add(client.clone(), session);
            }
            return Err(End::Stop);
        };
        let session = opened.map_err(End::Hurdle)?;
        if !self.leftovers.is_empty() {
            // UCWeb answers again.
            life.meanwhile(self.leftovers.end(LAST_WORDS)).await;
        }
        Ok(session)
    }

    async fn open(&mut self, session: &Session) -> Result<Socket, End> {
        tokio::select! {
            opened = self.life.meanwhile(self.client.open(session)) => opened.map_err(End::Hurdle),
            () = stopped(&mut self.shutdown, &self.events) => Err(End::Stop),
        }
    }

    async fn converse(
        &mut self,
        session: &Session,
        mut socket: Socket,
        mut leases: AbsentLeases,
    ) -> (End, bool, AbsentLeases) {
        self.counters.sessions.add(1);
        let began = self.clock.now();
        if let Some(warning) = warning_of_clock(session.opened, self.clock.wall()) {
            // Whoever listens no more needs not to know.
            let _ = self.events.send(ProcallEvent::Warning(warning)).await;
        }
        leases.session_began(clock_ahead(session.opened, began));
        let mut dialogue = Dialogue::new(
            Arc::clone(&self.settings),
            Arc::clone(&self.counters),
            leases,
            began,
        );
        let end = self.talk(&mut dialogue, &mut socket).await;
        if dialogue.is_live() && matches!(end, End::Hurdle(_)) {
            // Whoever listens no more needs not to know.
            let _ = self.events.send(ProcallEvent::Interrupted).await;
        }
        let lasted = elapsed(began, self.clock.now());
        let steady = dialogue.is_live() && was_steady(lasted, &self.settings.waits);
        (end, steady, dialogue.into_leases())
    }
}
