//! Who is matched, and what becomes of those who are not any more.

use std::time::Duration;

use super::scene::{ANNA, BEN, IN_A_CALL, Scene, id_of, lines, notices, told, user, writes};
use crate::{Effect, Event, Note, WriteOp};
use graph::{Failure, FailureKind};
use model::presence::{EntraId, ProcallPresence, ProcallUser, UnmatchedReason, UserName};
use model::procall::{ShownPresence, ShownState};
use procall::{Obstacle, ProcallEvent, UserFacts};

fn polled(effects: &[Effect]) -> Option<Vec<EntraId>> {
    effects.iter().find_map(|effect| match effect {
        Effect::PollSet(ids) => Some(ids.to_vec()),
        _ => None,
    })
}

#[test]
fn the_poll_set_follows_the_matching_and_is_told_on_change_only() {
    let mut scene = Scene::blank(crate::Mode::Writing);
    assert_eq!(polled(&scene.users(&[BEN, ANNA])), None);
    assert_eq!(
        polled(&scene.directory(&[ANNA, BEN])),
        Some(vec![id_of(BEN), id_of(ANNA)])
    );
    assert_eq!(polled(&scene.directory(&[BEN, ANNA])), None);
    assert_eq!(polled(&scene.directory(&[ANNA])), Some(vec![id_of(ANNA)]));
}

#[test]
fn the_counts_add_up() {
    let mut scene = Scene::new();
    let excluded = ProcallUser {
        excluded: true,
        ..user("cleo@corp.example")
    };
    let users = vec![user(ANNA), user("nobody@corp.example"), excluded];
    scene.procall(ProcallEvent::Users(users));
    let snapshot = scene.snapshot();
    let coverage = &snapshot.coverage;
    assert_eq!(
        (coverage.procall_users, coverage.matched, coverage.excluded),
        (3, 1, 1)
    );
    assert_eq!(coverage.unmatched[&UnmatchedReason::NoEntraUser], 1);
    assert!(coverage.adds_up());
    assert_eq!(
        (
            snapshot.rows.len(),
            snapshot.reads.len(),
            snapshot.unmatched.len()
        ),
        (1, 1, 1)
    );
    let out = &snapshot.excluded;
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].user_name.as_str(), "cleo@corp.example");
}

fn facts(teams_right: Option<bool>, obstacles: &[Obstacle]) -> ProcallEvent {
    ProcallEvent::Facts(vec![UserFacts {
        user_name: UserName::new("Anna@corp.example"),
        teams_right,
        shows: None,
        obstacles: obstacles.to_vec(),
    }])
}

#[test]
fn what_procall_says_of_a_user_stands_on_the_row_until_it_says_otherwise() {
    let mut scene = Scene::new();
    let both = [Obstacle::SetPresenceRefused, Obstacle::CallsHidden];
    let effects = scene.procall(facts(Some(true), &both));
    assert!(notices(&effects).is_empty());
    assert_eq!(scene.row(ANNA).teams_right, Some(true));
    let kept: Vec<_> = scene.row(ANNA).notes.to_vec();
    let wanted = [Obstacle::CallsHidden, Obstacle::SetPresenceRefused].map(Note::Obstacle);
    assert_eq!(kept, wanted);
    assert!(scene.row(BEN).notes.is_empty());
    scene.procall(facts(None, &[]));
    assert_eq!(scene.row(ANNA).teams_right, None);
    assert!(scene.row(ANNA).notes.is_empty());
}

fn shown(state: ShownState) -> ProcallEvent {
    ProcallEvent::Facts(vec![UserFacts {
        user_name: UserName::new("Anna@corp.example"),
        teams_right: None,
        shows: Some(ShownPresence {
            state,
            in_a_call: false,
        }),
        obstacles: Vec::new(),
    }])
}

fn own_and_made(scene: &mut Scene) -> (Option<ShownState>, Option<ProcallPresence>) {
    let shown = scene.row(ANNA).in_procall();
    (shown.own.map(|own| own.state), shown.made)
}

#[test]
fn a_row_says_what_procall_shows_and_what_teams_makes_of_it() {
    let mut scene = Scene::new();
    assert_eq!(own_and_made(&mut scene), (None, None));
    scene.procall(shown(ShownState::Available));
    let present = Some(ShownState::Available);
    assert_eq!(own_and_made(&mut scene), (present, None));

    let made = Some(ProcallPresence::DoNotDisturb);
    scene.shows(ANNA, "DoNotDisturb/Presenting");
    assert_eq!(own_and_made(&mut scene), (present, made));
    // ProCall now shows it: what it showed before is still said.
    scene.procall(shown(ShownState::DoNotDisturb));
    assert_eq!(own_and_made(&mut scene), (present, made));
    scene.shows(ANNA, "Available/Available");
    scene.procall(shown(ShownState::Available));
    assert_eq!(own_and_made(&mut scene), (present, None));

    // Somebody's own: Teams changes nothing.
    scene.procall(shown(ShownState::DoNotDisturb));
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    let own = Some(ShownState::DoNotDisturb);
    assert_eq!(own_and_made(&mut scene), (own, None));
}

/// It may be another by now.
#[test]
fn what_a_silent_procall_showed_is_not_shown() {
    let mut scene = Scene::new();
    scene.procall(shown(ShownState::Absent));
    scene.procall(ProcallEvent::Silent(Duration::from_secs(100)));
    assert_eq!(scene.row(ANNA).shows, None);
    scene.procall(ProcallEvent::Calls(Vec::new()));
    assert_eq!(own_and_made(&mut scene).0, Some(ShownState::Absent));
}

#[test]
fn facts_that_come_before_the_directory_are_on_the_first_row() {
    let mut scene = Scene::blank(crate::Mode::Writing);
    scene.procall(facts(Some(false), &[Obstacle::NotVisible]));
    scene.users(&[ANNA]);
    scene.directory(&[ANNA]);
    assert_eq!(scene.row(ANNA).teams_right, Some(false));
    assert_eq!(scene.note_codes(ANNA), ["obstacle"]);
}

#[test]
fn users_that_stay_keep_what_is_known_of_them() {
    let mut scene = Scene::with_lease();
    scene.shows(ANNA, "Busy/InACall");
    let before = scene.row(ANNA);
    let effects = scene.users(&["new@corp.example", ANNA]);
    assert!(writes(&effects).is_empty());
    assert_eq!(*scene.row(ANNA), *before);
    assert!(scene.snapshot().read_mark(0).read_at.is_some());
}

#[test]
fn a_user_that_vanishes_gives_its_lease_back() {
    let mut scene = Scene::with_lease();
    assert_eq!(writes(&scene.users(&[BEN])), [WriteOp::Clear]);
    scene.accept();
    let end = scene.wait(20);
    assert!(
        end.iter()
            .any(|effect| matches!(effect, Effect::LedgerRemove(_)))
    );
}

#[test]
fn a_user_that_comes_back_on_the_phone_gets_a_lease_again() {
    let mut scene = Scene::with_lease();
    scene.directory(&[BEN]);
    scene.accept();
    assert_eq!(writes(&scene.directory(&[ANNA, BEN])), [IN_A_CALL]);
    assert!(
        told(&scene.shows(ANNA, "Busy/InACall")).is_empty(),
        "still ours"
    );
}

#[test]
fn what_we_made_of_procall_is_taken_back_when_a_user_is_not_matched_any_more() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    assert_eq!(told(&scene.directory(&[BEN])), ["unchanged neutral"]);
}

#[test]
fn quarantine_is_a_reason_and_lifts_nothing() {
    let mut scene = Scene::new();
    scene.shows(ANNA, "DoNotDisturb/DoNotDisturb");
    let failure = Failure::new(FailureKind::Server, "Graph answered 500 for this id");
    let effects = scene.step(Event::Quarantined {
        id: id_of(ANNA),
        failure,
    });
    assert!(told(&effects).is_empty());
    assert_eq!(polled(&effects), Some(vec![id_of(BEN)]));
    let snapshot = scene.snapshot();
    assert_eq!(
        snapshot.coverage.unmatched[&UnmatchedReason::Quarantined],
        1
    );
    assert!(snapshot.coverage.adds_up());
    let effects = scene.step(Event::Released(id_of(ANNA)));
    assert_eq!(polled(&effects), Some(vec![id_of(ANNA), id_of(BEN)]));
    assert_eq!(
        told(&scene.shows(ANNA, "Available/Available")),
        ["unchanged neutral"]
    );
}

#[test]
fn a_directory_that_is_not_believed_changes_nothing_and_is_said() {
    let mut scene = Scene::with_lease();
    let doubt = Failure::new(FailureKind::Garbled, "Graph listed 0 users");
    let effects = scene.step(Event::DirectoryFailed(doubt));
    assert!(writes(&effects).is_empty());
    assert_eq!(
        lines(&effects),
        ["the directory stays as it was: Graph listed 0 users"]
    );
    assert_eq!(scene.snapshot().coverage.matched, 2);
    assert!(scene.snapshot().directory.failure.is_some());
    scene.directory(&[ANNA, BEN]);
    assert!(scene.snapshot().directory.failure.is_none());
}

#[test]
fn one_id_under_two_names_has_one_lamp() {
    let mut scene = Scene::new();
    let twin = model::presence::EntraUser {
        id: id_of(ANNA),
        ..super::scene::account(BEN)
    };
    let users = vec![super::scene::account(ANNA), twin];
    scene.step(Event::Directory {
        users: users.into_iter().collect(),
        full: false,
    });
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.coverage.matched, 1);
    assert!(snapshot.coverage.adds_up());
}
