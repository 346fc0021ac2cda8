//! How far a recording has been played, and what is said next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use trace::{Said, all_back_to, messages};

use super::presence::presence_at;
use super::script::{HttpAnswer, Script, Told, about, subscribes};
use model::clock::{advance, elapsed};

/// `iErrorDetail`: internal error.
const INTERNAL: i64 = 100;

/// A recording being played.
#[derive(Debug)]
pub(super) struct Stage {
    script: Arc<Script>,
    /// When the first subscription was answered here.
    began: Option<Timestamp>,
    log_ins: usize,
    /// How many answers of an operation were given.
    given: BTreeMap<String, usize>,
    sessions: BTreeSet<String>,
}

impl Stage {
    pub(super) const fn new(script: Arc<Script>) -> Self {
        Self {
            script,
            began: None,
            log_ins: 0,
            given: BTreeMap::new(),
            sessions: BTreeSet::new(),
        }
    }

    /// The answer to the question for the version; a UCServer of today where the line is missing.
    pub(super) fn version(&self) -> HttpAnswer {
        let default = || HttpAnswer {
            status: 200,
            body: json!({"ucserverprotocolversion": 70}),
            offers: None,
        };
        self.script.version.clone().unwrap_or_else(default)
    }

    /// The next answer to a log-in, the last one again and again. A session is one of ours.
    pub(super) fn log_in(&mut self) -> HttpAnswer {
        let last = self.script.log_ins.len().saturating_sub(1);
        let recorded = self.script.log_ins.get(self.log_ins.min(last)).cloned();
        self.log_ins += 1;
        let mut answer = recorded.unwrap_or_else(|| HttpAnswer {
            status: 200,
            body: json!({"sessionid": ""}),
            offers: None,
        });
        if let Some(id) = answer.body.get_mut("sessionid") {
            let session = uuid::Uuid::new_v4().simple().to_string();
            *id = session.clone().into();
            self.sessions.insert(session);
        }
        answer
    }

    pub(super) fn has(&self, session: &str) -> bool {
        self.sessions.contains(session)
    }

    pub(super) fn end(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    /// The message that answers a request.
    pub(super) fn answer(
        &mut self,
        id: u64,
        name: &str,
        argument: &Value,
        subscribed: &mut FxHashSet<String>,
        now: Timestamp,
    ) -> Value {
        let mut message = if subscribes(name) && self.shows(name) {
            self.subscribe(argument, subscribed, now)
        } else {
            self.recorded(name, argument)
        };
        all_back_to(&mut message, self.origin(now));
        with_id(message, id)
    }

    /// Whether a subscription by this name ever worked.
    fn shows(&self, name: &str) -> bool {
        let answers = self.script.answers.get(name);
        let mut said = answers
            .into_iter()
            .flatten()
            .flat_map(|one| messages(&one.message));
        said.any(|message| matches!(message.said, Said::Result(_)))
    }

    fn subscribe(
        &mut self,
        argument: &Value,
        subscribed: &mut FxHashSet<String>,
        now: Timestamp,
    ) -> Value {
        let began = *self.began.get_or_insert(now);
        let at = self.script.begins + millis(elapsed(began, now));
        let wanted = argument.get("seqContactIDs").and_then(Value::as_array);
        let wanted = wanted.into_iter().flatten().filter_map(Value::as_str);
        let mut shown = Vec::new();
        for contact in wanted.map(str::to_lowercase) {
            if let Some(presence) = presence_at(&self.script, &contact, at) {
                shown.push(presence);
                subscribed.insert(contact);
            }
        }
        let result = json!({"resultValue": 0, "result": {"seqSubscribedPresence": shown}});
        json!({"result": {"invokeID": 0, "result": result}})
    }

    /// The next recorded answer, about the same contact where there is one. What was never asked
    /// fails: an operation that is not known would make the server an older one.
    fn recorded(&mut self, name: &str, argument: &Value) -> Value {
        let about = about(argument);
        let Some(answers) = self.script.answers.get(name) else {
            return json!({"error": {"invokedID": 0, "error_value": 1, "error": {
                "_type": "AsnRequestError", "iErrorDetail": INTERNAL,
                "u8sErrorString": "not in the recording"}}});
        };
        let same: Vec<_> = answers.iter().filter(|one| one.contact == about).collect();
        let key = format!("{name} {}", about.unwrap_or_default());
        let given = self.given.entry(key).or_default();
        let turn = *given;
        *given += 1;
        let last = same.last().copied().or_else(|| answers.last());
        let next = same.get(turn).copied().or(last);
        next.map(|one| one.message.clone()).unwrap_or_default()
    }

    /// When the recording would have begun.
    fn origin(&self, now: Timestamp) -> Timestamp {
        let before = SignedDuration::from_millis(i64::try_from(self.script.begins).unwrap_or(0));
        let began = self.began.unwrap_or(now);
        began.checked_sub(before).unwrap_or(began)
    }

    /// When the event at this place is due, and nothing where there is none or nobody has
    /// subscribed yet.
    pub(super) fn due(&self, at: usize) -> Option<Timestamp> {
        let told = self.script.told.get(at)?;
        let after = told.ms.saturating_sub(self.script.begins);
        Some(advance(self.began?, Duration::from_millis(after)))
    }

    /// The first event that is not past, for a client that has just come.
    pub(super) fn first_event(&self, now: Timestamp) -> usize {
        let all = self.script.told.len();
        let is_past = |at: &usize| self.due(*at).is_some_and(|due| due < now);
        (0..all).find(|at| !is_past(at)).unwrap_or(all)
    }

    /// The event at this place, for a client that has subscribed these.
    pub(super) fn event(
        &self,
        at: usize,
        subscribed: &FxHashSet<String>,
        now: Timestamp,
    ) -> Option<Value> {
        let Told {
            contact, message, ..
        } = self.script.told.get(at)?;
        if contact
            .as_ref()
            .is_some_and(|contact| !subscribed.contains(contact))
        {
            return None;
        }
        let mut message = message.clone();
        all_back_to(&mut message, self.origin(now));
        Some(message)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The client's own invoke id, in every place where one may stand.
fn with_id(mut message: Value, id: u64) -> Value {
    let places = [
        "/result/invokeID",
        "/result/invokedID",
        "/error/invokedID",
        "/error/invokeID",
        "/reject/invokedID/invokedID",
        "/reject/invokedID/invokeID",
    ];
    for place in places {
        if let Some(known) = message.pointer_mut(place) {
            *known = id.into();
        }
    }
    for place in ["/reject/invokedID", "/reject/invokeID"] {
        if let Some(known) = message
            .pointer_mut(place)
            .filter(|known| !known.is_object())
        {
            *known = id.into();
        }
    }
    message
}

#[cfg(test)]
mod tests;
