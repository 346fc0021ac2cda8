//! The values: open sets of strings on the Teams side, closed sets on ours.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::open::Open;
use crate::read_text;

macro_rules! open_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $constant:ident = $ix:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Open);

        impl $name {
            const KNOWN: &'static [&'static str] = &[$($text),*];
            $($(#[$vdoc])* pub const $constant: Self = Self(Open::known($ix));)*

            /// Takes any string: known values in any case, unknown ones kept (without control
            /// characters, cut to 48 characters) and shown as they are.
            #[must_use]
            pub fn parse(raw: &str) -> Self {
                Self(Open::parse(raw, Self::KNOWN))
            }

            /// The value in the spelling of the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str(Self::KNOWN)
            }

            fn code(&self) -> u16 {
                self.0.code()
            }

            fn of_code(code: u16) -> Self {
                Self(Open::of_code(code))
            }

            /// Whether this is a value that the documentation (of any year) names.
            #[must_use]
            pub fn is_known(&self) -> bool {
                self.0.is_known()
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.same(other.0)
            }
        }

        impl Eq for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                read_text::made(from, Self::parse)
            }
        }
    };
}

open_set! {
    /// `availability` as Graph returns it: an open set, compared without case.
    ///
    /// Source of the names: Graph reference of 2025-12 and of before mid-2024; both occur.
    Availability {
        /// Free.
        AVAILABLE = 0 "Available",
        /// Free, no input for a while (documented until mid-2024).
        AVAILABLE_IDLE = 1 "AvailableIdle",
        /// Away.
        AWAY = 2 "Away",
        /// Be right back; only a status set by hand.
        BE_RIGHT_BACK = 3 "BeRightBack",
        /// Busy.
        BUSY = 4 "Busy",
        /// Busy, no input for a while (documented until mid-2024).
        BUSY_IDLE = 5 "BusyIdle",
        /// Do not disturb.
        DO_NOT_DISTURB = 6 "DoNotDisturb",
        /// No session at all, or appearing offline.
        OFFLINE = 7 "Offline",
        /// Graph cannot say.
        PRESENCE_UNKNOWN = 8 "PresenceUnknown",
        /// Named by the newer reference as an availability.
        FOCUSING = 9 "Focusing",
        /// Named by the newer reference as an availability.
        IN_A_CALL = 10 "InACall",
        /// Named by the newer reference as an availability.
        IN_A_MEETING = 11 "InAMeeting",
        /// Named by the newer reference as an availability.
        PRESENTING = 12 "Presenting",
        /// Out of office.
        OUT_OF_OFFICE = 13 "OutOfOffice",
    }
}

open_set! {
    /// `activity` as Graph returns it: an open set, compared without case.
    Activity {
        /// Free.
        AVAILABLE = 0 "Available",
        /// Away.
        AWAY = 1 "Away",
        /// Be right back.
        BE_RIGHT_BACK = 2 "BeRightBack",
        /// Busy.
        BUSY = 3 "Busy",
        /// Do not disturb.
        DO_NOT_DISTURB = 4 "DoNotDisturb",
        /// On the phone; also what lampfield writes for a ProCall call.
        IN_A_CALL = 5 "InACall",
        /// In a conference; also what lampfield writes for a ProCall Meeting.
        IN_A_CONFERENCE_CALL = 6 "InAConferenceCall",
        /// First fade of an application's Available.
        INACTIVE = 7 "Inactive",
        /// In a meeting by the calendar.
        IN_A_MEETING = 8 "InAMeeting",
        /// No client and no application has a session.
        OFFLINE = 9 "Offline",
        /// Appearing offline; only a status set by hand.
        OFF_WORK = 10 "OffWork",
        /// Out of office.
        OUT_OF_OFFICE = 11 "OutOfOffice",
        /// Graph cannot say.
        PRESENCE_UNKNOWN = 12 "PresenceUnknown",
        /// Sharing the screen.
        PRESENTING = 13 "Presenting",
        /// Focus time of the calendar.
        FOCUSING = 14 "Focusing",
        /// Only urgent notifications.
        URGENT_INTERRUPTIONS_ONLY = 15 "UrgentInterruptionsOnly",
        /// First fade of an application's Available.
        AVAILABLE_INACTIVE = 16 "AvailableInactive",
    }
}

/// A Teams presence: the pair as Graph returns it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamsPresence {
    /// The coarse state.
    pub availability: Availability,
    /// The finer one.
    pub activity: Activity,
}

impl TeamsPresence {
    /// The pair from two strings of the wire.
    #[must_use]
    pub fn parse(availability: &str, activity: &str) -> Self {
        Self {
            availability: Availability::parse(availability),
            activity: Activity::parse(activity),
        }
    }

    /// Two numbers for the pair, as long as the program runs: for keeping it in little room.
    #[must_use]
    pub fn codes(&self) -> [u16; 2] {
        [self.availability.code(), self.activity.code()]
    }

    /// The pair of two numbers that [`TeamsPresence::codes`] gave.
    #[must_use]
    pub fn of_codes([availability, activity]: [u16; 2]) -> Self {
        Self {
            availability: Availability::of_code(availability),
            activity: Activity::of_code(activity),
        }
    }

    /// Whether the activity is one that lampfield itself may have written.
    #[must_use]
    pub fn is_call(&self) -> bool {
        self.activity == Activity::IN_A_CALL || self.activity == Activity::IN_A_CONFERENCE_CALL
    }
}

impl fmt::Display for TeamsPresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.availability, self.activity)
    }
}

impl fmt::Debug for TeamsPresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What `setPresence` takes: exactly these five pairs (Graph reference, 2026-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SettablePair {
    /// Available/Available. Never sent: it would make an absent user look present.
    Available,
    /// Busy/InACall.
    InACall,
    /// Busy/InAConferenceCall.
    InAConferenceCall,
    /// Away/Away. Never sent.
    Away,
    /// DoNotDisturb/Presenting. Never sent.
    Presenting,
}

impl SettablePair {
    /// All five, for checks and tests.
    pub const ALL: [Self; 5] = [
        Self::Available,
        Self::InACall,
        Self::InAConferenceCall,
        Self::Away,
        Self::Presenting,
    ];

    /// The two strings of the wire.
    #[must_use]
    pub const fn wire(self) -> (&'static str, &'static str) {
        match self {
            Self::Available => ("Available", "Available"),
            Self::InACall => ("Busy", "InACall"),
            Self::InAConferenceCall => ("Busy", "InAConferenceCall"),
            Self::Away => ("Away", "Away"),
            Self::Presenting => ("DoNotDisturb", "Presenting"),
        }
    }
}

/// What a lease asserts: the only two of the five pairs that lampfield ever writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CallActivity {
    /// A telephone, softphone or audio/video call.
    InACall,
    /// A ProCall Meeting.
    InAConferenceCall,
}

impl CallActivity {
    /// The pair to write.
    #[must_use]
    pub const fn pair(self) -> SettablePair {
        match self {
            Self::InACall => SettablePair::InACall,
            Self::InAConferenceCall => SettablePair::InAConferenceCall,
        }
    }

    /// The activity's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.pair().wire().1
    }
}

/// What kind of event ProCall reports for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// A desk phone through the PBX (TAPI).
    Tapi,
    /// ProCall's softphone.
    Softphone,
    /// Audio or video chat.
    AvChat,
    /// A ProCall Meeting.
    Meeting,
    /// A presence set by hand. Never carried to Teams.
    Manual,
}

impl CallKind {
    /// What the kind is written to Teams as; nothing for a manual change.
    #[must_use]
    pub const fn activity(self) -> Option<CallActivity> {
        match self {
            Self::Tapi | Self::Softphone | Self::AvChat => Some(CallActivity::InACall),
            Self::Meeting => Some(CallActivity::InAConferenceCall),
            Self::Manual => None,
        }
    }

    /// The name in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tapi => "tapi",
            Self::Softphone => "softphone",
            Self::AvChat => "av_chat",
            Self::Meeting => "meeting",
            Self::Manual => "manual",
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_constants_stand_at_their_index() {
        assert_eq!(Availability::OUT_OF_OFFICE.as_str(), "OutOfOffice");
        assert_eq!(Availability::DO_NOT_DISTURB.as_str(), "DoNotDisturb");
        assert_eq!(Activity::AVAILABLE_INACTIVE.as_str(), "AvailableInactive");
        assert_eq!(Activity::OFF_WORK.as_str(), "OffWork");
    }

    #[rstest]
    #[case("inACall")]
    #[case("INACALL")]
    #[case(" InACall ")]
    fn known_values_are_found_in_any_case(#[case] raw: &str) {
        assert_eq!(Activity::parse(raw), Activity::IN_A_CALL);
        assert_eq!(Activity::parse(raw).as_str(), "InACall");
    }

    #[test]
    fn unknown_values_are_kept_and_compared_without_case() {
        let future = Activity::parse("FutureValue");
        assert_eq!(future.as_str(), "FutureValue");
        assert!(!future.is_known());
        assert_eq!(future, Activity::parse("futurevalue"));
        assert_ne!(future, Activity::parse("Other"));
        assert_eq!(Activity::parse("a\u{1b}[2J").as_str(), "a[2J");
    }

    #[test]
    fn a_pair_is_small() {
        assert_eq!(size_of::<Option<TeamsPresence>>(), 4);
    }

    #[test]
    fn only_calls_are_written() {
        assert_eq!(CallKind::Manual.activity(), None);
        assert_eq!(
            CallKind::Meeting.activity().map(CallActivity::as_str),
            Some("InAConferenceCall")
        );
        assert_eq!(
            CallKind::Tapi.activity().map(CallActivity::as_str),
            Some("InACall")
        );
    }
}
