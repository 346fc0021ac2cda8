//! The dashboard in lines: where stdout is no terminal, or on request.

use crate::bridge::Bridge;
use crate::clock::Clock;
use crate::config::{Cli, Config, Environment, Exit};
use crate::console::Plain;
use crate::report::Look;
use color_eyre::eyre::Report;
use jiff::tz::TimeZone;

use super::run::give_back;
use crate::wiring::output::{Printer, look};
use crate::wiring::own::{Lines, OwnBridge};
use crate::wiring::run_to_end;
use crate::wiring::signals::Signals;
use crate::wiring::site::Site;

/// Runs the bridge and prints one line per change until a signal ends it or nobody reads it.
pub(super) fn plain(cli: &Cli, env: &Environment, config: Option<Config>) -> Result<Exit, Report> {
    let look = look(cli, env);
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let site = Site::open(config, cli).await?;
        let out = Printer::start()?;
        // The log goes to its file; what matters of it comes as lines anyway.
        let lines = Lines {
            ours: Box::new(|_| ()),
            theirs: None,
            journal: None,
        };
        let own = OwnBridge::start(site, env, look.lang, lines)?;
        let exit = tokio::select! {
            exit = signals.end(None) => Ok(exit),
            exit = follow(&own.bridge, &out, &look, own.clock.as_ref()) => exit,
        };
        give_back(own, &mut signals).await;
        out.last_words();
        exit
    })
}

async fn follow(
    bridge: &Bridge,
    out: &Printer,
    look: &Look,
    clock: &dyn Clock,
) -> Result<Exit, Report> {
    let mut snapshots = bridge.snapshots.clone();
    let mut said = Plain::new(look.lang, look.ascii, TimeZone::system());
    while snapshots.changed().await.is_ok() {
        let snapshot = snapshots.borrow_and_update().clone();
        let lines = said.lines(&snapshot, clock.now());
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        if !text.is_empty() && !out.print(text).await {
            return Ok(Exit::Ok);
        }
    }
    Ok(Exit::Failure)
}
