//! What was tried, in words, for messages.

use model::permission;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Token,
    ReadPresence,
    /// With the token of `lampfield login`.
    ReadPresenceAsUser,
    SetPresence,
    ClearPresence,
    ReadDirectory,
    SignIn,
    ReachEntra,
    ReachGraph,
    /// To a server that is not Microsoft's.
    SendAlert,
}

impl Operation {
    /// Fits after "could not" and "refused to".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Token => "renew the token",
            Self::ReadPresence => "read presence",
            Self::ReadPresenceAsUser => "read presence as the user who signed in",
            Self::SetPresence => "set presence",
            Self::ClearPresence => "clear presence",
            Self::ReadDirectory => "read the directory",
            Self::SignIn => "sign in",
            Self::ReachEntra => "reach Entra",
            Self::ReachGraph => "reach Graph",
            Self::SendAlert => "send the alert",
        }
    }

    /// Largest answer that is read, in bytes after decompression. 650 presences take some
    /// 350 KB. A page of 999 users is larger than it looks: with a full licence `assignedPlans`
    /// alone is 15 KB a user.
    pub(super) const fn body_limit(self) -> usize {
        match self {
            Self::ReadDirectory => 48 << 20,
            Self::SendAlert => 64 << 10,
            _ => 8 << 20,
        }
    }

    /// Whether a credential goes with the request: then nothing of a refusal is quoted that the
    /// server has written freely.
    pub(super) const fn sends_credential(self) -> bool {
        matches!(self, Self::Token | Self::SignIn)
    }

    /// Whether it has done what it is for where Graph knows nothing of the user's session (404).
    pub(super) const fn is_met_by_absence(self) -> bool {
        matches!(self, Self::ClearPresence)
    }

    /// The server that answers it, as it is named to people.
    pub(super) const fn server(self) -> &'static str {
        match self {
            Self::Token | Self::SignIn | Self::ReachEntra => "Entra",
            Self::SendAlert => "the webhook",
            _ => "Graph",
        }
    }

    /// The permission that it needs (Graph reference), of the application or, as a user, delegated. Reading presence alone would
    /// do with Presence.Read.All; the application has one permission for both.
    pub(super) const fn permission(self) -> &'static str {
        match self {
            Self::ReadDirectory => permission::USER_READ,
            Self::ReadPresenceAsUser => permission::PRESENCE_READ,
            _ => permission::PRESENCE_READ_WRITE,
        }
    }
}
