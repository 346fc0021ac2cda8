//! `fleet --demo`: several demo tenants with a bridge each, one of them in trouble. They live in this process,
//! the screen in another: a screen has its process to itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eyre::Report;
use tokio::time::timeout;

use super::back::this_program;
use crate::bridge::{Farewell, Snapshot};
use crate::config::{AttachSocket, Cli, Environment, Exit, FleetArgs, FleetFormat};
use crate::presence::Lang;
use crate::wiring::own::{Lines, OwnBridge};
use crate::wiring::runtime;
use crate::wiring::said::Told;
use crate::wiring::site::Site;

/// The tenants: users, and whether they are in trouble.
const TENANTS: [(u32, bool); 5] = [
    (120, false),
    (40, false),
    (300, true),
    (25, false),
    (80, false),
];

/// How long the first polls are waited for.
const FIRST_POLL: Duration = Duration::from_secs(5);

/// Runs `lampfield fleet --demo`.
pub(super) fn fleet_demo(cli: &Cli, env: &Environment, args: &FleetArgs) -> Result<Exit, Report> {
    let runtime = runtime()?;
    let (bridges, sockets) = runtime.block_on(open(cli, env))?;
    let mut screen = this_program();
    let lang = match cli.lang(env) {
        Lang::De => "de",
        Lang::En => "en",
    };
    screen.args(["--lang", lang, "fleet"]);
    if cli.global.ascii {
        screen.arg("--ascii");
    }
    for socket in &sockets {
        screen.arg("--socket").arg(socket);
    }
    match args.format {
        None => {}
        Some(FleetFormat::Table) => drop(screen.args(["--format", "table"])),
        Some(FleetFormat::Json) => drop(screen.args(["--format", "json"])),
    }
    let ended = screen.status();
    runtime.block_on(async {
        for bridge in bridges {
            bridge.stop(Farewell::SHORT).await;
        }
    });
    runtime.shutdown_background();
    let ended = ended.map_err(|why| Told::over(|t| t.errors.again, why))?;
    Ok(if ended.success() {
        Exit::Ok
    } else {
        Exit::Failure
    })
}

async fn open(cli: &Cli, env: &Environment) -> Result<(Vec<OwnBridge>, Vec<PathBuf>), Report> {
    let (mut bridges, mut sockets) = (Vec::new(), Vec::new());
    for ((users, trouble), seed) in TENANTS.into_iter().zip(cli.global.seed.unwrap_or(1)..) {
        let mut cli = cli.clone();
        cli.global.users = Some(cli.global.users.unwrap_or(users));
        cli.global.seed = Some(seed);
        let mut site = Site::open(None, &cli).await?;
        let socket = site.config.state.directory.join("lampfield.sock");
        site.config.attach.socket = AttachSocket::At(socket.clone());
        if trouble {
            site.get_into_trouble();
        }
        bridges.push(OwnBridge::start(site, env, cli.lang(env), Lines::unseen())?);
        sockets.push(socket);
    }
    for own in &bridges {
        let mut snapshots = own.bridge.snapshots.clone();
        let polled = |shown: &Arc<Snapshot>| shown.poll.started_at.is_some();
        // What is not there by then is shown as it is.
        let _ = timeout(FIRST_POLL, snapshots.wait_for(polled)).await;
    }
    Ok((bridges, sockets))
}
