//! Whether a file that was found, and not named, may be obeyed.
//!
//! As git (`safe.directory`, CVE-2022-24765), sudo and ssh have it: the file, a link to it and the
//! folders above belong to whoever runs us or to root, and nobody else may write them (a group that
//! is the owner alone may: [`PrivateGroups`]). Then nobody else can put another file there meanwhile.

use std::error::Error;
use std::fmt;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use words::{Lang, Words};

use super::private_groups::PrivateGroups;
use super::trust::Trusted;

/// Why a file that was found is not obeyed.
#[derive(Debug)]
pub enum Distrust {
    /// It, or a folder above it, is somebody else's.
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// It, or a folder above it, can be changed by others.
    Mode {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It cannot be looked at.
    System(io::Error),
}

impl Distrust {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Owner { path, owner } => Words::say(
                |t| t.errors.foreign_owner,
                &[("path", &path.display()), ("owner", owner)],
            ),
            Self::Mode { path, mode } => Words::say(
                |t| t.errors.others_may_write,
                &[("path", &path.display()), ("mode", &format!("{mode:04o}"))],
            ),
            Self::System(error) => Words::of_io(error),
        }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().in_lang(Lang::En))
    }
}

impl Error for Distrust {}

impl From<io::Error> for Distrust {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// How much others may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    /// Not write it.
    Nothing,
    /// Write in it what nobody else can remove or replace (/tmp), and, where a group may, what its
    /// owner allows: folders further up.
    Beside,
}

/// Checks a file that was found under this name.
///
/// # Errors
/// See [`Distrust`].
pub fn trust_found(file: &Path, trusted: Trusted, groups: &PrivateGroups) -> Result<(), Distrust> {
    let link = std::fs::symlink_metadata(file)?;
    if link.is_symlink() {
        check_owner(file, &link, trusted)?;
        check_folders(file, trusted, groups)?;
    }
    let real = std::fs::canonicalize(file)?;
    check(&real, trusted, groups, Others::Nothing)?;
    check_folders(&real, trusted, groups)
}

fn check_folders(file: &Path, trusted: Trusted, groups: &PrivateGroups) -> Result<(), Distrust> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
    check(&folder, trusted, groups, Others::Nothing)?;
    let mut above = folder.ancestors().skip(1);
    above.try_for_each(|folder| check(folder, trusted, groups, Others::Beside))
}

fn check(
    path: &Path,
    trusted: Trusted,
    groups: &PrivateGroups,
    others: Others,
) -> Result<(), Distrust> {
    const STICKY: u32 = 0o1000;
    let found = std::fs::metadata(path)?;
    check_owner(path, &found, trusted)?;
    let mode = found.mode() & 0o7777;
    let refused = match others {
        Others::Nothing => 0o022,
        Others::Beside if mode & STICKY != 0 => 0,
        Others::Beside => 0o002,
    };
    let by_all = mode & refused & 0o002 != 0;
    let by_group = mode & refused & 0o020 != 0 && !groups.is_private(found.gid(), found.uid());
    if !by_all && !by_group {
        return Ok(());
    }
    let path = path.to_owned();
    Err(Distrust::Mode { path, mode })
}

fn check_owner(path: &Path, found: &Metadata, trusted: Trusted) -> Result<(), Distrust> {
    let owner = found.uid();
    if trusted.covers(owner) {
        return Ok(());
    }
    let path = path.to_owned();
    Err(Distrust::Owner { path, owner })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use rstest::rstest;

    use super::*;

    /// A folder in a folder of mode 0700, with a file in it.
    fn room() -> (tempfile::TempDir, PathBuf) {
        let room = tempfile::tempdir().unwrap();
        let folder = room.path().join("site");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("found"), "").unwrap();
        for path in [&folder, &folder.join("found")] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        (room, folder)
    }

    fn none() -> PrivateGroups {
        PrivateGroups::default()
    }

    fn ourselves() -> Trusted {
        Trusted::of_process()
    }

    #[test]
    fn what_is_ours_alone_is_obeyed() {
        let (room, folder) = room();
        trust_found(&folder.join("found"), ourselves(), &none()).unwrap();
        symlink(folder.join("found"), room.path().join("link")).unwrap();
        trust_found(&room.path().join("link"), ourselves(), &none()).unwrap();
    }

    #[rstest]
    #[case::file("site/found", 0o666)]
    #[case::file_of_a_group("site/found", 0o664)]
    #[case::folder("site", 0o777)]
    #[case::folder_of_a_group("site", 0o775)]
    #[case::folder_like_tmp("site", 0o1777)]
    #[case::folder_above("", 0o777)]
    fn what_others_may_write_is_not(#[case] what: &str, #[case] mode: u32) {
        let (room, folder) = room();
        let what = room.path().join(what);
        fs::set_permissions(&what, fs::Permissions::from_mode(mode)).unwrap();
        let why = trust_found(&folder.join("found"), ourselves(), &none()).unwrap_err();
        assert!(
            matches!(why, Distrust::Mode { mode: found, .. } if found == mode),
            "{why}"
        );
    }

    #[test]
    fn a_group_that_is_the_owner_alone_may_write() {
        let (_room, folder) = room();
        let file = folder.join("found");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
        let found = fs::metadata(&file).unwrap();
        let (uid, gid) = (found.uid(), found.gid());
        let groups = |members: &str| {
            PrivateGroups::new(
                format!("me:x:{uid}:{gid}::/:\n"),
                format!("me:x:{gid}:{members}\n"),
            )
        };
        trust_found(&file, ourselves(), &groups("")).unwrap();
        trust_found(&file, ourselves(), &groups("me,you")).unwrap_err();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        trust_found(&file, ourselves(), &groups("")).unwrap_err();
    }

    /// The same files, seen by somebody to whom they do not belong; `/` belongs to root here.
    #[test]
    fn what_belongs_to_another_user_is_not_unless_they_called_sudo() {
        const NOBODY: u32 = 65_534;
        let (_room, folder) = room();
        let file = folder.join("found");
        if std::os::unix::fs::chown(&file, Some(NOBODY), None).is_err() {
            println!("skipped: only root can give files away");
            return;
        }
        let why = trust_found(&file, Trusted::new(0, None), &none()).unwrap_err();
        assert!(
            matches!(why, Distrust::Owner { owner: NOBODY, .. }),
            "{why}"
        );
        trust_found(&file, Trusted::new(0, Some("65534")), &none()).unwrap();
        std::os::unix::fs::chown(&file, Some(0), None).unwrap();
        std::os::unix::fs::chown(&folder, Some(NOBODY), None).unwrap();
        let why = trust_found(&file, Trusted::new(0, Some("1000")), &none()).unwrap_err();
        assert!(why.to_string().contains("belongs to user 65534"), "{why}");
    }
}
