//! One session, as a pure state machine: frames, wishes and the time go in; frames, events for
//! the bridge and the end of the session come out.
//!
//! Order: who are we -> list of users -> subscriptions in batches -> live. Everything that is
//! asked is kept until it is answered or its time is over.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;

use super::absent::AbsentLeases;
use super::counters::Counters;
use super::doubts::Doubts;
use super::hurdle::{Hurdle, NOT_ATTACHED};
use super::ledger_file::Remembered;
use super::list_times::ListTimes;
use super::manual::Action;
use super::moment::Times;
use super::native::NativeWatch;
use super::operation::{Names, Operation};
use super::reads::AbsentReads;
use super::request::Request;
use super::rose::{self, Answer, Message};
use super::roster::Roster;
use super::settings::UcServerSettings;
use super::signs::Signs;
use super::subscriptions::Subscriptions;
use super::under_way::UnderWay;
use crate::{PresenceChange, ProcallEvent};
use model::cause::Cause;
use model::presence::MatchKey;
use model::source_fault::SourceWarning;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send this text.
    Frame(String),
    /// Send this text once the ledger says what it sets.
    Kept(Remembered, String),
    /// The ledger need not know this user any more.
    Forget(MatchKey),
    /// Tell the bridge.
    Tell(ProcallEvent),
    /// Keep this login token for the next session.
    Token(SecretString),
    /// Send a ping.
    Ping,
    /// The session is over.
    Over(Hurdle),
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// The first list of users was subscribed, and the bridge knows everything.
    pub(super) live: bool,
    /// The administrator is logged in.
    pub(super) is_admin: bool,
    /// UCServer has told who we are: from then on a refusal to say so means that it is gone.
    pub(super) knows_us: bool,
}

/// One session of UCWeb: frames and wishes in, frames and events out. Pure.
#[derive(Debug)]
pub(crate) struct Dialogue {
    pub(super) settings: Arc<UcServerSettings>,
    pub(super) counters: Arc<Counters>,
    pub(super) leases: AbsentLeases,
    pub(super) roster: Roster,
    pub(super) names: Names,
    pub(super) subscriptions: Subscriptions,
    pub(super) standing: Standing,
    pub(super) native: NativeWatch,
    pub(super) reads: AbsentReads,
    pub(super) times: Times,
    pub(super) troubled: bool,
    pub(super) doubts: Doubts,
    pub(super) list: ListTimes,
    pub(super) signs: Signs,
    under_way: UnderWay,
    pub(super) outputs: VecDeque<Output>,
}

impl Dialogue {
    /// Starts: the first questions are among the outputs.
    pub(crate) fn new(
        settings: Arc<UcServerSettings>,
        counters: Arc<Counters>,
        leases: AbsentLeases,
        now: Timestamp,
    ) -> Self {
        let mut dialogue = Self {
            list: ListTimes::new(settings.refresh, now),
            signs: Signs::new(settings.keep_alive, now),
            under_way: UnderWay::new(settings.call_timeout),
            roster: Roster::new(&settings),
            settings,
            counters,
            leases,
            names: Names::default(),
            subscriptions: Subscriptions::default(),
            standing: Standing::default(),
            native: NativeWatch::default(),
            reads: AbsentReads::default(),
            times: Times::default(),
            troubled: false,
            doubts: Doubts::default(),
            outputs: VecDeque::new(),
        };
        dialogue.ask(Request::WhoAmI, now);
        dialogue
    }

    /// What is to be done next.
    pub(crate) fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The leases of manual presence, for the next session.
    pub(crate) fn into_leases(self) -> AbsentLeases {
        self.leases
    }

    /// Whether everything is subscribed and told.
    pub(crate) const fn is_live(&self) -> bool {
        self.standing.live
    }

    /// A text frame arrived.
    pub(crate) fn on_frame(&mut self, frame: &str, now: Timestamp) {
        self.counters.frames.add(1);
        let (mut messages, mut bad) = rose::decode(frame);
        let mended = if bad > 0 {
            rose::mended(frame.as_bytes())
        } else {
            None
        };
        if let Some(frame) = &mended {
            (messages, bad) = rose::decode(frame);
        }
        if bad > 0 {
            self.bad_frame(false, bad);
        }
        for message in messages {
            match message {
                Message::Event { name, argument } => {
                    self.heard();
                    self.on_event(&name, argument.get(), now);
                }
                Message::Answer { id, answer } => self.on_answer(id, answer, now),
            }
        }
        self.advance(now);
    }

    /// A binary frame arrived: the interface has none.
    pub(super) fn on_binary(&mut self) {
        self.counters.frames.add(1);
        self.bad_frame(true, 1);
    }

    /// Logged at the first and then ever more seldom: a broken server sends many.
    fn bad_frame(&mut self, is_binary: bool, parts: usize) {
        let count = self.counters.bad_frames.add(parts as u64);
        if count.is_power_of_two() {
            self.warn(SourceWarning::NoMessage { is_binary, count });
        }
    }

    /// The bridge wants a presence shown.
    pub(crate) fn on_change(&mut self, change: &PresenceChange, now: Timestamp) {
        if !self.settings.write_presence {
            return self.not_carried(change);
        }
        self.leases
            .wish(&change.user_name, change.procall_presence, now);
        self.lead(&change.user_name.key(), now);
        self.advance(now);
    }

    /// The ledger says what an earlier run has set.
    pub(crate) fn on_remembered(&mut self, remembered: Vec<Remembered>, now: Timestamp) {
        let users: Vec<_> = remembered.iter().map(|entry| entry.user.key()).collect();
        self.leases.remember(remembered);
        for user in users {
            self.lead(&user, now);
        }
        self.advance(now);
    }

    /// Another lampfield writes from now on: what is still answered is of no use.
    pub(crate) fn let_go(&mut self, now: Timestamp) {
        self.leases.let_go();
        self.reads.let_go();
        self.under_way
            .forget(|request| matches!(request, Request::Lease(_) | Request::ReadShown(_)));
        self.advance(now);
    }

    /// The program ends: take back what we have set.
    pub(crate) fn on_stop(&mut self, now: Timestamp) {
        self.leases.farewell(now);
        self.advance(now);
    }

    /// The last words, where nothing is held any more.
    pub(crate) fn say_goodbye(&mut self, now: Timestamp) {
        let contacts = self.roster.contacts();
        for some in contacts.chunks(self.settings.batch.max(1)) {
            self.ask(Request::Unsubscribe(some.to_vec()), now);
        }
    }

    /// Whether the last words were answered.
    pub(crate) fn has_left(&self) -> bool {
        !self
            .under_way
            .has(|request| matches!(request, Request::Unsubscribe(_)))
    }

    /// Nothing is held, nothing is under way.
    pub(crate) fn is_settled(&self) -> bool {
        self.leases.is_idle()
    }

    /// Time has passed.
    pub(crate) fn on_time(&mut self, now: Timestamp) {
        if self.signs.due() <= now {
            self.sign_of_life(now);
        }
        self.time_out(now);
        self.settle_doubts(now);
        self.look_for_native(now);
        if self.list.take_removals(now) {
            self.tell_users();
        }
        if self.list_due().is_some_and(|due| due <= now) {
            self.list_users(now);
        }
        self.advance(now);
    }

    /// When [`Dialogue::on_time`] has something to do at the latest.
    pub(crate) fn next_due(&self) -> Timestamp {
        let lease = self.leases.next_due().filter(|_| self.standing.live);
        [
            self.under_way.next_due(),
            self.doubts.next_due(),
            lease,
            self.list_due(),
            self.list.removals_due(),
            self.native.next_due(),
        ]
        .into_iter()
        .flatten()
        .fold(self.signs.due(), Timestamp::min)
    }

    /// When the list of users is read anew: only once everything was told.
    fn list_due(&self) -> Option<Timestamp> {
        self.list.next_due().filter(|_| self.standing.live)
    }

    /// Sends what may be sent by now.
    fn advance(&mut self, now: Timestamp) {
        let forgotten = self.leases.take_forgotten().into_iter();
        // Before the next step, which may set something for the same user.
        self.outputs.extend(forgotten.map(Output::Forget));
        while let Some(batch) = self.subscriptions.next(self.settings.parallel_batches) {
            self.ask(Request::Subscribe(batch), now);
        }
        if !self.standing.live {
            return;
        }
        while let Some(step) = self.leases.next_step(now) {
            self.take_step(step, now);
        }
        self.tell_lease_facts();
    }

    pub(super) fn ask(&mut self, request: Request, now: Timestamp) {
        let operation = self.names.for_operation(request.operation());
        let argument = self.argument(&request);
        let kept = match &request {
            Request::Lease(step) => self.leases.may_be_set(step),
            _ => None,
        };
        let id = self.under_way.begin(request, operation.1, now);
        let frame = rose::encode(id, operation, &argument);
        self.outputs.push_back(match kept {
            Some(kept) => Output::Kept(kept, frame),
            None => Output::Frame(frame),
        });
    }

    fn on_answer(&mut self, id: u32, answer: Answer<'_>, now: Timestamp) {
        let Some(pending) = self.under_way.answered(id) else {
            self.counters.stray_answers.add(1);
            return;
        };
        let request = pending.request;
        let reads = matches!(&request, Request::Lease(step) if step.action == Action::Read);
        if matches!(answer, Answer::Result(_) | Answer::Error { .. }) {
            self.heard();
        }
        match answer {
            Answer::Error {
                detail: NOT_ATTACHED,
                ..
            } if matches!(request, Request::SignOfLife) => {
                return self.over(Hurdle::NotAttached);
            }
            Answer::Reject { problem, text } if session_is_over(problem) => {
                let message = refusal(pending.name, problem, &text);
                return self.over(Hurdle::lost(Cause::SessionEnded, message));
            }
            Answer::Reject {
                problem: rose::UNRECOGNISED,
                text,
            } => return self.on_unknown(request, pending.name, &text, now),
            Answer::Result(result) => self.on_result(request, result.get(), now),
            Answer::Reject {
                problem: rose::MISTYPED,
                ..
            } if request.names_a_time() && self.times.refuse() => self.ask(request, now),
            Answer::Reject {
                problem: code,
                text,
            }
            | Answer::Error { detail: code, text } => {
                self.on_failure(request, &refusal(pending.name, code, &text), now);
            }
        }
        if reads {
            self.reads_are(Some(true), now);
        }
    }

    fn time_out(&mut self, now: Timestamp) {
        for pending in self.under_way.take_overdue(now) {
            self.on_silence(pending.request, pending.name, now);
        }
    }

    pub(super) fn over(&mut self, hurdle: Hurdle) {
        self.outputs.push_back(Output::Over(hurdle));
    }

    pub(super) fn tell(&mut self, event: ProcallEvent) {
        self.outputs.push_back(Output::Tell(event));
    }

    pub(super) fn warn(&mut self, of: SourceWarning) {
        self.tell(ProcallEvent::Warning(of));
    }
}

fn session_is_over(problem: i64) -> bool {
    problem == rose::INVALID_SESSION || rose::NOT_AUTHENTICATED.contains(&problem)
}

/// A refusal in an administrator's words. What the server says of a password that was just sent to
/// it is not repeated.
pub(super) fn refusal(operation: &str, code: i64, text: &str) -> String {
    let text = if Operation::sends_password(operation) {
        ""
    } else {
        text
    };
    let text = model::text::harmless_up_to(text, 200);
    let colon = if text.is_empty() { "" } else { ": " };
    format!("UCServer refused {operation} (code {code}){colon}{text}")
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
