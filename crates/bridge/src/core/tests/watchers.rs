//! Those who look from other processes: whatever happens between two looks, what they hold after one
//! is what the bridge holds.

use std::sync::Arc;

use super::world::World;
use model::snapshot::Snapshot;
use stream::{Decoder, Frame, changes, picture};

/// So many look, each in a time of its own.
pub(super) const WATCHERS: usize = 3;

/// One who looks, and the snapshot that was sent last.
#[derive(Debug, Default)]
pub(super) struct Watcher(Option<(Decoder, Arc<Snapshot>)>);

impl Watcher {
    /// Comes, or catches up.
    fn look(&mut self, now: &Arc<Snapshot>) {
        let (decoder, frames) = match self.0.take() {
            Some((decoder, had)) => (decoder, changes(&had, now).collect()),
            None => (Decoder::default(), picture(now).collect()),
        };
        let (decoder, held) = taken(decoder, frames);
        assert!(held.as_deref() == Some(&**now), "serial {}", now.serial);
        self.0 = Some((decoder, Arc::clone(now)));
    }
}

/// Through lines and back.
fn taken(mut decoder: Decoder, frames: Vec<Frame>) -> (Decoder, Option<Arc<Snapshot>>) {
    let mut held = None;
    for frame in frames {
        let mut line = Vec::new();
        stream::write_line(&frame, &mut line).expect("a line");
        let read = stream::read_line(&line).expect("a frame");
        held = decoder.take(read).expect("it fits").or(held);
    }
    (decoder, held)
}

impl World {
    pub(super) fn look(&mut self, who: usize) {
        let now = self.core.snapshot(self.now);
        self.watchers[who].look(&now);
    }

    /// Their connections end with the bridge, or by themselves.
    pub(super) fn leave(&mut self, who: usize) {
        self.watchers[who] = Watcher::default();
    }
}
