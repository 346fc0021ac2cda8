//! Who may not, may not here, or may not now: tokens, permissions, writes that fail, redirects.

use crate::common::trap::Trap;
use crate::common::*;
use lampfield::bridge::{LeasePhase, Link, LinkStatus, Note, Snapshot, UserRow};
use lampfield::simulator::{Fault, FaultKind, On, Settings};
use rstest::rstest;

const EVERYTHING_WORKS: &str = "everybody fresh and Graph up";

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

/// Pauses and freezes end with the clock; nobody has to do anything.
async fn heal(stage: &mut Stage) {
    stage.pass(MINUTE * 5);
    stage.until(EVERYTHING_WORKS, all_fresh).await;
}

fn html(status: u16) -> FaultKind {
    FaultKind::Html { status }
}

#[tokio::test]
async fn one_401_is_healed_by_one_new_token_and_nobody_notices() {
    let mut stage = Stage::quiet().await;
    assert_eq!(stage.answered("token", 200), 1);
    stage.control().expire_tokens();
    stage
        .until_true("a second token", || stage.answered("token", 200) == 2)
        .await;
    stage.cycles().await;
    let snapshot = stage.until(EVERYTHING_WORKS, all_fresh).await;
    assert_eq!(snapshot.poll.errors_last_minute, 0);
    assert_eq!(stage.answered("token", 200), 2);
}

#[tokio::test]
async fn a_401_that_stays_is_said_and_spares_entra() {
    let mut stage = Stage::quiet().await;
    stage.fault(On::Graph, FaultKind::TokenExpired);
    let snapshot = stage.until("everybody stale", all_stale).await;
    let words = failed(&snapshot.links.graph_read);
    assert!(
        words.contains("it does not take the token, a new one neither"),
        "{words}"
    );
    stage.cycles().await;
    assert!(
        stage.answered("token", 200) <= 3,
        "one forced renewal, then a pause"
    );
    stage.said.must_have("NOTICE ERROR: authorisation lost");
    stage.control().clear_faults();
    heal(&mut stage).await;
    stage
        .until_true("an operator hears of it", || {
            stage.said.has("NOTICE INFO: authorisation regained")
        })
        .await;
    stage.nothing_leaked();
}

#[tokio::test]
async fn an_expired_secret_is_said_in_plain_words_and_a_new_one_is_enough() {
    let expired = Fault::new(FaultKind::Entra { code: 7_000_222 });
    let mut stage = Setting {
        faults: vec![expired],
        ..Setting::default()
    }
    .open()
    .await;
    let snapshot = stage
        .until("no token", |snapshot| snapshot.token.failure.is_some())
        .await;
    let words = &snapshot.token.failure.as_ref().unwrap().message;
    for word in ["expired", "AADSTS7000222", "Certificates & secrets"] {
        assert!(words.contains(word), "{words}");
    }
    stage.control().clear_faults();
    stage.pass(MINUTE * 5);
    stage.until_read().await;
    stage
        .until("a token", |snapshot| snapshot.token.failure.is_none())
        .await;
    stage.nothing_leaked();
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let mut stage = Setting {
        tenant: Settings {
            token_lifetime_s: Some(3_600),
            ..Settings::default()
        },
        ..Setting::default()
    }
    .open()
    .await;
    stage.until_read().await;
    for renewals in 1..=3 {
        stage.pass(MINUTE * 55);
        stage
            .until_true("a new token", || {
                stage.answered("token", 200) == renewals + 1
            })
            .await;
        stage.cycles().await;
    }
    let refused = stage.answered("presences", 401);
    assert_eq!(refused, 0, "never asked with a token that had ended");
}

#[rstest]
#[case::no_permission(FaultKind::status(403), "the application lacks Presence.ReadWrite.All")]
#[case::unknown_user(FaultKind::status(404), "it does not know the user")]
#[case::server_error(FaultKind::status(503), "(503")]
#[case::reset(FaultKind::Reset, "no connection to")]
#[case::page_of_a_proxy(html(200), "a web page")]
#[tokio::test]
async fn a_write_that_fails_is_said_and_tried_again(#[case] kind: FaultKind, #[case] words: &str) {
    let mut stage = Stage::quiet().await;
    stage.fault(On::Set, kind);
    stage.call(ANNA, Tapi, Connected);
    let failing = |row: &UserRow| {
        let said =
            |note: &Note| matches!(note, Note::WriteFailing(why) if why.message.contains(words));
        row.notes.iter().any(said)
    };
    stage.until_row(ANNA, words, failing).await;
    stage.said.must_have(words);
    stage.control().clear_faults();
    stage.pass(MINUTE * 4);
    stage
        .until_row(ANNA, "held", |row| {
            row.lease
                .as_ref()
                .is_some_and(|lease| lease.phase == LeasePhase::Held)
                && !failing(row)
        })
        .await;
    assert_eq!(stage.shown(ANNA), "Busy/InACall");
    stage.nothing_leaked();
}

#[tokio::test]
async fn a_call_that_ends_while_graph_is_down_is_cleared_when_it_is_back() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage
        .until_true("set", || stage.shown(ANNA) == "Busy/InACall")
        .await;
    stage.fault(On::Graph, FaultKind::Reset);
    stage.call(ANNA, Tapi, Ended);
    stage.until("everybody stale", all_stale).await;
    stage.control().clear_faults();
    stage.pass(MINUTE);
    stage
        .until_true("cleared", || stage.shown(ANNA) == "Available/Available")
        .await;
    stage.until_told(ANNA, &["available"]).await;
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed() {
    let mut stage = Stage::quiet().await;
    let to = stage.tenant.ready().graph_base.clone() + "/communications/getPresencesByUserId";
    let fault = Fault::new(FaultKind::Redirect { to }).on(On::Presences);
    stage.control().fault(fault.times(1));
    stage
        .until_true("redirected", || stage.answered("presences", 302) == 1)
        .await;
    stage.cycles().await;
    let snapshot = stage.until(EVERYTHING_WORKS, all_fresh).await;
    assert_eq!(snapshot.poll.errors_last_minute, 0);
}

#[rstest]
#[case::reading(On::Presences)]
#[case::writing(On::Set)]
#[case::token(On::Token)]
#[case::directory(On::Users)]
#[tokio::test]
async fn no_redirect_carries_token_or_secret_to_another_host(#[case] on: On) {
    let trap = Trap::set();
    let to = trap.url("/v1.0/elsewhere");
    let fault = Fault::new(FaultKind::Redirect { to }).on(on);
    let mut stage = Setting {
        faults: vec![fault],
        ..Setting::default()
    }
    .open()
    .await;
    if on == On::Set {
        stage.until_read().await;
        stage.call(ANNA, Tapi, Connected);
    }
    let words = "The token is not sent to another host";
    stage.until_true("refused", || stage.said.has(words)).await;
    trap.is_empty();
    stage.control().clear_faults();
    stage.pass(MINUTE * 5);
    stage.until_read().await;
    trap.is_empty();
    stage.nothing_leaked();
}
