//! Which of estos' interfaces a server speaks.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kind of server: what it knows and how it writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UcServerVersion {
    /// ProCall 7, and ProCall 8 before August 2024: only the older names and shapes; whatever was
    /// added later is an unknown operation.
    V1,
    /// ProCall 8 since August 2024: both names, each answered in its own shape; events in the newer.
    #[default]
    V2,
    /// Like [`Self::V2`], but the events have the older names and shapes: nobody announced
    /// `eASN1V2EVENTS`.
    Mixed,
}

impl UcServerVersion {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::V1, Self::V2, Self::Mixed];

    /// As on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::Mixed => "mixed",
        }
    }

    /// How events are named and shaped.
    pub(super) const fn events(self) -> Generation {
        match self {
            Self::V2 => Generation::Newer,
            Self::V1 | Self::Mixed => Generation::Older,
        }
    }

    /// Whether operations of this generation are there at all.
    pub(super) const fn knows(self, generation: Generation) -> bool {
        !matches!((self, generation), (Self::V1, Generation::Newer))
    }
}

impl FromStr for UcServerVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| "expected v1, v2 or mixed".to_owned())
    }
}

/// One of the two spellings of everything that the interface of August 2024 renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// Before August 2024.
    Older,
    /// Since.
    Newer,
}
