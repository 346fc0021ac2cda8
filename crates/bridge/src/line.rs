//! A line of the log, with the values that it is about: whoever looks for a line asks those and reads no sentence.

use std::sync::Arc;

use graph::{Failure, RequestId};
use model::presence::UserName;

/// A line for the ExternalServiceProvider log, the journal and the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The severity; the log drops lines below its own level.
    pub level: tracing::Level,
    /// The part of lampfield that speaks.
    pub target: LogTarget,
    /// Whom it is about.
    pub user: Option<UserName>,
    /// Harmless text without secrets.
    pub message: String,
    /// What else it is about, for machines.
    pub values: LineValues,
}

impl LogLine {
    /// One of the bridge itself, about nobody.
    #[must_use]
    pub const fn of_bridge(level: tracing::Level, message: String) -> Self {
        Self {
            level,
            target: LogTarget::Bridge,
            user: None,
            message,
            values: LineValues::NONE,
        }
    }

    /// The same line with these values.
    #[must_use]
    pub fn with(self, values: impl Into<LineValues>) -> Self {
        Self {
            values: values.into(),
            ..self
        }
    }
}

/// What a line is about besides its user: values that its sentence was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineValues {
    /// What it tells, where somebody would look for all lines that tell it.
    pub kind: Option<LineKind>,
    /// The answer of Microsoft's that it is about.
    pub request_id: Option<RequestId>,
    /// The problem that begins or ends: [`model::problem::ProblemKind::code`].
    pub problem: Option<Arc<str>>,
}

impl LineValues {
    /// Nothing.
    pub const NONE: Self = Self {
        kind: None,
        request_id: None,
        problem: None,
    };

    /// The same, about this answer of Microsoft's, if there was one.
    #[must_use]
    pub fn of_request(self, id: Option<&RequestId>) -> Self {
        Self {
            request_id: id.cloned(),
            ..self
        }
    }
}

impl From<LineKind> for LineValues {
    fn from(kind: LineKind) -> Self {
        Self {
            kind: Some(kind),
            ..Self::NONE
        }
    }
}

impl From<Option<LineKind>> for LineValues {
    fn from(kind: Option<LineKind>) -> Self {
        Self { kind, ..Self::NONE }
    }
}

impl From<&Failure> for LineValues {
    fn from(failure: &Failure) -> Self {
        Self::NONE.of_request(failure.request_id.as_ref())
    }
}

macro_rules! kinds {
    ($($(#[$meaning:meta])* $kind:ident $name:literal $id:literal;)*) => {
        /// What a line tells. Name and id stay what they are for ever: whoever watches goes by them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LineKind {
            $($(#[$meaning])* $kind,)*
        }

        impl LineKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The name, for machines.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// The `MESSAGE_ID` of the journal: drawn at random once, as systemd wants it.
            /// <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>
            #[must_use]
            pub const fn message_id(self) -> u128 {
                match self {
                    $(Self::$kind => $id,)*
                }
            }
        }
    };
}

kinds! {
    /// A bridge begins its work.
    BridgeStarted "bridge_started" 0xb0ff_a18b_824a_43c7_a58f_f094_75f6_03f0;
    /// A bridge has ended it.
    BridgeEnded "bridge_ended" 0x9c85_53a5_0449_46b0_99bd_db50_a569_2ca7;
    /// This bridge writes for the tenant from now on.
    BridgeLeads "bridge_leads" 0xa7b3_e695_58e3_4592_a33c_081c_38fe_b945;
    /// It does not write any more, or not yet: another one does, or nobody knows who may.
    BridgeStandsBy "bridge_stands_by" 0x13d2_e297_f365_4650_b4f1_a683_827e_7947;
    /// Teams has taken a lease.
    LeaseSet "lease_set" 0x56d1_afd8_c2cd_465a_bdf3_a483_a7e9_a44c;
    /// A lease is cleared in Teams.
    LeaseCleared "lease_cleared" 0xdf1f_da38_b9e7_4f40_92e4_ec3a_ca6f_8d79;
    /// A lease ran out in Teams before it could be renewed or cleared.
    LeaseExpired "lease_expired" 0xcc12_673b_d155_4a74_9f3b_2529_5271_3862;
    /// A lease could not be set, renewed or cleared.
    LeaseRefused "lease_refused" 0x96a4_3a69_839a_404d_9b2e_3ba8_4986_fe6a;
    /// Something is wrong, and lasts.
    ProblemBegins "problem_begins" 0xe617_c04d_0268_4216_bace_94dc_814f_a3cb;
    /// It is worse than it was told.
    ProblemWorse "problem_worse" 0x2bd8_6488_b5c6_4310_a97e_3378_3981_a32d;
    /// It is over.
    ProblemEnds "problem_ends" 0x0991_91c9_0395_49b8_a1ec_fa0f_5597_eb85;
    /// A new configuration is in force.
    ConfigurationReloaded "configuration_reloaded" 0x6bc3_6621_799b_44ec_8f7c_0da5_d23d_024a;
    /// A new configuration has a fault, and the old one stays in force.
    ConfigurationRefused "configuration_refused" 0xddfb_0672_8995_435e_a62a_75e2_16da_eaf5;
    /// Somebody in another process gives a command.
    CommandAsked "command_asked" 0xd82a_5e9e_7d97_4271_9a10_41d5_8789_3a27;
    /// Somebody who may only look has asked for something.
    CommandRefused "command_refused" 0xe61b_df97_ff0d_4423_ab1b_2d7d_4c07_8511;
}

/// Which part of lampfield a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogTarget {
    /// Poll cycles and the requests that read presence.
    Poll,
    /// Writes to Teams.
    Set,
    /// State changes and what ProCall is told.
    Presence,
    /// The directory and the matching.
    Directory,
    /// Tokens of Entra: got, renewed, refused.
    Token,
    /// The ProCall source.
    Procall,
    /// Start, stop, lock, ledger, commands.
    Bridge,
}

impl LogTarget {
    /// The name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Set => "set",
            Self::Presence => "presence",
            Self::Directory => "directory",
            Self::Token => "token",
            Self::Procall => "procall",
            Self::Bridge => "bridge",
        }
    }
}

/// What an operator must know, for journald or syslog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The severity; the log drops lines below its own level.
    pub level: tracing::Level,
    /// Harmless text without secrets.
    pub message: String,
    /// The level of the line that says the same in the log, where one does: who reads both needs it once.
    pub line: Option<tracing::Level>,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_kinds_are_taken_for_each_other() {
        let ids: HashSet<_> = LineKind::ALL.iter().map(|it| it.message_id()).collect();
        let names: HashSet<_> = LineKind::ALL.iter().map(|it| it.name()).collect();
        let all = LineKind::ALL.len();
        assert_eq!((ids.len(), names.len()), (all, all));
    }
}
