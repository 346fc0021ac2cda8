//! From the tap to lines: whatever comes is redacted here, in the call that brings it, before it
//! gets to any queue.

use std::collections::BTreeMap;
use std::fmt::{Debug, Formatter};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::FORMAT;
use super::entry::{
    Entry, HttpEntry, Odd, OddKind, RecordingHeader, SocketEntry, Step, StepEntry, What,
};
use super::evidence::{Evidence, Row, Seen};
use super::message::Direction;
use super::redactor::{DROPPED, Redactor};
use super::tap::{HttpExchange, Tap};
use model::clock::{Clock, elapsed};

/// A line as it goes to the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub n: u64,
    /// Milliseconds since the beginning.
    pub ms: u64,
    /// The line, with its line feed.
    pub text: String,
}

impl Line {
    /// In place of lines that were lost before this one.
    #[must_use]
    pub fn for_lost(n: u64, ms: u64, lost: u64) -> Self {
        let what = What::Dropped(lost);
        Self::of(&Entry { n, ms, what }).unwrap_or(Self {
            n,
            ms,
            text: String::new(),
        })
    }

    /// A tree of JSON has no key that is no text: this cannot fail.
    fn of(entry: &Entry) -> Option<Self> {
        let mut text = serde_json::to_string(entry).ok()?;
        text.push('\n');
        let (n, ms) = (entry.n, entry.ms);
        Some(Self { n, ms, text })
    }
}

/// Redacts, numbers, and hands on.
pub struct Recorder {
    clock: Arc<dyn Clock>,
    began: Timestamp,
    state: Mutex<State>,
    /// Must not wait.
    write: Box<dyn Fn(Line) + Send + Sync>,
}

struct State {
    redactor: Redactor,
    evidence: Evidence,
    lines: u64,
}

impl Debug for Recorder {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

/// Values of a query that say nothing about anybody.
const PLAIN_QUERY: [&str; 2] = ["clientappid", "format"];
/// Our headers whose value says nothing about anybody.
const PLAIN_HEADERS: [&str; 2] = ["x-no401", "x-simple"];
/// What UCWeb may offer; the rest of such a header is left out.
const SCHEMES: [&str; 5] = ["Basic", "Negotiate", "NTLM", "Bearer", "Digest"];

impl Recorder {
    /// Begins a recording; `program` is the version of lampfield. `write` takes every line and
    /// must not wait.
    pub fn begin(
        program: &str,
        clock: Arc<dyn Clock>,
        redactor: Redactor,
        write: impl Fn(Line) + Send + Sync + 'static,
    ) -> Self {
        let recorder = Self {
            began: clock.now(),
            clock,
            state: Mutex::new(State {
                redactor,
                evidence: Evidence::default(),
                lines: 0,
            }),
            write: Box::new(write),
        };
        let header = RecordingHeader {
            format: FORMAT,
            program: program.to_owned(),
        };
        recorder.put(&mut recorder.lock(), What::Recording(header));
        recorder
    }

    /// A step begins, or (`done`) was done or left out.
    pub fn step(&self, step: Step, done: Option<bool>) {
        self.put(&mut self.lock(), What::Step(StepEntry { step, done }));
    }

    /// What it settles so far.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.lock().evidence.rows()
    }

    /// What has been seen since the last step began.
    #[must_use]
    pub fn since_step(&self) -> Vec<Seen> {
        self.lock().evidence.since_step()
    }

    /// The pseudonym of a text, as it stands in this recording.
    #[must_use]
    pub fn pseudonym(&self, text: &str) -> String {
        self.lock().redactor.text(text)
    }

    /// How many lines there are.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lock().lines
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, state: &mut State, what: What) {
        state.lines += 1;
        let ms = elapsed(self.began, self.clock.now()).as_millis();
        let entry = Entry {
            n: state.lines,
            ms: u64::try_from(ms).unwrap_or(u64::MAX),
            what,
        };
        state.evidence.take(&entry);
        if let Some(line) = Line::of(&entry) {
            (self.write)(line);
        }
    }
}

impl Tap for Recorder {
    fn exchange(&self, exchange: &HttpExchange<'_>) {
        let mut state = self.lock();
        let redacted = http(&mut state.redactor, exchange);
        self.put(&mut state, What::Http(redacted));
    }

    fn opened(&self, tls: Option<(&str, &str)>) {
        let tls = tls.map(|(version, cipher)| format!("{} {}", plain(version), plain(cipher)));
        let opened = SocketEntry { open: true, tls };
        self.put(&mut self.lock(), What::Socket(opened));
    }

    fn closed(&self) {
        let closed = SocketEntry {
            open: false,
            tls: None,
        };
        self.put(&mut self.lock(), What::Socket(closed));
    }

    fn frame(&self, direction: Direction, frame: &[u8]) {
        let mut state = self.lock();
        let Some(tree) =
            json::read::<Value>(frame).filter(|tree| tree.is_object() || tree.is_array())
        else {
            return self.put(&mut state, odd(frame));
        };
        let redacted = state.redactor.message(&tree);
        let what = match direction {
            Direction::In => What::In(redacted),
            Direction::Out => What::Out(redacted),
        };
        self.put(&mut state, what);
    }
}

fn odd(frame: &[u8]) -> What {
    let kind = if std::str::from_utf8(frame).is_ok() {
        OddKind::Text
    } else {
        OddKind::Binary
    };
    What::Odd(Odd {
        kind,
        bytes: frame.len(),
    })
}

fn http(redactor: &mut Redactor, exchange: &HttpExchange<'_>) -> HttpEntry {
    HttpEntry {
        method: exchange.method.to_owned(),
        path: exchange.path.to_owned(),
        query: named(exchange.query, query_value),
        headers: named(exchange.headers, header_value),
        request: exchange
            .request
            .map_or(Value::Null, |body| redactor.message(body)),
        status: exchange.status,
        answer_headers: answer_headers(redactor, exchange.answer_headers),
        answer: redactor.message(&json::tree(exchange.answer)),
    }
}

fn named(pairs: &[(&str, &str)], value: fn(&str, &str) -> String) -> BTreeMap<String, String> {
    let lower = |name: &str| name.to_ascii_lowercase();
    let pairs = pairs
        .iter()
        .map(|(name, text)| (lower(name), value(&lower(name), text)));
    pairs.collect()
}

fn query_value(name: &str, value: &str) -> String {
    if PLAIN_QUERY.contains(&name) || is_local(name, value) {
        return plain(value);
    }
    DROPPED.to_owned()
}

fn header_value(name: &str, value: &str) -> String {
    if PLAIN_HEADERS.contains(&name) || is_local(name, value) {
        return plain(value);
    }
    if name == "authorization" {
        return schemes(value);
    }
    DROPPED.to_owned()
}

/// Another name of a UCServer is the name of a company.
fn is_local(name: &str, value: &str) -> bool {
    matches!(name, "ucsid" | "x-ucsid") && value == "local"
}

/// Ours, or a constant of a library; should it be anything else, it is cut to what cannot matter.
fn plain(value: &str) -> String {
    let harmless = value
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c));
    harmless.take(48).collect()
}

fn schemes(value: &str) -> String {
    let words: Vec<_> = value.split([' ', ',']).collect();
    let offered = SCHEMES.into_iter().filter(|scheme| {
        let same = |word: &&str| word.eq_ignore_ascii_case(scheme);
        words.iter().any(same)
    });
    offered.collect::<Vec<_>>().join(", ")
}

fn answer_headers(redactor: &Redactor, headers: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let value = match name.as_str() {
            "date" => date(redactor, value),
            "www-authenticate" => schemes(value),
            _ => continue,
        };
        kept.insert(name, value);
    }
    kept
}

/// The time of an answer, as the recording tells times; empty where it is none.
fn date(redactor: &Redactor, value: &str) -> String {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value.trim());
    let moved = parsed
        .ok()
        .and_then(|at| redactor.time(&format!("{at:.0}")));
    moved.unwrap_or_default()
}
