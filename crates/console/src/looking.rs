//! The view without a terminal: for benchmarks and for pictures of the screens, which
//! `cargo run --example screens` writes into the documentation.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::{Buffer, Cell};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect, Size};

use super::fixture;
use super::logs::LogEntry;
use super::msg::Msg;
use super::state::{Look, State};
use super::svg::{self, svg};
use super::theme::{Depth, ThemeName};
use super::update::update;
use super::view::view;
use model::presence::Lang;
use model::snapshot::Snapshot;

/// A console of a fixed size that is looked at instead of run.
#[derive(Debug)]
pub struct Picture {
    state: State,
    front: Buffer,
    back: Buffer,
}

impl Picture {
    /// A console that has just got this snapshot.
    #[must_use]
    pub fn new(width: u16, height: u16, snapshot: Arc<Snapshot>, lang: Lang) -> Self {
        let look = Look::new(lang, false, ThemeName::Dark, Depth::Sixteen, TimeZone::UTC);
        Self::with(look, Size { width, height }, snapshot)
    }

    fn with(look: Look, size: Size, snapshot: Arc<Snapshot>) -> Self {
        let now = snapshot.at;
        let area = Rect::from((Position::ORIGIN, size));
        let mut picture = Self {
            state: State::new(look, size, Arc::clone(&snapshot)),
            front: Buffer::empty(area),
            back: Buffer::empty(area),
        };
        picture.show(snapshot, now);
        picture
    }

    /// Presses these keys; `⏎` is Enter.
    pub fn press(&mut self, keys: &str, now: Timestamp) {
        for c in keys.chars() {
            let code = match c {
                '⏎' => KeyCode::Enter,
                c => KeyCode::Char(c),
            };
            let key = KeyEvent::new(code, KeyModifiers::NONE);
            update(&mut self.state, Msg::Key(key), now);
        }
    }

    /// Takes a line of the log.
    pub fn log(&mut self, line: LogEntry, now: Timestamp) {
        update(&mut self.state, Msg::Log(line), now);
    }

    /// Takes a newer snapshot.
    pub fn show(&mut self, snapshot: Arc<Snapshot>, now: Timestamp) {
        update(&mut self.state, Msg::Snapshot(snapshot), now);
    }

    /// Draws a frame and compares it with the one before; how many cells differ.
    pub fn frame(&mut self, now: Timestamp) -> usize {
        self.back.reset();
        view(&self.state, now, &mut self.back);
        let changed = self.front.diff(&self.back).len();
        std::mem::swap(&mut self.front, &mut self.back);
        changed
    }

    /// The last frame as lines of text.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let width = usize::from(self.front.area.width).max(1);
        self.front.content.chunks(width).map(line).collect()
    }
}

/// A row of cells as text: a wide character takes two cells, the second of them empty.
fn line(row: &[Cell]) -> String {
    let mut covered = 0;
    let mut text = String::new();
    for cell in row {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        text.push_str(cell.symbol());
        covered = super::cells::width(cell.symbol()).saturating_sub(1);
    }
    text
}

/// A screen of the documentation: name, size, keys that lead to it.
type Shot = (&'static str, (u16, u16), &'static str);

const SHOTS: [Shot; 9] = [
    ("table", (80, 24), "jj"),
    ("why", (80, 24), "jj⏎"),
    ("problems", (80, 24), "!"),
    ("topology", (80, 24), "t"),
    ("timing", (80, 24), "T"),
    ("unmatched", (80, 24), "u"),
    ("filter", (80, 24), "/is:call lamp:red"),
    ("columns", (80, 24), "C"),
    ("wide", (160, 50), "jj"),
];

/// The screens of the documentation, each with the name of its file: as text, and as a picture in
/// colour on dark and on light ground. Drawn from a fixed snapshot, so that they change only where
/// the console does.
#[must_use]
pub fn screens() -> Vec<(String, String)> {
    SHOTS.iter().flat_map(files).collect()
}

fn files(shot: &Shot) -> [(String, String); 3] {
    let (name, (width, height), _) = shot;
    let dark = shoot(shot, ThemeName::Dark);
    let light = shoot(shot, ThemeName::Light);
    let title = format!("lampfield, the console: {name}, {width}x{height}");
    let name = format!("{name}-{width}x{height}");
    [
        (format!("{name}.txt"), text(&dark)),
        (format!("{name}.svg"), svg(&dark.front, svg::DARK, &title)),
        (
            format!("{name}-light.svg"),
            svg(&light.front, svg::LIGHT, &title),
        ),
    ]
}

fn shoot((_, (width, height), keys): &Shot, theme: ThemeName) -> Picture {
    let now = fixture::now();
    let look = Look::new(Lang::En, false, theme, Depth::True, TimeZone::UTC);
    let size = Size {
        width: *width,
        height: *height,
    };
    let mut picture = Picture::with(look, size, Arc::new(fixture::snapshot()));
    for line in fixture::log_lines() {
        picture.log(line, now);
    }
    picture.press(keys, now);
    picture.frame(now);
    picture
}

fn text(picture: &Picture) -> String {
    let lines = picture.lines();
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n") + "\n"
}

/// `readme` with a picture between each `<!-- screen NAME -->` and the `<!-- /screen -->` after it,
/// in the colours that its reader has chosen; as it is where there are no marks.
#[must_use]
pub fn with_screens(readme: &str) -> String {
    SHOTS.iter().fold(readme.to_owned(), |readme, shot| {
        with_screen(&readme, shot).unwrap_or(readme)
    })
}

fn with_screen(readme: &str, (name, (width, height), _): &Shot) -> Option<String> {
    const END: &str = "<!-- /screen -->";
    let begin = format!("<!-- screen {name} -->\n");
    let (before, rest) = readme.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    let file = format!("docs/screens/{name}-{width}x{height}");
    let picture = format!(
        "<picture>\n  <source media=\"(prefers-color-scheme: light)\" srcset=\"{file}-light.svg\">\n  \
         <img src=\"{file}.svg\" alt=\"The console: {name}\">\n</picture>\n"
    );
    Some(format!("{before}{begin}{picture}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const AGAIN: &str = "run: cargo run --example screens";

    #[test]
    fn the_pictures_in_the_documentation_are_up_to_date() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("docs/screens");
        let shots = screens();
        for (name, picture) in &shots {
            let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(kept == *picture, "{name} is not up to date; {AGAIN}");
        }
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), shots.len());
    }

    #[test]
    fn the_readme_shows_the_screens() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        for shown in ["table-80x24.svg", "why-80x24.svg"] {
            assert!(readme.contains(shown), "{shown}; {AGAIN}");
        }
        assert_eq!(with_screens(&readme), readme, "{AGAIN}");
    }

    #[test]
    fn a_readme_without_marks_stays_as_it_is() {
        assert_eq!(with_screens("# lampfield\n"), "# lampfield\n");
    }
}
