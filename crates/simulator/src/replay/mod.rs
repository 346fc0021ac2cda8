//! UCServer's side from a recording: what a real one has said, said again.
//!
//! In: the whole lines of a recording, then a client. Out: the answers and events that stand there,
//! at their times, with the client's own invoke ids and a session of its own.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `script` | what was said, by what it answers (pure) |
//! | `people`, `presence` | who works there, and how each stood at some time (pure) |
//! | `stage` | how far it has come, and what is said next (pure) |
//! | `server` | HTTP and the WebSocket |

mod people;
mod presence;
mod script;
mod server;
mod stage;

pub(super) use people::Played;
pub(super) use server::ReplayServer;

use std::sync::Arc;

use script::Script;
use trace::Entry;

/// A recording, ready to be played.
#[derive(Clone, Debug)]
pub struct Replay(Arc<Script>);

impl Replay {
    /// From the lines of a recording; nothing where nobody was ever shown in it.
    #[must_use]
    pub fn of(entries: &[Entry]) -> Option<Self> {
        let script = Script::of(entries);
        (!people::people(&script).is_empty()).then(|| Self(Arc::new(script)))
    }

    /// Who works there.
    pub(super) fn people(&self) -> Vec<Played> {
        people::people(&self.0)
    }
}
