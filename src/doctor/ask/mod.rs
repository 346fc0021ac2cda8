//! The checks themselves: each asks what it must know, and hands it to its finding.
//!
//! | file | what |
//! | --- | --- |
//! | `context` | what is examined, and what earlier checks have brought for later ones |
//! | `heard` | what ProCall's side has told |
//! | `bridge` | the running bridge, where there is one |
//! | `network` | names, connections |
//! | `procall` | ProCall's users, UCServer |
//! | `record` | what UCServer says while it is recorded |
//! | `trial` | the one write |
//! | `disk` | state and log directory |

mod bridge;
mod context;
mod disk;
mod engine;
mod heard;
mod network;
mod procall;
mod record;
mod trial;

use tokio::sync::watch;

use crate::config::Exit;

pub(crate) use bridge::seen_bridge;
pub(crate) use context::CheckContext;
pub(crate) use record::Listening;

/// Somebody ends the program: how it then ends.
pub(crate) type Stop = watch::Receiver<Option<Exit>>;

/// Ends when somebody ends the program.
pub(crate) async fn stopped(stop: &mut Stop) -> Option<Exit> {
    match stop.wait_for(Option::is_some).await {
        Ok(exit) => *exit,
        Err(_) => std::future::pending().await,
    }
}
