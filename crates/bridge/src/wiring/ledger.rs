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
        self.take_in(events, &sent);
    }

    /// `sent`: Microsoft counts what an earlier run, or the leader before, has sent just now. The ledger has times of
    /// day, the core has not.
    fn take_in(&mut self, events: Vec<Event>, sent: &[Sent]) {
        let ahead = self.clock.ahead();
        let times = |sent: &Sent| std::iter::repeat_n(shifted(sent.at, -ahead), count(sent.count));
        self.graph.count_as_sent(sent.iter().flat_map(times));
        let writes = events.iter().any(|event| matches!(event, Event::Write));
        if let Some(last) = writes.then(|| self.clustered.take_last()).flatten() {
            let (last, told_at) = (last.snapshot, last.told_at);
            let forgotten = forgotten(last.budget.used_30s, sent);
            self.graph
                .count_as_sent(std::iter::repeat_n(told_at, forgotten));
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
                self.take_in(events, &sent);
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
fn count(sent: u32) -> usize {
    usize::try_from(sent).map_or(MOST_SENT, |count| count.min(MOST_SENT))
}

/// Of what the leader before showed as sent: how much an engine that was started anew does not know any more.
fn forgotten(shown: u32, known: &[Sent]) -> usize {
    let known = known.iter().map(|sent| sent.count);
    count(known.fold(shown, u32::saturating_sub))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_the_engine_has_forgotten_is_what_the_leader_showed_beyond_it() {
        let known = |counts: &[u32]| -> Vec<Sent> {
            let at = Timestamp::UNIX_EPOCH;
            counts.iter().map(|&count| Sent { at, count }).collect()
        };
        assert_eq!(forgotten(120, &[]), 120);
        assert_eq!(forgotten(120, &known(&[70, 20])), 30);
        assert_eq!(forgotten(120, &known(&[70, 80])), 0);
        assert_eq!(forgotten(u32::MAX, &[]), MOST_SENT);
    }
}
