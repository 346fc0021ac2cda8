//! How an alert gets out: a webhook, or a program.

use std::sync::Arc;
use std::time::Duration;

use model::cause::{Cause, Trouble};
use serde::{Deserialize, Serialize};

use super::program;
use crate::clock::Clock;
use crate::config::{Alerts, Program};
use crate::graph::{Timeouts, Webhook};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WayName {
    /// `[alerts] webhook`.
    Webhook,
    /// `[alerts] command`.
    Command,
}

/// See the head of the file.
#[derive(Clone)]
pub(super) enum Way {
    Webhook(Arc<Webhook>),
    Program(Program),
    /// One that cannot work, and why.
    Broken(Trouble),
}

/// Why an alert did not get out.
pub(super) struct NotSent {
    pub(super) trouble: Trouble,
    /// How long nothing more is wanted, where that is said.
    pub(super) pause: Option<Duration>,
}

impl Way {
    /// Those of a configuration.
    pub(super) fn all(
        alerts: &Alerts,
        ca_pem: Option<&[u8]>,
        clock: &Arc<dyn Clock>,
    ) -> Vec<(WayName, Self)> {
        let webhook = alerts.webhook.as_ref().map(|webhook| {
            let made = Webhook::new(
                webhook.url(),
                ca_pem,
                Timeouts::default(),
                Arc::clone(clock),
            );
            let made = made.map(|webhook| Self::Webhook(Arc::new(webhook)));
            made.unwrap_or_else(|why| Self::Broken(Trouble::new(Cause::Settings, why.to_string())))
        });
        let command = alerts.command.clone().map(Self::Program);
        let webhook = webhook.map(|way| (WayName::Webhook, way));
        let command = command.map(|way| (WayName::Command, way));
        webhook.into_iter().chain(command).collect()
    }

    /// Hands over this document.
    pub(super) async fn send(&self, json: &str) -> Result<(), NotSent> {
        match self {
            Self::Webhook(webhook) => webhook.post(json).await.map_err(|failure| NotSent {
                trouble: failure.trouble(),
                pause: failure.retry_after,
            }),
            Self::Program(program) => {
                let ran = program::run(program, json).await;
                ran.map_err(NotSent::from)
            }
            Self::Broken(trouble) => Err(NotSent::from(trouble.clone())),
        }
    }
}

impl From<Trouble> for NotSent {
    fn from(trouble: Trouble) -> Self {
        Self {
            trouble,
            pause: None,
        }
    }
}
