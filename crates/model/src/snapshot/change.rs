//! What has become of a row: the parts of it that are different. Who a user is takes most of a row and
//! hardly ever changes; a lamp that does costs a hundred bytes in the stream, not six hundred.

// Serde passes what it has, and that is a reference to an option.
#![allow(
    clippy::ref_option,
    clippy::ref_option_ref,
    clippy::trivially_copy_pass_by_ref
)]

use std::ops::BitOrAssign;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::lease::{LeasePhase, LeaseView, Verdict};
use super::user::{CallView, Note, UserRow};
use crate::answer::RequestId;
use crate::few::Few;
use crate::presence::{BuiltInRule, CallActivity, EntraId, ProcallPresence, TeamsPresence};
use crate::procall::{ShownPresence, ShownState};
use crate::stamp::Stamp;
use crate::string_pool::{ArcStr, Substr};

/// Which parts of something are meant, a bit each in the order in which they are declared: at most 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts(u32);

impl Parts {
    /// None.
    pub const NONE: Self = Self(0);

    fn bits(self) -> impl Iterator<Item = bool> {
        (0..u32::BITS).map(move |at| self.0 & (1 << at) != 0)
    }
}

impl FromIterator<bool> for Parts {
    fn from_iter<I: IntoIterator<Item = bool>>(parts: I) -> Self {
        let places = (0..u32::BITS).zip(parts);
        Self(places.fold(0, |all, (at, is_meant)| all | u32::from(is_meant) << at))
    }
}

impl BitOrAssign for Parts {
    fn bitor_assign(&mut self, others: Self) {
        self.0 |= others.0;
    }
}

/// One line a part: its name, its type, and how serde has it where that is not by itself. A part that is neither
/// here nor among those that are left out does not compile.
macro_rules! change {
    ($(#[$doc:meta])* $name:ident of $whole:ident but ($($left_out:ident),*) {
        $($(#[$form:meta])* $part:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $(
                #[doc = concat!("[`", stringify!($whole), "::", stringify!($part), "`].")]
                #[serde(skip_serializing_if = "Option::is_none")]
                $(#[$form])*
                pub $part: Option<$type>,
            )*
        }

        impl $name {
            /// What is different in `new`.
            #[must_use]
            pub fn between(old: &$whole, new: &$whole) -> Self {
                let $whole { $($part: _,)* $($left_out: _,)* } = new;
                Self { $($part: (old.$part != new.$part).then(|| new.$part.clone()),)* }
            }

            /// Makes the new one of the old one.
            pub fn apply(self, to: &mut $whole) {
                $(if let Some(new) = self.$part {
                    to.$part = new;
                })*
            }

            /// These parts of `new`, whether they are different or not.
            #[must_use]
            pub fn of_parts(parts: Parts, new: &$whole) -> Self {
                let mut bits = parts.bits();
                Self { $($part: bits.next().unwrap_or_default().then(|| new.$part.clone()),)* }
            }

            /// Which parts are different.
            #[must_use]
            pub fn parts(&self) -> Parts {
                [$(self.$part.is_some()),*].into_iter().collect()
            }

            /// Whether nothing is different.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                *self == Self::default()
            }
        }
    };
}

change! {
    /// What is different in a row, but for the name, which never changes, and the history.
    RowChange of UserRow but (user_name, history) {
        display_name: Substr,
        phone: Substr,
        entra_id: EntraId,
        #[serde(deserialize_with = "said")]
        department: Option<ArcStr>,
        #[serde(deserialize_with = "said")]
        teams: Option<TeamsPresence>,
        out_of_office: bool,
        #[serde(deserialize_with = "said")]
        since: Option<Stamp>,
        rule: BuiltInRule,
        procall: ProcallPresence,
        #[serde(deserialize_with = "said")]
        procall_since: Option<Stamp>,
        #[serde(deserialize_with = "said")]
        shows: Option<ShownPresence>,
        #[serde(deserialize_with = "said")]
        shown_before: Option<ShownState>,
        calls: Few<CallView>,
        #[serde(deserialize_with = "said")]
        lease: Option<Box<LeaseView>>,
        notes: Few<Note>,
        paused: bool,
        cleared: bool,
        #[serde(deserialize_with = "said")]
        teams_right: Option<bool>,
    }
}

change! {
    /// What is different in a lease.
    LeaseChange of LeaseView but () {
        activity: CallActivity,
        phase: LeasePhase,
        set_at: Timestamp,
        expires_at: Timestamp,
        #[serde(deserialize_with = "said")]
        renew_at: Option<Timestamp>,
        renewals: u32,
        verdict: Verdict,
        #[serde(deserialize_with = "said")]
        verdict_after: Option<Duration>,
        #[serde(deserialize_with = "said")]
        masked_by: Option<TeamsPresence>,
        #[serde(deserialize_with = "said")]
        request_id: Option<RequestId>,
    }
}

/// A part that is there and says `null` has become nothing; one that is not there is as it was.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
