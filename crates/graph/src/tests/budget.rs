//! What must hold for the budget whatever happens.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use crate::Priority;
use crate::budget::{Budget, LONGEST_FREEZE, Turn, WINDOW};
use model::clock::{advance, elapsed};

const T0: Timestamp = Timestamp::UNIX_EPOCH;

fn send(budget: &mut Budget, priority: Priority, now: Timestamp) -> Turn {
    let ticket = budget.join(priority);
    let turn = budget.try_send(ticket, now);
    budget.leave(ticket);
    turn
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Send(Priority),
    Throttle(Option<u64>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let priority = prop::sample::select(vec![
        Priority::Clear,
        Priority::Set,
        Priority::Renew,
        Priority::Poll,
        Priority::Directory,
    ]);
    let step = prop_oneof![
        2 => (0u64..9_000).prop_map(Step::Wait),
        8 => priority.prop_map(Step::Send),
        1 => prop::option::of(0u64..400).prop_map(Step::Throttle),
    ];
    prop::collection::vec(step, 1..300)
}

proptest! {
    #[test]
    fn no_window_is_ever_exceeded_and_no_freeze_ignored(limit in 1u32..40, steps in steps()) {
        let mut budget = Budget::new(limit);
        let (mut now, mut sent, mut frozen) = (T0, Vec::<Timestamp>::new(), T0);
        for step in steps {
            match step {
                Step::Wait(ms) => now = advance(now, Duration::from_millis(ms)),
                Step::Throttle(wait) => {
                    let until = budget.throttled(wait.map(Duration::from_secs), now);
                    prop_assert!(elapsed(now, until) <= LONGEST_FREEZE);
                    frozen = frozen.max(until);
                }
                Step::Send(priority) => match send(&mut budget, priority, now) {
                    Turn::Now => {
                        prop_assert!(now >= frozen);
                        sent.push(now);
                    }
                    Turn::At(later) => prop_assert!(later > now),
                    Turn::Behind => prop_assert!(false, "nobody else waits"),
                },
            }
            let used = sent.iter().filter(|at| elapsed(**at, now) < WINDOW).count();
            let used = u32::try_from(used).unwrap();
            prop_assert!(used <= (limit * 4 / 5).max(1));
            prop_assert_eq!(budget.view(now).used_30s, used);
        }
    }

    #[test]
    fn the_first_in_the_queue_is_always_the_most_urgent(
        order in prop::collection::vec(0usize..5, 1..60),
    ) {
        const ALL: [Priority; 5] = [
            Priority::Clear, Priority::Set, Priority::Renew, Priority::Poll, Priority::Directory,
        ];
        let mut budget = Budget::new(10_000);
        for at in &order {
            budget.join(ALL[*at]);
        }
        let mut gone = Vec::new();
        while let Some(ticket) = budget.first() {
            prop_assert_eq!(budget.try_send(ticket, T0), Turn::Now);
            gone.push(ticket);
        }
        prop_assert_eq!(gone.len(), order.len());
        prop_assert!(gone.is_sorted());
    }
}

#[test]
fn what_an_earlier_run_has_sent_counts_until_its_window_ends() {
    let mut budget = Budget::new(1_500);
    let at = |seconds| advance(T0, Duration::from_secs(seconds));
    let sent = (0..1_400).map(|n| at(if n < 300 { 5 } else { 20 }));
    budget.count_as_sent(sent, at(36));
    assert_eq!(budget.view(at(36)).used_30s, 1_100);
    for _ in 0..100 {
        assert_eq!(send(&mut budget, Priority::Clear, at(36)), Turn::Now);
    }
    let full = send(&mut budget, Priority::Clear, at(36));
    assert_eq!(full, Turn::At(at(50)));
}
