//! A failing poll is data: rows keep the last value with its age.

use super::scene::{ANNA, Scene, lines, told, writes};
use crate::{Effect, UserEventKind};
use model::presence::ProcallPresence;

#[test]
fn after_three_intervals_without_a_good_read_a_value_is_stale_and_drives_nothing() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    scene.wait(10);
    assert!(!scene.has_note("stale"));
    let effects = scene.wait(15);
    assert!(scene.has_note("stale"));
    assert!(told(&effects).is_empty() && writes(&effects).is_empty());
    assert_eq!(scene.row(ANNA).procall, ProcallPresence::DoNotDisturb);
    assert!(scene.happened(ANNA, &UserEventKind::BecameStale));
    let said = lines(&effects);
    assert_eq!(
        said.iter().filter(|line| line.contains("stale")).count(),
        1,
        "{said:?}"
    );
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    assert!(!scene.has_note("stale"));
    assert!(scene.happened(ANNA, &UserEventKind::BecameFresh));
}

#[test]
fn wake_ups_are_asked_for_real_deadlines_only() {
    let mut scene = Scene::with_lease();
    scene.effects.clear();
    for _ in 0..24 {
        scene.wait(4);
        scene.shows(ANNA, "Busy/InACall");
        scene.shows(super::scene::BEN, "Busy/Busy");
        scene.wait(1);
        scene.cycle_ends(1, 0, 0);
    }
    let woken = scene
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::WakeAt(_)));
    assert!(
        woken.count() <= 48,
        "at most one check of freshness per interval, and its move"
    );
}
