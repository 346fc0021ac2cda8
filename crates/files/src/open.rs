//! The one way to open a file: ours, or one that somebody named.
//!
//! Never blocking (a named pipe that nobody writes to would stop us for ever), regular files only,
//! bounded where it is read as a whole, with an explicit mode whatever the umask says. What we make
//! is opened under its own name alone: in a folder that belongs to somebody else a link may lead
//! anywhere, and root would write there. What an administrator names may be a link (certificates in
//! /etc/ssl, secrets of Kubernetes), where it can be trusted: see [`super::walk`].

use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use model::file_fault::FileKind;
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, fchmod, fstat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;

use super::open_error::OpenError;
use super::owner::give_to_owner_of;
use super::trust::Trusted;
use super::walk::{Last, Reached, walk};

/// For the owner only.
const PRIVATE: u32 = 0o600;

/// The mode of a folder for its owner only.
pub const PRIVATE_FOLDER: u32 = 0o700;

/// A file that is read as a whole is not larger, in bytes, where nobody says otherwise.
const LIMIT: u64 = 1024 * 1024;

/// Which file, and how it may be opened.
#[derive(Clone, Copy, Debug)]
pub struct OpenRules<'a> {
    path: &'a Path,
    ours: bool,
    limit: u64,
    mode: u32,
    trusted: Trusted,
}

impl<'a> OpenRules<'a> {
    /// A file of ours: no link is followed. For its owner only, and read up to 1 MiB.
    #[must_use]
    pub fn ours(path: &'a Path) -> Self {
        Self {
            path,
            ours: true,
            limit: LIMIT,
            mode: PRIVATE,
            trusted: Trusted::of_process(),
        }
    }

    /// A file that an administrator named: links that can be trusted are followed. Read up to
    /// 1 MiB.
    #[must_use]
    pub fn named(path: &'a Path) -> Self {
        Self {
            ours: false,
            ..Self::ours(path)
        }
    }

    /// Reads so many bytes at most, and refuses a larger file.
    #[must_use]
    pub const fn up_to(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Makes files with this mode, whatever the umask says.
    #[must_use]
    pub const fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Opens it to read.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn to_read(&self) -> Result<File, OpenError> {
        let reached = self.reach()?;
        self.open_existing(&reached, OFlags::RDONLY)
    }

    /// The whole file.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read(&self) -> Result<Vec<u8>, OpenError> {
        self.read_from(&self.to_read()?)
    }

    /// The whole of a file that [`OpenRules::to_read`] opened.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_from(&self, file: &File) -> Result<Vec<u8>, OpenError> {
        let too_large = OpenError::TooLarge { limit: self.limit };
        if file.metadata()?.len() > self.limit {
            return Err(too_large);
        }
        let mut bytes = Vec::new();
        // A file may grow meanwhile, and those of the kernel have no length.
        file.take(self.limit.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > self.limit {
            return Err(too_large);
        }
        Ok(bytes)
    }

    /// Opens it to append; makes it where it is not there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn append(&self) -> Result<File, OpenError> {
        self.open_or_make(OFlags::RDWR | OFlags::APPEND)
    }

    /// Opens it to read and write, and leaves what it holds; makes it where it is not there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read_and_write(&self) -> Result<File, OpenError> {
        self.open_or_make(OFlags::RDWR)
    }

    /// Makes it, to append; whatever has the name already is an error.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn make(&self) -> Result<File, OpenError> {
        let reached = self.reach()?;
        self.make_in(
            &reached.folder,
            &reached.name,
            OFlags::APPEND | OFlags::WRONLY,
        )
    }

    /// Puts `bytes` in the place of whatever has the name: all of them or, on an error, nothing.
    /// Gives the new file, open to append.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn replace(&self, bytes: &[u8]) -> Result<File, OpenError> {
        let Reached { folder, name, .. } = self.reach()?;
        let mut temporary = name.clone();
        temporary.push(format!(".{}.tmp", std::process::id()));
        // One that a crash left behind.
        let _ = unlinkat(&folder, &temporary, AtFlags::empty());
        let written = self
            .write_whole(&folder, &temporary, bytes)
            .and_then(|file| {
                renameat(&folder, &temporary, &folder, &name)?;
                Ok(file)
            });
        if written.is_err() {
            let _ = unlinkat(&folder, &temporary, AtFlags::empty());
        }
        written
    }

    /// Removes it.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn remove(&self) -> Result<(), OpenError> {
        let reached = self.reach()?;
        Ok(unlinkat(&reached.folder, &reached.name, AtFlags::empty())?)
    }

    fn reach(&self) -> Result<Reached, OpenError> {
        let last = if self.ours {
            Last::AsItStands
        } else {
            Last::Follow
        };
        let reached = walk(self.path, last, None, self.trusted)?;
        if self.ours {
            reached.check_links(fstat(&reached.folder)?.st_uid)?;
        }
        Ok(reached)
    }

    fn write_whole(&self, folder: &OwnedFd, name: &OsStr, bytes: &[u8]) -> Result<File, OpenError> {
        let mut file = self.make_in(folder, name, OFlags::APPEND | OFlags::WRONLY)?;
        file.write_all(bytes)?;
        // Without this a power loss may leave the new name on an empty file.
        file.sync_all()?;
        Ok(file)
    }

    fn open_or_make(&self, how: OFlags) -> Result<File, OpenError> {
        let reached = self.reach()?;
        match self.make_in(&reached.folder, &reached.name, how) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.open_existing(&reached, how)
            }
            made => made,
        }
    }

    fn make_in(&self, folder: &OwnedFd, name: &OsStr, how: OFlags) -> Result<File, OpenError> {
        let flags = how | OFlags::CREATE | OFlags::EXCL | CAREFUL;
        let mode = Mode::from_raw_mode(self.mode);
        let file = openat(folder, name, flags, mode)?;
        // Where these fail it is ours all the same.
        let _ = fchmod(&file, mode);
        let _ = give_to_owner_of(folder, &file);
        Ok(file.into())
    }

    /// Looks before it opens, because to open a pipe or a device may do something, and looks again
    /// at what was opened, because it may be something else by then.
    fn open_existing(&self, reached: &Reached, how: OFlags) -> Result<File, OpenError> {
        let Reached { folder, name, .. } = reached;
        self.check(reached, &statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?)?;
        let file = openat(folder, name, how | CAREFUL, Mode::empty())?;
        self.check(reached, &fstat(file.as_fd())?)?;
        Ok(file.into())
    }

    fn check(&self, reached: &Reached, found: &Stat) -> Result<(), OpenError> {
        match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile if self.ours && found.st_nlink > 1 => Err(OpenError::OtherNames),
            FileType::RegularFile if self.ours => Ok(()),
            FileType::RegularFile => reached.check_links(found.st_uid),
            FileType::Symlink => Err(OpenError::Link),
            other => Err(OpenError::Kind(kind(other))),
        }
    }
}

/// Whatever is opened.
const CAREFUL: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

const fn kind(found: FileType) -> FileKind {
    match found {
        FileType::Directory => FileKind::Folder,
        FileType::Fifo => FileKind::Pipe,
        FileType::Socket => FileKind::Socket,
        FileType::CharacterDevice | FileType::BlockDevice => FileKind::Device,
        _ => FileKind::Other,
    }
}

/// Makes a folder of ours with everything above it that is missing, with this mode whatever the
/// umask says; one that is there stays as it is.
///
/// # Errors
/// As the operating system says.
pub fn make_folder(path: &Path, mode: u32) -> Result<(), OpenError> {
    let mode = Mode::from_raw_mode(mode);
    let reached = walk(path, Last::Folder, Some(mode), Trusted::of_process())?;
    let found = fstat(&reached.folder)?;
    if FileType::from_raw_mode(found.st_mode) != FileType::Directory {
        return Err(Errno::NOTDIR.into());
    }
    reached.check_links(found.st_uid)
}

/// Whether the next line that is appended begins on a line of its own: where a full disk cut off
/// the last one, it does not.
#[must_use]
pub fn ends_in_a_line(file: &File) -> bool {
    let mut last = [b'\n'];
    match file.metadata().map(|found| found.len()) {
        Ok(length) if length > 0 => {
            // Where it cannot be read, an empty line does no harm.
            file.read_exact_at(&mut last, length - 1).is_ok() && last == *b"\n"
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
