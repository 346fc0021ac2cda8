//! Every state, every format read again by a parser that follows its specification.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::fixture;
use crate::look::Look;
use model::answer::{BudgetView, Failure, FailureKind, TokenView};
use model::cause::{Cause, Trouble};
use model::snapshot::{
    DirectoryView, LatencyView, Link, LinkStatus, Links, Mode, ObserveReason, PollView, Seen,
};
use words::{Lang, texts};

mod parsers;

use parsers::{checkmk_lines, nagios_output, prtg_sensor};

fn ago(seconds: u64) -> Timestamp {
    fixture::now() - Duration::from_secs(seconds)
}

/// All is well.
fn well() -> Snapshot {
    let mut snapshot = fixture::snapshot();
    let marks = snapshot.rows.iter().map(|_| model::snapshot::ReadMark {
        read_at: Some(ago(2)),
        latency: Duration::from_millis(45),
        failures: 0,
    });
    snapshot.reads = Arc::new(marks.collect());
    snapshot.started_at = ago(7_200);
    snapshot.seen = Seen::Attached { watchers: 1 };
    snapshot.poll = Arc::new(PollView {
        last_good_at: Some(ago(2)),
        ..(*snapshot.poll).clone()
    });
    snapshot.budget = BudgetView {
        used_30s: 6,
        allowed_30s: 1_200,
        ..BudgetView::default()
    };
    snapshot.directory = Arc::new(DirectoryView {
        full_at: Some(ago(600)),
        ..DirectoryView::default()
    });
    snapshot.token = TokenView {
        expires_at: Some(fixture::now() + Duration::from_mins(30)),
        ..TokenView::default()
    };
    snapshot
}

fn poll(snapshot: &mut Snapshot, change: impl FnOnce(&mut PollView)) {
    change(Arc::make_mut(&mut snapshot.poll));
}

fn trouble() -> Trouble {
    failure().trouble()
}

fn failure() -> Failure {
    Failure {
        cause: Cause::Server { status: Some(503) },
        ..Failure::new(
            FailureKind::Server,
            "Graph | has \"trouble\" #7\\n anna@corp",
        )
    }
}

fn broken(snapshot: &mut Snapshot, link: fn(&mut Links) -> &mut Link, status: LinkStatus) {
    *link(Arc::make_mut(&mut snapshot.links)) = Link {
        status,
        last_error: Some((ago(3), trouble())),
        ..Link::default()
    };
}

fn checked(snapshot: Snapshot) -> Checked {
    Checked::new(Arc::new(snapshot), fixture::now(), &Thresholds::default())
}

fn blind(state: State) -> Outcome {
    Err(Blind {
        state,
        code: "no_bridge",
        why: Words::new("keine | Brücke\\n#1", "no | bridge\\n#1"),
    })
}

type Change = fn(&mut Snapshot);

#[test]
fn while_all_is_well_nothing_asks_for_attention() {
    let checked = checked(well());
    assert_eq!(checked.state(None), State::Ok, "{checked:?}");
    assert_eq!(checked.flaws, []);
    assert_eq!(
        checked.measures.len(),
        Key::ALL.len() - 1,
        "all but the clock, of which nothing is known"
    );
}

#[rstest]
#[case::read_age(|s: &mut Snapshot| poll(s, |p| p.last_good_at = Some(ago(31))), Area::Reading, State::Warning)]
#[case::read_long_ago(|s: &mut Snapshot| poll(s, |p| p.last_good_at = Some(ago(121))), Area::Reading, State::Critical)]
#[case::never_read(|s: &mut Snapshot| poll(s, |p| p.last_good_at = None), Area::Reading, State::Critical)]
#[case::slow(|s: &mut Snapshot| poll(s, |p| p.latency = LatencyView { p95: Duration::from_secs(4), ..p.latency }), Area::Reading, State::Warning)]
#[case::very_slow(|s: &mut Snapshot| poll(s, |p| p.latency = LatencyView { p95: Duration::from_secs(11), ..p.latency }), Area::Reading, State::Critical)]
#[case::late(|s: &mut Snapshot| poll(s, |p| p.late_p95 = Duration::from_secs(3)), Area::Reading, State::Warning)]
#[case::very_late(|s: &mut Snapshot| poll(s, |p| p.late_p95 = Duration::from_secs(11)), Area::Reading, State::Critical)]
#[case::errors(|s: &mut Snapshot| poll(s, |p| p.errors_last_minute = 6), Area::Reading, State::Warning)]
#[case::graph_down(|s: &mut Snapshot| poll(s, |p| p.down = Some(trouble())), Area::Reading, State::Critical)]
#[case::no_cycle(|s: &mut Snapshot| poll(s, |p| p.cycle = 0), Area::Reading, State::Unknown)]
#[case::nobody(|s: &mut Snapshot| Arc::make_mut(&mut s.coverage).matched = 0, Area::Users, State::Critical)]
#[case::no_users(|s: &mut Snapshot| *Arc::make_mut(&mut s.coverage) = model::presence::Coverage::default(), Area::Users, State::Warning)]
#[case::many_unmatched(|s: &mut Snapshot| { Arc::make_mut(&mut s.coverage).unmatched.insert(model::presence::UnmatchedReason::Disabled, 4); }, Area::Users, State::Warning)]
#[case::directory(|s: &mut Snapshot| Arc::make_mut(&mut s.directory).failure = Some(Arc::new(failure())), Area::Users, State::Warning)]
#[case::no_effect(|s: &mut Snapshot| s.leases.no_effect = 1, Area::Leases, State::Warning)]
#[case::nothing_has_any(|s: &mut Snapshot| s.leases.no_effect = 5, Area::Leases, State::Critical)]
#[case::procall_silent(|s: &mut Snapshot| Arc::make_mut(&mut s.links).procall_silent_since = Some(ago(91)), Area::Links, State::Critical)]
#[case::procall_down(|s: &mut Snapshot| broken(s, |l| &mut l.procall, LinkStatus::Down), Area::Links, State::Critical)]
#[case::write_degraded(|s: &mut Snapshot| broken(s, |l| &mut l.graph_write, LinkStatus::Degraded), Area::Links, State::Warning)]
#[case::alerts(|s: &mut Snapshot| broken(s, |l| &mut l.alerts, LinkStatus::Down), Area::Links, State::Warning)]
#[case::log_writer(|s: &mut Snapshot| broken(s, |l| &mut l.storage, LinkStatus::Down), Area::Links, State::Warning)]
#[case::throttled(|s: &mut Snapshot| s.budget.throttled_until = Some(fixture::now() + Duration::from_secs(9)), Area::Access, State::Warning)]
#[case::throttled_long(|s: &mut Snapshot| s.budget.throttled_until = Some(fixture::now() + Duration::from_secs(90)), Area::Access, State::Critical)]
#[case::budget(|s: &mut Snapshot| s.budget.used_30s = 1_190, Area::Access, State::Warning)]
#[case::token_soon(|s: &mut Snapshot| s.token.expires_at = Some(fixture::now() + Duration::from_mins(1)), Area::Access, State::Warning)]
#[case::token_ended(|s: &mut Snapshot| s.token.expires_at = Some(ago(1)), Area::Access, State::Critical)]
#[case::token_refused(|s: &mut Snapshot| s.token.failure = Some(failure()), Area::Access, State::Critical)]
#[case::permission(|s: &mut Snapshot| s.token.roles = ["User.Read.All".into()].into(), Area::Access, State::Critical)]
#[case::clock(|s: &mut Snapshot| s.clock_skew_ms = Some(-45_000), Area::Access, State::Warning)]
#[case::wrong_clock(|s: &mut Snapshot| s.clock_skew_ms = Some(300_000), Area::Access, State::Critical)]
#[case::paused(|s: &mut Snapshot| s.mode = Mode::Paused, Area::Bridge, State::Warning)]
#[case::no_state(|s: &mut Snapshot| s.mode = Mode::Observing(ObserveReason::NoState("full".into())), Area::Bridge, State::Critical)]
#[case::native(|s: &mut Snapshot| s.mode = Mode::Observing(ObserveReason::NativeIntegration), Area::Bridge, State::Warning)]
#[case::observing(|s: &mut Snapshot| s.mode = Mode::Observing(ObserveReason::Config), Area::Bridge, State::Ok)]
fn each_trouble_has_its_place_and_state(
    #[case] change: Change,
    #[case] area: Area,
    #[case] state: State,
) {
    let mut snapshot = well();
    change(&mut snapshot);
    let checked = checked(snapshot);
    assert_eq!(checked.state(Some(area)), state, "{checked:?}");
    assert_eq!(checked.state(None), state, "{checked:?}");
    let elsewhere = Area::ALL.into_iter().filter(|it| *it != area);
    for other in elsewhere {
        assert_eq!(
            checked.state(Some(other)),
            State::Ok,
            "{other:?} {checked:?}"
        );
    }
    let said = sentences::summary(&checked, Some(area), texts(Lang::De));
    assert!(!said.is_empty() && !said.contains('{'), "{said}");
    reads_in_every_format(&Ok(checked));
}

#[test]
fn half_a_minute_may_be_missed_however_fast_the_poll_and_more_where_it_is_slow() {
    let at = |interval, age| {
        let mut snapshot = well();
        poll(&mut snapshot, |poll| {
            poll.interval = Duration::from_secs(interval);
            poll.last_good_at = Some(ago(age));
        });
        checked(snapshot).state(Some(Area::Reading))
    };
    assert_eq!((at(1, 30), at(1, 31)), (State::Ok, State::Warning));
    assert_eq!((at(60, 180), at(60, 181)), (State::Ok, State::Warning));
    assert_eq!(
        (at(60, 600), at(60, 601)),
        (State::Warning, State::Critical)
    );
}

#[test]
fn a_lease_that_no_poll_has_seen_is_told_after_a_minute() {
    let mut snapshot = well();
    let mut row = (*snapshot.rows[0]).clone();
    let lease = row.lease.as_mut().unwrap();
    lease.verdict = model::snapshot::Verdict::Pending;
    lease.set_at = ago(59);
    let mut set = |row: &model::snapshot::UserRow| {
        Arc::make_mut(&mut snapshot.rows)[0] = Arc::new(row.clone());
        checked(snapshot.clone()).state(Some(Area::Leases))
    };
    assert_eq!(set(&row), State::Ok);
    row.lease.as_mut().unwrap().set_at = ago(61);
    assert_eq!(set(&row), State::Warning);
}

#[test]
fn named_bounds_go_before_the_usual_ones() {
    let state = |bounds: &[(Key, Bounds)]| {
        let mut thresholds = Thresholds::default();
        for (key, bounds) in bounds {
            thresholds.set(*key, *bounds);
        }
        let mut snapshot = well();
        snapshot.leases.no_effect = 2;
        Checked::new(Arc::new(snapshot), fixture::now(), &thresholds).state(None)
    };
    assert_eq!(state(&[]), State::Warning);
    assert_eq!(state(&[(Key::NoEffect, Bounds::NONE)]), State::Ok);
    assert_eq!(
        state(&[(Key::NoEffect, Bounds::new(0.0, 1.0))]),
        State::Critical
    );
    assert_eq!(state(&[(Key::NoEffect, Bounds::new(2.0, 3.0))]), State::Ok);
    let both = [
        (Key::NoEffect, Bounds::NONE),
        (Key::NoEffect, Bounds::critical(1.0)),
    ];
    assert_eq!(state(&both), State::Critical, "the last one counts");
}

#[test]
fn what_is_not_known_is_worse_than_odd_and_better_than_broken() {
    let state = |changes: &[Change]| {
        let mut snapshot = well();
        for change in changes {
            change(&mut snapshot);
        }
        checked(snapshot).state(None)
    };
    let no_cycle: Change = |snapshot| poll(snapshot, |poll| poll.cycle = 0);
    let paused: Change = |snapshot| snapshot.mode = Mode::Paused;
    let dead: Change = |snapshot| poll(snapshot, |poll| poll.last_good_at = None);
    assert_eq!(state(&[no_cycle, paused]), State::Unknown);
    assert_eq!(state(&[no_cycle, dead]), State::Critical);
}

#[test]
fn flags_are_the_names_with_dashes() {
    for key in Key::ALL {
        assert_eq!(key.flag(), key.as_str().replace('_', "-"));
    }
}

/// Each parser takes the output, and finds the same values and states in it.
fn reads_in_every_format(outcome: &Outcome) {
    let state = state_of(outcome) as u8;
    for lang in [Lang::De, Lang::En] {
        let t = texts(lang);
        let read = nagios_output(&nagios(outcome, "lampfield", t)).unwrap();
        assert_eq!(read.state, state);
        let services = checkmk_lines(&checkmk(outcome, "lampfield", t)).unwrap();
        assert_eq!(services.len(), Area::ALL.len());
        let sensor = prtg_sensor(&prtg(outcome, t).unwrap()).unwrap();
        let Ok(checked) = outcome else {
            assert!(sensor.is_down && sensor.channels.is_empty() && read.data.is_empty());
            continue;
        };
        let bad = services.values().map(|service| service.state);
        assert_eq!(
            bad.max_by_key(|state| [0, 1, 3, 2][usize::from(*state)]),
            Some(state)
        );
        let told = &sensor.channels["state"];
        assert!((told.value - f64::from(state)).abs() < 0.1);
        assert_eq!(told.state(), state.min(2));
        let metrics: BTreeMap<_, _> = services
            .into_values()
            .flat_map(|service| service.metrics)
            .collect();
        assert_eq!(metrics.len(), checked.measures.len());
        assert_eq!(read.data.len(), checked.measures.len());
        for measure in &checked.measures {
            let (name, own) = (measure.key.as_str(), measure.state() as u8);
            assert_eq!(read.data[name].state(), own, "{name}");
            assert_eq!(sensor.channels[name].state(), own, "{name}");
            let metric = metrics[&format!("lampfield_{name}")];
            assert!((metric - measure.value).abs() < 0.001, "{name}");
        }
    }
    let json = check_json(outcome, fixture::now()).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["state"], state);
}

#[rstest]
fn without_a_picture_every_format_says_so(#[values(State::Critical, State::Unknown)] state: State) {
    let outcome = blind(state);
    reads_in_every_format(&outcome);
    let t = texts(Lang::En);
    let services = checkmk_lines(&checkmk(&outcome, "lampfield", t)).unwrap();
    assert_eq!(services["lampfield bridge"].state, state as u8);
    assert_eq!(
        services["lampfield users"].state, 3,
        "nothing is known of them"
    );
    let sensor = prtg_sensor(&prtg(&outcome, t).unwrap()).unwrap();
    assert!(sensor.text.contains("no | bridge"), "{}", sensor.text);
}

/// The fixture's names, one of them an attack, and a cause that quotes one.
#[test]
fn no_user_is_named_where_others_look() {
    let mut snapshot = fixture::snapshot();
    snapshot.leases.no_effect = 3;
    let outcome = Ok(checked(snapshot));
    let t = texts(Lang::En);
    let all = [
        nagios(&outcome, "lampfield", t),
        checkmk(&outcome, "lampfield", t),
        prtg(&outcome, t).unwrap(),
        check_json(&outcome, fixture::now()).unwrap(),
        check_text(&outcome, &Look::default()),
    ];
    for text in all {
        for name in ["anna", "Anna", "corp.example", "\u{1b}"] {
            assert!(!text.contains(name), "{name} in {text}");
        }
    }
}

/// The name comes from a command line.
#[rstest]
#[case("Mandant 2")]
#[case("a\"b'c|d\\e\n$f")]
fn a_service_may_have_any_name(#[case] name: &str) {
    let (outcome, t) = (Ok(checked(well())), texts(Lang::En));
    let read = nagios_output(&nagios(&outcome, name, t)).unwrap();
    assert_eq!(read.state, 0);
    let services = checkmk_lines(&checkmk(&outcome, name, t)).unwrap();
    assert_eq!(services.len(), Area::ALL.len());
}

#[test]
fn the_nagios_output() {
    let mut snapshot = fixture::snapshot();
    snapshot.mode = Mode::Paused;
    let outcome = Ok(checked(snapshot));
    insta::assert_snapshot!(nagios(&outcome, "lampfield", texts(Lang::En)));
}

#[test]
fn the_checkmk_output() {
    insta::assert_snapshot!(checkmk(&Ok(checked(well())), "lampfield", texts(Lang::En)));
}

#[test]
fn the_prtg_output() {
    let json = prtg(&Ok(checked(well())), texts(Lang::En)).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn the_json_output() {
    let mut snapshot = well();
    broken(&mut snapshot, |links| &mut links.procall, LinkStatus::Down);
    let json = check_json(&Ok(checked(snapshot)), fixture::now()).unwrap();
    assert_eq!(json.matches('\n').count(), 1);
    let json: Value = serde_json::from_str(&json).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}

#[rstest]
#[case::english("english", Lang::En)]
#[case::german("german", Lang::De)]
fn the_text(#[case] name: &str, #[case] lang: Lang) {
    let mut snapshot = well();
    snapshot.mode = Mode::Paused;
    snapshot.leases.no_effect = 5;
    let look = Look {
        lang,
        ..Look::default()
    };
    insta::assert_snapshot!(name, check_text(&Ok(checked(snapshot)), &look));
}
