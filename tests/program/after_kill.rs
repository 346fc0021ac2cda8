//! `lampfield run` is killed, and what it leaves behind is put right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::common::eventually;
use crate::common::program::{Site, Started, WITHIN};
use lampfield::simulator::{Control, PbxKind, PbxState, Verb};
use rustix::process::Signal;

const ON_THE_PHONE: usize = 1_000;

/// 80 % of the documented limit.
const BUDGET: usize = 1_200;

fn names(control: &Control) -> Vec<String> {
    let people = control.matched();
    people.into_iter().map(|person| person.user_name).collect()
}

fn call(control: &Control, name: &str, state: PbxState) {
    control.call(name, PbxKind::Tapi, state).unwrap();
}

fn all_call(control: &Control, names: &[String], state: PbxState) {
    for name in names {
        call(control, name, state);
    }
}

/// A run that is to be killed, with all callers on the phone.
async fn run_with_calls(site: &Site, callers: &[String]) -> Started {
    let run = site.begin("first", &["run"]);
    run.until_says("cycle 1").await;
    all_call(site.tenant.control(), callers, PbxState::Connected);
    run
}

/// Every second caller hangs up, the first one first.
fn half_hang_up(control: &Control, callers: &[String]) {
    for name in callers.iter().step_by(2) {
        call(control, name, PbxState::Ended);
    }
}

/// Whether Teams shows the calls of those who have not hung up, and no others.
fn shows_the_other_half(control: &Control, names: &[String]) -> bool {
    let lasts = |n: usize| n < ON_THE_PHONE && n % 2 == 1;
    let mut users = names.iter().enumerate();
    users.all(|(n, name)| shows_a_call(control, name) == lasts(n))
}

fn shows_a_call(control: &Control, name: &str) -> bool {
    control.current(name).unwrap().1 == "InACall"
}

/// How often each user was set or cleared with success.
fn accepted(control: &Control, verb: Verb) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for write in control.writes() {
        if write.verb == verb && write.status == 200 {
            *counted
                .entry(write.upn.unwrap().to_lowercase())
                .or_default() += 1;
        }
    }
    counted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_middle_of_1_000_leases_a_restart_puts_things_right() {
    let site = Site::with_users(1_010, "").await;
    let control = site.tenant.control();
    let names = names(control);
    let callers = &names[..ON_THE_PHONE];
    let mut first = run_with_calls(&site, callers).await;
    let begun = eventually(|| control.writes().len() >= ON_THE_PHONE * 2 / 5).await;
    first.signal(Signal::KILL);
    first.end().await;
    assert!(begun, "{}", first.err_text());
    let sent = control.writes().len();
    assert!(sent < ON_THE_PHONE, "the kill came in the middle");
    half_hang_up(control, callers);

    let restarted = control.now();
    let mut second = site.begin("second", &["run"]);
    let right = || shows_the_other_half(control, &names);
    let all_right = eventually(right).await;
    let took = control.now().duration_since(restarted).unsigned_abs();
    assert!(all_right, "{}", second.err_text());
    assert!(took < WITHIN, "{took:?}");
    second.until_says("leases of an earlier run").await;
    let cycles = second.err_text().matches("cycle ").count();
    let later = eventually(|| second.err_text().matches("cycle ").count() > cycles + 2).await;
    assert!(later && right(), "and so it stays");

    let counters = control.counters();
    let busiest = counters.max_presence_in_30s;
    assert!(
        busiest <= BUDGET,
        "{busiest} presence requests in 30 s, {sent} before the kill"
    );
    let throttled = counters
        .by_endpoint
        .values()
        .any(|by| by.contains_key(&429));
    assert!(!throttled);
    let sets = accepted(control, Verb::Set);
    let twice: Vec<_> = sets.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "set again needlessly: {twice:?}");
    let cleared: BTreeSet<_> = accepted(control, Verb::Clear).into_keys().collect();
    assert!(
        callers
            .iter()
            .skip(1)
            .step_by(2)
            .all(|name| !cleared.contains(&name.to_lowercase()))
    );
    second.signal(Signal::TERM);
    assert_eq!(second.end().await.code(), Some(143));
}

/// What was on its way when it was killed is not in the ledger: writes, and one cycle of polls.
const ON_THE_WAY: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_1_000_leases_in_teams_a_restart_puts_things_right_within_30_s() {
    let site = Site::with_users(1_010, "").await;
    let control = site.tenant.control();
    let names = names(control);
    let callers = &names[..ON_THE_PHONE];
    let mut first = run_with_calls(&site, callers).await;
    let all = eventually(|| accepted(control, Verb::Set).len() == ON_THE_PHONE).await;
    assert!(all, "{}", first.err_text());
    // 1,000 sets and 500 clears are more than the budget of 30 s: the last clears must wait until
    // the sets are 30 s old. A kill in the second of the sets would leave the restart no reserve.
    let cycles = first.err_text().matches("cycle ").count();
    let talking = eventually(|| first.err_text().matches("cycle ").count() > cycles + 2).await;
    first.signal(Signal::KILL);
    first.end().await;
    assert!(talking, "{}", first.err_text());
    half_hang_up(control, callers);

    let restarted = control.now();
    let mut second = site.begin("second", &["run"]);
    second
        .until_says("leases of an earlier run: 500 adopted, 500 given back")
        .await;
    let right = || shows_the_other_half(control, &names);
    let all_right = eventually(right).await;
    let took = control.now().duration_since(restarted).unsigned_abs();
    assert!(all_right, "{}", second.err_text());
    assert!(took < WITHIN, "{took:?}");
    let sets = accepted(control, Verb::Set);
    assert!(
        sets.values().all(|times| *times == 1),
        "adopted, not set again"
    );
    assert_eq!(accepted(control, Verb::Clear).len(), ON_THE_PHONE / 2);
    let counters = control.counters();
    let busiest = counters.max_presence_in_30s;
    assert!(busiest <= BUDGET + ON_THE_WAY, "{counters:?}");
    let mut endpoints = counters.by_endpoint.values();
    assert!(!endpoints.any(|by| by.contains_key(&429)), "{counters:?}");
    second.signal(Signal::TERM);
    assert_eq!(second.end().await.code(), Some(143));
}

/// Of calls that are over no lease is left that could tell of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_set_and_cleared_before_counts_as_well() {
    let site = Site::with_users(570, "").await;
    let control = site.tenant.control();
    let names = names(control);
    let callers = &names[..560];
    let mut first = run_with_calls(&site, callers).await;
    let all = eventually(|| accepted(control, Verb::Set).len() == callers.len()).await;
    assert!(all, "{}", first.err_text());
    all_call(control, callers, PbxState::Ended);
    let all = eventually(|| accepted(control, Verb::Clear).len() == callers.len()).await;
    assert!(all, "{}", first.err_text());
    first.signal(Signal::KILL);
    first.end().await;

    let mut second = site.begin("second", &["run"]);
    all_call(control, callers, PbxState::Connected);
    let all_shown = || callers.iter().all(|name| shows_a_call(control, name));
    assert!(eventually(all_shown).await, "{}", second.err_text());
    let counters = control.counters();
    let busiest = counters.max_presence_in_30s;
    assert!(busiest <= BUDGET + ON_THE_WAY, "{counters:?}");
    second.signal(Signal::KILL);
    second.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_lampfield_leaves_heals_within_five_minutes() {
    let site = Site::with_users(3, "").await;
    let control = site.tenant.control();
    let name = names(control).remove(0);
    let mut program = run_with_calls(&site, std::slice::from_ref(&name)).await;
    assert!(eventually(|| shows_a_call(control, &name)).await);
    program.signal(Signal::KILL);
    program.end().await;
    control.advance(Duration::from_mins(5) - Duration::from_secs(30));
    assert!(shows_a_call(control, &name), "nobody clears it");
    control.advance(Duration::from_secs(31));
    assert!(!shows_a_call(control, &name));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_says_that_it_observes_and_takes_over() {
    let site = Site::with_users(3, "").await;
    let control = site.tenant.control();
    let name = names(control).remove(0);
    let mut first = run_with_calls(&site, std::slice::from_ref(&name)).await;
    assert!(eventually(|| shows_a_call(control, &name)).await);
    let mut second = site.begin("second", &["run"]);
    let words = format!(
        "another lampfield writes for this tenant (process {})",
        first.pid()
    );
    second.until_says(&words).await;
    first.signal(Signal::KILL);
    first.end().await;
    second.until_says("the writer lock is ours: writing").await;
    second.until_says("1 adopted").await;
    second.until_says("confirmed").await;
    assert_eq!(control.writes().len(), 1, "adopted, not set again");
    second.signal(Signal::TERM);
    assert_eq!(second.end().await.code(), Some(143));
    assert!(!shows_a_call(control, &name), "given back at the end");
}
