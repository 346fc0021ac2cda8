//! Whose the files are that root makes in a service's directories.

use std::io;
use std::os::fd::AsFd;

use rustix::fs::{Gid, Uid, fchown, fstat};

/// Gives what was made just now to the owner of the folder that it was made in, where root made
/// it. An administrator looks with `sudo lampfield` at the site of a service that runs as somebody
/// else: a lock, a ledger or a log that root left there would keep the service from writing.
///
/// Never for what was there before: whoever owns the folder may have put anything there.
///
/// # Errors
/// The operating system's, for example on a file system that knows no owners.
pub(super) fn give_to_owner_of(folder: impl AsFd, made: impl AsFd) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let (wanted, found) = (fstat(folder)?, fstat(made.as_fd())?);
    if (wanted.st_uid, wanted.st_gid) == (found.st_uid, found.st_gid) {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(wanted.st_uid), Gid::from_raw(wanted.st_gid));
    Ok(fchown(made, Some(user), Some(group))?)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    /// Only root can give files away: elsewhere a file stays its maker's.
    #[test]
    fn what_root_makes_belongs_to_the_owner_of_the_directory() {
        const NOBODY: u32 = 65_534;
        let directory = tempfile::tempdir().unwrap();
        let whose = std::os::unix::fs::chown(directory.path(), Some(NOBODY), Some(NOBODY));
        let file = File::create(directory.path().join("made")).unwrap();
        let before = file.metadata().unwrap().uid();
        give_to_owner_of(File::open(directory.path()).unwrap(), &file).unwrap();
        let expected = if whose.is_ok() { NOBODY } else { before };
        assert_eq!(file.metadata().unwrap().uid(), expected);
    }
}
