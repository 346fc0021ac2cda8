//! What a console may ask of the bridge. Together with the snapshot this is the whole interface:
//! a console in another process will speak the same two types.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::presence::UserName;

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
