//! Those who look. Whoever waits gets the next batch from whoever has gathered it, so that nobody is woken for it: waking
//! twenty costs more than writing to them. Who does not take all of it is woken, and fetches what is missing.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use clocks::OtherClock;
use jiff::SignedDuration;
use model::snapshot::Snapshot;
use tokio::sync::Notify;

use crate::batch::{Batch, Next, Place, Waiting};
use crate::out::Out;

/// All who look, and the last batch.
pub(super) struct Readers {
    batch: RefCell<Batch>,
    all: RefCell<Vec<Weak<Reader>>>,
    clock: Arc<OtherClock>,
    have_ended: Cell<bool>,
}

impl Readers {
    pub(super) const fn new(first: Place, clock: Arc<OtherClock>) -> Self {
        Self {
            batch: RefCell::new(Batch::at(first)),
            all: RefCell::new(Vec::new()),
            clock,
            have_ended: Cell::new(false),
        }
    }

    /// One more who looks, until it is dropped, and where they begin.
    pub(super) fn join(&self) -> (Rc<Reader>, Place) {
        let reader = Rc::default();
        self.all.borrow_mut().push(Rc::downgrade(&reader));
        (reader, self.batch.borrow().place())
    }

    /// How many look.
    pub(super) fn count(&self) -> usize {
        let mut all = self.all.borrow_mut();
        all.retain(|reader| reader.strong_count() > 0);
        all.len()
    }

    /// Tells all of them what is new; whether there was something.
    pub(super) fn tell(&self, latest: Arc<Snapshot>, waiting: &mut Waiting, is_late: bool) -> bool {
        let mut batch = self.batch.borrow_mut();
        if !batch.follow(latest, waiting, is_late) {
            return false;
        }
        let ahead = self.clock.ahead_of_ours();
        self.each(|reader| reader.hand(&batch, ahead));
        true
    }

    /// What comes after `place`, which moves on.
    pub(super) fn after(&self, place: &mut Place) -> Option<Next> {
        self.batch.borrow().after(place)
    }

    /// There is nothing more to come.
    pub(super) fn end(&self) {
        self.have_ended.set(true);
        self.each(|reader| reader.behind.notify_one());
    }

    pub(super) const fn have_ended(&self) -> bool {
        self.have_ended.get()
    }

    fn each(&self, what: impl Fn(&Reader)) {
        let all = self.all.borrow();
        all.iter()
            .filter_map(Weak::upgrade)
            .for_each(|it| what(&it));
    }
}

/// One who looks.
#[derive(Default)]
pub(super) struct Reader {
    /// Here while they wait for the next batch.
    way: Cell<Option<Way>>,
    /// There is something that they have to fetch.
    behind: Notify,
}

/// The way to one who looks, and how far they have come.
pub(super) struct Way {
    pub(super) out: Out,
    pub(super) place: Place,
    /// How far the clock of what is shown is ahead of the machine's, as they were told.
    pub(super) ahead: SignedDuration,
}

impl Reader {
    /// Takes every batch as it comes, until there is something to fetch or `other` is there.
    ///
    /// # Errors
    /// Where it is waited for twice.
    pub(super) async fn wait<T>(
        &self,
        way: Way,
        other: impl Future<Output = Option<T>>,
    ) -> io::Result<(Way, Option<T>)> {
        self.way.set(Some(way));
        let other = tokio::select! {
            () = self.behind.notified() => None,
            Some(other) = other => Some(other),
        };
        let way = self.way.take().ok_or(io::ErrorKind::ResourceBusy)?;
        Ok((way, other))
    }

    fn hand(&self, batch: &Batch, ahead: SignedDuration) {
        // Who does not wait looks whether there is more before they do.
        let Some(mut way) = self.way.take() else {
            return;
        };
        if !way.takes(batch, ahead) {
            self.behind.notify_one();
        }
        self.way.set(Some(way));
    }
}

impl Way {
    /// Whether all of it is on its way.
    fn takes(&mut self, batch: &Batch, ahead: SignedDuration) -> bool {
        if self.ahead != ahead || self.out.has_rest() {
            return false;
        }
        let mut place = self.place.clone();
        let Some(Next::Alike(bytes)) = batch.after(&mut place) else {
            return false;
        };
        self.place = place;
        self.out.offer(&bytes);
        !self.out.has_rest()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::io::Read as _;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use clocks::ManualClock;
    use jiff::Timestamp;
    use stream::Frame;
    use tokio::net::UnixStream;

    use super::*;
    use crate::log_tail::NewLines;
    use crate::socket::split;
    use crate::tests::line;

    fn new_line(text: &str) -> Waiting {
        let mut waiting = Waiting::default();
        waiting.add(NewLines {
            lost: 0,
            lines: vec![line(text)],
        });
        waiting
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let text = |line| match stream::read_line(line).unwrap() {
            Frame::Log(line) => line.text.to_string(),
            other => panic!("{other:?}"),
        };
        lines.map(text).collect()
    }

    #[tokio::test]
    async fn who_waits_gets_what_comes_and_is_woken_only_for_what_was_not_taken() {
        let snapshot = Arc::new(Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH));
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let clock = Arc::new(OtherClock::new(clock));
        let readers = Readers::new(Place::first(Arc::clone(&snapshot), 0), clock);
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut theirs = theirs.into_std().unwrap();
        let (reader, place) = readers.join();
        let way = Way {
            out: Out::new(split(ours).unwrap().1),
            place,
            ahead: SignedDuration::ZERO,
        };
        let mut waits = pin!(reader.wait(way, pending::<Option<()>>()));
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(waits.as_mut().poll(&mut nobody).is_pending());
        let tell = |text: &str| {
            let told = readers.tell(Arc::clone(&snapshot), &mut new_line(text), false);
            assert!(told);
        };
        for text in ["1", "2"] {
            tell(text);
            assert!(waits.as_mut().poll(&mut nobody).is_pending(), "{text}");
        }
        let mut chunk = [0; 4_096];
        let count = theirs.read(&mut chunk).unwrap();
        assert_eq!(texts(&chunk[..count]), ["1", "2"]);

        let long = "x".repeat(100_000);
        let mut sent = 0;
        let mut way = loop {
            tell(&long);
            sent += 1;
            if let Poll::Ready(woken) = waits.as_mut().poll(&mut nobody) {
                break woken.unwrap().0;
            }
            assert!(sent < 1_000, "the kernel takes whatever there is");
        };
        assert!(way.out.has_rest());
        // What comes before they wait again is theirs to fetch.
        tell("missed");
        let reads = std::thread::spawn(move || {
            let mut all = Vec::new();
            theirs.set_nonblocking(false).unwrap();
            theirs.read_to_end(&mut all).unwrap();
            all
        });
        way.out.flush().await.unwrap();
        match readers.after(&mut way.place) {
            Some(Next::Alike(bytes)) => way.out.bytes(&bytes).await.unwrap(),
            _ => panic!("it is the next one"),
        }
        assert!(readers.after(&mut way.place).is_none());
        drop(way);
        let mut wanted = vec![long; sent];
        wanted.push("missed".to_owned());
        assert_eq!(texts(&reads.join().unwrap()), wanted);
    }

    #[tokio::test]
    async fn whoever_has_gone_is_not_counted() {
        let snapshot = Arc::new(Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH));
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let clock = Arc::new(OtherClock::new(clock));
        let readers = Readers::new(Place::first(snapshot, 0), clock);
        let (stays, _) = readers.join();
        drop(readers.join());
        assert_eq!(readers.count(), 1);
        drop(stays);
        assert_eq!(readers.count(), 0);
    }
}
