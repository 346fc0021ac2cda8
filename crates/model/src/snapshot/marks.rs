//! When each row was last read, packed and in pieces: a poll changes all 20,000 marks in every
//! cycle, and whoever looks keeps the snapshot of before. What a request has not touched is shared
//! with that snapshot, and what it has is copied in small pieces, not as one block of a megabyte,
//! which leaves holes in the memory of a program that runs for weeks.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::user::ReadMark;

/// Marks in one piece: 4 KiB.
const PIECE: usize = 256;

/// Stands for a row that was never read.
const NEVER: i64 = i64::MIN;

/// When each row was last read, in the order of the rows; to the microsecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadMarks {
    pieces: Vec<Arc<[Packed]>>,
    count: usize,
}

/// Rows next to each other that share a mark: a request answers for hundreds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ToldRun", into = "ToldRun")]
pub struct MarkRun {
    /// How many rows.
    pub count: usize,
    /// Their mark.
    pub mark: Packed,
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
pub struct Packed {
    /// Microseconds since 1970, or [`NEVER`].
    read_at: i64,
    /// Microseconds; an hour at most.
    latency: u32,
    failures: u32,
}

impl Packed {
    /// Packs a mark.
    pub fn from_mark(mark: &ReadMark) -> Self {
        Self {
            read_at: mark.read_at.map_or(NEVER, Timestamp::as_microsecond),
            latency: u32::try_from(mark.latency.as_micros()).unwrap_or(u32::MAX),
            failures: mark.failures,
        }
    }

    /// One more read failed.
    pub fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
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
        let piece = self.pieces.get(at / PIECE)?;
        piece.get(at % PIECE).map(|packed| packed.mark())
    }

    /// All marks, in the order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = ReadMark> + '_ {
        let all = self.pieces.iter().flat_map(|piece| piece.iter());
        all.map(|packed| packed.mark())
    }

    /// The rows that were never read, or not after `then` (to the microsecond), in order.
    pub fn not_read_after(&self, then: Timestamp) -> impl Iterator<Item = usize> + '_ {
        let then = then.as_microsecond();
        let all = self.pieces.iter().flat_map(|piece| piece.iter());
        let old = all.enumerate().filter(move |(_, it)| it.read_at <= then);
        old.map(|(at, _)| at)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// As many rows, none of them read yet.
    #[must_use]
    pub fn unread(count: usize) -> Self {
        std::iter::repeat_n(ReadMark::default(), count).collect()
    }

    /// What has changed since `before`, as the first row and the runs from there on: pieces beside each other
    /// together. Pieces that both share are not looked at.
    #[must_use]
    pub fn runs_since(&self, before: &Self) -> Vec<(usize, Vec<MarkRun>)> {
        let same_length = self.count == before.count;
        let pieces = self.pieces.iter().enumerate();
        let changed = pieces.filter(|(at, piece)| {
            let old = before.pieces.get(*at).filter(|_| same_length);
            old.is_none_or(|old| !Arc::ptr_eq(old, piece) && old != *piece)
        });
        let changed: Vec<_> = changed.collect();
        let stretches = changed.chunk_by(|(a, _), (b, _)| a + 1 == *b);
        let told = stretches.filter_map(|stretch| {
            let (first, _) = stretch.first()?;
            let marks = stretch.iter().flat_map(|(_, piece)| piece.iter());
            Some((first * PIECE, runs(marks)))
        });
        told.collect()
    }

    /// Puts `runs` in place, from the row `first` on. Whether there are as many rows.
    pub fn put_runs(&mut self, first: usize, runs: &[MarkRun]) -> bool {
        let mut at = first;
        for run in runs {
            let end = at.saturating_add(run.count);
            if end > self.count {
                return false;
            }
            while at < end {
                let (piece, place) = Self::place(at);
                let room = self.piece_mut(piece).get_mut(place..).unwrap_or_default();
                let taken = room.len().min(end - at);
                if taken == 0 {
                    return false;
                }
                room.iter_mut()
                    .take(taken)
                    .for_each(|mark| *mark = run.mark);
                at += taken;
            }
        }
        true
    }

    /// In which piece the mark of a row is, and where in it.
    #[must_use]
    pub const fn place(at: usize) -> (usize, usize) {
        (at / PIECE, at % PIECE)
    }

    /// The marks of a piece, to be changed; copied where somebody still looks at them. Nothing
    /// where there is no such piece.
    pub fn piece_mut(&mut self, piece: usize) -> &mut [Packed] {
        self.pieces.get_mut(piece).map_or(&mut [], Arc::make_mut)
    }
}

fn runs<'a>(marks: impl Iterator<Item = &'a Packed>) -> Vec<MarkRun> {
    let mut runs: Vec<MarkRun> = Vec::new();
    for mark in marks {
        match runs.last_mut() {
            Some(last) if last.mark == *mark => last.count += 1,
            _ => runs.push(MarkRun {
                count: 1,
                mark: *mark,
            }),
        }
    }
    runs
}

impl FromIterator<ReadMark> for ReadMarks {
    fn from_iter<I: IntoIterator<Item = ReadMark>>(marks: I) -> Self {
        let packed: Vec<_> = marks
            .into_iter()
            .map(|mark| Packed::from_mark(&mark))
            .collect();
        Self {
            pieces: packed.chunks(PIECE).map(Into::into).collect(),
            count: packed.len(),
        }
    }
}

#[cfg(test)]
mod tests {
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
        let (first, runs) = &told[0];
        assert_eq!((told.len(), *first), (1, 0));
        assert_eq!(runs[250], read(300));
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

    #[test]
    fn only_the_piece_that_changes_is_copied() {
        let mut marks: ReadMarks = (0..700).map(mark).collect();
        let shown = marks.clone();
        let (piece, at) = ReadMarks::place(300);
        marks.piece_mut(piece)[at] = Packed::from_mark(&mark(7));
        let shared = |(a, b): (&Arc<[Packed]>, &Arc<[Packed]>)| Arc::ptr_eq(a, b);
        let pieces: Vec<_> = marks.pieces.iter().zip(&shown.pieces).map(shared).collect();
        assert_eq!(pieces, [true, false, true]);
        assert_eq!(
            (marks.get(300), shown.get(300)),
            (Some(mark(7)), Some(mark(300)))
        );
    }
}
