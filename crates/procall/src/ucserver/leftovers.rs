//! Sessions that are over for us and not yet for UCWeb: each is ended there as soon as it answers,
//! so that no try leaves one behind that keeps a licence.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::login::{LogInClient, Session};

/// So many are remembered: older ones have ended by themselves by then.
const MOST: usize = 16;

/// Sessions that are to be ended, each with the client that opened it.
#[derive(Default)]
pub(super) struct Leftovers(VecDeque<(LogInClient, Session)>);

impl Leftovers {
    /// One more.
    pub(super) fn add(&mut self, client: LogInClient, session: Session) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((client, session));
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends them, the newest first, until UCWeb does not answer; takes no longer than `within`.
    pub(super) async fn end(&mut self, within: Duration) {
        let deadline = Instant::now() + within;
        while let Some((client, session)) = self.0.pop_back() {
            let ended = timeout_at(deadline, client.log_out(&session)).await;
            if ended != Ok(true) {
                return self.0.push_back((client, session));
            }
        }
    }
}
