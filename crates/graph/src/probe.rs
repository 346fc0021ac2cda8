//! Whether a host answers as itself, before anything secret is sent to it: over the same wire as
//! everything else, with the same trust anchors and the same proxy.

use std::sync::Arc;

use jiff::SignedDuration;
use reqwest::{Method, Request};

use super::operation::Operation;
use super::redirect::redirected;
use super::refusal::not_graph;
use super::settings::{Settings, below};
use super::skew::Skew;
use super::wire::Wire;
use super::{Failure, FailureKind};
use model::cause::Cause;
use model::clock::Clock;

/// One of Microsoft's servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// Where tokens come from.
    Entra,
    /// Where presence is.
    Graph,
}

impl Server {
    /// The name for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "Entra",
            Self::Graph => "Graph",
        }
    }
}

/// Asks a server for something public that is JSON, without a token. Any JSON will do, a refusal
/// too. Returns how far our clock is ahead of the server's, in milliseconds, where it says.
///
/// # Errors
/// No connection, no trust, or an answer that is not the server's own.
pub async fn probe(
    settings: &Settings,
    server: Server,
    clock: Arc<dyn Clock>,
) -> Result<Option<i64>, Failure> {
    let (operation, base) = match server {
        Server::Entra => (Operation::ReachEntra, &settings.authority),
        Server::Graph => (Operation::ReachGraph, &settings.graph_base),
    };
    let tenant = settings.tenant_id.trim();
    let path: &[&str] = match server {
        Server::Entra => &[tenant, "v2.0", ".well-known", "openid-configuration"],
        Server::Graph => &["users"],
    };
    let wire = Wire::new(base, settings, clock).map_err(|error| {
        Failure::new(FailureKind::Rejected, error.to_string()).because(Cause::Settings)
    })?;
    let url = below(base, path);
    let (times, answer) = wire
        .exchange(operation, Request::new(Method::GET, url.clone()))
        .await;
    let answer = answer?;
    redirected(operation, &url, &answer)?;
    if !answer.may_be_json() {
        return Err(not_graph(operation, &answer));
    }
    let skew = Skew::new();
    skew.observe(&times, &answer, SignedDuration::ZERO);
    Ok(skew.latest())
}
