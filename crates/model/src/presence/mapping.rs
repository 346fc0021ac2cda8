//! The two mappings, read from `assets/mapping.toml`: one table drives the decisions, the
//! `mapping` command, the console's "why" and the tests.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::value::{Activity, Availability, CallActivity, CallKind, TeamsPresence};

/// A language that lampfield speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// German.
    De,
    /// English.
    #[default]
    En,
}

/// The same text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tooltip {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

impl Tooltip {
    /// The text in one language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }
}

/// The colour of the Teams icon in ProCall.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Lamp {
    /// Grey: free, or nothing is known.
    #[default]
    Neutral,
    /// Red: busy in one way or another.
    Red,
    /// Yellow: absent.
    Yellow,
}

/// What a Teams presence makes of the presence in ProCall.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ProcallPresence {
    /// ProCall keeps its own.
    #[default]
    Unchanged,
    /// Do not disturb.
    DoNotDisturb,
    /// Busy, in a call.
    BusyInACall,
}

impl ProcallPresence {
    /// The name in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::DoNotDisturb => "do_not_disturb",
            Self::BusyInACall => "busy_in_a_call",
        }
    }
}

impl Lamp {
    /// The name in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Red => "red",
            Self::Yellow => "yellow",
        }
    }
}

/// How a rule is looked up; the order is the order of the lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Availability and activity.
    Pair,
    /// The activity, whatever the availability.
    Activity,
    /// The availability, whatever the activity.
    Availability,
    /// What is left.
    Unknown,
}

/// One row of Teams -> ProCall.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The row's name: what JSON, logs and the console call it.
    pub name: String,
    /// What Teams shows.
    pub shown: Tooltip,
    /// How it is looked up.
    pub kind: RuleKind,
    /// The availability it asks for.
    pub availability: Option<Availability>,
    /// The activity it asks for.
    pub activity: Option<Activity>,
    /// What it makes of the presence in ProCall.
    pub procall: ProcallPresence,
    /// The Teams lamp in ProCall.
    pub lamp: Lamp,
    /// The lamp's tooltip.
    pub tooltip: Tooltip,
    /// Whether estos' table does not have this row.
    pub open: bool,
    /// Whether the read says nothing: it neither changes nor lifts anything.
    pub unknown: bool,
    /// Whether ProCall shows this state through its Outlook integration.
    pub by_outlook: bool,
}

/// One row of ProCall -> Teams.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ProcallRow {
    /// The row's name.
    pub name: String,
    /// What ProCall shows.
    pub shown: Tooltip,
    /// Which events it covers; none where ProCall never tells us.
    pub kinds: Vec<CallKind>,
    /// What is written to Teams; nothing in most rows.
    pub writes: Option<CallActivity>,
    /// The reason for the row, for the documentation.
    pub reason: Tooltip,
}

/// What ProCall shows for each Teams presence, and what Teams is told of each call.
#[derive(Debug)]
pub struct Mapping {
    teams: Vec<Rule>,
    procall: Vec<ProcallRow>,
    unknown: usize,
}

/// Why a mapping was refused.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Not TOML, or not our TOML.
    #[error("the mapping cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A row names a tooltip that is not defined.
    #[error("row {row}: the tooltip {tooltip} is not defined under [tooltips]")]
    NoTooltip {
        /// The name of the row.
        row: String,
        /// The tooltip that it names.
        tooltip: String,
    },
    /// Two rows with the same key disagree.
    #[error("rows {first} and {second} have the same key but say different things")]
    Contradiction {
        /// The earlier row.
        first: String,
        /// The later one.
        second: String,
    },
    /// There is no row for what is not known.
    #[error("one row must have neither availability nor activity: it holds for unknown values")]
    NoUnknown,
    /// What the row writes is not what its kinds are written as.
    #[error("row {row}: what it writes does not fit its kinds")]
    Writes {
        /// The name of the row.
        row: String,
    },
}

static BUILT_IN: LazyLock<Mapping> = LazyLock::new(|| {
    let parsed = Mapping::parse(include_str!("../../../../assets/mapping.toml"));
    // The asset is part of the binary and a test parses it: there is no input that could fail.
    #[allow(clippy::expect_used)]
    parsed.expect("assets/mapping.toml is valid")
});

impl Mapping {
    /// The mapping in force.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads a mapping.
    ///
    /// # Errors
    /// See [`MappingError`].
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let file: File = toml::from_str(text)?;
        let teams = file
            .teams
            .into_iter()
            .map(|row| row.check(&file.tooltips))
            .collect::<Result<Vec<_>, _>>()?;
        refuse_contradictions(&teams)?;
        let unknown = teams
            .iter()
            .position(|rule| rule.kind == RuleKind::Unknown)
            .ok_or(MappingError::NoUnknown)?;
        let procall = file
            .procall
            .into_iter()
            .map(RawProcall::check)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            teams,
            procall,
            unknown,
        })
    }

    /// The rule for what Graph says; `None` where it says nothing about the user.
    #[must_use]
    pub fn rule_for(&self, presence: Option<&TeamsPresence>) -> &Rule {
        let found = presence.and_then(|presence| {
            self.teams
                .iter()
                .filter(|rule| rule.holds_for(presence))
                .min_by_key(|rule| rule.kind)
        });
        // `unknown` is the position of a row of `teams`, found when it was read.
        #[allow(clippy::indexing_slicing)]
        found.unwrap_or(&self.teams[self.unknown])
    }

    /// The row of this name.
    #[must_use]
    pub fn rule_named(&self, name: &str) -> Option<&Rule> {
        self.teams.iter().find(|rule| rule.name == name)
    }

    /// The rows of Teams -> ProCall, estos' first and in estos' order.
    #[must_use]
    pub fn teams_rows(&self) -> &[Rule] {
        &self.teams
    }

    /// The rows of ProCall -> Teams, in estos' order.
    #[must_use]
    pub fn procall_rows(&self) -> &[ProcallRow] {
        &self.procall
    }
}

impl Rule {
    fn holds_for(&self, presence: &TeamsPresence) -> bool {
        self.kind != RuleKind::Unknown
            && self
                .availability
                .as_ref()
                .is_none_or(|wanted| *wanted == presence.availability)
            && self
                .activity
                .as_ref()
                .is_none_or(|wanted| *wanted == presence.activity)
    }

    fn says_the_same_as(&self, other: &Self) -> bool {
        (self.procall, self.lamp, &self.tooltip, self.unknown)
            == (other.procall, other.lamp, &other.tooltip, other.unknown)
    }
}

fn refuse_contradictions(rules: &[Rule]) -> Result<(), MappingError> {
    for (at, first) in rules.iter().enumerate() {
        let same_key = |other: &&Rule| {
            first.availability == other.availability && first.activity == other.activity
        };
        if let Some(second) = rules
            .iter()
            .skip(at + 1)
            .filter(same_key)
            .find(|other| !first.says_the_same_as(other))
        {
            return Err(MappingError::Contradiction {
                first: first.name.clone(),
                second: second.name.clone(),
            });
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tooltips: std::collections::BTreeMap<String, Tooltip>,
    teams: Vec<RawRule>,
    procall: Vec<RawProcall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    name: String,
    shown: Tooltip,
    availability: Option<String>,
    activity: Option<String>,
    procall: ProcallPresence,
    lamp: Lamp,
    tooltip: String,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    unknown: bool,
    #[serde(default)]
    by_outlook: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProcall {
    name: String,
    shown: Tooltip,
    kinds: Vec<CallKind>,
    writes: Option<CallActivity>,
    reason: Tooltip,
}

impl RawRule {
    fn check(
        self,
        tooltips: &std::collections::BTreeMap<String, Tooltip>,
    ) -> Result<Rule, MappingError> {
        let Some(tooltip) = tooltips.get(&self.tooltip).cloned() else {
            return Err(MappingError::NoTooltip {
                row: self.name,
                tooltip: self.tooltip,
            });
        };
        let kind = match (&self.availability, &self.activity) {
            (Some(_), Some(_)) => RuleKind::Pair,
            (None, Some(_)) => RuleKind::Activity,
            (Some(_), None) => RuleKind::Availability,
            (None, None) => RuleKind::Unknown,
        };
        Ok(Rule {
            name: self.name,
            shown: self.shown,
            kind,
            availability: self.availability.as_deref().map(Availability::parse),
            activity: self.activity.as_deref().map(Activity::parse),
            procall: self.procall,
            lamp: self.lamp,
            tooltip,
            open: self.open,
            unknown: self.unknown,
            by_outlook: self.by_outlook,
        })
    }
}

impl RawProcall {
    fn check(self) -> Result<ProcallRow, MappingError> {
        if self.kinds.iter().any(|kind| kind.activity() != self.writes) {
            return Err(MappingError::Writes { row: self.name });
        }
        Ok(ProcallRow {
            name: self.name,
            shown: self.shown,
            kinds: self.kinds,
            writes: self.writes,
            reason: self.reason,
        })
    }
}

#[cfg(test)]
mod tests;
