//! What goes wrong in the lists and calls that are read: users.csv, calls.jsonl, the directory.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::common::trap::Trap;
use crate::common::*;
use lampfield::bridge::{LinkStatus, Snapshot, Verdict};
use lampfield::presence::{CallActivity, UserName};
use lampfield::simulator::{Fault, FaultKind, On};
use rstest::rstest;

/// Twelve matched users as the simulator lists them, without its header.
async fn listed() -> Vec<(String, String)> {
    let stage = Stage::quiet().await;
    let people = stage.control().matched();
    people
        .into_iter()
        .map(|p| (p.user_name, p.display_name))
        .collect()
}

fn adds_up(snapshot: &Snapshot) {
    let coverage = &snapshot.coverage;
    let unmatched: usize = coverage.unmatched.values().sum();
    assert_eq!(
        coverage.procall_users,
        coverage.matched + coverage.excluded + unmatched
    );
    assert_eq!(snapshot.unmatched.len(), unmatched);
    assert_eq!(snapshot.rows.len(), coverage.matched);
}

#[rstest]
#[case::byte_order_mark("\u{feff}", ",", "\n")]
#[case::crlf("", ",", "\r\n")]
#[case::semicolon("", ";", "\n")]
#[case::as_excel_writes_it("\u{feff}", ";", "\r\n")]
#[tokio::test]
async fn users_csv_is_read_in_every_form(
    #[case] bom: &str,
    #[case] comma: &str,
    #[case] end: &str,
) {
    let mut csv = format!("{bom}user_name{comma}display_name{comma}phone{end}");
    for (user, display) in listed().await {
        write!(csv, "{user}{comma}{display}{comma}17{end}").unwrap();
    }
    whole_list_is_matched(csv.into_bytes()).await;
}

#[tokio::test]
async fn users_csv_is_read_in_latin_1() {
    let mut csv = "user_name;display_name\n".to_owned();
    for (user, _) in listed().await {
        writeln!(csv, "{user};J\u{fc}rgen \u{d6}\u{df}").unwrap();
    }
    let latin_1 = csv.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    let snapshot = whole_list_is_matched(latin_1.collect()).await;
    assert_eq!(&*snapshot.rows[0].display_name, "J\u{fc}rgen \u{d6}\u{df}");
}

async fn whole_list_is_matched(csv: Vec<u8>) -> std::sync::Arc<Snapshot> {
    let mut stage = Setting {
        users_csv: Some(csv),
        ..Setting::default()
    }
    .open()
    .await;
    let snapshot = stage.until_read().await;
    adds_up(&snapshot);
    assert_eq!(snapshot.rows.len(), 12);
    snapshot
}

#[tokio::test]
async fn the_counts_add_up_with_every_reason() {
    let mut stage = Setting {
        users: 60,
        ..Setting::default()
    }
    .open()
    .await;
    let snapshot = stage.until_read().await;
    adds_up(&snapshot);
    let people = stage.control().users();
    assert_eq!(snapshot.coverage.procall_users, people.len());
    assert_eq!(
        snapshot.coverage.excluded,
        people.iter().filter(|p| p.excluded).count()
    );
    for person in people
        .iter()
        .filter(|person| !person.matches() && !person.excluded)
    {
        let name = UserName::new(&person.user_name);
        let found = snapshot
            .unmatched
            .iter()
            .find(|one| one.procall.user_name == name);
        assert_eq!(
            found.map(|one| one.reason.as_str()),
            person.unmatched,
            "{person:?}"
        );
    }
}

#[tokio::test]
async fn two_accounts_of_one_upn_match_nobody() {
    let mut stage = Stage::quiet().await;
    let anna = stage.name(ANNA).to_owned();
    stage
        .control()
        .add_account(&anna.to_uppercase(), "Another Anna");
    stage
        .until_passing(MINUTE, "the change", || {
            stage.said.has("several_entra_users")
        })
        .await;
    let snapshot = stage
        .until("unmatched", |snapshot| snapshot.rows.len() == 11)
        .await;
    adds_up(&snapshot);
    assert_eq!(snapshot.unmatched[0].reason.as_str(), "several_entra_users");
}

#[tokio::test]
async fn a_department_is_shown_and_followed_when_it_changes() {
    let stage = Stage::quiet().await;
    let anna = stage.name(ANNA).to_owned();
    let department = |row: &model::snapshot::UserRow| row.department.as_deref().map(str::to_owned);
    assert!(department(&stage.row(ANNA)).is_some());
    for wanted in [Some("Forschung"), None] {
        stage.control().set_department(&anna, wanted).unwrap();
        let shown = || department(&stage.row(ANNA)).as_deref() == wanted;
        stage.until_passing(MINUTE, "the change", shown).await;
    }
}

#[rstest]
#[case::empty(FaultKind::EmptyDirectory, "")]
#[case::next_link_loop(FaultKind::NextLinkLoop, "a page leads back to an earlier one")]
#[case::forbidden(FaultKind::status(403), "the application lacks User.Read.All")]
#[case::truncated(FaultKind::Truncated, "cut off or damaged")]
#[case::server_error(FaultKind::status(500), "(500")]
#[case::reset(FaultKind::Reset, "Could not read the directory")]
#[tokio::test]
async fn a_directory_that_cannot_be_read_is_said_and_read_later(
    #[case] kind: FaultKind,
    #[case] words: &str,
) {
    let empty = kind == FaultKind::EmptyDirectory;
    let mut stage = Setting {
        faults: vec![Fault::new(kind).on(On::Users)],
        ..Setting::default()
    }
    .open()
    .await;
    if empty {
        let snapshot = stage
            .until("nobody matched", |snapshot| {
                snapshot.coverage.procall_users == 12
            })
            .await;
        adds_up(&snapshot);
        let reason = lampfield::presence::UnmatchedReason::NoEntraUser;
        assert_eq!(snapshot.coverage.unmatched.get(&reason), Some(&12));
        stage.said.must_have("12 ProCall users = 0 matched");
        stage.said.must_have("WARN directory: nobody is matched");
    } else {
        let failed = |snapshot: &Snapshot| {
            let failure = snapshot.directory.failure.as_ref();
            failure.is_some_and(|failure| failure.message.contains(words))
        };
        stage.until(words, failed).await;
        stage.said.must_have(words);
    }
    stage.control().clear_faults();
    stage.pass(MINUTE);
    let snapshot = stage.until_read().await;
    assert_eq!(snapshot.rows.len(), 12);
    assert_eq!(snapshot.directory.failure, None);
    stage.nothing_leaked();
}

/// The next look at the directory is a full list, and it is empty.
async fn empty_from_now_on(stage: &Stage) {
    let lost = Fault::new(FaultKind::SyncStateNotFound);
    stage.control().fault(lost.on(On::Delta).times(1));
    stage.fault(On::Users, FaultKind::EmptyDirectory);
    stage.pass(MINUTE * 5);
    stage
        .until_true("said", || {
            stage.said.has("Graph listed 0 users where there were")
        })
        .await;
}

#[tokio::test]
async fn one_empty_directory_lets_go_of_nobody() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage
        .until_true("set", || stage.shown(ANNA) == "Busy/InACall")
        .await;
    let lists = stage.answered("users", 200);
    empty_from_now_on(&stage).await;
    let told = |snapshot: &Snapshot| snapshot.directory.failure.is_some();
    let snapshot = stage.until("the console knows", told).await;
    assert_eq!(snapshot.rows.len(), 12);
    stage
        .until_passing(SECOND * 20, "read again and again", || {
            stage.answered("users", 200) > lists + 5
        })
        .await;
    stage.cycles().await;
    assert_eq!(
        stage.row(ANNA).lease.as_ref().map(|it| it.activity),
        Some(CallActivity::InACall)
    );
    assert!(!stage.writes(ANNA).contains(&"clear 200".to_owned()));
    stage.control().clear_faults();
    stage.pass(MINUTE);
    let well = |snapshot: &Snapshot| snapshot.directory.failure.is_none();
    let snapshot = stage.until("the doubt is over", well).await;
    assert_eq!(snapshot.rows.len(), 12);
}

#[tokio::test]
async fn a_directory_that_stays_empty_is_believed_in_the_end() {
    let mut stage = Stage::quiet().await;
    empty_from_now_on(&stage).await;
    stage
        .until_passing(MINUTE, "nobody matched", || {
            stage.said.has("12 ProCall users = 0 matched")
        })
        .await;
    stage.control().clear_faults();
    stage.pass(MINUTE);
    stage
        .until("everybody is back", |snapshot| snapshot.rows.len() == 12)
        .await;
}

#[tokio::test]
async fn no_next_link_carries_the_token_to_another_host() {
    let trap = Trap::set();
    let to = trap.url("/v1.0/users?$skiptoken=x");
    let fault = Fault::new(FaultKind::NextLinkForeign { to }).on(On::Users);
    let mut stage = Setting {
        faults: vec![fault],
        ..Setting::default()
    }
    .open()
    .await;
    stage
        .until_true("refused", || {
            stage.said.has("The token is not sent to another host")
        })
        .await;
    stage.control().clear_faults();
    stage.pass(MINUTE * 5);
    stage.until_read().await;
    trap.is_empty();
    stage.nothing_leaked();
}

#[tokio::test]
async fn no_link_of_the_changes_carries_the_token_to_another_host() {
    let trap = Trap::set();
    let to = trap.url("/v1.0/users/delta?$skiptoken=x");
    let stage = Stage::quiet().await;
    let lists = stage.answered("users", 200);
    let fault = Fault::new(FaultKind::NextLinkForeign { to }).on(On::Delta);
    stage.control().fault(fault);
    stage
        .until_passing(MINUTE, "the full list instead", || {
            stage.answered("users", 200) > lists + 1
        })
        .await;
    trap.is_empty();
    stage.nothing_leaked();
}

#[rstest]
#[case::gone(FaultKind::ResyncGone)]
#[case::not_found(FaultKind::SyncStateNotFound)]
#[case::server_error(FaultKind::status(503))]
#[tokio::test]
async fn after_trouble_with_the_changes_the_full_list_is_read(#[case] kind: FaultKind) {
    let mut stage = Stage::quiet().await;
    let lists = stage.answered("users", 200);
    stage
        .control()
        .fault(Fault::new(kind).on(On::Delta).times(1));
    stage
        .control()
        .remove_account(stage.name(ANNA), lampfield::simulator::Removal::ForGood)
        .unwrap();
    stage
        .until_passing(MINUTE, "the full list", || {
            stage.answered("users", 200) > lists
        })
        .await;
    stage
        .until("unmatched", |snapshot| snapshot.rows.len() == 11)
        .await;
}

#[tokio::test]
async fn a_broken_line_in_calls_jsonl_is_named_and_the_rest_goes_on() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    let calls = stage.folder.path().join("calls.jsonl");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(calls)
        .unwrap();
    file.write_all(b"{\"user_name\":\"anna\",\"kind\":\"fax\",\"state\":\"connected\"}\nhello\n")
        .unwrap();
    stage.call(BERT, Tapi, Connected);
    stage
        .until_row(BERT, "confirmed", |row| {
            row.lease
                .as_ref()
                .is_some_and(|lease| lease.verdict == Verdict::Confirmed)
        })
        .await;
    stage
        .until_true("named", || stage.said.has("calls.jsonl line 3"))
        .await;
    stage.said.must_have("calls.jsonl line 2");
    stage.said.must_have("unknown kind \"fax\" (known: tapi,");
    assert_eq!(stage.shown(ANNA), "Busy/InACall");
    assert_eq!(
        stage.bridge.snapshots.borrow().links.procall.status,
        LinkStatus::Up
    );
}

#[tokio::test]
async fn a_list_that_becomes_unreadable_stays_in_force_as_it_was() {
    let mut stage = Stage::quiet().await;
    let csv = stage.folder.path().join("users.csv");
    let good = std::fs::read(&csv).unwrap();
    std::fs::write(&csv, "no such header\nanna\n").unwrap();
    stage
        .until("trouble", |snapshot| {
            snapshot.links.procall.status != LinkStatus::Up
        })
        .await;
    stage
        .said
        .must_have("the last good list of 12 users stays in force");
    assert_eq!(stage.bridge.snapshots.borrow().rows.len(), 12);
    std::fs::write(&csv, good).unwrap();
    stage
        .until("up again", |snapshot| {
            snapshot.links.procall.status == LinkStatus::Up
        })
        .await;
}
