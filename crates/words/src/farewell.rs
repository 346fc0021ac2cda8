//! What is said at the end of the program.

use model::presence::UserName;

use crate::both::Words;

/// So many users are named; of more only their number is.
const NAMED: usize = 20;

/// Which leases stay in Teams, and what becomes of them.
#[must_use]
pub fn left_behind(names: &[UserName]) -> Words {
    let mut list: Vec<_> = names.iter().take(NAMED).map(UserName::as_str).collect();
    if names.len() > NAMED {
        list.push("...");
    }
    let users = list.join(", ");
    Words::say(
        |t| &t.commands.left_behind,
        &[("n", &names.len()), ("users", &users)],
    )
}
