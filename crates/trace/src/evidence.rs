//! What a recording says about what the interface leaves open. Lines in, in their order; out, a
//! row for every question, and what has been seen since a step began.

use std::collections::BTreeMap;

use serde_json::Value;

use super::calls::Calls;
use super::entry::{Entry, HttpEntry, SocketEntry, Step, StepEntry, What};
use super::message::{Message, Said, messages, whole};
use super::question::Question;

mod asked;
mod presence;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing that answers it was seen.
    Open,
    /// It is as assumed.
    Confirmed,
    /// It is not.
    Contradicted,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is asked.
    pub question: Question,
    /// What became of it.
    pub verdict: Verdict,
    /// The line of the recording that says so.
    pub line: Option<u64>,
    /// What stands there, in the interface's own words; also where it answers nothing yet.
    pub seen: String,
}

/// What was seen at the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// A call rings, of this `eJournalCallType`.
    Ringing(i64),
    /// A call is connected, of this `eJournalCallType`.
    Connected(i64),
    /// A call is on hold.
    Held,
    /// A call is over.
    Ended,
    /// The flag "in a call", and no call in the list.
    FlagWithoutCall,
    /// The flag of a ProCall Meeting.
    Meeting,
    /// A presence set by hand: `eAbsentState`.
    Manual(i64),
    /// A state of Teams that estos' own integration shows.
    Teams(i64),
    /// Nobody is logged in.
    Offline,
}

/// What a recording says, so far.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    found: BTreeMap<Question, Found>,
    pub(crate) contacts: BTreeMap<String, Contact>,
    pending: BTreeMap<u64, Asked>,
    pub(crate) names_v2: Option<bool>,
    step: Option<Step>,
    pub(crate) since_step: Vec<Seen>,
    life: Life,
    /// The line that told of home servers.
    homes: u64,
}

#[derive(Clone, Debug)]
struct Found {
    verdict: Verdict,
    line: u64,
    seen: String,
}

/// A request of ours that is not answered yet.
#[derive(Clone, Debug)]
struct Asked {
    name: String,
    contact: Option<String>,
    contacts: usize,
}

/// What is known of a contact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contact {
    pub(crate) state: i64,
    pub(crate) calls: Option<Calls>,
    /// Teams shows this, through estos' own integration.
    pub(crate) teams: Option<i64>,
    /// The line in which the flag "in a call" came, and whether a call was seen since.
    pub(crate) flag: Option<(u64, bool)>,
    pub(crate) may_set: Option<bool>,
    /// `stTimeTo` as we wrote it.
    pub(crate) end_written: Option<String>,
    pub(crate) home: Option<String>,
    pub(crate) visible: bool,
}

/// How long the session has gone without a frame of ours.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    open: bool,
    last_out: u64,
    /// The longest silence, in milliseconds, after which the server was heard again.
    longest: u64,
    waiting: u64,
}

/// A silence of ours that says something.
const LONG_SILENCE_MS: u64 = 15_000;

impl Evidence {
    /// What all these lines say.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut evidence = Self::default();
        for entry in entries {
            evidence.take(entry);
        }
        evidence
    }

    /// Takes the next line.
    pub fn take(&mut self, entry: &Entry) {
        match &entry.what {
            What::Http(http) => self.http(http, entry.n),
            What::Socket(socket) => self.socket(socket, entry),
            What::In(frame) => self.heard(frame, entry),
            What::Out(frame) => self.sent(frame, entry),
            What::Step(step) => self.step(*step, entry.n),
            What::Recording(_) | What::Odd(_) | What::Dropped(_) => {}
        }
    }

    /// A row for every question.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let nodes = self.nodes();
        let row = |question: &Question| {
            let own = (*question == Question::OtherNodes)
                .then(|| nodes.clone())
                .flatten();
            let found = own.or_else(|| self.found.get(question).cloned());
            Row {
                question: *question,
                verdict: found.as_ref().map_or(Verdict::Open, |found| found.verdict),
                line: found.as_ref().map(|found| found.line),
                seen: found.map(|found| found.seen).unwrap_or_default(),
            }
        };
        Question::ALL.iter().map(row).collect()
    }

    /// What has been seen since the last step began, each once.
    #[must_use]
    pub fn since_step(&self) -> Vec<Seen> {
        let mut seen = self.since_step.clone();
        let alone = |contact: &Contact| contact.flag.is_some_and(|(_, with_call)| !with_call);
        if self.contacts.values().any(alone) {
            seen.push(Seen::FlagWithoutCall);
        }
        seen
    }

    pub(crate) fn see(&mut self, seen: Seen) {
        if !self.since_step.contains(&seen) {
            self.since_step.push(seen);
        }
    }

    /// A contradiction stays, whatever else is seen; the first line of each is kept.
    pub(crate) fn find(&mut self, question: Question, verdict: Verdict, line: u64, seen: &str) {
        let before = self.found.get(&question).map(|found| found.verdict);
        if before.is_none_or(|before| before < verdict) {
            let seen = seen.to_owned();
            let found = Found {
                verdict,
                line,
                seen,
            };
            self.found.insert(question, found);
        }
    }

    pub(crate) fn confirm(&mut self, question: Question, line: u64, seen: &str) {
        self.find(question, Verdict::Confirmed, line, seen);
    }

    pub(crate) fn contradict(&mut self, question: Question, line: u64, seen: &str) {
        self.find(question, Verdict::Contradicted, line, seen);
    }

    fn http(&mut self, http: &HttpEntry, line: u64) {
        if http.path.ends_with("/ucserverversion") && http.status.is_some() {
            match http.answer.get("ucserverprotocolversion") {
                Some(version) => {
                    self.confirm(Question::ProtocolVersion, line, &version.to_string());
                }
                None if http.status == Some(200) => {
                    self.contradict(Question::ProtocolVersion, line, "-");
                }
                None => {}
            }
        }
        if http.path.ends_with("/createsession") && http.status.is_some() {
            self.log_in(http, line);
        }
    }

    fn log_in(&mut self, http: &HttpEntry, line: u64) {
        if http
            .answer_headers
            .get("date")
            .is_some_and(|date| !date.is_empty())
        {
            self.confirm(Question::DateHeader, line, "Date");
        } else {
            self.contradict(Question::DateHeader, line, "-");
        }
        let id = http.query.get("clientappid").cloned().unwrap_or_default();
        if http.answer.get("sessionid").is_some() {
            self.confirm(Question::ClientAppId, line, &id);
        }
        let code = whole(http.answer.pointer("/error/iErrorDetail"));
        if let Some(code @ (103 | 110 | 112)) = code {
            self.contradict(Question::ClientAppId, line, &format!("{id}: {code}"));
        }
        if let Some(path) = busy_or_redirect(&http.answer, "") {
            self.confirm(Question::BusyOrRedirect, line, &path);
        }
    }

    fn socket(&mut self, socket: &SocketEntry, entry: &Entry) {
        self.pending.clear();
        if !socket.open && self.life.waiting >= LONG_SILENCE_MS {
            let silence = format!("{} s", self.life.waiting / 1_000);
            self.contradict(Question::SessionLife, entry.n, &silence);
        }
        self.life = Life {
            open: socket.open,
            last_out: entry.ms,
            ..Life::default()
        };
        if let Some(tls) = &socket.tls {
            self.confirm(Question::TlsVersion, entry.n, tls);
        }
    }

    fn sent(&mut self, frame: &Value, entry: &Entry) {
        if self.life.open {
            self.life.waiting = entry.ms.saturating_sub(self.life.last_out);
            self.life.last_out = entry.ms;
        }
        for message in messages(frame) {
            if let Said::Invoke { name, argument } = message.said
                && message.id != Message::EVENT
            {
                self.ask(message.id, name, argument);
            }
        }
    }

    fn heard(&mut self, frame: &Value, entry: &Entry) {
        let silence = std::mem::take(&mut self.life.waiting);
        if silence >= LONG_SILENCE_MS && silence > self.life.longest {
            self.life.longest = silence;
            self.confirm(
                Question::SessionLife,
                entry.n,
                &format!("{} s", silence / 1_000),
            );
        }
        for message in messages(frame) {
            match message.said {
                Said::Invoke { name, argument } => self.event(name, argument, entry.n),
                said => self.answer(message.id, &said, entry.n),
            }
        }
    }

    fn step(&mut self, entry: StepEntry, line: u64) {
        let Some(done) = entry.done else {
            self.step = Some(entry.step);
            self.since_step.clear();
            return;
        };
        if done && self.step == Some(entry.step) {
            self.expect(entry.step, line);
        }
        self.step = None;
    }

    /// What a step that was done should have shown.
    fn expect(&mut self, step: Step, line: u64) {
        let question = match step {
            Step::Answer => Question::TapiCall,
            Step::Hold => Question::Hold,
            Step::Softphone => Question::SoftphoneCall,
            Step::AvChat => Question::AvCall,
            Step::Meeting => Question::MeetingFlag,
            Step::Manual => Question::ManualPresence,
            Step::LogOff => Question::LogOff,
            // Without estos' own integration nothing is to be seen.
            Step::Ring | Step::End | Step::TeamsCall => return,
        };
        if !self.found.contains_key(&question) {
            self.contradict(question, line, "-");
        }
    }
}

/// Where "busy" or a redirection stands, as a JSON pointer.
fn busy_or_redirect(value: &Value, path: &str) -> Option<String> {
    const NAMES: [&str; 5] = [
        "ServerBusyTimeout",
        "iServerBusyTimeout",
        "iRetryInSeconds",
        "HomeServer",
        "u8sRedirectTo",
    ];
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let path = format!("{path}/{name}");
            let is_key = name == "key" && value.as_str().is_some_and(|key| NAMES.contains(&key));
            if NAMES.contains(&name.as_str()) || is_key {
                return Some(path);
            }
            busy_or_redirect(value, &path)
        }),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(at, item)| busy_or_redirect(item, &format!("{path}/{at}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
