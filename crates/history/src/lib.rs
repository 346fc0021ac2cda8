//! The recording: what a bridge has shown, on disk for a day. The stream of the socket, frame for
//! frame, in files of an hour, compressed, every block with a checksum.
//!
//! In: snapshots and log lines, once a second ([`Recorder`]). Out: what was shown at any moment
//! ([`Recording`]), whatever has happened to the files since: what is whole is shown, and the rest is named.
//!
//! A file is a row of blocks. A chain of them begins with a whole picture; each block is read with
//! those of its chain before it. A *base* begins anew with what has changed since the picture, so
//! that a jump into a busy hour reads the picture, one base and what came after it.
//!
//! | file | what |
//! | --- | --- |
//! | `block` | a block: its head, its checksums, finding blocks in damaged bytes |
//! | `packer` | frames become compressed blocks |
//! | `folder` | the files: their names, which are too old or too many |
//! | `hush` | a snapshot without names |
//! | `recorder` | snapshots become files |
//! | `open_hour` | the file that is written to, block by block |
//! | `differs` | what a block is about, so that one can step from one to the next |
//! | `hour` | one file: its blocks, and what is missing between them |
//! | `other_version` | files of another version of the stream |
//! | `glance` | the rows at a moment, as fast as it goes |
//! | `walk` | everything at a moment, the chain of causes included |
//! | `recording` | all files as one |

mod block;
mod differs;
mod folder;
mod glance;
mod hour;
mod hush;
mod open_hour;
mod other_version;
mod packer;
mod recorder;
mod recording;
mod walk;

#[cfg(test)]
mod tests;

pub use folder::FOLDER;
pub use glance::unpacked;
pub use model::snapshot::{Lack, Missing};
pub use other_version::OtherVersion;
pub use recorder::{LastLines, Lines, Recorder, Settings};
pub use recording::{Place, ReadError, Recording, Shown};
