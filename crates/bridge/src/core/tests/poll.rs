//! The poll as it is shown, the links, and what an operator must know.

use std::time::Duration;

use super::scene::{ANNA, Scene, lines, notices, secs};
use crate::{Event, LinkStatus};
use graph::{Failure, FailureKind, TokenView};
use model::clock::advance;
use procall::ProcallEvent;

#[test]
fn a_cycle_is_told_in_one_line_and_shown() {
    let mut scene = Scene::new();
    let started = scene.now;
    scene.wait(1);
    scene.reads(ANNA, Some("Busy/Busy"), started);
    let effects = scene.cycle_ends(1, 0, 0);
    let said = super::scene::lines(&effects);
    assert!(
        said.iter()
            .any(|line| line.starts_with("cycle 1: 2 users in 1 request,")),
        "{said:?}"
    );
    let poll = scene.snapshot().poll.clone();
    assert_eq!((poll.cycle, poll.requests, poll.errors), (1, 1, 0));
    assert_eq!(
        (poll.chunks.len(), poll.cycles.len(), poll.chunk_size),
        (1, 1, 1)
    );
    assert_eq!(poll.latency.p95, secs(1));
    assert_eq!(poll.last_good_at, Some(scene.now));
}

#[test]
fn lateness_is_shown_apart_from_latency() {
    let mut scene = Scene::new();
    scene.cycle_ends(1, 0, 2);
    let poll = scene.snapshot().poll.clone();
    assert_eq!((poll.late, poll.late_p95), (secs(2), secs(2)));
    assert_eq!(poll.duration, Duration::ZERO);
}

#[test]
fn a_minute_of_failing_polls_is_told_once_and_the_end_of_it_too() {
    let mut scene = Scene::new();
    let mut told = Vec::new();
    for _ in 0..30 {
        let failure = Failure::new(FailureKind::Network, "no route to graph");
        let started = scene.now;
        scene.answer(&[ANNA], Err(failure), started);
        told.extend(notices(&scene.cycle_ends(1, 1, 0)));
        told.extend(notices(&scene.wait(5)));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("no route to graph"));
    assert_eq!(scene.snapshot().links.graph_read.status, LinkStatus::Down);
    scene.shows(ANNA, "Busy/Busy");
    assert_eq!(
        notices(&scene.cycle_ends(1, 0, 0)),
        ["polling Teams presence works again"]
    );
}

#[test]
fn a_poll_that_never_ends_is_told_too() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "Busy/Busy");
    assert_eq!(notices(&scene.wait(120)).len(), 1);
}

#[test]
fn authorisation_lost_and_regained() {
    let mut scene = Scene::new();
    let failure = Failure::new(FailureKind::Credentials, "the client secret expired");
    let failed = TokenView {
        failure: Some(failure),
        ..TokenView::default()
    };
    assert_eq!(notices(&scene.step(Event::Token(failed.clone()))).len(), 1);
    assert!(
        notices(&scene.step(Event::Token(failed))).is_empty(),
        "once"
    );
    assert_eq!(scene.snapshot().links.entra.status, LinkStatus::Down);
    assert_eq!(
        notices(&scene.step(Event::Token(TokenView::default()))).len(),
        1
    );
}

#[test]
fn a_new_token_ends_the_wait_of_writes_that_failed_for_want_of_one() {
    let mut scene = Scene::new();
    let failure = Failure::new(FailureKind::Credentials, "the client secret expired");
    scene.step(Event::Token(TokenView {
        failure: Some(failure),
        ..TokenView::default()
    }));
    scene.connect(ANNA);
    scene.fail(FailureKind::Credentials);
    scene.wait(10);
    assert!(scene.orders.is_empty());
    let view = TokenView {
        expires_at: Some(advance(scene.now, secs(3600))),
        renewed_at: Some(scene.now),
        ..TokenView::default()
    };
    scene.step(Event::Token(view));
    assert_eq!(scene.orders.len(), 1);
}

#[test]
fn trouble_with_the_disk_is_shown_until_all_of_it_is_over() {
    let mut scene = Scene::new();
    let trouble = |what, words: Option<&str>| Event::StorageTrouble {
        what,
        trouble: words.map(Into::into),
    };
    scene.step(trouble("log", Some("No space left on device")));
    scene.step(trouble("ledger", Some("No space left on device")));
    let said = lines(&scene.step(trouble("log", None)));
    assert!(
        said.iter()
            .any(|it| it.contains("the log is written again"))
    );
    assert_eq!(scene.snapshot().links.storage.status, LinkStatus::Degraded);
    let said = lines(&scene.step(trouble("ledger", None)));
    assert!(
        said.iter()
            .any(|it| it.contains("the ledger is written again"))
    );
    assert_eq!(scene.snapshot().links.storage.status, LinkStatus::Up);
    let said = lines(&scene.step(trouble("ledger", None)));
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn a_call_does_not_end_the_trouble_of_another_part_of_procall() {
    let mut scene = Scene::new();
    scene.procall(ProcallEvent::Trouble("users.csv is gone".into()));
    scene.connect(ANNA);
    assert_eq!(scene.snapshot().links.procall.status, LinkStatus::Degraded);
    scene.procall(ProcallEvent::Up);
    assert_eq!(scene.snapshot().links.procall.status, LinkStatus::Up);
}

/// Whoever looks must not take a poll that is only due for one that hangs.
#[test]
fn a_poll_runs_from_its_beginning_to_its_end() {
    let mut scene = Scene::new();
    scene.cycle_ends(1, 0, 0);
    assert_eq!(scene.snapshot().poll.running_since, None);
    let (began, due) = (scene.now, advance(scene.now, secs(600)));
    scene.step(Event::PollMoved {
        running_since: Some(began),
        next_at: began,
    });
    assert_eq!(scene.snapshot().poll.running_since, Some(began));
    scene.cycle_ends(1, 0, 0);
    assert_eq!(scene.snapshot().poll.running_since, None);
    scene.step(Event::PollMoved {
        running_since: None,
        next_at: due,
    });
    assert_eq!(scene.snapshot().poll.next_at, Some(due));
}
