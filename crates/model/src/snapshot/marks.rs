//! When each row was last read: a request answers for hundreds of rows, which then have one mark. A poll changes the
//! marks of all 20,000 in every cycle, and whoever looks keeps those of the snapshot before: as runs both are some
//! hundred bytes, where a mark for each row would be a third of a megabyte.

use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::user::ReadMark;

/// Stands for a row that was never read.
const NEVER: i64 = i64::MIN;

/// When each row was last read, in the order of the rows; to the microsecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadMarks {
    /// One behind the other. None is empty, and those next to each other have different marks.
    runs: Vec<Run>,
}

/// The rows from where the run before ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// The row behind its last one.
    end: usize,
    mark: Packed,
}

/// Rows next to each other that share a mark: a request answers for hundreds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ToldRun", into = "ToldRun")]
pub struct MarkRun {
    /// How many rows.
    count: usize,
    /// Their mark.
    mark: Packed,
}

/// A run as it is told: how many rows, when the request began, its latency (both in microseconds), the failures.
/// The requests of a cycle begin together: told by when they ended, each would have two numbers of its own.
type ToldRun = (usize, i64, u32, u32);

impl From<MarkRun> for ToldRun {
    fn from(MarkRun { count, mark }: MarkRun) -> Self {
        let began = mark.read_at.wrapping_sub(mark.latency.into());
        (count, began, mark.latency, mark.failures)
    }
}

impl From<ToldRun> for MarkRun {
    fn from((count, began, latency, failures): ToldRun) -> Self {
        let mark = Packed {
            read_at: began.wrapping_add(latency.into()),
            latency,
            failures,
        };
        Self { count, mark }
    }
}

/// A mark in a third of its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed {
    /// Microseconds since 1970, or [`NEVER`].
    read_at: i64,
    /// Microseconds; an hour at most.
    latency: u32,
    failures: u32,
}

impl Packed {
    fn from_mark(mark: &ReadMark) -> Self {
        Self {
            read_at: mark.read_at.map_or(NEVER, Timestamp::as_microsecond),
            latency: u32::try_from(mark.latency.as_micros()).unwrap_or(u32::MAX),
            failures: mark.failures,
        }
    }

    /// The same after one more read that failed.
    const fn failed(self) -> Self {
        Self {
            failures: self.failures.saturating_add(1),
            ..self
        }
    }

    fn mark(self) -> ReadMark {
        let read_at = Timestamp::from_microsecond(self.read_at).ok();
        ReadMark {
            read_at: read_at.filter(|_| self.read_at != NEVER),
            latency: Duration::from_micros(self.latency.into()),
            failures: self.failures,
        }
    }
}

impl ReadMarks {
    /// The mark of the row at this index.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<ReadMark> {
        self.run_of(at).map(|run| run.mark.mark())
    }

    fn run_of(&self, at: usize) -> Option<&Run> {
        self.runs
            .get(self.runs.partition_point(|run| run.end <= at))
    }

    /// Each run with its rows.
    fn spans(&self) -> impl Iterator<Item = (Range<usize>, Packed)> + '_ {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|run| run.end));
        let runs = starts.zip(&self.runs);
        runs.map(|(start, run)| (start..run.end, run.mark))
    }

    /// All marks, in the order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = ReadMark> + '_ {
        self.spans()
            .flat_map(|(rows, mark)| std::iter::repeat_n(mark.mark(), rows.len()))
    }

    /// The rows that were never read, or not after `then` (to the microsecond), in order.
    pub fn not_read_after(&self, then: Timestamp) -> impl Iterator<Item = usize> + '_ {
        let then = then.as_microsecond();
        let old = self.spans().filter(move |(_, it)| it.read_at <= then);
        old.flat_map(|(rows, _)| rows)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.last().map_or(0, |run| run.end)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// As many rows, none of them read yet.
    #[must_use]
    pub fn unread(count: usize) -> Self {
        std::iter::repeat_n(ReadMark::default(), count).collect()
    }

    /// These rows have this mark from now on.
    pub fn put(&mut self, rows: Range<usize>, mark: &ReadMark) {
        let mark = Packed::from_mark(mark);
        self.change(rows, |_| mark);
    }

    /// One more read of these rows failed.
    pub fn count_failure(&mut self, rows: Range<usize>) {
        self.change(rows, Packed::failed);
    }

    /// Changes the marks of these rows. The runs beside them are looked at as well: they may go on as the same ones.
    fn change(&mut self, rows: Range<usize>, changed: impl Fn(Packed) -> Packed) {
        if rows.is_empty() {
            return;
        }
        let from = self.runs.partition_point(|run| run.end < rows.start);
        let to = self.runs.partition_point(|run| run.end <= rows.end);
        let to = self.runs.len().min(to + 1);
        let (before, others) = self.runs.split_at(from);
        let mut at = before.last().map_or(0, |run| run.end);
        let mut new = Vec::new();
        for run in others.iter().take(to - from) {
            let parts = [
                (rows.start, run.mark),
                (rows.end, changed(run.mark)),
                (run.end, run.mark),
            ];
            for (end, mark) in parts.map(|(end, mark)| (end.min(run.end), mark)) {
                if end > at {
                    push(&mut new, Run { end, mark });
                    at = end;
                }
            }
        }
        self.runs.splice(from..to, new);
    }

    /// What has changed since `before`, as the first row and the runs from there on, those beside each other
    /// together.
    #[must_use]
    pub fn runs_since(&self, before: &Self) -> Vec<(usize, Vec<MarkRun>)> {
        let same_length = self.len() == before.len();
        let is_old = |rows: &Range<usize>, mark| {
            let old = before.run_of(rows.start).filter(|_| same_length);
            old.is_some_and(|old| old.mark == mark && old.end >= rows.end)
        };
        let mut told: Vec<(usize, Vec<MarkRun>)> = Vec::new();
        let mut told_to = None;
        for (rows, mark) in self.spans().filter(|(rows, mark)| !is_old(rows, *mark)) {
            let count = rows.len();
            match told.last_mut() {
                Some((_, runs)) if told_to == Some(rows.start) => {
                    runs.push(MarkRun { count, mark });
                }
                _ => told.push((rows.start, vec![MarkRun { count, mark }])),
            }
            told_to = Some(rows.end);
        }
        told
    }

    /// Puts `runs` in place, from the row `first` on. Whether there are as many rows.
    pub fn put_runs(&mut self, first: usize, runs: &[MarkRun]) -> bool {
        let mut at = first;
        for run in runs {
            let end = at.saturating_add(run.count);
            if end > self.len() {
                return false;
            }
            self.change(at..end, |_| run.mark);
            at = end;
        }
        true
    }
}

/// Adds a run, which may go on with what the last one said.
fn push(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last) if last.mark == run.mark => last.end = run.end,
        _ => runs.push(run),
    }
}

impl FromIterator<ReadMark> for ReadMarks {
    fn from_iter<I: IntoIterator<Item = ReadMark>>(marks: I) -> Self {
        let mut runs = Vec::new();
        for (end, mark) in (1..).zip(marks) {
            let mark = Packed::from_mark(&mark);
            push(&mut runs, Run { end, mark });
        }
        Self { runs }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(n: i64) -> ReadMark {
        ReadMark {
            read_at: (n % 3 > 0).then(|| Timestamp::from_microsecond(n * 1_234_567).unwrap()),
            latency: Duration::from_micros(n.unsigned_abs() * 77),
            failures: u32::try_from(n % 5).unwrap(),
        }
    }

    #[test]
    fn a_mark_comes_out_as_it_went_in() {
        let marks: Vec<_> = (0..700).map(mark).collect();
        let packed: ReadMarks = marks.iter().copied().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), marks);
        assert_eq!(packed.get(699), Some(mark(699)));
        assert_eq!((packed.get(700), packed.len()), (None, 700));
    }

    #[test]
    fn what_changed_is_told_in_runs() {
        let before: ReadMarks = (0..700).map(mark).collect();
        let mut after = before.clone();
        assert!(after.runs_since(&before).is_empty());
        let read = |at: usize| MarkRun {
            count: at,
            mark: Packed::from_mark(&mark(4)),
        };
        assert!(after.put_runs(250, &[read(300)]));
        assert_eq!(
            (after.get(249), after.get(550)),
            (Some(mark(249)), Some(mark(550)))
        );
        assert_eq!(
            (after.get(250), after.get(549)),
            (Some(mark(4)), Some(mark(4)))
        );
        let told = after.runs_since(&before);
        assert_eq!(told, [(250, vec![read(300)])]);
        let mut rebuilt = before;
        for (first, runs) in told {
            assert!(rebuilt.put_runs(first, &runs));
        }
        assert_eq!(rebuilt, after);
        assert!(!after.put_runs(699, &[read(2)]), "more than there are");
        let mut unread = ReadMarks::unread(700);
        for (first, runs) in after.runs_since(&unread) {
            assert!(unread.put_runs(first, &runs));
        }
        assert_eq!(unread, after);
    }

    #[test]
    fn what_was_not_read_after_a_time_is_found() {
        let mut marks = ReadMarks::unread(600);
        let at = |micros| MarkRun {
            count: 100,
            mark: Packed::from_mark(&ReadMark {
                read_at: Timestamp::from_microsecond(micros).ok(),
                ..ReadMark::default()
            }),
        };
        assert!(marks.put_runs(200, &[at(41), at(42), at(43)]));
        let then = Timestamp::from_microsecond(42).unwrap();
        let old: Vec<_> = marks.not_read_after(then).collect();
        assert_eq!(old, (0..400).chain(500..600).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn marks_are_those_that_were_put(changes in prop::collection::vec((0..60_usize, 0..60_usize, 0..4_i64), 0..30)) {
            let mut each = vec![ReadMark::default(); 50];
            let mut marks = ReadMarks::unread(50);
            for (first, end, n) in changes {
                let before = marks.clone();
                let rows = each.get_mut(first..end.min(50)).unwrap_or_default();
                if n == 0 {
                    for it in rows.iter_mut() {
                        it.failures += 1;
                    }
                    marks.count_failure(first..end);
                } else {
                    rows.fill(mark(n));
                    marks.put(first..end, &mark(n));
                }
                prop_assert_eq!(&marks, &each.iter().copied().collect());
                prop_assert!(marks.iter().eq(each.iter().copied()));
                let mut told = before.clone();
                for (first, runs) in marks.runs_since(&before) {
                    prop_assert!(told.put_runs(first, &runs));
                }
                prop_assert_eq!(&told, &marks);
            }
        }
    }

    #[test]
    fn a_request_takes_one_run() {
        let mut marks = ReadMarks::unread(20_000);
        for request in 0..31 {
            marks.put(request * 650..(request + 1) * 650, &mark(4));
        }
        assert_eq!((marks.runs.len(), marks.len()), (1, 20_000));
        marks.put(650..1_300, &mark(5));
        assert_eq!(marks.runs.len(), 3);
    }
}
