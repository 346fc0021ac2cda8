//! What has gone out lately. Microsoft counts over 30 s and knows nothing of restarts: a run that
//! is started again at once must count what the one before it has sent. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use model::clock::elapsed;

/// What is sent in the same hundredth of a second is kept as one.
const STEP_MS: i64 = 10;

/// Microsoft's window, and one step.
const LATELY: Duration = Duration::from_millis(30_010);

/// So many requests went out, the last of them then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When the last of them went out.
    pub at: Timestamp,
    /// How many requests.
    pub count: u32,
}

/// The requests of the last 30 s, one entry a step at most: what is kept stays short.
#[derive(Clone, Debug, Default)]
pub(crate) struct SentLately(VecDeque<Sent>);

impl SentLately {
    pub(crate) fn add(&mut self, sent: Sent) {
        while let Some(first) = self.0.front()
            && elapsed(first.at, sent.at) >= LATELY
        {
            self.0.pop_front();
        }
        match self.0.back_mut() {
            // As if all had gone out with the last: it counts the longest.
            Some(last) if step(last.at) == step(sent.at) => {
                last.count = last.count.saturating_add(sent.count);
                last.at = last.at.max(sent.at);
            }
            _ => self.0.push_back(sent),
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Sent> {
        self.0.iter().copied()
    }
}

fn step(at: Timestamp) -> i64 {
    at.as_millisecond() / STEP_MS
}
