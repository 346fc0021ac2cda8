//! Records of an answer that could not be read as they came. Each costs itself alone; it is named,
//! so that somebody can put it right where it is kept.

use std::sync::Arc;

use serde::Serialize;

use model::text::harmless_up_to;

/// So many of one answer are named.
const NAMED: usize = 32;
/// Longest name, in characters.
const NAME_LIMIT: usize = 64;

/// One record, and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OddRecord {
    /// Its id as it came, or its place in the answer where it has none. Harmless text.
    pub who: Arc<str>,
    /// What was wrong.
    pub what: Oddity,
}

/// What was wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Something in it was no JSON or no text (half a character, bytes in another encoding): that
    /// is replaced or left out, the rest is read.
    Mended,
    /// It has no id that is a GUID, so it is left out.
    NoId,
    /// A user without a user principal name, who is left out.
    NoUserName,
}

/// The odd records of one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OddRecords(Vec<OddRecord>);

impl OddRecords {
    /// The ones that are named, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[OddRecord] {
        &self.0
    }

    /// Whether all was as it should be.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes note of one more; `nth` (from 1) is its name where `id` is none.
    pub fn note(&mut self, id: Option<&str>, nth: usize, what: Oddity) {
        if self.0.len() >= NAMED {
            return;
        }
        let who = match id.map(|id| harmless_up_to(id, NAME_LIMIT)) {
            Some(id) if !id.trim().is_empty() => id.into(),
            _ => format!("number {nth}").into(),
        };
        self.0.push(OddRecord { who, what });
    }

    pub(super) fn append(&mut self, more: Self) {
        let room = NAMED.saturating_sub(self.0.len());
        self.0.extend(more.0.into_iter().take(room));
    }
}
