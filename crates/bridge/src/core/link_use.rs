//! How the last use of every hop of the way went: when it last worked, what it last said.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::event::{ChunkRead, CycleEnd, WriteOutcome, WriteResult};
use graph::{FailureKind, TokenView};
use model::cause::Trouble;
use model::clock::elapsed;
use model::snapshot::{Link, LinkStatus, Links};

/// Failures in a row that make a link count as down rather than degraded.
const DOWN_AFTER: u32 = 3;

/// All links, and what is needed to judge them.
#[derive(Debug, Default)]
pub(super) struct LinkUse {
    links: Arc<Links>,
    /// Writes that failed in a row.
    write_failures: u32,
    /// What cannot be written to disk.
    storage_trouble: Vec<&'static str>,
    /// Alerts that could not be sent in a row.
    alert_failures: u32,
}

impl LinkUse {
    /// The links as they are shown.
    pub(super) fn shown(&self) -> Arc<Links> {
        Arc::clone(&self.links)
    }

    /// Whether nobody was read in the last cycle.
    pub(super) fn reading_is_down(&self) -> bool {
        self.links.graph_read.status == LinkStatus::Down
    }

    /// What reading presence last failed with.
    pub(super) fn read_error(&self) -> Option<&Trouble> {
        let (_, trouble) = self.links.graph_read.last_error.as_ref()?;
        Some(trouble)
    }

    fn change(&mut self) -> &mut Links {
        Arc::make_mut(&mut self.links)
    }

    /// One request of a poll.
    pub(super) fn read(&mut self, read: &ChunkRead) {
        let link = &mut self.change().graph_read;
        link.latency = Some(read.timing.latency());
        match &read.outcome {
            Ok(_) => {
                link.last_ok = link.last_ok.max(Some(read.timing.finished));
                if link.status != LinkStatus::Degraded {
                    link.status = LinkStatus::Up;
                }
            }
            Err(failure) => fail(link, read.timing.finished, failure.trouble()),
        }
    }

    /// A whole poll cycle.
    pub(super) fn cycle(&mut self, end: &CycleEnd) {
        if end.requests == 0 {
            return;
        }
        self.change().graph_read.status = match end.errors {
            0 => LinkStatus::Up,
            errors if errors >= end.requests => LinkStatus::Down,
            _ => LinkStatus::Degraded,
        };
    }

    /// One write.
    pub(super) fn write(&mut self, result: &WriteResult) {
        let at = result.finished_at;
        let link = &mut Arc::make_mut(&mut self.links).graph_write;
        if let Some(sent) = result.sent_at {
            link.latency = Some(elapsed(sent, at));
        }
        match &result.outcome {
            WriteOutcome::NotSent => {}
            WriteOutcome::Accepted(_) => {
                work(link, at);
                self.write_failures = 0;
            }
            // One user that Graph does not know says nothing about the link.
            WriteOutcome::Failed(failure) if failure.kind == FailureKind::NotFound => {}
            WriteOutcome::Failed(failure) => {
                fail(link, at, failure.trouble());
                self.write_failures += 1;
                if self.write_failures >= DOWN_AFTER {
                    link.status = LinkStatus::Down;
                }
            }
        }
    }

    /// A token was asked for.
    pub(super) fn token(&mut self, view: &TokenView, now: Timestamp) {
        let link = &mut self.change().entra;
        let Some(failure) = &view.failure else {
            return work(link, now);
        };
        fail(link, now, failure.trouble());
        if !failure.kind.is_transient() {
            link.status = LinkStatus::Down;
        }
    }

    /// Since when ProCall is silent, if it is.
    pub(super) fn procall_silent_since(&self) -> Option<Timestamp> {
        self.links.procall_silent_since
    }

    /// Nothing was heard of ProCall since; whether that is new.
    pub(super) fn procall_is_silent(&mut self, since: Timestamp) -> bool {
        if self.links.procall_silent_since.is_some() {
            return false;
        }
        let links = self.change();
        links.procall.status = LinkStatus::Down;
        links.procall_silent_since = Some(since);
        true
    }

    /// ProCall tells all calls; whether it was silent until now.
    pub(super) fn procall_is_heard(&mut self) -> bool {
        let silent = self.links.procall_silent_since.is_some();
        if silent {
            self.change().procall_silent_since = None;
        }
        silent
    }

    /// ProCall's source said something; whether it had trouble until now.
    pub(super) fn procall_works(&mut self, now: Timestamp) -> bool {
        if self.links.procall_silent_since.is_some() {
            // It works again when it has told all calls.
            return false;
        }
        let link = &mut self.change().procall;
        let recovered = matches!(link.status, LinkStatus::Degraded | LinkStatus::Down);
        work(link, now);
        recovered
    }

    /// ProCall's source told of a call. That says nothing of the trouble that another part of it has:
    /// a list of users that is gone, a file that cannot be written.
    pub(super) fn procall_is_used(&mut self, now: Timestamp) {
        let link = &self.links.procall;
        if matches!(link.status, LinkStatus::Idle | LinkStatus::Up) {
            work(&mut self.change().procall, now);
        }
    }

    /// ProCall's source has trouble.
    pub(super) fn procall_fails(&mut self, trouble: Trouble, now: Timestamp) {
        fail(&mut self.change().procall, now, trouble);
    }

    /// This cannot be written to disk.
    pub(super) fn storage_fails(&mut self, what: &'static str, trouble: Trouble, now: Timestamp) {
        self.storage_trouble.retain(|it| *it != what);
        self.storage_trouble.push(what);
        let link = &mut self.change().storage;
        link.last_error = Some((now, trouble));
        link.status = LinkStatus::Down;
    }

    /// This was written to disk; whether it could not be until now.
    pub(super) fn storage_works(&mut self, what: &'static str, now: Timestamp) -> bool {
        let troubles = self.storage_trouble.len();
        self.storage_trouble.retain(|it| *it != what);
        let left = self.storage_trouble.len();
        let link = &mut self.change().storage;
        if left == 0 {
            work(link, now);
        } else {
            link.status = LinkStatus::Degraded;
        }
        left < troubles
    }

    /// An alert could not be sent; whether that is new.
    pub(super) fn alerts_fail(&mut self, trouble: Trouble, now: Timestamp) -> bool {
        self.alert_failures += 1;
        let failures = self.alert_failures;
        let link = &mut self.change().alerts;
        let known = link.last_error.as_ref().map(|(_, known)| &known.cause);
        let is_new = failures == 1 || known != Some(&trouble.cause);
        fail(link, now, trouble);
        if failures >= DOWN_AFTER {
            link.status = LinkStatus::Down;
        }
        is_new
    }

    /// An alert was sent; whether the one before was not.
    pub(super) fn alerts_work(&mut self, now: Timestamp) -> bool {
        work(&mut self.change().alerts, now);
        std::mem::take(&mut self.alert_failures) > 0
    }
}

fn work(link: &mut Link, at: Timestamp) {
    link.status = LinkStatus::Up;
    link.last_ok = Some(at);
}

fn fail(link: &mut Link, at: Timestamp, trouble: Trouble) {
    link.last_error = Some((at, trouble));
    if link.status != LinkStatus::Down {
        link.status = LinkStatus::Degraded;
    }
}
