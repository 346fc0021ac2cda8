//! What was asked and not yet answered.

use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::request::Request;
use super::rose;
use model::clock::{advance, elapsed};

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) request: Request,
    /// The name of the operation as it was sent: a server may know only an older one.
    pub(super) name: &'static str,
    sent: Timestamp,
}

/// The requests of a session that wait for their answers, by the number that goes with each.
#[derive(Debug)]
pub(super) struct UnderWay {
    pending: FxHashMap<u32, Pending>,
    next_id: u32,
    /// How long an answer may take.
    timeout: Duration,
}

impl UnderWay {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            pending: FxHashMap::default(),
            next_id: 1,
            timeout,
        }
    }

    /// Keeps a request that is about to be sent; the number that it is to be sent with.
    pub(super) fn begin(&mut self, request: Request, name: &'static str, sent: Timestamp) -> u32 {
        let id = self.next_id;
        self.next_id = match id.wrapping_add(1) {
            0 => 1,
            rose::EVENT_ID => rose::EVENT_ID + 1,
            next => next,
        };
        let pending = Pending {
            request,
            name,
            sent,
        };
        self.pending.insert(id, pending);
        id
    }

    /// The request that this answers; none for an answer that nobody waits for (any more).
    pub(super) fn answered(&mut self, id: u32) -> Option<Pending> {
        self.pending.remove(&id)
    }

    /// Waits for no answer to such requests any more.
    pub(super) fn forget(&mut self, such: impl Fn(&Request) -> bool) {
        self.pending.retain(|_, pending| !such(&pending.request));
    }

    /// Takes the requests whose time for an answer is over.
    pub(super) fn take_overdue(&mut self, now: Timestamp) -> Vec<Pending> {
        let timeout = self.timeout;
        self.pending
            .extract_if(|_, pending| elapsed(pending.sent, now) >= timeout)
            .map(|(_, pending)| pending)
            .collect()
    }

    /// When the next request is overdue.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let sent = self.pending.values().map(|pending| pending.sent).min()?;
        Some(advance(sent, self.timeout))
    }

    /// Whether such a request waits for its answer.
    pub(super) fn has(&self, such: impl Fn(&Request) -> bool) -> bool {
        self.pending.values().any(|pending| such(&pending.request))
    }
}
