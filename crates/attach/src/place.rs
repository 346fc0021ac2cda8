//! The file of the socket.

use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use files::PRIVATE_FOLDER;
use rustix::fs::{AtFlags, CWD, Gid, Mode, chmodat, chownat};

use crate::asker::group_id;

/// What a socket's name may have, in bytes: `sun_path` of Linux, less its end.
const LONGEST: usize = 107;

/// Who may look, and who may command. Owner and root always may both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// A Unix group that may look, by name or number.
    pub group: Option<String>,
    /// Whether that group may also command.
    pub operators: bool,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Another process listens there.
    #[error("another process listens on {path}")]
    Taken {
        /// The socket.
        path: PathBuf,
    },
    /// Something is in the way that is no socket; it is left alone.
    #[error(
        "{path} is there and is no socket; it is left alone. Remove it, or name another path in attach.socket"
    )]
    InTheWay {
        /// The path.
        path: PathBuf,
    },
    /// The path is too long for a socket.
    #[error(
        "{path} is longer than the {LONGEST} bytes that a socket's path may have. Name a shorter one in attach.socket"
    )]
    TooLong {
        /// The path.
        path: PathBuf,
    },
    /// Others may write the folder: they could put a socket of theirs in its place.
    #[error(
        "{folder} may be written by others, who could put a socket of their own there. Name a path in another folder in attach.socket"
    )]
    OpenFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no such group.
    #[error("there is no group {name:?} on this machine (attach.group)")]
    NoGroup {
        /// As configured.
        name: String,
    },
    /// The operating system refuses.
    #[error("the socket {path} cannot be opened: {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

/// Opens the socket at `path`. One that a dead process has left is replaced; one on which somebody
/// listens, and anything that is no socket, is left alone.
pub(super) fn open(path: &Path, access: &Access) -> Result<UnixListener, PlaceError> {
    let group = access.group.as_deref().map(gid).transpose()?;
    if path.as_os_str().len() > LONGEST - ".new".len() {
        return Err(PlaceError::TooLong { path: path.into() });
    }
    let io = |source| PlaceError::Io {
        path: path.into(),
        source,
    };
    let folder = path.parent().unwrap_or(Path::new("/"));
    // It may be the state directory. Where a group is to look, somebody else has made it.
    files::make_folder(folder, PRIVATE_FOLDER).map_err(|error| io(io::Error::other(error)))?;
    check_folder(folder, path)?;
    clear_way(path)?;
    // Under another name until its mode is right; then it takes the place of a dead one.
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    remove_socket(&new).map_err(io)?;
    let listener = UnixListener::bind(&new).map_err(io)?;
    let mode = if group.is_some() { 0o660 } else { 0o600 };
    if let Some(group) = group {
        let owned = chownat(CWD, &new, None, Some(group), AtFlags::SYMLINK_NOFOLLOW);
        owned.map_err(|error| io(error.into()))?;
    }
    chmodat(CWD, &new, Mode::from_raw_mode(mode), AtFlags::empty())
        .map_err(|error| io(error.into()))?;
    std::fs::rename(&new, path).map_err(io)?;
    listener.set_nonblocking(true).map_err(io)?;
    Ok(listener)
}

/// The folder above `path` that the group may not enter, so that its members cannot look.
pub(super) fn closed_to(path: &Path, access: &Access) -> Option<PathBuf> {
    let group = group_id(access.group.as_deref()?)?;
    let may_enter = |folder: &&Path| {
        std::fs::metadata(folder).is_ok_and(|found| {
            let as_member = found.gid() == group && found.mode() & 0o010 != 0;
            as_member || found.mode() & 0o001 != 0
        })
    };
    let folders = path.ancestors().skip(1);
    let mut closed = folders.filter(|folder| !folder.as_os_str().is_empty() && !may_enter(folder));
    closed.next().map(Path::to_path_buf)
}

fn gid(name: &str) -> Result<Gid, PlaceError> {
    let found = group_id(name).map(Gid::from_raw);
    found.ok_or_else(|| PlaceError::NoGroup { name: name.into() })
}

/// Only us, or root, may write where the socket is; or the folder is one where nobody removes what
/// is another's.
fn check_folder(folder: &Path, path: &Path) -> Result<(), PlaceError> {
    let found = std::fs::metadata(folder).map_err(|source| PlaceError::Io {
        path: path.into(),
        source,
    })?;
    let (mode, owner) = (found.mode(), found.uid());
    let me = rustix::process::geteuid().as_raw();
    let others_write = mode & 0o022 != 0 && mode & 0o1000 == 0;
    if others_write || (owner != me && owner != 0) {
        return Err(PlaceError::OpenFolder {
            folder: folder.into(),
        });
    }
    Ok(())
}

/// What is at `path` is nothing, or a socket on which nobody listens.
fn clear_way(path: &Path) -> Result<(), PlaceError> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(PlaceError::Io {
            path: path.into(),
            source,
        }),
        Ok(found) if !found.file_type().is_socket() => {
            Err(PlaceError::InTheWay { path: path.into() })
        }
        Ok(_) => match UnixStream::connect(path) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
            _ => Err(PlaceError::Taken { path: path.into() }),
        },
    }
}

/// Removes a socket that is there, and nothing else.
fn remove_socket(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path),
        _ => Ok(()),
    }
}

/// Which file a socket is, so that only our own is removed at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    pub(super) fn of_path(path: &Path) -> Option<Self> {
        let found = std::fs::symlink_metadata(path).ok()?;
        Some(Self(found.dev(), found.ino()))
    }
}

/// Removes the socket, where it is still this one.
pub(super) fn remove(path: &Path, ours: FileId) {
    if FileId::of_path(path) == Some(ours) {
        // What cannot be removed is replaced by the next who opens it.
        let _ = std::fs::remove_file(path);
    }
}
