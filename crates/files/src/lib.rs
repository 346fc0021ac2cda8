//! Text files that somebody else writes: while they grow, whatever their encoding.
//!
//! In: a path. Out: bytes as they are appended ([`Tail`] follows a name as `tail -F` does,
//! [`Growing`] one file whatever it is called), cut into lines ([`LineSplitter`]), made text whatever the encoding of each
//! is ([`decode`]). Nothing here waits: whoever uses it decides how often to look.
//!
//! And the one way to open any file, ours or another's: [`OpenRules`]. No other room opens a file by
//! itself (`tests/program/house.rs` looks).

mod encoding;
mod found;
mod growing;
mod journal;
mod lines;
mod open;
mod open_error;
mod owner;
mod private_groups;
mod tail;
mod together;
mod trust;
mod walk;
mod whole;

pub use encoding::TextKind;
pub use found::{Distrust, trust_found};
pub use growing::{FileId, Growing, Grown};
pub use journal::JournalFile;
pub use lines::{LineSplitter, TextLine};
pub use open::{OpenRules, PRIVATE_FOLDER, ends_in_a_line, make_folder};
pub use open_error::{OpenError, io_refusal, io_words};
pub use private_groups::PrivateGroups;
pub use tail::{Tail, TailStep};
pub use together::Together;
pub use trust::Trusted;
pub use whole::{decode, with_line_ends};
