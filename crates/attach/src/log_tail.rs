//! The last log lines, and those to come.

use std::collections::VecDeque;

use model::packed_list::PackedList;
use stream::LogRecord;
use tokio::sync::watch;

/// So many lines are kept, for whoever comes as for a slow reader: as many as the console's pane shows.
const KEPT: usize = 1_000;

/// So many are packed together: a line as it is takes a quarter of a kilobyte, and older ones are read seldom.
const BLOCK: usize = 64;

/// Where log lines are put for those who look. Never waits.
#[derive(Clone, Debug)]
pub struct LogTail(watch::Sender<Kept>);

/// Somebody who follows the lines. What is kept is there once, however many follow.
#[derive(Debug)]
pub struct LogFollower {
    kept: watch::Receiver<Kept>,
    /// How many lines have been taken, those that were lost among them.
    taken: u64,
}

/// What there is for a follower.
#[derive(Debug)]
pub struct NewLines {
    /// How many were pushed out before they could be taken.
    pub lost: u64,
    /// Those after them.
    pub lines: Vec<LogRecord>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Those before the newest, in blocks of [`BLOCK`].
    packed: VecDeque<PackedList<LogRecord>>,
    newest: Vec<LogRecord>,
    /// How many there ever were.
    count: u64,
}

impl LogTail {
    /// Without any line.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(Kept::default()))
    }

    /// One more line; the oldest goes where there are too many.
    pub fn push(&self, line: LogRecord) {
        self.0.send_modify(|kept| kept.push(line));
    }

    /// Follows the lines from the first one that is kept.
    #[must_use]
    pub fn follow(&self) -> LogFollower {
        let kept = self.0.subscribe();
        let taken = kept.borrow().first();
        LogFollower { kept, taken }
    }

    /// Follows the lines to come.
    pub(super) fn follow_on(&self) -> LogFollower {
        let kept = self.0.subscribe();
        let taken = kept.borrow().count;
        LogFollower { kept, taken }
    }

    /// Of the first `count` lines those that are kept.
    pub(super) fn of_first(&self, count: u64) -> Vec<LogRecord> {
        self.0.borrow().of_first(count)
    }
}

impl Default for LogTail {
    fn default() -> Self {
        Self::new()
    }
}

impl LogFollower {
    /// What has come since it was asked last.
    pub fn take(&mut self) -> NewLines {
        let kept = self.kept.borrow_and_update();
        let new = NewLines {
            lost: kept.first().saturating_sub(self.taken),
            lines: kept.between(self.taken, kept.count),
        };
        self.taken = kept.count;
        new
    }

    /// Those that were taken, as far as they are kept.
    #[must_use]
    pub fn last(&self) -> Vec<LogRecord> {
        self.kept.borrow().of_first(self.taken)
    }

    /// Until there is a line that has not been taken; for ever where the log has ended.
    pub(super) async fn waits(&mut self) {
        if self.kept.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How many lines went before what is taken next.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }
}

impl Kept {
    fn push(&mut self, line: LogRecord) {
        self.newest.push(line);
        self.count += 1;
        // As many again stay as they are: whoever keeps up unpacks nothing.
        if self.newest.len() >= 2 * BLOCK {
            self.packed.push_back(self.newest.drain(..BLOCK).collect());
        }
        if self.stored() >= KEPT + BLOCK {
            self.packed.pop_front();
        }
    }

    /// How many there are, those that are too many among them.
    fn stored(&self) -> usize {
        self.packed.len() * BLOCK + self.newest.len()
    }

    /// Of the first `count` lines those that are kept.
    fn of_first(&self, count: u64) -> Vec<LogRecord> {
        self.between(0, count)
    }

    /// Those that are kept of the lines behind the first `from`, up to the first `until`.
    fn between(&self, from: u64, until: u64) -> Vec<LogRecord> {
        let wanted = from.max(self.first())..until;
        let mut number = self.count.saturating_sub(as_count(self.stored()));
        let mut lines = Vec::new();
        for block in &self.packed {
            let end = number + as_count(BLOCK);
            if end > wanted.start && number < wanted.end {
                let numbered = (number..).zip(block.unpacked().unwrap_or_default());
                let numbered = numbered.filter(|(number, _)| wanted.contains(number));
                lines.extend(numbered.map(|(_, line)| line));
            }
            number = end;
        }
        let newest = (number..).zip(&self.newest);
        let newest = newest.filter(|(number, _)| wanted.contains(number));
        lines.extend(newest.map(|(_, line)| line.clone()));
        lines
    }

    /// How many lines went before the first that is kept.
    fn first(&self) -> u64 {
        self.count.saturating_sub(as_count(KEPT))
    }
}

fn as_count(lines: usize) -> u64 {
    lines.try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::line;

    fn filled(lines: usize) -> LogTail {
        let tail = LogTail::new();
        more(&tail, 0..lines);
        tail
    }

    fn more(tail: &LogTail, numbers: std::ops::Range<usize>) {
        for number in numbers {
            tail.push(line(&number.to_string()));
        }
    }

    fn texts(lines: &[LogRecord]) -> Vec<&str> {
        lines.iter().map(|line| &*line.text).collect()
    }

    #[test]
    fn each_line_is_taken_once_and_those_that_were_pushed_out_are_counted() {
        let tail = filled(2);
        let (mut all, mut later) = (tail.follow(), tail.follow_on());
        assert_eq!(texts(&all.take().lines), ["0", "1"]);
        assert!(later.take().lines.is_empty());
        more(&tail, 2..4);
        for follower in [&mut all, &mut later] {
            assert_eq!(texts(&follower.last()), ["0", "1"]);
            let new = follower.take();
            assert_eq!((new.lost, texts(&new.lines)), (0, vec!["2", "3"]));
            assert!(follower.take().lines.is_empty());
        }
        more(&tail, 4..KEPT + 7);
        let new = all.take();
        assert_eq!((new.lost, new.lines.len()), (3, KEPT));
        assert_eq!(all.taken(), u64::try_from(KEPT + 7).unwrap());
    }

    #[test]
    fn of_the_first_lines_those_are_told_that_are_kept() {
        let tail = filled(KEPT + 2);
        assert!(tail.of_first(2).is_empty());
        assert_eq!(texts(&tail.of_first(4)), ["2", "3"]);
        assert_eq!(tail.of_first(u64::MAX).len(), KEPT);
    }
}
