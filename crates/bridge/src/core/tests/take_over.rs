//! What a member of a cluster goes on with that another one began.

use super::scene::{ANNA, BEN, Scene, writes};
use model::presence::UserName;

use crate::{Command, Event, Mode, Note, ObserveReason, UserEventKind};

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
    heir.step(Event::TookOver(last));
    heir.step(Event::Write);
    assert_eq!(heir.snapshot().mode, Mode::Paused);
    assert!(heir.row(BEN).notes.contains(&Note::Paused));
    let after = kinds(&mut heir);
    assert_eq!(after[..before.len()], before, "the call is not told twice");
    assert!(after.len() > before.len(), "what came later is told");
    let effects = heir.connect(BEN);
    assert!(writes(&effects).is_empty());
}
