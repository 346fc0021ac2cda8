//! A presence of a contact, and what it settles.

use jiff::Timestamp;
use serde_json::Value;

use super::super::calls::{Call, Calls, Known, Shape, holds_changes};
use super::super::entry::Step;
use super::super::message::whole;
use super::super::question::Question;
use super::{Contact, Evidence, Seen};

const CALL: i64 = 0x0400_0000;
const CONFERENCING: i64 = 0x0002_0000;
const OFFLINE: i64 = 0x0800_0000;
/// The state proper, and every flag that the interface knows.
const KNOWN_BITS: i64 = 0xFF | 0x00FF_0000 | 0x7F00_0000;
const STATE: i64 = 0xFF;
const LARGEST_STATE: i64 = 7;
const MAY_SET: i64 = 2048;

/// What a call of a list has become.
struct Change {
    before: Option<Known>,
    now: Known,
}

impl Evidence {
    pub(super) fn event(&mut self, name: &str, argument: &Value, line: u64) {
        if matches!(name, "asnUpdatePresenceV2" | "asnUpdatePresence")
            && let Some(presence) = argument.get("presence")
        {
            self.presence(presence, line, Some(name));
        }
    }

    /// Takes a presence over: all of it from a subscription, what changed from an event.
    pub(super) fn presence(&mut self, presence: &Value, line: u64, event: Option<&str>) {
        let id = ["u8sContactId", "u8sContactID"];
        let id = id.iter().find_map(|name| presence.get(*name)?.as_str());
        let Some(id) = id else { return };
        let mut contact = self.contacts.remove(id).unwrap_or_default();
        contact.visible = true;
        if let Some(features) = whole(presence.get("iContactFeatureSet")) {
            contact.may_set = Some(features & MAY_SET != 0);
        }
        let state = whole(presence.get("iPresenceState"));
        if let Some(absent) = presence.get("asnAbsentState") {
            self.absent(&mut contact, absent, line);
        }
        if let Some(list) = presence.get("seqCalls").and_then(Value::as_array) {
            let flag = state.unwrap_or(contact.state) & CALL != 0;
            self.calls(&mut contact, list, flag, line, event);
        }
        if let Some(state) = state {
            self.state(&mut contact, state, line, event.is_some());
        }
        self.appointments(presence, line);
        self.contacts.insert(id.to_owned(), contact);
    }

    fn state(&mut self, contact: &mut Contact, state: i64, line: u64, is_event: bool) {
        let rose = |bit: i64| state & bit != 0 && contact.state & bit == 0;
        if rose(CONFERENCING) {
            self.see(Seen::Meeting);
            self.confirm(Question::MeetingFlag, line, "iPresenceState & 131072");
        }
        if rose(OFFLINE) && is_event {
            self.see(Seen::Offline);
            self.confirm(Question::LogOff, line, "iPresenceState & 134217728");
        }
        contact.state = state;
        self.flag(contact, line);
    }

    /// The flag "in a call", and whether a call goes with it.
    fn flag(&mut self, contact: &mut Contact, line: u64) {
        let talks = contact
            .calls
            .iter()
            .flat_map(Calls::values)
            .any(|call| call.lasts());
        let is_set = contact.state & CALL != 0;
        match (is_set, &mut contact.flag) {
            (true, Some((_, with_call))) => *with_call |= talks,
            (true, none) => *none = Some((line, talks)),
            (false, flag) => {
                if let Some((since, with_call)) = flag.take() {
                    self.settle_flag(contact, since, with_call);
                }
            }
        }
        if is_set && talks {
            self.confirm(Question::CallsInList, line, "eCALL, seqCalls");
        }
        if is_set && !talks && teams_calls(contact) {
            self.confirm(Question::TeamsCallFlag, line, "eCALL, iState");
        }
    }

    /// It is over: was there ever a call? Where no list was ever shown, a right is missing.
    fn settle_flag(&mut self, contact: &Contact, since: u64, with_call: bool) {
        if with_call || contact.calls.is_none() {
            return;
        }
        if self.step == Some(Step::TeamsCall) {
            self.confirm(Question::TeamsCallFlag, since, "eCALL");
        } else if contact.teams.is_none() {
            self.contradict(Question::CallsInList, since, "eCALL");
        }
    }

    fn calls(
        &mut self,
        contact: &mut Contact,
        list: &[Value],
        flag: bool,
        line: u64,
        event: Option<&str>,
    ) {
        let list: Vec<_> = list.iter().map(Call::read).collect();
        let known = contact.calls.get_or_insert_default();
        if event.is_some() {
            self.kind_of_list(known, &list, flag, line);
        } else {
            known.clear();
        }
        let mut changes = Vec::new();
        for call in &list {
            self.shape(call, event, line);
            self.action(known, call, event, line);
            changes.extend(merge(known, call));
        }
        let talks = known.values().any(|call| call.lasts());
        if let Some((_, with_call)) = &mut contact.flag {
            *with_call |= talks;
        }
        for change in changes {
            self.call(&change, line);
        }
        self.flag(contact, line);
    }

    fn kind_of_list(&mut self, known: &Calls, list: &[Call], flag: bool, line: u64) {
        match holds_changes(known, list, flag) {
            Some(true) => self.confirm(Question::CallUpdates, line, "seqCalls"),
            Some(false) => self.contradict(Question::CallUpdates, line, "seqCalls"),
            None => {}
        }
    }

    /// Which kind of server this is: by its names, and by how its calls are shaped.
    fn shape(&mut self, call: &Call, event: Option<&str>, line: u64) {
        let names = if self.names_v2 == Some(false) {
            "V1"
        } else {
            "V2"
        };
        let through = event.unwrap_or("asnGetAndSubscribePresence");
        match call.shape {
            Some(Shape::V2) if names == "V2" => {
                self.confirm(
                    Question::ServerKind,
                    line,
                    &format!("V2: {through}, eCallState"),
                );
            }
            Some(Shape::V1) if names == "V1" => {
                self.confirm(
                    Question::ServerKind,
                    line,
                    &format!("V1: {through}, iCallState"),
                );
            }
            Some(shape) => {
                let state = if shape == Shape::V1 {
                    "iCallState"
                } else {
                    "eCallState"
                };
                self.confirm(
                    Question::ServerKind,
                    line,
                    &format!("mixed: {through}, {state}"),
                );
            }
            None => self.contradict(Question::ServerKind, line, through),
        }
    }

    /// Added 0, changed 1, deleted 2: only where the call itself leaves no doubt.
    fn action(&mut self, known: &Calls, call: &Call, event: Option<&str>, line: u64) {
        let (Some(action), Some(state), true) = (call.action, call.state, event.is_some()) else {
            return;
        };
        let expected = match (known.contains_key(&call.key), state) {
            (_, 1) => 2,
            (false, 2 | 4) => 0,
            (true, 32 | 128) => 1,
            _ => return,
        };
        let seen = format!("{action}: {state}");
        if action == expected {
            self.confirm(Question::ActionValues, line, &seen);
        } else {
            self.contradict(Question::ActionValues, line, &seen);
        }
    }

    fn call(&mut self, change: &Change, line: u64) {
        let Change { before, now } = *change;
        if before.is_some_and(|before| before.state == now.state) {
            return;
        }
        if now.rings() {
            self.see(Seen::Ringing(now.journal));
        } else if now.is_over() {
            self.see(Seen::Ended);
        } else if now.state == 128 {
            self.see(Seen::Held);
            self.confirm(Question::Hold, line, "eCallState 128");
        } else if now.lasts() {
            self.see(Seen::Connected(now.journal));
        }
        if now.lasts() {
            self.kind(now.journal, line);
        }
    }

    fn kind(&mut self, journal: i64, line: u64) {
        let question = match journal {
            0 => Question::TapiCall,
            7 => Question::SoftphoneCall,
            1..=3 => Question::AvCall,
            _ => return,
        };
        self.confirm(question, line, &format!("eJournalCallType {journal}"));
    }

    fn absent(&mut self, contact: &mut Contact, absent: &Value, line: u64) {
        let new = whole(absent.get("eAbsentState"));
        let state = new
            .or_else(|| whole(absent.get("iAbsentState")))
            .unwrap_or(0);
        if !matches!(state, 0 | 4) {
            self.see(Seen::Manual(state));
            self.confirm(
                Question::ManualPresence,
                line,
                &format!("eAbsentState {state}"),
            );
            self.end(contact, absent, line);
        }
        self.times(absent, &["stTimeFrom", "stTimeTo"], line);
        let external = absent
            .get("externalPresenceStates")
            .and_then(Value::as_array);
        if let Some(external) = external {
            let teams = |one: &&Value| whole(one.get("eType")).unwrap_or(0) == 0;
            let state = external
                .iter()
                .find(teams)
                .and_then(|one| whole(one.get("iState")));
            contact.teams = state;
            if let Some(state) = state {
                self.see(Seen::Teams(state));
                self.coding(state, line);
            }
        }
    }

    /// Whether the number can be one of `iPresenceState`, and is more than an enumeration.
    fn coding(&mut self, state: i64, line: u64) {
        let is_one = state & !KNOWN_BITS == 0 && state & STATE <= LARGEST_STATE;
        let seen = format!("iState {state}");
        if !is_one {
            self.contradict(Question::ExternalState, line, &seen);
        } else if state > STATE {
            self.confirm(Question::ExternalState, line, &seen);
        }
    }

    /// Whether the end of a presence that we have set is the one that we wrote.
    fn end(&mut self, contact: &mut Contact, absent: &Value, line: u64) {
        let Some(written) = &contact.end_written else {
            return;
        };
        let shown = absent.get("stTimeTo").and_then(Value::as_str);
        let (Some(shown), Ok(written)) = (shown.and_then(at), written.parse::<Timestamp>()) else {
            return;
        };
        let apart = shown.duration_since(written).abs();
        let seen = format!("{} ms", apart.as_millis());
        if apart.as_secs() <= 1 {
            self.confirm(Question::EndAsWritten, line, &seen);
        } else {
            self.contradict(Question::EndAsWritten, line, &seen);
        }
    }

    fn times(&mut self, of: &Value, names: &[&str], line: u64) {
        for name in names {
            match of.get(*name) {
                Some(Value::String(text)) if !text.is_empty() => {
                    self.confirm(Question::Times, line, name);
                }
                Some(Value::Number(_)) => self.contradict(Question::Times, line, name),
                _ => {}
            }
        }
    }

    fn appointments(&mut self, presence: &Value, line: u64) {
        let list = presence
            .get("seqActualAppointments")
            .and_then(Value::as_array);
        for appointment in list.into_iter().flatten() {
            self.times(appointment, &["stStart", "stEnd"], line);
        }
    }
}

fn at(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Whether Teams itself is busy, as far as anybody knows its coding.
fn teams_calls(contact: &Contact) -> bool {
    contact
        .teams
        .is_some_and(|state| state & CALL != 0 || matches!(state & STATE, 2 | 4))
}

fn merge(known: &mut Calls, call: &Call) -> Option<Change> {
    let before = known.get(&call.key).copied();
    let was = before.unwrap_or_default();
    let now = Known {
        state: call.state.unwrap_or(was.state),
        journal: call.journal.unwrap_or(was.journal),
    };
    if now.is_over() {
        known.remove(&call.key)?;
    } else {
        known.insert(call.key.clone(), now);
    }
    Some(Change { before, now })
}
