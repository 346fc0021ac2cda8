//! Every screen at every size, in both languages and all looks: one snapshot a screen and language.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use rstest::rstest;

use super::{drawn, keys, text};
use crate::fixture;
use crate::msg::Msg;
use crate::state::{Appearance, State};
use crate::theme::{Depth, ThemeName};
use crate::update::update;
use model::presence::Lang;

const SIZES: [(u16, u16); 4] = [(80, 24), (160, 50), (40, 10), (20, 5)];

const THEMES: [ThemeName; 3] = [ThemeName::Dark, ThemeName::Light, ThemeName::Mono];

fn screen(
    pressed: &str,
    size: (u16, u16),
    (ascii, theme): (bool, ThemeName),
    lang: Lang,
) -> Buffer {
    let snapshot = Arc::new(fixture::snapshot());
    let look = Appearance::new(lang, ascii, theme, Depth::Sixteen, TimeZone::UTC);
    let size = Size::new(size.0, size.1);
    let mut state = State::new(look, size, Arc::clone(&snapshot));
    update(&mut state, Msg::Snapshot(snapshot), fixture::now());
    for line in fixture::log_lines() {
        update(&mut state, Msg::Log(line), fixture::now());
    }
    keys(&mut state, pressed);
    drawn(&state, fixture::now())
}

/// How many cells have which style, where somebody sees it.
fn styles(buf: &Buffer) -> String {
    let mut counted = BTreeMap::new();
    for cell in &buf.content {
        let blank = cell.symbol() == " ";
        let ink = if blank { None } else { Some(cell.fg) };
        let style = format!("{ink:?} on {:?} {:?}", cell.bg, cell.modifier);
        *counted.entry(style).or_insert(0) += 1;
    }
    counted
        .into_iter()
        .fold(String::new(), |mut all, (style, count)| {
            let _ = writeln!(all, "{count:5} {style}");
            all
        })
}

fn pictures(pressed: &str, lang: Lang) -> String {
    let mut all = String::new();
    for size in SIZES {
        let shown = text(&screen(pressed, size, (false, ThemeName::Dark), lang));
        let _ = writeln!(all, "== {}x{}\n{shown}", size.0, size.1);
        let ascii = text(&screen(pressed, size, (true, ThemeName::Dark), lang));
        // Names are the site's own.
        if size == SIZES[0] {
            let _ = writeln!(all, "== {}x{} ASCII\n{ascii}", size.0, size.1);
        }
        assert_eq!(ascii.lines().count(), shown.lines().count());
    }
    for theme in THEMES {
        let shown = screen(pressed, SIZES[0], (false, theme), lang);
        let _ = writeln!(all, "== {theme:?}\n{}", styles(&shown));
        let dark = screen(pressed, SIZES[0], (false, ThemeName::Dark), lang);
        if theme == ThemeName::Light {
            assert_eq!(text(&shown), text(&dark), "a theme changes no text");
        }
    }
    all
}

#[rstest]
#[case("table", "jj")]
#[case("calls", "2")]
#[case("why", "jj⏎")]
#[case("unmatched", "u")]
#[case("problems", "!")]
#[case("topology", "t")]
#[case("timing", "T")]
#[case("help", "?")]
#[case("actions", ":")]
#[case("columns", "C")]
#[case("filters", "F")]
#[case("sort", "S")]
#[case("alerts", "E")]
#[case("question", "w")]
fn every_screen(
    #[case] name: &str,
    #[case] pressed: &str,
    #[values(Lang::De, Lang::En)] lang: Lang,
) {
    let lang_name = format!("{lang:?}").to_lowercase();
    insta::assert_snapshot!(format!("every_{name}_{lang_name}"), pictures(pressed, lang));
}
