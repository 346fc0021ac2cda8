//! The gate: where every request waits for its turn in the [`Budget`]. A thin shell around it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::budget::{Budget, Ticket, Turn};
use super::{BudgetView, FailureKind, Priority};
use model::clock::{Clock, advance, elapsed};

/// Longest sleep before the clock is looked at again: after a suspend the timers of the runtime
/// are late, the clock is not.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The view is published at most this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(250);

/// The budget behind a lock, who waits for it, and how it stands for those who look.
pub(super) struct Gate {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    view: watch::Sender<BudgetView>,
    changed: Notify,
}

struct State {
    budget: Budget,
    waiting: BTreeMap<Ticket, Arc<Notify>>,
    /// When the view was last published, and whether a task will publish what comes after.
    published: Option<Timestamp>,
    publisher: bool,
}

impl Gate {
    pub(super) fn new(limit: u32, clock: Arc<dyn Clock>) -> Arc<Self> {
        let mut budget = Budget::new(limit);
        let (view, _) = watch::channel(budget.view(clock.now()));
        Arc::new(Self {
            clock,
            state: Mutex::new(State {
                budget,
                waiting: BTreeMap::new(),
                published: None,
                publisher: false,
            }),
            view,
            changed: Notify::new(),
        })
    }

    pub(super) fn watch(&self) -> watch::Receiver<BudgetView> {
        self.view.subscribe()
    }

    /// Waits for a turn and returns when it came. Giving up the wait gives up the place.
    pub(super) async fn turn(self: &Arc<Self>, priority: Priority) -> Timestamp {
        let place = Place::take(self, priority);
        loop {
            let now = self.clock.now();
            let turn = self.lock().budget.try_send(place.ticket, now);
            match turn {
                Turn::Now => {
                    drop(place);
                    self.publish(now);
                    return now;
                }
                Turn::At(at) => {
                    self.publish(now);
                    let nap = elapsed(now, at).min(LOOK_AGAIN);
                    let _ = tokio::time::timeout(nap, place.called.notified()).await;
                }
                Turn::Behind => place.called.notified().await,
            }
        }
    }

    /// Takes a 429 in, with the wait that it asks for where it does.
    pub(super) fn throttled(self: &Arc<Self>, retry_after: Option<Duration>) {
        let now = self.clock.now();
        self.lock().budget.throttled(retry_after, now);
        self.publish(now);
    }

    /// A call of Graph failed: for the count.
    pub(super) fn failed(self: &Arc<Self>, kind: FailureKind) {
        self.lock().budget.failed(kind);
        self.publish(self.clock.now());
    }

    /// Graph answered well.
    pub(super) fn answered(&self) {
        self.lock().budget.answered();
    }

    /// Requests that others have sent for this application.
    pub(super) fn count_as_sent(&self, sent: impl IntoIterator<Item = Timestamp>) {
        let now = self.clock.now();
        self.lock().budget.count_as_sent(sent, now);
    }

    /// Somebody else may be sending for this application as well, or not any more.
    pub(super) fn is_beside_another(self: &Arc<Self>, is: bool) {
        self.lock().budget.is_beside_another(is);
        self.publish(self.clock.now());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes now, or leaves it to the task that publishes what came in between.
    fn publish(self: &Arc<Self>, now: Timestamp) {
        let mut state = self.lock();
        let due = state
            .published
            .is_none_or(|last| elapsed(last, now) >= PUBLISH_EVERY);
        if due {
            state.published = Some(now);
            self.show(state.budget.view(now));
        }
        let start = !std::mem::replace(&mut state.publisher, true);
        drop(state);
        self.changed.notify_one();
        if start {
            tokio::spawn(Arc::clone(self).publish_the_rest());
        }
    }

    /// Publishes what the first publication of a burst missed, and the return to rest; then ends.
    async fn publish_the_rest(self: Arc<Self>) {
        loop {
            tokio::time::sleep(PUBLISH_EVERY).await;
            let now = self.clock.now();
            let quiet_at = {
                let mut state = self.lock();
                state.published = Some(now);
                self.show(state.budget.view(now));
                let quiet_at = state.budget.quiet_at(now);
                state.publisher = quiet_at.is_some();
                quiet_at
            };
            let Some(at) = quiet_at else { return };
            let nap = elapsed(now, advance(at, Duration::from_millis(1)));
            let _ = tokio::time::timeout(nap, self.changed.notified()).await;
        }
    }

    fn show(&self, view: BudgetView) {
        self.view.send_if_modified(|known| {
            let differs = *known != view;
            *known = view;
            differs
        });
    }
}

/// A place in the queue; given up when dropped, and the next in line is called.
struct Place<'a> {
    gate: &'a Gate,
    ticket: Ticket,
    called: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn take(gate: &'a Gate, priority: Priority) -> Self {
        let called = Arc::new(Notify::new());
        let mut state = gate.lock();
        let ticket = state.budget.join(priority);
        state.waiting.insert(ticket, Arc::clone(&called));
        Self {
            gate,
            ticket,
            called,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.budget.leave(self.ticket);
        state.waiting.remove(&self.ticket);
        if let Some((_, next)) = state.waiting.first_key_value() {
            next.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clocks::ManualClock;

    fn gate(limit: u32) -> (Arc<Gate>, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        (Gate::new(limit, Arc::clone(&clock) as _), clock)
    }

    async fn until_waiting(gate: &Gate, wanted: u32) {
        while gate.lock().budget.view(gate.clock.now()).waiting != wanted {
            tokio::task::yield_now().await;
        }
    }

    /// Lets the first in the queue look at the clock without waiting for its timer.
    fn nudge(gate: &Gate) {
        drop(Place::take(gate, Priority::Directory));
    }

    #[tokio::test]
    async fn the_more_urgent_overtakes_and_a_place_given_up_is_no_hole() {
        let (gate, clock) = gate(1);
        gate.turn(Priority::Poll).await;
        let (done, mut order) = tokio::sync::mpsc::unbounded_channel();
        let mut tasks = Vec::new();
        for (nth, priority) in [Priority::Poll, Priority::Renew, Priority::Clear]
            .into_iter()
            .enumerate()
        {
            let (gate_of_task, done) = (Arc::clone(&gate), done.clone());
            tasks.push(tokio::spawn(async move {
                gate_of_task.turn(priority).await;
                done.send(priority).unwrap();
            }));
            until_waiting(&gate, u32::try_from(nth).unwrap() + 1).await;
        }
        tasks[1].abort();
        until_waiting(&gate, 2).await;
        for expected in [Priority::Clear, Priority::Poll] {
            clock.advance(Duration::from_secs(30));
            nudge(&gate);
            let next = tokio::time::timeout(Duration::from_secs(30), order.recv());
            assert_eq!(next.await.unwrap(), Some(expected));
        }
    }

    #[tokio::test]
    async fn a_thousand_waiters_all_get_their_turn() {
        let (gate, clock) = gate(2000);
        gate.throttled(Some(Duration::from_secs(10)));
        let tasks: Vec<_> = (0..1000)
            .map(|_| {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move { gate.turn(Priority::Set).await })
            })
            .collect();
        until_waiting(&gate, 1000).await;
        clock.advance(Duration::from_secs(10));
        nudge(&gate);
        for task in tasks {
            assert_eq!(task.await.unwrap(), clock.now());
        }
    }

    #[tokio::test]
    async fn the_view_ends_up_with_the_last_of_a_burst() {
        let (gate, _clock) = gate(1500);
        let mut view = gate.watch();
        for _ in 0..31 {
            gate.turn(Priority::Poll).await;
        }
        let last = tokio::time::timeout(
            Duration::from_secs(30),
            view.wait_for(|view| view.used_30s == 31),
        );
        assert_eq!(last.await.unwrap().unwrap().allowed_30s, 1200);
    }
}
