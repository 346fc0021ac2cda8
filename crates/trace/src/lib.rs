//! A recording of what lampfield and a UCServer say to each other: made at a site that we do not
//! see, read at ours.
//!
//! In: every HTTP exchange and every frame, as they are, through a [`Tap`]. Out: JSON lines in
//! which nothing is left of names, addresses, numbers, texts and secrets; and, read again, what the
//! recording settles of that which the interface leaves open ([`Evidence`]). No I/O: whoever makes
//! a [`Recorder`] says where its lines go.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `tap` | what the connector hands over |
//! | `entry` | a line of a recording |
//! | `members` | which member of the interface may stay as it is |
//! | `pseudonym`, `times` | what stands in place of a text, a number, a time |
//! | `redactor` | a whole message without anybody in it |
//! | `recorder` | from the tap to lines |
//! | `reader` | from lines, however damaged, to entries |
//! | `audit` | whether a file holds nothing but pseudonyms |
//! | `message` | what a frame says |
//! | `question`, `evidence`, `calls` | what is open, and what a recording says about it |

mod audit;
mod calls;
mod entry;
mod evidence;
mod members;
mod message;
mod pseudonym;
mod question;
mod reader;
mod recorder;
mod redactor;
mod tap;
mod times;

pub use audit::{Audit, audit};
pub use entry::{
    Entry, HttpEntry, Odd, OddKind, RecordingHeader, SocketEntry, Step, StepEntry, What,
};
pub use evidence::{Evidence, Row, Seen, Verdict};
pub use message::{Direction, Message, Said, messages};
pub use question::Question;
pub use reader::{BadLine, Recording, Unreadable, read};
pub use recorder::{Line, Recorder};
pub use redactor::Redactor;
pub use tap::{HttpExchange, Tap};
pub use times::{BEGINNING, all_back_to, back_to};

/// The format that is written, and the only one that is read.
pub const FORMAT: u32 = 1;
