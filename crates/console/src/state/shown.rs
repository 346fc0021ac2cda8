//! What of a person may be shown: everything, or with names hidden a stand-in.

use std::borrow::Cow;

use uuid::Uuid;

use super::State;
use crate::privacy;
use model::presence::UserName;
use model::snapshot::UserRow;

impl State {
    /// A name as it may be shown.
    pub(crate) fn shown_name(&self, row: &UserRow) -> String {
        if self.private {
            return privacy::masked(row.user_name.as_str());
        }
        if row.display_name.is_empty() {
            return row.user_name.as_str().to_owned();
        }
        row.display_name.to_string()
    }

    /// A user name as it may be shown.
    pub(crate) fn shown_user(&self, user: &UserName) -> String {
        if self.private {
            return privacy::masked(user.as_str());
        }
        user.as_str().to_owned()
    }

    /// A server's words as they may be shown: they may have a user name or an object id in them.
    pub(crate) fn shown_words<'a>(&self, words: &'a str) -> Cow<'a, str> {
        if !self.private {
            return Cow::Borrowed(words);
        }
        let known = |id: Uuid| self.snapshot().rows.iter().any(|row| row.entra_id.0 == id);
        Cow::Owned(privacy::hushed(words, self.look.glyphs.cut, known))
    }

    /// A number as it may be shown.
    pub(crate) fn shown_phone(&self, row: &UserRow) -> String {
        if self.private {
            return String::new();
        }
        row.phone.to_string()
    }
}
