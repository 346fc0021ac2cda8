//! What happens by itself: the working day, nothing, or a script; built-in ones and files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::fault::{Fault, FaultKind, On, RetryAfter};
use super::script::Step;
use super::settings::Settings;
use super::ucserver::{UcFault, UcFaultKind};
use files::{OpenError, OpenRules, decode};
use model::text::harmless;
use words::{Lang, Value, Words};

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
    /// Replaces [`super::Options::settings`] where given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// Faults, each from `after_s` on.
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
    /// Faults of the UCServer, each from `after_s` on.
    pub ucserver: Vec<UcFault>,
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
            ucserver: Vec::new(),
            steps: Vec::new(),
        }
    }
}

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().in_lang(Lang::En))]
pub enum ScenarioError {
    /// Neither a name nor a readable file.
    Unknown {
        /// What was asked for.
        name: String,
        /// Why there is no such file.
        why: OpenError,
    },
    /// The file is no scenario.
    Malformed {
        /// The path of the file.
        path: String,
        /// The line, counted from 1.
        line: usize,
        /// What the parser says of it, in English.
        said: String,
    },
}

impl ScenarioError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Unknown { name, why } => {
                let (names, why) = (Scenario::NAMES.join(", "), why.words());
                let values: [(&str, &dyn Value); 3] =
                    [("name", name), ("names", &names), ("why", &why)];
                Words::say(|t| t.errors.scenario_unknown, &values)
            }
            Self::Malformed { path, line, said } => {
                let values: [(&str, &dyn Value); 3] =
                    [("path", path), ("line", line), ("said", said)];
                Words::say(|t| t.errors.scenario_malformed, &values)
            }
        }
    }
}

/// Where a file is no scenario, and what its parser says of that.
struct Misread {
    line: usize,
    said: String,
}

impl Misread {
    /// The parser quotes the line: of a file that is no scenario at all, that may be anything.
    fn toml(text: &str, error: &toml::de::Error) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start));
        Self {
            line: before.map_or(0, |before| before.matches('\n').count()) + 1,
            said: error.message().to_owned(),
        }
    }

    /// The parser ends its sentence with the place.
    fn json(error: &serde_json::Error) -> Self {
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or(&said);
        Self {
            line: error.line().max(1),
            said: said.to_owned(),
        }
    }
}

impl Scenario {
    /// The built-in names.
    pub const NAMES: [&'static str; 11] = [
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
        "ucserver_outage",
    ];

    /// A built-in scenario by name, else the file of that path.
    ///
    /// # Errors
    /// When there is neither, or the file is no scenario.
    pub fn load(name: &str) -> Result<Self, ScenarioError> {
        if let Some(built_in) = Self::named(name) {
            return Ok(built_in);
        }
        let bytes = OpenRules::named(Path::new(name)).read();
        let bytes = bytes.map_err(|e| ScenarioError::Unknown {
            name: harmless(name).into_owned(),
            why: e,
        })?;
        let text = decode(&bytes);
        let json = Path::new(name)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let script = if json {
            serde_json::from_slice(text.as_bytes()).map_err(|e| Misread::json(&e))
        } else {
            toml::from_str(&text).map_err(|e| Misread::toml(&text, &e))
        };
        script
            .map(|script| Self::Script(Box::new(script)))
            .map_err(|misread| ScenarioError::Malformed {
                path: harmless(name).into_owned(),
                line: misread.line,
                said: harmless(&misread.said).into_owned(),
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
            "ucserver_outage" => Vec::new(),
            _ => return None,
        };
        Some(Self::Script(Box::new(Script {
            faults,
            ucserver: if name == "ucserver_outage" {
                ucserver_outage()
            } else {
                Vec::new()
            },
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

/// The connection breaks, the service is gone for a minute, then busy, then everything as before;
/// later the sessions end, and for a while the answers take their time.
fn ucserver_outage() -> Vec<UcFault> {
    let fault = |kind, after: f64| UcFault::new(kind).after(after);
    vec![
        fault(UcFaultKind::NotAttached, 20.0).lasting(60.0),
        fault(UcFaultKind::DropSockets, 20.0),
        fault(busy(), 80.0).lasting(15.0),
        fault(UcFaultKind::EndSessions, 180.0),
        fault(UcFaultKind::DropSockets, 185.0),
        fault(UcFaultKind::Slow { ms: 1_500 }, 200.0).lasting(60.0),
    ]
}

/// Come back in five seconds.
const fn busy() -> UcFaultKind {
    UcFaultKind::Busy {
        seconds: 5,
        place: None,
    }
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
             [[ucserver]]\nkind = \"busy\"\nseconds = 5\nfor_s = 20\n\
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
        let busy = UcFault::new(busy()).lasting(20.0);
        assert_eq!(script.ucserver, [busy]);
        assert_eq!(script.steps.len(), 2);
    }

    #[test]
    fn a_wrong_name_says_which_there_are() {
        let error = Scenario::load("nonsense").unwrap_err();
        let words = error.words();
        let german = words.in_lang(Lang::De);
        assert!(
            german.contains("kein Szenario") && german.contains("gibt es nicht"),
            "{german}"
        );
        let error = error.to_string();
        assert!(error.contains("missing_permission"), "{error}");
    }

    /// The parser's own English sentence stands in the German one, quoted.
    #[test]
    fn a_file_that_is_no_scenario_says_where_in_both_languages() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("s.toml", "day = false\n[[fault]]\nkind = \"nonsense\"\n"),
            ("t.toml", "day = false\nfault = [\n"),
            ("s.json", "{\n\"day\": 7}"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            let error = Scenario::load(path.to_str().unwrap()).unwrap_err();
            let ScenarioError::Malformed { line, said, .. } = &error else {
                panic!("{error}");
            };
            assert!(*line >= 2, "{error}");
            let words = error.words();
            let german = words.in_lang(Lang::De);
            let where_and_what = format!("Zeile {line}: „{said}“");
            assert!(german.contains(&where_and_what), "{german}");
            let english = error.to_string();
            assert!(
                english.contains(&format!("line {line}: {said}")),
                "{english}"
            );
        }
    }
}
