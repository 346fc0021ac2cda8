//! What is told when, and what those who miss something get.

use jiff::Timestamp;
use model::snapshot::Mode;
use stream::Decoder;

use super::*;
use crate::tests::line;

fn snapshot(serial: u64) -> Arc<Snapshot> {
    let mut snapshot = Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH);
    snapshot.serial = serial;
    snapshot.mode = [Mode::Paused, Mode::Writing][usize::from(serial.is_multiple_of(2))].clone();
    Arc::new(snapshot)
}

fn new_line(number: u64) -> NewLines {
    NewLines {
        lost: 0,
        lines: vec![line(&number.to_string())],
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
        Self::at(batch.place())
    }

    fn at(place: Place) -> Self {
        let mut decoder = Decoder::default();
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
        let (bytes, alike) = match batch.after(&mut self.place).unwrap() {
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
        waiting.add(new_line(number));
        assert!(batch.follow(snapshot(number), &mut waiting, false));
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
    Place::first(snapshot(0), 5)
}

#[test]
fn whoever_begins_ahead_of_the_others_gets_what_comes_after_that() {
    let mut batch = Batch::at(first());
    let mut ahead = Reader::at(batch.place().at(snapshot(1)));
    for (number, alike) in [(2, false), (3, true)] {
        let mut waiting = Waiting::default();
        waiting.add(new_line(number));
        assert!(batch.follow(snapshot(number), &mut waiting, false));
        assert_eq!(ahead.take(&batch), alike);
        assert_eq!(*ahead.holds, *snapshot(number));
    }
    assert_eq!(
        (ahead.heard, ahead.lost),
        (vec!["2".to_owned(), "3".to_owned()], 0)
    );
}

#[test]
fn lines_that_are_not_kept_any_more_are_counted() {
    let mut batch = Batch::at(first());
    let mut late = Reader::new(&batch);
    for number in 0..LINES {
        let mut waiting = Waiting::default();
        waiting.add(new_line(number));
        waiting.add(new_line(number));
        assert!(batch.follow(snapshot(number), &mut waiting, false));
    }
    late.take(&batch);
    let heard = u64::try_from(late.heard.len()).unwrap();
    assert_eq!((heard, late.lost), (LINES, LINES));
    assert_eq!(late.heard.last(), Some(&(LINES - 1).to_string()));
}

#[test]
fn what_nobody_waits_for_comes_later() {
    let mut batch = Batch::at(first());
    let mut nothing = Waiting::default();
    let same = Snapshot {
        serial: 1,
        ..Snapshot::clone(&batch.place().snapshot)
    };
    assert!(!batch.follow(Arc::new(same.clone()), &mut nothing, false));
    assert!(!batch.follow(Arc::new(same.clone()), &mut nothing, true));
    let mut spent = same;
    spent.budget.used_30s = 3;
    assert!(!batch.follow(Arc::new(spent.clone()), &mut nothing, false));
    let mut late = batch.place();
    assert!(batch.follow(Arc::new(spent.clone()), &mut nothing, true));
    assert!(matches!(batch.after(&mut late), Some(Next::Alike(_))));
    // With a line of the log, or with what somebody waits for, it is told at once.
    spent.budget.used_30s = 4;
    nothing.add(new_line(1));
    assert!(batch.follow(Arc::new(spent.clone()), &mut nothing, false));
    assert_eq!(late.snapshot.budget.used_30s, 3);
    assert_eq!(batch.place().snapshot.budget.used_30s, 4);
    spent.budget.used_30s = 5;
    spent.log_lines_lost = 1;
    assert!(batch.follow(Arc::new(spent), &mut nothing, false));
}

#[test]
fn a_new_picture_is_for_each_alone() {
    let mut batch = Batch::at(first());
    let mut place = batch.place();
    let mut more = Snapshot::clone(&snapshot(1));
    more.clock_skew_ms = Some(1);
    batch.follow(Arc::new(more), &mut Waiting::default(), false);
    assert!(matches!(batch.after(&mut place), Some(Next::Alike(_))));
    // What is not known any more can only be said with a new picture.
    batch.follow(snapshot(2), &mut Waiting::default(), false);
    assert!(matches!(batch.after(&mut place), Some(Next::Apart(_))));
}
