//! What comes to the actor from outside.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::line::LogLine;
use graph::{BudgetView, Graph, TokenView};
use model::cause::Trouble;
use model::clock::Clock;
use model::command::{Asked, Command};

/// What those outside of the bridge send.
pub(super) struct Outside {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) asked: mpsc::Receiver<Asked>,
    pub(super) lines: mpsc::Receiver<LogLine>,
    pub(super) alerts: mpsc::Receiver<Option<Trouble>>,
    pub(super) pulse: mpsc::Receiver<oneshot::Sender<()>>,
    pub(super) intervals: mpsc::Receiver<Duration>,
}

/// What somebody outside of the bridge wants.
pub(super) enum Wish {
    Command(Command),
    Asked(Asked),
    Trouble(Option<Trouble>),
    Pulse(oneshot::Sender<()>),
    Line(LogLine),
    Interval(Duration),
}

impl Outside {
    /// Waits for the next one; for ever where nobody is there any more.
    pub(super) async fn next(&mut self) -> Wish {
        tokio::select! {
            biased;
            Some(command) = self.commands.recv() => Wish::Command(command),
            Some(asked) = self.asked.recv() => Wish::Asked(asked),
            Some(trouble) = self.alerts.recv() => Wish::Trouble(trouble),
            Some(asks) = self.pulse.recv() => Wish::Pulse(asks),
            Some(line) = self.lines.recv() => Wish::Line(line),
            Some(interval) = self.intervals.recv() => Wish::Interval(interval),
            else => std::future::pending().await,
        }
    }
}

/// What Microsoft's side shows by itself.
pub(super) struct Watched {
    pub(super) token: watch::Receiver<TokenView>,
    pub(super) budget: watch::Receiver<BudgetView>,
    pub(super) skew: watch::Receiver<Option<i64>>,
}

impl Watched {
    pub(super) fn from_graph(graph: &Graph) -> Self {
        Self {
            token: graph.watch_token(),
            budget: graph.watch_budget(),
            skew: graph.watch_clock_skew(),
        }
    }
}

/// Waits for a time; for ever where there is none.
pub(super) async fn until(at: Option<Timestamp>, clock: &dyn Clock) {
    match at {
        Some(at) => clock.reach(at).await,
        None => std::future::pending().await,
    }
}
