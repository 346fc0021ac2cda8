//! What a member of a cluster goes on with that another one began.

use std::time::Duration;

use rstest::rstest;

use super::scene::{ANNA, BEN, Scene, told, writes};
use graph::{Failure, FailureKind};
use model::presence::UserName;
use model::problem::lacks_to_lead;

use crate::{Command, Effect, Event, GivingBack, Mode, Note, ObserveReason, UserEventKind};

/// What each of Anna's events is, oldest first.
fn kinds(scene: &mut Scene) -> Vec<UserEventKind> {
    scene
        .row(ANNA)
        .history
        .iter()
        .map(|event| event.kind)
        .collect()
}

#[test]
fn the_chain_of_causes_and_what_is_paused_go_on() {
    let mut leader = Scene::with_lease();
    let mut heir = Scene::in_mode(Mode::Observing(ObserveReason::Standby));
    heir.connect(ANNA);
    leader.command(Command::PauseUser(UserName::new(BEN)));
    leader.command(Command::PauseWriting);
    let (last, before) = (leader.snapshot(), kinds(&mut leader));
    assert!(before.len() > 1, "{before:?}");

    heir.wait(7);
    heir.hang_up(ANNA);
    let told_at = last.at;
    heir.step(Event::TookOver { last, told_at });
    heir.step(Event::Write);
    assert_eq!(heir.snapshot().mode, Mode::Paused);
    assert!(heir.row(BEN).notes.contains(&Note::Paused));
    let after = kinds(&mut heir);
    assert_eq!(after[..before.len()], before, "the call is not told twice");
    assert!(after.len() > before.len(), "what came later is told");
    let effects = heir.connect(BEN);
    assert!(writes(&effects).is_empty());
}

/// What an administrator has cleared stays cleared, as long as the same calls last.
#[rstest]
#[case::the_same_call(false)]
#[case::another_one_since(true)]
fn what_was_cleared_by_hand_is_not_set_again(#[case] calls_again: bool) {
    let mut leader = Scene::with_lease();
    let mut heir = Scene::in_mode(Mode::Observing(ObserveReason::Standby));
    heir.connect(ANNA);
    leader.command(Command::ClearLease(UserName::new(ANNA)));
    let last = leader.snapshot();
    assert!(last.rows.iter().any(|row| row.cleared));
    let told_at = heir.now;
    heir.wait(7);
    if calls_again {
        heir.hang_up(ANNA);
        heir.connect(ANNA);
    }
    heir.step(Event::TookOver { last, told_at });
    let effects = heir.step(Event::Write);
    assert_eq!(writes(&effects).is_empty(), !calls_again);
    assert_eq!(heir.row(ANNA).cleared, !calls_again);
}

/// The interval of the leader's configuration is not ours, one that an administrator has chosen is.
#[test]
fn an_interval_that_was_chosen_at_a_console_goes_on() {
    let seconds = Duration::from_secs;
    let interval_after = |events: [Event; 2]| {
        let mut leader = Scene::with_lease();
        for event in events {
            leader.step(event);
        }
        let mut heir = Scene::in_mode(Mode::Observing(ObserveReason::Standby));
        let (last, told_at) = (leader.snapshot(), heir.now);
        heir.step(Event::TookOver { last, told_at });
        heir.step(Event::Write);
        (heir.snapshot().poll.interval, heir.snapshot().poll.chosen)
    };
    let own = Scene::with_lease().snapshot().poll.interval;
    let (chosen, configured) = (
        Event::Command(Command::SetInterval(seconds(77))),
        Event::Interval(seconds(33)),
    );
    let both = [configured.clone(), chosen.clone()];
    assert_eq!(interval_after(both), (seconds(77), true));
    assert_eq!(interval_after([chosen, configured]), (own, false));
}

/// Another one writes from then on, and renews in ProCall what it wants to be there: what nobody takes back would
/// otherwise be renewed for ever.
#[rstest]
#[case::another_member_leads(ObserveReason::Standby, 1)]
#[case::the_engine_is_lost(ObserveReason::EngineLost, 1)]
#[case::another_process_has_the_lock(ObserveReason::OtherWriter { pid: None }, 1)]
#[case::procall_is_told_all_the_same(ObserveReason::Config, 0)]
fn what_is_set_in_procall_is_let_go_of_with_the_right_to_write(
    #[case] reason: ObserveReason,
    #[case] expected: usize,
) {
    let mut scene = Scene::new();
    scene.step(Event::Write);
    scene.shows(ANNA, "DoNotDisturb/Presenting");
    let mut let_go = || {
        let effects = scene.step(Event::Observe(reason.clone()));
        let such = |effect: &&Effect| matches!(effect, Effect::LetGoOfProcall);
        effects.iter().filter(such).count()
    };
    assert_eq!(let_go(), expected);
    assert_eq!(let_go(), 0, "that is known");
}

/// Another member has read since then, and this one has not.
#[rstest]
#[case::another_member_led(ObserveReason::Standby, &[])]
#[case::the_engine_was_lost(ObserveReason::EngineLost, &["do_not_disturb red"])]
fn whoever_leads_again_tells_procall_what_it_has_read_itself(
    #[case] reason: ObserveReason,
    #[case] at_once: &[&str],
) {
    let mut scene = Scene::new();
    scene.step(Event::Write);
    scene.shows(ANNA, "DoNotDisturb/Presenting");
    scene.step(Event::Observe(reason));
    assert_eq!(told(&scene.step(Event::Write)), at_once);
    let read = scene.shows(ANNA, "Available/Available");
    assert_eq!(told(&read), ["unchanged neutral"]);
}

/// Nothing new goes out while what is under way ends; what is set stays ours until another member may lead.
#[test]
fn what_is_handed_over_is_let_go_of_once_another_member_may_lead() {
    let mut scene = Scene::with_lease();
    scene.step(Event::Write);
    let effects = scene.step(Event::HandingOver);
    assert!(effects.iter().all(|it| !is_about_all_of_procall(it)));
    assert!(writes(&scene.hang_up(ANNA)).is_empty());
    let effects = scene.step(Event::HandedOver);
    let let_go = |it: &Effect| matches!(it, Effect::LetGoOfProcall);
    assert!(effects.iter().any(let_go));
    assert_eq!(scene.core.giving_back(), GivingBack::Over);
}

/// The other member has gone meanwhile.
#[test]
fn what_could_not_be_handed_over_is_given_back() {
    let mut scene = Scene::with_lease();
    scene.step(Event::Write);
    scene.step(Event::HandingOver);
    let effects = scene.step(Event::Stopping);
    assert_eq!(writes(&effects).len(), 1);
    let recalled = |it: &Effect| matches!(it, Effect::RecallProcall);
    assert!(effects.iter().any(recalled));
    assert_eq!(scene.core.giving_back(), GivingBack::UnderWay);
}

/// What is set in ProCall is the leader's.
#[test]
fn whoever_stands_by_takes_nothing_back_at_its_end() {
    let mut scene = Scene::in_mode(Mode::Observing(ObserveReason::Standby));
    let effects = scene.step(Event::Stopping);
    assert!(effects.iter().all(|it| !is_about_all_of_procall(it)));
}

const fn is_about_all_of_procall(effect: &Effect) -> bool {
    matches!(effect, Effect::LetGoOfProcall | Effect::RecallProcall)
}

/// Whoever could not read when it led goes on trying: the others hear whether it could lead again.
#[test]
fn whoever_stands_by_reads_nothing_unless_it_could_not_read() {
    let held = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::HoldPolling(hold) => Some(*hold),
            _ => None,
        })
    };
    let stands_by = || Event::Observe(ObserveReason::Standby);
    let mut scene = Scene::new();
    let failure = Failure::new(FailureKind::Network, "no route");
    scene.answer(&[ANNA], Err(failure), scene.now);
    scene.step(Event::Write);
    scene.cycle_ends(2, 0, 0);
    assert_eq!(held(&scene.step(stands_by())), Some(true));
    assert_eq!(held(&scene.step(Event::Write)), Some(false));
    scene.cycle_ends(2, 2, 0);
    assert!(lacks_to_lead(&scene.snapshot()).is_some());
    assert_eq!(held(&scene.step(stands_by())), None);
    assert_eq!(held(&scene.cycle_ends(2, 0, 0)), Some(true));
    assert!(lacks_to_lead(&scene.snapshot()).is_none());
    // What was under way when it stepped down may fail late.
    assert_eq!(held(&scene.cycle_ends(2, 2, 0)), Some(false));
}
