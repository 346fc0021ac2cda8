//! What everybody who looks gets alike: encoded once, and the same bytes for all, so that twenty who look cost hardly
//! more than one. Whoever falls behind gets bytes of their own.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use model::snapshot::Snapshot;
use stream::Frame;

use crate::log_tail::NewLines;

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
    /// Whether the snapshot is newer than that of the batch.
    is_ahead: bool,
}

impl Place {
    /// Where all begin who come before the first batch.
    pub(super) const fn first(snapshot: Arc<Snapshot>, lines: u64) -> Self {
        Self {
            snapshot,
            lines,
            number: 0,
            is_ahead: false,
        }
    }

    /// The same for somebody who begins with this snapshot.
    pub(super) fn at(self, latest: Arc<Snapshot>) -> Self {
        Self {
            is_ahead: !Arc::ptr_eq(&self.snapshot, &latest),
            snapshot: latest,
            ..self
        }
    }
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

/// Lines of the log for the next batch.
#[derive(Default)]
pub(super) struct Waiting {
    bytes: Vec<u8>,
    count: u64,
}

impl Waiting {
    pub(super) fn add(&mut self, new: NewLines) {
        if new.lost > 0 {
            add(&Frame::LogLost(new.lost), &mut self.bytes);
        }
        self.count += new.lost;
        for line in new.lines {
            add(&Frame::Log(line), &mut self.bytes);
            self.count += 1;
        }
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
    pub(super) const fn at(place: Place) -> Self {
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

    /// What comes after `place`, which moves on; nothing where there is no later one.
    pub(super) fn after(&self, place: &mut Place) -> Option<Next> {
        if place.number == self.place.number {
            return None;
        }
        let before = std::mem::replace(place, self.place());
        let alike = self.bytes.as_ref();
        let is_next = before.number + 1 == self.place.number && !before.is_ahead;
        Some(match alike.filter(|_| is_next) {
            Some(bytes) => Next::Alike(Rc::clone(bytes)),
            None => Next::Apart(self.missed(before)),
        })
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

    /// Whether there is something to tell now.
    pub(super) fn follow(
        &mut self,
        latest: Arc<Snapshot>,
        waiting: &mut Waiting,
        is_late: bool,
    ) -> bool {
        let frames = changes(&self.place.snapshot, &latest);
        if waiting.count == 0 && !is_worth_telling(&frames, is_late) {
            return false;
        }
        let waiting = std::mem::take(waiting);
        self.place.number += 1;
        self.place.lines += waiting.count;
        self.keep(&waiting);
        self.place.snapshot = latest;
        self.bytes = encoded(&frames, waiting.bytes);
        true
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

fn changes(from: &Arc<Snapshot>, to: &Arc<Snapshot>) -> Vec<Frame> {
    if Arc::ptr_eq(from, to) {
        return Vec::new();
    }
    stream::changes(from, to).collect()
}

/// A snapshot in which nothing is different is not told at all.
fn is_worth_telling(frames: &[Frame], is_late: bool) -> bool {
    frames.iter().any(|frame| match frame {
        Frame::Commit { .. } => false,
        Frame::Shared(shared) => is_late || !shared.is_budget_alone(),
        _ => true,
    })
}

/// Appends what has changed; nothing where that is a new picture.
fn encoded(frames: &[Frame], mut bytes: Vec<u8>) -> Option<Rc<[u8]>> {
    if matches!(frames.first(), Some(Frame::Picture { .. })) {
        return None;
    }
    for frame in frames {
        add(frame, &mut bytes);
    }
    Some(bytes.into())
}

#[cfg(test)]
mod tests;
