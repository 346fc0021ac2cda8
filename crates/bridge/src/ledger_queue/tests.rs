//! A state directory on a share that stops answering.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use clocks::ManualClock;
use jiff::Timestamp;
use model::clock::advance;
use model::presence::{CallActivity, UserName};
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::super::event::WriteId;
use super::super::ledger::{HungDisk, Ledger};
use super::*;

/// A queue that is the writer, and the plug of its disk.
struct Share {
    queue: LedgerQueue,
    hangs: Arc<AtomicBool>,
    plug: Option<mpsc::Sender<()>>,
    now: Timestamp,
    _folder: TempDir,
}

impl Share {
    async fn mounted() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = StatePlace {
            directory: folder.path().to_owned(),
            tenant_id: "corp.example".into(),
            client_id: "client".into(),
        };
        let hangs = Arc::<AtomicBool>::default();
        let (plug, until) = mpsc::channel();
        let disk = HungDisk {
            hangs: Arc::clone(&hangs),
            until,
        };
        let ledger = Ledger::on_hung_disk(disk);
        let now = Timestamp::UNIX_EPOCH;
        let (mut queue, _) = LedgerQueue::new(Some(place.clone()), None, &Mode::Writing, now);
        queue.patience = Patience {
            write: Duration::from_millis(20),
            hangs: Duration::from_millis(100),
        };
        let writership = Writership::with_ledger(place, ledger);
        let clock = Arc::new(ManualClock::at(now));
        let (events, _) = queue.begin(writership, clock).await;
        assert!(events.is_empty() && queue.is_ours(), "{events:?}");
        Self {
            queue,
            hangs,
            plug: Some(plug),
            now,
            _folder: folder,
        }
    }

    /// A set that the budget has let through; what it waits for.
    fn set(&mut self, number: u64) -> oneshot::Receiver<bool> {
        let user = EntraId(Uuid::from_u128(u128::from(number)));
        self.queue.put(LedgerEntry {
            entra_id: user,
            user_name: UserName::new("anna@corp.example"),
            activity: CallActivity::InACall,
            set_at: self.now,
            expires_at: advance(self.now, Duration::from_mins(5)),
        });
        let (may_go, answer) = oneshot::channel();
        let order = WriteId(number);
        let write = Announced {
            user,
            order,
            may_go,
        };
        self.queue.goes_out(write, self.now);
        answer
    }

    /// What is waited for next, reports that release nothing left out.
    async fn next(&mut self) -> Next {
        loop {
            match self.queue.next().await {
                QueueEvent::WaitedEnough => {
                    let write = self.queue.give_up_waiting().expect("one has waited");
                    return Next::Released(write.order.0);
                }
                QueueEvent::Hangs => return Next::Said(self.queue.hangs()),
                QueueEvent::Report(report) => {
                    let (mut events, _, written_down) = self.queue.take(report);
                    if let Some(write) = written_down.first() {
                        return Next::WrittenDown(write.order.0);
                    }
                    if let Some(event) = events.pop() {
                        return Next::Said(event);
                    }
                }
            }
        }
    }
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // one at a time
enum Next {
    WrittenDown(u64),
    Released(u64),
    Said(Event),
}

#[tokio::test]
async fn a_set_goes_out_when_the_ledger_has_it() {
    let mut share = Share::mounted().await;
    let _waits = share.set(1);
    assert!(matches!(share.next().await, Next::WrittenDown(1)));
}

#[tokio::test]
async fn a_share_that_hangs_holds_no_set_up_and_is_said_and_taken_back() {
    let mut share = Share::mounted().await;
    share.hangs.store(true, Ordering::SeqCst);
    let _waits = [share.set(1), share.set(2)];
    assert!(matches!(share.next().await, Next::Released(1)));
    assert!(matches!(share.next().await, Next::Released(2)));
    let Next::Said(Event::StorageTrouble { what, trouble }) = share.next().await else {
        panic!("that it hangs is said");
    };
    assert_eq!(what, "state directory");
    assert!(trouble.unwrap().message.contains("does not answer"));
    // Everybody knows by now: the next one does not wait.
    share.queue.patience.write = Duration::from_hours(1);
    let _waits = share.set(3);
    assert!(matches!(share.next().await, Next::Released(3)));
    share.hangs.store(false, Ordering::SeqCst);
    share.plug = None;
    let Next::Said(Event::StorageTrouble { what, trouble }) = share.next().await else {
        panic!("that it answers again is said");
    };
    assert_eq!((what, trouble), ("state directory", None));
}

#[tokio::test]
async fn the_end_waits_for_no_share() {
    let mut share = Share::mounted().await;
    share.hangs.store(true, Ordering::SeqCst);
    let _waits = share.set(1);
    let Share {
        mut queue, plug, ..
    } = share;
    // It would never end: the plug is still in.
    queue.close(Duration::from_millis(50)).await;
    drop(plug);
}

/// What waits for a share that hangs for hours is one entry a user.
#[tokio::test]
async fn what_waits_does_not_grow() {
    let mut share = Share::mounted().await;
    share.hangs.store(true, Ordering::SeqCst);
    for number in 0..3_000 {
        let _gone = share.set(number % 3);
        share
            .queue
            .remove(EntraId(Uuid::from_u128(u128::from(number % 3))));
        share.queue.sent(Sent {
            at: share.now,
            count: 1,
        });
        share.queue.going_out.clear();
    }
    let thread = share.queue.thread.as_ref().expect("it runs");
    assert!(thread.waiting() <= 3 + 3 + 1, "{}", thread.waiting());
}
