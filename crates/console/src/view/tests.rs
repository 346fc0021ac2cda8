use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Rect, Size};
use rstest::rstest;

use super::{title, view};
use crate::canvas::Canvas;
use crate::fixture;
use crate::msg::Msg;
use crate::state::{Appearance, State};
use crate::theme::{Depth, ThemeName};
use crate::update::update;
use model::clock::{advance, elapsed};
use model::presence::Lang;
use model::snapshot::{Link, LinkStatus, Links, Mode, ObserveReason, PollView, Snapshot};

mod every;
mod marks;
mod past;
mod path;
mod roots;
mod said;
mod silence;

#[derive(Clone, Copy)]
enum Kind {
    Colour,
    Mono,
    Ascii,
}

fn look(kind: Kind, lang: Lang) -> Appearance {
    let (ascii, theme) = match kind {
        Kind::Colour => (false, ThemeName::Dark),
        Kind::Mono => (false, ThemeName::Mono),
        Kind::Ascii => (true, ThemeName::Mono),
    };
    Appearance::new(lang, ascii, theme, Depth::Sixteen, TimeZone::UTC)
}

fn state_of(snapshot: Snapshot, size: (u16, u16), kind: Kind, lang: Lang) -> State {
    let snapshot = Arc::new(snapshot);
    let size = Size {
        width: size.0,
        height: size.1,
    };
    let mut state = State::new(look(kind, lang), size, Arc::clone(&snapshot));
    update(&mut state, Msg::Snapshot(snapshot), fixture::now());
    for line in fixture::log_lines() {
        update(&mut state, Msg::Log(line), fixture::now());
    }
    state
}

fn state(size: (u16, u16), kind: Kind, lang: Lang) -> State {
    state_of(fixture::snapshot(), size, kind, lang)
}

fn keys(state: &mut State, keys: &str) {
    for c in keys.chars() {
        let code = match c {
            '⏎' => KeyCode::Enter,
            '⇥' => KeyCode::Tab,
            c => KeyCode::Char(c),
        };
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        update(state, Msg::Key(key), fixture::now());
    }
}

fn drawn(state: &State, now: Timestamp) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, state.size.width, state.size.height));
    view(state, now, &mut buf);
    buf
}

fn text(buf: &Buffer) -> String {
    buf.content
        .chunks(usize::from(buf.area.width).max(1))
        .map(|row| {
            row.iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect::<String>()
                + "\n"
        })
        .collect()
}

#[rstest]
#[case("80x24", (80, 24), Kind::Colour, Lang::En)]
#[case("80x24_de", (80, 24), Kind::Colour, Lang::De)]
#[case("80x24_mono", (80, 24), Kind::Mono, Lang::En)]
#[case("80x24_ascii", (80, 24), Kind::Ascii, Lang::En)]
#[case("160x50", (160, 50), Kind::Colour, Lang::En)]
#[case("40x10", (40, 10), Kind::Colour, Lang::De)]
#[case("39x9", (39, 9), Kind::Colour, Lang::En)]
#[case("20x5_ascii", (20, 5), Kind::Ascii, Lang::En)]
#[case("19x3", (19, 3), Kind::Mono, Lang::En)]
fn the_table(#[case] name: &str, #[case] size: (u16, u16), #[case] kind: Kind, #[case] lang: Lang) {
    let mut state = state(size, kind, lang);
    keys(&mut state, "jj");
    insta::assert_debug_snapshot!(format!("table_{name}"), drawn(&state, fixture::now()));
}

#[rstest]
#[case("why", "jj⏎", Lang::En)]
#[case("why_de", "jj⏎", Lang::De)]
#[case("unmatched", "u", Lang::En)]
#[case("problems", "!", Lang::En)]
#[case("problems_de", "!", Lang::De)]
#[case("topology", "t", Lang::En)]
#[case("timing", "T", Lang::En)]
#[case("help", "?", Lang::En)]
#[case("filter_error", "/is:call colour:red", Lang::En)]
#[case("found", "/lager", Lang::En)]
#[case("found_de", "/corp⏎", Lang::De)]
#[case("offer", "/lamp:⇥⇥", Lang::En)]
#[case("unmatched_by_name_de", "uojj", Lang::De)]
#[case("filter_unit_de", "/age>90", Lang::De)]
#[case("question_de", "w", Lang::De)]
#[case("private", "P", Lang::En)]
#[case("log_focus", "⇥/bernd", Lang::En)]
#[case("actions", ":prob", Lang::En)]
#[case("actions_de", ":", Lang::De)]
#[case("sort_de", "S", Lang::De)]
#[case("alerts", "E ", Lang::En)]
#[case("alerts_de", "E", Lang::De)]
#[case("groups", "jj*D", Lang::En)]
#[case("groups_filtered_de", "D4", Lang::De)]
fn the_screens_at_80x24(#[case] name: &str, #[case] pressed: &str, #[case] lang: Lang) {
    let mut state = state((80, 24), Kind::Colour, lang);
    keys(&mut state, pressed);
    insta::assert_debug_snapshot!(format!("screen_{name}"), drawn(&state, fixture::now()));
}

#[rstest]
#[case(Kind::Colour, "lampfield ▲5")]
#[case(Kind::Ascii, "lampfield !5")]
fn the_title_counts_what_the_header_counts(#[case] kind: Kind, #[case] wanted: &str) {
    let mut state = state((80, 24), kind, Lang::En);
    let header = text(&drawn(&state, fixture::now()));
    assert_eq!(title(&state), wanted);
    let count = wanted.trim_start_matches("lampfield ");
    let (sign, count) = count.split_at(count.len() - 1);
    assert!(header.contains(&format!("{sign} {count}")), "{header}");
    let quiet = Arc::new(Snapshot::empty(Arc::default(), fixture::now()));
    update(&mut state, Msg::Snapshot(quiet), fixture::now());
    assert_eq!(title(&state), "lampfield");
    update(&mut state, Msg::BridgeEnded, fixture::now());
    assert!(title(&state).starts_with("lampfield ") && !title(&state).contains('5'));
}

#[test]
fn a_bad_day_is_obvious() {
    let mut snapshot = fixture::snapshot();
    snapshot.mode = Mode::Observing(ObserveReason::OtherWriter { pid: Some(4_711) });
    snapshot.budget.throttled_until = Some(advance(fixture::now(), Duration::from_secs(25)));
    snapshot.poll = Arc::new(PollView {
        last_good_at: Some(fixture::now() - jiff::SignedDuration::from_secs(95)),
        errors_last_minute: 12,
        ..(*snapshot.poll).clone()
    });
    snapshot.links = Arc::new(Links {
        graph_read: Link {
            status: LinkStatus::Down,
            last_error: Some((fixture::now(), "no route to graph.microsoft.com".into())),
            ..Link::default()
        },
        ..(*snapshot.links).clone()
    });
    let state = state_of(snapshot, (80, 24), Kind::Colour, Lang::En);
    let shown = text(&drawn(&state, fixture::now()));
    for wanted in [
        "NO ANSWER 1m",
        "OBSERVE",
        "process 4711",
        "THROTTLED 0:25",
        "✗  ✗",
    ] {
        assert!(shown.contains(wanted), "{wanted} in\n{shown}");
    }
}

#[test]
fn before_the_first_answer_the_screen_says_so() {
    let empty = Snapshot::empty(Arc::default(), fixture::now());
    let state = state_of(empty, (80, 24), Kind::Colour, Lang::De);
    let shown = text(&drawn(&state, fixture::now()));
    assert!(shown.contains("wartet auf die erste Antwort"), "{shown}");
    assert!(shown.contains("Noch kein Benutzer zugeordnet"), "{shown}");
}

#[test]
fn with_names_hidden_no_name_is_on_any_screen() {
    for screen in ["", "⏎", "u", "!", "t", "T"] {
        let mut state = state((160, 50), Kind::Colour, Lang::En);
        keys(&mut state, "jP");
        keys(&mut state, screen);
        let shown = text(&drawn(&state, fixture::now()));
        for name in [
            "Becker",
            "becker",
            "kowalski",
            "Lager",
            "lager.nord",
            "5550",
        ] {
            assert!(!shown.contains(name), "{name} on {screen:?} in\n{shown}");
        }
    }
}

/// A terminal in memory.
struct Memory {
    canvas: Canvas<Vec<u8>>,
    parser: vt100::Parser,
    bytes: usize,
}

impl Memory {
    fn new(size: Size) -> Self {
        Self {
            canvas: Canvas::new(Vec::new(), size),
            parser: vt100::Parser::new(
                size.height.try_into().unwrap(),
                size.width.try_into().unwrap(),
                0,
            ),
            bytes: 0,
        }
    }

    /// Whether anything was written, and when the frame changes by itself.
    fn draw(&mut self, state: &State, now: Timestamp) -> (bool, Option<Timestamp>) {
        let (written, deadline) = self
            .canvas
            .draw(|buf| {
                let drawn = view(state, now, buf);
                (drawn.cursor, drawn.deadline)
            })
            .unwrap();
        let bytes = self.canvas.taken();
        assert_eq!(written, !bytes.is_empty());
        self.bytes += bytes.len();
        self.parser.process(&bytes);
        (written, deadline)
    }

    /// What a person sees: a blank cell looks the same whatever its colour.
    fn seen(&self) -> Vec<String> {
        let screen = self.parser.screen();
        let (rows, columns) = screen.size();
        let cell = |row, column| {
            let cell = screen.cell(row, column).unwrap();
            let blank = matches!(cell.contents(), "" | " ");
            let ink = (cell.fgcolor(), cell.bold(), cell.dim(), cell.underline());
            let ink = if blank {
                None
            } else {
                Some((cell.contents(), ink))
            };
            format!("{ink:?} {:?} {}", cell.bgcolor(), cell.inverse())
        };
        (0..rows.get())
            .flat_map(|row| (0..columns.get()).map(move |column| (row, column)))
            .map(|(row, column)| format!("{row},{column}: {}", cell(row, column)))
            .collect()
    }
}

#[test]
fn drawing_the_difference_equals_drawing_afresh() {
    let mut state = state((100, 30), Kind::Colour, Lang::De);
    let mut kept = Memory::new(state.size);
    kept.draw(&state, fixture::now());
    for pressed in [
        "jj", "⏎", "!", "G", "t", "T", "?", "?", "/is:call", "⏎", "O", "l", "u", "P", "w", "n",
    ] {
        keys(&mut state, pressed);
        kept.draw(&state, fixture::now());
        let mut fresh = Memory::new(state.size);
        fresh.draw(&state, fixture::now());
        assert_eq!(kept.seen(), fresh.seen(), "after {pressed:?}");
    }
}

#[test]
fn nothing_is_written_when_nothing_changes() {
    let mut state = state((80, 24), Kind::Colour, Lang::En);
    let mut terminal = Memory::new(state.size);
    terminal.draw(&state, fixture::now());
    let before = terminal.bytes;
    let again = Arc::new(fixture::snapshot());
    update(&mut state, Msg::Snapshot(again), fixture::now());
    assert!(!terminal.draw(&state, fixture::now()).0);
    assert_eq!(terminal.bytes, before);
}

#[test]
fn a_frozen_screen_never_changes_by_itself() {
    let mut state = state((80, 24), Kind::Colour, Lang::En);
    keys(&mut state, " ");
    let mut terminal = Memory::new(state.size);
    let later = advance(fixture::now(), Duration::from_secs(10));
    let (_, deadline) = terminal.draw(&state, later);
    assert_eq!(deadline, None);
}

#[rstest]
#[case((80, 24), 600)]
#[case((200, 60), 2_000)]
fn a_live_minute_stays_within_its_budget(#[case] size: (u16, u16), #[case] budget: usize) {
    let state = state_of(fixture::crowd(1_000), size, Kind::Colour, Lang::En);
    let mut terminal = Memory::new(state.size);
    let mut now = fixture::now();
    let end = advance(now, Duration::from_mins(1));
    let (_, mut deadline) = terminal.draw(&state, now);
    let first = terminal.bytes;
    let mut frames = 0;
    while let Some(at) = deadline.filter(|at| *at <= end) {
        assert!(at > now, "a deadline lies ahead");
        now = at;
        let (written, next) = terminal.draw(&state, now);
        assert!(written, "awake at {now} for nothing");
        frames += 1;
        deadline = next;
    }
    assert!(frames <= 60, "{frames} frames");
    let rate = (terminal.bytes - first) / 60;
    assert!(rate <= budget, "{rate} bytes a second");
}

#[test]
fn coarse_ages_let_the_console_sleep() {
    let mut snapshot = Snapshot::empty(Arc::default(), fixture::now());
    snapshot.poll = Arc::new(PollView {
        last_good_at: Some(fixture::now() - jiff::SignedDuration::from_secs(7_200)),
        ..PollView::default()
    });
    let state = state_of(snapshot, (80, 24), Kind::Colour, Lang::En);
    let mut terminal = Memory::new(state.size);
    let (_, deadline) = terminal.draw(&state, fixture::now());
    let sleep = elapsed(fixture::now(), deadline.unwrap());
    assert!(sleep > Duration::from_mins(1), "{sleep:?}");
}
