//! What was asked: counters, the busiest 30 seconds, the last requests, every write.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::fault::On;
use model::clock::elapsed;

/// The window of Microsoft's presence limit.
pub(super) const WINDOW: Duration = Duration::from_secs(30);

/// Writes kept at most; the oldest go first.
const WRITES_KEPT: usize = 200_000;

/// One request as it came, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// When it came, by the machine's clock.
    pub at: Timestamp,
    /// Which call it was; `presences`, `set`, ….
    pub endpoint: &'static str,
    /// The HTTP method.
    pub method: String,
    /// Path and query, as on the wire.
    pub path: String,
    /// The answer's status; 0 = the connection was reset.
    pub status: u16,
    /// The `request-id` that the simulator gave it.
    pub request_id: Uuid,
    /// What the client called it.
    pub client_request_id: Option<String>,
    /// Request headers that belong to the contract: content-type, consistencylevel, prefer.
    pub headers: BTreeMap<String, String>,
    /// The request's body; of the token endpoint only the names of its fields.
    pub body: String,
}

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// The write was a setPresence.
    Set,
    /// The write was a clearPresence.
    Clear,
}

/// One setPresence or clearPresence, accepted or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    /// When, by the machine's clock.
    pub at: Timestamp,
    /// The user's object id as in the path.
    pub entra_id: String,
    /// The user's UPN, where the tenant has the user.
    pub upn: Option<String>,
    /// Whether it set or cleared the session.
    pub verb: Verb,
    /// `availability/activity` of a set.
    pub pair: Option<String>,
    /// The sessionId of the body.
    pub session_id: Option<String>,
    /// expirationDuration of a set, as sent.
    pub expiration: Option<String>,
    /// The answer's status; 0 = the connection was reset.
    pub status: u16,
    /// Whose it is: the same number for the same access token, which each process has of its own.
    pub bearer: u64,
}

/// What was asked since the start, counted by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// All requests, Entra and Graph.
    pub total: u64,
    /// By endpoint and status.
    pub by_endpoint: BTreeMap<&'static str, BTreeMap<u16, u64>>,
    /// The most presence requests in any 30 s.
    pub max_presence_in_30s: usize,
    /// The most requests of any kind in any 30 s.
    pub max_in_30s: usize,
}

#[derive(Debug, Default)]
struct Window {
    times: VecDeque<Timestamp>,
    most: usize,
}

impl Window {
    fn count(&mut self, at: Timestamp) {
        while self
            .times
            .front()
            .is_some_and(|t| elapsed(*t, at) >= WINDOW)
        {
            self.times.pop_front();
        }
        self.times.push_back(at);
        self.most = self.most.max(self.times.len());
    }
}

#[derive(Debug, Default)]
struct Pages {
    counters: Counters,
    all: Window,
    presence: Window,
    last: VecDeque<(Recorded, Bytes)>,
    writes: VecDeque<Write>,
}

/// The journal of one tenant.
#[derive(Debug)]
pub(super) struct Journal {
    keep: usize,
    pages: Mutex<Pages>,
}

impl Journal {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            keep,
            pages: Mutex::default(),
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a request that has been answered.
    pub(super) fn enter(&self, endpoint: On, recorded: Recorded, body: Bytes) {
        let mut pages = self.pages();
        let statuses = pages.counters.by_endpoint.entry(endpoint.as_str());
        *statuses.or_default().entry(recorded.status).or_default() += 1;
        pages.counters.total += 1;
        pages.last.push_back((recorded, body));
        if pages.last.len() > self.keep {
            pages.last.pop_front();
        }
    }

    /// Counts a request at its arrival.
    pub(super) fn arrive(&self, endpoint: On, at: Timestamp) {
        let mut pages = self.pages();
        pages.all.count(at);
        if endpoint.is_presence() {
            pages.presence.count(at);
        }
    }

    /// Enters a write.
    pub(super) fn enter_write(&self, write: Write) {
        let mut pages = self.pages();
        pages.writes.push_back(write);
        if pages.writes.len() > WRITES_KEPT {
            pages.writes.pop_front();
        }
    }

    /// The counters so far.
    pub(super) fn counters(&self) -> Counters {
        let pages = self.pages();
        Counters {
            max_presence_in_30s: pages.presence.most,
            max_in_30s: pages.all.most,
            ..pages.counters.clone()
        }
    }

    /// The last requests, oldest first.
    pub(super) fn last(&self) -> Vec<Recorded> {
        let kept: Vec<_> = self.pages().last.iter().cloned().collect();
        kept.into_iter()
            .map(|(recorded, body)| Recorded {
                body: body_for_reading(recorded.endpoint, &body),
                ..recorded
            })
            .collect()
    }

    /// Every write, oldest first.
    pub(super) fn writes(&self) -> Vec<Write> {
        self.pages().writes.iter().cloned().collect()
    }

    /// Starts counting anew.
    pub(super) fn forget(&self) {
        *self.pages() = Pages::default();
    }
}

/// Secrets stay out of the journal even here: people copy such output into tickets.
fn body_for_reading(endpoint: &str, body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    if endpoint != On::Token.as_str() {
        return text.into_owned();
    }
    let fields = text.split('&').filter_map(|field| field.split('=').next());
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(endpoint: On, journal: &Journal, second: i64, body: &'static str) {
        let at = Timestamp::from_second(second).unwrap();
        journal.arrive(endpoint, at);
        let recorded = Recorded {
            at,
            endpoint: endpoint.as_str(),
            method: "POST".into(),
            path: "/".into(),
            status: 200,
            request_id: Uuid::nil(),
            client_request_id: None,
            headers: BTreeMap::new(),
            body: String::new(),
        };
        journal.enter(endpoint, recorded, Bytes::from_static(body.as_bytes()));
    }

    #[test]
    fn the_busiest_window_is_remembered() {
        let journal = Journal::new(2);
        for second in [0, 10, 29, 30, 100] {
            request(On::Presences, &journal, second, "");
        }
        request(On::Users, &journal, 101, "");
        let counters = journal.counters();
        assert_eq!(counters.max_presence_in_30s, 3);
        assert_eq!(counters.total, 6);
        assert_eq!(counters.by_endpoint["presences"][&200], 5);
        assert_eq!(journal.last().len(), 2);
    }

    #[test]
    fn the_secret_is_not_in_the_journal() {
        let journal = Journal::new(2);
        request(
            On::Token,
            &journal,
            0,
            "grant_type=client_credentials&client_secret=geheim",
        );
        assert_eq!(journal.last()[0].body, "grant_type&client_secret");
    }
}
