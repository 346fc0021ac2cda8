use std::sync::Arc;

use jiff::SignedDuration;
use model::problem::{Problem, ProblemKind, Severity};
use model::snapshot::Note;

use super::*;

const AFTER: Duration = Duration::from_mins(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_439_047 + seconds).unwrap()
}

fn finding(key: &str, weight: Weight, affected: usize) -> Finding {
    Finding {
        key: key.to_owned(),
        weight,
        problem: Problem {
            kind: ProblemKind::ProcallFails("no such file".into()),
            severity: Severity::Bad,
            since: None,
            affected,
            user: None,
        },
    }
}

fn seen(findings: impl IntoIterator<Item = Finding>) -> Seen {
    Seen {
        findings: findings.into_iter().collect(),
        whole: true,
        ..Seen::default()
    }
}

fn of(keys: &[&str]) -> Seen {
    seen(keys.iter().map(|key| finding(key, Weight::Error, 3)))
}

fn problems() -> Problems {
    Problems::new(AFTER, Lang::En)
}

/// What is told, by key and turn.
fn told(alerts: &[Alert]) -> Vec<(String, Turn)> {
    let key = |alert: &Alert| alert.problem.id.split('#').next().unwrap().to_owned();
    alerts.iter().map(|it| (key(it), it.event)).collect()
}

/// Lives through seconds, a look each, with what is there in each of them.
fn live(
    problems: &mut Problems,
    seconds: std::ops::Range<i64>,
    there: impl Fn(i64) -> Seen,
) -> Vec<(i64, String, Turn)> {
    let mut all = Vec::new();
    for second in seconds {
        let alerts = problems.step(&there(second), at(second));
        let alerts = told(&alerts).into_iter();
        all.extend(alerts.map(|(key, turn)| (second, key, turn)));
    }
    all
}

fn event(second: i64, key: &str, turn: Turn) -> (i64, String, Turn) {
    (second, key.to_owned(), turn)
}

#[test]
fn a_problem_that_lasts_is_told_once_and_its_end_as_well() {
    let mut problems = problems();
    let there = |second| match second {
        10..300 => of(&["a"]),
        _ => of(&[]),
    };
    let all = live(&mut problems, 0..600, there);
    let expected = [event(70, "a", Turn::Begin), event(360, "a", Turn::End)];
    assert_eq!(all, expected);
    assert_eq!(problems.told().count(), 0);
    assert_eq!(problems.due(), None);
}

#[test]
fn what_does_not_last_is_told_to_nobody() {
    let there = |second| match second {
        10..69 | 80..139 => of(&["a"]),
        _ => of(&[]),
    };
    assert_eq!(live(&mut problems(), 0..600, there), []);
}

#[test]
fn what_comes_and_goes_is_one_begin_and_one_end() {
    let there = |second: i64| match second {
        0..100 => of(&["a"]),
        // Half a minute there, half a minute gone.
        100..1000 if second / 30 % 2 == 0 => of(&["a"]),
        _ => of(&[]),
    };
    let all = live(&mut problems(), 0..2000, there);
    let last_seen = (100..1000).rfind(|second| second / 30 % 2 == 0).unwrap();
    let expected = [
        event(60, "a", Turn::Begin),
        event(last_seen + 61, "a", Turn::End),
    ];
    assert_eq!(all, expected);
}

#[test]
fn without_a_wait_everything_is_told_at_once() {
    let mut problems = Problems::new(Duration::ZERO, Lang::En);
    let there = |second: i64| if second % 2 == 0 { of(&["a"]) } else { of(&[]) };
    let all = live(&mut problems, 0..4, there);
    let turns: Vec<_> = all.into_iter().map(|(_, _, turn)| turn).collect();
    assert_eq!(turns, [Turn::Begin, Turn::End, Turn::Begin, Turn::End]);
}

#[test]
fn many_at_once_are_one_alert_each_in_their_order() {
    let keys: Vec<_> = (0..40).map(|n| format!("problem{n:02}")).collect();
    let there = seen(keys.iter().rev().map(|key| finding(key, Weight::Error, 1)));
    let mut problems = problems();
    assert_eq!(problems.step(&there, at(0)), []);
    assert_eq!(problems.due(), Some(at(60)));
    let alerts = problems.step(&there, at(60));
    let order: Vec<_> = told(&alerts).into_iter().map(|(key, _)| key).collect();
    assert!(order.iter().eq(keys.iter().rev()), "{order:?}");
    assert_eq!(problems.step(&there, at(61)), []);
    let mut ids: Vec<_> = alerts.iter().map(|alert| &alert.problem.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 40);
}

#[test]
fn it_is_told_again_when_it_gets_worse_and_not_when_it_gets_better() {
    let mut problems = problems();
    let there = |second| {
        let weight = match second {
            100..300 | 400..420 => Weight::Critical,
            _ => Weight::Warning,
        };
        seen([finding("a", weight, 3)])
    };
    let all = live(&mut problems, 0..600, there);
    let expected = [event(60, "a", Turn::Begin), event(160, "a", Turn::Worse)];
    assert_eq!(all, expected);
    let (_, lasting) = problems.told().next().unwrap();
    assert_eq!(lasting.severity, Weight::Critical);
}

#[test]
fn begin_and_end_are_of_the_same_problem_and_the_next_is_another() {
    let mut problems = problems();
    let first = problems.step(&of(&["a"]), at(0));
    assert_eq!(first, []);
    let begin = problems.step(&seen([finding("a", Weight::Error, 7)]), at(60));
    problems.step(&seen([finding("a", Weight::Error, 31)]), at(90));
    problems.step(&of(&[]), at(100));
    let end = problems.step(&of(&[]), at(160));
    assert_eq!(begin[0].problem.id, end[0].problem.id);
    assert_eq!(begin[0].problem.began, at(0));
    assert_eq!(
        (begin[0].problem.affected, end[0].problem.affected),
        (7, 31)
    );
    problems.step(&of(&["a"]), at(200));
    let again = problems.step(&of(&["a"]), at(260));
    assert_ne!(again[0].problem.id, begin[0].problem.id);
}

/// What was told before the process ended.
fn restored(from: &Problems, now: Timestamp) -> Problems {
    let told = from.told();
    let told = told.map(|(key, lasting)| (key.clone(), lasting.clone()));
    let mut problems = problems();
    problems.restore(told.collect(), now);
    problems
}

#[test]
fn a_restart_repeats_no_begin_and_forgets_no_end() {
    let mut before = problems();
    before.step(&of(&["a", "b", "early"]), at(0));
    let begun = before.step(&of(&["a", "b"]), at(60));
    assert_eq!(begun.len(), 2);
    let mut after = restored(&before, at(500));
    // Nothing has been polled yet: nobody knows what is gone.
    let unknown = Seen::default();
    assert_eq!(live(&mut after, 500..800, |_| unknown.clone()), []);
    // "a" lasts, "b" ended while nobody looked.
    let all = live(&mut after, 800..1000, |_| of(&["a"]));
    assert_eq!(all, [event(860, "b", Turn::End)]);
    let end = live(&mut after, 1000..1200, |_| of(&[]));
    assert_eq!(end, [event(1060, "a", Turn::End)]);
}

#[test]
fn what_may_follow_from_an_outage_has_not_ended() {
    let mut problems = problems();
    let lesser = || finding("write_fails", Weight::Error, 3);
    live(&mut problems, 0..100, |_| seen([lesser()]));
    let outage = || Seen {
        hidden: true,
        ..seen([finding("no_token", Weight::Critical, 31)])
    };
    let all = live(&mut problems, 100..400, |_| outage());
    assert_eq!(all, [event(160, "no_token", Turn::Begin)]);
    // The outage is over, and writing has failed all the time.
    let all = live(&mut problems, 400..600, |_| seen([lesser()]));
    assert_eq!(all, [event(460, "no_token", Turn::End)]);
}

#[test]
fn another_wait_holds_at_once() {
    let mut problems = problems();
    problems.step(&of(&["a"]), at(0));
    problems.set_after(Duration::from_secs(10));
    assert_eq!(problems.due(), Some(at(10)));
    assert_eq!(problems.step(&of(&["a"]), at(10)).len(), 1);
}

#[test]
fn times_are_told_by_the_clock_of_the_machine() {
    let mut problems = Problems::new(Duration::ZERO, Lang::En);
    let there = Seen {
        ahead: SignedDuration::from_secs(-3600),
        ..of(&["a"])
    };
    let begin = problems.step(&there, at(0));
    assert_eq!(
        (begin[0].at, begin[0].problem.began),
        (at(-3600), at(-3600))
    );
}

#[test]
fn what_is_told_is_a_problem_in_words_with_its_cause() {
    let mut problems = Problems::new(Duration::ZERO, Lang::En);
    let trouble = model::cause::Trouble::new(
        model::cause::Cause::Server { status: Some(503) },
        "anna@corp.example: 503",
    );
    let mut of_users = finding("write_failing/server", Weight::Error, 2);
    of_users.problem.kind = ProblemKind::OfUsers(Note::WriteFailing(Arc::new(trouble)));
    let alerts = problems.step(&seen([of_users]), at(0));
    let snapshot = crate::bridge::Snapshot::empty(Arc::default(), at(0));
    let json = alerts[0].json(&snapshot.tenant, Lang::En);
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["event"], "begin");
    assert_eq!(
        (&read["code"], &read["severity"]),
        (&"write_failing".into(), &"error".into())
    );
    assert_eq!(read["cause"]["server"]["status"], 503);
    assert_eq!(read["ended"], serde_json::Value::Null);
    assert!(read["text"].as_str().unwrap().contains("2 users"), "{json}");
    assert!(!json.contains('@') && !json.contains("anna"), "{json}");
}
