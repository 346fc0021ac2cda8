//! The loop: log in, talk, wait, again. The only place here that reads the clock.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use super::absent::AbsentLeases;
use super::dialogue::{Dialogue, Output};
use super::hurdle::Hurdle;
use super::large::Large;
use super::ledger::ManualLedger;
use super::leftovers::Leftovers;
use super::liveness::Liveness;
use super::login::{LogInClient, Socket};
use super::orders::Orders;
use super::{Counters, PresenceOrder, ProcallEvent, UcServerSettings, UcServerSource, Waits};
use clocks::jitter;
use model::cause::Cause;
use model::clock::{Clock, advance};
use model::presence::MatchKey;
use model::source_fault::SourceWarning;
use model::text::harmless_up_to;

/// How long the end may take, a little less than the bridge waits for it: what we have set is taken
/// back and the session ended. What is left by then ends by itself with its lease, or the next start
/// takes it back.
const FAREWELL: Duration = Duration::from_millis(3_300);
/// Of that, so much is for taking back.
const TAKE_BACK: Duration = Duration::from_millis(2_300);
/// How long the very last messages may take.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(500);

/// Why a session, or a wait, is over.
pub(super) enum End {
    /// The program ends, or nobody listens.
    Stop,
    /// Something went wrong.
    Hurdle(Hurdle),
}

/// The connector at work.
pub(crate) struct Runner {
    pub(super) settings: Arc<UcServerSettings>,
    pub(super) counters: Arc<Counters>,
    pub(super) clock: Arc<dyn Clock>,
    configured: LogInClient,
    pub(super) client: LogInClient,
    pub(super) token: Option<SecretString>,
    pub(super) events: mpsc::Sender<ProcallEvent>,
    orders: Orders,
    pub(super) shutdown: watch::Receiver<bool>,
    pub(super) life: Arc<Liveness>,
    pub(super) ledger: ManualLedger,
    pub(super) leftovers: Leftovers,
    /// When the end began.
    leaving: Option<Instant>,
}

impl Runner {
    pub(crate) fn new(
        source: UcServerSource,
        events: mpsc::Sender<ProcallEvent>,
        orders: mpsc::Receiver<PresenceOrder>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        let UcServerSource {
            settings,
            counters,
            client,
            clock,
            shared,
        } = source;
        let (told, keep_alive) = (events.clone(), settings.keep_alive);
        let ledger = settings
            .write_presence
            .then(|| ManualLedger::new(settings.ledger.clone(), shared, settings.lease, &events));
        Self {
            life: Arc::new(Liveness::new(Arc::clone(&clock), told, keep_alive)),
            ledger: ledger.unwrap_or_default(),
            settings,
            counters,
            clock,
            configured: client.clone(),
            client,
            token: None,
            events,
            orders: Orders(Some(orders)),
            shutdown,
            leftovers: Leftovers::default(),
            leaving: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let settings = &self.settings;
        let mut leases = AbsentLeases::new(
            settings.lease,
            settings.writes_per_second,
            !settings.write_presence,
        );
        let mut failures = 0;
        loop {
            let (end, was_steady);
            (end, was_steady, leases) = self.one_session(leases).await;
            let End::Hurdle(hurdle) = end else {
                break;
            };
            failures = failures_in_a_row(failures, was_steady);
            let hurdle = self.take_note(hurdle);
            if !self.report(&hurdle).await {
                break;
            }
            // A UCServer that starts again meets all its clients at once.
            let wait = jitter().stretch(hurdle.wait(failures, &self.settings.waits));
            if self.wait(wait, &mut leases).await {
                break;
            }
        }
        if let Some(order) = self.orders.end() {
            self.note(&order, &mut leases).await;
        }
        self.say_what_stays(&leases).await;
        self.ledger.close().await;
        let left = self.time_left();
        self.leftovers.end(left).await;
    }

    /// What is left of the farewell, which begins when this is first asked.
    pub(super) fn time_left(&mut self) -> Duration {
        let began = *self.leaving.get_or_insert_with(Instant::now);
        FAREWELL.saturating_sub(began.elapsed())
    }

    /// What could not be taken back.
    async fn say_what_stays(&self, leases: &AbsentLeases) {
        let mut users: Vec<_> = leases.held_by().map(MatchKey::as_str).collect();
        if users.is_empty() {
            return;
        }
        users.sort_unstable();
        let users = harmless_up_to(&users.join(", "), 2_000).into();
        let warning = ProcallEvent::Warning(SourceWarning::NotTakenBack { users });
        // Whoever listens no more needs not to know.
        let _ = timeout(LAST_WORDS, self.events.send(warning)).await;
    }

    /// What the hurdle changes for the next try.
    fn take_note(&mut self, hurdle: Hurdle) -> Hurdle {
        match hurdle {
            Hurdle::TokenRefused => {
                self.token = None;
                hurdle
            }
            Hurdle::Redirect(to) => self.follow(to),
            other => {
                self.client = self.configured.clone();
                other
            }
        }
    }

    fn follow(&mut self, to: String) -> Hurdle {
        let sent = self.configured.sent_to(&to, &self.settings.redirect_hosts);
        match sent {
            Ok(client) => self.client = client,
            Err(hurdle) => return hurdle,
        }
        Hurdle::Redirect(to)
    }

    /// `false`: nobody listens any more.
    async fn report(&self, hurdle: &Hurdle) -> bool {
        let event = match hurdle {
            Hurdle::TokenRefused => ProcallEvent::Warning(SourceWarning::LogsInAnew),
            Hurdle::Redirect(to) => {
                let to = harmless_up_to(to, 200).into();
                ProcallEvent::Warning(SourceWarning::SentElsewhere { to })
            }
            _ => ProcallEvent::Trouble(hurdle.trouble()),
        };
        self.events.send(event).await.is_ok()
    }

    /// `true`: the program ends.
    async fn wait(&mut self, wait: Duration, leases: &mut AbsentLeases) -> bool {
        let (clock, life) = (Arc::clone(&self.clock), Arc::clone(&self.life));
        let mut over = clock.reach(advance(clock.now(), wait));
        loop {
            tokio::select! {
                () = life.meanwhile(&mut over) => return false,
                () = stopped(&mut self.shutdown, &self.events) => return true,
                order = self.orders.next() => self.note(&order, leases).await,
            }
        }
    }

    /// Without a session.
    async fn note(&mut self, order: &PresenceOrder, leases: &mut AbsentLeases) {
        match order {
            PresenceOrder::Show(change) if self.settings.write_presence => {
                let remembered = self.ledger.open().await;
                leases.remember(remembered);
                leases.wish(&change.user_name, change.procall_presence, self.clock.now());
            }
            PresenceOrder::Recall if self.settings.write_presence => {
                leases.remember(self.ledger.open().await);
            }
            PresenceOrder::Show(_) | PresenceOrder::Recall => {}
            PresenceOrder::LetGo => {
                self.ledger.let_go().await;
                leases.let_go();
            }
        }
    }

    async fn obey(&mut self, order: PresenceOrder, dialogue: &mut Dialogue) {
        match order {
            PresenceOrder::Show(change) => {
                self.recall(dialogue).await;
                dialogue.on_change(&change, self.clock.now());
            }
            PresenceOrder::Recall => self.recall(dialogue).await,
            PresenceOrder::LetGo => {
                self.ledger.let_go().await;
                dialogue.let_go(self.clock.now());
            }
        }
    }

    async fn recall(&mut self, dialogue: &mut Dialogue) {
        let remembered = self.ledger.open().await;
        dialogue.on_remembered(remembered, self.clock.now());
    }

    /// Talks until the session is over.
    pub(super) async fn talk(&mut self, dialogue: &mut Dialogue, socket: &mut Socket) -> End {
        let mut leave_by: Option<Timestamp> = None;
        let mut large = Large::default();
        loop {
            if dialogue.was_heard() && dialogue.is_live() {
                self.life.heard(self.clock.now());
            }
            if let Err(end) = self.act(dialogue, socket).await {
                return end;
            }
            let now = self.clock.now();
            if let Some(at) = leave_by
                && (at <= now || dialogue.is_settled() || !dialogue.is_live())
            {
                return self.leave(dialogue, socket).await;
            }
            let due = dialogue.next_due().min(leave_by.unwrap_or(Timestamp::MAX));
            tokio::select! {
                frame = socket.next() => {
                    let now = self.clock.now();
                    if let Some(Ok(Message::Binary(bytes))) = &frame {
                        large.came(bytes);
                    }
                    if let Err(hurdle) = take(dialogue, frame, now) {
                        return End::Hurdle(hurdle);
                    }
                }
                order = self.orders.next(), if leave_by.is_none() => self.obey(order, dialogue).await,
                frame = self.ledger.next() => {
                    if let Err(end) = self.send(socket, Message::text(frame)).await {
                        return end;
                    }
                }
                () = self.clock.reach(due) => dialogue.on_time(self.clock.now()),
                () = self.life.overdue(), if leave_by.is_none() => {
                    // Whatever comes now, nobody knows what has been missed: everything is read anew.
                    self.life.tell().await;
                    let text = "nothing was heard of it for three signs of life";
                    return End::Hurdle(Hurdle::lost(Cause::Silent, text));
                }
                () = stopped(&mut self.shutdown, &self.events), if leave_by.is_none() => {
                    self.time_left();
                    if let Some(order) = self.orders.end() {
                        self.obey(order, dialogue).await;
                    }
                    let now = self.clock.now();
                    leave_by = Some(advance(now, TAKE_BACK));
                    dialogue.on_stop(now);
                }
            }
        }
    }

    async fn leave(&mut self, dialogue: &mut Dialogue, socket: &mut Socket) -> End {
        dialogue.say_goodbye(self.clock.now());
        // Before the session is ended, which ends its socket, too.
        let goodbye = self.say_goodbye(dialogue, socket);
        let _ = timeout(LAST_WORDS, goodbye).await;
        End::Stop
    }

    /// Until the goodbye is answered.
    async fn say_goodbye(&mut self, dialogue: &mut Dialogue, socket: &mut Socket) {
        while self.act(dialogue, socket).await.is_ok() && !dialogue.has_left() {
            let frame = socket.next().await;
            if take(dialogue, frame, self.clock.now()).is_err() {
                return;
            }
        }
        let _ = socket.close(None).await;
    }

    /// Does what the dialogue wants done.
    async fn act(&mut self, dialogue: &mut Dialogue, socket: &mut Socket) -> Result<(), End> {
        while let Some(output) = dialogue.next_output() {
            match output {
                Output::Frame(text) => self.send(socket, Message::text(text)).await?,
                Output::Kept(entry, text) => {
                    if let Some(text) = self.ledger.keep(entry, text) {
                        self.send(socket, Message::text(text)).await?;
                    }
                }
                Output::Forget(user) => self.ledger.forget(&user),
                Output::Ping => self.send(socket, Message::Ping(Vec::new().into())).await?,
                Output::Tell(event) => {
                    // Whoever listens no more: `stopped` notices, and what is set is taken back.
                    let _ = self.events.send(event).await;
                }
                Output::Token(token) => self.token = Some(token),
                Output::Over(hurdle) => return Err(End::Hurdle(hurdle)),
            }
        }
        self.within(socket.flush()).await
    }

    async fn send(&self, socket: &mut Socket, message: Message) -> Result<(), End> {
        self.within(socket.feed(message)).await
    }

    /// A server that takes nothing in is as good as gone.
    async fn within(
        &self,
        sending: impl Future<Output = Result<(), SocketError>>,
    ) -> Result<(), End> {
        let silent = || Hurdle::lost(Cause::Silent, "the server takes nothing in");
        tokio::time::timeout(self.settings.call_timeout, sending)
            .await
            .map_err(|_| silent())
            .and_then(|sent| sent.map_err(|error| lost(&error)))
            .map_err(End::Hurdle)
    }
}

fn take(
    dialogue: &mut Dialogue,
    frame: Option<Result<Message, SocketError>>,
    now: Timestamp,
) -> Result<(), Hurdle> {
    match frame {
        Some(Ok(Message::Text(text))) => dialogue.on_frame(&text, now),
        // Text, too: see `untyped`.
        Some(Ok(Message::Binary(bytes))) => dialogue.on_bytes(&bytes, now),
        Some(Ok(Message::Close(_))) | None => {
            let message = "the server closed the connection";
            return Err(Hurdle::lost(Cause::SessionEnded, message));
        }
        // UCWeb is there; whether UCServer is, no ping can say.
        Some(Ok(_)) => {}
        Some(Err(error)) => return Err(lost(&error)),
    }
    Ok(())
}

fn lost(error: &SocketError) -> Hurdle {
    Hurdle::lost(Cause::SessionEnded, harmless_up_to(&error.to_string(), 200))
}

/// Whether a session that went live has lasted long enough to count as one that works.
pub(super) fn was_steady(lasted: Duration, waits: &Waits) -> bool {
    lasted > waits.longest
}

/// After a steady session it begins anew.
const fn failures_in_a_row(before: u32, was_steady: bool) -> u32 {
    if was_steady {
        1
    } else {
        before.saturating_add(1)
    }
}

/// Ends when the program shall end, or nobody listens any more.
pub(super) async fn stopped(
    shutdown: &mut watch::Receiver<bool>,
    events: &mpsc::Sender<ProcallEvent>,
) {
    tokio::select! {
        _ = shutdown.wait_for(|stop| *stop) => {}
        () = events.closed() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_is_lost_as_soon_as_it_is_live_is_tried_less_and_less_often() {
        let waits = Waits::default();
        let mut failures = 0;
        let mut lost_after = |lasted: Duration| {
            failures = failures_in_a_row(failures, was_steady(lasted, &waits));
            Hurdle::lost(Cause::SessionEnded, "closed").wait(failures, &waits)
        };
        let second = Duration::from_secs(1);
        let tries: Vec<_> = (0..4).map(|_| lost_after(second)).collect();
        assert!(tries.is_sorted_by(|a, b| a < b), "{tries:?}");
        assert_eq!(lost_after(waits.longest + second), waits.first);
    }
}
