//! Microsoft's side: token (Entra), directory, presence read and write, budget, errors.
//!
//! In: settings and requests. Out: answers, or a [`Failure`] in words that an administrator
//! understands, each with the timing of its request. Nothing in here decides anything about
//! presence: that is `bridge`. Nothing is logged here either; the caller does, with the
//! request id.
//!
//! | file | what |
//! | --- | --- |
//! | `answer` | what comes back, in our words |
//! | `settings`, `certificate` | what is configured, checked before anything is sent |
//! | `client` | one call with everything around it: token, turn, redirect, refusal |
//! | `presence`, `asked` | presence read and written; whom a request asks for |
//! | `reading`, `last_answer`, `template`, `entry` | the answer decoded: what is as last time, what looks like an entry before it, all else |
//! | `directory`, `listing` | the users, as a list and as changes to it |
//! | `token`, `entra`, `aadsts` | the token kept and renewed; asked for; refused |
//! | `device_code`, `user_grant`, `user_session` | a user signs in, what that brings, and staying signed in |
//! | `gate`, `budget` | waiting for a turn; whose turn it is (pure) |
//! | `proxy`, `loopback`, `trust` | the proxy that the environment names; what never leaves this machine; certificates that are given |
//! | `wire`, `broken`, `redirect`, `refusal`, `retry_after`, `skew` | HTTP and what it can do to us |
//! | `resolver` | names made addresses, with an error of its own |
//! | `webhook` | a document posted to a server that is not Microsoft's, over the same wire |
//! | `probe` | whether a host answers as itself, before anything secret is sent to it |
//! | `lenient`, `page`, `odd` | JSON values of the wrong type are missing, never fatal; a page mended and read record by record; what was odd is named |

mod aadsts;
mod asked;
mod broken;
mod budget;
mod certificate;
mod client;
mod device_code;
mod directory;
mod entra;
mod entry;
mod gate;
mod last_answer;
mod lenient;
mod listing;
mod loopback;
mod odd;
mod operation;
mod page;
mod presence;
mod probe;
mod proxy;
mod reading;
mod redirect;
mod refusal;
mod resolver;
mod retry_after;
mod settings;
mod skew;
mod template;
mod token;
mod trust;
mod user_grant;
mod user_session;
mod webhook;
mod wire;

#[cfg(test)]
mod tests;

pub use client::{Admission, Graph};
pub use device_code::{DevicePrompt, DeviceSignIn, Polled};
pub use directory::{Directory, DirectoryDelta, FullList};
pub use last_answer::LastAnswer;
pub use model::answer::{
    Accepted, BudgetView, Failure, FailureKind, PresenceReading, Priority, RequestId,
    RequestTiming, TokenView,
};
pub use odd::{OddRecord, OddRecords, Oddity};
pub use presence::{ReadAnswer, WriteAnswer};
pub use probe::{Server, probe};
pub use proxy::{Proxy, ProxyFault, ProxyWhy};
pub use settings::{Credential, Settings, SetupError, Timeouts};
pub use user_grant::UserGrant;
pub use user_session::RefreshTokens;
pub use webhook::Webhook;
