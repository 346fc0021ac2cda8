//! What was said, by what it answers.

use std::collections::BTreeMap;

use serde_json::Value;
use trace::{Entry, HttpEntry, Message, Said, What, messages};

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) body: Value,
    /// `WWW-Authenticate`.
    pub(super) offers: Option<String>,
}

/// A request, and the message that answered it.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    /// Whom it was about, where it was about one contact.
    pub(super) contact: Option<String>,
    /// The whole message, with the id of the recording.
    pub(super) message: Value,
}

/// A message that nobody had asked for.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Milliseconds since the recording began.
    pub(super) ms: u64,
    /// Whom it is about, where it is a presence.
    pub(super) contact: Option<String>,
    pub(super) message: Value,
}

/// A recording, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub(super) version: Option<HttpAnswer>,
    pub(super) log_ins: Vec<HttpAnswer>,
    /// By the name of the operation, in their order.
    pub(super) answers: BTreeMap<String, Vec<Answered>>,
    /// By contact: when it was shown as a whole, and how.
    pub(super) shown: BTreeMap<String, Vec<(u64, Value)>>,
    pub(super) told: Vec<Told>,
    /// When the first subscription was answered, in milliseconds since the recording began.
    pub(super) begins: u64,
}

/// What subscribes presences, by both names.
pub(super) fn subscribes(name: &str) -> bool {
    matches!(
        name,
        "asnGetAndSubscribePresenceV2" | "asnGetAndSubscribePresence"
    )
}

impl Script {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut script = Self::default();
        let mut pending = BTreeMap::new();
        for entry in entries {
            match &entry.what {
                What::Http(http) => script.http(http),
                What::Socket(_) => pending.clear(),
                What::Out(frame) => ask(&mut pending, frame),
                What::In(frame) => script.heard(&mut pending, frame, entry.ms),
                _ => {}
            }
        }
        script
    }

    fn http(&mut self, http: &HttpEntry) {
        let Some(status) = http.status.filter(|status| (200..600).contains(status)) else {
            return;
        };
        let answer = HttpAnswer {
            status,
            body: http.answer.clone(),
            offers: http.answer_headers.get("www-authenticate").cloned(),
        };
        if http.path.ends_with("/ucserverversion") {
            self.version.get_or_insert(answer);
        } else if http.path.ends_with("/createsession") {
            self.log_ins.push(answer);
        }
    }

    fn heard(&mut self, pending: &mut Pending, frame: &Value, ms: u64) {
        let whole = match frame {
            Value::Array(items) => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        for one in whole {
            let Some(message) = messages(one).next() else {
                continue;
            };
            match message.said {
                Said::Invoke { argument, .. } => self.told.push(Told {
                    ms,
                    contact: argument.get("presence").and_then(contact),
                    message: one.clone(),
                }),
                said => {
                    if let Some((name, contact)) = pending.remove(&message.id) {
                        self.answered(name, contact, one, &said, ms);
                    }
                }
            }
        }
    }

    fn answered(
        &mut self,
        name: String,
        contact: Option<String>,
        message: &Value,
        said: &Said<'_>,
        ms: u64,
    ) {
        if let Said::Result(result) = said
            && subscribes(&name)
        {
            self.show(result, ms);
        }
        let message = message.clone();
        let answered = Answered { contact, message };
        self.answers.entry(name).or_default().push(answered);
    }

    fn show(&mut self, result: &Value, ms: u64) {
        if self.shown.is_empty() {
            self.begins = ms;
        }
        let list = result
            .get("seqSubscribedPresence")
            .and_then(Value::as_array);
        for presence in list.into_iter().flatten() {
            if let Some(contact) = contact(presence) {
                let shown = self.shown.entry(contact).or_default();
                shown.push((ms, presence.clone()));
            }
        }
    }
}

/// By invoke id: the operation, and the contact where there is one.
type Pending = BTreeMap<u64, (String, Option<String>)>;

fn ask(pending: &mut Pending, frame: &Value) {
    for message in messages(frame) {
        if let Said::Invoke { name, argument } = message.said
            && message.id != Message::EVENT
        {
            pending.insert(message.id, (name.to_owned(), about(argument)));
        }
    }
}

/// Whom a request is about.
pub(super) fn about(argument: &Value) -> Option<String> {
    let places = ["/absentstate/u8sContactId", "/u8sContactId", "/contactId"];
    let found = places
        .iter()
        .find_map(|place| argument.pointer(place)?.as_str());
    found.map(str::to_lowercase)
}

/// The contact of a presence, as it is looked up.
pub(super) fn contact(presence: &Value) -> Option<String> {
    let names = ["u8sContactId", "u8sContactID"];
    let id = names.iter().find_map(|name| presence.get(*name)?.as_str());
    id.filter(|id| !id.is_empty()).map(str::to_lowercase)
}
