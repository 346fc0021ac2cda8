//! The end of every command that speaks to a UCServer: no session stays there, what was set in
//! ProCall is taken back, and after a kill the next start knows what is its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::eventually;
use crate::common::program::Site;
use crate::console::terminal::Terminal;
use lampfield::simulator::TeamsAct;
use lampfield::simulator::ucserver::{
    ManualPresence, SimulatedUcServer, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;
use rustix::process::Signal;

const BUSY: i64 = 2;

/// A tenant with a UCServer that knows the same people, and a lampfield that writes to both.
struct Place {
    site: Site,
    server: Arc<SimulatedUcServer>,
}

impl Place {
    async fn new(version: UcServerVersion) -> Self {
        let (admin, password) = lampfield::simulator::UCSERVER_ADMIN;
        let keys = format!("admin_user = \"{admin}\"\nadmin_password_file = \"admin.txt\"\n");
        let site = Site::with_ucserver(10, version, &keys).await;
        site.keep_secret("admin.txt", password);
        let server = site.tenant.control().ucserver().unwrap();
        Self { site, server }
    }

    /// Sessions that nobody has ended.
    fn sessions(&self) -> usize {
        self.server.counts().sessions
    }

    fn somebody(&self) -> String {
        let people = self.site.tenant.control().matched();
        people.into_iter().next().unwrap().user_name
    }

    fn teams(&self, name: &str, act: &TeamsAct) {
        self.site.tenant.control().teams(name, act).unwrap();
    }

    fn manual(&self, name: &str) -> Option<ManualPresence> {
        self.server.manual(name)
    }

    async fn until_busy(&self, name: &str, what: &str) -> ManualPresence {
        let busy = || self.manual(name).is_some_and(|it| it.state == BUSY);
        assert!(eventually(busy).await, "{what}");
        self.manual(name).unwrap()
    }
}

#[rstest]
#[case::snapshot(&["snapshot", "--format", "csv"], 1)]
#[case::doctor(&["doctor"], 2)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_in_a_row_leave_no_session_behind(#[case] args: &[&str], #[case] each: u64) {
    let place = Place::new(V2).await;
    for nth in 1..=30 {
        let output = place.site.output(args).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{nth}: {said}");
        assert_eq!(place.server.counts().logins, nth * each);
        assert_eq!(place.sessions(), 0, "after {nth}: {said}");
    }
    assert_eq!(place.server.counts().absent_set, 0);
}

/// Whoever ends them before they are through leaves no session either.
#[rstest]
#[case::snapshot("snapshot")]
#[case::doctor("doctor")]
#[case::run("run")]
#[case::watch("watch")]
#[case::lines("--plain")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ended_in_the_middle_of_it_none_leaves_a_session_behind(#[case] command: &str) {
    let place = Place::new(V2).await;
    let mute = UcFaults {
        mute: true,
        ..UcFaults::default()
    };
    place.server.set_faults(mute);
    let mut program = place.site.begin("ended", &[command]);
    let sockets = || place.server.counts().sockets == 1;
    assert!(eventually(sockets).await, "{}", program.err_text());
    program.signal(Signal::TERM);
    assert_eq!(program.end().await.code(), Some(143));
    assert_eq!(place.sessions(), 0, "{}", program.err_text());
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_takes_back_what_was_set_and_ends_the_session(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let place = Place::new(version).await;
    let name = place.somebody();
    let mut program = place.site.begin("run", &["run"]);
    program.until_says("cycle 1").await;
    place.teams(&name, &TeamsAct::Call);
    place.until_busy(&name, "set in ProCall").await;
    let began = Instant::now();
    program.signal(Signal::TERM);
    assert_eq!(program.end().await.code(), Some(143));
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(place.manual(&name), None, "{}", program.err_text());
    let counts = place.server.counts();
    assert_eq!((counts.absent_set, counts.absent_reset), (1, 1));
    assert!(counts.unsubscriptions >= 1, "{counts:?}");
    assert_eq!(place.sessions(), 0, "{}", program.err_text());
}

/// Whoever quits the dashboard waits no longer than for a service.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quitting_the_dashboard_takes_back_what_was_set_and_ends_the_session() {
    let place = Place::new(V2).await;
    let name = place.somebody();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--lang", "en"]);
    command.cwd(place.site.folder.path());
    command.env("SECRET", place.site.secret());
    command.env("XDG_STATE_HOME", place.site.folder.path());
    let mut terminal = Terminal::start(command);
    tokio::task::block_in_place(|| terminal.until_shown("live"));
    place.teams(&name, &TeamsAct::Call);
    place.until_busy(&name, "set in ProCall").await;
    terminal.press("\x03\x03");
    let code = tokio::task::block_in_place(|| terminal.ended());
    assert_eq!(code, 0);
    assert_eq!(place.manual(&name), None);
    assert_eq!(place.sessions(), 0);
}

/// What a killed run has set in ProCall is adopted where Teams still asks for it, and taken back
/// where it does not: it is no presence that somebody has set by hand.
#[rstest]
#[case::it_lasts(true)]
#[case::it_has_ended(false)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_the_next_start_knows_its_own_presence(
    #[case] lasts: bool,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let place = Place::new(version).await;
    let name = place.somebody();
    let mut first = place.site.begin("first", &["run"]);
    first.until_says("cycle 1").await;
    place.teams(&name, &TeamsAct::Call);
    let set = place.until_busy(&name, "set in ProCall").await;
    first.signal(Signal::KILL);
    first.end().await;
    if !lasts {
        place.teams(&name, &TeamsAct::HangUp);
    }

    let mut second = place.site.begin("second", &["run"]);
    if lasts {
        second.until_says("ProCall: shows busy_in_a_call").await;
        assert_eq!(place.manual(&name), Some(set), "adopted as it stands");
        place.teams(&name, &TeamsAct::HangUp);
    }
    let taken_back = eventually(|| place.manual(&name).is_none()).await;
    assert!(taken_back, "{}", second.err_text());
    let counts = place.server.counts();
    assert_eq!((counts.absent_set, counts.absent_reset), (1, 1));
    second.signal(Signal::TERM);
    assert_eq!(second.end().await.code(), Some(143));
    let said = second.err_text();
    assert!(
        !said.contains("somebody has set a presence by hand"),
        "{said}"
    );
    assert_eq!(
        place.sessions(),
        1,
        "the one of the killed run is nobody's to end"
    );
}
