//! `[console]` of the configuration: theme, columns, named filters, keys, title, mouse, alerts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::alerts::{AlertEvent, AlertWay};
use super::columns::Arrangement;
use super::filter::parse;
use super::keys::Keymap;
use super::theme::ThemeChoice;
use words::{ConfigTexts, Words};

/// What the administrator has set.
#[derive(Clone, Debug, Default)]
pub struct ConsoleSettings {
    /// The theme, where one is named.
    pub theme: Option<ThemeChoice>,
    pub(crate) columns: Option<Arrangement>,
    pub(crate) filters: Vec<NamedFilter>,
    pub(crate) keymap: Keymap,
    /// Whether the window has a title, where that is said.
    pub(crate) title: Option<bool>,
    pub(crate) mouse: bool,
    /// What rings, where that is said.
    pub(crate) alerts: Option<BTreeSet<AlertEvent>>,
    pub(crate) alert_by: Option<AlertWay>,
}

/// A filter with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedFilter {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl NamedFilter {
    /// The same as it may stand on a screen.
    pub(crate) fn made_harmless(self) -> Self {
        let harmless = |text: &str| model::text::harmless(text).into_owned();
        Self {
            name: harmless(&self.name),
            text: harmless(&self.text),
        }
    }
}

/// What is wrong with a key of `[console]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// Which, below `console`, dotted: `keys.quit`.
    pub key: String,
    /// What is wrong and what is expected.
    pub message: Words,
}

impl ConsoleSettings {
    /// Reads the table. `line_of` says where a key (dotted) stands: named filters are in that
    /// order, and the first five of them have the keys 5 to 9.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(
        table: &Table,
        line_of: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, Vec<SettingFault>> {
        let mut read = Reading::default();
        for (key, value) in table {
            match key.as_str() {
                "theme" => read.theme(value),
                "columns" => read.columns(value),
                "filters" => read.filters(value, &line_of),
                "keys" => read.keys(value),
                "title" => read.title(value),
                "mouse" => read.mouse(value),
                "alerts" => read.alerts(value),
                "alert_by" => read.alert_by(value),
                _ => read.fault_of(key, |t| t.console.no_such_key),
            }
        }
        if read.faults.is_empty() {
            Ok(read.settings)
        } else {
            Err(read.faults)
        }
    }
}

#[derive(Default)]
struct Reading {
    settings: ConsoleSettings,
    faults: Vec<SettingFault>,
}

impl Reading {
    fn fault(&mut self, key: &str, message: Words) {
        self.faults.push(SettingFault {
            key: key.to_owned(),
            message,
        });
    }

    /// A fault that there is nothing more to say of.
    fn fault_of(&mut self, key: &str, entry: fn(&'static ConfigTexts) -> &'static str) {
        self.fault(key, Words::of_config(entry, &[]));
    }

    fn theme(&mut self, value: &Value) {
        match value.as_str().and_then(ThemeChoice::from_name) {
            Some(theme) => self.settings.theme = Some(theme),
            None => self.fault_of("theme", |t| t.console.theme),
        }
    }

    fn columns(&mut self, value: &Value) {
        let Some(names) = strings(value) else {
            return self.fault_of("columns", |t| t.console.columns);
        };
        match Arrangement::of_names(&names) {
            Ok(arrangement) => self.settings.columns = Some(arrangement),
            Err(why) => self.fault("columns", why),
        }
    }

    fn title(&mut self, value: &Value) {
        self.settings.title = value.as_bool();
        if self.settings.title.is_none() {
            self.fault_of("title", |t| t.console.switch);
        }
    }

    fn mouse(&mut self, value: &Value) {
        match value.as_bool() {
            Some(on) => self.settings.mouse = on,
            None => self.fault_of("mouse", |t| t.console.switch),
        }
    }

    fn alerts(&mut self, value: &Value) {
        let names = strings(value).unwrap_or_else(|| vec![""]);
        let events = names.into_iter().map(AlertEvent::from_name);
        match events.collect() {
            Some(events) => self.settings.alerts = Some(events),
            None => self.fault_of("alerts", |t| t.console.alerts),
        }
    }

    fn alert_by(&mut self, value: &Value) {
        self.settings.alert_by = value.as_str().and_then(AlertWay::from_name);
        if self.settings.alert_by.is_none() {
            self.fault_of("alert_by", |t| t.console.alert_by);
        }
    }

    fn filters(&mut self, value: &Value, line_of: &impl Fn(&str) -> Option<usize>) {
        let Some(table) = value.as_table() else {
            return self.fault_of("filters", |t| t.console.filters);
        };
        let mut filters = Vec::new();
        for (name, value) in table {
            let key = format!("filters.{name}");
            match value.as_str().map(|text| (text, parse(text))) {
                Some((text, Ok(_))) => filters.push(NamedFilter {
                    name: model::text::harmless(name).into_owned(),
                    text: text.to_owned(),
                }),
                Some((_, Err(error))) => {
                    let why: &dyn words::Value = &error.problem;
                    let why = Words::of_config(|t| t.console.filter_unread, &[("why", why)]);
                    self.fault(&key, why);
                }
                None => self.fault_of(&key, |t| t.console.filter),
            }
        }
        filters.sort_by_key(|filter| line_of(&format!("filters.{}", filter.name)));
        self.settings.filters = filters;
    }

    fn keys(&mut self, value: &Value) {
        let Some(table) = value.as_table() else {
            return self.fault_of("keys", |t| t.console.keys);
        };
        let mut changes = Vec::new();
        for (action, value) in table {
            match strings(value) {
                Some(keys) => changes.push((action.as_str(), keys)),
                None => self.fault_of(&format!("keys.{action}"), |t| t.console.key_list),
            }
        }
        match Keymap::with(changes) {
            Ok(keymap) => self.settings.keymap = keymap,
            Err(faults) => {
                for (action, why) in faults {
                    self.fault(&format!("keys.{action}"), why);
                }
            }
        }
    }
}

/// A list of strings, or one.
fn strings(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(one) => Some(vec![one]),
        Value::Array(all) => all.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(text: &str) -> Result<ConsoleSettings, Vec<SettingFault>> {
        let table: Table = text.parse().unwrap();
        ConsoleSettings::read(&table, |key| {
            let name = key.rsplit('.').next()?;
            text.lines().position(|line| line.starts_with(name))
        })
    }

    #[test]
    fn title_mouse_and_alerts_can_be_set() {
        let usual = read("").unwrap();
        assert_eq!(
            (usual.title, usual.mouse, usual.alerts),
            (None, false, None)
        );
        let text =
            "title = false\nmouse = true\nalerts = [\"pinned\", \"outage\"]\nalert_by = \"osc9\"";
        let settings = read(text).unwrap();
        assert_eq!((settings.title, settings.mouse), (Some(false), true));
        let wanted = [AlertEvent::Outage, AlertEvent::Pinned];
        assert_eq!(settings.alerts, Some(BTreeSet::from(wanted)));
        assert_eq!(settings.alert_by, Some(AlertWay::Notification));
    }

    #[test]
    fn everything_can_be_set() {
        let settings = read(
            "theme = \"light\"\ncolumns = [\"name\", \"lease\"]\n\
             [filters]\nwomen = \"anna | berta\"\nbad = \"is:wrong\"\n\
             [keys]\nrefresh_all = [\"F5\"]\nsort = \"s\"\n",
        )
        .unwrap();
        let light = ThemeChoice::from_name("light");
        assert_eq!(settings.theme, light);
        let names: Vec<&str> = settings.filters.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["women", "bad"], "in the order of the file");
        assert_ne!(settings.keymap, Keymap::default());
        assert!(settings.columns.is_some());
    }

    #[rstest]
    #[case("theme = \"pink\"", "theme", "expected \"auto\"")]
    #[case("columns = [\"nme\"]", "columns", "no column \"nme\"")]
    #[case("columns = 3", "columns", "expected a list")]
    #[case("[filters]\nodd = \"lat>soon\"", "filters.odd", "does not read")]
    #[case("[keys]\nquit = 3", "keys.quit", "expected a list")]
    #[case("[keys]\nsort = \"r\"", "keys.sort", "already does refresh")]
    #[case("colour = 1", "colour", "no such key")]
    #[case("title = \"no\"", "title", "expected true or false")]
    #[case("mouse = 1", "mouse", "expected true or false")]
    #[case("alerts = [\"rain\"]", "alerts", "problem, outage, pinned")]
    #[case("alerts = true", "alerts", "problem, outage, pinned")]
    #[case("alert_by = \"horn\"", "alert_by", "expected \"bell\"")]
    fn what_is_wrong_is_named(#[case] text: &str, #[case] key: &str, #[case] why: &str) {
        let faults = read(text).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].key, key);
        let said = faults[0].message.in_lang(words::Lang::En);
        assert!(said.contains(why), "{faults:?}");
    }
}
