//! The end of the bridge: what was set is given back, whatever happens to the first try.

use tokio::time::Instant;

use crate::common::*;
use lampfield::bridge::Farewell;
use lampfield::simulator::{Fault, FaultKind, On, RetryAfter};
use rstest::rstest;

const TALKING: [Who; 3] = [ANNA, BERT, CARL];

async fn talking() -> Stage {
    let mut stage = Stage::quiet().await;
    for who in TALKING {
        stage.call(who, Tapi, Connected);
    }
    let held = TALKING.len();
    stage
        .until("leases", |it| it.leases.confirmed == held)
        .await;
    stage
}

#[rstest]
#[case::error(FaultKind::status(500), 3)]
#[case::busy(FaultKind::Status { status: 503, retry_after: Some(RetryAfter::Seconds(1)) }, 3)]
#[case::throttled(FaultKind::throttled(Some(RetryAfter::Seconds(2))), 3)]
#[case::throttled_without_a_word(FaultKind::throttled(None), 3)]
// Once: on a busy machine the first refusal is there before the last clear is sent, and there is no time for two waits.
#[case::asked_to_wait_longer_than_usual(FaultKind::throttled(Some(RetryAfter::Seconds(13))), 1)]
#[case::reset(FaultKind::Reset, 3)]
#[case::answer_lost(FaultKind::AnswerLost, 3)]
#[case::page_of_a_proxy(FaultKind::Html { status: 503 }, 3)]
#[case::cut_off(FaultKind::Truncated, 3)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clear_that_fails_at_the_end_is_tried_again(#[case] kind: FaultKind, #[case] times: u32) {
    let stage = talking().await;
    stage
        .control()
        .fault(Fault::new(kind).on(On::Clear).times(times));
    let (tenant, began) = (stage.tenant.clone(), Instant::now());
    let names: Vec<_> = TALKING.map(|who| stage.name(who).to_owned()).to_vec();
    let left = stage.bridge.stop_within(Farewell::SERVICE).await;
    assert_eq!(left, []);
    for name in names {
        assert_eq!(tenant.control().current(&name).unwrap().1, "Available");
    }
    assert!(began.elapsed() < SECOND * 20, "{:?}", began.elapsed());
}

#[rstest]
#[case::silent(FaultKind::Delay { ms: 60_000 })]
#[case::refusing(FaultKind::status(503))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_dead_line_the_screen_ends_soon_and_the_ledger_has_the_rest(#[case] kind: FaultKind) {
    let stage = talking().await;
    stage.control().fault(Fault::new(kind).on(On::Clear));
    let (said, folder, began) = (stage.said.clone(), stage.folder.clone(), Instant::now());
    let mut names = TALKING.map(|who| stage.name(who).to_owned());
    names.sort();
    let left = stage.bridge.stop().await;
    assert!(began.elapsed() < SECOND * 4, "{:?}", began.elapsed());
    let left: Vec<_> = left.iter().map(|it| it.as_str().to_owned()).collect();
    assert_eq!(left, names);
    said.must_have("3 leases could not be given back");
    let entries = std::fs::read_dir(folder.path().join("state")).unwrap();
    let files = entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let state: String = files.collect();
    for name in names {
        said.must_have(&name);
        let last = state.lines().rfind(|line| line.contains(&name));
        assert!(last.is_some_and(|line| line.contains("\"put\"")), "{state}");
    }
}
