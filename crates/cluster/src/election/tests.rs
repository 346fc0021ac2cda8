use rstest::rstest;

use super::*;
use crate::memory::Engine;

fn at(millis: u64) -> Timestamp {
    advance(Timestamp::UNIX_EPOCH, Duration::from_millis(millis))
}

fn fence(token: u64) -> Fence {
    Fence {
        member: MemberId(1),
        token: Token(token),
    }
}

fn granted(is_clean: bool) -> Answer {
    Answer::Granted {
        fence: fence(7),
        is_clean,
    }
}

/// A member that has asked to lead at 0.
fn asking() -> Election {
    let mut election = Election::new(Rules::default(), MemberId(1), at(0));
    let effects = election.step(Event::Wake, at(0));
    assert!(matches!(
        effects.as_slice(),
        [Effect::Ask(AskId(0), Request::Acquire { .. })]
    ));
    election
}

/// A member that leads since 0, after a clean hand-over.
fn leading() -> Election {
    let mut election = asking();
    election.step(Event::Answered(AskId(0), granted(true)), at(0));
    election
}

#[rstest]
#[case::after_a_crash_one_request_timeout(false, 1_500)]
#[case::after_a_clean_end_at_once(true, 0)]
fn a_new_leader_waits_for_what_the_old_one_has_under_way(
    #[case] is_clean: bool,
    #[case] wait: u64,
) {
    let mut election = asking();
    election.step(Event::Answered(AskId(0), granted(is_clean)), at(100));
    assert_eq!(wait == 0, election.right(at(100)).is_some());
    assert_eq!(
        None,
        wait.checked_sub(1)
            .and_then(|early| election.right(at(100 + early)))
    );
    assert!(election.right(at(100 + wait)).is_some());
}

#[test]
fn the_right_counts_from_before_the_question_was_sent() {
    let mut election = asking();
    election.step(Event::Answered(AskId(0), granted(true)), at(900));
    let left = election.right(at(900)).map(|right| right.left);
    assert_eq!(Some(Duration::from_millis(3_100)), left);
}

#[test]
fn a_renewal_goes_out_every_two_seconds_and_lengthens_the_right() {
    let mut election = leading();
    assert_eq!(Some(at(2_000)), election.wake_at());
    let effects = election.step(Event::Wake, at(2_000));
    assert_eq!(
        vec![Effect::Ask(AskId(1), Request::Renew(fence(7)))],
        effects
    );
    election.step(Event::Answered(AskId(1), Answer::Renewed), at(2_900));
    assert!(election.right(at(5_999)).is_some());
    assert_eq!(None, election.right(at(6_000)));
}

#[test]
fn a_leader_steps_down_at_four_seconds_without_an_answer() {
    let mut election = leading();
    election.step(Event::Wake, at(2_000));
    election.step(Event::Wake, at(3_000));
    assert!(election.right(at(3_999)).is_some());
    assert_eq!(Some(at(4_000)), election.wake_at());
    assert_eq!(None, election.right(at(4_000)));
    let effects = election.step(Event::Wake, at(4_000));
    assert_eq!(vec![Effect::StepDown(StepDown::EngineLost)], effects);
    assert!(election.is_engine_lost(at(4_000)));
}

#[test]
fn an_answer_to_a_question_that_was_given_up_lengthens_nothing() {
    let mut election = leading();
    election.step(Event::Wake, at(2_000));
    election.step(Event::Wake, at(3_000));
    election.step(Event::Answered(AskId(1), Answer::Renewed), at(3_500));
    assert_eq!(None, election.right(at(4_000)));
}

#[test]
fn a_leader_that_wakes_late_with_an_old_grant_does_not_write() {
    let mut election = asking();
    let effects = election.step(Event::Answered(AskId(0), granted(true)), at(10_000));
    assert_eq!(
        Some(&Effect::StepDown(StepDown::EngineLost)),
        effects.last()
    );
    assert_eq!(None, election.right(at(10_000)));
}

#[test]
fn who_is_refused_steps_down_and_asks_again_with_what_it_has_seen() {
    let mut election = leading();
    election.step(Event::Wake, at(2_000));
    let effects = election.step(Event::Answered(AskId(1), Answer::Refused), at(2_010));
    assert_eq!(vec![Effect::StepDown(StepDown::Refused)], effects);
    let effects = election.step(Event::Wake, at(2_260));
    let again = Request::Acquire {
        member: MemberId(1),
        last_seen: Token(7),
    };
    assert_eq!(vec![Effect::Ask(AskId(2), again)], effects);
}

#[test]
fn a_standby_looks_when_the_leaders_time_is_up() {
    let mut election = asking();
    let held = Answer::Held {
        token: Token(9),
        left: Duration::from_millis(40),
    };
    election.step(Event::Answered(AskId(0), held), at(10));
    assert_eq!(Some(at(50)), election.wake_at());
}

#[rstest]
#[case::with_nothing_under_way(true, true)]
#[case::while_the_former_leader_may_have_something_under_way(false, false)]
fn a_leader_that_ends_releases_its_key(#[case] is_clean: bool, #[case] releases: bool) {
    let mut election = asking();
    election.step(Event::Answered(AskId(0), granted(is_clean)), at(0));
    let effects = election.step(Event::End, at(1_000));
    let release = Effect::Ask(AskId(1), Request::Release(fence(7)));
    assert_eq!(releases, effects.contains(&release));
    assert_eq!(Some(&Effect::StepDown(StepDown::Ended)), effects.last());
    assert_eq!(None, election.right(at(1_000)));
    assert_eq!(None, election.wake_at());
}

/// One who asks an engine in memory, and hears from it so much later.
struct Asking {
    election: Election,
    answers: Vec<(u64, AskId, Answer)>,
}

/// From a question to its answer.
const LATENCY: u64 = 100;

impl Asking {
    fn new(member: u64) -> Self {
        Self {
            election: Election::new(Rules::default(), MemberId(member), at(0)),
            answers: Vec::new(),
        }
    }

    fn tick(&mut self, engine: &mut Engine, now: u64) {
        while let Some(due) = self.answers.iter().position(|(time, ..)| *time <= now) {
            let (_, id, answer) = self.answers.remove(due);
            self.step(Event::Answered(id, answer), engine, now);
        }
        if self.election.wake_at().is_some_and(|wake| wake <= at(now)) {
            self.step(Event::Wake, engine, now);
        }
    }

    fn step(&mut self, event: Event, engine: &mut Engine, now: u64) {
        for effect in self.election.step(event, at(now)) {
            if let Effect::Ask(id, request) = effect {
                let answer = engine.answer(request, at(now));
                self.answers.push((now + LATENCY, id, answer));
            }
        }
    }

    fn writes(&self, now: u64) -> bool {
        self.election.right(at(now)).is_some()
    }
}

/// Wherever between two renewals the leader is when it is killed, ends or yields.
#[rstest]
#[case::after_a_crash(None, 8_000)]
#[case::after_a_clean_end(Some(Event::End), 1_000)]
#[case::from_one_that_yields(Some(Event::Yield), 8_000)]
fn a_standby_takes_over_in_time(#[case] goes: Option<Event>, #[case] within: u64) {
    for gone in (20_000..22_300).step_by(30) {
        let mut engine = Engine::empty(Rules::default(), 1);
        let (mut leader, mut standby) = (Asking::new(1), Asking::new(2));
        for now in (0..gone).step_by(10) {
            leader.tick(&mut engine, now);
            standby.tick(&mut engine, now);
        }
        assert!(leader.writes(gone) && !standby.writes(gone));
        if let Some(event) = goes {
            leader.step(event, &mut engine, gone);
        }
        let stays = goes == Some(Event::Yield);
        let mut times = (gone..gone + within).step_by(10);
        let writes = times.any(|now| {
            standby.tick(&mut engine, now);
            if stays {
                leader.tick(&mut engine, now);
                assert!(!leader.writes(now) && !leader.election.is_engine_lost(at(now)));
            }
            standby.writes(now)
        });
        assert!(writes, "gone at {gone} ms");
    }
}

#[test]
fn who_has_yielded_leads_again_where_nobody_else_does() {
    let mut engine = Engine::empty(Rules::default(), 1);
    let mut leader = Asking::new(1);
    let mut writes_within = |leader: &mut Asking, times: std::ops::Range<u64>| {
        times.step_by(10).any(|now| {
            leader.tick(&mut engine, now);
            leader.writes(now)
        })
    };
    assert!(writes_within(&mut leader, 0..20_000));
    let effects = leader.election.step(Event::Yield, at(20_000));
    assert_eq!(effects, [Effect::StepDown(StepDown::Yielded)]);
    assert!(!writes_within(&mut leader, 20_000..28_000));
    assert!(writes_within(&mut leader, 28_000..31_000));
}

#[test]
fn who_does_not_lead_has_nothing_to_yield() {
    let mut standby = asking();
    assert_eq!(standby.step(Event::Yield, at(10)), []);
    let asks_again = standby.step(Event::Wake, at(1_000));
    assert!(matches!(asks_again.as_slice(), [Effect::Ask(..)]));
}
