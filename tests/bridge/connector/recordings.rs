//! Recordings: made on the simulator, replayed by it, with the same rows each time. The files in
//! `tests/recordings` are made by `cargo test --test bridge make_the_recordings -- --ignored`.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use lampfield::clock::Clock;
use lampfield::clocks::SystemClock;
use lampfield::procall::ucserver::{UcServerSettings, UserList};
use lampfield::simulator::ucserver::{
    CallPhase, Level, ManualPresence, Medium, SimulatedUser, UcServerScene, UcServerVersion,
};
use lampfield::simulator::{Options, Replay, Running, Scenario};
use lampfield::trace::{Entry, Evidence, Recorder, Row, Seen, Step, Verdict, What, read};
use rstest::rstest;
use serde_json::{Value, json};

use super::bench::{ANNA, BERND, account, users};
use super::recorded::{Listener, Memory, Site};

const CALL: i64 = 0x0400_0000;
/// Only the flag is shown of this one.
const CLARA: &str = "clara@corp.example";

/// The ten steps at the phone.
async fn ten_steps(site: &Site) {
    site.server.set_manual(
        BERND,
        Some(ManualPresence {
            state: 1,
            until: None,
        }),
    );
    let call = Mutex::new(None);
    site.step(Step::Ring, Seen::Ringing(0), async |server| {
        *call.lock().unwrap() = Some(server.start_call(ANNA, Medium::Tapi, false));
    })
    .await;
    let call = call.into_inner().unwrap().unwrap();
    site.step(Step::Answer, Seen::Connected(0), async |server| {
        server.answer(&call);
    })
    .await;
    site.step(Step::Hold, Seen::Held, async |server| {
        server.move_call(&call, CallPhase::Hold);
    })
    .await;
    site.step(Step::End, Seen::Ended, async |server| {
        server.end_call(&call);
    })
    .await;
    site.call(Step::Softphone, Medium::Softphone, 7).await;
    site.call(Step::AvChat, Medium::AvChat, 3).await;
    site.step(Step::Meeting, Seen::Meeting, async |server| {
        server.set_meeting(ANNA, true);
        server.set_meeting(ANNA, false);
    })
    .await;
    let until = Some(SystemClock::new().now() + Duration::from_hours(1));
    site.step(Step::Manual, Seen::Manual(3), async |server| {
        server.set_manual(ANNA, Some(ManualPresence { state: 3, until }));
        server.set_manual(ANNA, None);
    })
    .await;
    let alone = |recorder: &Recorder| recorder.since_step().contains(&Seen::FlagWithoutCall);
    let gone = |recorder: &Recorder| !alone(recorder);
    let memory = &site.memory;
    memory.recorder.step(Step::TeamsCall, None);
    site.server.set_teams_state(ANNA, Some(CALL | 2));
    memory.until("a flag alone", alone).await;
    site.server.set_teams_state(ANNA, Some(1));
    memory.until("no flag", gone).await;
    memory.recorder.step(Step::TeamsCall, Some(true));
    site.step(Step::LogOff, Seen::Offline, async |server| {
        server.set_client(ANNA, false, false);
    })
    .await;
}

fn scene() -> UcServerScene {
    let clara = SimulatedUser {
        level: Level::Public,
        ..SimulatedUser::new(CLARA, "Clara Cramer", "+49 30 102")
    };
    UcServerScene::new(users().into_iter().chain([clara]).collect())
}

fn rows(rows: &[Row]) -> Vec<Value> {
    let row = |row: &Row| {
        let verdict = match row.verdict {
            Verdict::Open => "open",
            Verdict::Confirmed => "confirmed",
            Verdict::Contradicted => "contradicted",
        };
        json!([row.question.key(), verdict, row.seen])
    };
    rows.iter().map(row).collect()
}

/// A tenant whose UCServer says what the recording says.
async fn replayed(text: &str) -> Running {
    let recording = read(text.as_bytes()).unwrap();
    let options = Options {
        replay: Replay::of(&recording.entries),
        ucserver_port: Some(0),
        scenario: Scenario::Quiet,
        ..Options::default()
    };
    assert!(options.replay.is_some());
    lampfield::simulator::start(options).await.unwrap()
}

/// Any password: those of the recording were dropped.
fn settings_of(running: &Running) -> UcServerSettings {
    let url = running.ready().ucserver.clone().unwrap();
    UcServerSettings {
        admin: Some(account("whoever", "whatever")),
        users: UserList::Admin,
        ..UcServerSettings::new(url, account("somebody", "anything"))
    }
}

/// Plays a recording to a connector that records again; both say the same, as far as nobody at the
/// phone has said what it was.
async fn replays(text: &str, told: &[Value]) {
    let recording = read(text.as_bytes()).unwrap();
    let is_said = |entry: &&Entry| !matches!(entry.what, What::Step(_));
    let expected = Evidence::of(recording.entries.iter().filter(is_said)).rows();
    let expected = rows(&expected);
    let running = replayed(text).await;
    let memory = Memory::begin();
    let mut listener = Listener::start(settings_of(&running), &memory);
    let all = |so_far: &[Value]| so_far.len() == told.len();
    listener
        .until("everything again", &str::to_owned, all)
        .await;
    assert_eq!(listener.told, told);
    memory
        .until("the same rows", |recorder| {
            rows(&recorder.rows()) == expected
        })
        .await;
    listener.end().await;
    running.stop().await;
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

fn nobody_is_in(text: &str) {
    let private = [
        "anna",
        "bernd",
        "clara",
        "Adler",
        "Bär",
        "Cramer",
        "corp.example",
        "+49",
        "lampfield\"",
        "jwt-",
        "admin\"",
        "call-1",
    ];
    for private in private {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

async fn ten_steps_recorded(version: UcServerVersion) -> (String, Vec<Value>, Vec<Value>) {
    let scene = UcServerScene { version, ..scene() };
    let mut site = Site::open(scene).await;
    ten_steps(&site).await;
    let told = site.told().await;
    let rows = rows(&site.memory.recorder.rows());
    let text = site.memory.text();
    site.listener.end().await;
    (text, told, rows)
}

#[rstest]
#[case::v1(UcServerVersion::V1)]
#[case::v2(UcServerVersion::V2)]
#[case::mixed(UcServerVersion::Mixed)]
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_replays_to_the_same_rows(#[case] version: UcServerVersion) {
    let (text, told, rows) = ten_steps_recorded(version).await;
    nobody_is_in(&text);
    let recording = read(text.as_bytes()).unwrap();
    assert_eq!(recording.bad, []);
    assert_eq!(self::rows(&Evidence::of(&recording.entries).rows()), rows);
    let confirmed = rows.iter().filter(|row| row[1] == "confirmed").count();
    assert!(confirmed >= 15, "{rows:#?}");
    replays(&text, &told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graph_has_the_users_of_a_recording() {
    let (text, told, _) = ten_steps_recorded(UcServerVersion::V2).await;
    let running = replayed(&text).await;
    let matched = running.control().matched();
    let names: Vec<_> = matched
        .iter()
        .map(|person| person.user_name.as_str())
        .collect();
    assert_eq!(told[0], json!(["users", names]));
    assert!(
        matched
            .iter()
            .all(|person| person.upn.as_deref() == Some(&person.user_name))
    );
    running.stop().await;
}

#[rstest]
#[case::v1("v1")]
#[case::v2("v2")]
#[case::mixed("mixed")]
#[tokio::test(flavor = "multi_thread")]
async fn the_recordings_of_the_repository_replay_to_their_rows(#[case] name: &str) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.jsonl"))).unwrap();
    let expected = std::fs::read(folder().join(format!("{name}.rows.json"))).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let of = |name: &str| expected[name].as_array().unwrap().clone();
    let recording = read(text.as_bytes()).unwrap();
    assert_eq!(recording.bad, []);
    assert_eq!(rows(&Evidence::of(&recording.entries).rows()), of("rows"));
    replays(&text, &of("told")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes tests/recordings"]
async fn make_the_recordings() {
    for version in UcServerVersion::ALL {
        let name = version.as_str();
        let (text, told, rows) = ten_steps_recorded(version).await;
        std::fs::write(folder().join(format!("{name}.jsonl")), text).unwrap();
        let expected = json!({"told": told, "rows": rows});
        let expected = format!("{}\n", serde_json::to_string_pretty(&expected).unwrap());
        std::fs::write(folder().join(format!("{name}.rows.json")), expected).unwrap();
    }
}

/// Cut anywhere, bytes flipped anywhere: what is whole is played, and nothing falls over.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_recording_is_used_as_far_as_it_is_whole() {
    let (text, ..) = ten_steps_recorded(UcServerVersion::V2).await;
    let whole = read(text.as_bytes()).unwrap().entries.len();
    for at in (0..text.len()).step_by(97) {
        let cut = read(&text.as_bytes()[..at]);
        assert!(
            cut.is_err() || cut.is_ok_and(|cut| cut.bad.len() <= 1 && cut.entries.len() <= whole)
        );
        let mut flipped = text.clone().into_bytes();
        flipped[at] ^= 0x15;
        let flipped = read(&flipped).unwrap();
        assert!(flipped.entries.len() + 2 >= whole, "{at}");
        // Read it, replay it: no panic.
        let _ = Evidence::of(&flipped.entries).rows();
        let _ = Replay::of(&flipped.entries);
    }
    let lines: Vec<_> = text.lines().collect();
    let mut odd = lines.clone();
    odd.insert(3, "{\"n\":3}");
    odd.insert(9, "nonsense");
    let recording = read(odd.join("\n").as_bytes()).unwrap();
    let bad: Vec<_> = recording.bad.iter().map(|bad| bad.line).collect();
    assert_eq!(bad, [4, 10]);
}
