//! Frames become compressed blocks. Within a chain each block is compressed with what came before
//! it: a row that changes costs some forty bytes instead of six hundred.

use std::io::{self, Write as _};
use std::ops::RangeInclusive;

use stream::Frame;
use zstd::stream::raw::CParameter;
use zstd::stream::write::Encoder;

/// More does not make files much smaller, and takes time from whoever is on this machine.
const LEVEL: i32 = 13;

/// So far back a match may lie, as a power of two in bytes: half of the rows, of ten thousand users at most.
const WINDOW: RangeInclusive<u32> = 18..=22;

/// Half of the row of a user in a picture, in bytes, roughly: most of those that change have changed lately.
const ROW: usize = 200;

/// The compressor remembers a place for so many bytes of the window, as a power of two: two tables, of four bytes
/// a place. By itself it would take four times that.
const PLACE: u32 = 3;

/// How much is encoded at a time, in bytes: a picture of 20,000 users has ten million.
const PIECE: usize = 256 * 1024;

/// One stretch that is compressed together.
pub(super) struct Packer {
    to: Encoder<'static, Vec<u8>>,
    line: Vec<u8>,
    raw: usize,
}

impl Packer {
    /// For pictures of so many users: with twenty thousand it takes 9 MiB, with five thousand two.
    pub(super) fn for_users(users: usize) -> io::Result<Self> {
        let window = (users * ROW).next_power_of_two().ilog2();
        let window = window.clamp(*WINDOW.start(), *WINDOW.end());
        let mut to = Encoder::new(Vec::new(), LEVEL)?;
        to.set_parameter(CParameter::WindowLog(window))?;
        to.set_parameter(CParameter::HashLog(window - PLACE))?;
        to.set_parameter(CParameter::ChainLog(window - PLACE))?;
        Ok(Self {
            to,
            line: Vec::new(),
            raw: 0,
        })
    }

    /// Adds a frame to the block.
    pub(super) fn add(&mut self, frame: &Frame) -> io::Result<()> {
        stream::write_line(frame, &mut self.line).map_err(io::Error::other)?;
        if self.line.len() >= PIECE {
            self.pass_on()?;
        }
        Ok(())
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.raw += self.line.len();
        self.to.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }

    /// The body of the block, and how many bytes it has when it is read.
    pub(super) fn take(&mut self) -> io::Result<(Vec<u8>, usize)> {
        self.pass_on()?;
        self.line.shrink_to(PIECE);
        // Everything up to here can be read without what follows.
        self.to.flush()?;
        let raw = std::mem::take(&mut self.raw);
        Ok((std::mem::take(self.to.get_mut()), raw))
    }
}
