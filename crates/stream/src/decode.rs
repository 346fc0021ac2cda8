//! A snapshot from frames.

use std::sync::Arc;

use model::snapshot::{History, LeaseChange, MarkRun, ReadMarks, RowChange, Snapshot, UserRow};
use model::string_pool::StringPool;

use crate::encode::summary;
use crate::frame::{Frame, HistoryTail, Shared, Tail};

/// A frame that does not fit what was said before: whoever reads begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// About a row that there is not.
    #[error("a frame about a row that there is not")]
    NoSuchRow,
    /// A picture ended with more or fewer rows than it said.
    #[error("a picture with other rows than it said")]
    RowCount,
    /// Changes of a picture that was never sent.
    #[error("changes without a picture")]
    NoPicture,
}

/// Holds what the bridge holds.
#[derive(Debug, Default)]
pub struct Decoder {
    picture: Option<Snapshot>,
    /// How many rows the picture has when it is complete.
    rows: usize,
    /// Departments are told with every row and kept once.
    departments: StringPool,
    /// Whether only a summary is wanted.
    summary: bool,
}

impl Decoder {
    /// One that tells what [`crate::summary`] makes of what the bridge holds. It holds the users all the same, since
    /// of a row that changes only what is different is said, but nothing else about them.
    #[must_use]
    pub fn for_summary() -> Self {
        Self {
            summary: true,
            ..Self::default()
        }
    }

    /// Takes a frame in; at a commit, what the bridge holds.
    ///
    /// # Errors
    /// [`Misfit`]; what is held then is worth nothing.
    pub fn take(&mut self, frame: Frame) -> Result<Option<Arc<Snapshot>>, Misfit> {
        if let Frame::Picture { rows } = frame {
            self.begin(rows);
            return Ok(None);
        }
        match frame {
            Frame::Commit { serial, at, .. } => return self.commit(serial, at).map(Some),
            Frame::Rows(rows) => self.add(rows)?,
            Frame::Histories(_) | Frame::Reads(..) if self.summary => {}
            Frame::Histories(histories) => self.add_histories(histories)?,
            Frame::Row {
                at,
                row,
                lease,
                history,
            } => {
                let history = history.filter(|_| !self.summary);
                self.change(at, *row, lease, history)?;
            }
            Frame::Reads(first, runs) => self.mark(first, &runs)?,
            Frame::Shared(mut shared) => {
                if self.summary {
                    (shared.unmatched, shared.excluded) = (None, None);
                }
                shared.apply(self.picture()?);
            }
            Frame::Picture { .. }
            | Frame::Welcome(_)
            | Frame::Refused(_)
            | Frame::Log(_)
            | Frame::LogLost(_)
            | Frame::Answer(_) => {}
        }
        Ok(None)
    }

    /// Holds nothing any more: changes are misfits until the next picture.
    pub fn forget(&mut self) {
        self.picture = None;
    }

    fn picture(&mut self) -> Result<&mut Snapshot, Misfit> {
        self.picture.as_mut().ok_or(Misfit::NoPicture)
    }

    fn begin(&mut self, rows: usize) {
        let mut picture = Snapshot::empty(Arc::default(), jiff::Timestamp::UNIX_EPOCH);
        picture.reads = Arc::new(ReadMarks::unread(rows));
        self.picture = Some(picture);
        self.rows = rows;
        self.departments = StringPool::default();
    }

    fn add(&mut self, mut rows: Vec<Arc<UserRow>>) -> Result<(), Misfit> {
        let limit = self.rows;
        for row in &mut rows {
            share(row, &mut self.departments);
        }
        let all = Arc::make_mut(&mut self.picture()?.rows);
        all.extend(rows);
        if all.len() > limit {
            return Err(Misfit::RowCount);
        }
        Ok(())
    }

    fn row(&mut self, at: usize) -> Result<&mut Arc<UserRow>, Misfit> {
        let rows = Arc::make_mut(&mut self.picture()?.rows);
        rows.get_mut(at).ok_or(Misfit::NoSuchRow)
    }

    /// Rows that are shown already take them without being copied. So they are the same by pointer before and after:
    /// a picture whose histories are still to come is for the eye, and nobody tells on what has changed in it.
    fn add_histories(&mut self, histories: Vec<(usize, History)>) -> Result<(), Misfit> {
        for (at, history) in histories {
            let row = self.picture()?.rows.get(at).ok_or(Misfit::NoSuchRow)?;
            if let Err(history) = row.history.put_late(history) {
                Arc::make_mut(self.row(at)?).history = history;
            }
        }
        Ok(())
    }

    fn change(
        &mut self,
        at: usize,
        mut change: RowChange,
        lease: Option<Box<LeaseChange>>,
        tail: Option<HistoryTail>,
    ) -> Result<(), Misfit> {
        if let Some(department) = &mut change.department {
            *department = department.take().map(|it| self.departments.share(it));
        }
        let row = Arc::make_mut(self.row(at)?);
        if let Some(tail) = tail {
            row.history = tail.apply(row.history.iter(), row.history.len());
        }
        if let Some((change, lease)) = lease.zip(row.lease.as_mut()) {
            change.apply(lease);
        }
        change.apply(row);
        Ok(())
    }

    fn mark(&mut self, first: usize, runs: &[MarkRun]) -> Result<(), Misfit> {
        let reads = Arc::make_mut(&mut self.picture()?.reads);
        let fits = reads.put_runs(first, runs);
        fits.then_some(()).ok_or(Misfit::NoSuchRow)
    }

    fn commit(&mut self, serial: u64, at: jiff::Timestamp) -> Result<Arc<Snapshot>, Misfit> {
        let (rows, is_summary) = (self.rows, self.summary);
        let picture = self.picture()?;
        if picture.rows.len() != rows {
            return Err(Misfit::RowCount);
        }
        (picture.serial, picture.at) = (serial, at);
        Ok(Arc::new(if is_summary {
            summary(picture)
        } else {
            picture.clone()
        }))
    }
}

/// A row that somebody else holds as well was not read from a stream: it shares already.
fn share(row: &mut Arc<UserRow>, departments: &mut StringPool) {
    if let Some(row) = Arc::get_mut(row) {
        row.department = row.department.take().map(|it| departments.share(it));
    }
}

impl<T> Tail<T> {
    fn apply<All: FromIterator<T>>(self, old: impl Iterator<Item = T>, count: usize) -> All {
        let dropped = count.saturating_sub(self.keep);
        old.skip(dropped).chain(self.add).collect()
    }
}

impl Shared {
    fn apply(self, to: &mut Snapshot) {
        put(self.started_at, &mut to.started_at);
        put(self.tenant, &mut to.tenant);
        put(self.mode, &mut to.mode);
        put(self.unmatched, &mut to.unmatched);
        put(self.excluded, &mut to.excluded);
        put(self.coverage, &mut to.coverage);
        put(self.budget, &mut to.budget);
        put(self.leases, &mut to.leases);
        put(self.echoes_suppressed, &mut to.echoes_suppressed);
        put(self.directory, &mut to.directory);
        put(self.token, &mut to.token);
        put(self.links, &mut to.links);
        put(self.clock_skew_ms.map(Some), &mut to.clock_skew_ms);
        put(self.wall_ahead, &mut to.wall_ahead);
        put(self.unknown_values, &mut to.unknown_values);
        put(self.odd_records, &mut to.odd_records);
        put(self.log_lines_lost, &mut to.log_lines_lost);
        put(self.cluster.map(Some), &mut to.cluster);
        if self.poll.is_none() && self.chunks.is_none() && self.cycles.is_none() {
            return;
        }
        let old = Arc::clone(&to.poll);
        let poll = Arc::make_mut(&mut to.poll);
        if let Some(new) = self.poll {
            *poll = Arc::unwrap_or_clone(new);
        }
        poll.chunks = self.chunks.unwrap_or_else(|| Arc::clone(&old.chunks));
        poll.cycles = match self.cycles {
            None => Arc::clone(&old.cycles),
            Some(tail) => Arc::new(tail.apply(old.cycles.iter().copied(), old.cycles.len())),
        };
    }
}

fn put<T>(new: Option<T>, to: &mut T) {
    if let Some(new) = new {
        *to = new;
    }
}
