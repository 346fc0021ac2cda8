//! What goes wrong between us and Microsoft: said in words, survived, and nothing decided on what
//! is old.

use std::time::Duration;

use crate::common::*;

use lampfield::bridge::{Link, LinkStatus, Note, Snapshot, UserRow};

use lampfield::simulator::{Fault, FaultKind, On, Removal, RetryAfter, Settings, TeamsAct};

use rstest::rstest;

const EVERYTHING_WORKS: &str = "everybody fresh and Graph up";

fn dnd() -> TeamsAct {
    TeamsAct::Manual {
        availability: Some("DoNotDisturb".into()),
        activity: None,
    }
}

fn all_stale(snapshot: &Snapshot) -> bool {
    let stale = |row: &UserRow| row.notes.contains(&Note::Stale);
    !snapshot.rows.is_empty() && snapshot.rows.iter().all(|row| stale(row))
}

fn all_fresh(snapshot: &Snapshot) -> bool {
    let now = snapshot.at;
    !snapshot.reads.is_empty()
        && snapshot
            .reads
            .iter()
            .all(|mark| !mark.is_stale(now, INTERVAL))
        && snapshot.links.graph_read.status == LinkStatus::Up
}

fn failed(link: &Link) -> &str {
    link.last_error
        .as_ref()
        .map_or("", |(_, trouble)| &trouble.message)
}

/// Anna has "do not disturb" from Teams; then `kind` strikes every poll, and she takes it back
/// unseen. Her value stays with its age, grows stale, and nothing is lifted. Then the fault ends.
async fn polls_survive(kind: FaultKind, words: &[&str]) {
    let mut stage = Stage::quiet().await;
    stage.teams(ANNA, dnd());
    stage
        .until_told(ANNA, &["available", "do_not_disturb"])
        .await;
    stage.fault(On::Presences, kind);
    stage
        .until("a read that failed", |snapshot| {
            snapshot.links.graph_read.last_error.is_some()
        })
        .await;
    stage.teams(ANNA, TeamsAct::Automatic);
    let snapshot = stage.until("everybody stale", all_stale).await;
    assert!(
        snapshot
            .reads
            .iter()
            .all(|mark| mark.age(snapshot.at) > Some(INTERVAL * 3))
    );
    let row = stage.row(ANNA);
    assert_eq!(
        row.teams.as_ref().unwrap().to_string(),
        "DoNotDisturb/DoNotDisturb"
    );
    assert_eq!(row.procall.as_str(), "do_not_disturb");
    stage
        .until_told(ANNA, &["available", "do_not_disturb"])
        .await;
    for word in words {
        assert!(
            failed(&snapshot.links.graph_read).contains(word),
            "{word}: {:?}",
            snapshot.links
        );
        stage.said.must_have(word);
    }
    stage.control().clear_faults();
    heal(&mut stage).await;
    stage
        .until_told(ANNA, &["available", "do_not_disturb", "available"])
        .await;
    stage.nothing_leaked();
}

/// Pauses and freezes end with the clock; nobody has to do anything.
async fn heal(stage: &mut Stage) {
    stage.pass(MINUTE * 5);
    stage.until(EVERYTHING_WORKS, all_fresh).await;
}

fn html(status: u16) -> FaultKind {
    FaultKind::Html { status }
}

#[rstest]
#[case::bad_request(FaultKind::status(400), &["refused to read presence", "(400"])]
#[case::forbidden_without_a_message(FaultKind::status(403), &["the application lacks Presence.ReadWrite.All", "admin consent"])]
#[case::not_found(FaultKind::status(404), &["(404"])]
#[case::server_error(FaultKind::status(500), &["(500", "request-id"])]
#[case::bad_gateway(FaultKind::status(502), &["(502"])]
#[case::unavailable(FaultKind::status(503), &["(503"])]
#[case::gateway_timeout(FaultKind::status(504), &["(504"])]
#[case::reset(FaultKind::Reset, &["Could not read presence", "no connection to"])]
#[case::slow_drip(FaultKind::SlowDrip { bytes_per_s: 20 }, &["the answer began but did not end in time"])]
#[case::no_answer_in_time(FaultKind::Delay { ms: 30_000 }, &["did not answer in time"])]
#[case::truncated(FaultKind::Truncated, &["Could not read presence", "proxy"])]
#[case::page_of_a_proxy(html(200), &["a web page", "proxy, firewall or portal"])]
#[case::page_of_a_gateway(html(503), &["a web page", "(503)"])]
#[case::huge(FaultKind::HugeBody { mib: 9 }, &["the answer is larger than 8 MiB"])]
#[tokio::test]
async fn a_failing_poll_keeps_the_last_value_with_its_age(
    #[case] kind: FaultKind,
    #[case] words: &[&str],
) {
    polls_survive(kind, words).await;
}

/// A proxy may change what the head says of the body; the body is what counts.
#[tokio::test]
async fn an_answer_is_read_whatever_its_head_calls_it() {
    let mut stage = Stage::quiet().await;
    stage.fault(On::Presences, FaultKind::WrongContentType);
    stage.teams(ANNA, dnd());
    stage
        .until_told(ANNA, &["available", "do_not_disturb"])
        .await;
    let snapshot = stage.until(EVERYTHING_WORKS, all_fresh).await;
    assert_eq!(snapshot.links.graph_read.last_error, None);
}

#[rstest]
#[case::seconds(Some(RetryAfter::Seconds(60)), 60)]
#[case::decimal(Some(RetryAfter::Decimal(59.3)), 60)]
#[case::http_date(Some(RetryAfter::HttpDate(60)), 60)]
#[case::absent(None, 3)]
#[case::a_week_is_held_to_five_minutes(Some(RetryAfter::Seconds(604_800)), 300)]
#[tokio::test]
async fn a_429_freezes_everything_for_as_long_as_it_says(
    #[case] form: Option<RetryAfter>,
    #[case] seconds: u64,
) {
    let mut stage = Stage::quiet().await;
    let fault = Fault::new(FaultKind::throttled(form)).on(On::Presences);
    stage.control().fault(fault.times(1));
    let snapshot = stage
        .until("a throttle", |snapshot| {
            snapshot.budget.throttled_until.is_some()
        })
        .await;
    let until = snapshot.budget.throttled_until.unwrap();
    let rest = until.duration_since(snapshot.at).as_secs_f64();
    let most = Duration::from_secs(seconds).as_secs_f64();
    assert!(rest <= most && rest > most - 2.5, "{rest} of {most}");
    // A call cannot be written meanwhile, and no poll goes out: the rows grow stale.
    stage.call(ANNA, Tapi, Connected);
    let before = stage.answered("presences", 200);
    stage.until("everybody stale", all_stale).await;
    assert_eq!(stage.answered("presences", 200), before);
    assert!(stage.control().writes().is_empty());
    stage
        .said
        .must_have("Graph throttles us (429 number 1), nothing is sent before");
    stage.pass(Duration::from_secs(seconds));
    stage.until(EVERYTHING_WORKS, all_fresh).await;
    stage
        .until_true("the call is written", || {
            stage.shown(ANNA) == "Busy/InACall"
        })
        .await;
    stage.nothing_leaked();
}

#[rstest]
#[case::behind(-3_600)]
#[case::ahead(3_600)]
#[tokio::test]
async fn a_wrong_clock_is_said_and_does_not_stop_the_polling(#[case] seconds: i32) {
    let mut stage = Stage::quiet().await;
    stage.fault(On::Graph, FaultKind::ClockSkew { seconds });
    let ours_minus_theirs = -i64::from(seconds) * 1_000;
    stage
        .until("the skew", |snapshot| {
            let skew = snapshot.clock_skew_ms.unwrap_or_default();
            (skew - ours_minus_theirs).abs() < 5_000
        })
        .await;
    let side = if seconds < 0 { "ahead of" } else { "behind" };
    stage.said.must_have("this machine's clock is 3");
    stage
        .said
        .must_have(&format!("s {side} Microsoft's. Set it (NTP)"));
    stage.cycles().await;
    stage.until(EVERYTHING_WORKS, all_fresh).await;
}

#[rstest]
#[case::undocumented("FutureValue", "FutureActivity")]
#[case::unknown("PresenceUnknown", "PresenceUnknown")]
#[tokio::test]
async fn a_value_that_says_nothing_changes_nothing(
    #[case] availability: &str,
    #[case] activity: &str,
) {
    says_nothing(FaultKind::Value {
        availability: Some(availability.into()),
        activity: Some(activity.into()),
    })
    .await;
}

#[rstest]
#[case::null(FaultKind::Value { availability: None, activity: None })]
#[case::null_fields(FaultKind::NullFields)]
#[case::missing_user(FaultKind::Missing)]
#[tokio::test]
async fn what_is_null_or_missing_changes_nothing(#[case] kind: FaultKind) {
    says_nothing(kind).await;
}

async fn says_nothing(kind: FaultKind) {
    let mut stage = Stage::quiet().await;
    stage.teams(ANNA, dnd());
    stage
        .until_told(ANNA, &["available", "do_not_disturb"])
        .await;
    let anna = stage.name(ANNA).to_owned();
    stage
        .control()
        .fault(Fault::new(kind).on(On::Presences).for_user(&anna));
    let odd = |note: &Note| matches!(note, Note::Unknown(_) | Note::Missing);
    stage
        .until_row(ANNA, "an odd value", |row| row.notes.iter().any(odd))
        .await;
    stage.teams(ANNA, TeamsAct::Automatic);
    stage.cycles().await;
    assert_eq!(stage.row(ANNA).procall.as_str(), "do_not_disturb");
    stage
        .until_told(ANNA, &["available", "do_not_disturb"])
        .await;
    let snapshot = stage.bridge.snapshots.borrow().clone();
    assert_eq!(snapshot.poll.errors_last_minute, 0, "never a chunk");
    stage.control().clear_faults();
    stage
        .until_told(ANNA, &["available", "do_not_disturb", "available"])
        .await;
}

#[tokio::test]
async fn fields_that_no_documentation_names_are_passed_over() {
    let mut stage = Stage::quiet().await;
    stage.fault(On::Presences, FaultKind::ExtraFields);
    stage.teams(ANNA, dnd());
    stage
        .until_told(ANNA, &["available", "do_not_disturb"])
        .await;
    let snapshot = stage.until(EVERYTHING_WORKS, all_fresh).await;
    assert_eq!(snapshot.poll.errors_last_minute, 0);
}

#[tokio::test]
async fn a_deleted_user_is_missed_and_hurts_nobody() {
    let mut stage = Stage::quiet().await;
    let anna = stage.name(ANNA).to_owned();
    stage
        .control()
        .remove_account(&anna, Removal::ForGood)
        .unwrap();
    stage
        .until_row(ANNA, "missing", |row| row.notes.contains(&Note::Missing))
        .await;
    let snapshot = stage.bridge.snapshots.borrow().clone();
    assert_eq!(snapshot.poll.errors_last_minute, 0);
    // The directory is asked for changes every five minutes.
    stage
        .until_passing(MINUTE, "the change", || stage.said.has("no_entra_user"))
        .await;
    let snapshot = stage
        .until("unmatched", |snapshot| snapshot.rows.len() == 11)
        .await;
    assert_eq!(snapshot.unmatched[0].reason.as_str(), "no_entra_user");
}

#[tokio::test]
async fn one_bad_id_is_isolated_and_the_other_649_stay_fresh() {
    let mut stage = Setting {
        users: 650,
        interval: SECOND,
        tenant: Settings {
            everyone_matches: true,
            ..Settings::default()
        },
        ..Setting::default()
    }
    .open()
    .await;
    stage.until_read().await;
    let bad = Who(377);
    let name = stage.name(bad).to_owned();
    let good_before = stage.answered("presences", 200);
    let fault = Fault::new(FaultKind::status(500))
        .on(On::Presences)
        .for_user(&name);
    stage.control().fault(fault);
    let snapshot = stage
        .until("quarantined", |snapshot| snapshot.rows.len() == 649)
        .await;
    let extra = stage.answered("presences", 500) + stage.answered("presences", 200) - good_before;
    assert!(extra <= 1 + 20 + 2, "{extra} requests for a cycle or two");
    assert_eq!(snapshot.unmatched[0].reason.as_str(), "quarantined");
    let at = snapshot.at;
    assert!(!snapshot.reads.iter().any(|mark| mark.is_stale(at, SECOND)));
    stage.cycles().await;
    let snapshot = stage.bridge.snapshots.borrow().clone();
    assert_eq!(snapshot.poll.errors, 0, "nobody asks for it any more");
    stage.control().clear_faults();
    stage.pass(MINUTE * 61);
    stage
        .until("tried again after an hour", |snapshot| {
            snapshot.rows.len() == 650
        })
        .await;
}

/// Microsoft asks for fewer requests then, not for more; and whoever looks is told.
#[tokio::test]
async fn an_outage_is_no_storm_and_is_said() {
    let mut stage = Stage::quiet().await;
    stage.until_read().await;
    stage.fault(On::Presences, FaultKind::status(503));
    let snapshot = stage
        .until("Graph is down", |snapshot| snapshot.poll.down.is_some())
        .await;
    let failed = stage.answered("presences", 503);
    assert!(
        failed <= 3,
        "{failed} requests in the first cycle of an outage"
    );
    let cycle = snapshot.poll.cycle;
    let snapshot = stage
        .until("four cycles more", |snapshot| {
            snapshot.poll.cycle >= cycle + 4
        })
        .await;
    let more = stage.answered("presences", 503) - failed;
    assert!(
        more <= snapshot.poll.cycle - cycle + 3,
        "{more} requests in four cycles"
    );
    stage.control().clear_faults();
    heal(&mut stage).await;
    let snapshot = stage
        .until("Graph answers", |snapshot| snapshot.poll.down.is_none())
        .await;
    assert_eq!(snapshot.unmatched.len(), 0);
    stage.stop().await;
}
