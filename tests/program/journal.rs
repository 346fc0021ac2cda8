//! Under systemd the lines of `run` are entries of the journal, with their values as fields: by systemd's own
//! journal, in mounts and processes of their own. Needs root; elsewhere it says that it is skipped.

use std::path::Path;
use std::process::{Command, Stdio};

use lampfield::simulator::{PbxKind, PbxState};
use serde_json::Value;

use crate::common::eventually;
use crate::common::program::Site;

const JOURNALD: &str = "/lib/systemd/systemd-journald";

/// In its first argument's place of `/run`: the journal, and what else is given connected with it and
/// told so as systemd does.
const CONNECTED: &str = "set -e
mkdir -p \"$1/systemd/journal\"
mount --bind \"$1\" /run
shift
/lib/systemd/systemd-journald 2>/dev/null &
tries=0
until [ -S /run/systemd/journal/stdout ]; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || exit 1
    sleep 0.05
done
exec systemd-cat sh -c 'JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec \"$@\"' sh \"$@\"";

/// Begins with a namespace of its own; whoever kills it ends everything in there.
fn alone() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command
}

/// What is given to it runs connected with a journal of its own in this folder.
fn connected(run: &Path) -> Command {
    let mut command = alone();
    command.args(["sh", "-c", CONNECTED, "sh"]).arg(run);
    command
}

fn can_be_tried(folder: &Path) -> bool {
    let quiet = |command: &mut Command| {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    Path::new(JOURNALD).exists()
        && quiet(Command::new("systemd-cat").arg("--version"))
        && quiet(alone().arg("true"))
        && quiet(connected(&folder.join("trial")).arg("true"))
}

/// The entries of which that holds.
fn entries(run: &Path, matches: &[&str]) -> Vec<Value> {
    let mut journalctl = Command::new("journalctl");
    journalctl.arg("--directory").arg(run.join("log/journal"));
    let done = journalctl
        .args(["--output=json", "--no-pager"])
        .args(matches)
        .output();
    let text = String::from_utf8(done.unwrap().stdout).unwrap();
    // Of one that is just being written the last line may be missing.
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_finds_a_user_s_lease_by_its_fields() {
    let site = Site::with_users(3, "").await;
    if !can_be_tried(&site.path("")) {
        println!("skipped: it needs root and {JOURNALD}");
        return;
    }
    let run = site.path("run");
    let lampfield = site.command(&["--lang", "en", "run"]);
    let mut command = connected(&run);
    command
        .arg(lampfield.get_program())
        .args(lampfield.get_args());
    command.current_dir(site.path(""));
    for (name, value) in lampfield.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let mut service = command.spawn().unwrap();
    let control = site.tenant.control();
    let user = control.matched().remove(0).user_name;
    let read = eventually(|| site.log().contains("cycle 1")).await;
    assert!(read, "{}", site.log());
    control
        .call(&user, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    let of_user = format!("LAMPFIELD_USER={user}");
    // The kind "lease set" of docs/service.md.
    let set = "MESSAGE_ID=56d1afd8c2cd465abdf3a483a7e9a44c";
    let mut found = Vec::new();
    let seen = eventually(|| {
        found = entries(&run, &[&of_user, set]);
        !found.is_empty()
    })
    .await;
    let all = entries(&run, &[]);
    service.kill().unwrap();
    service.wait().unwrap();
    assert!(seen, "{all:#?}");
    let [entry] = &*found else {
        panic!("one lease: {found:#?}");
    };
    assert_eq!(entry["SYSLOG_IDENTIFIER"], "lampfield");
    assert_eq!(entry["PRIORITY"], "6");
    assert_eq!(
        entry["_TRANSPORT"], "journal",
        "not what it wrote to stderr"
    );
    assert!(entry["MESSAGE"].as_str().unwrap().starts_with(&user));
    let twice = all.iter().filter(|it| it["MESSAGE"] == entry["MESSAGE"]);
    assert_eq!(
        twice.count(),
        1,
        "what the journal has does not go to stderr as well"
    );
}
