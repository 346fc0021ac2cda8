//! The frames: what is new before one, drawing it, and how far they are apart.

use std::sync::Arc;
use std::time::Duration;

use super::{Loop, MIN_INTERVAL};
use crate::feed::ConsoleExit;
use crate::mirror::mirror;
use crate::msg::Msg;
use crate::term;
use crate::view::{title, view};

/// A frame that takes longer to leave comes from a slow line: fewer follow.
const SLOW_FRAME: Duration = Duration::from_millis(100);
/// Frames are never further apart than this because of a slow line.
const MAX_INTERVAL: Duration = Duration::from_secs(1);

impl Loop<'_> {
    /// Takes the terminal again; the shell has written on it meanwhile, or its size has changed.
    pub(super) fn come_back(&mut self) {
        let _ = self.guard.enter_again();
        self.titled = None;
        self.report_mouse();
        let size = term::size();
        self.canvas.invalidate(size);
        self.update(Msg::Resize(size.width, size.height));
    }

    /// Tells the terminal whether its mouse is ours.
    pub(super) fn report_mouse(&mut self) {
        if self.state.mouse {
            self.canvas.tell(term::mouse(true));
        }
    }

    /// Told only where it is another one.
    pub(super) fn retitle(&mut self) {
        let title = title(&self.state);
        if self.titles && self.titled.as_ref() != Some(&title) {
            self.canvas.tell(&term::titled(&title));
            self.titled = Some(title);
        }
    }

    /// The latest snapshot and all log lines: only before a frame, so that a busy bridge costs no
    /// more than the frames do.
    pub(super) fn news(&mut self) {
        let latest = Arc::clone(&self.feed.snapshots.borrow_and_update());
        let taken = self.taken.as_ref();
        if !taken.is_some_and(|taken| Arc::ptr_eq(taken, &latest)) {
            self.taken = Some(Arc::clone(&latest));
            self.update(Msg::Snapshot(latest));
        }
        let aside = self.feed.logs.take_aside();
        if let Some(lines) = aside.past.filter(|_| self.state.past().is_some()) {
            self.update(Msg::PastLog(lines));
        }
        if let Some(said) = aside.said {
            self.update(Msg::Said(said));
        }
        let (lines, dropped) = self.feed.logs.take();
        if dropped > 0 {
            self.update(Msg::LogDropped(dropped));
        }
        for line in lines {
            mirror(&line);
            self.update(Msg::Log(line));
        }
    }

    /// Draws a frame; a reason to end, where the terminal does not take it.
    pub(super) fn draw(&mut self) -> Option<ConsoleExit> {
        let now = self.feed.clock.now();
        self.pace();
        self.retitle();
        let state = &self.state;
        let drawn = self.canvas.draw(|buf| {
            let drawn = view(state, now, buf);
            (drawn.cursor, drawn.deadline)
        });
        let Ok((_, deadline)) = drawn else {
            term::arm(ConsoleExit::HungUp.code());
            return Some(ConsoleExit::HungUp);
        };
        self.deadline = deadline;
        self.drawn_at = Some(self.clock.now());
        None
    }

    /// Fewer frames on a slow line, more again when it is faster: by how long the last took.
    pub(super) fn pace(&mut self) {
        let Some(took) = self.sink.took() else {
            return;
        };
        let before = self.interval;
        self.interval = if took > SLOW_FRAME {
            (self.interval * 2).min(MAX_INTERVAL)
        } else {
            (self.interval / 2).max(MIN_INTERVAL)
        };
        let slow = self.interval > MIN_INTERVAL;
        if slow != (before > MIN_INTERVAL) {
            self.update(Msg::SlowTerminal(slow));
        }
    }
}
