//! What can be made to go wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::params::ParamsForm;
use super::times::TimeForm;

/// UcFaults that last until they are taken back; the default is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct UcFaults {
    /// Every log-in fails with this `AsnLogonErrorEnum`.
    pub login_error: Option<i64>,
    /// UCWeb answers 502 with 119: no UCServer behind it.
    pub not_attached: bool,
    /// Come back in so many seconds.
    pub busy: Option<u64>,
    /// Where "busy" stands; nothing: where this version of the server is said to write it.
    pub busy_place: Option<BusyPlace>,
    /// Sent away to this address.
    pub redirect: Option<String>,
    /// Where the address stands; nothing: where this version of the server is said to write it.
    pub redirect_place: Option<RedirectPlace>,
    /// Passwords are not taken: 401 that offers Negotiate only.
    pub negotiate_only: bool,
    /// `ucserverprotocolversion` is a string.
    pub version_as_text: bool,
    /// The upgrade to a WebSocket is refused; the session stays until it is destroyed.
    pub refuse_sockets: bool,
    /// Login tokens are refused.
    pub refuse_tokens: bool,
    /// A server from before August 2024, whatever it was started as.
    pub old_names: bool,
    /// How optional parameters are written; nothing: in turn.
    pub params: Option<ParamsForm>,
    /// How times are written, and read.
    pub times: TimeForm,
    /// Every answer waits so long.
    pub slow: Option<Duration>,
    /// Answers overtake each other.
    pub reorder_answers: bool,
    /// Requests are not answered at all.
    pub mute: bool,
    /// Presence events are lost.
    pub lose_events: bool,
    /// Presence events come twice.
    pub duplicate_events: bool,
    /// `seqCalls` of an update holds all calls, not only those that changed.
    pub complete_call_lists: bool,
    /// A subscription that names this contact fails as a whole.
    pub poisoned_contact: Option<String>,
    /// Setting a manual presence fails with this `iErrorDetail`.
    pub refuse_absent: Option<i64>,
    /// The administrator's log-in is an unknown operation.
    pub no_admin_interface: bool,
}

/// Where a server that is busy says so in its answer to a log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusyPlace {
    /// `optionalParams.ServerBusyTimeout`, as the older negotiation has it.
    Params,
    /// `busy.iServerBusyTimeout`, as the newer negotiation has it.
    Negotiation,
    /// `serverBusy.iRetryInSeconds`, as the newer log-in has it.
    Login,
}

/// Where a server that sends its client away names the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectPlace {
    /// `optionalParams.HomeServer` of the log-in error.
    LogonError,
    /// `serverRedirect.u8sRedirectTo`, as the newer log-in has it.
    Login,
}

/// What the server has seen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Log-ins with a right password or token.
    pub logins: u64,
    /// Log-ins with a login token, among them.
    pub token_logins: u64,
    /// Log-ins that were refused.
    pub refused_logins: u64,
    /// Sockets that were opened.
    pub sockets: u64,
    /// Sessions that are there now: made, and neither destroyed nor ended.
    pub sessions: usize,
    /// Contacts that are subscribed now.
    pub subscribed: usize,
    /// Requests to subscribe to contacts.
    pub subscriptions: u64,
    /// Requests to end such a subscription.
    pub unsubscriptions: u64,
    /// Presence events that were sent.
    pub events: u64,
    /// Manual presences that were set by a client.
    pub absent_set: u64,
    /// Manual presences that were read by a client.
    pub absent_read: u64,
    /// Manual presences that were taken back by a client.
    pub absent_reset: u64,
    /// Signs of life.
    pub keep_alives: u64,
    /// Questions for permission that would have popped up on somebody's screen: must stay 0.
    pub challenges: u64,
    /// Requests with an operation that UCServer does not have.
    pub unknown_operations: u64,
    /// Requests that were refused because their argument could not be read.
    pub bad_arguments: u64,
    /// Whatever estos' own decoder would have thrown for, refused requests among it: must stay 0.
    pub violations: u64,
    /// Sessions that were ended by the client.
    pub destroyed: u64,
    /// Sessions that their client logged off.
    pub log_offs: u64,
}
