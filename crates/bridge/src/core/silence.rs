//! A ProCall that is not heard: nobody knows which calls last, so nothing is set or renewed for
//! them until they are told anew. What is in Teams by then ends by itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::Level;

use super::super::line::LogTarget;
use super::Core;
use super::journal::span;
use model::presence::MatchKey;
use model::snapshot::UserEventKind;

impl Core {
    /// The connection to ProCall is lost. It may be back in a moment: calls are shown as they were
    /// told, and their leases wait.
    pub(super) fn procall_interrupted(&mut self, now: Timestamp) {
        if self.permission.lose_calls() {
            self.reconcile_all(now);
        }
    }

    /// Nothing was heard of ProCall for so long that what it told of calls is stale.
    pub(super) fn procall_silent(&mut self, silent: Duration, now: Timestamp) {
        let silent_for = SignedDuration::try_from(silent).unwrap_or(SignedDuration::MAX);
        let since = now.saturating_sub(silent_for).unwrap_or(now);
        self.permission.lose_calls();
        if !self.links.procall_is_silent(since) {
            return;
        }
        let message = format!(
            "nothing heard of ProCall for {}: its calls are stale, and no lease is set or renewed \
             until it tells them anew",
            span(silent)
        );
        self.log(Level::WARN, LogTarget::Procall, None, message.as_str());
        self.notify_logged(Level::WARN, Level::ERROR, message);
        self.record_calls(&UserEventKind::CallsStale, now);
        self.touch_all();
        self.reconcile_all(now);
    }

    /// ProCall tells all calls: whether nobody knew until now which of them last.
    pub(super) fn hear_calls(&mut self, now: Timestamp) -> bool {
        let news = self.permission.know_calls();
        if self.links.procall_is_heard() {
            self.notify(Level::INFO, "ProCall is heard again");
            self.record_calls(&UserEventKind::CallsFresh, now);
            self.touch_all();
        }
        self.procall_up(now);
        news
    }

    /// In the chain of causes of everybody who has a call.
    fn record_calls(&mut self, kind: &UserEventKind, now: Timestamp) {
        let calling: Vec<MatchKey> = self.states.calling().cloned().collect();
        for key in calling {
            if let Some(ix) = self.roster.index_of_key(&key) {
                self.record(ix, now, kind.clone());
            }
        }
    }
}
