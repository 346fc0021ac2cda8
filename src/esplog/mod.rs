//! The ExternalServiceProvider log: ours is written, a real UCServer's is followed, and what an
//! operator must know goes to the system's log.
//!
//! In: [`OwnedLine`]s from the bridge, a glob of UCServer's log files. Out: files named and
//! rotated as UCServer does it ([`LogWriter`], behind [`LogHandle`] so that nobody waits for a
//! disk), the lines of a real UCServer's log ([`Follower`]), notices to syslog or journald
//! ([`SystemLog`]), entries of the journal of systemd ([`Journal`]).
//!
//! What is *not* known of the original: the layout of a line, its encoding and its time zone. Our
//! layout is [`Line::layout`]; a followed log is read by guessing ([`Follower`]).

mod follow;
mod handle;
mod journal;
mod line;
mod rotation;
mod system;
mod writer;

pub use follow::{FollowError, FollowGuard, FollowState, FollowedLine, Follower};
pub use handle::LogHandle;
pub use journal::{JOURNAL_SOCKET, Journal, is_journal_stream};
pub use line::{Layout, Line, OwnedLine};
pub use rotation::{LogName, Rotation};
pub use system::SystemLog;
pub(crate) use writer::log_trouble;
pub use writer::{LOG_FOLDER, LogSettings, LogWriter, TroubleChange};
