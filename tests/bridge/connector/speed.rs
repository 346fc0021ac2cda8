//! What users wait for, with room for a loaded machine.

use std::time::Duration;

use lampfield::clock::{Clock, elapsed};
use lampfield::clocks::SystemClock;
use lampfield::simulator::ucserver::{Medium, SimulatedUser, UcServerScene};

use super::bench::{Bench, on_server, settings, start};

const USERS: usize = 10_000;
const CALLS: usize = 1_000;

fn name(n: usize) -> String {
    format!("user{n}@corp.example")
}

/// 10,000 users in under 10 s, then 3,000 presence events (a ring, an answer and an end for each
/// of 1,000 calls) in under 3 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_users_and_a_thousand_events_a_second() {
    let people = (0..USERS).map(|n| SimulatedUser::new(&name(n), "User", "+49 30 1"));
    let server = start(UcServerScene::new(people.collect())).await;
    let clock = SystemClock::new();
    let started = clock.now();
    let mut bench = Bench::up(settings(&server)).await;
    let subscribed = elapsed(started, clock.now());
    assert_eq!(bench.told.users.len(), USERS);
    assert_eq!(server.counts().subscribed, USERS);

    let started = clock.now();
    let calls: Vec<_> = (0..CALLS)
        .map(|n| server.start_call(&name(n), Medium::Tapi, false))
        .collect();
    for call in &calls {
        server.answer(call);
    }
    bench
        .until("all talk", |told| {
            told.calls.len() == CALLS && told.talks(&name(CALLS - 1))
        })
        .await;
    for call in &calls {
        server.end_call(call);
    }
    bench.until("all ended", |told| told.calls.is_empty()).await;
    let handled = elapsed(started, clock.now());
    println!("subscribed in {subscribed:?}, {CALLS} calls in {handled:?}");
    // Ten times what either takes, so that a busy machine fails nothing: against what grows with the square. How
    // quick it is says the bench `events`.
    assert!(subscribed < Duration::from_mins(1), "{subscribed:?}");
    assert!(handled < Duration::from_secs(20), "{handled:?}");
    on_server(&server, "quiet", |s| s.counts().events >= 3_000).await;
}
