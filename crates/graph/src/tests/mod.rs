//! The room as a whole, against small servers on real loopback sockets.

mod budget;
mod directory;
mod fake;
mod faults;
mod presence;
mod token;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use self::fake::Fake;
use super::{Credential, Graph, Settings, Timeouts};
use clocks::ManualClock;
use model::presence::EntraId;

const CLIENT_ID: &str = "22222222-2222-2222-2222-222222222222";
const SECRET: &str = "va1ue~of+the/secret=";

fn id(n: u128) -> EntraId {
    EntraId(uuid::Uuid::from_u128(n))
}

fn clock() -> Arc<ManualClock> {
    let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
    Arc::new(ManualClock::at(now))
}

/// Settings for a server, with time-outs that fit a test.
fn settings(base: &str) -> Settings {
    Settings {
        tenant_id: "tenant.example".into(),
        client_id: CLIENT_ID.into(),
        credential: Credential::Secret(SECRET.into()),
        authority: base.parse().unwrap(),
        graph_base: format!("{base}/v1.0").parse().unwrap(),
        ca_pem: None,
        requests_per_30s: 1500,
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(20),
            total: Duration::from_secs(20),
        },
    }
}

/// A client of `fake` with a clock that stands still.
fn graph(fake: &Fake) -> (Graph, Arc<ManualClock>) {
    let clock = clock();
    let graph = Graph::new(&settings(&fake.base), Arc::clone(&clock) as _).unwrap();
    (graph, clock)
}
