//! Gives back the room that one large message has taken.

use tokio_tungstenite::tungstenite::Bytes;

/// A message that is larger than this was read into a buffer made for it.
const LARGE: usize = 256 << 10;

/// A large message that was read. The socket has made a buffer of that size, 5 MB for the profiles
/// of 20,000 users, and would go on reading into it for as long as the session lasts. While
/// somebody still holds the message it cannot, and makes a small one.
#[derive(Default)]
pub(super) struct Large {
    message: Option<Bytes>,
    /// Bytes that have come since: what was left of the buffer is used up first.
    since: usize,
}

impl Large {
    /// This message came.
    pub(super) fn came(&mut self, message: &Bytes) {
        if message.len() > LARGE {
            self.message = Some(message.clone());
            self.since = 0;
            return;
        }
        self.since += message.len();
        self.message.take_if(|_| self.since > LARGE);
    }
}
