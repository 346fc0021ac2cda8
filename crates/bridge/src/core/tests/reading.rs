//! Teams -> ProCall: mapping, echo, unknown, missing, out of order.

use rstest::rstest;

use super::scene::{ANNA, BEN, Scene, lines, secs, told};
use crate::{UserEventKind, Verdict};
use graph::{Failure, FailureKind};
use model::clock::advance;
use model::presence::{Mapping, ProcallPresence};

#[rstest]
#[case("Available/Available", "unchanged neutral")]
#[case("Busy/Busy", "unchanged red")]
#[case("DoNotDisturb/DoNotDisturb", "do_not_disturb red")]
#[case("BeRightBack/BeRightBack", "unchanged yellow")]
#[case("Offline/OffWork", "unchanged neutral")]
#[case("Busy/InACall", "busy_in_a_call red")]
#[case("Busy/InAConferenceCall", "busy_in_a_call red")]
#[case("DoNotDisturb/Presenting", "do_not_disturb red")]
#[case("Busy/InAMeeting", "unchanged red")]
fn what_teams_shows_is_told_to_procall(#[case] pair: &str, #[case] expected: &str) {
    let mut scene = Scene::new();
    assert_eq!(told(&scene.shows(ANNA, pair)), [expected]);
    assert!(told(&scene.shows(ANNA, pair)).is_empty(), "on change only");
}

#[test]
fn every_rule_of_the_mapping_is_applied_as_it_stands() {
    for rule in Mapping::built_in()
        .teams_rows()
        .iter()
        .filter(|rule| !rule.unknown)
    {
        let mut scene = Scene::new();
        let availability = rule.availability.as_ref().map_or("Odd", |it| it.as_str());
        let activity = rule.activity.as_ref().map_or("Odd", |it| it.as_str());
        let effects = scene.shows(ANNA, &format!("{availability}/{activity}"));
        let expected = format!("{} {}", rule.procall.as_str(), rule.lamp.as_str());
        assert_eq!(told(&effects), [expected], "{}", rule.name);
    }
}

#[rstest]
#[case::unknown(Some("PresenceUnknown/PresenceUnknown"))]
#[case::undocumented(Some("Sleeping/Dreaming"))]
#[case::null(None)]
fn unknown_changes_nothing_and_lifts_nothing(#[case] pair: Option<&str>) {
    let mut scene = Scene::new();
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    scene.wait(5);
    let effects = scene.reads(ANNA, pair, scene.now);
    assert!(told(&effects).is_empty());
    let row = scene.row(ANNA);
    assert_eq!(row.procall, ProcallPresence::DoNotDisturb);
    assert!(row.rule.unknown);
    assert!(scene.has_note("unknown"));
    assert_eq!(
        told(&scene.shows(ANNA, "Available/Available")),
        ["unchanged neutral"]
    );
    assert!(!scene.has_note("unknown"));
}

#[test]
fn a_missing_entry_changes_nothing() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    scene.wait(5);
    assert!(told(&scene.answer(&[ANNA], Ok(Vec::new()), scene.now)).is_empty());
    assert!(scene.has_note("missing"));
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.read_mark(0).failures, 1);
    assert_eq!(snapshot.rows[0].procall, ProcallPresence::DoNotDisturb);
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    assert!(!scene.has_note("missing"));
}

#[test]
fn a_failed_read_changes_nothing() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    scene.wait(5);
    let failure = Failure::new(FailureKind::Server, "Graph answered 500");
    assert!(told(&scene.answer(&[ANNA], Err(failure), scene.now)).is_empty());
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.read_mark(0).failures, 1);
    assert_eq!(snapshot.poll.errors_last_minute, 1);
}

#[test]
fn an_answer_to_an_older_request_is_dropped() {
    let mut scene = Scene::new();
    let early = scene.now;
    scene.wait(2);
    scene.shows(ANNA, "Available/Available");
    assert!(told(&scene.reads(ANNA, Some("DoNotDisturb/DoNotDisturb"), early)).is_empty());
    assert_eq!(scene.row(ANNA).procall, ProcallPresence::Unchanged);
}

#[test]
fn an_entry_that_was_not_asked_for_is_ignored() {
    let mut scene = Scene::new();
    let reading = graph::PresenceReading {
        id: super::scene::id_of(super::scene::BEN),
        presence: Some(super::scene::pair("Busy/Busy")),
        out_of_office: false,
    };
    scene.answer(&[ANNA], Ok(vec![reading]), scene.now);
    assert!(scene.row(super::scene::BEN).teams.is_none());
    assert!(scene.has_note("missing"));
}

#[test]
fn our_own_call_is_held_and_counted_once() {
    let mut scene = Scene::with_lease();
    for _ in 0..3 {
        scene.wait(5);
        assert!(told(&scene.shows(ANNA, "Busy/InACall")).is_empty());
    }
    assert!(scene.has_note("echo_held"));
    assert!(scene.happened(ANNA, &UserEventKind::EchoHeld));
    assert_eq!(scene.snapshot().echoes_suppressed, 1);
    assert_eq!(scene.row(ANNA).procall, ProcallPresence::Unchanged);
    assert_eq!(scene.row(ANNA).rule.name, "available");
}

#[test]
fn an_echo_that_lags_behind_the_clear_is_held_until_the_window_ends() {
    let mut scene = Scene::with_lease();
    scene.shows(ANNA, "Busy/InACall");
    scene.hang_up(ANNA);
    scene.accept();
    let cleared = scene.now;
    scene.wait(19);
    assert!(told(&scene.shows(ANNA, "Busy/InACall")).is_empty());
    scene.wait(5);
    let within = advance(cleared, secs(20));
    assert!(
        told(&scene.reads(ANNA, Some("Busy/InACall"), within)).is_empty(),
        "began within"
    );
    assert_eq!(
        told(&scene.shows(ANNA, "Busy/InACall")),
        ["busy_in_a_call red"]
    );
    assert!(scene.happened(ANNA, &UserEventKind::EchoReleased));
    assert!(!scene.has_note("echo_held"));
}

#[test]
fn who_leaves_the_lists_and_comes_back_brings_no_echo_along() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    scene.accept();
    let cleared = scene.now;
    scene.wait(5);
    scene.directory(&[BEN]);
    scene.directory(&[ANNA, BEN]);
    // The window is over and the lease forgotten when a slow answer from within it arrives.
    scene.wait(20);
    let within = advance(cleared, secs(18));
    assert!(told(&scene.reads(ANNA, Some("Busy/InACall"), within)).is_empty());
}

#[test]
fn an_echo_that_goes_away_leaves_no_trace_in_procall() {
    let mut scene = Scene::with_lease();
    scene.shows(ANNA, "Busy/InACall");
    scene.hang_up(ANNA);
    scene.accept();
    scene.wait(4);
    assert!(told(&scene.shows(ANNA, "Available/Available")).is_empty());
    assert!(!scene.has_note("echo_held"));
    assert!(!scene.happened(ANNA, &UserEventKind::EchoReleased));
}

#[test]
fn a_teams_call_from_before_the_lease_stays_what_it_was() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "Busy/InACall");
    scene.connect(ANNA);
    scene.accept();
    scene.wait(5);
    assert!(told(&scene.shows(ANNA, "Busy/InACall")).is_empty());
    assert_eq!(scene.row(ANNA).procall, ProcallPresence::BusyInACall);
    assert!(!scene.has_note("echo_held"), "it changes nothing");
    scene.hang_up(ANNA);
    scene.accept();
    scene.wait(5);
    assert_eq!(
        told(&scene.shows(ANNA, "Available/Available")),
        ["unchanged neutral"]
    );
}

#[test]
fn anything_but_a_call_is_mapped_during_a_lease_too() {
    let mut scene = Scene::with_lease();
    scene.wait(11);
    assert_eq!(
        told(&scene.shows(ANNA, "DoNotDisturb/Presenting")),
        ["do_not_disturb red"]
    );
    let lease = scene.row(ANNA).lease.clone().expect("a lease");
    assert_eq!(lease.verdict, Verdict::Masked);
}

#[test]
fn thousands_of_first_reads_are_one_line() {
    let mut scene = Scene::new();
    let effects = scene.shows(ANNA, "Busy/Busy");
    assert!(lines(&effects).is_empty());
    let end = lines(&scene.cycle_ends(1, 0, 0));
    assert!(
        end.contains(&"first reading of 1 user".to_owned()),
        "{end:?}"
    );
}

#[test]
fn more_changes_than_a_person_makes_are_flapping_for_ten_minutes() {
    let mut scene = Scene::new();
    for pair in ["Busy/Busy", "Available/Available"]
        .into_iter()
        .cycle()
        .take(8)
    {
        assert!(!scene.has_note("flapping"));
        scene.wait(30);
        scene.shows(ANNA, pair);
    }
    assert!(scene.has_note("flapping"));
    scene.wait(600);
    scene.shows(ANNA, "Available/Available");
    assert!(!scene.has_note("flapping"));
}
