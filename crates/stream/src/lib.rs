//! What a bridge shows, for those who look from another process: the whole picture first, then
//! what has changed, with the serial of each snapshot. One format, one encoder, one decoder. Pure.
//!
//! A frame is one line of JSON. [`changes`] and [`picture`] make frames of snapshots, [`Decoder`]
//! makes snapshots of frames: after each [`Frame::Commit`] it holds exactly what the bridge held.
//!
//! | file | what |
//! | --- | --- |
//! | `frame` | the frames, and those of the two who talk |
//! | `encode` | frames from two snapshots |
//! | `rows` | the rows of a picture as they are written |
//! | `decode` | a snapshot from frames |
//! | `line` | a frame as a line, and back |

mod decode;
mod encode;
mod frame;
mod line;
mod rows;

#[cfg(test)]
mod tests;

pub use decode::{Decoder, Misfit};
pub use encode::{changes, picture, summary};
pub use frame::{
    Answer, CommitStage, Frame, HistoryTail, LogRecord, LogSource, PROTOCOL, Refusal, Request,
    Shared, Tail, Tally, Welcome,
};
pub use line::{LINE_LIMIT, Line, LineError, read_line, write_line};
