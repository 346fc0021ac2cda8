//! The chain of causes of one user, packed: 20,000 users keep twenty events each, and as Rust
//! values those would be more than half of all the memory that the bridge takes.
//!
//! An event takes about six bytes, one with a `request-id` about twenty; `packed` says how. A
//! history does not change: a new event makes a new one, and the row that shows the old one is
//! never written to. Only one that was not there yet when its row was first shown comes later.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{UserEvent, UserEventKind};
use super::packed;
use crate::answer::Failure;

/// How many events of a user are kept: enough for the chain of causes of two calls.
pub const HISTORY_LENGTH: usize = 20;

/// The last [`HISTORY_LENGTH`] events of a user, oldest first.
#[derive(Clone, Default)]
pub struct History(OnceLock<Arc<Kept>>);

/// By the events: how they are packed also depends on what was there before them.
impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get() || (self.len() == other.len() && self.iter().eq(other.iter()))
    }
}

impl Eq for History {}

#[derive(Default, PartialEq, Eq)]
struct Kept {
    /// When the event before the oldest one happened, in milliseconds; each event says how long
    /// after the one before it happened.
    before: i64,
    /// When the newest one happened.
    newest: i64,
    count: usize,
    packed: Box<[u8]>,
    /// What does not go into bytes: the failures of the failed writes, oldest first.
    failures: Box<[Arc<Failure>]>,
}

impl History {
    /// The same with one more event at the end, without the oldest where there are too many.
    #[must_use]
    pub fn with(&self, event: &UserEvent) -> Self {
        let empty = Kept::default();
        let kept = self.kept().unwrap_or(&empty);
        let at = event.at.as_millisecond();
        if kept.count == 0 {
            return empty.followed_by(event, at).into();
        }
        let rest = if kept.count < HISTORY_LENGTH {
            kept.followed_by(event, at)
        } else {
            kept.without_oldest().followed_by(event, at)
        };
        rest.into()
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
        self.0.get().map(Arc::as_ref)
    }

    /// The events, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = UserEvent> + '_ {
        Events(self.kept().map(Unpacking::from_start))
    }

    /// When the newest one happened, without unpacking any.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        let newest = self.kept().filter(|kept| kept.count > 0)?.newest;
        Timestamp::from_millisecond(newest).ok()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept().map_or(0, |kept| kept.count)
    }

    /// Whether nothing has happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Kept> for History {
    fn from(kept: Kept) -> Self {
        Self(OnceLock::from(Arc::new(kept)))
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

impl Kept {
    fn followed_by(&self, event: &UserEvent, at: i64) -> Self {
        let first = self.count == 0;
        let (before, newest) = if first {
            (at, at)
        } else {
            (self.before, self.newest)
        };
        let mut failures = self.failures.to_vec();
        if let UserEventKind::WriteFailed(failure) = &event.kind {
            failures.push(Arc::clone(failure));
        }
        Self {
            before,
            newest: at,
            count: self.count + 1,
            packed: packed::append(&self.packed, at.saturating_sub(newest), &event.kind),
            failures: failures.into(),
        }
    }

    fn without_oldest(&self) -> Self {
        let mut rest = Unpacking::from_start(self);
        rest.event();
        Self {
            before: rest.at,
            newest: self.newest,
            count: self.count.saturating_sub(1),
            packed: rest.packed.into(),
            failures: rest.failures.into(),
        }
    }
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
        Self {
            at: kept.before,
            packed: &kept.packed,
            failures: &kept.failures,
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
