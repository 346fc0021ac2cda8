//! The simulated telephone side of ProCall: who is on the phone.
//!
//! Everything goes through [`Pbx::tell`]; listeners ([`Pbx::subscribe`]) get every event, late
//! comers ask for what lasts ([`Pbx::calls`]). calls.jsonl is one such listener; a simulated
//! UCServer can be another.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::broadcast;

use super::script::{PbxKind, PbxState};
use super::tenant::Person;
use files::OpenRules;

/// Events that a slow listener may fall behind before it loses some.
const BACKLOG: usize = 4_096;

/// Nobody in these files exists: whoever tries lampfield against them may read them.
const MODE: u32 = 0o644;

/// Something happened on the phone, or a presence was chosen by hand in ProCall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PbxEvent {
    /// When it happened, by the tenant's clock.
    pub at: Timestamp,
    /// ProCall's user name.
    pub user_name: String,
    /// The same for all events of one call; unique in this tenant.
    pub call_id: u64,
    /// The kind of call, or a presence set by hand.
    pub kind: PbxKind,
    /// Where it stands.
    pub state: PbxState,
}

#[derive(Debug, Default)]
struct Calls {
    /// What lasts, by user and kind: a phone has one call at a time here.
    lasting: BTreeMap<(String, PbxKind), PbxEvent>,
    next_id: u64,
    file: Option<File>,
}

/// The telephone side of one tenant.
#[derive(Debug)]
pub(super) struct Pbx {
    events: broadcast::Sender<PbxEvent>,
    calls: Mutex<Calls>,
}

impl Pbx {
    /// A telephone side that writes `calls_file`, anew: the calls of an earlier tenant are over.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub(super) fn new(calls_file: &Path) -> std::io::Result<Self> {
        let file = OpenRules::ours(calls_file).mode(MODE).replace(b"")?;
        Ok(Self {
            events: broadcast::Sender::new(BACKLOG),
            calls: Mutex::new(Calls {
                file: Some(file),
                ..Calls::default()
            }),
        })
    }

    /// Every event from now on.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<PbxEvent> {
        self.events.subscribe()
    }

    /// The calls that ring or last right now.
    pub(super) fn calls(&self) -> Vec<PbxEvent> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.lasting.values().cloned().collect()
    }

    /// It happened: in the file, in the state, and told to everybody who listens.
    ///
    /// # Errors
    /// When calls.jsonl cannot be written; listeners have been told nevertheless.
    pub(super) fn tell(
        &self,
        user_name: &str,
        kind: PbxKind,
        state: PbxState,
        at: Timestamp,
    ) -> std::io::Result<PbxEvent> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let event = calls.change(user_name, kind, state, at);
        // Nobody listening is no fault.
        let _ = self.events.send(event.clone());
        calls.write(&event)?;
        Ok(event)
    }
}

impl Calls {
    fn change(
        &mut self,
        user_name: &str,
        kind: PbxKind,
        state: PbxState,
        at: Timestamp,
    ) -> PbxEvent {
        let key = (user_name.to_owned(), kind);
        let call_id = self.lasting.get(&key).map_or(self.next_id, |c| c.call_id);
        if call_id == self.next_id {
            self.next_id += 1;
        }
        let event = PbxEvent {
            at,
            user_name: user_name.to_owned(),
            call_id,
            kind,
            state,
        };
        match state {
            PbxState::Ringing | PbxState::Connected => {
                self.lasting.insert(key, event.clone());
            }
            _ => {
                self.lasting.remove(&key);
            }
        }
        event
    }

    /// One write per line, so that nobody ever reads half a line.
    fn write(&mut self, event: &PbxEvent) -> std::io::Result<()> {
        #[derive(Serialize)]
        struct Line<'a> {
            user_name: &'a str,
            kind: PbxKind,
            state: PbxState,
        }
        let line = Line {
            user_name: &event.user_name,
            kind: event.kind,
            state: event.state,
        };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        match &mut self.file {
            Some(file) => file.write_all(text.as_bytes()),
            None => Ok(()),
        }
    }
}

/// Writes users.csv.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_users(path: &Path, people: &[Person]) -> Result<(), csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["user_name", "display_name", "phone", "excluded"])?;
    for person in people {
        let excluded = if person.excluded { "true" } else { "false" };
        file.write_record([
            &*person.user_name,
            &*person.display_name,
            &*person.phone,
            excluded,
        ])?;
    }
    let bytes = file.into_inner().map_err(csv::IntoInnerError::into_error)?;
    let written = OpenRules::ours(path).mode(MODE).replace(&bytes);
    written.map_err(std::io::Error::from)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_written_and_remembered_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let pbx = Pbx::new(&path).unwrap();
        let mut events = pbx.subscribe();
        let tell = |kind, state| {
            pbx.tell("anna@x", kind, state, Timestamp::UNIX_EPOCH)
                .unwrap()
        };
        let ringing = tell(PbxKind::Tapi, PbxState::Ringing);
        let talking = tell(PbxKind::Tapi, PbxState::Connected);
        let chat = tell(PbxKind::AvChat, PbxState::Connected);
        assert_eq!(ringing.call_id, talking.call_id);
        assert_ne!(talking.call_id, chat.call_id);
        assert_eq!(pbx.calls().len(), 2);
        tell(PbxKind::Tapi, PbxState::Ended);
        assert_eq!(pbx.calls(), [chat]);
        assert_eq!(events.try_recv().unwrap(), ringing);
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            text.lines().next().unwrap(),
            r#"{"user_name":"anna@x","kind":"tapi","state":"ringing"}"#
        );
        assert_eq!(text.lines().count(), 4);
    }
}
