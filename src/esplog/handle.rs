//! The log as the bridge sees it: a bounded queue before the thread that owns the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use super::line::OwnedLine;
use super::writer::{LogWriter, TroubleChange};

/// So many lines may wait for a slow disk; more are dropped and counted.
const WAITING: usize = 8_192;

enum Message {
    Line(OwnedLine),
    /// Everything before this is on disk: say so.
    Flush(SyncSender<()>),
}

/// Takes lines and never waits; clones feed the same log. The thread behind it ends with the last
/// clone.
#[derive(Clone, Debug)]
pub struct LogHandle {
    /// Takes memory only for the lines that do wait.
    queue: Sender<Message>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicUsize,
    dropped: AtomicU64,
    /// Of those before, and of those that the disk did not take, since the start.
    lost: AtomicU64,
    /// Nothing was written since the queue was full.
    stuck: AtomicBool,
}

impl LogHandle {
    /// Starts the thread. `on_trouble` hears when lines begin to be lost (`Some`) and when that is
    /// over (`None`); it is called on that thread.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(
        writer: LogWriter,
        on_trouble: impl Fn(TroubleChange) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (queue, lines) = channel();
        let counts = Arc::<Counts>::default();
        let counted = Arc::clone(&counts);
        std::thread::Builder::new()
            .name("esplog".to_owned())
            .spawn(move || run(writer, &lines, &counted, &on_trouble))?;
        Ok(Self { queue, counts })
    }

    /// Hands a line over; where too many wait already, it is dropped and counted.
    pub fn log(&self, line: OwnedLine) {
        if !self.offer(Message::Line(line)) {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether there was room for it.
    fn offer(&self, message: Message) -> bool {
        // Several may look at once: then a few more wait, one for each of them.
        let full = self.counts.waiting.load(Ordering::Relaxed) >= WAITING;
        if full {
            self.counts.stuck.store(true, Ordering::Relaxed);
            return false;
        }
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        self.queue.send(message).is_ok()
    }

    /// Whether lines are lost because the disk, or the share, takes none in.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.counts.stuck.load(Ordering::Relaxed)
    }

    /// How many lines have never got to the disk since the start.
    #[must_use]
    pub fn lines_lost(&self) -> u64 {
        let dropped = self.counts.dropped.load(Ordering::Relaxed);
        self.counts.lost.load(Ordering::Relaxed) + dropped
    }

    /// Waits until everything that was handed over is on disk, at most `within`: before the
    /// program ends. Returns whether it is. Blocks the thread.
    #[must_use]
    pub fn flush(&self, within: Duration) -> bool {
        let (done, waits) = sync_channel(1);
        self.offer(Message::Flush(done)) && waits.recv_timeout(within).is_ok()
    }
}

fn run(
    mut writer: LogWriter,
    lines: &Receiver<Message>,
    counts: &Counts,
    on_trouble: &dyn Fn(TroubleChange),
) {
    while let Ok(message) = lines.recv() {
        counts.waiting.fetch_sub(1, Ordering::Relaxed);
        match message {
            Message::Line(line) => {
                writer.note_lost(counts.dropped.swap(0, Ordering::Relaxed));
                let change = writer.write(line.at, &line.as_line());
                counts.lost.store(writer.lost_total(), Ordering::Relaxed);
                if let Some(change) = change {
                    on_trouble(change);
                }
                counts.stuck.store(false, Ordering::Relaxed);
            }
            Message::Flush(done) => {
                let _ = done.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use jiff::Timestamp;
    use tracing::Level;

    use super::*;
    use crate::bridge::LineValues;
    use crate::esplog::writer::LogSettings;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn settings(directory: &std::path::Path) -> LogSettings {
        LogSettings {
            directory: directory.to_owned(),
            max_size_mb: 10,
            keep: 5,
            archive: false,
            level: Level::TRACE,
            layout: crate::esplog::Layout::default(),
        }
    }

    fn line(message: String) -> OwnedLine {
        OwnedLine {
            at: Timestamp::UNIX_EPOCH,
            level: Level::INFO,
            target: "poll",
            user: None,
            message,
            tenant: None,
            values: LineValues::NONE,
        }
    }

    #[test]
    fn everything_handed_over_is_on_disk_after_a_flush() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogHandle::start(LogWriter::open(settings(dir.path())), |_| {}).unwrap();
        for number in 0..500 {
            log.clone().log(line(format!("line {number}")));
        }
        assert!(log.flush(PATIENCE));
        let file = std::fs::read_dir(dir.path()).unwrap().next().unwrap();
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert_eq!(text.lines().count(), 500);
        assert!(text.ends_with("line 499\n"));
    }

    /// YIO-Remote/remote-os#54: the machine starts in another year, and its clock is put right.
    #[test]
    fn a_clock_that_is_set_costs_no_more_than_a_line_under_a_wrong_date() {
        let dir = tempfile::tempdir().unwrap();
        let writer = LogWriter::in_time_zone(settings(dir.path()), jiff::tz::TimeZone::UTC);
        let log = LogHandle::start(writer, |_| {}).unwrap();
        let days = [
            "2026-11-23",
            "2031-01-01",
            "2026-11-23",
            "1970-01-01",
            "2026-11-23",
        ];
        for day in days {
            log.log(OwnedLine {
                at: format!("{day}T12:00:00Z").parse().unwrap(),
                ..line(format!("on {day}"))
            });
        }
        assert!(log.flush(PATIENCE));
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            let text = std::fs::read_to_string(file.path()).unwrap();
            let lines = text.lines().count();
            let day = name.trim_start_matches("ExternalServiceProvider_");
            let day = day.trim_end_matches(".log");
            assert_eq!(
                lines,
                days.iter().filter(|it| **it == day).count(),
                "{name}"
            );
            assert!(text.lines().all(|line| line.starts_with(day)), "{text}");
        }
    }

    #[test]
    fn a_disk_that_stands_still_costs_lines_and_never_time() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("file");
        std::fs::write(&missing, "").unwrap();
        let (blocked, blocks) = mpsc::channel::<()>();
        let (told, tells) = mpsc::channel();
        let blocks = std::sync::Mutex::new(blocks);
        // The callback stands in for a disk that does not answer: the thread hangs in it.
        let log = LogHandle::start(LogWriter::open(settings(&missing)), move |change| {
            let begins = change.is_some();
            told.send(change).unwrap();
            if begins {
                let _ = blocks.lock().unwrap().recv();
            }
        })
        .unwrap();
        log.log(line("first".to_owned()));
        assert!(tells.recv_timeout(PATIENCE).unwrap().is_some());
        for _ in 0..WAITING + 10 {
            log.log(line("more".to_owned()));
        }
        assert_eq!(log.counts.dropped.load(Ordering::Relaxed), 10);
        assert!(!log.flush(Duration::ZERO));
        assert!(log.is_stuck());
        std::fs::remove_file(&missing).unwrap();
        drop(blocked);
        assert_eq!(tells.recv_timeout(PATIENCE).unwrap(), None);
        let text = std::fs::read_dir(&missing)
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        let mut first = String::new();
        while first.is_empty() {
            first = std::fs::read_to_string(text.path()).unwrap();
        }
        assert!(first.contains("11 lines lost"), "{first}");
        assert_eq!(log.lines_lost(), 11);
        assert!(!log.is_stuck());
    }
}
