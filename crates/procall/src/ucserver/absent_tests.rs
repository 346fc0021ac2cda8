use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::super::ledger_file::Remembered;
use super::*;

const LEASE: Duration = Duration::from_mins(10);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn anna() -> UserName {
    UserName::new("anna@corp.example")
}

fn contact() -> ContactUri {
    ContactUri::new("sip:anna@corp.example")
}

fn shown(state: i64, until: Option<Timestamp>) -> AbsentState {
    serde_json::from_value(json!({"eAbsentState": state, "stTimeTo": until})).unwrap()
}

fn nothing() -> AbsentState {
    shown(0, None)
}

fn leases() -> AbsentLeases {
    AbsentLeases::new(LEASE, 5, false)
}

/// Wishes do not disturb for somebody whose presence we may set.
fn wishing(leases: &mut AbsentLeases) {
    leases.wish(&anna(), ProcallPresence::DoNotDisturb, at(0));
    leases.found(&anna().key(), &contact(), true);
    leases.look(&anna().key(), at(0));
}

fn action(leases: &mut AbsentLeases, now: Timestamp) -> Option<Action> {
    leases.next_step(now).map(|step| step.action)
}

/// Sets it, from the read to the answer; returns its end.
fn held(leases: &mut AbsentLeases) -> Timestamp {
    wishing(leases);
    assert_eq!(action(leases, at(0)), Some(Action::Read));
    leases.was_read(&anna().key(), &nothing(), at(0));
    let until = advance(at(0), LEASE);
    assert_eq!(
        action(leases, at(0)),
        Some(Action::Set(Manual::DoNotDisturb, until))
    );
    leases.was_written(&anna().key(), true, at(0));
    until
}

#[test]
fn it_reads_sets_and_renews_at_half() {
    let mut leases = leases();
    let until = held(&mut leases);
    assert_eq!(leases.next_due(), Some(at(300)));
    assert_eq!(action(&mut leases, at(299)), None);
    assert_eq!(action(&mut leases, at(300)), Some(Action::Read));
    leases.was_read(&anna().key(), &shown(3, Some(until)), at(300));
    assert_eq!(
        action(&mut leases, at(300)),
        Some(Action::Set(Manual::DoNotDisturb, at(900)))
    );
}

#[test]
fn it_is_taken_back_only_if_it_is_still_ours() {
    let mut ours = leases();
    let until = held(&mut ours);
    ours.wish(&anna(), ProcallPresence::Unchanged, at(60));
    assert_eq!(action(&mut ours, at(60)), Some(Action::Read));
    ours.was_read(&anna().key(), &shown(3, Some(until)), at(60));
    assert_eq!(action(&mut ours, at(60)), Some(Action::Reset));
    ours.was_written(&anna().key(), true, at(60));
    assert!(ours.is_idle());

    let mut foreign = leases();
    held(&mut foreign);
    foreign.wish(&anna(), ProcallPresence::Unchanged, at(60));
    assert_eq!(action(&mut foreign, at(60)), Some(Action::Read));
    foreign.was_read(&anna().key(), &shown(3, None), at(60));
    assert_eq!(action(&mut foreign, at(10_000)), None);
    assert!(foreign.is_idle());
}

#[test]
fn a_foreign_manual_presence_is_never_overwritten() {
    let mut leases = leases();
    wishing(&mut leases);
    assert_eq!(action(&mut leases, at(0)), Some(Action::Read));
    leases.was_read(&anna().key(), &shown(1, None), at(0));
    assert_eq!(action(&mut leases, at(1)), None);
    assert_eq!(
        leases.obstacle(&anna().key()),
        Some(Obstacle::ForeignPresence)
    );
    leases.seen(&anna().key(), &nothing(), at(20));
    assert_eq!(action(&mut leases, at(20)), Some(Action::Read));
    leases.was_read(&anna().key(), &nothing(), at(20));
    assert!(matches!(action(&mut leases, at(20)), Some(Action::Set(..))));
}

#[test]
fn without_the_right_nothing_is_asked_and_the_reason_is_named() {
    let mut leases = leases();
    leases.wish(&anna(), ProcallPresence::BusyInACall, at(0));
    leases.found(&anna().key(), &contact(), false);
    leases.look(&anna().key(), at(0));
    assert_eq!(action(&mut leases, at(0)), None);
    assert_eq!(
        leases.obstacle(&anna().key()),
        Some(Obstacle::MayNotSetPresence)
    );
    assert_eq!(leases.take_changed().len(), 1);
}

#[test]
fn one_that_was_displaced_is_set_again() {
    let mut leases = leases();
    held(&mut leases);
    leases.seen(&anna().key(), &nothing(), at(30));
    assert_eq!(action(&mut leases, at(30)), Some(Action::Read));
    leases.was_read(&anna().key(), &nothing(), at(30));
    assert!(matches!(action(&mut leases, at(30)), Some(Action::Set(..))));
}

/// What an earlier run has set, by its ledger: until this time, or until that one.
fn remembering(leases: &mut AbsentLeases, ends: &[Timestamp], now: Timestamp) {
    let held = |until: &Timestamp| Held {
        manual: Manual::DoNotDisturb,
        until: *until,
    };
    let entry = Remembered {
        user: anna(),
        held: ends.iter().map(held).collect(),
    };
    leases.remember(vec![entry]);
    leases.found(&anna().key(), &contact(), true);
    leases.look(&anna().key(), now);
}

#[test]
fn what_an_earlier_run_has_set_is_adopted_where_it_is_wanted() {
    let (mut leases, key) = (leases(), anna().key());
    remembering(&mut leases, &[at(200), at(500)], at(0));
    assert_eq!(action(&mut leases, at(1)), None, "the bridge has its say");
    leases.wish(&anna(), ProcallPresence::DoNotDisturb, at(1));
    assert_eq!(action(&mut leases, at(1)), Some(Action::Read));
    leases.was_read(&key, &shown(3, Some(at(500))), at(1));
    assert_eq!(leases.obstacle(&key), None);
    assert_eq!(leases.next_due(), Some(at(200)), "renewed at half, not set");
    assert!(leases.take_forgotten().is_empty());
}

/// What Teams shows may not be known for long; the end of the program takes it back all the same.
#[rstest]
#[case::the_bridge_has_its_say(|leases: &mut AbsentLeases| leases.wish(&anna(), ProcallPresence::Unchanged, at(400)))]
#[case::the_program_ends(|leases: &mut AbsentLeases| leases.farewell(at(400)))]
fn what_an_earlier_run_has_set_is_taken_back_where_nobody_wants_it(
    #[case] happens: fn(&mut AbsentLeases),
) {
    let (mut leases, key) = (leases(), anna().key());
    remembering(&mut leases, &[at(500)], at(0));
    leases.look(&key, at(399));
    assert_eq!(action(&mut leases, at(399)), None, "nobody knows yet");
    happens(&mut leases);
    assert_eq!(action(&mut leases, at(400)), Some(Action::Read));
    leases.was_read(&key, &shown(3, Some(at(500))), at(400));
    assert_eq!(action(&mut leases, at(400)), Some(Action::Reset));
    leases.was_written(&key, true, at(400));
    assert_eq!(leases.take_forgotten(), std::slice::from_ref(&key));
    assert!(leases.is_idle());
}

/// By hand, since: it is not ours, whatever the ledger says.
#[test]
fn what_an_earlier_run_has_set_and_somebody_has_replaced_is_left_alone() {
    let (mut leases, key) = (leases(), anna().key());
    remembering(&mut leases, &[at(500)], at(0));
    leases.wish(&anna(), ProcallPresence::Unchanged, at(1));
    assert_eq!(action(&mut leases, at(1)), Some(Action::Read));
    leases.was_read(&key, &shown(3, None), at(1));
    assert_eq!(action(&mut leases, at(10_000)), None);
    assert_eq!(leases.take_forgotten(), [key]);
}

/// The session broke off, or the answer never came: it may be set all the same, and then it is ours.
#[test]
fn what_was_set_without_an_answer_is_known_again() {
    let (mut leases, key) = (leases(), anna().key());
    wishing(&mut leases);
    assert_eq!(action(&mut leases, at(0)), Some(Action::Read));
    leases.was_read(&key, &nothing(), at(0));
    let step = leases.next_step(at(0)).unwrap();
    let kept = leases.may_be_set(&step).unwrap();
    assert_eq!(kept.held.len(), 1, "on disk before it is set");
    leases.session_began(SignedDuration::ZERO);
    leases.found(&key, &contact(), true);
    leases.look(&key, at(5));
    assert_eq!(action(&mut leases, at(5)), Some(Action::Read));
    leases.was_read(&key, &shown(3, Some(kept.held[0].until)), at(5));
    assert_eq!(leases.obstacle(&key), None, "it is ours");
    assert_eq!(leases.next_due(), Some(at(300)));
}

#[test]
fn at_the_end_nobody_waits_for_the_usual_pace() {
    let mut leases = leases();
    let until = held(&mut leases);
    leases.farewell(at(1));
    assert_eq!(action(&mut leases, at(1)), Some(Action::Read));
    leases.was_read(&anna().key(), &shown(3, Some(until)), at(1));
    assert_eq!(action(&mut leases, at(1)), Some(Action::Reset));
    leases.was_written(&anna().key(), true, at(1));
    assert!(leases.is_idle() && leases.held_by().next().is_none());
}

/// Whoever, or whatever, takes it away each time is not fought: 30 s, 1 min, 2 min, at most half a
/// lease.
#[test]
fn what_vanishes_each_time_is_set_again_ever_more_seldom() {
    let mut leases = leases();
    held(&mut leases);
    let (key, mut second) = (anna().key(), 10);
    leases.seen(&key, &nothing(), at(second));
    assert_eq!(action(&mut leases, at(second)), Some(Action::Read));
    leases.was_read(&key, &nothing(), at(second));
    for wait in [30, 60, 120, 240, 300, 300] {
        assert!(matches!(
            action(&mut leases, at(second)),
            Some(Action::Set(..))
        ));
        leases.was_written(&key, true, at(second));
        leases.seen(&key, &nothing(), at(second));
        assert_eq!(action(&mut leases, at(second + 1)), Some(Action::Read));
        leases.was_read(&key, &nothing(), at(second + 1));
        second += 1 + wait;
        assert_eq!(leases.next_due(), Some(at(second)));
        assert_eq!(action(&mut leases, at(second)), Some(Action::Read));
        leases.was_read(&key, &nothing(), at(second));
    }
}

#[test]
fn what_became_of_a_wish_is_told_once() {
    let mut leases = leases();
    let key = anna().key();
    let until = held(&mut leases);
    let told = |leases: &mut AbsentLeases| {
        let news = leases.take_news().into_iter();
        news.map(|(_, step)| step).collect::<Vec<_>>()
    };
    let shown_as_set = ProcallPresence::DoNotDisturb;
    assert_eq!(told(&mut leases), [PresenceStep::Accepted(shown_as_set)]);
    for _ in 0..2 {
        leases.seen(&key, &shown(3, Some(until)), at(1));
    }
    assert_eq!(told(&mut leases), [PresenceStep::ReadBack(shown_as_set)]);
    assert_eq!(action(&mut leases, at(300)), Some(Action::Read));
    leases.was_read(&key, &shown(3, Some(until)), at(300));
    assert!(matches!(
        action(&mut leases, at(300)),
        Some(Action::Set(..))
    ));
    leases.was_written(&key, true, at(300));
    assert_eq!(told(&mut leases), [], "a renewal is no news");
    leases.seen(&key, &shown(1, None), at(310));
    assert_eq!(action(&mut leases, at(310)), Some(Action::Read));
    leases.was_read(&key, &shown(1, None), at(310));
    assert_eq!(told(&mut leases), [PresenceStep::Gone]);
}

/// The end of a lease is written in UCServer's time, and counted in it.
#[test]
fn a_server_whose_clock_is_off_keeps_a_lease_as_long_as_we_do() {
    for ahead in [
        SignedDuration::from_hours(1),
        SignedDuration::from_hours(-1),
    ] {
        let mut leases = leases();
        leases.session_began(ahead);
        wishing(&mut leases);
        assert_eq!(action(&mut leases, at(0)), Some(Action::Read));
        leases.was_read(&anna().key(), &nothing(), at(0));
        let until = advance(at(0), LEASE).saturating_add(ahead).unwrap();
        assert_eq!(
            action(&mut leases, at(0)),
            Some(Action::Set(Manual::DoNotDisturb, until))
        );
        leases.was_written(&anna().key(), true, at(0));
        assert_eq!(leases.next_due(), Some(at(300)));
    }
}

#[test]
fn of_somebody_who_is_gone_nothing_is_asked_any_more() {
    let mut leases = leases();
    held(&mut leases);
    leases.lost(&anna().key());
    assert_eq!(leases.next_due(), None);
    assert!(leases.is_idle());
    assert!(leases.found(&anna().key(), &contact(), true));
    leases.look(&anna().key(), at(50));
    assert_eq!(action(&mut leases, at(50)), Some(Action::Read));
}

#[test]
fn a_wish_that_changes_while_it_is_set_is_followed() {
    let mut leases = leases();
    wishing(&mut leases);
    assert_eq!(action(&mut leases, at(0)), Some(Action::Read));
    leases.was_read(&anna().key(), &nothing(), at(0));
    assert!(matches!(action(&mut leases, at(0)), Some(Action::Set(..))));
    leases.wish(&anna(), ProcallPresence::Unchanged, at(1));
    assert_eq!(action(&mut leases, at(1)), None);
    leases.was_written(&anna().key(), true, at(1));
    assert_eq!(action(&mut leases, at(1)), Some(Action::Read));
}

#[test]
fn a_suspension_takes_back_what_is_held() {
    let mut leases = leases();
    let until = held(&mut leases);
    leases.suspend(true, at(5));
    assert_eq!(action(&mut leases, at(5)), Some(Action::Read));
    leases.was_read(&anna().key(), &shown(3, Some(until)), at(5));
    assert_eq!(action(&mut leases, at(5)), Some(Action::Reset));
    leases.was_written(&anna().key(), true, at(5));
    assert_eq!(action(&mut leases, at(1_000)), None);
    leases.suspend(false, at(1_000));
    assert_eq!(action(&mut leases, at(1_000)), Some(Action::Read));
}

#[test]
fn a_new_session_looks_again_before_it_writes() {
    let mut leases = leases();
    let until = held(&mut leases);
    leases.session_began(SignedDuration::ZERO);
    assert_eq!(action(&mut leases, at(40)), None, "not found yet");
    assert!(leases.found(&anna().key(), &contact(), true));
    leases.look(&anna().key(), at(41));
    assert_eq!(action(&mut leases, at(41)), Some(Action::Read));
    leases.was_read(&anna().key(), &shown(3, Some(until)), at(41));
    assert_eq!(leases.next_due(), Some(at(300)));
}

#[test]
fn writes_are_spaced() {
    let mut leases = leases();
    for n in 0..3 {
        let user = UserName::new(&format!("user{n}"));
        leases.wish(&user, ProcallPresence::BusyInACall, at(0));
        leases.found(&user.key(), &contact(), true);
        leases.look(&user.key(), at(0));
    }
    assert_eq!(action(&mut leases, at(0)), Some(Action::Read));
    assert_eq!(action(&mut leases, at(0)), None);
    assert_eq!(
        leases.next_due(),
        Some(advance(at(0), Duration::from_millis(200)))
    );
}

proptest! {
    /// Whatever happens, nothing is set over, or taken back from, a state that is not ours.
    #[test]
    fn a_foreign_state_is_never_touched(steps in prop::collection::vec(0_u8..7, 1..60)) {
        let mut leases = leases();
        let mut server = nothing();
        let mut now = at(0);
        let key = anna().key();
        for step in steps {
            now = advance(now, Duration::from_mins(1));
            match step {
                0 => leases.wish(&anna(), ProcallPresence::DoNotDisturb, now),
                1 => leases.wish(&anna(), ProcallPresence::BusyInACall, now),
                2 => leases.wish(&anna(), ProcallPresence::Unchanged, now),
                3 => server = shown(3, None),
                4 => server = nothing(),
                5 => leases.session_began(SignedDuration::ZERO),
                _ => leases.seen(&key, &server, now),
            }
            if leases.found(&key, &contact(), true) {
                leases.look(&key, now);
            }
            while let Some(step) = leases.next_step(now) {
                let foreign = server.is_manual() && server.until.is_none();
                match step.action {
                    Action::Read => leases.was_read(&key, &server, now),
                    Action::Set(manual, until) => {
                        prop_assert!(!foreign);
                        server = shown(manual.wire(), Some(until));
                        leases.was_written(&key, true, now);
                    }
                    Action::Reset => {
                        prop_assert!(!foreign);
                        server = nothing();
                        leases.was_written(&key, true, now);
                    }
                }
                now = advance(now, Duration::from_secs(1));
            }
        }
    }
}
