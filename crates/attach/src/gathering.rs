//! When what has happened is told: gathered for a moment, and the further apart the more look.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use model::snapshot::Snapshot;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use crate::batch::{Place, Waiting};
use crate::log_tail::LogFollower;
use crate::readers::Readers;
use crate::server::Shown;

/// For so long what happens is gathered: a little longer than lies between two snapshots of a busy
/// bridge, so that the first of a burst and the one after it go together.
const MOMENT: Duration = Duration::from_millis(60);

/// Where one change follows the other, what happens for so long for each who looks goes together, so that twenty
/// cost what two do.
const APART_EACH: Duration = Duration::from_millis(100);

/// For so long however few look: nobody sees it come earlier.
const APART_AT_LEAST: Duration = Duration::from_millis(200);

/// For so long however many look.
const APART_AT_MOST: Duration = Duration::from_secs(2);

/// What nobody waits for comes with the next change, or so long after the last one.
const LATE: Duration = Duration::from_secs(2);

/// Begins to gather, as a task of its own, until nobody looks any more or the bridge has ended.
/// `commanded`: somebody waits for what becomes of a command.
pub(super) fn begin(shown: &Shown, commanded: Rc<Notify>) -> Rc<Readers> {
    let mut snapshots = shown.snapshots.clone();
    let tail = shown.logs.follow_on();
    let latest = Arc::clone(&snapshots.borrow_and_update());
    let readers = Rc::new(Readers::new(
        Place::first(latest, tail.taken()),
        Arc::clone(&shown.clock),
    ));
    let gathering = Gathering {
        snapshots,
        tail,
        waiting: Waiting::default(),
        readers: Rc::clone(&readers),
    };
    tokio::task::spawn_local(gathering.gather(commanded));
    readers
}

/// What is gathered from, and for whom.
struct Gathering {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    tail: LogFollower,
    waiting: Waiting,
    readers: Rc<Readers>,
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.readers.end();
    }
}

impl Gathering {
    async fn gather(mut self, commanded: Rc<Notify>) {
        let mut late = Box::pin(sleep(LATE));
        while self.readers.count() > 0 {
            tokio::select! {
                changed = self.snapshots.changed() => if changed.is_err() {
                    return;
                },
                () = self.tail.waits() => {}
                () = late.as_mut(), if !late.is_elapsed() => {}
            }
            sleep(MOMENT).await;
            while self.readers.count() > 0 && self.tell(late.is_elapsed()) {
                late.set(sleep(LATE));
                // Nothing is heard meanwhile, so that nothing wakes this thread.
                tokio::select! {
                    () = sleep(apart(self.readers.count())) => {}
                    () = commanded.notified() => sleep(MOMENT).await,
                }
            }
        }
    }

    /// Whether there was something to tell.
    fn tell(&mut self, is_late: bool) -> bool {
        self.waiting.add(self.tail.take());
        let latest = Arc::clone(&self.snapshots.borrow_and_update());
        self.readers.tell(latest, &mut self.waiting, is_late)
    }
}

/// How far changes that follow one another are apart where so many look.
fn apart(readers: usize) -> Duration {
    let readers = u32::try_from(readers).unwrap_or(u32::MAX);
    let all = APART_EACH.saturating_mul(readers);
    all.clamp(APART_AT_LEAST, APART_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_look_the_further_changes_are_apart_within_bounds() {
        let apart = |readers| apart(readers).as_millis();
        let few_and_many = [1, 2, 3, 10, 20, 64].map(apart);
        assert_eq!(few_and_many, [200, 200, 300, 1_000, 2_000, 2_000]);
    }
}
