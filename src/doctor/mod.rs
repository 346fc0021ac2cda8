//! What `lampfield doctor` checks, and what it found, in plain words.
//!
//! `ask` makes the checks. What they bring back (answers, failures, counts) becomes a [`Finding`]
//! each, with what to do about it, as text in German and English or as JSON; the sentences stand in
//! [`words`]. All but `ask` is pure: it prints nothing, reads no clock and waits for nothing.
//!
//! | file | what |
//! | --- | --- |
//! | `ask` | what is asked of Entra, Graph, ProCall and the disk |
//! | `finding`, `check` | what one check found; a check that ended |
//! | `checks` | which checks there are, one row each: name, what it needs, when and how it is made |
//! | `course` | what has been found so far, and what that rules out |
//! | `text`, `json` | how it is shown |
//! | `protocol`, `phone` | what a recording of UCServer's protocol settles; what was seen at the phone |
//! | `refusal` | a failed request |
//! | `bridge`, `network`, `tenant`, `sign_in`, `people`, `ucserver`, `ucserver_link`, `trial`, `disk` | from an outcome to a finding |

mod ask;
mod bridge;
mod check;
mod checks;
mod course;
mod disk;
mod engine;
mod finding;
mod json;
mod network;
mod people;
mod phone;
mod protocol;
mod refusal;
mod sign_in;
mod tenant;
mod text;
mod trial;
mod ucserver;
mod ucserver_link;

pub(crate) use ask::{CheckContext, Listening, Stop, seen_bridge, stopped};
pub use bridge::{SeenBridge, bridge};
pub use check::Check;
pub use checks::CheckName;
pub(crate) use checks::plan;
pub use course::Course;
pub use disk::{Configured, configuration, log, state};
pub use engine::engine;
pub use finding::{Finding, Status, Words};
pub use json::doctor_json;
pub use network::{
    Lookup, ProxyInUse, Reach, clock, connection, dns, lookup_none, lookup_slow, only_for_http,
    unusable_proxy,
};
pub use people::{
    Listed, coverage, directory, nobody_matched, nothing_told, presence, unknown_user, users,
};
pub use phone::{Understood, seen_text, step_text};
pub use protocol::{audit_text, bad_line, rows_json, rows_text, unreadable};
pub use refusal::failed_request;
pub use sign_in::{sign_in, user_may_not_read};
pub use tenant::{Required, consent_url, credential, permissions, token};
pub(crate) use text::wrapped;
pub use text::{check_text, summary_text};
pub use trial::{Cleared, Trial, trial};
pub use ucserver::{admission, native, rights, subscription, unusable, version};
pub use ucserver_link::Given;
