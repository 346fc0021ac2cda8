//! Graph's permissions, as the Graph reference and the portal spell them. Roles of an application
//! and scopes of a user have the same names.

/// Reads presence; as a user it is all that reading takes.
pub const PRESENCE_READ: &str = "Presence.Read.All";

/// Reads and writes presence: what an application needs to set it.
pub const PRESENCE_READ_WRITE: &str = "Presence.ReadWrite.All";

/// Reads the directory.
pub const USER_READ: &str = "User.Read.All";

/// Lists users, but shows little of each: no licences, no `employeeId`.
pub const USER_READ_BASIC: &str = "User.ReadBasic.All";

/// Reads and writes the directory.
pub const USER_READ_WRITE: &str = "User.ReadWrite.All";

/// Reads everything of the directory.
pub const DIRECTORY_READ: &str = "Directory.Read.All";

/// Any one of these lets presence be read.
pub const READ_PRESENCE: [&str; 2] = [PRESENCE_READ, PRESENCE_READ_WRITE];
