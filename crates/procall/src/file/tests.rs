//! The whole source on real files, as the bridge sees it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use rstest::rstest;
use tokio::time::timeout;

use super::*;
use model::presence::{Mapping, TeamsPresence, UserName};

/// Generous: an event comes within milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A share that takes nothing in: the thread that writes never comes back for more.
#[test]
fn what_a_hung_share_has_no_room_for_is_dropped_counted_and_said() {
    let (changes, mut taken) = mpsc::channel(1);
    let health = Health::default();
    let mut writer = Writer(Some(WriterThread {
        path: "procall.jsonl".into(),
        changes,
        done: oneshot::channel().1,
        health: health.clone(),
        dropped: 0,
    }));
    let change = |user: &str| {
        let rule = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Busy", "InACall")));
        PresenceOrder::Show(PresenceChange {
            at: jiff::Timestamp::UNIX_EPOCH,
            user_name: UserName::new(user),
            procall_presence: rule.procall,
            lamp: rule.lamp,
            tooltip: &rule.tooltip,
            rule: &rule.name,
        })
    };
    for user in ["anna", "bert", "carl"] {
        writer.take(change(user));
    }
    let ProcallEvent::Trouble(words) = health.as_event() else {
        panic!("it is a problem at once");
    };
    assert!(words.message.contains("written too slowly"), "{words}");
    taken.try_recv().unwrap();
    writer.take(change("dora"));
    assert_eq!(health.as_event(), ProcallEvent::Up);
    let said = ["procall.jsonl is written again: 2 presence changes were dropped"];
    let warnings: Vec<_> = health.take_warnings().iter().map(self::said).collect();
    assert_eq!(warnings, said);
}

/// As it stands in the log.
fn said(warning: &SourceWarning) -> String {
    words::source_warning(warning, words::texts(Lang::En))
}

/// A source in a folder of its own.
struct Bench {
    dir: tempfile::TempDir,
    events: mpsc::Receiver<ProcallEvent>,
    orders: mpsc::Sender<PresenceOrder>,
    stop: tokio_watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Bench {
    /// Starts with these contents; `None`: the file is not there.
    fn start(users: Option<&str>, calls: Option<&str>) -> Self {
        Self::start_with(users, calls, SILENT_AFTER)
    }

    fn start_with(users: Option<&str>, calls: Option<&str>, silent_after: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("users.csv", users), ("calls.jsonl", calls)] {
            if let Some(text) = text {
                fs::write(dir.path().join(name), text).unwrap();
            }
        }
        let source = FileSource::new(FileSettings {
            users_file: dir.path().join("users.csv"),
            events_file: Some(dir.path().join("calls.jsonl")),
            presence_out: Some(dir.path().join("procall.jsonl")),
            lang: Lang::De,
        })
        .with_pace(Duration::from_millis(2))
        .with_silence(silent_after);
        let (sender, events) = mpsc::channel(16);
        let (orders, taken) = mpsc::channel(16);
        let (stop, stopped) = tokio_watch::channel(false);
        let task = tokio::spawn(Box::new(source).run(sender, taken, stopped));
        Self {
            dir,
            events,
            orders,
            stop,
            task,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn append_bytes(&self, bytes: &[u8]) {
        let mut open = fs::OpenOptions::new();
        let mut file = open.append(true).open(self.path("calls.jsonl")).unwrap();
        file.write_all(bytes).unwrap();
    }

    fn append(&self, text: &str) {
        let mut open = fs::OpenOptions::new();
        let path = self.path("calls.jsonl");
        let mut file = open.append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// The next event, as words.
    async fn next(&mut self) -> String {
        let event = timeout(PATIENCE, self.events.recv()).await;
        match event.expect("an event comes").expect("the source runs") {
            ProcallEvent::Users(users) => {
                let names: Vec<_> = users.iter().map(|user| user.user_name.as_str()).collect();
                format!("users {}", names.join(" "))
            }
            ProcallEvent::Calls(calls) => {
                let calls: Vec<_> = calls.iter().map(words).collect();
                format!("calls {}", calls.join(", "))
            }
            ProcallEvent::Call(call) => format!("call {}", words(&call)),
            ProcallEvent::Up => "up".to_owned(),
            ProcallEvent::Trouble(it) => format!("trouble {}", self.without_folder(&it.message)),
            ProcallEvent::Warning(warning) => {
                format!("warning {}", self.without_folder(&said(&warning)))
            }
            ProcallEvent::Silent(_) => "silent".to_owned(),
            other => format!("not of this source: {other:?}"),
        }
    }

    fn without_folder(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }

    async fn expect(&mut self, events: &[&str]) {
        for event in events {
            assert_eq!(self.next().await, *event);
        }
    }

    /// Passes over what comes until this does.
    async fn until(&mut self, event: &str) {
        while self.next().await != event {}
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

fn words(call: &crate::CallEvent) -> String {
    format!("{} {} {:?}", call.user_name, call.key, call.state)
}

fn call(user: &str, state: &str) -> String {
    format!("{{\"user_name\":\"{user}\",\"kind\":\"tapi\",\"state\":\"{state}\"}}\n")
}

const USERS: &str = "user_name,display_name,phone\nanna,Anna,1\nbert,Bert,2\n";

#[tokio::test]
async fn the_start_tells_users_calls_and_that_all_is_well_then_each_call() {
    let calls = [
        call("anna", "connected"),
        call("bert", "connected"),
        call("bert", "ended"),
    ];
    let mut bench = Bench::start(Some(USERS), Some(&calls.concat()));
    bench
        .expect(&["users anna bert", "calls anna tapi Connected", "up"])
        .await;
    bench.append(&call("anna", "ended"));
    bench.expect(&["call anna tapi Ended"]).await;
    bench.end().await;
}

#[tokio::test]
async fn a_line_in_pieces_is_taken_when_it_is_complete() {
    let mut bench = Bench::start(Some(USERS), Some(""));
    bench.expect(&["users anna bert", "calls ", "up"]).await;
    let line = call("anna", "connected");
    let (first, rest) = line.split_at(20);
    bench.append(first);
    // The other file proves that the piece was looked at.
    fs::write(bench.path("users.csv"), "user_name\nanna\n").unwrap();
    bench.expect(&["users anna"]).await;
    bench.append(rest);
    bench.expect(&["call anna tapi Connected"]).await;
    bench.end().await;
}

#[tokio::test]
async fn calls_may_come_later_be_truncated_and_be_rotated() {
    let mut bench = Bench::start(Some(USERS), None);
    bench
        .expect(&[
            "users anna bert",
            "calls ",
            "warning calls.jsonl does not exist yet: no call is known until it does",
            "up",
        ])
        .await;
    bench.append(&call("anna", "ringing"));
    bench.expect(&["call anna tapi Ringing"]).await;
    bench.append(&call("anna", "connected"));
    bench.expect(&["call anna tapi Connected"]).await;

    fs::write(bench.path("calls.jsonl"), call("anna", "ended")).unwrap();
    bench.expect(&["call anna tapi Ended"]).await;

    bench.append(&call("bert", "ringing"));
    fs::rename(bench.path("calls.jsonl"), bench.path("calls.1")).unwrap();
    bench.append(&call("bert", "connected"));
    bench
        .expect(&["call bert tapi Ringing", "call bert tapi Connected"])
        .await;
    bench.end().await;
}

#[tokio::test]
async fn a_broken_line_is_named_with_its_number_and_the_rest_goes_on() {
    let long = "x".repeat(70_000);
    let text = format!(
        "\u{FEFF}{}\r\n\nnonsense\n{long}\n{}",
        call("anna", "connected").trim_end(),
        call("bert", "connected")
    );
    let mut bench = Bench::start(Some(USERS), Some(&text));
    bench
        .expect(&[
            "users anna bert",
            "calls anna tapi Connected, bert tapi Connected",
            "warning calls.jsonl line 3 left out: expected ident in nonsense",
            "warning calls.jsonl line 4 left out: it is 70000 bytes long, more than 65536 are not read",
            "up",
        ])
        .await;
    bench.append("{\"user_name\":\"anna\",\"kind\":\"tapi\",\"state\":\"held\"}\n");
    bench.append(&call("anna", "ended"));
    let warning = bench.next().await;
    let (warning, event) = if warning.starts_with("warning") {
        (warning, bench.next().await)
    } else {
        (bench.next().await, warning)
    };
    assert!(
        warning.contains("calls.jsonl line 6 left out: unknown state \"held\""),
        "{warning}"
    );
    assert_eq!(event, "call anna tapi Ended");
    bench.end().await;
}

#[rstest]
#[case::missing(None, "cannot be read: No such file or directory (os error 2)")]
#[case::empty(Some(""), "it is empty")]
#[case::no_list(Some("hello\n"), "no column user_name")]
#[tokio::test]
async fn without_a_list_there_is_trouble_until_there_is_one(
    #[case] users: Option<&str>,
    #[case] why: &str,
) {
    let mut bench = Bench::start(users, Some(&call("anna", "connected")));
    let trouble = bench.next().await;
    assert!(trouble.starts_with("trouble users.csv"), "{trouble}");
    assert!(trouble.contains(why), "{trouble}");
    assert!(trouble.ends_with("nobody is matched"), "{trouble}");
    fs::write(bench.path("users.csv"), USERS).unwrap();
    bench
        .expect(&["users anna bert", "calls anna tapi Connected", "up"])
        .await;
    bench.end().await;
}

/// PowerShell's ConvertTo-Json breaks lines unless it is told not to, and writes several objects as a list.
#[tokio::test]
async fn objects_may_be_spread_over_lines() {
    let mut bench = Bench::start(Some(USERS), Some(""));
    bench.expect(&["users anna bert", "calls ", "up"]).await;
    let spread = |user: &str, state: &str| {
        format!(
            "{{\r\n    \"user_name\":  \"{user}\",\r\n    \"kind\":  \"Tapi\",\r\n    \"state\":  \"{state}\"\r\n}}"
        )
    };
    let (anna, bert) = (spread("anna", "Connected"), spread("bert", "Connected"));
    bench.append(&format!("[\r\n{anna},\r\n{bert}\r\n]\r\n"));
    bench
        .expect(&["call anna tapi Connected", "call bert tapi Connected"])
        .await;
    // The last line may have no end.
    bench.append(&spread("anna", "Ended"));
    bench.expect(&["call anna tapi Ended"]).await;
    // What is torn is named with its first line, and costs itself.
    bench.append("\r\n{\r\n    \"user_name\":  \"an\r\n");
    bench.append(&call("bert", "ended"));
    bench.expect(&["call bert tapi Ended"]).await;
    let warning = bench.next().await;
    assert!(warning.contains("line 18 left out"), "{warning}");
    bench.end().await;
}

#[tokio::test]
async fn the_last_good_list_stays() {
    let mut bench = Bench::start(Some(USERS), Some(""));
    bench.expect(&["users anna bert", "calls ", "up"]).await;
    fs::write(bench.path("users.csv"), "").unwrap();
    let trouble = bench.next().await;
    assert!(
        trouble.contains("last good list of 2 users stays"),
        "{trouble}"
    );
    bench.append(&call("anna", "connected"));
    bench.expect(&["call anna tapi Connected"]).await;
    fs::remove_file(bench.path("users.csv")).unwrap();
    let trouble = bench.next().await;
    assert!(trouble.contains("No such file"), "{trouble}");
    fs::write(bench.path("users.csv"), USERS).unwrap();
    bench.expect(&["up"]).await;
    fs::write(bench.path("users.csv"), "user_name\ncarl\n\"\n").unwrap();
    bench
        .expect(&[
            "users carl",
            "warning users.csv line 3 left out: a quotation mark is not closed",
        ])
        .await;
    bench.end().await;
}

#[tokio::test]
async fn calls_that_cannot_be_read_are_trouble_and_no_empty_list() {
    let mut bench = Bench::start(Some(USERS), None);
    bench.expect(&["users anna bert", "calls "]).await;
    while bench.next().await != "up" {}
    let calls = bench.path("calls.jsonl");
    fs::create_dir(&calls).unwrap();
    let trouble = bench.next().await;
    assert!(
        trouble.contains("calls.jsonl cannot be read: it is not a regular file"),
        "{trouble}"
    );
    fs::remove_dir(&calls).unwrap();
    bench.expect(&["up"]).await;
    bench.end().await;
}

#[tokio::test]
async fn presence_is_written_promptly_and_to_the_end() {
    let mut bench = Bench::start(Some(USERS), Some(""));
    bench.expect(&["users anna bert", "calls ", "up"]).await;
    let rule = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Busy", "InACall")));
    for user in ["anna", "bert"] {
        let change = PresenceChange {
            at: jiff::Timestamp::UNIX_EPOCH,
            user_name: UserName::new(user),
            procall_presence: rule.procall,
            lamp: rule.lamp,
            tooltip: &rule.tooltip,
            rule: &rule.name,
        };
        bench
            .orders
            .send(PresenceOrder::Show(change))
            .await
            .unwrap();
    }
    let path = bench.path("procall.jsonl");
    let dir = std::mem::replace(&mut bench.dir, tempfile::tempdir().unwrap());
    bench.end().await;
    let written = fs::read_to_string(path).unwrap();
    let users: Vec<_> = written
        .lines()
        .map(|line| line.contains("im Gespräch"))
        .collect();
    assert_eq!(users, [true, true]);
    drop(dir);
}

#[tokio::test]
async fn a_device_for_the_presence_is_trouble_and_calls_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let users_file = dir.path().join("users.csv");
    fs::write(&users_file, USERS).unwrap();
    let source = FileSource::new(FileSettings {
        users_file,
        events_file: None,
        presence_out: Some("/dev/full".into()),
        lang: Lang::En,
    });
    assert_eq!(&*source.label(), "users.csv");
    let (sender, events) = mpsc::channel(16);
    let (orders, taken) = mpsc::channel(16);
    let (stop, stopped) = tokio_watch::channel(false);
    let source = source.with_pace(Duration::from_millis(2));
    let task = tokio::spawn(Box::new(source).run(sender, taken, stopped));
    let mut bench = Bench {
        dir,
        events,
        orders,
        stop,
        task,
    };
    // Only regular files are written, which is said before anybody calls; what a full disk says
    // stands in out.rs.
    let mut wanted = vec![
        "users anna bert",
        "calls ",
        "trouble /dev/full cannot be written: it is not a regular file",
    ];
    while !wanted.is_empty() {
        let seen = bench.next().await;
        wanted.retain(|wanted| !seen.starts_with(wanted));
    }
    bench.end().await;
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

// vectordotdev/vector#18341, elastic/beats#22542 (no line end), PowerShell/PowerShell#9423 (UTF-16).
#[rstest::rstest]
#[case::no_line_end("", "")]
#[case::line_end_before("\n", "\n")]
#[case::hole_before("\n", "\0\0\0\0\0\0\0")]
#[tokio::test]
async fn the_last_event_counts_without_its_line_end(
    #[case] before_first: &str,
    #[case] before_second: &str,
) {
    let mut bench = Bench::start(Some(USERS), Some(""));
    bench.expect(&["users anna bert", "calls ", "up"]).await;
    for (before, state) in [(before_first, "Connected"), (before_second, "Ended")] {
        let event = call("anna", &state.to_lowercase());
        bench.append(&format!("{before}{}", event.trim_end()));
        let seen = bench.next().await;
        assert!(seen.contains("anna") && seen.contains(state), "{seen}");
    }
    // Half an event is none: nothing is said of it until it is whole.
    let event = call("bert", "connected");
    let (begin, end) = event.trim_end().split_at(30);
    bench.append(&format!("\n{begin}"));
    bench.append(end);
    assert!(bench.next().await.contains("bert"));
    bench.end().await;
}

#[tokio::test]
async fn what_powershell_appends_counts() {
    let mut bench = Bench::start(Some(USERS), Some(&call("anna", "connected")));
    bench.expect(&["users anna bert"]).await;
    while bench.next().await != "up" {}
    bench.append_bytes(&utf16(&call("anna", "ended").replace('\n', "\r\n")));
    let seen = bench.next().await;
    assert!(seen.contains("anna") && seen.contains("Ended"), "{seen}");
    bench.end().await;
}

#[tokio::test]
async fn a_call_of_somebody_who_is_not_in_the_list_is_a_warning_once() {
    let mut bench = Bench::start(Some(USERS), Some(""));
    bench.expect(&["users anna bert", "calls ", "up"]).await;
    for state in ["ringing", "connected", "ended"] {
        bench.append(&call("stranger", state));
    }
    bench.append(&call("anna", "connected"));
    let mut warnings = 0;
    loop {
        let seen = bench.next().await;
        warnings += usize::from(seen.starts_with("warning") && seen.contains("\"stranger\""));
        if seen.contains("anna") {
            break;
        }
    }
    while warnings == 0 {
        let seen = bench.next().await;
        warnings += usize::from(seen.starts_with("warning") && seen.contains("\"stranger\""));
    }
    assert_eq!(warnings, 1);
    bench.end().await;
}

/// The file of calls is gone, or something else has its name, and it comes back.
#[rstest]
#[case::gone(false, "trouble calls.jsonl is gone; it is [procall] events_file")]
#[case::something_else_in_its_place(true, "trouble calls.jsonl cannot be read")]
#[tokio::test]
async fn a_file_of_calls_that_is_gone_is_silent_and_tells_all_when_it_is_back(
    #[case] a_folder_instead: bool,
    #[case] trouble: &str,
) {
    let limit = Duration::from_millis(300);
    let calls = [call("anna", "connected"), call("bert", "connected")].concat();
    let mut bench = Bench::start_with(Some(USERS), Some(&calls), limit);
    bench.until("up").await;
    let (path, away) = (bench.path("calls.jsonl"), bench.path("calls.away"));
    fs::rename(&path, &away).unwrap();
    if a_folder_instead {
        fs::create_dir(&path).unwrap();
    }
    let mut seen = vec![bench.next().await];
    let came = |seen: &[String], what| seen.iter().any(|one| one.starts_with(what));
    while !(came(&seen, "silent") && came(&seen, trouble)) {
        seen.push(bench.next().await);
    }
    if a_folder_instead {
        fs::remove_dir(&path).unwrap();
    }
    fs::rename(&away, &path).unwrap();
    bench
        .until("calls anna tapi Connected, bert tapi Connected")
        .await;
    bench.until("up").await;
    bench.end().await;
}

#[tokio::test]
async fn a_file_that_is_idle_or_was_never_there_is_not_silent() {
    let limit = Duration::from_millis(300);
    let start = |calls| Bench::start_with(Some(USERS), calls, limit);
    let (mut idle, mut absent, mut gone) = (start(Some("")), start(None), start(Some("")));
    for bench in [&mut idle, &mut absent, &mut gone] {
        bench.until("up").await;
    }
    fs::remove_file(gone.path("calls.jsonl")).unwrap();
    gone.until("silent").await;
    for mut bench in [idle, absent] {
        bench.append(&call("anna", "connected"));
        bench.expect(&["call anna tapi Connected"]).await;
        bench.end().await;
    }
}
