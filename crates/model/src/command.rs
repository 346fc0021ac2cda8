//! What a console may ask of the bridge. Together with the snapshot this is the whole interface:
//! a console in another process speaks the same two types.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::presence::UserName;

/// Who asks, as the kernel says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The user id.
    pub uid: u32,
    /// The process, where it is known.
    pub pid: Option<u32>,
    /// The user's name on this machine, where it has one.
    pub user: Option<String>,
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(user) => write!(f, "{user} (uid {}", self.uid)?,
            None => write!(f, "a user without a name (uid {}", self.uid)?,
        }
        match self.pid {
            Some(pid) => write!(f, ", process {pid})"),
            None => f.write_str(")"),
        }
    }
}

/// A wish that came from another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who asks.
    pub by: Asker,
    /// The wish.
    pub command: Command,
}

/// A wish of the administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Poll everybody now.
    RefreshAll,
    /// Poll one user now.
    Refresh(UserName),
    /// Poll at another interval, 1 s to 10 min.
    SetInterval(Duration),
    /// Write nothing to Teams any more; leases that are held run out by themselves.
    PauseWriting,
    /// Write to Teams again, after a pause.
    ResumeWriting,
    /// Write nothing for one user.
    PauseUser(UserName),
    /// Write again for one user.
    ResumeUser(UserName),
    /// Clear the lease of one user, whatever the call does, until its next call.
    ClearLease(UserName),
    /// Clear all leases, each until the user's next call.
    ClearAllLeases,
}
