//! One file of the followed log.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use files::{FileId, Growing, Grown, LineSplitter, TextKind};
use model::text::harmless_up_to;

/// The first file begins with so many of its last lines.
const LAST_LINES: usize = 200;

/// They are looked for in so many of its last bytes.
const LAST_BYTES: u64 = 256 * 1024;

/// Longest line that is read, in bytes; the rest of it is thrown away.
const LINE_BYTES: usize = 16 * 1024;

/// Longest line that is shown, in characters.
const LINE_CHARACTERS: usize = 2_000;

/// So many bytes of the beginning tell the encoding.
const HEAD: usize = 1024;

/// So many bytes are enough to tell it before the first line is complete.
const ENOUGH: usize = 64;

/// A file and how far it was read.
#[derive(Debug)]
pub(super) struct Followed {
    path: PathBuf,
    growing: Growing,
    /// The encoding and the line in pieces; nothing before it can be told.
    lines: Option<(TextKind, LineSplitter)>,
    /// Only the last lines are wanted of what is there already.
    only_last: bool,
}

impl Followed {
    /// Reads from the first line on.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            growing: Growing::open(path)?,
            lines: None,
            only_last: false,
        })
    }

    /// Reads from the last 200 lines on.
    pub(super) fn open_at_end(path: &Path) -> io::Result<Self> {
        let mut file = Self::open(path)?;
        file.only_last = true;
        Ok(file)
    }

    pub(super) const fn id(&self) -> FileId {
        self.growing.id()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Hands out every line that is new.
    pub(super) fn read(&mut self, take: &mut dyn FnMut(&str)) -> io::Result<()> {
        self.decide_encoding(|head| {
            let whole_line = head.contains(&b'\n') && (head.len() >= 4 || !head.contains(&0));
            whole_line || head.len() >= ENOUGH
        })?;
        if self.lines.is_some() && std::mem::take(&mut self.only_last) {
            return self.read_last(take);
        }
        self.read_on(take)
    }

    /// The file is over: its last line may have no end.
    pub(super) fn finish(&mut self, take: &mut dyn FnMut(&str)) {
        let _ = self.decide_encoding(|_| true);
        let _ = self.read(take);
        if let Some((kind, lines)) = &mut self.lines {
            let kind = *kind;
            lines.finish(&mut |line| take(&text(kind, line.bytes)));
        }
    }

    fn decide_encoding(&mut self, enough: impl FnOnce(&[u8]) -> bool) -> io::Result<()> {
        if self.lines.is_some() {
            return Ok(());
        }
        let head = self.growing.head(HEAD)?;
        if enough(&head) {
            let kind = TextKind::guess(&head);
            self.lines = Some((kind, LineSplitter::new(kind, LINE_BYTES)));
        }
        Ok(())
    }

    fn read_last(&mut self, take: &mut dyn FnMut(&str)) -> io::Result<()> {
        let mut torn = self.growing.skip_to_last(LAST_BYTES)?;
        let mut last = VecDeque::new();
        let outcome = self.read_on(&mut |line| {
            // The first line is the rest of one whose beginning was left out.
            if std::mem::take(&mut torn) {
                return;
            }
            if last.len() == LAST_LINES {
                last.pop_front();
            }
            last.push_back(line.to_owned());
        });
        for line in &last {
            take(line);
        }
        outcome
    }

    fn read_on(&mut self, take: &mut dyn FnMut(&str)) -> io::Result<()> {
        let Some((kind, lines)) = &mut self.lines else {
            return Ok(());
        };
        let kind = *kind;
        self.growing.read_new(&mut |grown| match grown {
            Grown::Restarted => lines.forget(),
            Grown::Bytes(bytes) => {
                lines.feed(bytes, &mut |line| take(&text(kind, line.bytes)));
            }
        })
    }
}

fn text(kind: TextKind, bytes: &[u8]) -> String {
    harmless_up_to(&kind.decode(bytes), LINE_CHARACTERS)
}
