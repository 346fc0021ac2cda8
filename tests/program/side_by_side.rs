//! A service and three consoles beside it: two screens and one in lines. Whatever happens at the service or is asked for
//! at one of them is seen at all, and only the service asks Graph.

use std::io::Write as _;

use lampfield::simulator::PbxState;
use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::attach::{call, service};
use crate::common::eventually;
use crate::common::program::{Site, Started};
use crate::console::terminal::Terminal;

/// A console of this site, as somebody at a terminal starts it.
fn console(site: &Site, args: &[&str]) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--lang", "en"]);
    command.args(args);
    command.env("SECRET", site.secret());
    command.env("HOME", site.folder.path());
    command.cwd(site.folder.path());
    Terminal::start(command)
}

struct Eyes {
    screens: [Terminal; 2],
    lines: Started,
}

impl Eyes {
    fn see(&self, runtime: &tokio::runtime::Runtime, screen: &str, line: &str) {
        for terminal in &self.screens {
            terminal.until_shown(screen);
        }
        let told = eventually(|| self.lines.out_text().contains(line));
        assert!(
            runtime.block_on(told),
            "{line:?}: {}",
            self.lines.out_text()
        );
    }
}

#[test]
fn three_consoles_see_what_the_service_does_and_what_one_of_them_asks_for() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let keys = "[attach]\nsocket = \"l.sock\"\n[log]\nfollow = \"server/*.log\"";
    let (site, mut service, name) = runtime.block_on(service(keys));
    let control = site.tenant.control();
    control.forget_requests();
    let mut eyes = Eyes {
        screens: [
            console(&site, &[]),
            console(&site, &["attach", "--socket", "l.sock"]),
        ],
        lines: site.begin("lines", &["--lang", "en", "--plain"]),
    };
    eyes.see(&runtime, "attached", "attached to the bridge of process");
    eyes.see(&runtime, "leases 1 1", "Lease: Busy/InACall, confirmed");
    call(control, &name, PbxState::Ended);
    eyes.see(&runtime, "leases 0", "just ended");

    // What one asks for is in force at all of them.
    eyes.screens[0].press("-");
    eyes.see(&runtime, "poll 2s", "attached");
    eyes.screens[1].press("wy");
    eyes.see(&runtime, "PAUSED", "PAUSED");
    eyes.screens[0].press("wy");
    eyes.see(&runtime, "WRITING", "WRITING");
    for what in [
        "poll every 2 s",
        "write nothing to Teams any more",
        "write to Teams again",
    ] {
        runtime.block_on(service.until_says(&format!("asks: {what}")));
    }

    // The log of the service, and the one that it follows.
    std::fs::create_dir(site.path("server")).unwrap();
    let mut log = std::fs::File::create(site.path("server/a.log")).unwrap();
    log.write_all(b"2026-11-27 12:00:00 WARN the server says something\n")
        .unwrap();
    for terminal in &mut eyes.screens {
        terminal.until_shown("asks: write to Teams again");
        terminal.press("\t\t");
        terminal.until_shown("the server says something");
    }

    let tokens = control.requests();
    let tokens = tokens.iter().filter(|it| it.path.contains("/token"));
    assert_eq!(tokens.count(), 0, "only the service asks");
    for terminal in &mut eyes.screens {
        terminal.press("\u{3}\u{3}");
        assert_eq!(terminal.ended(), 0);
    }
    eyes.lines.signal(Signal::TERM);
    runtime.block_on(eyes.lines.end());
    service.signal(Signal::TERM);
    assert_eq!(runtime.block_on(service.end()).code(), Some(143));
}
