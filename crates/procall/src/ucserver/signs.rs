//! Signs of life: what UCServer is asked when there is nothing else to ask, so that its end is
//! noticed, also where a UCWeb without it keeps the socket open.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::dialogue::{Dialogue, Output};
use super::hurdle::Hurdle;
use super::operation::Operation;
use super::request::Request;
use super::rose;
use model::cause::Cause;
use model::clock::advance;

/// So many signs of life may go without an answer before the connection counts as dead.
pub(super) const SILENT_SIGNS: u32 = 3;

/// The signs of life of one session.
#[derive(Debug)]
pub(super) struct Signs {
    /// When the next is asked for.
    due: Timestamp,
    /// How many were asked for since UCServer was last heard.
    unanswered: u32,
    /// UCServer was heard since somebody last wanted to know.
    heard: bool,
}

impl Signs {
    /// The first is asked for `keep_alive` after `now`.
    pub(super) fn new(keep_alive: Duration, now: Timestamp) -> Self {
        Self {
            due: advance(now, keep_alive),
            unanswered: 0,
            heard: false,
        }
    }

    /// When the next is asked for.
    pub(super) const fn due(&self) -> Timestamp {
        self.due
    }

    /// UCServer was heard.
    const fn heard(&mut self) {
        self.unanswered = 0;
        self.heard = true;
    }

    /// Counts one that is asked for, and the next `keep_alive` later; `false` once too many went
    /// without an answer.
    fn ask(&mut self, keep_alive: Duration, now: Timestamp) -> bool {
        if self.unanswered >= SILENT_SIGNS {
            return false;
        }
        self.unanswered += 1;
        self.due = advance(now, keep_alive);
        true
    }
}

impl Dialogue {
    /// UCServer gave a sign of life.
    pub(crate) const fn heard(&mut self) {
        self.signs.heard();
    }

    /// Whether UCServer was heard since this was last asked.
    pub(crate) const fn was_heard(&mut self) -> bool {
        std::mem::replace(&mut self.signs.heard, false)
    }

    /// Asks for one, or gives the session up.
    pub(super) fn sign_of_life(&mut self, now: Timestamp) {
        if !self.signs.ask(self.settings.keep_alive, now) {
            let text = format!("no answer to {SILENT_SIGNS} signs of life");
            return self.over(Hurdle::lost(Cause::Silent, text));
        }
        let operation = self.names.for_operation(Operation::KeepAlive);
        let argument = json!({ "dummy": null });
        let frame = rose::encode(rose::EVENT_ID, operation, &argument);
        self.outputs.push_back(Output::Frame(frame));
        self.outputs.push_back(Output::Ping);
        self.ask(Request::SignOfLife, now);
    }
}
