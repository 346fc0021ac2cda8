//! Files that belong together: all of them are written, or everything is as it was.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::open::OpenRules;
use super::open_error::OpenError;

/// Files that are being written. Dropped before [`Together::keep`] it puts back what was there.
#[derive(Debug, Default)]
pub struct Together {
    put: Vec<Put>,
}

#[derive(Debug)]
struct Put {
    path: PathBuf,
    before: Option<Before>,
}

/// What was there.
struct Before {
    bytes: Vec<u8>,
    mode: u32,
}

impl std::fmt::Debug for Before {
    /// It may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Before")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl Together {
    /// Puts `bytes` in the place of whatever has the name, as a file of ours with this mode.
    ///
    /// # Errors
    /// See [`OpenError`]; also where something is there that cannot be read and so not be put back.
    pub fn put(&mut self, path: &Path, mode: u32, bytes: &[u8]) -> Result<(), OpenError> {
        let before = match Before::read(path) {
            Ok(before) => Some(before),
            Err(why) if why.is_absence() => None,
            Err(why) => return Err(why),
        };
        OpenRules::ours(path).mode(mode).replace(bytes)?;
        self.put.push(Put {
            path: path.to_owned(),
            before,
        });
        Ok(())
    }

    /// They stay.
    pub fn keep(mut self) {
        self.put.clear();
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        while let Some(put) = self.put.pop() {
            // Nobody is left to tell; what cannot be put back stays as it is.
            let _ = put.undo();
        }
    }
}

impl Put {
    fn undo(self) -> Result<(), OpenError> {
        let file = OpenRules::ours(&self.path);
        match self.before {
            Some(before) => file.mode(before.mode).replace(&before.bytes).map(drop),
            None => file.remove(),
        }
    }
}

impl Before {
    fn read(path: &Path) -> Result<Self, OpenError> {
        let rules = OpenRules::ours(path);
        let file = rules.to_read()?;
        let mode = file.metadata()?.permissions().mode() & 0o7777;
        let bytes = rules.read_from(&file)?;
        Ok(Self { bytes, mode })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_kept_stays_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let (secret, open) = (folder.path().join("a"), folder.path().join("b"));
        let mut files = Together::default();
        files.put(&secret, 0o600, b"s").unwrap();
        files.put(&open, 0o644, b"o").unwrap();
        files.keep();
        assert_eq!(
            (std::fs::read(&secret).unwrap(), mode(&secret)),
            (b"s".to_vec(), 0o600)
        );
        assert_eq!(
            (std::fs::read(&open).unwrap(), mode(&open)),
            (b"o".to_vec(), 0o644)
        );
    }

    #[test]
    fn what_is_not_kept_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        std::fs::write(&old, "before").unwrap();
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o640)).unwrap();
        let mut files = Together::default();
        files.put(&new, 0o600, b"n").unwrap();
        files.put(&old, 0o600, b"after").unwrap();
        let nowhere = folder.path().join("no/folder");
        assert!(files.put(&nowhere, 0o600, b"x").is_err());
        drop(files);
        assert_eq!(
            (std::fs::read(&old).unwrap(), mode(&old)),
            (b"before".to_vec(), 0o640)
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
