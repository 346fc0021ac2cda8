//! Frames become compressed blocks. Within a chain each block is compressed with what came before
//! it: a row that changes costs some twenty bytes instead of three hundred.

use std::io::{self, Write as _};

use stream::Frame;
use zstd::stream::raw::{CParameter, Encoder};
use zstd::stream::zio::Writer;

/// More does not make files smaller, and takes time from whoever is on this machine.
const LEVEL: i32 = 11;

/// So far back a match may lie, as a power of two in bytes: half a minute of 20,000 users. What a frame has in
/// common with others it has with the last ones; a larger window only has longer addresses.
const WINDOW: u32 = 18;

/// The same for no more users than [`MANY`]: their files are small, and the compressor's memory counts for more.
const SMALL_WINDOW: u32 = 15;

/// See [`SMALL_WINDOW`].
const MANY: usize = 10_000;

/// The compressor remembers one place in so many bytes of the window, as a power of two: two tables, of four bytes a
/// place. By itself it would take eight times that.
const PER_PLACE: u32 = 3;

/// How much the compressor takes together, in bytes: for what it has found in these it keeps room, and what changes in a
/// second is hardly ever more. By itself it would take as much as the window.
const BLOCK: u32 = 8 * 1024;

/// How much is encoded at a time, in bytes: a picture of 20,000 users has ten million.
const PIECE: usize = 8 * 1024;

/// One stretch that is compressed together.
pub(super) struct Packer {
    to: Writer<Vec<u8>, Encoder<'static>>,
    line: Vec<u8>,
    raw: usize,
}

impl Packer {
    /// For the frames of so many users. It takes about a megabyte where they are many, a quarter of one where not.
    pub(super) fn new(users: usize) -> io::Result<Self> {
        let window = if users > MANY { WINDOW } else { SMALL_WINDOW };
        let mut to = Encoder::new(LEVEL)?;
        to.set_parameter(CParameter::WindowLog(window))?;
        to.set_parameter(CParameter::HashLog(window - PER_PLACE))?;
        to.set_parameter(CParameter::ChainLog(window - PER_PLACE))?;
        to.set_parameter(CParameter::MaxBlockSize(BLOCK))?;
        Ok(Self {
            to: Writer::new_with_capacity(Vec::new(), to, PIECE),
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
        Ok((std::mem::take(self.to.writer_mut()), raw))
    }
}
