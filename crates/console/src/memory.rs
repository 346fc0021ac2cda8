//! What the console remembers from run to run: the sort, groups and pins, the theme that was chosen by
//! key, what rings, the columns where they were changed by hand, and the filters that were saved under
//! a name. A small file beside the ledger; whatever is wrong with it, the console starts without.

use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alerts::{AlertEvent, AlertWay};
use super::columns::{Arrangement, COLUMNS};
use super::filter::parse;
use super::order::Sort;
use super::pins::Pins;
use super::settings::NamedFilter;
use super::state::State;
use super::theme::ThemeChoice;
use files::{OpenRules, decode};

/// The file's name in the state directory.
pub(super) const FILE_NAME: &str = "console.json";
/// How long a disk has to remember for us.
const REMEMBER_WITHIN: Duration = Duration::from_millis(500);
/// A larger file is not ours.
const LIMIT: u64 = 64 * 1024;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    sort: String,
    reversed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
    #[serde(default)]
    by_department: bool,
    /// User names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pins: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    theme: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alerts: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    alert_by: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    filters: Vec<NamedFilter>,
}

impl Memory {
    /// What there is to remember of this state; columns from the configuration are remembered
    /// there.
    pub(super) fn from_state(state: &State, configured: Option<&Arrangement>) -> Self {
        let column = COLUMNS.get(state.sort.column);
        let usual = configured.cloned().unwrap_or_default();
        let changed = configured.is_none() && state.columns != usual;
        Self {
            sort: column.map_or("", |column| column.id).to_owned(),
            reversed: state.sort.reversed,
            columns: changed.then(|| state.columns.names()),
            by_department: state.order.by_department,
            pins: state.order.pins.names().map(ToOwned::to_owned).collect(),
            alerts: state
                .alerts
                .events
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            alert_by: state.alerts.way.as_str().to_owned(),
            theme: state.kept_theme.map(|it| it.as_str().to_owned()),
            filters: state.filter.saved.clone(),
        }
    }

    /// Puts it into a new state.
    pub(super) fn restore(&self, state: &mut State) {
        if let Some(column) = COLUMNS.iter().position(|column| column.id == self.sort) {
            state.sort = Sort {
                column,
                reversed: self.reversed,
            };
        }
        let events = self.alerts.iter();
        state.alerts.events = events.filter_map(|it| AlertEvent::from_name(it)).collect();
        state.alerts.way = AlertWay::from_name(&self.alert_by).unwrap_or_default();
        state.order.by_department = self.by_department;
        state.order.pins = Pins::of_names(self.pins.iter().map(String::as_str));
        let columns = self.columns.as_deref().map(Arrangement::of_names);
        if let Some(Ok(columns)) = columns {
            state.columns = columns;
        }
        let theme = self.theme.as_deref().and_then(ThemeChoice::from_name);
        if let Some(theme) = theme {
            state.kept_theme = Some(theme);
            state.look_mut().choose(theme);
        }
        let reads = |filter: &&NamedFilter| parse(&filter.text).is_ok();
        let filters = self.filters.iter().filter(reads).cloned();
        state.filter.saved = filters.map(NamedFilter::made_harmless).collect();
    }

    /// What was remembered; nothing where it cannot be read.
    pub(super) fn load(directory: &Path) -> Option<Self> {
        let file = directory.join(FILE_NAME);
        let bytes = OpenRules::ours(&file).up_to(LIMIT).read().ok()?;
        serde_json::from_str(&decode(&bytes)).ok()
    }

    /// Remembers it. Nothing is lost that one key does not bring back: a disk that does not answer
    /// is not waited for.
    pub(super) fn keep(self, directory: PathBuf) {
        let (done, saved) = sync_channel(1);
        let saving = std::thread::Builder::new().spawn(move || {
            let _ = self.save(&directory);
            let _ = done.send(());
        });
        if saving.is_ok() {
            let _ = saved.recv_timeout(REMEMBER_WITHIN);
        }
    }

    /// Remembers it: all of it or nothing.
    ///
    /// # Errors
    /// Where the directory takes no file.
    pub(super) fn save(&self, directory: &Path) -> std::io::Result<()> {
        let file = directory.join(FILE_NAME);
        OpenRules::ours(&file).replace(&serde_json::to_vec(self)?)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::tz::TimeZone;
    use ratatui::layout::Size;

    use super::*;
    use crate::fixture;
    use crate::state::Appearance;
    use crate::theme::{Depth, ThemeName};
    use model::presence::{Lang, UserName};

    fn state() -> State {
        let look = Appearance::new(Lang::En, false, ThemeName::Dark, Depth::True, TimeZone::UTC);
        let size = Size {
            width: 80,
            height: 24,
        };
        State::new(look, size, Arc::new(fixture::snapshot()))
    }

    #[test]
    fn sort_and_columns_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut before = state();
        before.sort = Sort {
            column: 7,
            reversed: true,
        };
        before.columns.shift(3, false);
        before.filter.saved.push(NamedFilter {
            name: "women".into(),
            text: "anna | dora".into(),
        });
        Memory::from_state(&before, None)
            .save(folder.path())
            .unwrap();
        let mut after = state();
        Memory::load(folder.path()).unwrap().restore(&mut after);
        assert_eq!(after.sort, before.sort);
        assert_eq!(after.columns, before.columns);
        assert_eq!(after.filter.saved, before.filter.saved);
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left over");
    }

    #[test]
    fn groups_and_pins_come_back_and_a_file_of_before_still_reads() {
        let folder = tempfile::tempdir().unwrap();
        let mut before = state();
        before.order.by_department = true;
        before.alerts.choose(2);
        before.alerts.choose(4);
        for name in ["carla.mueller@corp.example", "nobody@corp.example"] {
            before.order.pins.toggle(&UserName::new(name));
        }
        Memory::from_state(&before, None)
            .save(folder.path())
            .unwrap();
        let mut after = state();
        Memory::load(folder.path()).unwrap().restore(&mut after);
        assert!(after.order.by_department);
        assert_eq!(after.alerts, before.alerts);
        assert_eq!(after.order.pins, before.order.pins);
        let old = r#"{"sort":"teams","reversed":true}"#;
        std::fs::write(folder.path().join(FILE_NAME), old).unwrap();
        let mut after = state();
        Memory::load(folder.path()).unwrap().restore(&mut after);
        assert!(after.sort.reversed && !after.order.by_department);
    }

    #[test]
    fn a_theme_comes_back_where_it_was_chosen_by_key() {
        let folder = tempfile::tempdir().unwrap();
        let before = state();
        assert_eq!(Memory::from_state(&before, None).theme, None);
        let light = ThemeChoice::Named(ThemeName::Light);
        let mut before = before;
        before.kept_theme = Some(light);
        let memory = Memory::from_state(&before, None);
        memory.save(folder.path()).unwrap();
        let mut after = state();
        Memory::load(folder.path()).unwrap().restore(&mut after);
        assert_eq!(after.kept_theme, Some(light));
        assert_eq!(after.look().choice, light);
    }

    #[test]
    fn a_broken_memory_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Memory::load(folder.path()), None);
        for broken in ["", "{", "[]", "\u{0}"] {
            std::fs::write(folder.path().join(FILE_NAME), broken).unwrap();
            assert_eq!(Memory::load(folder.path()), None);
        }
        let odd = r#"{"sort":"salary","reversed":true,"columns":["nobody"],
            "filters":[{"name":"odd","text":"lat>soon"}]}"#;
        std::fs::write(folder.path().join(FILE_NAME), odd).unwrap();
        let mut after = state();
        Memory::load(folder.path()).unwrap().restore(&mut after);
        assert_eq!(after.sort, Sort::default());
        assert_eq!(after.columns, Arrangement::default());
        assert_eq!(after.filter.saved, []);
    }

    #[test]
    fn a_directory_that_takes_nothing_says_so() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Memory::default().save(&folder.path().join("none")).is_err());
    }

    #[test]
    fn columns_of_the_configuration_are_not_remembered_twice() {
        let mut state = state();
        let configured = Arrangement::of_names(&["name", "lease"]).unwrap();
        state.columns = configured.clone();
        state.columns.shift(0, true);
        assert_eq!(Memory::from_state(&state, Some(&configured)).columns, None);
    }
}
