//! What a caller chooses before the tenant opens, and what it gets told once it is open.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fault::{Fault, FaultKind, On, RetryAfter};
use super::script::Step;

/// How the tenant is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Users that ProCall lists (lines of users.csv).
    pub users: usize,
    /// Same seed, same tenant and same day.
    pub seed: u64,
    /// Port of Entra, Graph and the control on 127.0.0.1; 0 = any free one.
    pub graph_port: u16,
    /// What happens by itself.
    pub scenario: Scenario,
    /// Where users.csv and calls.jsonl go; `None` = an own folder, removed at the end.
    pub directory: Option<PathBuf>,
    /// Everything that Microsoft leaves open or that differs between tenants.
    pub settings: Settings,
    /// The certificate (PEM) registered for the app; `None` = only the secret works.
    pub certificate_pem: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: 40,
            seed: 7,
            graph_port: 0,
            scenario: Scenario::Day,
            directory: None,
            settings: Settings::default(),
            certificate_pem: None,
        }
    }
}

/// What Graph does with an id that has no presence. Undocumented, so a setting
/// (spec: "unknown / deleted id").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdPolicy {
    /// The id is missing in the answer.
    #[default]
    Omit,
    /// The id comes back as PresenceUnknown / PresenceUnknown.
    PresenceUnknown,
    /// The whole request fails with 404.
    NotFound,
    /// The whole request fails with 500.
    ServerError,
}

/// The form of `Retry-After` when the presence limit is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryForm {
    /// Whole seconds.
    #[default]
    Seconds,
    /// Seconds with a fraction.
    Decimal,
    /// An HTTP date.
    HttpDate,
    /// No header at all.
    Absent,
}

/// Everything that Microsoft leaves open or that differs between tenants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // independent switches, each a line in a file
pub struct Settings {
    /// Presence requests per 30 s, reading and writing together (documented: 1,500).
    pub presence_limit: u32,
    /// Form of `Retry-After` when that limit is reached.
    pub retry_form: RetryForm,
    /// Resource units per 10 s for /users; `None` = no limit.
    pub directory_units: Option<u32>,
    /// Life of an access token in seconds; `None` = random 3,600 to 5,400 as Entra does.
    pub token_lifetime_s: Option<u32>,
    /// An id that the tenant does not have.
    pub unknown_ids: IdPolicy,
    /// A guest, or a user without a Teams plan.
    pub without_teams: IdPolicy,
    /// Activity of an app's `Available` after 5 minutes. Microsoft's prose says
    /// `AvailableInactive`, its schema knows only `Inactive`.
    pub faded_activity: String,
    /// The roles an administrator has consented to; new ones hold in new tokens only.
    pub roles: Vec<String>,
    /// Users on a page of /users/delta.
    pub delta_page: usize,
    /// Life of a delta token in seconds (documented: 7 days).
    pub delta_lifetime_s: u32,
    /// Repeat some users on a delta answer, as the documentation allows.
    pub delta_replays: bool,
    /// Answer one empty page in the middle of a long /users listing.
    pub empty_pages: bool,
    /// Leave `sequenceNumber` out when `false`.
    pub sequence_numbers: bool,
    /// Every ProCall user matches (benchmarks); otherwise, from 20 users on, some do not.
    pub everyone_matches: bool,
    /// How lively the day is: 1 = a change every few seconds with 40 users.
    pub pace: f64,
    /// How many requests are kept with their bodies.
    pub recorded_requests: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            presence_limit: 1_500,
            retry_form: RetryForm::Seconds,
            directory_units: None,
            token_lifetime_s: None,
            unknown_ids: IdPolicy::Omit,
            without_teams: IdPolicy::PresenceUnknown,
            faded_activity: "AvailableInactive".into(),
            roles: vec!["Presence.ReadWrite.All".into(), "User.Read.All".into()],
            delta_page: 200,
            delta_lifetime_s: 7 * 24 * 3_600,
            delta_replays: true,
            empty_pages: true,
            sequence_numbers: true,
            everyone_matches: false,
            pace: 1.0,
            recorded_requests: 200,
        }
    }
}

/// What happens by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scenario {
    /// A believable working day.
    #[default]
    Day,
    /// Nothing: everybody is signed in and available, and stays so.
    Quiet,
    /// A script: one of the built-in fault scenarios, or a file.
    Script(Box<Script>),
}

/// A scenario from a file (TOML or JSON).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Whether the working day goes on around it.
    pub day: bool,
    /// Replaces [`Options::settings`] where given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// Faults, each from `after_s` on.
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
    /// What people do, and when.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            day: true,
            settings: None,
            faults: Vec::new(),
            steps: Vec::new(),
        }
    }
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Neither a name nor a readable file.
    #[error(
        "no scenario \"{name}\": it is neither one of {} nor a readable file ({reason})",
        Scenario::NAMES.join(", ")
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// What reading the file said.
        reason: String,
    },
    /// The file is no scenario.
    #[error("the scenario file {path} cannot be understood: {reason}")]
    Malformed {
        /// Which file.
        path: String,
        /// Where and what.
        reason: String,
    },
}

impl Scenario {
    /// The built-in names.
    pub const NAMES: [&'static str; 10] = [
        "day",
        "quiet",
        "throttled",
        "flaky",
        "proxy",
        "slow",
        "expired_secret",
        "missing_permission",
        "outage",
        "odd_values",
    ];

    /// A built-in scenario by name, else the file of that path.
    ///
    /// # Errors
    /// When there is neither, or the file is no scenario.
    pub fn load(name: &str) -> Result<Self, ScenarioError> {
        if let Some(built_in) = Self::named(name) {
            return Ok(built_in);
        }
        let text = std::fs::read_to_string(name).map_err(|e| ScenarioError::Unknown {
            name: name.to_owned(),
            reason: e.to_string(),
        })?;
        let json = Path::new(name)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let script = if json {
            serde_json::from_str(&text).map_err(|e| e.to_string())
        } else {
            toml::from_str(&text).map_err(|e| e.to_string())
        };
        script
            .map(|script| Self::Script(Box::new(script)))
            .map_err(|reason| ScenarioError::Malformed {
                path: name.to_owned(),
                reason,
            })
    }

    /// A built-in scenario.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let faults = match name {
            "day" => return Some(Self::Day),
            "quiet" => return Some(Self::Quiet),
            "throttled" => throttled(),
            "flaky" => flaky(),
            "proxy" => vec![Fault::new(FaultKind::Html { status: 200 }).on(On::Graph)],
            "slow" => vec![Fault::new(FaultKind::Delay { ms: 4_000 }).on(On::Graph)],
            "expired_secret" => vec![Fault::new(FaultKind::Entra { code: 7_000_222 })],
            "missing_permission" => vec![Fault::new(FaultKind::RolesMissing).on(On::Graph)],
            "outage" => vec![Fault::new(FaultKind::Reset).after(20.0).lasting(60.0)],
            "odd_values" => odd_values(),
            _ => return None,
        };
        Some(Self::Script(Box::new(Script {
            faults,
            ..Script::default()
        })))
    }

    /// Whether people move by themselves.
    pub(super) fn has_day(&self) -> bool {
        match self {
            Self::Day => true,
            Self::Quiet => false,
            Self::Script(script) => script.day,
        }
    }
}

fn throttled() -> Vec<Fault> {
    let forms = [
        Some(RetryAfter::Seconds(10)),
        Some(RetryAfter::Decimal(2.5)),
        Some(RetryAfter::HttpDate(8)),
        None,
    ];
    (0u16..)
        .zip(forms)
        .map(|(n, form)| {
            Fault::new(FaultKind::throttled(form))
                .on(On::Presence)
                .after(20.0 + 40.0 * f64::from(n))
                .lasting(12.0)
        })
        .collect()
}

fn flaky() -> Vec<Fault> {
    let kinds = [
        FaultKind::status(503),
        FaultKind::status(500),
        FaultKind::Reset,
        FaultKind::Truncated,
        FaultKind::Delay { ms: 2_500 },
    ];
    kinds
        .into_iter()
        .map(|kind| Fault::new(kind).on(On::Graph).chance(0.06))
        .collect()
}

fn odd_values() -> Vec<Fault> {
    let odd = |availability: &str, activity: &str| {
        Fault::new(FaultKind::Value {
            availability: Some(availability.into()),
            activity: Some(activity.into()),
        })
        .on(On::Presences)
        .chance(0.2)
    };
    vec![
        odd("BusyIdle", "Busy"),
        odd("FutureValue", "FutureActivity"),
        odd("DoNotDisturb", "Focusing"),
        Fault::new(FaultKind::NullFields)
            .on(On::Presences)
            .chance(0.1),
        Fault::new(FaultKind::ExtraFields).on(On::Presences),
    ]
}

/// What a client needs to know to use the tenant; one JSON line.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// `http://127.0.0.1:PORT/v1.0`
    pub graph_base: String,
    /// `http://127.0.0.1:PORT`
    pub authority: String,
    /// The tenant's GUID.
    pub tenant_id: String,
    /// The app's GUID.
    pub client_id: String,
    /// The app's secret; it opens nothing but this simulator.
    pub client_secret: String,
    /// Where the tenant is steered: `http://127.0.0.1:PORT/_control`
    pub control: String,
    /// users.csv; calls.jsonl lies beside it.
    pub users_file: String,
    /// The simulated UCServer, where there is one.
    pub ucserver: Option<String>,
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ready")
            .field("graph_base", &self.graph_base)
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .field("client_secret", &"***")
            .field("users_file", &self.users_file)
            .field("ucserver", &self.ucserver)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_name_is_a_scenario() {
        for name in Scenario::NAMES {
            assert!(Scenario::load(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_file_carries_settings_faults_and_steps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(
            &path,
            "day = false\n[settings]\npresence_limit = 60\n\
             [[fault]]\nkind = \"status\"\nstatus = 429\nretry_after = { seconds = 3 }\n\
             on = \"presences\"\nafter_s = 10\ntimes = 2\n\
             [[step]]\nat_s = 5\nuser = 0\nteams = { do = \"call\" }\n\
             [[step]]\nat_s = 6\nuser = \"a@b.example\"\n\
             call = { kind = \"tapi\", state = \"connected\" }\n",
        )
        .unwrap();
        let Scenario::Script(script) = Scenario::load(path.to_str().unwrap()).unwrap() else {
            panic!("a file is a script");
        };
        assert_eq!(script.settings.unwrap().presence_limit, 60);
        assert_eq!(script.faults[0].times, Some(2));
        assert_eq!(script.steps.len(), 2);
    }

    #[test]
    fn a_wrong_name_says_which_there_are() {
        let error = Scenario::load("nonsense").unwrap_err().to_string();
        assert!(error.contains("missing_permission"), "{error}");
    }
}
