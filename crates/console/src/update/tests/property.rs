//! What holds whatever happens: any messages in any order, at any size, in any look, with users,
//! log lines and server messages as bad as they come.
//!
//! `LAMPFIELD_SOAK=N cargo test --release --lib whatever_happens` runs N cases instead of a few.

use jiff::SignedDuration;
use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::groups::TableLine;
use crate::keys::BINDINGS;
use crate::logs::{LogEntry, LogSource};
use crate::pointer::{Pointer, PointerAct};
use crate::view::view;
use model::snapshot::{Link, LinkStatus, Links, Note, Snapshot, UserRow};
use words::Words;

/// Pieces of the worst names and lines.
const PIECES: [&str; 18] = [
    "Ann-Sophie",
    " ",
    "@corp.example",
    "山田",
    "👩‍💻",
    "e\u{301}\u{301}\u{301}",
    "\u{202e}",
    "\u{200f}",
    "\u{200b}",
    "\u{1b}[2J",
    "\u{1b}]52;c;YQ==\u{7}",
    "\u{9b}31m",
    "\0",
    "\t",
    "\r\n",
    "ﷺ",
    "\"{n}",
    "\u{e0041}",
];

fn worst() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..6).prop_map(|all| all.concat())
}

/// As bad, yet no name of anybody: what was typed, or comes from us.
fn nameless() -> impl Strategy<Value = String> {
    worst().prop_map(|text| text.replace(['A', '@', '"'], "_"))
}

fn any_key() -> impl Strategy<Value = Msg> {
    let bound: Vec<KeyEvent> = BINDINGS
        .iter()
        .flat_map(|binding| binding.keys)
        .map(|(modifiers, code)| KeyEvent::new(*code, *modifiers))
        .collect();
    let plain = |code| Msg::Key(KeyEvent::new(code, KeyModifiers::NONE));
    let edits = [
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::BackTab,
        KeyCode::Null,
        KeyCode::F(24),
    ];
    let modifiers = any::<u8>().prop_map(KeyModifiers::from_bits_truncate);
    prop_oneof![
        10 => prop::sample::select(bound).prop_map(Msg::Key),
        2 => any::<char>().prop_map(move |c| plain(KeyCode::Char(c))),
        3 => prop::sample::select(edits.to_vec()).prop_map(plain),
        1 => any_pointer().prop_map(Msg::Pointer),
        1 => (any::<char>(), modifiers)
            .prop_map(|(c, held)| Msg::Key(KeyEvent::new(KeyCode::Char(c), held))),
    ]
}

fn any_pointer() -> impl Strategy<Value = Pointer> {
    let acts = [
        PointerAct::Press,
        PointerAct::WheelUp,
        PointerAct::WheelDown,
    ];
    (prop::sample::select(acts.to_vec()), 0_u16..200, 0_u16..80)
        .prop_map(|(act, column, row)| Pointer { act, column, row })
}

/// The crowd, some of it renamed, on a bad day.
fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    let names = prop::collection::vec((worst(), worst()), 0..4);
    (0_usize..40, names, worst(), any::<bool>()).prop_map(|(count, names, words, down)| {
        // A server names user names and ids, never the name that people know.
        let words = words.replace('A', "_");
        let mut snapshot = fixture::crowd(count);
        let mut rows = (*snapshot.rows).clone();
        for (row, (user, name)) in rows.iter_mut().zip(names) {
            let (user, name) = (format!("{user}@corp.example"), format!("{name} Ann-Sophie"));
            *row = Arc::new(UserRow {
                user_name: UserName::new(&user),
                display_name: name.as_str().into(),
                phone: user.as_str().into(),
                notes: [Note::WriteFailing(std::sync::Arc::new(
                    words.as_str().into(),
                ))]
                .into(),
                ..(**row).clone()
            });
        }
        snapshot.rows = Arc::new(rows);
        if down {
            let about = snapshot.rows.first().map(|row| row.entra_id.0.to_string());
            let words = format!("{words} /users/{}/x", about.unwrap_or_default());
            snapshot.links = Arc::new(Links {
                graph_read: Link {
                    status: LinkStatus::Down,
                    last_error: Some((fixture::now(), words.as_str().into())),
                    ..Link::default()
                },
                ..(*snapshot.links).clone()
            });
        }
        snapshot
    })
}

fn any_line() -> impl Strategy<Value = LogEntry> {
    let known = prop::sample::select(fixture::log_lines());
    let bad = (nameless(), worst(), worst(), any::<(bool, bool)>()).prop_map(
        |(target, user, text, (ours, named))| LogEntry {
            source: if ours {
                LogSource::Ours
            } else {
                LogSource::UcServer
            },
            at: fixture::now(),
            level: tracing::Level::WARN,
            target: target.as_str().into(),
            user: named.then(|| UserName::new(&user)),
            text: text.as_str().into(),
        },
    );
    prop_oneof![known, bad]
}

fn any_msg() -> impl Strategy<Value = Msg> {
    let small = (0_u16..100, 0_u16..40).prop_map(|(width, height)| Msg::Resize(width, height));
    let large = (0_u16..=300, 0_u16..=100).prop_map(|(width, height)| Msg::Resize(width, height));
    prop_oneof![
        24 => any_key(),
        3 => small,
        1 => large,
        2 => any_snapshot().prop_map(|snapshot| Msg::Snapshot(Arc::new(snapshot))),
        1 => ".{0,12}".prop_map(Msg::Paste),
        1 => nameless().prop_map(Msg::Paste),
        2 => any_line().prop_map(Msg::Log),
        1 => any::<u64>().prop_map(|count| Msg::LogDropped(count >> 32)),
        1 => any::<bool>().prop_map(Msg::SlowTerminal),
        1 => prop::sample::select(&[ThemeName::Dark, ThemeName::Light][..]).prop_map(Msg::Fitting),
        1 => Just(Msg::QueueFull),
        1 => prop_oneof![nameless().prop_map(Ok), nameless().prop_map(|why| Err(Words::same(why)))].prop_map(Msg::Wrote),
        1 => Just(Msg::BridgeEnded),
    ]
}

fn any_appearance() -> impl Strategy<Value = Appearance> {
    let lang = prop::sample::select(vec![Lang::De, Lang::En]);
    let theme = prop::sample::select(vec![ThemeName::Dark, ThemeName::Light, ThemeName::Mono]);
    let depth = prop::sample::select(vec![Depth::Sixteen, Depth::Indexed, Depth::True]);
    (lang, any::<bool>(), theme, depth).prop_map(|(lang, ascii, theme, depth)| {
        Appearance::new(lang, ascii, theme, depth, TimeZone::UTC)
    })
}

fn drawn(state: &State, now: Timestamp) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, state.size.width, state.size.height));
    let drawn = view(state, now, &mut buf);
    assert!(
        drawn.deadline.is_none_or(|at| at > now),
        "a deadline lies ahead"
    );
    assert!(
        drawn.cursor.is_none_or(|at| buf.area.contains(at)),
        "the cursor is on the screen"
    );
    buf
}

/// What must hold after any message.
fn check(state: &State, now: Timestamp) {
    let buf = drawn(state, now);
    cells_are_clean(state, &buf);
    let rows = usize::from(state.areas().rows());
    if rows > 0 && state.selected.is_some() {
        let mut visible = (0..rows).filter_map(|y| state.line_at(y));
        assert!(
            visible.any(|line| line == TableLine::Row(state.selected_at)),
            "the selection is visible"
        );
    }
    assert_eq!(state.selected.is_none(), state.order.shown().is_empty());
    if state.private {
        nobody_is_named(state, &buf);
    }
}

fn cells_are_clean(state: &State, buf: &Buffer) {
    let mono = state.look().theme.is_mono();
    for cell in &buf.content {
        let symbol = cell.symbol();
        assert_eq!(model::text::harmless(symbol), symbol, "{symbol:?}");
        assert!(!state.look().ascii || symbol.is_ascii(), "{symbol:?}");
        assert!(!mono || (cell.fg, cell.bg) == (Color::Reset, Color::Reset));
        // How dim that is nobody knows.
        assert!(!cell.modifier.contains(Modifier::DIM));
    }
}

/// With names hidden there is no name, user name, number or object id of anybody on the screen.
fn nobody_is_named(state: &State, buf: &Buffer) {
    let text: String = buf.content.iter().map(Cell::symbol).collect();
    let snapshot = state.snapshot();
    let rows = snapshot.rows.iter().flat_map(|row| {
        [
            row.user_name.as_str().to_owned(),
            row.display_name.to_string(),
            row.phone.to_string(),
            row.entra_id.0.to_string(),
        ]
    });
    let others = snapshot.unmatched.iter().flat_map(|user| {
        let user = &user.procall;
        [
            user.user_name.as_str().to_owned(),
            user.display_name.to_string(),
        ]
    });
    // What somebody typed is theirs to show; shorter names occur in other words.
    let typed = [&state.filter.text, &state.help_search, &state.ours.search];
    let typed = typed
        .into_iter()
        .chain([&state.others.search, &state.filter.good]);
    let typed = typed.into_iter().chain([&state.followed.search]);
    let typed: String = typed.cloned().collect();
    for name in rows
        .chain(others)
        .filter(|name| name.len() > 8 && name.is_ascii())
    {
        if !typed.contains(name.as_str()) && !"Ann-Sophie".contains(name.as_str()) {
            assert!(!text.contains(&name), "{name}");
        }
    }
}

fn cases() -> u32 {
    let wanted = std::env::var("LAMPFIELD_SOAK").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]
    #[test]
    fn whatever_happens_nothing_panics_and_the_screen_is_clean(
        look in any_appearance(),
        msgs in prop::collection::vec((any_msg(), 0_i64..4_000), 1..60),
    ) {
        let size = Size { width: 80, height: 24 };
        let mut now = fixture::now();
        let mut state = State::new(look, size, Arc::new(fixture::snapshot()));
        update(&mut state, Msg::Snapshot(Arc::new(fixture::snapshot())), now);
        for (msg, passed) in msgs {
            now += SignedDuration::from_millis(passed);
            update(&mut state, msg, now);
            check(&state, now);
        }
    }
}

/// Every screen on purpose: random keys seldom come to all of them with names hidden.
#[test]
fn with_names_hidden_no_screen_names_anybody() {
    for size in [(80, 24), (160, 50), (40, 10), (20, 5)] {
        for screen in [
            "", "⏎", "u", "!", "t", "T", "?", "L", "C", "F", "W", "x", "y", "Y", "r", "n", "l",
            "ll", "⏎l", "⇥m", "⇥w", "/", "e", "⏎G", "uG", "!G",
        ] {
            let mut state = state(size.0, size.1);
            for line in fixture::log_lines() {
                update(&mut state, Msg::Log(line), fixture::now());
            }
            type_keys(&mut state, "jP");
            type_keys(&mut state, screen);
            nobody_is_named(&state, &drawn(&state, fixture::now()));
        }
    }
}
