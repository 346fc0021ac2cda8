//! The operations that lampfield uses, by number and by name.
//!
//! UCWeb dispatches by name. Servers from before August 2024 know some operations only by an
//! older name and say so with "unrecognised operation": from then on the older name is used for
//! the rest of the session.

/// An operation of the client interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    /// Who are we.
    GetLoggedInContact,
    /// A login token, so that the password is not needed again.
    GetUserToken,
    /// The administrator's log-in on the same connection.
    AdminLogin,
    /// The profiles of all users, for the administrator.
    AdminGetUserProfiles,
    /// The contacts of the groups that we may watch.
    GetMonitorContent,
    /// Presence of some contacts, and every change from now on.
    Subscribe,
    /// No more changes.
    Unsubscribe,
    /// Set a manual presence.
    SetAbsentState,
    /// Read the manual presence that is set.
    GetAbsentState,
    /// Take it back.
    ResetAbsentState,
    /// A sign of life: an event, not answered.
    KeepAlive,
}

/// Which names a session uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    old_presence: bool,
    old_absent: bool,
}

impl Operation {
    const fn row(self) -> (u32, &'static str, Option<&'static str>) {
        match self {
            Self::GetLoggedInContact => (
                1008,
                "asnGetLoggedInContactV2",
                Some("asnGetLoggedInContact"),
            ),
            Self::GetUserToken => (1007, "asnGetUserTokenV2", Some("asnGetUserToken")),
            Self::AdminLogin => (2904, "asnAdminLogin", None),
            Self::AdminGetUserProfiles => (2913, "asnAdminGetUserProfiles", None),
            Self::GetMonitorContent => {
                (4620, "asnGetAndSubscribeAdministrativeMonitorContent", None)
            }
            Self::Subscribe => (
                4505,
                "asnGetAndSubscribePresenceV2",
                Some("asnGetAndSubscribePresence"),
            ),
            Self::Unsubscribe => (4503, "asnUnsubscribePresence", None),
            Self::SetAbsentState => (1128, "asnSetUserAbsentState", Some("asnAbsentStateSetUser")),
            Self::GetAbsentState => (1129, "asnGetUserAbsentState", None),
            Self::ResetAbsentState => {
                (1130, "asnResetUserAbsentState", Some("asnAbsentStateReset"))
            }
            Self::KeepAlive => (1706, "asnTransportKeepAlive", None),
        }
    }

    /// Whether `name` is that of an operation that a password goes with.
    pub(crate) fn sends_password(name: &str) -> bool {
        name == Self::AdminLogin.row().1
    }

    const fn is_absent(self) -> bool {
        matches!(self, Self::SetAbsentState | Self::ResetAbsentState)
    }
}

impl Names {
    /// Number and name of `operation`. An older operation has no published number: 0, as UCWeb
    /// looks at the name only.
    pub(crate) const fn for_operation(self, operation: Operation) -> (u32, &'static str) {
        let (id, name, old) = operation.row();
        match old {
            Some(old) if self.uses_old(operation) => (0, old),
            _ => (id, name),
        }
    }

    /// Whether `operation` goes by its older name.
    pub(crate) const fn uses_old(self, operation: Operation) -> bool {
        if operation.is_absent() {
            self.old_absent
        } else {
            self.old_presence
        }
    }

    /// The server does not know the name it was given. `true` if there is another one to try.
    pub(crate) fn fall_back(&mut self, operation: Operation, used: &str) -> bool {
        let (_, name, old) = operation.row();
        if old.is_none() || used != name {
            return false;
        }
        if operation.is_absent() {
            self.old_absent = true;
        } else {
            self.old_presence = true;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_replaced_once() {
        let mut names = Names::default();
        let (_, new) = names.for_operation(Operation::Subscribe);
        assert_eq!(new, "asnGetAndSubscribePresenceV2");
        assert!(names.fall_back(Operation::Subscribe, new));
        let (id, old) = names.for_operation(Operation::Subscribe);
        assert_eq!((id, old), (0, "asnGetAndSubscribePresence"));
        assert!(!names.fall_back(Operation::Subscribe, old));
    }

    #[test]
    fn an_operation_without_an_older_name_stays_unknown() {
        let mut names = Names::default();
        let (_, name) = names.for_operation(Operation::AdminLogin);
        assert!(!names.fall_back(Operation::AdminLogin, name));
    }

    #[test]
    fn presence_and_manual_presence_fall_back_apart() {
        let mut names = Names::default();
        let (_, name) = names.for_operation(Operation::GetLoggedInContact);
        assert!(names.fall_back(Operation::GetLoggedInContact, name));
        assert_eq!(
            names.for_operation(Operation::GetUserToken).1,
            "asnGetUserToken"
        );
        assert_eq!(
            names.for_operation(Operation::SetAbsentState).1,
            "asnSetUserAbsentState"
        );
    }
}
