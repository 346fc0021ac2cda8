//! What a presence is: the Teams pair, what ProCall makes of it, the lamp, and the two mappings
//! between the sides. Also who is who: which ProCall user is which Entra user.
//!
//! In: strings as the servers send them. Out: decisions. Pure: no I/O, no clock.

mod built_in_rule;
mod identity;
mod mapping;
mod matching;
mod near;
mod open;
mod procall_user;
mod value;

pub use built_in_rule::BuiltInRule;
pub use identity::{ContactUri, EntraId, MatchKey, Upn, UserName};
pub use mapping::{
    Lamp, Lang, Mapping, MappingError, ProcallPresence, ProcallRow, Rule, RuleKind, Tooltip,
};
pub use matching::{
    Coverage, EntraUser, MatchedUser, Matching, UnmatchedReason, UnmatchedUser, match_users,
};
pub use procall_user::ProcallUser;
pub use value::{Activity, Availability, CallActivity, CallKind, SettablePair, TeamsPresence};
