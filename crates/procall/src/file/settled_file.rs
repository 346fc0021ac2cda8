//! Notices when the user list was changed, and reads it only once it has settled.

use std::fs::{FileType, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use files::{FileId, OpenError, OpenRules};
use model::file_fault::FileKind;

/// No list of users is larger, in bytes: 20,000 users take 1 to 2 MiB.
const SIZE_LIMIT: u64 = 64 * 1024 * 1024;

/// What identifies one state of the file.
type Fingerprint = (FileId, u64, Option<SystemTime>);

/// What one look found.
#[derive(Debug)]
pub(super) enum Look {
    /// The file is as it was.
    Same,
    /// Something changed; look again soon, it may not be written to its end.
    Settling,
    /// It was read, or could not be.
    Read(io::Result<Vec<u8>>),
}

/// A file that is read whenever it changed.
#[derive(Debug)]
pub(super) struct SettledFile {
    path: PathBuf,
    /// What was handed out last: a state of the file, or an error.
    taken: Option<Result<Fingerprint, ErrorKind>>,
    /// What was seen last, and in how many looks in a row.
    seen: Option<(Fingerprint, u32)>,
}

/// In so many looks in a row a changed file must be the same before it is read. The first list
/// must be the same in one look less: nobody has anything to lose yet, and somebody waits.
const SETTLED: u32 = 3;

impl SettledFile {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            taken: None,
            seen: None,
        }
    }

    /// Looks once at the file; reads it when it has stayed the same for long enough.
    pub(super) fn look(&mut self) -> Look {
        match std::fs::metadata(&self.path).and_then(|found| fingerprint(&found)) {
            Ok(print) if self.taken == Some(Ok(print)) => {
                self.seen = None;
                Look::Same
            }
            Ok(print) => self.changed(print),
            Err(error) => self.failed(error),
        }
    }

    fn changed(&mut self, print: Fingerprint) -> Look {
        let times = match self.seen {
            Some((before, times)) if before == print => times + 1,
            _ => 1,
        };
        self.seen = Some((print, times));
        let needed = SETTLED - u32::from(self.taken.is_none());
        if times < needed {
            return Look::Settling;
        }
        match self.read(print) {
            Ok(None) => {
                self.seen = None;
                Look::Settling
            }
            Ok(Some(bytes)) => {
                self.taken = Some(Ok(print));
                self.seen = None;
                Look::Read(Ok(bytes))
            }
            Err(error) => self.failed(error),
        }
    }

    /// The bytes, or nothing where the file changed while it was read.
    fn read(&self, print: Fingerprint) -> io::Result<Option<Vec<u8>>> {
        let bytes = OpenRules::named(&self.path).up_to(SIZE_LIMIT).read()?;
        let after = fingerprint(&std::fs::metadata(&self.path)?)?;
        let whole = after == print && bytes.len() as u64 == print.1;
        Ok(whole.then_some(bytes))
    }

    /// An error is handed out once; a file that is replaced is away for a moment, so it too has
    /// to settle where there was a list before.
    fn failed(&mut self, error: io::Error) -> Look {
        self.seen = None;
        let kind = error.kind();
        match self.taken {
            Some(Err(before)) if before == kind => Look::Same,
            _ => {
                self.taken = Some(Err(kind));
                Look::Read(Err(error))
            }
        }
    }
}

/// What there is in place of a regular file, if it is none.
fn kind_of(found: FileType) -> Option<FileKind> {
    match () {
        () if found.is_file() => None,
        () if found.is_dir() => Some(FileKind::Folder),
        () if found.is_fifo() => Some(FileKind::Pipe),
        () if found.is_socket() => Some(FileKind::Socket),
        () if found.is_char_device() || found.is_block_device() => Some(FileKind::Device),
        () => Some(FileKind::Other),
    }
}

fn fingerprint(found: &Metadata) -> io::Result<Fingerprint> {
    if let Some(kind) = kind_of(found.file_type()) {
        return Err(OpenError::Kind(kind).into());
    }
    if found.len() > SIZE_LIMIT {
        return Err(OpenError::TooLarge { limit: SIZE_LIMIT }.into());
    }
    Ok((
        FileId::from_metadata(found),
        found.len(),
        found.modified().ok(),
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The looks until something is decided, as words.
    fn looks(file: &mut SettledFile) -> Vec<String> {
        let mut seen = Vec::new();
        for _ in 0..10 {
            match file.look() {
                Look::Same => return seen,
                Look::Settling => seen.push("settling".to_owned()),
                Look::Read(Ok(bytes)) => seen.push(String::from_utf8(bytes).unwrap()),
                Look::Read(Err(error)) => seen.push(format!("{:?}", error.kind())),
            }
        }
        panic!("it never settles: {seen:?}");
    }

    #[test]
    fn a_file_is_read_once_it_has_settled_and_again_when_it_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("users.csv");
        let mut file = SettledFile::new(&path);
        assert_eq!(looks(&mut file), ["NotFound"]);
        fs::write(&path, "one").unwrap();
        assert_eq!(looks(&mut file), ["settling", "settling", "one"]);
        assert!(looks(&mut file).is_empty());
        fs::write(&path, "two, longer").unwrap();
        assert_eq!(looks(&mut file), ["settling", "settling", "two, longer"]);
        fs::remove_file(&path).unwrap();
        assert_eq!(looks(&mut file), ["NotFound"]);
    }

    #[test]
    fn the_first_list_is_there_after_two_looks() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("users.csv");
        fs::write(&path, "one").unwrap();
        assert_eq!(looks(&mut SettledFile::new(&path)), ["settling", "one"]);
    }

    #[test]
    fn a_half_written_file_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("users.csv");
        fs::write(&path, "one").unwrap();
        let mut file = SettledFile::new(&path);
        looks(&mut file);
        let mut text = String::new();
        for _ in 0..20 {
            text.push_str("a growing text\n");
            fs::write(&path, &text).unwrap();
            assert!(matches!(file.look(), Look::Settling));
        }
        assert_eq!(looks(&mut file).pop(), Some(text));
    }

    #[test]
    fn a_directory_is_named_as_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let Look::Read(Err(error)) = SettledFile::new(dir.path()).look() else {
            panic!("a directory was read");
        };
        assert!(error.to_string().contains("not a regular file"));
    }
}
