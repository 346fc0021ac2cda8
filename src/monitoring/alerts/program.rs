//! The program of `[alerts] command`: it reads the alert from stdin.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use model::cause::{Cause, ProgramFault, Trouble};
use model::redact::{REMOVED, redacted};
use model::text::harmless_up_to;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, Command};

use crate::config::Program;

/// How long it may run.
const WITHIN: Duration = Duration::from_secs(30);

/// So much of what it says on stderr is looked at, in bytes, and so much of the last line is told.
const HEARD: u64 = 16 << 10;
const TOLD: usize = 200;

/// How long its last words may take after its end: something that it has started may keep stderr.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// What is meant for this process alone.
const OURS: [&str; 7] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "JOURNAL_STREAM",
    "CREDENTIALS_DIRECTORY",
];

/// Runs it to its end; code 0 means that it has taken the alert.
///
/// # Errors
/// It does not start, does not end, or ends otherwise; with the last line that it wrote on stderr.
pub(super) async fn run(program: &Program, json: &str) -> Result<(), Trouble> {
    run_within(program, json, WITHIN).await
}

async fn run_within(program: &Program, json: &str, within: Duration) -> Result<(), Trouble> {
    let mut child = match command(program).spawn() {
        Ok(child) => child,
        Err(why) => return Err(failed(ProgramFault::NotStarted, &why.to_string())),
    };
    let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let ended = tokio::time::timeout(within, converse(&mut child, json)).await;
    if ended.is_err()
        && let Some(group) = group
    {
        // Whatever it has started as well; it has not been waited for, so that the number is still its own.
        let _ = kill_process_group(group, Signal::KILL);
    }
    match ended {
        Ok(Ok((status, said))) => judged(status, &said),
        Ok(Err(why)) => Err(failed(ProgramFault::Killed, &why.to_string())),
        Err(_) => Err(failed(ProgramFault::TimeOut, "")),
    }
}

fn command(program: &Program) -> Command {
    let mut command = Command::new(&program.name);
    command
        .args(&program.arguments)
        .env_clear()
        .envs(environment(std::env::vars_os()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // A Ctrl-C is meant for the console.
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// Without our secrets, and without what a service manager has handed to this process.
fn environment(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = (OsString, OsString)> {
    all.filter(|(name, value)| {
        let ours = OURS.iter().any(|ours| name == ours);
        !ours && !redacted(&value.to_string_lossy()).contains(REMOVED)
    })
}

async fn converse(child: &mut Child, json: &str) -> std::io::Result<(ExitStatus, String)> {
    let stderr = child.stderr.take();
    let hearing = tokio::spawn(hear(stderr));
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read it has its reasons; its code says whether it is content.
        let _ = stdin.write_all(json.as_bytes()).await;
        let _ = stdin.write_all(b"\n").await;
    }
    let status = child.wait().await?;
    let said = tokio::time::timeout(LAST_WORDS, hearing).await;
    Ok((status, said.ok().and_then(Result::ok).unwrap_or_default()))
}

/// All that it writes is taken, so that it never waits; the first of it is kept.
async fn hear(stderr: Option<ChildStderr>) -> String {
    let Some(mut stderr) = stderr else {
        return String::new();
    };
    let mut kept = Vec::new();
    // What cannot be read is not told.
    let _ = (&mut stderr).take(HEARD).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}

fn judged(status: ExitStatus, said: &str) -> Result<(), Trouble> {
    if status.success() {
        return Ok(());
    }
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    let last = harmless_up_to(last.unwrap_or_default(), TOLD);
    let fault = status
        .code()
        .map_or(ProgramFault::Killed, ProgramFault::Code);
    Err(failed(fault, &last))
}

fn failed(fault: ProgramFault, why: &str) -> Trouble {
    let what = match fault {
        ProgramFault::NotStarted => "it cannot be started".to_owned(),
        ProgramFault::Code(code) => format!("it ended with code {code}"),
        ProgramFault::Killed => "a signal has ended it".to_owned(),
        ProgramFault::TimeOut => "it does not end in time".to_owned(),
    };
    let why = if why.is_empty() {
        String::new()
    } else {
        format!(": {why}")
    };
    let message = format!("Could not hand the alert to the program in [alerts]: {what}{why}");
    Trouble::new(Cause::AlertProgram(fault), Arc::<str>::from(message))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use model::redact;
    use rstest::rstest;
    use rustix::process::kill_process;

    use super::*;

    fn script(folder: &Path, text: &str) -> Program {
        let file = folder.join("tell");
        std::fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        Program {
            name: "/bin/sh".to_owned(),
            arguments: vec![file.display().to_string(), folder.display().to_string()],
        }
    }

    #[tokio::test]
    async fn it_reads_the_alert_and_gets_its_arguments() {
        let folder = tempfile::tempdir().unwrap();
        let program = script(folder.path(), "cat >\"$1/alert\"");
        run(&program, r#"{"schema":1}"#).await.unwrap();
        let read = std::fs::read_to_string(folder.path().join("alert")).unwrap();
        assert_eq!(read, "{\"schema\":1}\n");
    }

    #[rstest]
    #[case::code(
        "echo first >&2; echo no route >&2; exit 3",
        ProgramFault::Code(3),
        "no route"
    )]
    #[case::signal("kill -9 $$", ProgramFault::Killed, "signal")]
    #[case::much("yes | head -c 300000 >&2; exit 4", ProgramFault::Code(4), "code 4")]
    #[tokio::test]
    async fn an_end_that_is_none_is_told_with_its_last_words(
        #[case] text: &str,
        #[case] fault: ProgramFault,
        #[case] words: &str,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let outcome = run(&script(folder.path(), text), "{}").await;
        let trouble = outcome.unwrap_err();
        assert_eq!(trouble.cause, Cause::AlertProgram(fault));
        assert!(trouble.message.contains(words), "{trouble}");
        assert!(!trouble.message.contains("first"), "{trouble}");
    }

    #[tokio::test]
    async fn one_that_reads_nothing_or_leaves_somebody_behind_is_fine() {
        let folder = tempfile::tempdir().unwrap();
        let program = script(folder.path(), "sleep 600 & echo $! >\"$1/pid\"; exit 0");
        let long = "x".repeat(1 << 20);
        run(&program, &long).await.unwrap();
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        let left = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(left, Signal::KILL).unwrap();
    }

    #[tokio::test]
    async fn one_that_does_not_end_is_ended_with_all_that_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let text = "sleep 600 & echo $! >\"$1/child\"; mv \"$1/child\" \"$1/pid\"; wait";
        let program = script(folder.path(), text);
        let trouble = run_within(&program, "{}", Duration::from_millis(500)).await;
        let cause = trouble.unwrap_err().cause;
        assert_eq!(cause, Cause::AlertProgram(ProgramFault::TimeOut));
        let Ok(pid) = std::fs::read_to_string(folder.path().join("pid")) else {
            // A machine so busy that it had not even begun.
            return;
        };
        let stat = std::path::PathBuf::from(format!("/proc/{}/stat", pid.trim()));
        let is_gone = || {
            let stat = std::fs::read_to_string(&stat).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        };
        for _ in 0..1_000 {
            if is_gone() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{pid} is still there");
    }

    #[tokio::test]
    async fn one_that_is_not_there_is_named() {
        let program = Program {
            name: "/nonexistent/tell".to_owned(),
            arguments: Vec::new(),
        };
        let trouble = run(&program, "{}").await.unwrap_err();
        assert_eq!(trouble.cause, Cause::AlertProgram(ProgramFault::NotStarted));
        assert!(trouble.message.contains("No such file"), "{trouble}");
    }

    #[test]
    fn it_is_handed_no_secret_and_no_socket_of_the_manager() {
        redact::hide("Zx81~kQ55mPx3-client");
        let all = [
            ("PATH", "/bin"),
            ("SECRET", "Zx81~kQ55mPx3-client"),
            ("NOTIFY_SOCKET", "/run/systemd/notify"),
            ("HTTPS_PROXY", "http://proxy:3128"),
        ];
        let all = all.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let left: Vec<_> = environment(all.into_iter()).map(|(name, _)| name).collect();
        assert_eq!(left, ["PATH", "HTTPS_PROXY"]);
    }
}
