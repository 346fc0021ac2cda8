//! The loop: log in, talk, wait, again. The only place here that reads the clock.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::{Bytes, Error as SocketError, Message};

use super::absent::AbsentLeases;
use super::dialogue::{Dialogue, Output};
use super::hurdle::Hurdle;
use super::login::{LogInClient, Socket};
use super::{Counters, PresenceChange, ProcallEvent, UcServerSettings, UcServerSource, Waits};
use clocks::jitter;
use model::cause::Cause;
use model::clock::{Clock, advance, elapsed};
use model::limits::is_clock_wrong;
use model::text::harmless_up_to;

/// How long taking back our presences may delay the end of the program; what is left ends by
/// itself with its lease.
const FAREWELL: Duration = Duration::from_secs(4);
/// How long the very last messages may take.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What the two clocks may differ by without a reason: `Date` has whole seconds, and travels.
const CLOCK_NOISE: SignedDuration = SignedDuration::from_secs(3);

/// A message that is larger than this was read into a buffer made for it.
const LARGE: usize = 256 << 10;

/// Why a session, or a wait, is over.
enum End {
    /// The program ends, or nobody listens.
    Stop,
    /// Something went wrong.
    Hurdle(Hurdle),
}

/// The connector at work.
pub(crate) struct Runner {
    settings: Arc<UcServerSettings>,
    counters: Arc<Counters>,
    clock: Arc<dyn Clock>,
    configured: LogInClient,
    client: LogInClient,
    token: Option<SecretString>,
    events: mpsc::Sender<ProcallEvent>,
    changes: Changes,
    shutdown: watch::Receiver<bool>,
}

/// The wishes of the bridge; silent once it has hung up.
struct Changes(Option<mpsc::Receiver<PresenceChange>>);

impl Changes {
    async fn next(&mut self) -> PresenceChange {
        loop {
            let Some(changes) = &mut self.0 else {
                return std::future::pending().await;
            };
            match changes.recv().await {
                Some(change) => return change,
                None => self.0 = None,
            }
        }
    }
}

impl Runner {
    pub(crate) fn new(
        source: UcServerSource,
        events: mpsc::Sender<ProcallEvent>,
        changes: mpsc::Receiver<PresenceChange>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            settings: source.settings,
            counters: source.counters,
            clock: source.clock,
            configured: source.client.clone(),
            client: source.client,
            token: None,
            events,
            changes: Changes(Some(changes)),
            shutdown,
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
                return;
            };
            failures = failures_in_a_row(failures, was_steady);
            let hurdle = self.take_note(hurdle);
            if !self.report(&hurdle).await {
                return;
            }
            // A UCServer that starts again meets all its clients at once.
            let wait = jitter().stretch(hurdle.wait(failures, &self.settings.waits));
            if self.wait(wait, &mut leases).await {
                return;
            }
        }
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
        if matches!(hurdle, Hurdle::TokenRefused | Hurdle::Redirect(_)) {
            tracing::info!(target: "procall", "{hurdle}");
            return !self.events.is_closed();
        }
        let trouble = ProcallEvent::Trouble(hurdle.trouble());
        self.events.send(trouble).await.is_ok()
    }

    /// `true`: the program ends.
    async fn wait(&mut self, wait: Duration, leases: &mut AbsentLeases) -> bool {
        let clock = Arc::clone(&self.clock);
        let mut over = clock.reach(advance(clock.now(), wait));
        loop {
            tokio::select! {
                () = &mut over => return false,
                () = stopped(&mut self.shutdown) => return true,
                () = self.events.closed() => return true,
                change = self.changes.next() => self.note(&change, leases),
            }
        }
    }

    fn note(&self, change: &PresenceChange, leases: &mut AbsentLeases) {
        if self.settings.write_presence {
            leases.wish(&change.user_name, change.procall_presence, self.clock.now());
        }
    }

    /// How it ended, and whether it had been steady: one that is lost as soon as everything is
    /// subscribed would otherwise be tried anew every second, with all its subscriptions.
    async fn one_session(&mut self, mut leases: AbsentLeases) -> (End, bool, AbsentLeases) {
        let mut shutdown = self.shutdown.clone();
        let opening = tokio::select! {
            opening = self.open() => opening,
            () = stopped(&mut shutdown) => return (End::Stop, false, leases),
        };
        let (session, mut socket) = match opening {
            Ok(opened) => opened,
            Err(hurdle) => return (End::Hurdle(hurdle), false, leases),
        };
        self.counters.sessions.add(1);
        let began = self.clock.now();
        warn_of_clock(session.opened, self.clock.wall());
        leases.session_began(clock_ahead(session.opened, began));
        let mut dialogue = Dialogue::new(
            Arc::clone(&self.settings),
            Arc::clone(&self.counters),
            leases,
            began,
        );
        let end = self.talk(&mut dialogue, &mut socket).await;
        if matches!(end, End::Stop) {
            let _ = tokio::time::timeout(LAST_WORDS, self.client.log_out(&session)).await;
        }
        self.counters.log_what_was_odd();
        let lasted = elapsed(began, self.clock.now());
        let steady = dialogue.is_live() && was_steady(lasted, &self.settings.waits);
        (end, steady, dialogue.into_leases())
    }

    async fn open(&self) -> Result<(super::login::Session, Socket), Hurdle> {
        let session = self
            .client
            .log_in(&self.settings, self.token.as_ref())
            .await?;
        let socket = self.client.open(&session).await?;
        Ok((session, socket))
    }

    async fn talk(&mut self, dialogue: &mut Dialogue, socket: &mut Socket) -> End {
        let mut leave_by: Option<Timestamp> = None;
        let mut large = Large::default();
        loop {
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
                change = self.changes.next(), if leave_by.is_none() => {
                    dialogue.on_change(&change, self.clock.now());
                }
                () = self.clock.reach(due) => dialogue.on_time(self.clock.now()),
                () = stopped(&mut self.shutdown), if leave_by.is_none() => {
                    let now = self.clock.now();
                    leave_by = Some(advance(now, FAREWELL));
                    dialogue.on_stop(now);
                }
                () = self.events.closed(), if leave_by.is_none() => return End::Stop,
            }
        }
    }

    async fn leave(&mut self, dialogue: &mut Dialogue, socket: &mut Socket) -> End {
        dialogue.say_goodbye(self.clock.now());
        let goodbye = async {
            let _ = self.act(dialogue, socket).await;
            let _ = socket.close(None).await;
        };
        let _ = tokio::time::timeout(LAST_WORDS, goodbye).await;
        End::Stop
    }

    /// Does what the dialogue wants done.
    async fn act(&mut self, dialogue: &mut Dialogue, socket: &mut Socket) -> Result<(), End> {
        while let Some(output) = dialogue.next_output() {
            match output {
                Output::Frame(text) => self.send(socket, Message::text(text)).await?,
                Output::Ping => self.send(socket, Message::Ping(Vec::new().into())).await?,
                Output::Tell(event) => {
                    self.events.send(event).await.map_err(|_| End::Stop)?;
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

/// A large message that was read. The socket has made a buffer of that size, 5 MB for the profiles
/// of 20,000 users, and would go on reading into it for as long as the session lasts. While
/// somebody still holds the message it cannot, and makes a small one.
#[derive(Default)]
struct Large {
    message: Option<Bytes>,
    /// Bytes that have come since: what was left of the buffer is used up first.
    since: usize,
}

impl Large {
    fn came(&mut self, message: &Bytes) {
        if message.len() > LARGE {
            self.message = Some(message.clone());
            self.since = 0;
            return;
        }
        self.since += message.len();
        self.message.take_if(|_| self.since > LARGE);
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
        Some(Ok(_)) => dialogue.heard(),
        Some(Err(error)) => return Err(lost(&error)),
    }
    Ok(())
}

fn lost(error: &SocketError) -> Hurdle {
    Hurdle::lost(Cause::SessionEnded, harmless_up_to(&error.to_string(), 200))
}

/// Whether a session that went live has lasted long enough to count as one that works.
fn was_steady(lasted: Duration, waits: &Waits) -> bool {
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

/// How far UCServer's clock is ahead of the one that we go by, by its time when the session was opened.
fn clock_ahead(opened: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    let Some(theirs) = opened else {
        return SignedDuration::ZERO;
    };
    let ahead = theirs.duration_since(now);
    if ahead.abs() <= CLOCK_NOISE {
        return SignedDuration::ZERO;
    }
    ahead
}

/// Says where UCServer's clock and the machine's are far apart.
fn warn_of_clock(opened: Option<Timestamp>, wall: Timestamp) {
    let Some(theirs) = opened else { return };
    let ahead = theirs.duration_since(wall);
    if is_clock_wrong(ahead) {
        let side = if ahead.is_positive() {
            "ahead of"
        } else {
            "behind"
        };
        let seconds = ahead.unsigned_abs().as_secs();
        tracing::warn!(
            target: "procall",
            "UCServer's clock is {seconds} s {side} this machine's. The ends of our presences \
             are written in its time; set the one that is wrong (NTP)"
        );
    }
}

/// Ends when the program shall end.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

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

    #[rstest]
    #[case::not_said(None, 0)]
    #[case::on_time(Some(0), 0)]
    #[case::whole_seconds(Some(-3), 0)]
    #[case::behind(Some(-4), -4)]
    #[case::far_ahead(Some(3_600), 3_600)]
    fn the_servers_clock_is_taken_as_it_is(#[case] theirs: Option<i64>, #[case] ahead: i64) {
        let now = Timestamp::UNIX_EPOCH;
        let opened = theirs.map(|seconds| now + SignedDuration::from_secs(seconds));
        assert_eq!(clock_ahead(opened, now).as_secs(), ahead);
    }
}
