//! What stands inside the envelope: only the members that lampfield reads.
//!
//! Every member may be missing, of another type, or of a value that nobody documented; each such
//! member is nothing, and the rest of the message still counts.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::call::{self, Calls};
use super::lenient::{lenient, lenient_bool, lenient_list, whole_list};
use super::moment::{Moment, TimeForm};
use super::params::Params;

/// `AsnPresenceV2`, and the older `AsnPresence`. In an update only what changed is there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Presence {
    /// The contact: a SIP URI.
    #[serde(
        rename = "u8sContactId",
        alias = "u8sContactID",
        deserialize_with = "lenient"
    )]
    pub(crate) contact: Option<String>,
    /// State in the low byte, flags above; see [`bits`].
    #[serde(rename = "iPresenceState", deserialize_with = "json::integer")]
    pub(crate) state: Option<i64>,
    /// Name, phone, user name.
    #[serde(rename = "asnRemoteContact", deserialize_with = "lenient")]
    pub(crate) remote: Option<RemoteContact>,
    /// What we may do with this contact.
    #[serde(rename = "iContactFeatureSet", deserialize_with = "json::integer")]
    pub(crate) features: Option<i64>,
    #[serde(rename = "iStaticRights2", deserialize_with = "json::integer")]
    static_rights2: Option<i64>,
    /// The manual presence, and what other systems say.
    #[serde(rename = "asnAbsentState", deserialize_with = "lenient")]
    pub(crate) absent: Option<AbsentState>,
    /// The calls; nothing where our rights do not show them.
    #[serde(rename = "seqCalls", deserialize_with = "call::calls")]
    pub(crate) calls: Option<Calls>,
    /// Where older servers keep some of the members.
    #[serde(rename = "optionalParams")]
    params: Params,
}

impl Presence {
    /// The user's rights, second word, where the server shows them.
    pub(crate) fn static_rights2(&self) -> Option<i64> {
        self.static_rights2
            .or_else(|| self.params.integer("iStaticRights2"))
    }
}

/// The bits of `iPresenceState`, `iContactFeatureSet` and `iStaticRights2`.
pub(crate) mod bits {
    /// In a ProCall Meeting (since 7.1).
    pub(crate) const CONFERENCING: i64 = 0x0002_0000;
    /// The phone rings.
    pub(crate) const RINGING: i64 = 0x0100_0000;
    /// In a call, of whatever system.
    pub(crate) const CALL: i64 = 0x0400_0000;
    /// The state proper.
    pub(crate) const STATE: i64 = 0xFF;
    /// Nobody is logged on.
    pub(crate) const OFFLINE: i64 = 0x0800_0000;
    /// State: available.
    pub(crate) const AVAILABLE: i64 = 1;
    /// State: busy.
    pub(crate) const BUSY: i64 = 2;
    /// State: absent.
    pub(crate) const ABSENT: i64 = 3;
    /// State: do not disturb.
    pub(crate) const DO_NOT_DISTURB: i64 = 4;
    /// `eCONTACTFEATURESETABSENT`: we may set this contact's manual presence.
    pub(crate) const MAY_SET_ABSENT: i64 = 2048;
    /// `eUSERRIGHTS2USETEAMS`. Whether it means the presence integration or only the later
    /// Teams app is to be confirmed on a live server.
    pub(crate) const USE_TEAMS: i64 = 8192;
}

/// `AsnRemoteContact`, and the contact of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct RemoteContact {
    /// The user name in UCServer.
    #[serde(rename = "u8sCtiServerUserName", deserialize_with = "lenient")]
    pub(crate) user_name: Option<String>,
    /// The name people know.
    #[serde(rename = "u8sDisplayName", deserialize_with = "lenient")]
    pub(crate) display_name: Option<String>,
    /// The business number.
    #[serde(rename = "u8sPhoneBusiness", deserialize_with = "lenient")]
    pub(crate) phone: Option<String>,
}

/// `AsnAbsentStateV2`, and the older form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "AbsentMembers")]
pub(crate) struct AbsentState {
    state: i64,
    /// When it ends by itself.
    pub(crate) until: Option<jiff::Timestamp>,
    /// How the server writes times, where there is one.
    pub(crate) times: Option<TimeForm>,
    /// What other systems say about this user.
    pub(crate) external: Option<Vec<ExternalState>>,
    /// In the older form, which has no place for other systems.
    older: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AbsentMembers {
    #[serde(rename = "eAbsentState", deserialize_with = "json::integer")]
    state: Option<i64>,
    #[serde(rename = "iAbsentState", deserialize_with = "json::integer")]
    old_state: Option<i64>,
    #[serde(rename = "stTimeFrom")]
    from: Moment,
    #[serde(rename = "stTimeTo")]
    to: Moment,
    #[serde(rename = "externalPresenceStates", deserialize_with = "lenient_list")]
    external: Option<Vec<ExternalState>>,
}

impl From<AbsentMembers> for AbsentState {
    fn from(members: AbsentMembers) -> Self {
        Self {
            state: members.state.or(members.old_state).unwrap_or(0),
            until: members.to.at,
            times: members.to.form.or(members.from.form),
            older: members.state.is_none() && members.old_state.is_some(),
            external: members.external,
        }
    }
}

impl AbsentState {
    /// Nothing is set, and no other system says anything.
    pub(crate) const NOTHING: Self = Self {
        state: 0,
        until: None,
        times: None,
        external: None,
        older: false,
    };

    /// The same after `known`: what the older form cannot say has not changed.
    pub(crate) fn after(mut self, known: &Self) -> Self {
        if self.older && self.external.is_none() {
            self.external.clone_from(&known.external);
        }
        self
    }

    /// Whether it says no more than [`AbsentState::NOTHING`].
    pub(crate) fn is_nothing(&self) -> bool {
        !self.is_manual() && self.external.as_ref().is_none_or(Vec::is_empty)
    }

    /// 0 and 4: not set; 1 absent, 2 busy, 3 do not disturb.
    pub(crate) const fn state(&self) -> i64 {
        self.state
    }

    /// Whether somebody, or something, has set a manual presence.
    pub(crate) const fn is_manual(&self) -> bool {
        !matches!(self.state, 0 | 4)
    }
}

/// `AsnExternalPresenceState`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ExternalState {
    /// Most likely the bits of `iPresenceState`; to be confirmed on a live server.
    #[serde(rename = "iState", deserialize_with = "json::integer")]
    pub(crate) state: Option<i64>,
    /// 0: Microsoft Teams.
    #[serde(rename = "eType", deserialize_with = "json::integer")]
    pub(crate) kind: Option<i64>,
}

/// `AsnUserProfile`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    #[serde(rename = "iEnabled", deserialize_with = "json::integer")]
    enabled: Option<i64>,
    /// The user name.
    #[serde(rename = "u8sUserName", deserialize_with = "lenient")]
    pub(crate) user_name: Option<String>,
    /// The SIP URI of the user's contact.
    #[serde(rename = "u8sSIPURI", deserialize_with = "lenient")]
    pub(crate) contact: Option<String>,
    /// The first number.
    #[serde(rename = "u8sPhoneNumber", deserialize_with = "lenient")]
    pub(crate) phone: Option<String>,
    /// Own rights of the user, second word.
    #[serde(rename = "iUserStaticRights2", deserialize_with = "json::integer")]
    pub(crate) static_rights2: Option<i64>,
    /// The contact's names.
    #[serde(rename = "asnUserContact", deserialize_with = "lenient")]
    pub(crate) remote: Option<RemoteContact>,
}

impl Profile {
    /// Whether there is no name by which the user could be matched.
    pub(crate) fn is_nameless(&self) -> bool {
        let name = self.user_name.as_deref();
        name.is_none_or(|name| name.trim().is_empty())
    }

    /// Whether the user is enabled; so is one of whom the server does not say.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled != Some(0)
    }
}

/// The result of `asnAdminGetUserProfiles`: of each [`Profile`] what can be made of it at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound = "T: DeserializeOwned + Default")]
pub(crate) struct Profiles<T> {
    /// One profile for each user.
    #[serde(rename = "userProfiles", deserialize_with = "whole_list")]
    pub(crate) users: Option<Vec<T>>,
}

/// The result of `asnGetAndSubscribeAdministrativeMonitorContent`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MonitorContent {
    /// The groups.
    #[serde(
        rename = "listAdministrativeMonitorGroups",
        deserialize_with = "lenient_list"
    )]
    pub(crate) groups: Option<Vec<MonitorGroup>>,
}

/// A group of contacts that we may watch.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct MonitorGroup {
    /// SIP URIs of the contacts.
    #[serde(rename = "listContactIDs", deserialize_with = "lenient_list")]
    pub(crate) contacts: Option<Vec<String>>,
}

/// The result of a subscription.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subscribed {
    /// Only the contacts that worked.
    #[serde(rename = "seqSubscribedPresence", deserialize_with = "whole_list")]
    pub(crate) presences: Option<Vec<Presence>>,
}

/// The argument of `asnUpdatePresence`, old and new.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Update {
    /// The presence after the change.
    #[serde(deserialize_with = "lenient")]
    pub(crate) presence: Option<Presence>,
}

/// The argument of `asnRemovePresence`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Removed {
    /// Who is gone.
    #[serde(
        rename = "u8sContactID",
        alias = "u8sContactId",
        deserialize_with = "lenient"
    )]
    pub(crate) contact: Option<String>,
}

/// The result of `asnAdminLogin`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AdminLogin {
    /// 0: logged in.
    #[serde(deserialize_with = "json::integer")]
    pub(crate) result: Option<i64>,
}

/// The result of `asnGetUserAbsentState`, where it is wrapped. How the server wraps it is to be
/// confirmed on a live server.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AbsentRead {
    #[serde(deserialize_with = "lenient")]
    absentstate: Option<AbsentState>,
}

impl AbsentState {
    /// From the result of `asnGetUserAbsentState`: wrapped, or its members at the top.
    pub(crate) fn of_result(text: &str) -> Self {
        let wrapped: AbsentRead = json::read(text.as_bytes()).unwrap_or_default();
        wrapped
            .absentstate
            .unwrap_or_else(|| json::read(text.as_bytes()).unwrap_or_default())
    }
}

/// The result of setting or resetting a manual presence. That of a reset is empty: a result that
/// is no error is success, unless it says otherwise.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Success {
    #[serde(rename = "bSuccess", deserialize_with = "lenient_bool")]
    success: Option<bool>,
}

impl Success {
    /// Whether it was done.
    pub(crate) fn is_done(&self) -> bool {
        self.success.unwrap_or(true)
    }
}

/// The result of `asnGetUserTokenV2`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Token {
    /// The token: a secret.
    #[serde(rename = "sToken", deserialize_with = "lenient")]
    pub(crate) token: Option<String>,
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
