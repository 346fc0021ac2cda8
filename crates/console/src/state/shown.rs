//! The snapshot as it may be shown.

use std::borrow::Cow;
use std::cell::Cell;

use jiff::Timestamp;
use uuid::Uuid;

use super::State;
use crate::drawing::Drawing;
use crate::privacy::{self, Names};
use model::presence::UserName;
use model::problem::Roots;
use model::snapshot::UserRow;

impl State {
    /// What is drawn with at this moment.
    pub(crate) fn drawing(&self, now: Timestamp) -> Drawing<'_> {
        Drawing {
            now: self.shown_at(now),
            t: self.look.texts,
            glyphs: self.look.glyphs,
            theme: &self.look.theme,
            names: self.names(),
            zone: &self.look.zone,
            wall_ahead: self.snapshot().wall_ahead,
            roots: Roots::of(self.snapshot(), self.shown_at(now)),
            ascii: self.look.ascii,
            frozen: self.is_frozen(),
            deadline: Cell::new(None),
        }
    }

    /// How people are shown.
    pub(crate) fn names(&self) -> Names {
        Names {
            hidden: self.private,
        }
    }

    /// A name as it may be shown.
    pub(crate) fn shown_name(&self, row: &UserRow) -> String {
        self.names().name(row)
    }

    /// A user name as it may be shown.
    pub(crate) fn shown_user(&self, user: &UserName) -> String {
        self.names().user(user)
    }

    /// A server's words as they may be shown: they may have a user name or an object id in them.
    pub(crate) fn shown_words<'a>(&self, words: &'a str) -> Cow<'a, str> {
        if !self.private {
            return Cow::Borrowed(words);
        }
        let known = |id: Uuid| self.snapshot().rows.iter().any(|row| row.entra_id.0 == id);
        Cow::Owned(privacy::hushed(words, self.look.glyphs.cut, known))
    }
}
