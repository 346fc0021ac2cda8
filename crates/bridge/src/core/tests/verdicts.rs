//! Every write is read back.

use rstest::rstest;

use super::scene::{ANNA, IN_A_CALL, Scene, lines, writes};
use crate::Verdict;

fn verdict(scene: &mut Scene) -> Verdict {
    let row = scene.row(ANNA);
    row.lease.as_ref().expect("a lease").verdict
}

#[rstest]
#[case("Busy/InACall")]
#[case("Busy/InAConferenceCall")]
fn a_read_that_shows_it_confirms_at_once(#[case] pair: &str) {
    let mut scene = Scene::with_lease();
    scene.wait(3);
    let effects = scene.shows(ANNA, pair);
    assert_eq!(verdict(&mut scene), Verdict::Confirmed);
    let said = lines(&effects);
    assert!(
        said.contains(&"read back after 3.0 s: confirmed".to_owned()),
        "{said:?}"
    );
    assert_eq!(scene.snapshot().leases.confirmed, 1);
}

#[test]
fn a_read_that_began_before_the_set_was_accepted_says_nothing() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    let early = scene.now;
    scene.wait(2);
    scene.accept();
    scene.reads(ANNA, Some("Busy/InACall"), early);
    assert_eq!(verdict(&mut scene), Verdict::Pending);
}

#[rstest]
#[case("DoNotDisturb/DoNotDisturb")]
#[case("DoNotDisturb/Focusing")]
#[case("DoNotDisturb/InACall")]
#[case("BeRightBack/BeRightBack")]
#[case("Offline/OffWork")]
#[case("Busy/Busy")]
#[case("Busy/InAMeeting")]
fn what_hides_it_masks_after_ten_seconds(#[case] pair: &str) {
    let mut scene = Scene::with_lease();
    scene.wait(5);
    scene.shows(ANNA, pair);
    assert_eq!(verdict(&mut scene), Verdict::Pending);
    scene.wait(5);
    scene.shows(ANNA, pair);
    assert_eq!(verdict(&mut scene), Verdict::Masked);
    let masked_by = scene
        .row(ANNA)
        .lease
        .clone()
        .and_then(|lease| lease.masked_by);
    assert_eq!(masked_by.map(|by| by.to_string()).as_deref(), Some(pair));
    assert!(scene.has_note("masked"));
    assert_eq!(scene.snapshot().leases.masked, 1);
}

#[rstest]
#[case("Available/Available", Verdict::Masked)]
#[case("Away/Away", Verdict::Masked)]
#[case("Offline/Offline", Verdict::NoEffect)]
fn what_no_session_can_explain_is_sent_once_more(#[case] pair: &str, #[case] end: Verdict) {
    let mut scene = Scene::with_lease();
    scene.wait(9);
    assert!(writes(&scene.shows(ANNA, pair)).is_empty(), "too early");
    scene.wait(5);
    assert_eq!(writes(&scene.shows(ANNA, pair)), [IN_A_CALL]);
    scene.accept();
    scene.wait(29);
    scene.shows(ANNA, pair);
    assert_eq!(verdict(&mut scene), Verdict::Pending);
    scene.wait(5);
    assert!(writes(&scene.shows(ANNA, pair)).is_empty(), "once only");
    assert_eq!(verdict(&mut scene), end);
}

#[test]
fn the_second_sending_may_help() {
    let mut scene = Scene::with_lease();
    scene.wait(11);
    scene.shows(ANNA, "Offline/Offline");
    scene.accept();
    scene.wait(5);
    scene.shows(ANNA, "Busy/InACall");
    assert_eq!(verdict(&mut scene), Verdict::Confirmed);
}

#[rstest]
#[case("PresenceUnknown/PresenceUnknown")]
#[case("Sleeping/Dreaming")]
fn unknown_is_no_verdict(#[case] pair: &str) {
    let mut scene = Scene::with_lease();
    scene.wait(60);
    assert!(writes(&scene.shows(ANNA, pair)).is_empty());
    assert_eq!(verdict(&mut scene), Verdict::Pending);
}

/// Nothing is said to be confirmed while the last reading shows something else.
#[rstest]
#[case("Away/Away")]
#[case("Available/Available")]
#[case("Offline/Offline")]
fn a_verdict_that_is_no_longer_true_is_none(#[case] pair: &str) {
    let mut scene = Scene::with_lease();
    scene.wait(3);
    scene.shows(ANNA, "Busy/InACall");
    assert_eq!(verdict(&mut scene), Verdict::Confirmed);
    scene.wait(3);
    scene.shows(ANNA, pair);
    assert_eq!(verdict(&mut scene), Verdict::Pending);
    assert_eq!(scene.snapshot().leases.confirmed, 0);
    scene.wait(3);
    scene.shows(ANNA, "PresenceUnknown/PresenceUnknown");
    assert_eq!(
        verdict(&mut scene),
        Verdict::Pending,
        "unknown says nothing"
    );
    scene.wait(3);
    scene.shows(ANNA, "Busy/InACall");
    assert_eq!(verdict(&mut scene), Verdict::Confirmed);
}

#[test]
fn a_verdict_may_change_while_the_call_lasts() {
    let mut scene = Scene::with_lease();
    scene.wait(11);
    scene.shows(ANNA, "Busy/InACall");
    assert_eq!(verdict(&mut scene), Verdict::Confirmed);
    scene.wait(5);
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    assert_eq!(verdict(&mut scene), Verdict::Masked);
    scene.wait(5);
    scene.shows(ANNA, "Busy/InACall");
    assert_eq!(verdict(&mut scene), Verdict::Confirmed);
    assert!(!scene.has_note("masked"));
    let counts = scene.snapshot().leases;
    assert_eq!((counts.held, counts.confirmed, counts.masked), (1, 1, 0));
}
