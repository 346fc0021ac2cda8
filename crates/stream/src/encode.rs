//! Frames from snapshots: what both share is told from by their pointers, and costs nothing.

use std::sync::Arc;

use model::snapshot::{History, LeaseChange, ReadMarks, RowChange, Snapshot, UserRow};

use crate::frame::{CommitStage, Frame, Shared, Tail};

/// Rows in one frame of a picture: small enough that the first are shown while the next are read.
const ROWS: usize = 512;

/// Users of a summary: beyond it their number says enough.
const SUMMARY_ROWS: usize = 500;

/// Everything that `snapshot` shows.
pub fn picture(snapshot: &Snapshot) -> impl Iterator<Item = Frame> + '_ {
    let count = snapshot.rows.len();
    let rows = snapshot.rows.chunks(ROWS);
    let rows = rows.map(|rows| Frame::Rows(rows.iter().map(without_history).collect()));
    let reads = reads(snapshot, &ReadMarks::unread(count));
    let shared = Shared::all(snapshot);
    std::iter::once(Frame::Picture { rows: count })
        .chain(std::iter::once(Frame::Shared(Box::new(shared))))
        .chain(rows)
        .chain(reads)
        .chain(std::iter::once(commit(snapshot, CommitStage::Rows)))
        .chain(histories(snapshot))
        .chain(std::iter::once(commit(snapshot, CommitStage::Whole)))
}

/// What whoever looks at many bridges gets of `snapshot`: everything but the users who have nothing odd.
#[must_use]
pub fn summary(snapshot: &Snapshot) -> Snapshot {
    let odd = snapshot.rows.iter().filter(|row| row.odd_note().is_some());
    let rows: Vec<_> = odd.take(SUMMARY_ROWS).map(without_history).collect();
    Snapshot {
        reads: Arc::new(ReadMarks::unread(rows.len())),
        rows: Arc::new(rows),
        unmatched: Arc::default(),
        excluded: Arc::default(),
        ..snapshot.clone()
    }
}

/// What is different in `to`; a new picture where users came, went or moved, or where something is
/// not known any more. One frame is made after the other: of 20,000 rows that change at once all would take 20 MB.
pub fn changes<'a>(from: &'a Snapshot, to: &'a Snapshot) -> impl Iterator<Item = Frame> + use<'a> {
    let forgotten = from.clock_skew_ms.is_some() && to.clock_skew_ms.is_none();
    let goes_on = !forgotten && has_same_users(from, to);
    let anew = (!goes_on).then(|| picture(to));
    let parts = goes_on.then(|| {
        let shared = Shared::changed(from, to).map(|it| Frame::Shared(Box::new(it)));
        rows(from, to)
            .chain(reads(to, &from.reads))
            .chain(shared)
            .chain(std::iter::once(commit(to, CommitStage::Whole)))
    });
    let anew = anew.into_iter().flatten();
    anew.chain(parts.into_iter().flatten())
}

const fn commit(snapshot: &Snapshot, stage: CommitStage) -> Frame {
    Frame::Commit {
        serial: snapshot.serial,
        at: snapshot.at,
        stage,
    }
}

fn without_history(row: &Arc<UserRow>) -> Arc<UserRow> {
    if row.history.is_empty() {
        return Arc::clone(row);
    }
    Arc::new(UserRow {
        history: History::default(),
        ..UserRow::clone(row)
    })
}

fn histories(snapshot: &Snapshot) -> impl Iterator<Item = Frame> + '_ {
    let starts = (0..snapshot.rows.len()).step_by(ROWS);
    starts
        .zip(snapshot.rows.chunks(ROWS))
        .filter_map(|(start, rows)| {
            let told = (start..)
                .zip(rows)
                .filter(|(_, row)| !row.history.is_empty());
            let told: Vec<_> = told.map(|(at, row)| (at, row.history.clone())).collect();
            (!told.is_empty()).then_some(Frame::Histories(told))
        })
}

/// Whether both have the same users in the same order.
fn has_same_users(from: &Snapshot, to: &Snapshot) -> bool {
    let mut changed = changed_rows(from, to);
    from.rows.len() == to.rows.len()
        && changed.all(|(_, (old, new))| old.user_name == new.user_name)
}

/// The rows that are not shared, before and after, with their places.
fn changed_rows<'a>(
    from: &'a Snapshot,
    to: &'a Snapshot,
) -> impl Iterator<Item = (usize, (&'a Arc<UserRow>, &'a Arc<UserRow>))> {
    let shared = Arc::ptr_eq(&from.rows, &to.rows);
    let before = (!shared).then_some(&from.rows);
    let pairs = before
        .into_iter()
        .flat_map(|rows| rows.iter())
        .zip(to.rows.iter());
    let changed = pairs.enumerate();
    changed.filter(|(_, (old, new))| !Arc::ptr_eq(old, new))
}

/// The rows that are different.
fn rows<'a>(from: &'a Snapshot, to: &'a Snapshot) -> impl Iterator<Item = Frame> + use<'a> {
    let rows = changed_rows(from, to).map(|(at, (old, new))| row(at, old, new));
    rows.filter(Frame::says_something)
}

fn row(at: usize, old: &UserRow, new: &UserRow) -> Frame {
    let mut row = RowChange::between(old, new);
    let leases = old.lease.as_ref().zip(new.lease.as_ref());
    let lease = leases.filter(|_| row.lease.take().is_some());
    Frame::Row {
        at,
        row: Box::new(row),
        lease: lease.map(|(old, new)| Box::new(LeaseChange::between(old, new))),
        history: (old.history != new.history).then(|| tail(old.history.iter(), new.history.iter())),
    }
}

/// What makes `new` of `old`.
fn tail<T: PartialEq>(
    old: impl IntoIterator<Item = T>,
    new: impl IntoIterator<Item = T>,
) -> Tail<T> {
    let (before, after): (Vec<_>, Vec<_>) = (Vec::from_iter(old), Vec::from_iter(new));
    let kept = |keep: &usize| before.ends_with(after.get(..*keep).unwrap_or_default());
    let most = before.len().min(after.len());
    let keep = (0..=most).rev().find(kept).unwrap_or_default();
    Tail {
        keep,
        add: after.into_iter().skip(keep).collect(),
    }
}

fn reads<'a>(to: &'a Snapshot, before: &ReadMarks) -> impl Iterator<Item = Frame> + use<'a> {
    let runs = to.reads.runs_since(before).into_iter();
    runs.map(|(first, runs)| Frame::Reads(first, runs))
}

impl Shared {
    fn all(snapshot: &Snapshot) -> Self {
        let now = snapshot.clone();
        Self {
            started_at: Some(now.started_at),
            tenant: Some(now.tenant),
            mode: Some(now.mode),
            unmatched: Some(now.unmatched),
            excluded: Some(now.excluded),
            coverage: Some(now.coverage),
            chunks: Some(Arc::clone(&now.poll.chunks)),
            cycles: Some(tail([], now.poll.cycles.iter().copied())),
            poll: Some(now.poll),
            budget: Some(now.budget),
            leases: Some(now.leases),
            echoes_suppressed: Some(now.echoes_suppressed),
            directory: Some(now.directory),
            token: Some(now.token),
            links: Some(now.links),
            clock_skew_ms: now.clock_skew_ms,
            wall_ahead: Some(now.wall_ahead),
            unknown_values: Some(now.unknown_values),
            odd_records: Some(now.odd_records),
            log_lines_lost: Some(now.log_lines_lost),
            cluster: now.cluster,
        }
    }

    fn changed(from: &Snapshot, to: &Snapshot) -> Option<Self> {
        let mut it = Self::all(to);
        forget_same(&mut it.started_at, &from.started_at);
        forget_shared(&mut it.tenant, &from.tenant);
        forget_same(&mut it.mode, &from.mode);
        forget_shared(&mut it.unmatched, &from.unmatched);
        forget_shared(&mut it.excluded, &from.excluded);
        forget_shared(&mut it.coverage, &from.coverage);
        forget_shared(&mut it.poll, &from.poll);
        forget_shared(&mut it.chunks, &from.poll.chunks);
        let (old, new) = (&from.poll.cycles, &to.poll.cycles);
        it.cycles =
            (!Arc::ptr_eq(old, new)).then(|| tail(old.iter().copied(), new.iter().copied()));
        forget_same(&mut it.budget, &from.budget);
        forget_same(&mut it.leases, &from.leases);
        forget_same(&mut it.echoes_suppressed, &from.echoes_suppressed);
        forget_shared(&mut it.directory, &from.directory);
        forget_same(&mut it.token, &from.token);
        forget_shared(&mut it.links, &from.links);
        if to.clock_skew_ms == from.clock_skew_ms {
            it.clock_skew_ms = None;
        }
        forget_same(&mut it.wall_ahead, &from.wall_ahead);
        forget_shared(&mut it.unknown_values, &from.unknown_values);
        forget_shared(&mut it.odd_records, &from.odd_records);
        forget_same(&mut it.log_lines_lost, &from.log_lines_lost);
        if to.cluster == from.cluster {
            it.cluster = None;
        }
        (it != Self::default()).then_some(it)
    }
}

fn forget_same<T: PartialEq>(part: &mut Option<T>, before: &T) {
    part.take_if(|part| part == before);
}

fn forget_shared<T: ?Sized>(part: &mut Option<Arc<T>>, before: &Arc<T>) {
    part.take_if(|part| Arc::ptr_eq(part, before));
}
