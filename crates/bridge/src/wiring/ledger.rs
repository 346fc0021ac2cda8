//! The actor and its [`LedgerQueue`](super::LedgerQueue): which write goes out when the ledger has it, and what
//! comes back from the state directory.

use std::sync::Arc;

use model::clock::shifted;

use super::super::event::Event;
use super::super::ledger::Sent;
use super::super::ledger_queue::QueueEvent;
use super::super::set::Announced;
use super::super::writership::Writership;
use super::Actor;

/// No hundredth of a second, and no poll cycle, has seen more requests than this.
const MOST_SENT: usize = 10_000;

impl Actor {
    pub(super) async fn open_ledger(&mut self, writership: Writership) {
        let clock = Arc::clone(&self.clock);
        let (events, sent) = self.ledger.begin(writership, clock).await;
        self.take_over(sent);
        self.take_in(events);
    }

    /// Microsoft counts what an earlier run has sent just now.
    fn take_over(&self, sent: Vec<Sent>) {
        let (sent, ahead) = (sent.into_iter(), self.clock.ahead());
        let ours = |at| shifted(at, -ahead);
        let each = sent.flat_map(|sent| std::iter::repeat_n(ours(sent.at), count(sent)));
        self.graph.count_as_sent(each);
    }

    /// The ledger has times of day, the core has not.
    fn take_in(&mut self, events: Vec<Event>) {
        let ahead = self.clock.ahead();
        let writes = events.iter().any(|event| matches!(event, Event::Write));
        if let Some(last) = writes.then(|| self.clustered.take_last()).flatten() {
            let (last, told_at) = (last.snapshot, last.told_at);
            self.step(Event::TookOver { last, told_at });
        }
        for event in events {
            self.step(match event {
                Event::Ledger(entries) => {
                    let entries = entries.into_iter();
                    Event::Ledger(entries.map(|entry| entry.shifted(-ahead)).collect())
                }
                other => other,
            });
        }
    }

    /// The budget has let a write through: it goes out if it is still wanted and still ours to
    /// send, and first the ledger says so.
    pub(super) fn goes_out(&mut self, write: Announced) {
        if self.core.expects(write.user, write.order) && self.ledger.is_ours() {
            self.ledger.goes_out(write, self.clock.wall());
        } else {
            write.refuse();
        }
    }

    /// The ledger says so, or has been waited for long enough.
    pub(super) fn take_queue_event(&mut self, event: QueueEvent) {
        match event {
            QueueEvent::Report(report) => {
                let (events, sent, written_down) = self.ledger.take(report);
                self.take_over(sent);
                self.take_in(events);
                for write in written_down {
                    self.let_go(write);
                }
            }
            QueueEvent::WaitedEnough => {
                if let Some(write) = self.ledger.give_up_waiting() {
                    self.let_go(write);
                }
            }
            QueueEvent::Hangs => {
                let trouble = self.ledger.hangs();
                self.step(trouble);
            }
        }
    }

    /// Whether it is still wanted and still ours to send is asked once more.
    fn let_go(&self, write: Announced) {
        let wanted = self.core.expects(write.user, write.order);
        // Whoever waits for it may be gone.
        let _ = write.may_go.send(wanted && self.ledger.lets_go());
    }
}

/// How many: a ledger that somebody has edited must not fill the memory.
fn count(sent: Sent) -> usize {
    usize::try_from(sent.count).map_or(MOST_SENT, |count| count.min(MOST_SENT))
}
