//! The values that lines of the log carry: what machines look for, without reading a sentence.

use rstest::rstest;

use super::scene::{ANNA, Scene};
use crate::{Effect, Event, LineKind, LogLine, Mode, ObserveReason};
use graph::{Failure, FailureKind, RequestId};
use model::presence::UserName;

fn lines(effects: &[Effect]) -> Vec<&LogLine> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Log(line) => Some(line),
        _ => None,
    });
    lines.collect()
}

/// The only line of this kind.
fn line(effects: &[Effect], kind: LineKind) -> &LogLine {
    let mut found = lines(effects);
    found.retain(|line| line.values.kind == Some(kind));
    assert_eq!(found.len(), 1, "{kind:?} among {effects:#?}");
    found.remove(0)
}

fn kinds(effects: &[Effect]) -> Vec<LineKind> {
    let lines = lines(effects).into_iter();
    lines.filter_map(|line| line.values.kind).collect()
}

fn said_by_graph(kind: FailureKind) -> Failure {
    Failure {
        request_id: Some(RequestId("r-9".into())),
        ..Failure::new(kind, "it failed")
    }
}

#[test]
fn a_lease_tells_of_its_user_and_of_microsofts_answer() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "Available/Available");
    scene.connect(ANNA);
    let taken = scene.accept();
    scene.hang_up(ANNA);
    let cleared = scene.accept();
    for (effects, kind) in [
        (taken, LineKind::LeaseSet),
        (cleared, LineKind::LeaseCleared),
    ] {
        let line = line(&effects, kind);
        assert_eq!(line.user, Some(UserName::new(ANNA)));
        assert_eq!(line.values.request_id, Some(RequestId("r-1".into())));
    }
}

#[test]
fn a_renewal_is_nothing_that_anybody_looks_for() {
    let mut scene = Scene::with_lease();
    scene.wait(200);
    assert!(!scene.orders.is_empty(), "it is renewed");
    assert_eq!(kinds(&scene.accept()), []);
}

#[test]
fn a_lease_that_is_refused_or_runs_out_is_named() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    let refused = scene.refuse(&said_by_graph(FailureKind::Permission));
    let line = line(&refused, LineKind::LeaseRefused);
    assert_eq!(line.values.request_id, Some(RequestId("r-9".into())));
    scene.orders.clear();
    let later = scene.wait(301);
    assert_eq!(kinds(&later), [LineKind::LeaseExpired]);
}

#[test]
fn a_request_that_fails_has_its_request_id() {
    let mut scene = Scene::new();
    let failure = said_by_graph(FailureKind::Server);
    let effects = scene.answer(&[ANNA], Err(failure.clone()), scene.now);
    let effects = [effects, scene.step(Event::GraphDown(Some(failure)))].concat();
    let said = lines(&effects);
    let ids = said.iter().map(|line| line.values.request_id.as_ref());
    let expected = RequestId("r-9".into());
    assert_eq!(ids.collect::<Vec<_>>(), [Some(&expected), Some(&expected)]);
}

#[rstest]
#[case(ObserveReason::OtherWriter { pid: Some(7) }, &[LineKind::BridgeStandsBy])]
#[case(ObserveReason::NoState("full".into()), &[LineKind::BridgeStandsBy])]
#[case(ObserveReason::Standby, &[LineKind::BridgeStandsBy])]
#[case(ObserveReason::EngineLost, &[LineKind::BridgeStandsBy])]
#[case(ObserveReason::Flag, &[])]
fn who_leads_and_who_stands_by(#[case] reason: ObserveReason, #[case] stands_by: &[LineKind]) {
    let mut scene = Scene::blank(Mode::Writing);
    assert_eq!(kinds(&scene.step(Event::Write)), [LineKind::BridgeLeads]);
    assert_eq!(kinds(&scene.step(Event::Write)), [], "said already");
    assert_eq!(kinds(&scene.step(Event::Observe(reason))), stands_by);
    assert_eq!(kinds(&scene.step(Event::Write)), [LineKind::BridgeLeads]);
}

/// Whoever reads log and system's log in one place gets it once.
#[test]
fn a_notice_says_whether_the_log_has_it_as_well() {
    let mut scene = Scene::new();
    let observes = Event::Observe(ObserveReason::OtherWriter { pid: None });
    let effects = scene.step(observes);
    let said: Vec<_> = lines(&effects).iter().map(|line| line.level).collect();
    let notices = effects.iter().filter_map(|effect| match effect {
        Effect::Notify(notice) => Some(notice.line),
        _ => None,
    });
    assert_eq!(notices.collect::<Vec<_>>(), [said.first().copied()]);
}
