//! What a bridge is made of, and what it tells those who watch it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::cluster::ClusterParts;
use super::core::CoreSettings;
use super::event::Event;
use super::ledger::file_stem;
use super::line::{LogLine, Notice};
use graph::Graph;
use model::clock::{Clock, shifted};
use model::snapshot::{CallView, ReadMark, TenantView, UserRow};
use procall::Source;

/// Where the bridge writes what happened. Implementations never block.
pub trait LogSink: Send + 'static {
    /// A line for the ExternalServiceProvider log and the console's pane.
    fn log(&mut self, at: Timestamp, line: LogLine);
    /// A line for the system's log.
    fn notify(&mut self, notice: &Notice);
    /// What is wrong with the log on disk, if that changed since the last call.
    fn trouble(&mut self) -> Option<Event>;
    /// How many lines have been lost since the start because the disk, or whoever reads, took none in.
    fn lines_lost(&self) -> u64 {
        0
    }
}

/// What a bridge is made of.
pub struct Parts {
    /// The client of Microsoft Graph.
    pub graph: Graph,
    /// The source of ProCall's users and calls.
    pub source: Box<dyn Source>,
    /// How the core decides.
    pub settings: CoreSettings,
    /// Which tenant, for those who look.
    pub tenant: Arc<TenantView>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Directory of the ledger and the writer lock. Commands that never write look into the ledger of
    /// whoever does.
    pub state: Option<StatePlace>,
    /// Where to write what happened.
    pub log_sink: Box<dyn LogSink>,
    /// The other lampfields of this tenant, where there are several.
    pub cluster: Option<ClusterParts>,
}

/// Where the leases of one application in one tenant are kept.
#[derive(Clone, Debug)]
pub struct StatePlace {
    /// The state directory.
    pub directory: PathBuf,
    /// The Entra tenant that the leases are in.
    pub tenant_id: Arc<str>,
    /// The application: leases of another one cannot be cleared with our session id.
    pub client_id: Arc<str>,
}

impl StatePlace {
    /// The file of what is set in ProCall, beside the ledger of the leases in Teams.
    #[must_use]
    pub fn manual_ledger(&self) -> PathBuf {
        let name = format!("procall-{}.jsonl", file_stem(&self.tenant_id));
        self.directory.join(name)
    }
}

/// A row that changed visibly.
#[derive(Clone, Debug)]
pub struct Change {
    /// When the row changed.
    pub at: Timestamp,
    /// The row after the change.
    pub row: Arc<UserRow>,
    /// When it was last read.
    pub read: ReadMark,
    /// The interval of the poll, for judging the age.
    pub interval: Duration,
}

impl Change {
    /// The same with the times of the machine's clock: see [`model::snapshot::Snapshot::wall_ahead`].
    #[must_use]
    pub fn shifted(self, ahead: SignedDuration) -> Self {
        if ahead.is_zero() {
            return self;
        }
        let mut row = UserRow::clone(&self.row);
        if let Some(lease) = row.lease.as_deref_mut() {
            lease.set_at = shifted(lease.set_at, ahead);
            lease.expires_at = shifted(lease.expires_at, ahead);
        }
        row.since = row.since.map(|at| shifted(at.into(), ahead).into());
        row.calls = row
            .calls
            .iter()
            .map(|call| CallView {
                since: shifted(call.since, ahead),
                stale_since: call.stale_since.map(|at| shifted(at, ahead)),
                ..*call
            })
            .collect();
        Self {
            at: shifted(self.at, ahead),
            row: Arc::new(row),
            read: ReadMark {
                read_at: self.read.read_at.map(|at| shifted(at, ahead)),
                ..self.read
            },
            ..self
        }
    }
}
