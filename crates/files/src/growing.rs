//! One open file that somebody appends to, whatever it is called by now.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

use super::open::OpenRules;

/// How many bytes before the place of reading are remembered, to notice that a file was written
/// anew although it is not shorter than before.
const MARK: usize = 256;

/// The very last bytes are not compared: a writer that closes a bracket behind every entry
/// rewrites them each time, and that is no new file.
const SLACK: usize = 8;

/// Which file this is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// From what the operating system says about a file.
    #[must_use]
    pub fn from_metadata(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// What was found at a look.
#[derive(Debug, PartialEq, Eq)]
pub enum Grown<'a> {
    /// The file was truncated or written anew: what follows is from its beginning.
    Restarted,
    /// Bytes that were appended since the last look.
    Bytes(&'a [u8]),
}

/// An open file and how far it was read.
#[derive(Debug)]
pub struct Growing {
    file: File,
    id: FileId,
    offset: u64,
    /// The bytes before `offset`, at most [`MARK`].
    mark: Vec<u8>,
    modified: Option<SystemTime>,
}

impl Growing {
    /// Opens a file; reading begins at its beginning.
    ///
    /// # Errors
    /// As the operating system says; also where `path` is no regular file (a pipe would block).
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenRules::named(path).to_read()?;
        let id = FileId::from_metadata(&file.metadata()?);
        Ok(Self {
            file,
            id,
            offset: 0,
            mark: Vec::new(),
            modified: None,
        })
    }

    /// Which file it is.
    #[must_use]
    pub const fn id(&self) -> FileId {
        self.id
    }

    /// The first bytes of the file, at most `length`.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn head(&self, length: usize) -> io::Result<Vec<u8>> {
        let mut head = vec![0; length];
        let read = read_fully(&self.file, &mut head, 0)?;
        head.truncate(read);
        Ok(head)
    }

    /// Leaves out all but the last `bytes`; returns whether there was anything to leave out.
    /// The place is even, as UTF-16 needs it.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn skip_to_last(&mut self, bytes: u64) -> io::Result<bool> {
        let length = self.file.metadata()?.len();
        self.offset = length.saturating_sub(bytes) / 2 * 2;
        self.mark.clear();
        Ok(self.offset > 0)
    }

    /// Reads everything that was appended since the last look.
    ///
    /// # Errors
    /// As the operating system says; what was handed out before is not handed out again.
    pub fn read_new(&mut self, sink: &mut dyn FnMut(Grown<'_>)) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        let modified = metadata.modified().ok();
        if metadata.len() == self.offset && modified == self.modified {
            return Ok(());
        }
        if metadata.len() < self.offset || !self.mark_is_still_there()? {
            self.offset = 0;
            self.mark.clear();
            sink(Grown::Restarted);
        }
        self.modified = modified;
        self.read_on(sink)
    }

    fn read_on(&mut self, sink: &mut dyn FnMut(Grown<'_>)) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = read_fully(&self.file, &mut buffer, self.offset)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(());
            }
            self.offset += read as u64;
            self.remember(bytes);
            sink(Grown::Bytes(bytes));
        }
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.mark.extend_from_slice(
            bytes
                .get(bytes.len().saturating_sub(MARK)..)
                .unwrap_or(bytes),
        );
        let surplus = self.mark.len().saturating_sub(MARK);
        self.mark.drain(..surplus);
    }

    fn mark_is_still_there(&self) -> io::Result<bool> {
        let start = self.offset.saturating_sub(self.mark.len() as u64);
        let compared = self.mark.len().saturating_sub(SLACK);
        let mut there = vec![0; compared];
        let read = read_fully(&self.file, &mut there, start)?;
        Ok(read == compared && self.mark.starts_with(&there))
    }
}

/// Reads until `buffer` is full or the file ends.
fn read_fully(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
