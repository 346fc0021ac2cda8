//! The cluster's engine, asked as a bridge asks it.

use std::time::Duration;

use engine::Ledger;

use crate::clock::elapsed;
use crate::doctor::{self, Finding};
use crate::wiring::site::engine_of;

use super::context::CheckContext;

impl CheckContext<'_> {
    /// The leases that it keeps are read; nothing is written.
    pub(in crate::doctor) async fn engine(&self) -> Finding {
        let Some((engine, host)) = engine_of(self.config) else {
            return Finding::ok(crate::words::Words::default());
        };
        let began = self.clock.now();
        // It bounds its own answers; the first one includes the connection.
        let leases = engine
            .entries(Ledger::Teams)
            .await
            .map(|leases| leases.len());
        let took: Duration = elapsed(began, self.clock.now());
        doctor::engine(&host, &leases, took)
    }
}
