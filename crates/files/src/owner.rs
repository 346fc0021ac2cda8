//! Whose the files are that root makes in a service's directories.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Gid, Uid, fchown};

/// Gives a file to the owner of its directory, where root made it. An administrator looks with
/// `sudo lampfield` at the site of a service that runs as somebody else: a lock, a ledger or a log
/// that root left there would keep the service from writing.
///
/// # Errors
/// The operating system's, for example on a file system that knows no owners.
pub fn give_to_owner_of(directory: &Path, file: &File) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let (wanted, found) = (std::fs::metadata(directory)?, file.metadata()?);
    if (wanted.uid(), wanted.gid()) == (found.uid(), found.gid()) {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(wanted.uid()), Gid::from_raw(wanted.gid()));
    Ok(fchown(file, Some(user), Some(group))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only root can give files away: elsewhere a file stays its maker's.
    #[test]
    fn what_root_makes_belongs_to_the_owner_of_the_directory() {
        const NOBODY: u32 = 65_534;
        let directory = tempfile::tempdir().unwrap();
        let whose = std::os::unix::fs::chown(directory.path(), Some(NOBODY), Some(NOBODY));
        let file = File::create(directory.path().join("made")).unwrap();
        let before = file.metadata().unwrap().uid();
        give_to_owner_of(directory.path(), &file).unwrap();
        let expected = if whose.is_ok() { NOBODY } else { before };
        assert_eq!(file.metadata().unwrap().uid(), expected);
    }
}
