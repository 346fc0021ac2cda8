//! What an answer said of each user, so that what the next one repeats byte by byte is not decoded
//! again. Most of a tenant is the same in every poll.
//!
//! In: entries that were decoded, and later the text of a page. Out: the readings of those entries
//! that are the ones of last time. Sixteen bytes a user are kept.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::RandomState;

use super::PresenceReading;
use super::asked::{Asked, IdText};
use model::presence::TeamsPresence;

/// What the last answer said of the users that one request asks for, in the request's order. It
/// may be used for any other request too, where it is only of less use.
#[derive(Debug, Default)]
pub struct LastAnswer {
    entries: Box<[LastEntry]>,
    /// How far into an entry its id stands, in bytes.
    id_at: usize,
    /// A key of its own, so that nobody can prepare two entries that count as one.
    key: RandomState,
}

/// The last entry of one user.
#[derive(Clone, Copy, Debug, Default)]
struct LastEntry {
    /// [`LastAnswer::hash`] of all its bytes, the id among them.
    hash: u64,
    /// In bytes; 0: none is known.
    length: u16,
    /// [`TeamsPresence::codes`].
    codes: [u16; 2],
    out_of_office: bool,
}

/// One request, and what its last answer said.
pub(super) struct Recall<'a> {
    asked: Asked<'a>,
    last: &'a mut LastAnswer,
    /// Of how many users there is an entry.
    known: usize,
}

impl<'a> Recall<'a> {
    pub(super) fn new(asked: Asked<'a>, last: &'a mut LastAnswer) -> Self {
        if last.entries.len() != asked.len() {
            last.entries = vec![LastEntry::default(); asked.len()].into_boxed_slice();
        }
        // Once from end to end, which the processor does ahead of us: what comes is leaping, and
        // waits for memory at every leap (half of the whole time).
        let known = last.entries.iter().filter(|entry| entry.length > 0).count();
        Self { asked, last, known }
    }

    /// Adds the reading of the entry that `text` begins with, where it is the same entry as last
    /// time; its length in bytes. The same bytes are the same JSON: what was a whole object then
    /// ends at the same place now, whatever comes after it.
    pub(super) fn read(&self, text: &[u8], readings: &mut Vec<PresenceReading>) -> Option<usize> {
        if self.known == 0 {
            return None;
        }
        let place = self.place(text, self.last.id_at)?;
        let entry = self.last.entries.get(place)?;
        let length = usize::from(entry.length);
        let bytes = text.get(..length).filter(|bytes| !bytes.is_empty())?;
        if self.last.hash(bytes, self.last.id_at) != entry.hash {
            return None;
        }
        readings.push(PresenceReading {
            id: self.asked.id(place)?,
            presence: Some(TeamsPresence::of_codes(entry.codes)),
            out_of_office: entry.out_of_office,
        });
        Some(length)
    }

    /// Keeps an entry that was decoded, for the next answer. Its id stands at `id_at`. What has no
    /// presence is rare, and decoded every time.
    pub(super) fn keep(&mut self, text: &[u8], id_at: usize, reading: &PresenceReading) {
        let place = self.place(text, id_at);
        let place = place.filter(|at| self.asked.id(*at) == Some(reading.id));
        let (Some(place), Some(presence)) = (place, &reading.presence) else {
            return;
        };
        let hash = self.last.hash(text, id_at);
        let Some(entry) = self.last.entries.get_mut(place) else {
            return;
        };
        self.last.id_at = id_at;
        *entry = LastEntry {
            hash,
            length: u16::try_from(text.len()).unwrap_or_default(),
            codes: presence.codes(),
            out_of_office: reading.out_of_office,
        };
    }

    fn place(&self, text: &[u8], id_at: usize) -> Option<usize> {
        let id: &IdText = text.get(id_at..)?.first_chunk()?;
        self.asked.place(id)
    }
}

impl LastAnswer {
    /// An entry may name two ids: the same bytes are the same user's where the id that counts
    /// stands at the same place.
    fn hash(&self, bytes: &[u8], id_at: usize) -> u64 {
        let mut hasher = self.key.build_hasher();
        hasher.write_usize(id_at);
        hasher.write(bytes);
        hasher.finish()
    }
}

#[cfg(test)]
#[path = "last_answer_tests.rs"]
mod tests;
