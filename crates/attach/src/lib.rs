//! The local socket of a bridge: it shows its picture to consoles in other processes and takes
//! their commands. No port: a file with an owner, a mode and perhaps a group.
//!
//! | file | what |
//! | --- | --- |
//! | `place` | the file of the socket: opening it, what is in the way |
//! | `server`, `connection` | the bridge's side: a thread of its own, one task for each who looks |
//! | `socket` | the bridge's end of a connection, which no reader wakes |
//! | `batch` | what those who look get alike, encoded once |
//! | `gathering`, `readers` | when that is told, and to whom |
//! | `out` | the way out of a connection |
//! | `log_tail` | the last log lines, and those to come |
//! | `client` | the side of those who look: attaches, and comes back by itself |
//! | `error` | why a bridge cannot be seen |
//! | `asker` | who is at the other end, as the kernel says |

mod asker;
mod batch;
mod client;
mod connection;
mod error;
mod gathering;
mod lines;
mod log_tail;
mod out;
mod place;
mod readers;
mod server;
mod socket;

#[cfg(test)]
mod tests;

pub use asker::{has_group, this_process};
pub use client::{Attachment, News, Told, attach, attach_to_summary};
pub use error::AttachError;
pub use log_tail::{LogFollower, LogTail, NewLines};
pub use place::{Access, PlaceError};
pub use server::{Command, Server, Shown, serve};
pub use stream::{Answer, CommitStage, LogRecord, LogSource};
