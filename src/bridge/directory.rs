//! The directory task: the full list at the start and twice a day, what changed every five
//! minutes in between, the full list again after any trouble with the changes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::event::Event;
use crate::clock::{Clock, advance};
use crate::graph::{Directory, FailureKind};

/// From one look at the changes to the next. Graph's directory is itself minutes behind.
const DELTA_EVERY: Duration = Duration::from_mins(5);

/// From one full list to the next: catches whatever the changes have missed.
const FULL_EVERY: Duration = Duration::from_hours(12);

/// First and longest wait after a failure.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// Runs until nobody listens any more.
pub(super) async fn run(
    mut directory: Directory,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<Event>,
) {
    let mut full_due = clock.now();
    let mut retry = RETRY.0;
    loop {
        let full = clock.now() >= full_due;
        let event = match look(&mut directory, full).await {
            Ok(event) => {
                if full {
                    full_due = advance(clock.now(), FULL_EVERY);
                }
                retry = RETRY.0;
                event
            }
            Err(failure) => {
                full_due = clock.now();
                let resync = failure.kind == FailureKind::Resync;
                // An expired delta token is no trouble: the full list follows at once.
                (!resync).then_some(Event::DirectoryFailed(failure))
            }
        };
        let failed = matches!(event, Some(Event::DirectoryFailed(_)));
        if let Some(event) = event
            && events.send(event).await.is_err()
        {
            return;
        }
        let wait = match (failed, clock.now() >= full_due) {
            (true, _) => {
                let longer = (retry * 2).min(RETRY.1);
                std::mem::replace(&mut retry, longer)
            }
            (false, true) => Duration::ZERO,
            (false, false) => DELTA_EVERY,
        };
        tokio::select! {
            () = events.closed() => return,
            () = clock.reach(advance(clock.now(), wait)) => {}
        }
    }
}

/// What to tell the core; nothing where nothing changed.
async fn look(
    directory: &mut Directory,
    full: bool,
) -> Result<Option<Event>, crate::graph::Failure> {
    if full {
        let users = directory.full().await?;
        return Ok(Some(Event::Directory { users, full: true }));
    }
    let delta = directory.delta().await?;
    Ok(delta.changed.then_some(Event::Directory {
        users: delta.users,
        full: false,
    }))
}
