//! Text files that somebody else writes: while they grow, whatever their encoding.
//!
//! In: a path. Out: bytes as they are appended ([`Tail`] follows a name as `tail -F` does,
//! [`Growing`] one file whatever it is called), cut into lines ([`LineSplitter`]), made text
//! ([`decode`], [`TextKind`]). Nothing here waits: whoever uses it decides how often to look.
//!
//! And whose our own files are where root made them: [`give_to_owner_of`].

mod encoding;
mod growing;
mod lines;
mod owner;
mod tail;

pub use encoding::{TextKind, decode};
pub use growing::{FileId, Growing, Grown};
pub use lines::{LineSplitter, RawLine};
pub use owner::give_to_owner_of;
pub use tail::{Tail, TailStep};
