//! The program on a UCServer of every kind: nothing is asked that estos' own decoder would throw
//! for, whatever is done.

use crate::common::eventually;
use crate::common::program::Site;
use lampfield::simulator::ucserver::UcServerVersion::{self, Mixed, V1, V2};
use lampfield::simulator::{Options, PbxKind, PbxState, Scenario, Settings, TeamsAct, start};
use rstest::rstest;
use rustix::process::Signal;

const DO_NOT_DISTURB: i64 = 3;

/// Five users, all matched, and a configuration with presence out.
async fn site(version: UcServerVersion) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        users: 5,
        scenario: Scenario::Quiet,
        directory: Some(folder.path().to_path_buf()),
        ucserver_port: Some(0),
        ucserver_version: version,
        settings: Settings {
            everyone_matches: true,
            ..Settings::default()
        },
        ..Options::default()
    };
    let tenant = start(options).await.unwrap();
    let site = Site { tenant, folder };
    site.configure("");
    let config = std::fs::read_to_string(site.path("lampfield.toml")).unwrap();
    let (before, after) = config.split_once("[procall]").unwrap();
    let (_, after) = after.split_once("[state]").unwrap();
    let ready = site.tenant.ready();
    let procall = format!(
        "[procall]\nsource = \"ucserver\"\n[ucserver]\nurl = \"{}\"\nuser = \"{}\"\n\
         password_file = \"password.txt\"\nusers = \"monitor\"\nwrite_presence = true\n",
        ready.ucserver.as_ref().unwrap(),
        ready.ucserver_user.as_ref().unwrap(),
    );
    write_password(&site, ready.ucserver_password.as_ref().unwrap());
    let config = format!("{before}{procall}[state]{after}");
    std::fs::write(site.path("lampfield.toml"), config).unwrap();
    site
}

fn write_password(site: &Site, password: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = site.path("password.txt");
    std::fs::write(&file, password).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_that_estos_own_decoder_would_throw_for(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let site = site(version).await;
    let (control, server) = (site.tenant.control(), site.tenant.ucserver().unwrap());
    let name = control.matched()[0].user_name.clone();
    let upn = control.user(&name).unwrap().upn;
    for command in [&["snapshot"][..], &["doctor"][..]] {
        let output = site.output(command).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    let mut run = site.begin("run", &["run"]);
    run.until_says("cycle 1: ").await;
    let call = |state| control.call(&name, PbxKind::Softphone, state).unwrap();
    call(PbxState::Connected);
    let shown = |what: &str| control.user(&name).unwrap().activity == what;
    assert!(eventually(|| shown("InACall")).await, "{}", run.err_text());
    call(PbxState::Ended);
    assert!(
        eventually(|| shown("Available")).await,
        "{}",
        run.err_text()
    );
    control.teams(&upn, &TeamsAct::Present).unwrap();
    let set = || server.manual(&name).map(|manual| manual.state);
    assert!(
        eventually(|| set() == Some(DO_NOT_DISTURB)).await,
        "{}",
        run.err_text()
    );
    run.signal(Signal::TERM);
    run.end().await;
    assert!(eventually(|| set().is_none()).await, "{}", run.err_text());
    assert_eq!(server.violations(), [""; 0]);
    let counts = server.counts();
    assert_eq!((counts.violations, counts.bad_arguments), (0, 0));
    assert_eq!(counts.challenges, 0, "nobody was asked anything");
    assert_eq!(counts.sessions, 0, "{counts:?}");
}
