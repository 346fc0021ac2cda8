//! What a session asks, as it stands on the wire.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::dialogue::Dialogue;
use super::manual::{Action, Step};
use super::moment::TimeForm;
use super::operation::Operation;
use model::presence::ContactUri;

/// What we subscribe: calculated presence 1, contact data 2, configuration 8 (what we may do and
/// the user's rights), absent state 16, appointments 64, lines 128, calls 256. No images.
const FLAGS: u32 = 1 | 2 | 8 | 16 | 64 | 128 | 256;
/// A login token that lets us in (0 would only identify us).
const LOGIN_TOKEN: u32 = 1;
/// How long a login token shall last.
const TOKEN_SECONDS: u32 = 86_400;

/// What was asked.
#[derive(Clone, Debug)]
pub(super) enum Request {
    WhoAmI,
    /// The same again with each sign of life: only UCServer itself can answer it, not a UCWeb
    /// that has lost it.
    SignOfLife,
    Token,
    AdminLogin,
    Profiles,
    MonitorContent,
    Subscribe(Batch),
    Unsubscribe(Vec<ContactUri>),
    Lease(Step),
    /// A step that only reads, on a server that knows no operation for it.
    ReadShown(Step),
}

/// Contacts to subscribe together.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) contacts: Vec<ContactUri>,
    pub(super) tries: u8,
}

impl Request {
    pub(super) const fn operation(&self) -> Operation {
        match self {
            Self::WhoAmI | Self::SignOfLife => Operation::GetLoggedInContact,
            Self::Token => Operation::GetUserToken,
            Self::AdminLogin => Operation::AdminLogin,
            Self::Profiles => Operation::AdminGetUserProfiles,
            Self::MonitorContent => Operation::GetMonitorContent,
            Self::Subscribe(_) | Self::ReadShown(_) => Operation::Subscribe,
            Self::Unsubscribe(_) => Operation::Unsubscribe,
            Self::Lease(step) => step.operation(),
        }
    }

    /// Whether a time goes with it.
    pub(super) const fn names_a_time(&self) -> bool {
        matches!(self, Self::Lease(step) if matches!(step.action, Action::Set(..)))
    }

    pub(super) fn argument(&self) -> Value {
        match self {
            Self::WhoAmI | Self::SignOfLife => json!({"_type": "AsnGetLoggedInContactArgument"}),
            Self::Token => json!({"iType": LOGIN_TOKEN, "iTTL": TOKEN_SECONDS}),
            Self::Profiles => json!({"iActiveUsersOnly": 1, "iFilterOnlineState": 0}),
            Self::Subscribe(batch) => subscription(&batch.contacts),
            Self::ReadShown(step) => subscription(std::slice::from_ref(&step.contact)),
            Self::Unsubscribe(contacts) => json!({"seqContactIDs": ids(contacts)}),
            Self::MonitorContent | Self::AdminLogin | Self::Lease(_) => json!({}),
        }
    }
}

impl Dialogue {
    pub(super) fn argument(&self, request: &Request) -> Value {
        match request {
            Request::Lease(step) => {
                let old = self.names.uses_old(step.operation());
                step.argument(old, self.times.form())
            }
            Request::AdminLogin => self.admin_argument(),
            _ => request.argument(),
        }
    }

    fn admin_argument(&self) -> Value {
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

    /// In the form that the server takes. The older one has eight mandatory members; what is not
    /// meant is empty, and the last is ignored.
    pub(super) fn argument(&self, old: bool, times: TimeForm) -> Value {
        let contact = self.contact.as_str();
        match self.action {
            Action::Read => json!({"contactId": contact}),
            Action::Reset => json!({"u8sContactId": contact}),
            Action::Set(manual, until) if old => json!({"absentstate": {
                "u8sContactId": contact,
                "u8sUsername": "",
                "stTimeFrom": times.nothing(),
                "stTimeTo": times.write(until),
                "iAbsentState": manual.wire(),
                "u8sMessage": "",
                "u8sAbsentReason": "",
                "iPresenceState": 0,
            }}),
            Action::Set(manual, until) => json!({"absentstate": {
                "u8sContactId": contact,
                "eAbsentState": manual.wire(),
                "stTimeTo": times.write(until),
            }}),
        }
    }
}

fn subscription(contacts: &[ContactUri]) -> Value {
    json!({
        "_type": "AsnGetAndSubscribePresenceArgument",
        "seqContactIDs": ids(contacts),
        "iEventFlagsToSubscribe": FLAGS,
        "iContactDetailsReturnFilter": FLAGS,
        // No look-up in federations, and never a question on somebody's screen.
        "bOpenOnlyInternalContacts": true,
        "bDontRequestPermissions": true,
    })
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
        let (text, number) = (TimeForm::Text, TimeForm::Number);
        insta::assert_snapshot!(step.argument(false, text), @r#"{"absentstate":{"eAbsentState":3,"stTimeTo":"2026-01-31T10:15:00.000Z","u8sContactId":"sip:anna@corp.example"}}"#);
        insta::assert_snapshot!(step.argument(true, text), @r#"{"absentstate":{"iAbsentState":3,"iPresenceState":0,"stTimeFrom":"","stTimeTo":"2026-01-31T10:15:00.000Z","u8sAbsentReason":"","u8sContactId":"sip:anna@corp.example","u8sMessage":"","u8sUsername":""}}"#);
        insta::assert_snapshot!(step.argument(false, number), @r#"{"absentstate":{"eAbsentState":3,"stTimeTo":46053.42708333333,"u8sContactId":"sip:anna@corp.example"}}"#);
        insta::assert_snapshot!(step.argument(true, number), @r#"{"absentstate":{"iAbsentState":3,"iPresenceState":0,"stTimeFrom":0.0,"stTimeTo":46053.42708333333,"u8sAbsentReason":"","u8sContactId":"sip:anna@corp.example","u8sMessage":"","u8sUsername":""}}"#);
    }

    #[test]
    fn everything_is_subscribed_that_is_read() {
        let argument = subscription(&[ContactUri::new("sip:anna@corp.example")]);
        assert_eq!(argument["iEventFlagsToSubscribe"], 475);
        assert_eq!(argument["iContactDetailsReturnFilter"], 475);
    }
}
