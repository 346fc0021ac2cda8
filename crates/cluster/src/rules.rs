//! The times of an election, and how they hang together.

use std::time::Duration;

/// The times that all members of a tenant go by. [`Rules::default`] takes over 7.75 s after a crash at
/// the latest (6 s, one look, one request) and within one look after a clean end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How long the engine keeps the leader's key after it has been taken or renewed.
    pub ttl: Duration,
    /// How long after sending a renewal the next one goes out.
    pub renew_every: Duration,
    /// How long after *sending* the last renewal that succeeded a leader may write: shorter than `ttl`
    /// by more than two clocks drift apart in that time.
    pub step_down: Duration,
    /// How often a standby looks whether it may lead.
    pub look_every: Duration,
    /// When a question that was not answered is asked again.
    pub answer_within: Duration,
    /// How long a leader that has yielded does not ask to lead: until its key has ended (which a renewal that is under way
    /// may lengthen) and the others have looked.
    pub hold_off: Duration,
    /// The longest a write to Graph takes before it is given up; a new leader waits as long after a
    /// crash, for what the old one has under way.
    pub request_timeout: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(6),
            renew_every: Duration::from_secs(2),
            step_down: Duration::from_secs(4),
            look_every: Duration::from_millis(250),
            answer_within: Duration::from_secs(1),
            hold_off: Duration::from_secs(8),
            request_timeout: Duration::from_millis(1_500),
        }
    }
}
