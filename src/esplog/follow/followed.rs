//! One file of the followed log.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use files::{FileId, Growing, Grown, LineSplitter, TextKind, TextLine};
use model::text::harmless_up_to;

/// The first file begins with so many of its last lines.
const LAST_LINES: usize = 200;

/// They are looked for in so many of its last bytes.
const LAST_BYTES: u64 = 256 * 1024;

/// Longest line that is read, in bytes; the rest of it is thrown away.
const LINE_BYTES: usize = 16 * 1024;

/// Longest line that is shown, in characters.
const LINE_CHARACTERS: usize = 2_000;

/// So many bytes of the beginning tell the encoding, where the first line does not.
const HEAD: usize = 1024;

/// A last line without an end is shown once it has stood so long.
const MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// A file and how far it was read.
#[derive(Debug)]
pub(super) struct Followed {
    path: PathBuf,
    growing: Growing,
    /// The line in pieces; nothing before there is anything to read.
    lines: Option<LineSplitter>,
    /// When it last grew.
    grew: Timestamp,
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
            grew: Timestamp::UNIX_EPOCH,
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

    /// Hands out every line that is new, and the last one although it has no end yet once it has
    /// stood a moment: there are writers who put the line end before a line.
    pub(super) fn read(&mut self, now: Timestamp, take: &mut dyn FnMut(&str)) -> io::Result<()> {
        self.begin()?;
        if self.lines.is_some() && std::mem::take(&mut self.only_last) {
            return self.read_last(now, take);
        }
        let grew = self.read_on(take)?;
        if grew {
            self.grew = now;
        } else if now.duration_since(self.grew).abs() >= MOMENT
            && let Some(lines) = &mut self.lines
        {
            lines.take_unfinished(&mut |line| take(&text(line)));
        }
        Ok(())
    }

    /// The file is over: its last line may have no end.
    pub(super) fn finish(&mut self, take: &mut dyn FnMut(&str)) {
        let _ = self.begin();
        let _ = self.read_on(take);
        if let Some(lines) = &mut self.lines {
            lines.finish(&mut |line| take(&text(line)));
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.lines.is_some() {
            return Ok(());
        }
        let head = self.growing.head(HEAD)?;
        if !head.is_empty() {
            let kind = TextKind::guess(&head);
            self.lines = Some(LineSplitter::new(kind, LINE_BYTES));
        }
        Ok(())
    }

    fn read_last(&mut self, now: Timestamp, take: &mut dyn FnMut(&str)) -> io::Result<()> {
        self.grew = now;
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
        outcome.map(drop)
    }

    /// Whether there was anything new.
    fn read_on(&mut self, take: &mut dyn FnMut(&str)) -> io::Result<bool> {
        let Some(lines) = &mut self.lines else {
            return Ok(false);
        };
        let mut grew = false;
        self.growing.read_new(&mut |grown| match grown {
            Grown::Restarted => lines.forget(),
            Grown::Bytes(bytes) => {
                grew = true;
                lines.feed(bytes, &mut |line| take(&text(line)));
            }
        })?;
        Ok(grew)
    }
}

fn text(line: TextLine<'_>) -> String {
    harmless_up_to(line.text, LINE_CHARACTERS)
}
