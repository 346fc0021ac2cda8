//! Signs of life: what UCServer is asked when there is nothing else to ask, so that its end is
//! noticed, also where a UCWeb without it keeps the socket open.

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

impl Dialogue {
    /// UCServer gave a sign of life.
    pub(crate) const fn heard(&mut self) {
        self.unanswered = 0;
        self.heard = true;
    }

    /// Whether UCServer was heard since this was last asked.
    pub(crate) const fn was_heard(&mut self) -> bool {
        std::mem::replace(&mut self.heard, false)
    }

    /// Asks for one, or gives the session up.
    pub(super) fn sign_of_life(&mut self, now: Timestamp) {
        if self.unanswered >= SILENT_SIGNS {
            let text = format!("no answer to {SILENT_SIGNS} signs of life");
            return self.over(Hurdle::lost(Cause::Silent, text));
        }
        self.unanswered += 1;
        self.keep_alive_at = advance(now, self.settings.keep_alive);
        let operation = self.names.for_operation(Operation::KeepAlive);
        let argument = json!({ "dummy": null });
        let frame = rose::encode(rose::EVENT_ID, operation, &argument);
        self.outputs.push_back(Output::Frame(frame));
        self.outputs.push_back(Output::Ping);
        self.ask(Request::SignOfLife, now);
    }
}
