//! The chain of causes of one user, packed: 20,000 users keep twenty events each, and as Rust
//! values those would be more than half of all the memory that the bridge takes.
//!
//! An event takes about six bytes, one with a `request-id` about twenty; `packed` says how. All of them are one block
//! with what is said of them. A
//! history does not change: a new event makes a new one, and the row that shows the old one is
//! never written to. Only one that was not there yet when its row was first shown comes later.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use triomphe::ThinArc;

use super::event::{UserEvent, UserEventKind};
use super::packed;
use crate::answer::Failure;
use crate::few::Few;

/// How many events of a user are kept: enough for the chain of causes of two calls.
pub const HISTORY_LENGTH: usize = 20;

/// The last [`HISTORY_LENGTH`] events of a user, oldest first.
#[derive(Clone, Default)]
pub struct History(OnceLock<Kept>);

/// By the events: how they are packed also depends on what was there before them.
impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get() || (self.len() == other.len() && self.iter().eq(other.iter()))
    }
}

impl Eq for History {}

/// How many events there are, and behind that the events.
type Kept = ThinArc<Head, u8>;

#[derive(Clone, Default, PartialEq, Eq)]
struct Head {
    /// When the event before the oldest one happened, in milliseconds; each event says how long
    /// after the one before it happened.
    before: i64,
    /// When the newest one happened.
    newest: i64,
    /// What does not go into bytes: the failures of the failed writes, oldest first.
    failures: Few<Arc<Failure>>,
}

impl History {
    /// The same with one more event at the end, without the oldest where there are too many.
    #[must_use]
    pub fn with(&self, event: &UserEvent) -> Self {
        let at = event.at.as_millisecond();
        let (mut head, bytes) = match self.kept() {
            Some(kept) if self.len() < HISTORY_LENGTH => {
                (kept.header.header.clone(), kept.slice.to_vec())
            }
            Some(kept) => without_oldest(kept),
            None => {
                let head = Head {
                    before: at,
                    newest: at,
                    ..Head::default()
                };
                (head, vec![0])
            }
        };
        let after = at.saturating_sub(head.newest);
        let Some(mut bytes) = packed::append(bytes, after, &event.kind) else {
            return self.clone();
        };
        if let Some(count) = bytes.first_mut() {
            *count += 1;
        }
        if let UserEventKind::WriteFailed(failure) = &event.kind {
            let failures = head.failures.iter().chain([failure]);
            head.failures = failures.cloned().collect();
        }
        head.newest = at;
        Self(ThinArc::from_header_and_slice(head, &bytes).into())
    }

    /// Puts `history` here, where there is none yet: it comes later than the row that it is of, which is shown
    /// already and need not be copied to take it.
    ///
    /// # Errors
    /// `history` itself, where there is one.
    pub fn put_late(&self, history: Self) -> Result<(), Self> {
        let Some(kept) = history.0.into_inner() else {
            return Ok(());
        };
        self.0.set(kept).map_err(|kept| Self(kept.into()))
    }

    fn kept(&self) -> Option<&Kept> {
        self.0.get()
    }

    /// The events, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = UserEvent> + '_ {
        Events(self.kept().map(Unpacking::from_start))
    }

    /// When the newest one happened, without unpacking any.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        let newest = self.kept()?.header.header.newest;
        Timestamp::from_millisecond(newest).ok()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let count = self.kept().and_then(|kept| kept.slice.first());
        count.copied().map_or(0, usize::from)
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FromIterator<UserEvent> for History {
    fn from_iter<I: IntoIterator<Item = UserEvent>>(events: I) -> Self {
        events
            .into_iter()
            .fold(Self::default(), |history, event| history.with(&event))
    }
}

impl Serialize for History {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<UserEvent>::deserialize(from)?.into_iter().collect())
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What is left of them, with one event fewer.
fn without_oldest(kept: &Kept) -> (Head, Vec<u8>) {
    let mut rest = Unpacking::from_start(kept);
    rest.event();
    let head = Head {
        before: rest.at,
        newest: kept.header.header.newest,
        failures: rest.failures.into(),
    };
    let count = kept.slice.first().copied().unwrap_or_default();
    let mut bytes = vec![count.saturating_sub(1)];
    bytes.extend_from_slice(rest.packed);
    (head, bytes)
}

struct Events<'a>(Option<Unpacking<'a>>);

impl Iterator for Events<'_> {
    type Item = UserEvent;

    fn next(&mut self) -> Option<UserEvent> {
        self.0.as_mut()?.event()
    }
}

struct Unpacking<'a> {
    at: i64,
    packed: &'a [u8],
    failures: &'a [Arc<Failure>],
}

impl<'a> Unpacking<'a> {
    fn from_start(kept: &'a Kept) -> Self {
        let head = &kept.header.header;
        Self {
            at: head.before,
            packed: kept.slice.get(1..).unwrap_or_default(),
            failures: &head.failures,
        }
    }

    fn event(&mut self) -> Option<UserEvent> {
        let (after, kind, rest) = packed::first(self.packed, &mut self.failures)?;
        self.packed = rest;
        self.at = self.at.saturating_add(after);
        Some(UserEvent {
            at: Timestamp::from_millisecond(self.at).unwrap_or_default(),
            kind,
        })
    }
}

#[cfg(test)]
mod tests;
