//! Entries of one answer look alike: the same text around an id, two words and a number. What the
//! JSON library has read once is recognised in the next entry by comparing bytes, a third of the
//! time; where anything differs, the library reads that entry too.
//!
//! In: an entry that was read, and its text. Out: readings of the entries that are the same but
//! for those four values. No order of members, no shape is assumed: all of it is learnt.

use std::borrow::Cow;

use super::PresenceReading;
use super::entry::Entry;
use super::lenient::Text;
use model::presence::{EntraId, TeamsPresence};

/// What differs from entry to entry.
#[derive(Clone, Copy)]
enum Gap {
    Id,
    Availability,
    Activity,
    /// Nobody looks at it, but it counts up with every change.
    SequenceNumber,
}

/// An entry with gaps.
pub(super) struct Template<'a> {
    /// The text before each gap; each gap is the inside of a string.
    parts: Vec<(&'a [u8], Gap)>,
    /// The text after the last gap, to the end of the entry.
    end: &'a [u8],
    out_of_office: bool,
}

/// An entry, and where it stands.
pub(super) struct Recognised {
    pub(super) reading: PresenceReading,
    /// Of the entry, in bytes.
    pub(super) length: usize,
    /// How far into the entry its id stands, in bytes.
    pub(super) id_at: usize,
}

impl<'a> Template<'a> {
    /// Learns from an entry and its text; nothing where it has no presence, or one with escapes.
    pub(super) fn learn(text: &'a str, entry: &Entry<'a>) -> Option<Self> {
        entry.reading()?.presence?;
        let mut gaps = vec![
            (place(text, &entry.id)?, Gap::Id),
            (place(text, &entry.availability)?, Gap::Availability),
            (place(text, &entry.activity)?, Gap::Activity),
        ];
        if entry.sequence_number.as_deref().is_some() {
            let place = place(text, &entry.sequence_number)?;
            gaps.push((place, Gap::SequenceNumber));
        }
        gaps.sort_by_key(|((start, _), _)| *start);
        let bytes = text.as_bytes();
        let mut parts = Vec::with_capacity(gaps.len());
        let mut from = 0;
        for ((start, end), gap) in gaps {
            parts.push((bytes.get(from..start)?, gap));
            from = end;
        }
        Some(Self {
            parts,
            end: bytes.get(from..)?,
            out_of_office: entry.is_out_of_office(),
        })
    }

    /// The entry that `text` begins with; nothing where it differs by more than the gaps.
    pub(super) fn read(&self, text: &str) -> Option<Recognised> {
        let (mut id, mut availability, mut activity) = ("", "", "");
        let mut id_at = 0;
        let mut rest = text;
        for (before, gap) in &self.parts {
            rest = after(rest, before)?;
            let length = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
            let (value, more) = rest.split_at_checked(length)?;
            rest = more;
            match gap {
                Gap::Id => (id, id_at) = (value, text.len() - length - rest.len()),
                Gap::Availability => availability = value,
                Gap::Activity => activity = value,
                Gap::SequenceNumber => {}
            }
        }
        // What comes after a gap begins with a quotation mark, so no gap has ended at an escape.
        let rest = after(rest, self.end)?;
        let reading = PresenceReading {
            id: EntraId::parse(id).ok()?,
            presence: Some(TeamsPresence::parse(availability, activity)),
            out_of_office: self.out_of_office,
        };
        Some(Recognised {
            reading,
            length: text.len() - rest.len(),
            id_at,
        })
    }
}

/// `text` without `start`, where it begins with it.
fn after<'t>(text: &'t str, start: &[u8]) -> Option<&'t str> {
    let same = text.as_bytes().get(..start.len())? == start;
    if same { text.get(start.len()..) } else { None }
}

/// Where in `text` a value stands, from and to; nothing where it has escapes.
pub(super) fn place(text: &str, value: &Text<'_>) -> Option<(usize, usize)> {
    let Some(Cow::Borrowed(value)) = value.0 else {
        return None;
    };
    let start = value.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let end = start + value.len();
    (text.get(start..end)? == value).then_some((start, end))
}
