//! Whoever watches each change hears of it with the row as it is then.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::parts::Change;
use super::Actor;

impl Actor {
    pub(super) fn tell_watchers(&mut self, changed: Vec<usize>, now: Timestamp) {
        let Some(watchers) = self.changes.get().filter(|_| !changed.is_empty()) else {
            return;
        };
        let snapshot = self.core.snapshot(now);
        for at in changed {
            let Some(row) = snapshot.rows.get(at) else {
                continue;
            };
            let read = snapshot.read_mark(at);
            let interval = snapshot.poll.interval;
            // Fails only when the last watcher has just left.
            let change = Change {
                at: now,
                row: Arc::clone(row),
                read,
                interval,
            };
            let _ = watchers.send(change.shifted(snapshot.wall_ahead));
        }
    }
}
