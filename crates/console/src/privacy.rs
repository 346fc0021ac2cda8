//! What of a person may be shown: everything, or with names hidden a stand-in.

use model::presence::UserName;
use model::snapshot::UserRow;
use uuid::Uuid;

/// How people are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) hidden: bool,
}

impl Names {
    /// A display name as it may be shown; the user name where there is none.
    pub(crate) fn name(self, row: &UserRow) -> String {
        if self.hidden {
            return masked(row.user_name.as_str());
        }
        if row.display_name.is_empty() {
            return row.user_name.as_str().to_owned();
        }
        row.display_name.to_string()
    }

    /// A user name as it may be shown.
    pub(crate) fn user(self, user: &UserName) -> String {
        if self.hidden {
            return masked(user.as_str());
        }
        user.as_str().to_owned()
    }

    /// A number as it may be shown.
    pub(crate) fn phone(self, row: &UserRow) -> String {
        if self.hidden {
            return String::new();
        }
        row.phone.to_string()
    }
}

/// A stand-in that stays the same for the same user, so that a masked screen can be talked about.
pub(super) fn masked(user: &str) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in user.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    format!("user-{:04x}", hash >> 16)
}

/// Letters of a GUID.
const GUID: usize = 36;

/// `words` without user names and without the ids that are `known`: those of users, not those of
/// requests.
pub(super) fn hushed(words: &str, mark: &str, known: impl Fn(Uuid) -> bool) -> String {
    let mut out = String::with_capacity(words.len());
    for word in words.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        if bare.contains('@') {
            out.push_str(mark);
            out.push_str(word.get(bare.len()..).unwrap_or_default());
        } else {
            out.push_str(&without_ids(word, mark, &known));
        }
    }
    out
}

fn without_ids(word: &str, mark: &str, known: impl Fn(Uuid) -> bool) -> String {
    let found = (0..word.len()).find_map(|at| {
        let id = word.get(at..at + GUID)?;
        Uuid::try_parse(id).is_ok_and(&known).then_some(id)
    });
    found.map_or_else(|| word.to_owned(), |id| word.replace(id, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_the_same_for_the_same_user() {
        assert_eq!(masked("a@b"), masked("a@b"));
        assert_ne!(masked("a@b"), masked("b@b"));
    }

    #[test]
    fn words_lose_names_and_the_ids_of_users_and_keep_the_rest() {
        let user = "7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11";
        let request = "8f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11";
        let words = format!("404 anna@corp.example: /users/{user}/presence ({request})");
        let quiet = hushed(&words, "…", |id| id.to_string() == user);
        assert_eq!(quiet, format!("404 … /users/…/presence ({request})"));
    }
}
