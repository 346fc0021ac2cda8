//! The keys: one table drives dispatch, footer, help and `docs/keys.md`.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::glyphs::Glyphs;
use super::texts::Texts;

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
    SortReverse,
    Logs,
    Pane,
    NextProblem,
    PreviousProblem,
    Privacy,
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
    LevelLess,
    LevelMore,
    Follow,
    Wrap,
    OnlyUser,
    Jump,
    Target,
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

/// One row of the table.
pub(crate) struct Binding {
    pub(crate) scope: Scope,
    pub(crate) action: Action,
    pub(crate) keys: &'static [Key],
    pub(crate) help: fn(&Texts) -> &str,
    /// The word in the footer, and its rank: a small rank stays longest when there is little room.
    pub(crate) footer: Option<(u8, fn(&Texts) -> &str)>,
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

use Scope::{Everywhere, Log, Screen, Table};

/// All keys. No default on Ctrl-A and Ctrl-B (tmux, screen), Ctrl-S and Ctrl-Q (flow control).
pub(crate) static BINDINGS: &[Binding] = &[
    bind(Table, Action::Filter, &[letter('/')], |t| &t.keys.filter)
        .in_footer(2, |t| &t.footer.filter),
    bind(Table, Action::Detail, &[plain(KeyCode::Enter)], |t| {
        &t.keys.detail
    })
    .in_footer(1, |t| &t.footer.detail),
    bind(Table, Action::Refresh, &[letter('r')], |t| &t.keys.refresh)
        .in_footer(4, |t| &t.footer.refresh),
    bind(
        Table,
        Action::Sort,
        &[letter('o'), plain(KeyCode::F(6))],
        |t| &t.keys.sort,
    )
    .in_footer(8, |t| &t.footer.sort),
    bind(Table, Action::SortReverse, &[letter('O')], |t| {
        &t.keys.sort_reverse
    }),
    bind(Table, Action::NextProblem, &[letter('n')], |t| {
        &t.keys.next_problem
    })
    .in_footer(6, |t| &t.footer.problem),
    bind(Table, Action::PreviousProblem, &[letter('N')], |t| {
        &t.keys.previous_problem
    }),
    bind(Table, Action::ShowAll, &[letter('1')], |t| &t.keys.show_all),
    bind(Table, Action::ShowCalls, &[letter('2')], |t| {
        &t.keys.show_calls
    }),
    bind(Table, Action::ShowLeases, &[letter('3')], |t| {
        &t.keys.show_leases
    }),
    bind(Table, Action::ShowWrong, &[letter('4')], |t| {
        &t.keys.show_wrong
    }),
    bind(Table, Action::Copy, &[letter('y')], |t| &t.keys.copy),
    bind(Table, Action::PauseUser, &[letter('W')], |t| {
        &t.keys.pause_user
    }),
    bind(Table, Action::Clear, &[letter('x')], |t| &t.keys.clear),
    bind(
        Log,
        Action::LevelLess,
        &[letter('<'), plain(KeyCode::Left)],
        |t| &t.keys.level_less,
    )
    .in_footer(3, |t| &t.footer.level),
    bind(
        Log,
        Action::LevelMore,
        &[letter('>'), plain(KeyCode::Right)],
        |t| &t.keys.level_more,
    ),
    bind(Log, Action::Target, &[letter('t')], |t| &t.keys.target)
        .in_footer(4, |t| &t.footer.target),
    bind(Log, Action::Filter, &[letter('/')], |t| &t.keys.filter)
        .in_footer(2, |t| &t.footer.filter),
    bind(Log, Action::Follow, &[letter('f')], |t| &t.keys.follow)
        .in_footer(5, |t| &t.footer.follow),
    bind(Log, Action::OnlyUser, &[letter('m')], |t| &t.keys.only_user)
        .in_footer(6, |t| &t.footer.only_user),
    bind(Log, Action::Jump, &[plain(KeyCode::Enter)], |t| {
        &t.keys.jump
    })
    .in_footer(7, |t| &t.footer.jump),
    bind(Log, Action::Wrap, &[letter('w')], |t| &t.keys.wrap),
    bind(Screen, Action::Refresh, &[letter('r')], |t| &t.keys.refresh)
        .in_footer(4, |t| &t.footer.refresh),
    bind(Screen, Action::NextProblem, &[letter('n')], |t| {
        &t.keys.next_problem
    }),
    bind(Screen, Action::PreviousProblem, &[letter('N')], |t| {
        &t.keys.previous_problem
    }),
    bind(Screen, Action::Detail, &[plain(KeyCode::Enter)], |t| {
        &t.keys.detail
    }),
    bind(
        Everywhere,
        Action::Up,
        &[letter('k'), plain(KeyCode::Up)],
        |t| &t.keys.up,
    ),
    bind(
        Everywhere,
        Action::Down,
        &[letter('j'), plain(KeyCode::Down)],
        |t| &t.keys.down,
    ),
    bind(
        Everywhere,
        Action::Top,
        &[letter('g'), plain(KeyCode::Home)],
        |t| &t.keys.top,
    ),
    bind(
        Everywhere,
        Action::Bottom,
        &[letter('G'), plain(KeyCode::End)],
        |t| &t.keys.bottom,
    ),
    bind(
        Everywhere,
        Action::PageUp,
        &[plain(KeyCode::PageUp), ctrl('u')],
        |t| &t.keys.page_up,
    ),
    bind(
        Everywhere,
        Action::PageDown,
        &[plain(KeyCode::PageDown), ctrl('d')],
        |t| &t.keys.page_down,
    ),
    bind(Everywhere, Action::Back, &[plain(KeyCode::Esc)], |t| {
        &t.keys.back
    }),
    bind(Everywhere, Action::Unmatched, &[letter('u')], |t| {
        &t.keys.unmatched
    })
    .in_footer(10, |t| &t.footer.unmatched),
    bind(
        Everywhere,
        Action::Problems,
        &[letter('!'), letter('p')],
        |t| &t.keys.problems,
    )
    .in_footer(9, |t| &t.footer.problems),
    bind(Everywhere, Action::Topology, &[letter('t')], |t| {
        &t.keys.topology
    })
    .in_footer(13, |t| &t.footer.topology),
    bind(Everywhere, Action::Timing, &[letter('T')], |t| {
        &t.keys.timing
    })
    .in_footer(14, |t| &t.footer.timing),
    bind(Everywhere, Action::Freeze, &[letter(' ')], |t| {
        &t.keys.freeze
    })
    .in_footer(5, |t| &t.footer.freeze),
    bind(
        Everywhere,
        Action::RefreshAll,
        &[letter('R'), ctrl('r')],
        |t| &t.keys.refresh_all,
    ),
    bind(Everywhere, Action::Faster, &[letter('+')], |t| {
        &t.keys.faster
    }),
    bind(Everywhere, Action::Slower, &[letter('-')], |t| {
        &t.keys.slower
    }),
    bind(Everywhere, Action::Logs, &[letter('l')], |t| &t.keys.logs)
        .in_footer(11, |t| &t.footer.logs),
    bind(Everywhere, Action::Pane, &[plain(KeyCode::Tab)], |t| {
        &t.keys.pane
    })
    .in_footer(12, |t| &t.footer.pane),
    bind(Everywhere, Action::Explorer, &[letter('L')], |t| {
        &t.keys.explorer
    }),
    bind(Everywhere, Action::Pause, &[letter('w')], |t| &t.keys.pause),
    bind(Everywhere, Action::ClearAll, &[letter('X')], |t| {
        &t.keys.clear_all
    }),
    bind(Everywhere, Action::Privacy, &[letter('P')], |t| {
        &t.keys.privacy
    }),
    bind(Everywhere, Action::Redraw, &[ctrl('l')], |t| &t.keys.redraw),
    bind(Everywhere, Action::Suspend, &[ctrl('z')], |t| {
        &t.keys.suspend
    }),
    bind(
        Everywhere,
        Action::Help,
        &[letter('?'), plain(KeyCode::F(1))],
        |t| &t.keys.help,
    )
    .in_footer(0, |t| &t.footer.help),
    bind(Everywhere, Action::Quit, &[letter('q'), ctrl('c')], |t| {
        &t.keys.quit
    })
    .in_footer(0, |t| &t.footer.quit),
];

/// What `key` does in `scope`: its own keys first, then those that hold everywhere.
pub(crate) fn action(scope: Scope, key: &KeyEvent) -> Option<Action> {
    let wanted = (key.modifiers - KeyModifiers::SHIFT, key.code);
    let find = |scope: Scope| {
        BINDINGS
            .iter()
            .find(|binding| binding.scope == scope && binding.keys.contains(&wanted))
    };
    find(scope)
        .or_else(|| find(Everywhere))
        .map(|binding| binding.action)
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

/// All keys of a binding.
pub(crate) fn all_spelled(binding: &Binding, glyphs: &Glyphs) -> String {
    let keys: Vec<String> = binding
        .keys
        .iter()
        .map(|key| spelled(*key, glyphs))
        .collect();
    keys.join(" ")
}

/// The scopes in the order of the help, each with its title.
pub(crate) fn scopes(t: &Texts) -> [(Scope, &str); 4] {
    [
        (Table, &t.help.table),
        (Everywhere, &t.help.everywhere),
        (Log, &t.help.log),
        (Screen, &t.help.detail),
    ]
}

/// `docs/keys.md`: the keys in both languages.
#[must_use]
pub fn markdown() -> String {
    use super::glyphs::ASCII;
    use super::texts::texts;
    use crate::presence::Lang;

    let (de, en) = (texts(Lang::De), texts(Lang::En));
    let mut page = String::from(
        "# Keys\n\nMade from the key table in `src/console/keys.rs`; a test compares this page with it.\n\
         No key is bound to Ctrl-A, Ctrl-B, Ctrl-S or Ctrl-Q: they belong to tmux, screen and the terminal.\n",
    );
    for ((scope, title), (_, titel)) in scopes(en).into_iter().zip(scopes(de)) {
        page.push_str(&format!(
            "\n## {title} / {titel}\n\n| Key | Action | Aktion |\n| --- | --- | --- |\n"
        ));
        for binding in BINDINGS.iter().filter(|binding| binding.scope == scope) {
            let keys: Vec<String> = binding
                .keys
                .iter()
                .map(|key| format!("`{}`", spelled(*key, &ASCII)))
                .collect();
            let (en, de) = ((binding.help)(en), (binding.help)(de));
            page.push_str(&format!("| {} | {en} | {de} |\n", keys.join(" ")));
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
    fn the_keys_of_tmux_screen_and_flow_control_stay_free() {
        for binding in BINDINGS {
            for taken in ['a', 'b', 's', 'q', '\\'] {
                assert!(!binding.keys.contains(&ctrl(taken)), "Ctrl-{taken}");
            }
        }
    }

    #[test]
    fn a_shifted_letter_is_its_own_key() {
        let shifted = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::SHIFT);
        assert_eq!(action(Scope::Table, &shifted), Some(Action::RefreshAll));
        let small = KeyEvent::new(KeyCode::Char('r'), KeyModifiers::NONE);
        assert_eq!(action(Scope::Table, &small), Some(Action::Refresh));
    }

    #[test]
    fn the_page_of_the_keys_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
        if std::env::var_os("LAMPFIELD_WRITE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            markdown(),
            "run the test once with LAMPFIELD_WRITE_DOCS=1"
        );
    }
}
