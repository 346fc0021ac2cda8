//! The end of a bridge: what was set in Teams and ProCall is given back, as far as there is time.

use std::time::Duration;

use engine::Left;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::super::core::GivingBack;
use super::super::event::Event;
use super::super::line::LineKind;
use super::{Actor, until};
use model::clock::{advance, elapsed};
use model::presence::UserName;

/// How long the end may wait for the ledger and the lock.
const LEDGER_WAITS: Duration = Duration::from_secs(1);

/// How long the end of a leader waits for writes that are under way: longer than they take at most.
const HAND_OVER_WAITS: Duration = Duration::from_secs(2);

/// How long the end of the last member waits for the lead: it is asked for four times a second.
const TAKE_OVER_WAITS: Duration = Duration::from_secs(2);

/// How long the end of a bridge may take. What is not given back by then ends by itself within five
/// minutes, or the next start clears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// So long it goes on trying.
    pub usual: Duration,
    /// So long where Microsoft has asked to wait, and the wait ends by then.
    pub longest: Duration,
}

impl Farewell {
    /// For whoever waits at a screen: as long as the ProCall source takes at most for what was set
    /// there and for its session. Where both sides answer it is over in a tenth of a second.
    pub const SHORT: Self = Self {
        usual: Duration::from_millis(3_500),
        longest: Duration::from_millis(3_500),
    };

    /// For a service: its manager waits for thirty seconds (`TimeoutStopSec`).
    pub const SERVICE: Self = Self {
        usual: Duration::from_secs(12),
        longest: Duration::from_secs(20),
    };
}

impl Actor {
    /// Gives back what we hold; the users whose leases stay.
    pub(super) async fn say_farewell(mut self, farewell: Farewell) -> Vec<UserName> {
        let ends = if self.leaves_to_others().await {
            Event::HandedOver
        } else {
            Event::Stopping
        };
        self.step(ends);
        self.tasks.farewell();
        self.give_back(farewell).await;
        self.drain();
        let names = self.core.leave_behind();
        // What it has to say goes out with the next step.
        self.step(Event::Woke);
        self.publish();
        self.announce("stopped", LineKind::BridgeEnded);
        let Self {
            tasks,
            mut ledger,
            mut clustered,
            ..
        } = self;
        tasks.end().await;
        ledger.close(LEDGER_WAITS).await;
        clustered.end().await;
        names
    }

    /// Whether another member goes on. Whoever leads may end in the same moment as whoever stands by, and each take the
    /// other one for who goes on: the one that the engine calls the last one leads, to give back what is set.
    async fn leaves_to_others(&mut self) -> bool {
        let (leads, has_others) = (self.clustered.leads(), self.clustered.has_others());
        if leads && has_others {
            self.step(Event::HandingOver);
            let deadline = Instant::now() + HAND_OVER_WAITS;
            let busy = |it: &Self| it.core.has_under_way() || it.ledger.is_busy();
            self.go_on_while(busy, deadline).await;
        }
        let stands_by = self.clustered.stands_by();
        if !leads && !stands_by {
            return false;
        }
        if (has_others || stands_by) && self.clustered.leave().await == Left::ToOthers {
            return true;
        }
        // Only what the ledgers have told can be given back.
        let deadline = Instant::now() + TAKE_OVER_WAITS;
        self.go_on_while(|it| !it.ledger.is_ours(), deadline).await;
        false
    }

    /// Takes what comes, as long as this holds and there is time.
    async fn go_on_while(&mut self, holds: impl Fn(&Self) -> bool, deadline: Instant) {
        while holds(self) && Instant::now() < deadline {
            tokio::select! {
                biased;
                Some(write) = self.tasks.announced.recv() => self.goes_out(write),
                event = self.ledger.next() => self.take_queue_event(event),
                news = self.clustered.next() => {
                    if let Some(event) = self.take_cluster_news(news) {
                        self.step(event);
                    }
                }
                Some(event) = self.tasks.events.recv() => self.step(event),
                () = sleep_until(deadline) => {}
            }
        }
    }

    async fn give_back(&mut self, farewell: Farewell) {
        let began = Instant::now();
        let (mut deadline, longest) = (began + farewell.usual, began + farewell.longest);
        loop {
            if self.waits_as_asked(longest) {
                deadline = longest;
            }
            if deadline <= Instant::now() || self.is_over(deadline) {
                return;
            }
            let clock = &*self.clock;
            tokio::select! {
                biased;
                Some(write) = self.tasks.announced.recv() => self.goes_out(write),
                event = self.ledger.next() => self.take_queue_event(event),
                Some(event) = self.tasks.events.recv() => self.step(event),
                () = until(self.wake_at, clock) => {
                    self.wake_at = None;
                    self.step(Event::Woke);
                }
                () = ended(&mut self.tasks.source) => {}
                () = sleep_until(deadline) => {}
            }
        }
    }

    /// Whether all is given back, or nothing more will be before the deadline.
    fn is_over(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let nothing_comes = match self.core.giving_back() {
            GivingBack::Over => true,
            GivingBack::UnderWay => false,
            GivingBack::Waiting(at) => elapsed(self.clock.now(), at) > left,
        };
        nothing_comes && self.tasks.source.is_none()
    }

    /// Whether Microsoft has asked to wait, and there is time for it.
    fn waits_as_asked(&self, longest: Instant) -> bool {
        let now = self.clock.now();
        let end = advance(now, longest.saturating_duration_since(Instant::now()));
        let asked = self.core.asked_to_wait_until();
        asked.is_some_and(|asked| asked > now && asked < end)
    }
}

/// Waits until ProCall has back what we set there, or at least its source has ended.
async fn ended(source: &mut Option<JoinHandle<()>>) {
    let Some(task) = source else {
        return std::future::pending().await;
    };
    // A panic in it is not ours to repeat.
    let _ = task.await;
    *source = None;
}
