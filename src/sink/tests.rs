//! A reader that reads only when it is told to.

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// A reader that reads only when it is told to.
struct Reader {
    go: Sender<Result<(), Gone>>,
    got: Receiver<Delivery<u32>>,
}

impl Reader {
    fn with_limit(limit: usize) -> (Sink<u32>, Self) {
        let (go, wait) = channel();
        let (tell, got) = channel();
        let sink = Sink::start("sink", limit, move |delivery| {
            tell.send(delivery).map_err(|_| Gone)?;
            wait.recv().unwrap_or(Err(Gone))
        });
        (sink.unwrap(), Self { go, got })
    }

    fn reads(&self) -> Delivery<u32> {
        let delivery = self.got.recv_timeout(PATIENCE).unwrap();
        self.go.send(Ok(())).unwrap();
        delivery
    }

    /// The thread is in the write of this, and stays there.
    fn stalls_at(&self, item: u32) {
        let delivery = self.got.recv_timeout(PATIENCE).unwrap();
        assert_eq!(delivery, Delivery::Item(item));
    }
}

#[test]
fn a_reader_that_stalls_costs_what_comes_then_and_never_time() {
    let (sink, reader) = Reader::with_limit(3);
    assert!(sink.offer(0, 1));
    reader.stalls_at(0);
    let taken: Vec<_> = (1..=8).filter(|item| sink.offer(*item, 1)).collect();
    assert_eq!(taken, [1, 2, 3]);
    assert!(!sink.flush(Duration::ZERO));
    reader.go.send(Ok(())).unwrap();
    let read: Vec<_> = (0..4).map(|_| reader.reads()).collect();
    let item = Delivery::Item;
    assert_eq!(read, [item(1), item(2), item(3), Delivery::Dropped(5)]);
    assert!(sink.flush(PATIENCE));
    assert!(sink.offer(9, 1));
    assert_eq!(reader.reads(), item(9), "what was dropped is said once");
}

#[test]
fn what_was_dropped_is_said_where_it_is_missing() {
    let (sink, reader) = Reader::with_limit(1);
    sink.offer(0, 1);
    reader.stalls_at(0);
    assert!(sink.offer(1, 1));
    assert!(!sink.offer(2, 1));
    reader.go.send(Ok(())).unwrap();
    reader.stalls_at(1);
    assert!(sink.offer(3, 1), "there is room again");
    reader.go.send(Ok(())).unwrap();
    assert_eq!(reader.reads(), Delivery::Dropped(1));
    assert_eq!(reader.reads(), Delivery::Item(3));
}

#[test]
fn one_that_is_larger_than_all_room_is_taken_alone() {
    let (sink, reader) = Reader::with_limit(3);
    assert!(sink.offer(0, 100));
    assert_eq!(reader.reads(), Delivery::Item(0));
}

#[test]
fn a_reader_that_has_gone_is_no_trouble() {
    let (sink, reader) = Reader::with_limit(3);
    sink.offer(0, 1);
    reader.stalls_at(0);
    reader.go.send(Err(Gone)).unwrap();
    assert!(!sink.flush(PATIENCE));
    assert!(!sink.offer(1, 1));
}

#[tokio::test]
async fn whoever_waits_for_room_gets_it_and_learns_that_nobody_reads() {
    let (sink, reader) = Reader::with_limit(1);
    let feeder = sink.clone();
    let feeding = tokio::spawn(async move {
        for item in 0..4 {
            feeder.hand_over(item, 1).await?;
        }
        feeder.written().await
    });
    let read = tokio::task::spawn_blocking(move || {
        let read: Vec<_> = (0..4).map(|_| reader.reads()).collect();
        (reader, read)
    });
    let (reader, read) = read.await.unwrap();
    assert_eq!(read, [0, 1, 2, 3].map(Delivery::Item));
    assert_eq!(feeding.await.unwrap(), Ok(()));
    drop(reader);
    let _ = sink.hand_over(9, 1).await;
    assert_eq!(sink.written().await, Err(Gone));
    assert_eq!(sink.hand_over(9, 1).await, Err(Gone));
}

/// dotnet/corefx#23539, rtk-ai/rtk#4177: a parent has made the pipe non-blocking, and a write
/// of more than it holds fails with EAGAIN.
#[test]
fn a_stream_that_somebody_made_non_blocking_is_waited_for() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let text = "x".repeat(4 << 20);
    let sink = Sink::of_text("stream", 1, Blocking(ours), |_| String::new()).unwrap();
    sink.say(text.clone());
    drop(sink);
    let read = io::read_to_string(theirs).unwrap();
    assert!(read == text, "{} bytes of {}", read.len(), text.len());
}
