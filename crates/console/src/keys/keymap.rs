//! Which keys are in force: the table, with what the configuration says instead.

use words::Words;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Action, BINDINGS, Binding, Key, Scope, ctrl, plain, spelled};
use crate::glyphs::{ASCII, Glyphs};

/// The keys of every row of the table, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keymap(Vec<Vec<Key>>);

impl Default for Keymap {
    fn default() -> Self {
        Self(BINDINGS.iter().map(|row| row.keys.to_vec()).collect())
    }
}

impl Keymap {
    /// The rows of the table with the keys in force.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static Binding, &[Key])> {
        BINDINGS.iter().zip(self.0.iter().map(Vec::as_slice))
    }

    /// What `key` does in `scope`: its own keys first, then those that hold everywhere. Also which
    /// of the action's keys it is.
    pub(crate) fn action(&self, scope: Scope, key: &KeyEvent) -> Option<(Action, usize)> {
        let wanted = (key.modifiers - KeyModifiers::SHIFT, key.code);
        let find = |scope: Scope| {
            let mut rows = self.rows().filter(|(row, _)| row.scope == scope);
            rows.find_map(|(row, keys)| {
                let at = keys.iter().position(|key| *key == wanted)?;
                Some((row.action, at))
            })
        };
        find(scope).or_else(|| find(Scope::Everywhere))
    }

    /// The first key of an action, as it is written.
    pub(crate) fn first(&self, action: Action, glyphs: &Glyphs) -> Option<String> {
        let (_, keys) = self.rows().find(|(row, _)| row.action == action)?;
        keys.first().map(|key| spelled(*key, glyphs))
    }

    /// Gives actions other keys. Ctrl-c always quits.
    ///
    /// # Errors
    /// Action and reason, for every key that cannot be what it shall be.
    pub(crate) fn with<'a>(
        wanted: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>,
    ) -> Result<Self, Vec<(String, Words)>> {
        let mut map = Self::default();
        let (mut changed, mut faults) = (Vec::new(), Vec::new());
        for (name, keys) in wanted {
            match map.change(name, &keys) {
                Ok(action) => changed.push(action),
                Err(why) => faults.push((name.to_owned(), why)),
            }
        }
        if faults.is_empty() {
            faults = map.conflicts(&changed);
        }
        if faults.is_empty() {
            Ok(map)
        } else {
            Err(faults)
        }
    }

    fn change(&mut self, name: &str, keys: &[&str]) -> Result<Action, Words> {
        let action = BINDINGS
            .iter()
            .map(|row| row.action)
            .find(|action| action.name() == name)
            .ok_or_else(|| Words::of_config(|t| t.console.no_action, &[("names", &all_names())]))?;
        let mut keys = keys
            .iter()
            .map(|key| read(key))
            .collect::<Result<Vec<Key>, Words>>()?;
        if action == Action::Quit && !keys.contains(&ctrl('c')) {
            keys.push(ctrl('c'));
        }
        for (row, place) in BINDINGS.iter().zip(&mut self.0) {
            if row.action == action {
                place.clone_from(&keys);
            }
        }
        Ok(action)
    }

    /// A key may do two things only where one of them hides the other on purpose: as the table has it.
    fn conflicts(&self, changed: &[Action]) -> Vec<(String, Words)> {
        let rows: Vec<_> = self.rows().collect();
        let mut faults = Vec::new();
        for (at, (a, a_keys)) in rows.iter().enumerate() {
            for (b, b_keys) in rows.iter().skip(at + 1).filter(|(b, _)| meets(a, b)) {
                let both = a_keys.iter().find(|key| {
                    let on_purpose = a.keys.contains(key) && b.keys.contains(key);
                    b_keys.contains(key) && !on_purpose
                });
                let Some(key) = both else { continue };
                let (ours, other) = if changed.contains(&b.action) {
                    (b.action, a.action)
                } else {
                    (a.action, b.action)
                };
                let key = spelled(*key, &ASCII);
                let why = Words::of_config(
                    |t| t.console.key_taken,
                    &[("key", &key), ("action", &other.name())],
                );
                faults.push((ours.name(), why));
            }
        }
        faults.dedup();
        faults
    }
}

/// Whether two rows of the table hear the same keys, or must not have one in common all the same.
fn meets(a: &Binding, b: &Binding) -> bool {
    let same = a.scope == b.scope || [a.scope, b.scope].contains(&Scope::Everywhere);
    let grave = a.action.is_grave() || b.action.is_grave();
    a.action != b.action && (same || grave)
}

fn all_names() -> String {
    let mut names: Vec<String> = BINDINGS.iter().map(|row| row.action.name()).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}

impl Action {
    /// The name in settings: `next_problem`.
    pub(crate) fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(c.to_lowercase());
        }
        name
    }
}

/// Reads a key as the help writes it: `q`, `R`, `Ctrl-r`, `F5`, `Enter`, `PgUp`, `Space`.
fn read(text: &str) -> Result<Key, Words> {
    let odd = || Words::of_config(|t| t.console.no_key, &[("key", &text)]);
    if let Some(rest) = text.strip_prefix("Ctrl-") {
        let c = one(rest).filter(char::is_ascii_lowercase).ok_or_else(odd)?;
        return Ok(ctrl(c));
    }
    if let Some(c) = one(text) {
        return Ok(plain(KeyCode::Char(c)));
    }
    let code = match text {
        "Space" => KeyCode::Char(' '),
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Backspace" => KeyCode::Backspace,
        "Delete" => KeyCode::Delete,
        "Insert" => KeyCode::Insert,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        other => {
            let number = other.strip_prefix('F').and_then(|n| n.parse::<u8>().ok());
            KeyCode::F(number.filter(|n| (1..=12).contains(n)).ok_or_else(odd)?)
        }
    };
    Ok(plain(code))
}

fn one(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let c = chars
        .next()
        .filter(|c| !c.is_whitespace() && !c.is_control())?;
    chars.next().is_none().then_some(c)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn pressed(map: &Keymap, scope: Scope, key: Key) -> Option<Action> {
        map.action(scope, &KeyEvent::new(key.1, key.0))
            .map(|(action, _)| action)
    }

    #[test]
    fn every_key_of_the_table_is_read_as_it_is_written() {
        for key in BINDINGS.iter().flat_map(|row| row.keys) {
            assert_eq!(read(&spelled(*key, &ASCII)), Ok(*key));
        }
    }

    #[test]
    fn an_action_can_have_other_keys() {
        let map = Keymap::with([("next_problem", vec!["F3", "]"])]).unwrap();
        let f3 = plain(KeyCode::F(3));
        let problem = Some(Action::NextProblem);
        assert_eq!(pressed(&map, Scope::Table, f3), problem);
        assert_eq!(pressed(&map, Scope::Screen, f3), problem);
        assert_eq!(pressed(&map, Scope::Table, plain(KeyCode::Char('n'))), None);
        assert_eq!(map.first(Action::NextProblem, &ASCII).unwrap(), "F3");
    }

    #[test]
    fn ctrl_c_quits_whatever_is_configured() {
        let map = Keymap::with([("quit", vec!["Q"])]).unwrap();
        assert_eq!(pressed(&map, Scope::Log, ctrl('c')), Some(Action::Quit));
        assert!(Keymap::with([("clear_all", vec!["Ctrl-c"])]).is_err());
    }

    #[test]
    fn two_actions_can_swap_their_keys() {
        let swapped = Keymap::with([("sort", vec!["O"]), ("sort_reverse", vec!["o"])]);
        assert!(swapped.is_ok(), "{swapped:?}");
    }

    #[rstest]
    #[case("sort", "r", "the key r already does refresh")]
    #[case("sort", "q", "the key q already does quit")]
    #[case("wrap", "x", "the key x already does clear")]
    #[case("sort", "Alt-q", "is no key")]
    #[case("sort", "Ctrl-Q", "is no key")]
    #[case("sort", "F13", "is no key")]
    #[case("explode", "e", "no such action; there are back, ")]
    fn what_cannot_be_is_said(#[case] action: &str, #[case] key: &str, #[case] why: &str) {
        let faults = Keymap::with([(action, vec![key])]).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].0, action);
        let said = faults[0].1.in_lang(words::Lang::En);
        assert!(said.contains(why), "{faults:?}");
    }
}
