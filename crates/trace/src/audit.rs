//! Whether a file holds nothing but pseudonyms: what is looked at before it leaves the house.

use std::collections::BTreeMap;

use serde_json::Value;

use super::entry::Entry;
use super::members::{is_identifier, is_interface_name};
use super::pseudonym::is_pseudonym;
use super::reader::{BadLine, Recording};
use super::redactor::DROPPED;
use super::times::BEGINNING;

/// What a recording holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Lines.
    pub lines: usize,
    /// Milliseconds from the first to the last.
    pub lasted_ms: u64,
    /// Different texts that stand for something.
    pub pseudonyms: usize,
    /// Texts of the interface that stand as they are, and how often.
    pub words: BTreeMap<String, usize>,
    /// Texts that are neither, with the line of the first: nothing that lampfield has written.
    pub others: BTreeMap<String, u64>,
    /// Lines that are none.
    pub bad: Vec<BadLine>,
}

/// Looks through a recording.
#[must_use]
pub fn audit(recording: &Recording) -> Audit {
    let mut audit = Audit {
        lines: recording.entries.len(),
        lasted_ms: recording.entries.last().map_or(0, |entry| entry.ms),
        bad: recording.bad.clone(),
        ..Audit::default()
    };
    let mut pseudonyms = std::collections::BTreeSet::new();
    for entry in &recording.entries {
        let mut texts = Vec::new();
        collect(entry, &mut texts);
        for text in texts {
            audit.sort_in(text, entry.n, &mut pseudonyms);
        }
    }
    audit.pseudonyms = pseudonyms.len();
    audit
}

impl Audit {
    fn sort_in(
        &mut self,
        text: String,
        line: u64,
        pseudonyms: &mut std::collections::BTreeSet<String>,
    ) {
        if is_pseudonym(&text) {
            pseudonyms.insert(text);
        } else if is_plain(&text) {
            *self.words.entry(text).or_default() += 1;
        } else if !is_time(&text) {
            self.others.entry(text).or_insert(line);
        }
    }
}

/// Every text of a line: the names of its members too.
fn collect(entry: &Entry, texts: &mut Vec<String>) {
    // A line that was read can be written.
    let tree = serde_json::to_value(entry).unwrap_or_default();
    let mut waiting = vec![tree];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) if !text.is_empty() => texts.push(text),
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => {
                for (name, value) in members {
                    if !is_identifier(&name) {
                        texts.push(name);
                    }
                    waiting.push(value);
                }
            }
            _ => {}
        }
    }
}

/// Names of the interface, and what lampfield itself writes.
fn is_plain(text: &str) -> bool {
    const OURS: [&str; 7] = ["GET", "POST", "local", DROPPED, "text", "binary", "x-no401"];
    let is_step = || {
        super::entry::Step::ALL
            .iter()
            .any(|step| step.key() == text)
    };
    let is_number = || text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let is_scheme = || {
        text.split(", ")
            .all(|one| matches!(one, "Basic" | "Negotiate" | "NTLM" | "Bearer" | "Digest"))
    };
    OURS.contains(&text)
        || is_interface_name(text)
        || text.starts_with("/ws/client/")
            && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'/')
        || text.starts_with("TLSv1")
        || is_number()
        || is_step()
        || is_scheme()
        || is_version(text)
        || is_identifier(text)
            && text.starts_with(['i', 'e', 'u', 's', 'b'])
            && text.contains(|c: char| c.is_ascii_uppercase())
}

/// `0.1.0`
fn is_version(text: &str) -> bool {
    text.split('.').count() == 3 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// A time near the beginning of every recording.
fn is_time(text: &str) -> bool {
    super::times::back_to(text, BEGINNING).is_some()
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
