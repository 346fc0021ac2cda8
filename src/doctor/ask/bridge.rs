//! The running bridge of the tenant, if there is one: it is looked at, nothing more.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use attach::{Attachment, CommitStage};
use report::check::{Checked, Thresholds};

use super::context::CheckContext;
use crate::clock::Clock as _;
use crate::config::{Config, Environment, SourceArgs};
use crate::doctor::{Finding, SeenBridge, bridge};
use crate::wiring::attach::running;

/// How long it may take to show itself: a picture of 20,000 users is there within a second.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);

impl CheckContext<'_> {
    pub(in crate::doctor) async fn bridge(&self) -> Finding {
        let socket = self.args.socket.as_deref();
        bridge(&seen_bridge(Some(self.config), socket, self.env).await)
    }
}

/// The bridge of this socket, else of this configuration.
pub(crate) async fn seen_bridge(
    config: Option<&Config>,
    socket: Option<&Path>,
    env: &Environment,
) -> SeenBridge {
    let source = SourceArgs {
        socket: socket.map(Into::into),
        direct: false,
    };
    let looked = running(config, &source, env, CommitStage::Rows);
    match tokio::time::timeout(SHOWN_WITHIN, looked).await {
        Ok(Ok(Some(attached))) => picture(&attached),
        Ok(Ok(None)) => SeenBridge::Nobody,
        Ok(Err(why)) => SeenBridge::Hidden {
            why: why.words(),
            was_named: socket.is_some(),
        },
        Err(_) => SeenBridge::Silent(SHOWN_WITHIN),
    }
}

fn picture(attached: &Attachment) -> SeenBridge {
    let snapshot = Arc::clone(&attached.snapshots.borrow());
    let now = attached.clock.now();
    let checked = Checked::new(snapshot, now, &Thresholds::default());
    SeenBridge::Picture(Box::new(checked))
}
