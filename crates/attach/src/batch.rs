//! What everybody who looks gets alike: gathered for a moment, encoded once, and the same bytes for
//! all, so that twenty who look cost hardly more than one. Whoever falls behind gets bytes of their own.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use model::snapshot::Snapshot;
use stream::{Frame, LogRecord};
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};
use tokio::sync::watch;

use crate::server::Shown;

/// For so long what happens is gathered: a little longer than lies between two snapshots of a busy
/// bridge, so that the first of a burst and the one after it go together.
const MOMENT: Duration = Duration::from_millis(60);

/// So many lines of the log are kept for a slow reader.
const LINES: u64 = 1_024;

/// The last batch, and what is kept for those who have missed one.
pub(super) struct Batch {
    /// What everybody holds who has taken it.
    place: Place,
    /// It, for those who have taken the one before; nothing where it is a new picture, which goes out
    /// piece by piece.
    bytes: Option<Rc<[u8]>>,
    /// The last lines of the log.
    lines: VecDeque<Lines>,
}

/// How far somebody has come.
#[derive(Clone)]
pub(super) struct Place {
    /// The snapshot that they hold.
    pub(super) snapshot: Arc<Snapshot>,
    /// How many lines of the log went before.
    pub(super) lines: u64,
    /// Of the batch.
    number: u64,
}

/// Encoded lines of the log.
#[derive(Clone, Default)]
struct Lines {
    bytes: Rc<[u8]>,
    count: u64,
    /// The batch that they went with.
    number: u64,
}

/// What somebody is to get.
pub(super) enum Next {
    /// The same as everybody else.
    Alike(Rc<[u8]>),
    /// What was missed.
    Apart(Missed),
}

/// What somebody has missed.
pub(super) struct Missed {
    /// Lines of the log that are not kept any more.
    pub(super) lost: u64,
    /// Encoded lines of the log.
    pub(super) lines: Vec<Rc<[u8]>>,
    /// The snapshot that they hold.
    pub(super) from: Arc<Snapshot>,
    /// The latest.
    pub(super) to: Arc<Snapshot>,
}

/// Begins to gather, as a task of its own, until nobody looks any more or the bridge has ended.
/// Whoever receives it holds one more receiver than those who look.
pub(super) fn begin(shown: &Shown) -> watch::Receiver<Batch> {
    let mut snapshots = shown.snapshots.clone();
    let (lines, tail) = shown.logs.follow_on();
    let place = Place {
        snapshot: Arc::clone(&snapshots.borrow_and_update()),
        lines,
        number: 0,
    };
    let (to, batches) = watch::channel(Batch::at(place));
    tokio::task::spawn_local(gather(snapshots, tail, to));
    batches
}

async fn gather(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    mut tail: broadcast::Receiver<LogRecord>,
    to: watch::Sender<Batch>,
) {
    let mut waiting = Waiting::default();
    // One receiver is kept for those to come.
    while to.receiver_count() > 1 {
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return;
            },
            line = next(&mut tail) => waiting.add(line),
        }
        tokio::time::sleep(MOMENT).await;
        while let Some(line) = waits(&mut tail) {
            waiting.add(line);
        }
        let latest = Arc::clone(&snapshots.borrow_and_update());
        to.send_modify(|batch| batch.follow(latest, std::mem::take(&mut waiting)));
    }
}

/// A line, or how many came too fast.
type Heard = Result<LogRecord, u64>;

async fn next(tail: &mut broadcast::Receiver<LogRecord>) -> Heard {
    match tail.recv().await {
        Ok(line) => Ok(line),
        Err(RecvError::Lagged(lost)) => Err(lost),
        // The log has ended before the snapshots: they say so.
        Err(RecvError::Closed) => std::future::pending().await,
    }
}

fn waits(tail: &mut broadcast::Receiver<LogRecord>) -> Option<Heard> {
    match tail.try_recv() {
        Ok(line) => Some(Ok(line)),
        Err(TryRecvError::Lagged(lost)) => Some(Err(lost)),
        Err(TryRecvError::Empty | TryRecvError::Closed) => None,
    }
}

/// Lines of the log for the next batch.
#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    count: u64,
}

impl Waiting {
    fn add(&mut self, heard: Heard) {
        let (frame, count) = match heard {
            Ok(line) => (Frame::Log(line), 1),
            Err(lost) => (Frame::LogLost(lost), lost),
        };
        add(&frame, &mut self.bytes);
        self.count += count;
    }
}

/// A frame that cannot be written is left out whole: JSON has a form for all of them.
fn add(frame: &Frame, to: &mut Vec<u8>) {
    let before = to.len();
    if stream::write_line(frame, to).is_err() {
        to.truncate(before);
    }
}

impl Batch {
    const fn at(place: Place) -> Self {
        Self {
            place,
            bytes: None,
            lines: VecDeque::new(),
        }
    }

    /// Where somebody is who comes now.
    pub(super) fn place(&self) -> Place {
        self.place.clone()
    }

    /// What comes after `place`, which moves on.
    pub(super) fn after(&self, place: &mut Place) -> Next {
        let before = std::mem::replace(place, self.place());
        let alike = self.bytes.as_ref();
        match alike.filter(|_| before.number + 1 == self.place.number) {
            Some(bytes) => Next::Alike(Rc::clone(bytes)),
            None => Next::Apart(self.missed(before)),
        }
    }

    fn missed(&self, by: Place) -> Missed {
        let kept = self.lines.iter().filter(|it| it.number > by.number);
        let told: u64 = kept.clone().map(|it| it.count).sum();
        Missed {
            lost: (self.place.lines - by.lines).saturating_sub(told),
            lines: kept.map(|it| Rc::clone(&it.bytes)).collect(),
            from: by.snapshot,
            to: Arc::clone(&self.place.snapshot),
        }
    }

    fn follow(&mut self, latest: Arc<Snapshot>, waiting: Waiting) {
        self.place.number += 1;
        self.place.lines += waiting.count;
        self.keep(&waiting);
        let before = std::mem::replace(&mut self.place.snapshot, latest);
        self.bytes = changes(&before, &self.place.snapshot, waiting.bytes);
    }

    fn keep(&mut self, waiting: &Waiting) {
        if waiting.count == 0 {
            return;
        }
        self.lines.push_back(Lines {
            bytes: waiting.bytes.as_slice().into(),
            count: waiting.count,
            number: self.place.number,
        });
        let mut kept: u64 = self.lines.iter().map(|it| it.count).sum();
        while kept > LINES && self.lines.len() > 1 {
            let oldest = self.lines.pop_front().unwrap_or_default();
            kept -= oldest.count;
        }
    }
}

/// Appends what has changed; nothing where that is a new picture.
fn changes(from: &Arc<Snapshot>, to: &Arc<Snapshot>, mut bytes: Vec<u8>) -> Option<Rc<[u8]>> {
    if !Arc::ptr_eq(from, to) {
        let frames = stream::changes(from, to);
        if matches!(frames.first(), Some(Frame::Picture { .. })) {
            return None;
        }
        for frame in &frames {
            add(frame, &mut bytes);
        }
    }
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::snapshot::Mode;
    use stream::Decoder;

    use super::*;

    fn snapshot(serial: u64) -> Arc<Snapshot> {
        let mut snapshot = Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH);
        snapshot.serial = serial;
        snapshot.mode =
            [Mode::Paused, Mode::Writing][usize::from(serial.is_multiple_of(2))].clone();
        Arc::new(snapshot)
    }

    fn line(number: u64) -> LogRecord {
        LogRecord {
            source: stream::LogSource::Ours,
            at: None,
            level: "info".into(),
            target: "set".into(),
            user: None,
            text: number.to_string().into(),
        }
    }

    /// Somebody who takes every n-th batch: what they hold, and what they have heard.
    struct Reader {
        place: Place,
        decoder: Decoder,
        holds: Arc<Snapshot>,
        heard: Vec<String>,
        lost: u64,
    }

    impl Reader {
        fn new(batch: &Batch) -> Self {
            let (mut decoder, place) = (Decoder::default(), batch.place());
            for frame in stream::picture(&place.snapshot) {
                decoder.take(frame).unwrap();
            }
            Self {
                holds: Arc::clone(&place.snapshot),
                place,
                decoder,
                heard: Vec::new(),
                lost: 0,
            }
        }

        fn take(&mut self, batch: &Batch) -> bool {
            let (bytes, alike) = match batch.after(&mut self.place) {
                Next::Alike(bytes) => (bytes.to_vec(), true),
                Next::Apart(missed) => {
                    let mut bytes = missed.lines.concat();
                    for frame in stream::changes(&missed.from, &missed.to) {
                        add(&frame, &mut bytes);
                    }
                    self.lost += missed.lost;
                    (bytes, false)
                }
            };
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                match stream::read_line(line).unwrap() {
                    Frame::Log(line) => self.heard.push(line.text.to_string()),
                    frame => {
                        let holds = self.decoder.take(frame).unwrap();
                        self.holds = holds.unwrap_or_else(|| Arc::clone(&self.holds));
                    }
                }
            }
            alike
        }
    }

    #[test]
    fn whoever_misses_batches_holds_the_same_in_the_end() {
        let mut batch = Batch::at(Batch::at(first()).place());
        let mut readers: Vec<(u64, Reader)> =
            [1, 2, 7].map(|every| (every, Reader::new(&batch))).into();
        for number in 1..=14 {
            let mut waiting = Waiting::default();
            waiting.add(Ok(line(number)));
            batch.follow(snapshot(number), waiting);
            for (every, reader) in &mut readers {
                if number.is_multiple_of(*every) {
                    assert_eq!(reader.take(&batch), *every == 1, "batch {number}");
                }
            }
        }
        for (every, reader) in readers {
            assert_eq!(*reader.holds, *snapshot(14), "every {every}");
            let all: Vec<String> = (1..=14).map(|number: u64| number.to_string()).collect();
            assert_eq!((reader.heard, reader.lost), (all, 0), "every {every}");
        }
    }

    fn first() -> Place {
        Place {
            snapshot: snapshot(0),
            lines: 5,
            number: 0,
        }
    }

    #[test]
    fn lines_that_are_not_kept_any_more_are_counted() {
        let mut batch = Batch::at(first());
        let mut late = Reader::new(&batch);
        for number in 0..LINES {
            let mut waiting = Waiting::default();
            waiting.add(Ok(line(number)));
            waiting.add(Ok(line(number)));
            batch.follow(snapshot(number), waiting);
        }
        late.take(&batch);
        let heard = u64::try_from(late.heard.len()).unwrap();
        assert_eq!((heard, late.lost), (LINES, LINES));
        assert_eq!(late.heard.last(), Some(&(LINES - 1).to_string()));
    }

    #[test]
    fn a_new_picture_is_for_each_alone() {
        let mut batch = Batch::at(first());
        let mut place = batch.place();
        let mut more = Snapshot::clone(&snapshot(1));
        more.clock_skew_ms = Some(1);
        batch.follow(Arc::new(more), Waiting::default());
        assert!(matches!(batch.after(&mut place), Next::Alike(_)));
        // What is not known any more can only be said with a new picture.
        batch.follow(snapshot(2), Waiting::default());
        assert!(matches!(batch.after(&mut place), Next::Apart(_)));
    }
}
