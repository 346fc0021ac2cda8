//! Who may look at a bridge, and who may command it: other users of the machine, in the group of `[attach]` or not.
//! Needs root, to be them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use portable_pty::CommandBuilder;

use crate::common::program::{Site, Started, heed_interrupts};
use crate::console::terminal::{Seen, Terminal};

/// A group that nobody else is in, and a user of no name.
const GROUP: u32 = 64_117;
const USER: u32 = 64_118;

/// A service that the group may look at, and a folder from which its members start the program.
struct Shared {
    site: Site,
    program: PathBuf,
}

impl Shared {
    /// Nothing where this test cannot be somebody else.
    async fn open(keys: &str) -> Option<Self> {
        let tool = Command::new("setpriv").arg("--version").output();
        if !rustix::process::geteuid().is_root() || tool.is_err() {
            println!("SKIPPED: it needs root and setpriv");
            return None;
        }
        let keys = format!("[attach]\nsocket = \"run/l.sock\"\ngroup = \"{GROUP}\"\n{keys}");
        let site = Site::open_in(3, &["run"]).await;
        site.configure(&keys);
        for folder in [site.folder.path(), &site.path("run")] {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        // What was built may lie where only root gets.
        let program = site.path("lampfield");
        std::fs::copy(env!("CARGO_BIN_EXE_lampfield"), &program).unwrap();
        Some(Self { site, program })
    }

    async fn service(&self) -> Started {
        let service = self.site.begin("run", &["run"]);
        service.until_says("consoles may look at").await;
        service.until_says("cycle 1").await;
        service
    }

    /// The arguments of `setpriv` for the program with these, as a member of the group or not.
    fn arguments(&self, is_member: bool, args: &[&str]) -> Vec<String> {
        let group = if is_member { GROUP } else { USER };
        let who = [
            format!("--reuid={USER}"),
            format!("--regid={group}"),
            "--clear-groups".to_owned(),
            self.program.display().to_string(),
        ];
        who.into_iter()
            .chain(args.iter().map(|arg| (*arg).to_owned()))
            .collect()
    }

    async fn said(&self, is_member: bool, args: &[&str]) -> (Option<i32>, String) {
        self.said_with(is_member, args, &[]).await
    }

    async fn said_with(
        &self,
        is_member: bool,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> (Option<i32>, String) {
        heed_interrupts();
        let mut command = Command::new("setpriv");
        command.args(self.arguments(is_member, args));
        command.current_dir(self.site.path("run")).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", "/nowhere");
        command.envs(variables.iter().copied());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.code(), said)
    }

    fn console(&self) -> Terminal {
        let mut command = CommandBuilder::new("setpriv");
        let args = ["--lang", "en", "attach", "--socket", "l.sock"];
        command.args(self.arguments(true, &args));
        command.cwd(self.site.path("run"));
        command.env("HOME", Path::new("/nowhere"));
        Terminal::start(command)
    }
}

fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_group_sees_everything_and_nobody_else_anything() {
    let Some(shared) = Shared::open("").await else {
        return;
    };
    let _service = shared.service().await;
    let commands: [&[&str]; 5] = [
        &["--lang", "en", "snapshot"],
        &["--lang", "en", "check"],
        &["--lang", "en", "metrics"],
        &["--lang", "en", "watch", "--for", "1s"],
        &["--lang", "en", "doctor"],
    ];
    for args in commands {
        let args = [args, &["--socket", "l.sock"]].concat();
        let (code, said) = shared.said(true, &args).await;
        assert_eq!(code, Some(0), "{args:?}: {said}");
        let (code, said) = shared.said(false, &args).await;
        // `check` knows nothing of it; all else fails.
        let expected = if args.contains(&"check") { 3 } else { 1 };
        assert_eq!(code, Some(expected), "{args:?}: {said}");
        assert!(said.contains("you may not look at the bridge"), "{said}");
    }
}

/// Where the service keeps its state nobody else gets, and that is not where its socket must be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_closed_hides_no_socket_elsewhere() {
    let Some(shared) = Shared::open("").await else {
        return;
    };
    let site = &shared.site;
    site.configure(&format!("[attach]\ngroup = \"{GROUP}\""));
    let _service = shared.service().await;
    std::fs::set_permissions(site.path("state"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let closed = site.path("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    let args = ["--lang", "en", "--config", "../lampfield.toml", "snapshot"];
    let variable = ("XDG_RUNTIME_DIR", closed.to_str().unwrap());
    let (code, said) = shared.said_with(true, &args, &[variable]).await;
    assert_eq!(code, Some(0), "{said}");
    // Who may look nowhere is told so, and is no bridge of his own.
    let (code, said) = shared.said_with(false, &args, &[variable]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("you may not look at the bridge"), "{said}");
}

#[test]
fn whoever_may_only_look_is_refused_where_it_is_read() {
    let runtime = runtime();
    let Some(shared) = runtime.block_on(Shared::open("")) else {
        return;
    };
    let service = runtime.block_on(shared.service());
    let mut terminal = shared.console();
    terminal.until_shown("attached");
    let refusal = "You may look at this bridge, not command it";
    for keys in ["R", "wy"] {
        terminal.press(keys);
        let last_line = |seen: &Seen| {
            seen.text()
                .lines()
                .nth(22)
                .is_some_and(|it| it.contains(refusal))
        };
        terminal.until("the refusal in the status line", last_line);
        terminal.until("that it has gone again", |seen| !last_line(seen));
    }
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    let text = service.err_text();
    assert!(!text.contains("asks:"), "{text}");
    let who = format!("a user without a name (uid {USER}, process ");
    for what in ["poll everybody now", "write nothing to Teams any more"] {
        let end = format!(") may look, not command; refused: {what}");
        runtime.block_on(service.until_says(&end));
        let text = service.err_text();
        let line = text.lines().find(|it| it.contains(&end)).unwrap();
        assert!(line.contains(&who), "{line}");
    }
}

#[test]
fn operators_command_and_the_log_names_them() {
    let runtime = runtime();
    let Some(shared) = runtime.block_on(Shared::open("operators = true")) else {
        return;
    };
    let service = runtime.block_on(shared.service());
    let mut terminal = shared.console();
    terminal.until_shown("attached");
    for (keys, what, then) in [
        ("R", "poll everybody now", "WRITING"),
        ("-", "poll every 2 s", "poll 2s"),
        ("wy", "write nothing to Teams any more", "PAUSED"),
        ("wy", "write to Teams again", "WRITING"),
    ] {
        terminal.press(keys);
        let line = format!(") asks: {what}");
        runtime.block_on(service.until_says(&line));
        let text = service.err_text();
        let line = text.lines().find(|it| it.contains(&line)).unwrap();
        let who = format!("a user without a name (uid {USER}, process ");
        assert!(line.contains(&who), "{line}");
        terminal.until_shown(then);
    }
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
}
