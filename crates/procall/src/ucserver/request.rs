//! What a session asks, as it stands on the wire.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::dialogue::{Dialogue, Request};
use super::manual::{Action, Step};
use super::operation::Operation;
use model::presence::ContactUri;

/// What we subscribe: calculated presence 1, contact data 2, configuration 8 (what we may do and
/// the user's rights), absent state 16, appointments 64, lines 128, calls 256. No images.
const FLAGS: u32 = 1 | 2 | 8 | 16 | 64 | 128 | 256;
/// A login token that lets us in (0 would only identify us).
const LOGIN_TOKEN: u32 = 1;
/// How long a login token shall last.
const TOKEN_SECONDS: u32 = 86_400;

impl Request {
    pub(super) const fn operation(&self) -> Operation {
        match self {
            Self::WhoAmI => Operation::GetLoggedInContact,
            Self::Token => Operation::GetUserToken,
            Self::AdminLogin => Operation::AdminLogin,
            Self::Profiles => Operation::AdminGetUserProfiles,
            Self::MonitorContent => Operation::GetMonitorContent,
            Self::Subscribe(_) => Operation::Subscribe,
            Self::Unsubscribe(_) => Operation::Unsubscribe,
            Self::Lease(step) => step.operation(),
        }
    }

    pub(super) fn argument(&self) -> Value {
        match self {
            Self::WhoAmI => json!({"_type": "AsnGetLoggedInContactArgument"}),
            Self::Token => json!({"iType": LOGIN_TOKEN, "iTTL": TOKEN_SECONDS}),
            Self::Profiles => json!({"iActiveUsersOnly": 1, "iFilterOnlineState": 0}),
            Self::Subscribe(batch) => json!({
                "_type": "AsnGetAndSubscribePresenceArgument",
                "seqContactIDs": ids(&batch.contacts),
                "iEventFlagsToSubscribe": FLAGS,
                "iContactDetailsReturnFilter": FLAGS,
                // No look-up in federations, and never a question on somebody's screen.
                "bOpenOnlyInternalContacts": true,
                "bDontRequestPermissions": true,
            }),
            Self::Unsubscribe(contacts) => json!({"seqContactIDs": ids(contacts)}),
            Self::MonitorContent | Self::AdminLogin | Self::Lease(_) => json!({}),
        }
    }
}

impl Dialogue {
    pub(super) fn admin_argument(&self) -> Value {
        let Some(admin) = &self.settings.admin else {
            return json!({});
        };
        json!({
            "u8sAdminUsername": admin.user,
            "adminPassword": {"u8sAdminPassword": admin.password.expose_secret()},
        })
    }
}

impl Step {
    pub(super) const fn operation(&self) -> Operation {
        match self.action {
            Action::Read => Operation::GetAbsentState,
            Action::Set(..) => Operation::SetAbsentState,
            Action::Reset => Operation::ResetAbsentState,
        }
    }

    /// The older operation takes the state under its older name.
    pub(super) fn argument(&self, old: bool) -> Value {
        let contact = self.contact.as_str();
        match self.action {
            Action::Read => json!({"contactId": contact}),
            Action::Reset => json!({"u8sContactId": contact}),
            Action::Set(manual, until) => {
                let state = if old { "iAbsentState" } else { "eAbsentState" };
                json!({"absentstate": {
                    "u8sContactId": contact,
                    state: manual.wire(),
                    "stTimeTo": format!("{until:.3}"),
                }})
            }
        }
    }
}

fn ids(contacts: &[ContactUri]) -> Vec<&str> {
    contacts.iter().map(ContactUri::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::super::manual::Manual;
    use super::*;

    #[test]
    fn a_lease_says_when_it_ends() {
        let until = "2026-01-31T10:15:00Z".parse().unwrap();
        let step = Step {
            user: model::presence::MatchKey::new("anna"),
            contact: ContactUri::new("sip:anna@corp.example"),
            action: Action::Set(Manual::DoNotDisturb, until),
        };
        insta::assert_snapshot!(step.argument(false), @r#"{"absentstate":{"eAbsentState":3,"stTimeTo":"2026-01-31T10:15:00.000Z","u8sContactId":"sip:anna@corp.example"}}"#);
        insta::assert_snapshot!(step.argument(true), @r#"{"absentstate":{"iAbsentState":3,"stTimeTo":"2026-01-31T10:15:00.000Z","u8sContactId":"sip:anna@corp.example"}}"#);
    }
}
