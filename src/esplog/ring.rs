//! The last lines of both logs in memory, for the two panes of the console.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tracing::Level;
use tracing::level_filters::LevelFilter;

use super::line::OwnedLine;

/// Which log a line is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineSource {
    /// Ours.
    Ours,
    /// The log of a real UCServer.
    Followed,
}

/// A line as the console draws it. All text is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingLine {
    /// When; nothing where a followed line does not say.
    pub at: Option<Timestamp>,
    /// How bad; nothing where a followed line does not say.
    pub level: Option<Level>,
    /// Which part; `ucserver` for a followed line.
    pub target: &'static str,
    /// Whom it is about.
    pub user: Option<Arc<str>>,
    /// What happened; the whole line where its layout is not known.
    pub text: Arc<str>,
    /// Which log.
    pub source: LineSource,
}

impl From<&OwnedLine> for RingLine {
    fn from(line: &OwnedLine) -> Self {
        Self {
            at: Some(line.at),
            level: Some(line.level),
            target: line.target,
            user: line.user.clone(),
            text: crate::text::harmless(&line.message).into(),
            source: LineSource::Ours,
        }
    }
}

/// A bounded ring of lines: the oldest make room, and are counted. Clones share one ring.
///
/// Every line has a serial number, counted from 0; [`LogRing::read`] hands out what is kept
/// together with the serial of the first, so that a reader can go on where it stopped.
#[derive(Clone)]
pub struct LogRing {
    shared: Arc<Shared>,
}

struct Shared {
    kept: Mutex<Kept>,
    capacity: usize,
    wake: Box<dyn Fn() + Send + Sync>,
    forward: bool,
}

#[derive(Default)]
struct Kept {
    lines: VecDeque<RingLine>,
    /// Lines that made room so far: the serial of the first one kept.
    dropped: u64,
}

impl std::fmt::Debug for LogRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kept = self.kept();
        let (lines, dropped) = (kept.lines.len(), kept.dropped);
        write!(f, "LogRing({lines} lines, {dropped} dropped)")
    }
}

impl LogRing {
    /// A ring of at most `capacity` lines. `wake` is called after every line, on the thread that
    /// brought it, and must not wait: it tells the console that there is something to draw.
    #[must_use]
    pub fn new(capacity: usize, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::build(capacity, false, wake)
    }

    fn build(capacity: usize, forward: bool, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::new(Shared {
                kept: Mutex::default(),
                capacity: capacity.max(1),
                wake: Box::new(wake),
                forward,
            }),
        }
    }

    /// Takes a line.
    pub fn push(&self, line: RingLine) {
        if self.shared.forward {
            forward(&line);
        }
        {
            let mut kept = self.kept();
            if kept.lines.len() == self.shared.capacity {
                kept.lines.pop_front();
                kept.dropped += 1;
            }
            kept.lines.push_back(line);
        }
        (self.shared.wake)();
    }

    /// Looks at the lines, oldest first, with the serial of the first one. The ring is locked as
    /// long as `look` runs: copy what is visible, draw later.
    pub fn read<R>(&self, look: impl FnOnce(u64, &VecDeque<RingLine>) -> R) -> R {
        let kept = self.kept();
        look(kept.dropped, &kept.lines)
    }

    /// How many lines made room for newer ones.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.kept().dropped
    }

    /// The serial of the next line: changes exactly when there is something new.
    #[must_use]
    pub fn next_serial(&self) -> u64 {
        let kept = self.kept();
        kept.dropped + kept.lines.len() as u64
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A ring whose lines go to tui-logger as well, for its selector of targets and levels: ours
/// under `lampfield::<part>`, followed ones under `ucserver`.
///
/// tui-logger's own thread, which wakes up a hundred times a second, is not started: call
/// [`tui_logger::move_events`] before drawing its widgets.
#[must_use]
pub fn install_console_capture(
    level: LevelFilter,
    capacity: usize,
    wake: impl Fn() + Send + Sync + 'static,
) -> LogRing {
    tui_logger::set_default_level(match level.into_level() {
        Some(level) => as_log(level).to_level_filter(),
        None => tui_logger::LevelFilter::Off,
    });
    LogRing::build(capacity, true, wake)
}

fn forward(line: &RingLine) {
    let level = line.level.map_or(log::Level::Info, as_log);
    let target = match line.source {
        LineSource::Ours => format!("lampfield::{}", line.target),
        LineSource::Followed => line.target.to_owned(),
    };
    let user = line.user.as_deref().unwrap_or_default();
    let space = if user.is_empty() { "" } else { "  " };
    tui_logger::Drain::new().log(
        &log::Record::builder()
            .level(level)
            .target(&target)
            .args(format_args!("{user}{space}{}", line.text))
            .build(),
    );
}

const fn as_log(level: Level) -> log::Level {
    match level {
        Level::ERROR => log::Level::Error,
        Level::WARN => log::Level::Warn,
        Level::INFO => log::Level::Info,
        Level::DEBUG => log::Level::Debug,
        Level::TRACE => log::Level::Trace,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn line(text: &str) -> RingLine {
        RingLine::from(&OwnedLine {
            at: Timestamp::UNIX_EPOCH,
            level: Level::WARN,
            target: "set",
            user: Some("anna".into()),
            message: text.to_owned(),
        })
    }

    fn texts(ring: &LogRing) -> (u64, Vec<String>) {
        ring.read(|first, lines| {
            (
                first,
                lines.iter().map(|line| line.text.to_string()).collect(),
            )
        })
    }

    #[test]
    fn the_oldest_make_room_and_are_counted() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&woken);
        let ring = LogRing::new(2, move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        for text in ["a", "b", "c"] {
            ring.clone().push(line(text));
        }
        assert_eq!(texts(&ring), (1, vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!((ring.dropped(), ring.next_serial()), (1, 3));
        assert_eq!(woken.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn our_lines_are_harmless() {
        assert_eq!(&*line("a\u{1b}[2Jb\nc").text, "a[2Jb c");
    }

    #[test]
    fn captured_lines_reach_tui_logger() {
        use ratatui::buffer::Buffer;
        use ratatui::layout::Rect;
        use ratatui::widgets::Widget;

        let ring = install_console_capture(LevelFilter::INFO, 10, || {});
        ring.push(line("captured for the pane"));
        tui_logger::move_events();
        let area = Rect::new(0, 0, 120, 20);
        let mut buffer = Buffer::empty(area);
        tui_logger::TuiLoggerWidget::default().render(area, &mut buffer);
        let screen: String = buffer
            .content()
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        assert!(screen.contains("lampfield::set"), "{screen}");
        assert!(screen.contains("anna  captured for the pane"), "{screen}");
        assert_eq!(texts(&ring).1, ["captured for the pane"]);
    }
}
