//! From lines, however damaged, to entries.

use super::FORMAT;
use super::entry::{Entry, What};

/// What could be read of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// The whole lines, in their order.
    pub entries: Vec<Entry>,
    /// The others.
    pub bad: Vec<BadLine>,
}

/// A line that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its place in the file, from 1.
    pub line: usize,
    /// It is the last one and was cut off: the disk was full, or the program was killed.
    pub cut_off: bool,
}

/// Why a file is no recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// The first line is not that of a recording.
    NoRecording,
    /// It was written in another format.
    Format(u32),
}

/// Reads a recording: what is whole is used, what is not is named.
///
/// # Errors
/// When it is none from the beginning.
pub fn read(text: &[u8]) -> Result<Recording, Unreadable> {
    let mut recording = Recording::default();
    let mut lines = text.split(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        let is_last = lines.peek().is_none();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) => recording.entries.push(entry),
            Err(_) => recording.bad.push(BadLine {
                line: at + 1,
                cut_off: is_last,
            }),
        }
    }
    check(recording)
}

fn check(recording: Recording) -> Result<Recording, Unreadable> {
    let header = recording
        .entries
        .iter()
        .find_map(|entry| match &entry.what {
            What::Recording(header) => Some(header),
            _ => None,
        });
    match header {
        Some(header) if header.format == FORMAT => Ok(recording),
        Some(header) => Err(Unreadable::Format(header.format)),
        // One flipped byte in the first line costs that line.
        None if recording.entries.len() > recording.bad.len() => Ok(recording),
        None if recording.entries.is_empty() && recording.bad.is_empty() => Err(Unreadable::Empty),
        None => Err(Unreadable::NoRecording),
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
