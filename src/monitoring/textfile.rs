//! The numbers as a file for the textfile collector of `node_exporter`, which takes Prometheus' text
//! format only.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::{Trouble, Watched};
use crate::bridge::Snapshot;
use crate::files::OpenRules;
use crate::report::{Exposition, metrics};

/// Everybody may read numbers: `node_exporter` is a user of its own.
const MODE: u32 = 0o644;

/// Where no cycle ends (no token, a throttle), ages go on all the same.
const AT_LEAST_EVERY: Duration = Duration::from_mins(1);

/// Writes it after each cycle, for ever.
pub(super) async fn keep(path: PathBuf, mut watched: Watched) {
    let mut trouble = Trouble::default();
    let mut cycle = 0;
    loop {
        let next = watched.until(|snapshot| snapshot.poll.cycle != cycle);
        let snapshot = match tokio::time::timeout(AT_LEAST_EVERY, next).await {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return,
            Err(_) => watched.latest(),
        };
        cycle = snapshot.poll.cycle;
        // Beside the tenant's bridge: what that one writes counts.
        if snapshot.mode.is_beside_bridge() {
            continue;
        }
        let now = watched.clock.now();
        let to = path.clone();
        // The disk may hang: then the next file has what is known by then.
        let writing = tokio::task::spawn_blocking(move || write(&to, &snapshot, now));
        let written = writing.await.unwrap_or_else(|why| Err(why.to_string()));
        match trouble.news(written) {
            None => {}
            Some(Ok(())) => {
                let message = format!("{} is written again", path.display());
                watched.say(Level::INFO, message).await;
            }
            Some(Err(why)) => {
                let path = path.display();
                let message = format!("metrics.textfile cannot be written ({path}): {why}");
                watched.say(Level::WARN, message).await;
            }
        }
    }
}

/// In one step: whoever reads finds the old file or the new one.
fn write(path: &Path, snapshot: &Arc<Snapshot>, now: Timestamp) -> Result<(), String> {
    let text = metrics(snapshot, now, Exposition::Text).map_err(|why| why.to_string())?;
    let file = OpenRules::ours(path).mode(MODE).replace(text.as_bytes());
    file.map(drop).map_err(|why| why.to_string())
}
