//! What the console remembers from run to run: the sort, the theme that was chosen by key, and the
//! columns where they were changed by hand. A small file beside the ledger; whatever is wrong with it, the console starts without.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::columns::{Arrangement, COLUMNS};
use super::order::Sort;
use super::state::State;
use super::theme::ThemeChoice;
use files::{OpenRules, decode};

/// The file's name in the state directory.
pub(super) const FILE_NAME: &str = "console.json";
/// A larger file is not ours.
const LIMIT: u64 = 64 * 1024;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    sort: String,
    reversed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    theme: Option<String>,
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
            theme: state.kept_theme.map(|it| it.as_str().to_owned()),
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
        let columns = self.columns.as_deref().map(Arrangement::of_names);
        if let Some(Ok(columns)) = columns {
            state.columns = columns;
        }
        let theme = self.theme.as_deref().and_then(ThemeChoice::from_name);
        if let Some(theme) = theme {
            state.kept_theme = Some(theme);
            state.look_mut().choose(theme);
        }
    }

    /// What was remembered; nothing where it cannot be read.
    pub(super) fn load(directory: &Path) -> Option<Self> {
        let file = directory.join(FILE_NAME);
        let bytes = OpenRules::ours(&file).up_to(LIMIT).read().ok()?;
        serde_json::from_str(&decode(&bytes)).ok()
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
    use model::presence::Lang;

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
        Memory::from_state(&before, None)
            .save(folder.path())
            .unwrap();
        let mut after = state();
        Memory::load(folder.path()).unwrap().restore(&mut after);
        assert_eq!(after.sort, before.sort);
        assert_eq!(after.columns, before.columns);
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left over");
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
        let odd = r#"{"sort":"salary","reversed":true,"columns":["nobody"]}"#;
        std::fs::write(folder.path().join(FILE_NAME), odd).unwrap();
        let mut after = state();
        Memory::load(folder.path()).unwrap().restore(&mut after);
        assert_eq!(after.sort, Sort::default());
        assert_eq!(after.columns, Arrangement::default());
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
