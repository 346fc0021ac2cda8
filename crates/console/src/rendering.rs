//! The view without a terminal: for benchmarks, and for the pictures of the documentation.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::{Buffer, Cell};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect, Size};

use super::logs::LogEntry;
use super::msg::Msg;
use super::state::{Appearance, State};
use super::theme::{Depth, ThemeName};
use super::update::update;
use super::view::view;
use model::presence::Lang;
use model::snapshot::Snapshot;

/// A console of a fixed size that is looked at instead of run.
#[derive(Debug)]
pub struct Rendering {
    state: State,
    front: Buffer,
    back: Buffer,
}

impl Rendering {
    /// A console that has just got this snapshot.
    #[must_use]
    pub fn new(width: u16, height: u16, snapshot: Arc<Snapshot>, lang: Lang) -> Self {
        Self::with(
            ThemeName::Dark,
            Depth::Sixteen,
            (width, height),
            snapshot,
            lang,
        )
    }

    /// The same in this theme, with so many colours.
    #[must_use]
    pub fn with(
        theme: ThemeName,
        depth: Depth,
        (width, height): (u16, u16),
        snapshot: Arc<Snapshot>,
        lang: Lang,
    ) -> Self {
        let look = Appearance::new(lang, false, theme, depth, TimeZone::UTC);
        let size = Size { width, height };
        let now = snapshot.at;
        let area = Rect::from((Position::ORIGIN, size));
        let mut rendering = Self {
            state: State::new(look, size, Arc::clone(&snapshot)),
            front: Buffer::empty(area),
            back: Buffer::empty(area),
        };
        rendering.show(snapshot, now);
        rendering
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

    /// The last frame.
    #[must_use]
    pub fn buffer(&self) -> &Buffer {
        &self.front
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
        covered = report::cells::width(cell.symbol()).saturating_sub(1);
    }
    text
}
