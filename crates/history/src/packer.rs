//! Frames become compressed blocks. Within a chain each block is compressed with what came before
//! it: a row that changes costs some forty bytes instead of six hundred.

use std::io::{self, Write as _};

use stream::Frame;
use zstd::stream::raw::CParameter;
use zstd::stream::write::Encoder;

/// More does not make files much smaller, and takes time from whoever is on this machine.
const LEVEL: i32 = 13;

/// So far back a match may lie at most, as a power of two in bytes: the rows of ten thousand users.
const WINDOW: u32 = 22;

/// How many places the compressor remembers, as a power of two: two tables of four times as many bytes. By
/// itself it would take four times that.
const TABLE: u32 = 19;

/// How much is encoded at a time, in bytes: a picture of 20,000 users has ten million.
const PIECE: usize = 256 * 1024;

/// One stretch that is compressed together.
pub(super) struct Packer {
    to: Encoder<'static, Vec<u8>>,
    line: Vec<u8>,
    raw: usize,
}

impl Packer {
    pub(super) fn new() -> io::Result<Self> {
        let mut to = Encoder::new(Vec::new(), LEVEL)?;
        to.set_parameter(CParameter::WindowLog(WINDOW))?;
        to.set_parameter(CParameter::HashLog(TABLE))?;
        to.set_parameter(CParameter::ChainLog(TABLE))?;
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
