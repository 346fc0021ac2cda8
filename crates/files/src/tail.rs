//! Follows a *name* as `tail -F` does: the file may come later, be truncated, or be replaced.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::growing::{FileId, Growing, Grown};

/// What was found at a look.
#[derive(Debug, PartialEq, Eq)]
pub enum TailStep<'a> {
    /// The file is there for the first time: what follows is from its beginning.
    Began,
    /// It was truncated or written anew in place: what follows is from its beginning, and a line
    /// that was not finished is gone.
    Truncated,
    /// Another file has taken the name (rotation). The old one was read to its end, so a line
    /// that was not finished is as finished as it will ever be.
    Replaced,
    /// Bytes that were appended since the last look.
    Bytes(&'a [u8]),
}

/// A name that is followed.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    open: Option<Growing>,
}

impl Tail {
    /// Follows `path` from the beginning of the file, whether it exists yet or not.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: None,
        }
    }

    /// Reads everything that is new. Returns whether the name stands for a file right now;
    /// where it does not, a file that had it is still read.
    ///
    /// # Errors
    /// As the operating system says; the next look tries again.
    pub fn look(&mut self, sink: &mut dyn FnMut(TailStep<'_>)) -> io::Result<bool> {
        let named = self.named()?;
        let replaced = if let Some(open) = &mut self.open {
            read(open, sink)?;
            match named {
                None => return Ok(false),
                // Somebody who creates the new file before the writer turns to it (logrotate)
                // leaves it empty: until it has a byte, the old one may still grow.
                Some((id, length)) if id == open.id() || length == 0 => return Ok(true),
                Some(_) => true,
            }
        } else {
            false
        };
        if named.is_none() {
            return Ok(false);
        }
        self.open = None;
        let open = self.open.insert(Growing::open(&self.path)?);
        sink(if replaced {
            TailStep::Replaced
        } else {
            TailStep::Began
        });
        read(open, sink)?;
        Ok(true)
    }

    fn named(&self) -> io::Result<Option<(FileId, u64)>> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => Ok(Some((FileId::from_metadata(&metadata), metadata.len()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn read(open: &mut Growing, sink: &mut dyn FnMut(TailStep<'_>)) -> io::Result<()> {
    open.read_new(&mut |grown| match grown {
        Grown::Restarted => sink(TailStep::Truncated),
        Grown::Bytes(bytes) => sink(TailStep::Bytes(bytes)),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    struct Room {
        dir: tempfile::TempDir,
        tail: Tail,
    }

    impl Room {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let tail = Tail::new(&dir.path().join("calls"));
            Self { dir, tail }
        }

        fn path(&self) -> PathBuf {
            self.dir.path().join("calls")
        }

        fn append(&self, text: &str) {
            let mut open = fs::OpenOptions::new();
            let mut file = open.append(true).create(true).open(self.path()).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        /// What one look finds, as words.
        fn look(&mut self) -> Vec<String> {
            let mut seen = Vec::new();
            self.tail
                .look(&mut |step| {
                    seen.push(match step {
                        TailStep::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                        other => format!("{other:?}"),
                    });
                })
                .unwrap();
            seen
        }
    }

    #[test]
    fn a_file_may_come_later_and_grow() {
        let mut room = Room::new();
        assert!(room.look().is_empty());
        room.append("one\n");
        assert_eq!(room.look(), ["Began", "one\n"]);
        assert!(room.look().is_empty());
        room.append("two\n");
        assert_eq!(room.look(), ["two\n"]);
    }

    #[test]
    fn truncation_is_noticed() {
        let mut room = Room::new();
        room.append("a line that is long enough\n");
        room.look();
        fs::write(room.path(), "new\n").unwrap();
        assert_eq!(room.look(), ["Truncated", "new\n"]);
    }

    #[test]
    fn a_file_written_anew_is_noticed_although_it_is_longer() {
        let mut room = Room::new();
        room.append("the first text of this file\n");
        room.look();
        fs::write(room.path(), "another text, which is longer than it\n").unwrap();
        assert_eq!(
            room.look(),
            ["Truncated", "another text, which is longer than it\n"]
        );
    }

    #[test]
    fn a_rewritten_closing_bracket_is_no_new_file() {
        let mut room = Room::new();
        room.append("[ {\"IN\": \"2026-11-23T12:04:05.118\"}\n]");
        room.look();
        fs::write(
            room.path(),
            "[ {\"IN\": \"2026-11-23T12:04:05.118\"},\n{\"OUT\": \"2026-11-23T12:04:06.000\"}\n]",
        )
        .unwrap();
        assert_eq!(room.look(), ["{\"OUT\": \"2026-11-23T12:04:06.000\"}\n]"]);
    }

    #[test]
    fn rotation_by_rename_finishes_the_old_file_first() {
        let mut room = Room::new();
        room.append("one\n");
        room.look();
        let mut old = fs::OpenOptions::new()
            .append(true)
            .open(room.path())
            .unwrap();
        fs::rename(room.path(), room.dir.path().join("calls.1")).unwrap();
        assert!(room.look().is_empty());
        // The writer has not noticed yet, and the new file is there but empty.
        fs::write(room.path(), "").unwrap();
        old.write_all(b"two\n").unwrap();
        assert_eq!(room.look(), ["two\n"]);
        old.write_all(b"three").unwrap();
        room.append("four\n");
        assert_eq!(room.look(), ["three", "Replaced", "four\n"]);
    }

    #[test]
    fn a_directory_is_an_error_and_later_a_file_is_none() {
        let mut room = Room::new();
        fs::create_dir(room.path()).unwrap();
        let error = room.tail.look(&mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("not a regular file"), "{error}");
        fs::remove_dir(room.path()).unwrap();
        room.append("one\n");
        assert_eq!(room.look(), ["Began", "one\n"]);
    }
}
