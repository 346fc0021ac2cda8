//! The past: what somebody at the keys wishes to see of a recording. The recording is read by whoever
//! feeds the console; what comes back are snapshots that say which moment they show.

use jiff::Timestamp;

/// A wish to see another moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastWish {
    /// From the live picture to the last moment that is recorded.
    Begin,
    /// Back to the live picture.
    Live,
    /// To this moment, a time of day.
    To(Timestamp),
    /// To the next moment at which something happened to a user, or the last one before.
    Event {
        /// The next one.
        forward: bool,
    },
    /// The same for something that went wrong, or was right again.
    Problem {
        /// The next one.
        forward: bool,
    },
    /// Let time go by, or stop it.
    Play,
    /// Let it go by at the next speed of [`SPEEDS`].
    Faster,
}

/// Seconds of the recording that go by in one.
pub const SPEEDS: [u32; 5] = [1, 2, 5, 10, 60];
