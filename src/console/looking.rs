//! The view without a terminal: for benchmarks and pictures of the screens.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::msg::Msg;
use super::state::{Look, State};
use super::theme::{Depth, ThemeName};
use super::update::update;
use super::view::view;
use crate::bridge::Snapshot;
use crate::presence::Lang;

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
        let size = Size { width, height };
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
        self.front
            .content
            .chunks(width)
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
            .collect()
    }
}
