//! The keys: one table drives dispatch, footer, help and `docs/keys.md`.

mod keymap;
mod table;

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::glyphs::Glyphs;
use words::Texts;

use Scope::{Everywhere, Log, Screen, Table};
pub(crate) use keymap::Keymap;
pub(crate) use table::BINDINGS;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Up,
    Down,
    Top,
    Bottom,
    PageUp,
    PageDown,
    Filter,
    Detail,
    Back,
    Freeze,
    Refresh,
    RefreshAll,
    Faster,
    Slower,
    Sort,
    SortBy,
    SortReverse,
    Logs,
    Pane,
    NextProblem,
    PreviousProblem,
    Privacy,
    Theme,
    Help,
    Quit,
    Redraw,
    Suspend,
    Unmatched,
    Problems,
    Topology,
    Timing,
    Explorer,
    ShowAll,
    ShowCalls,
    ShowLeases,
    ShowWrong,
    Pause,
    PauseUser,
    Clear,
    ClearAll,
    Copy,
    CopyCell,
    LevelLess,
    LevelMore,
    Follow,
    Wrap,
    OnlyUser,
    Jump,
    Target,
    Columns,
    Filters,
    NamedFilter,
    Export,
    NextUser,
    PreviousUser,
    Commands,
    Group,
    Pin,
    Ring,
    Mouse,
    Past,
    PastTime,
    PastEvent,
    PastEventBefore,
    PastProblem,
    PastProblemBefore,
    PastFaster,
}

impl Action {
    /// Whether it ends something or changes what is written. The keys of such an action do nothing else
    /// anywhere: whoever has another pane in front than they think must not stop the bridge with it.
    pub(crate) const fn is_grave(self) -> bool {
        matches!(
            self,
            Self::Quit | Self::Pause | Self::PauseUser | Self::Clear | Self::ClearAll
        )
    }

    /// Whether it tells a running bridge to do something.
    pub(crate) const fn is_command(self) -> bool {
        matches!(
            self,
            Self::Refresh
                | Self::RefreshAll
                | Self::Faster
                | Self::Slower
                | Self::Pause
                | Self::PauseUser
                | Self::Clear
                | Self::ClearAll
        )
    }
}

/// Where a key does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everywhere but while typing.
    Everywhere,
    /// With the table in front and the focus on it.
    Table,
    /// With the focus on a log pane.
    Log,
    /// On the other screens.
    Screen,
}

/// A key with what it needs to be held down with.
pub(crate) type Key = (KeyModifiers, KeyCode);

/// Finds a word among the texts.
type Word = fn(&Texts) -> &str;

/// One row of the table.
pub(crate) struct Binding {
    pub(crate) scope: Scope,
    pub(crate) action: Action,
    pub(crate) keys: &'static [Key],
    pub(crate) help: Word,
    /// The word in the footer, and its rank: a small rank stays longest when there is little room.
    pub(crate) footer: Option<(u8, Word)>,
}

const fn plain(code: KeyCode) -> Key {
    (KeyModifiers::NONE, code)
}

const fn letter(c: char) -> Key {
    plain(KeyCode::Char(c))
}

const fn ctrl(c: char) -> Key {
    (KeyModifiers::CONTROL, KeyCode::Char(c))
}

const fn bind(
    scope: Scope,
    action: Action,
    keys: &'static [Key],
    help: fn(&Texts) -> &str,
) -> Binding {
    Binding {
        scope,
        action,
        keys,
        help,
        footer: None,
    }
}

impl Binding {
    const fn in_footer(mut self, rank: u8, word: fn(&Texts) -> &str) -> Self {
        self.footer = Some((rank, word));
        self
    }
}

/// How a key is written.
pub(crate) fn spelled(key: Key, glyphs: &Glyphs) -> String {
    let name = match key.1 {
        KeyCode::Char(' ') => glyphs.space.to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => glyphs.enter.to_owned(),
        KeyCode::F(n) => format!("F{n}"),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        other => format!("{other:?}"),
    };
    if key.0.contains(KeyModifiers::CONTROL) {
        return format!("Ctrl-{name}");
    }
    name
}

/// All keys of an action.
pub(crate) fn all_spelled(keys: &[Key], glyphs: &Glyphs) -> String {
    let keys: Vec<String> = keys.iter().map(|key| spelled(*key, glyphs)).collect();
    keys.join(" ")
}

/// The scopes in the order of the help, each with its title.
pub(crate) fn scopes(t: &Texts) -> [(Scope, &str); 4] {
    [
        (Table, t.help.table),
        (Everywhere, t.help.everywhere),
        (Log, t.help.log),
        (Screen, t.help.detail),
    ]
}

/// `docs/keys.md`: the keys in both languages.
#[must_use]
pub fn markdown() -> String {
    use super::glyphs::ASCII;
    use model::presence::Lang;
    use words::texts;

    let (de, en) = (texts(Lang::De), texts(Lang::En));
    let mut page = String::from(
        "# Keys\n\nMade from the key table in `crates/console/src/keys/table.rs`; a test compares this page with it.\n\
         No key is bound to Ctrl-A, Ctrl-B, Ctrl-S or Ctrl-Q: they belong to tmux, screen and the terminal.\n\
         The name is what `[console.keys]` calls it: see [console.md](console.md).\n",
    );
    for ((scope, title), (_, titel)) in scopes(en).into_iter().zip(scopes(de)) {
        page.extend(["\n## ", title, " / ", titel, "\n\n"]);
        page.push_str("| Key | Action | Aktion | Name |\n| --- | --- | --- | --- |\n");
        for binding in BINDINGS.iter().filter(|binding| binding.scope == scope) {
            let keys: Vec<String> = binding
                .keys
                .iter()
                .map(|key| format!("`{}`", spelled(*key, &ASCII)))
                .collect();
            let (en, de) = ((binding.help)(en), (binding.help)(de));
            let name = binding.action.name();
            page.extend([
                "| ",
                &keys.join(" "),
                " | ",
                en,
                " | ",
                de,
                " | `",
                &name,
                "` |\n",
            ]);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things_in_one_scope() {
        for (at, binding) in BINDINGS.iter().enumerate() {
            for key in binding.keys {
                let twice = BINDINGS[at + 1..]
                    .iter()
                    .find(|other| other.scope == binding.scope && other.keys.contains(key));
                assert!(twice.is_none(), "{key:?} twice in {:?}", binding.scope);
            }
        }
    }

    #[test]
    fn the_key_of_a_grave_action_does_nothing_else_anywhere() {
        for grave in BINDINGS.iter().filter(|row| row.action.is_grave()) {
            let others = BINDINGS.iter().filter(|row| row.action != grave.action);
            for other in others {
                let both = grave.keys.iter().find(|key| other.keys.contains(key));
                let (grave, other) = (grave.action, other.action);
                assert!(both.is_none(), "{both:?}: {grave:?} and {other:?}");
            }
        }
    }

    #[test]
    fn the_keys_of_tmux_screen_and_flow_control_stay_free() {
        for binding in BINDINGS {
            for taken in ['a', 'b', 's', 'q', '\\'] {
                assert!(!binding.keys.contains(&ctrl(taken)), "Ctrl-{taken}");
            }
        }
    }

    #[test]
    fn a_shifted_letter_is_its_own_key() {
        use ratatui::crossterm::event::KeyEvent;
        let map = Keymap::default();
        let shifted = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::SHIFT);
        let all = Some((Action::RefreshAll, 0));
        assert_eq!(map.action(Scope::Table, &shifted), all);
        let small = KeyEvent::new(KeyCode::Char('r'), KeyModifiers::NONE);
        assert_eq!(map.action(Scope::Table, &small), Some((Action::Refresh, 0)));
    }

    #[test]
    fn the_page_of_the_keys_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/keys.md");
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            markdown(),
            "run: cargo xtask pages"
        );
    }
}
