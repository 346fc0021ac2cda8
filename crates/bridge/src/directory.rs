//! The directory task: the full list at the start and twice a day, what changed every five
//! minutes in between, the full list again after any trouble with the changes, and again and again
//! while it cannot be read or believed.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::event::{Event, OddList};
use super::shrink_guard::{Judgement, ShrinkGuard};
use clocks::jitter;
use graph::{Directory, Failure, FailureKind, FullList, OddRecords};
use model::backoff::Backoff;
use model::clock::{Clock, advance};

/// From one look at the changes to the next. Graph's directory is itself minutes behind.
const DELTA_EVERY: Duration = Duration::from_mins(5);

/// From one full list to the next: catches whatever the changes have missed.
const FULL_EVERY: Duration = Duration::from_hours(12);

/// First and longest wait after a failure.
const RETRY: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));

/// Runs until nobody listens any more.
pub(super) async fn run(directory: Directory, clock: Arc<dyn Clock>, events: mpsc::Sender<Event>) {
    let mut watched = Watched {
        directory,
        guard: ShrinkGuard::default(),
        full_due: clock.now(),
        failures: 0,
    };
    loop {
        let (news, wait) = watched.look(&*clock).await;
        for event in news {
            if events.send(event).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = events.closed() => return,
            () = clock.reach(advance(clock.now(), wait)) => {}
        }
    }
}

/// The directory, and when to look at it again.
struct Watched {
    directory: Directory,
    guard: ShrinkGuard,
    full_due: Timestamp,
    /// In a row.
    failures: u32,
}

impl Watched {
    /// Looks once: what to tell the core (nothing where nothing changed), and how long to wait.
    async fn look(&mut self, clock: &dyn Clock) -> (Vec<Event>, Duration) {
        if clock.now() < self.full_due {
            return self.changes(clock).await;
        }
        match self.directory.full().await {
            Ok(list) => self.judge(list, clock.now()),
            Err(failure) => (vec![Event::DirectoryFailed(failure)], self.back_off()),
        }
    }

    async fn changes(&mut self, clock: &dyn Clock) -> (Vec<Event>, Duration) {
        let Ok(delta) = self.directory.delta().await else {
            // An expired delta token is no trouble, and what else is wrong the full list will say.
            self.full_due = clock.now();
            return (Vec::new(), Duration::ZERO);
        };
        self.guard.merged(delta.users.len());
        let event = Event::Directory {
            users: delta.users,
            full: false,
        };
        let news = odd(delta.odd).into_iter();
        (
            news.chain(delta.changed.then_some(event)).collect(),
            DELTA_EVERY,
        )
    }

    fn judge(&mut self, list: FullList, now: Timestamp) -> (Vec<Event>, Duration) {
        let judgement = self.guard.judge(list.users().len(), now);
        if let Judgement::Doubted(why) = judgement {
            let failure = Failure::new(FailureKind::Garbled, why.message).because(why.cause);
            return (vec![Event::DirectoryFailed(failure)], self.back_off());
        }
        let odd = odd(list.odd().clone());
        let users = self.directory.take(list);
        let event = Event::Directory { users, full: true };
        let news = odd.into_iter().chain([event]).collect();
        if judgement == Judgement::Empty {
            // No tenant is empty: it has at least its administrator.
            return (news, self.back_off());
        }
        self.full_due = advance(now, FULL_EVERY);
        self.failures = 0;
        (news, DELTA_EVERY)
    }

    fn back_off(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        // Whoever lost Graph with us is not to come back with us.
        jitter().stretch(RETRY.wait(self.failures))
    }
}

fn odd(records: OddRecords) -> Option<Event> {
    let list = OddList::Directory;
    (!records.is_empty()).then_some(Event::Odd { list, records })
}
