//! The lines of the journal. Pure.
//!
//! `{"client":"..."}` says whose the following leases are, `{"put":{...}}` keeps one,
//! `{"remove":"..."}` forgets one, `{"sent":{...}}` says that requests went out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Opening;
use super::sent::{Sent, SentLately};
use crate::event::LedgerEntry;
use files::decode;
use model::presence::{EntraId, UserName};

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Client(&'a str),
    Put(&'a LedgerEntry),
    Remove(EntraId),
    Sent(Sent),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OwnedLine {
    Client(String),
    Put(LedgerEntry),
    Remove(EntraId),
    Sent(Sent),
}

/// What a journal says.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) entries: BTreeMap<EntraId, LedgerEntry>,
    pub(super) sent: SentLately,
    pub(super) opening: Opening,
}

/// Reads a journal, whatever a crash left of it.
pub(super) fn read(bytes: &[u8], client_id: &str) -> Read {
    let mut read = Read::default();
    let mut ours = true;
    // Somebody may have looked into it with an editor of Windows and saved it; a power loss leaves
    // NULs.
    let text = decode(bytes);
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if line.is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(OwnedLine::Client(client)) => ours = client.eq_ignore_ascii_case(client_id),
            Ok(OwnedLine::Put(_)) if !ours => read.opening.foreign += 1,
            Ok(OwnedLine::Put(entry)) => {
                read.entries.insert(entry.entra_id, harmless(entry));
            }
            Ok(OwnedLine::Remove(id)) => {
                read.entries.remove(&id);
            }
            // Microsoft counts for each application.
            Ok(OwnedLine::Sent(sent)) if ours => read.sent.add(sent),
            Ok(OwnedLine::Sent(_)) => {}
            // What stands behind the last line end was being written when the machine stopped.
            Err(_) if lines.peek().is_none() => read.opening.torn = true,
            Err(_) => read.opening.broken_lines += 1,
        }
    }
    read
}

/// The name goes to the log and the screen, and anybody may have edited the file.
fn harmless(mut entry: LedgerEntry) -> LedgerEntry {
    entry.user_name = UserName::new(entry.user_name.as_str());
    entry
}

/// A whole journal.
pub(super) fn whole<'a>(
    client_id: &str,
    entries: impl Iterator<Item = &'a LedgerEntry>,
    lately: &SentLately,
) -> Vec<u8> {
    let mut bytes = line(&Line::Client(client_id));
    for entry in entries {
        bytes.extend(put(entry));
    }
    for sent in lately.iter() {
        bytes.extend(self::sent(sent));
    }
    bytes
}

/// A line that keeps a lease.
pub(super) fn put(entry: &LedgerEntry) -> Vec<u8> {
    line(&Line::Put(entry))
}

/// A line that forgets one.
pub(super) fn remove(id: EntraId) -> Vec<u8> {
    line(&Line::Remove(id))
}

/// A line that says that requests went out.
pub(super) fn sent(sent: Sent) -> Vec<u8> {
    line(&Line::Sent(sent))
}

fn line(line: &Line<'_>) -> Vec<u8> {
    // Strings, times and GUIDs always serialise.
    let mut bytes = serde_json::to_vec(line).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
