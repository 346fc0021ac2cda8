//! What a command that looks once looks at: the running bridge's picture, or where none runs one
//! full cycle of its own.

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Report, eyre};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::bridge::{Bridge, Snapshot};
use crate::clock::Clock as _;
use crate::config::{Cli, Config, Environment};
use crate::report::Look;
use crate::wiring::attach::running;
use crate::wiring::log_sinks::{LogSinks, to_stderr};
use crate::wiring::site::{May, Site};

/// How long one full cycle may take before `snapshot` gives up: longer than the longest time-out
/// of a request, the token and the directory of a large tenant included.
const CYCLE_WITHIN: Duration = Duration::from_mins(2);

/// A snapshot with a whole cycle in it, or with the reason why there can be none.
pub(super) struct Picture {
    pub(super) snapshot: Arc<Snapshot>,
    /// By the clock that the snapshot goes by.
    pub(super) now: Timestamp,
    /// It is the running bridge's.
    pub(super) attached: bool,
}

/// Looks.
///
/// # Errors
/// A bridge that is there and cannot be seen; parts that cannot be made of the configuration; no cycle
/// in time.
pub(super) async fn picture(
    config: Option<Config>,
    direct: bool,
    cli: &Cli,
    env: &Environment,
    look: &Look,
) -> Result<Picture, Report> {
    if let Some(mut attached) = running(config.as_ref(), direct, env, look.texts()).await? {
        let snapshot = full_cycle(&mut attached.snapshots).await;
        return Ok(Picture {
            snapshot: snapshot.ok_or_else(no_cycle)?,
            now: attached.clock.now(),
            attached: true,
        });
    }
    let site = Site::open(config, cli).await?;
    let sinks = LogSinks::none(site.clock.now(), to_stderr());
    let mut bridge = Bridge::start(site.parts(May::OnlyRead, look.lang, Box::new(sinks))?);
    let snapshot = full_cycle(&mut bridge.snapshots).await;
    let now = site.clock.now();
    bridge.stop().await;
    site.close().await;
    Ok(Picture {
        snapshot: snapshot.ok_or_else(no_cycle)?,
        now,
        attached: false,
    })
}

/// The first snapshot with a whole cycle in it, or with the reason why there can be none.
async fn full_cycle(snapshots: &mut watch::Receiver<Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
    let done = |snapshot: &Arc<Snapshot>| {
        snapshot.poll.started_at.is_some() || trouble(snapshot).is_some()
    };
    let waited = tokio::time::timeout(CYCLE_WITHIN, snapshots.wait_for(done)).await;
    waited.ok()?.ok().map(|snapshot| Arc::clone(&snapshot))
}

fn no_cycle() -> Report {
    eyre!(
        "no poll cycle within {} s: the ProCall source named no users, or Graph did not answer",
        CYCLE_WITHIN.as_secs()
    )
}

/// Why there is nobody to poll.
pub(super) fn trouble(snapshot: &Snapshot) -> Option<String> {
    let failure = snapshot.token.failure.as_ref();
    if let Some(failure) = failure.or(snapshot.directory.failure.as_deref()) {
        return Some(failure.to_string());
    }
    let users = snapshot.coverage.procall_users;
    if users == 0 {
        let (_, words) = snapshot.links.procall.last_error.as_ref()?;
        return Some(words.to_string());
    }
    let nobody = snapshot.coverage.matched == 0 && snapshot.directory.full_at.is_some();
    nobody.then(|| {
        format!(
            "none of the {users} ProCall users is matched: a user name in ProCall must be the \
             user principal name of exactly one user in Entra"
        )
    })
}
