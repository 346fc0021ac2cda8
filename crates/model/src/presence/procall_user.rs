//! A user as ProCall lists it, in little room.

use serde::{Deserialize, Serialize};

use super::identity::UserName;
use crate::string_pool::{ArcStr, Substr};

/// A user of UCServer's user administration, as the ProCall source lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcallUser {
    /// The user name: what must equal the UPN.
    pub user_name: UserName,
    /// The name people know.
    pub display_name: Substr,
    /// The extension or number; may be empty.
    pub phone: Substr,
    /// Taken out by the administrator.
    pub excluded: bool,
}

/// The texts of so many users are one block of memory. A block of its own would take half as much again as the texts of
/// a user; and as long as one of its users stays, a block does.
const TOGETHER: usize = 32;

impl ProcallUser {
    /// Puts the texts of users who come together into few blocks of memory, for what is kept of 20,000 users.
    pub fn share_blocks(users: &mut [Self]) {
        for together in users.chunks_mut(TOGETHER) {
            let texts = together.iter();
            let texts = texts.flat_map(|it| [it.user_name.as_str(), &it.display_name, &it.phone]);
            let block = ArcStr::from(texts.collect::<String>());
            let mut end = 0;
            let mut next = |length| {
                let start = end;
                end += length;
                block.substr(start..end)
            };
            for user in together {
                user.user_name = UserName::as_it_stands(next(user.user_name.as_str().len()));
                user.display_name = next(user.display_name.len());
                user.phone = next(user.phone.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_whose_texts_are_together_are_called_as_before() {
        let user = |n: usize| ProcallUser {
            display_name: format!("Ünser {n}").into(),
            phone: "1".repeat(n % 3).as_str().into(),
            user_name: UserName::new(&format!("user{n}@x")),
            excluded: n == 7,
        };
        let before: Vec<_> = (0..TOGETHER + 3).map(user).collect();
        let mut users = before.clone();
        ProcallUser::share_blocks(&mut users);
        assert_eq!(users, before);
        let block = |at: usize| users[at].display_name.parent();
        assert!(ArcStr::ptr_eq(block(0), block(TOGETHER - 1)));
        assert!(!ArcStr::ptr_eq(block(0), block(TOGETHER)));
    }
}
