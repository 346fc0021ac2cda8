//! The way to a file, one folder after the other, so that nobody can turn it aside meanwhile.
//!
//! A link on the way counts only where whoever made it is trusted, or owns what it leads to: then
//! it opens nothing that its maker could not have opened. It is systemd's rule for files in folders
//! of unprivileged users (`CHASE_SAFE`, after CVE-2017-18078), a little wider.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fchmod, fstat, mkdirat, openat, readlinkat};
use rustix::io::Errno;

use super::open_error::OpenError;
use super::owner::give_to_owner_of;
use super::trust::Trusted;

/// So many links on one way, as the kernel has it.
const LINKS: u32 = 40;

/// Opens for nothing but to go on from there: asks for no right to read.
#[cfg(target_os = "linux")]
const STEP: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const STEP: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC);

/// What to do with the last name of a way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// It is a file that is opened under this name and no other.
    AsItStands,
    /// Where it is a link, go on to what it stands for.
    Follow,
    /// It is a folder.
    Folder,
}

/// The end of a way.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) folder: OwnedFd,
    /// The file's name in it; empty where the folder was wanted.
    pub(super) name: OsString,
    /// Users who are not trusted and have made links on the way.
    makers: Vec<u32>,
}

impl Reached {
    /// # Errors
    /// Where a link on the way was made by somebody else than the owner of what was reached.
    pub(super) fn check_links(&self, owner: u32) -> Result<(), OpenError> {
        check_links(&self.makers, owner)
    }
}

fn check_links(makers: &[u32], owner: u32) -> Result<(), OpenError> {
    match makers.iter().copied().find(|maker| *maker != owner) {
        Some(maker) => Err(OpenError::ForeignLink { maker }),
        None => Ok(()),
    }
}

/// Goes the way to `path`; folders that are missing are made with this mode, whatever the umask,
/// where there is one.
///
/// # Errors
/// As the operating system says, and as [`Reached::check_links`].
pub(super) fn walk(
    path: &Path,
    last: Last,
    make: Option<Mode>,
    trusted: Trusted,
) -> Result<Reached, OpenError> {
    let mut walk = Walk {
        folder: start(".")?,
        makers: Vec::new(),
        links: 0,
        ahead: VecDeque::new(),
        make,
        trusted,
    };
    walk.turn_to(path)?;
    while let Some(name) = walk.ahead.pop_front() {
        let is_file = walk.ahead.is_empty() && last != Last::Folder;
        if is_file && (last == Last::AsItStands || !walk.leads_on(&name)?) {
            return Ok(walk.arrived(name));
        }
        walk.step(&name)?;
    }
    if last == Last::Folder {
        return Ok(walk.arrived(OsString::new()));
    }
    Err(Errno::ISDIR.into())
}

struct Walk {
    folder: OwnedFd,
    makers: Vec<u32>,
    links: u32,
    ahead: VecDeque<OsString>,
    make: Option<Mode>,
    trusted: Trusted,
}

fn start(at: &str) -> io::Result<OwnedFd> {
    Ok(openat(CWD, at, STEP | OFlags::DIRECTORY, Mode::empty())?)
}

fn is_link(found: &Stat) -> bool {
    FileType::from_raw_mode(found.st_mode) == FileType::Symlink
}

impl Walk {
    fn arrived(self, name: OsString) -> Reached {
        Reached {
            folder: self.folder,
            name,
            makers: self.makers,
        }
    }

    /// This way lies before what is ahead already.
    fn turn_to(&mut self, path: &Path) -> io::Result<()> {
        for component in path.components().rev() {
            match component {
                Component::Normal(name) => self.ahead.push_front(name.to_owned()),
                Component::ParentDir => self.ahead.push_front("..".into()),
                Component::CurDir | Component::Prefix(_) => {}
                Component::RootDir => self.folder = start("/")?,
            }
        }
        Ok(())
    }

    /// Whether this name is a link; one that does not exist yet is none.
    fn leads_on(&self, name: &OsStr) -> io::Result<bool> {
        match openat(&self.folder, name, STEP, Mode::empty()) {
            Ok(found) => Ok(is_link(&fstat(&found)?)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn step(&mut self, name: &OsStr) -> Result<(), OpenError> {
        let next = match openat(&self.folder, name, STEP, Mode::empty()) {
            Err(Errno::NOENT) if self.make.is_some() => self.made(name)?,
            found => found?,
        };
        let found = fstat(&next)?;
        if is_link(&found) {
            return Ok(self.follow(&next, found.st_uid)?);
        }
        self.folder = next;
        Ok(())
    }

    fn follow(&mut self, link: &OwnedFd, maker: u32) -> io::Result<()> {
        self.links += 1;
        if self.links > LINKS {
            return Err(Errno::LOOP.into());
        }
        if !self.trusted.covers(maker) {
            self.makers.push(maker);
        }
        let target = OsString::from_vec(readlinkat(link, "", Vec::new())?.into_bytes());
        self.turn_to(&PathBuf::from(target))
    }

    fn made(&self, name: &OsStr) -> Result<OwnedFd, OpenError> {
        check_links(&self.makers, fstat(&self.folder)?.st_uid)?;
        let mode = self.make.unwrap_or(Mode::RWXU);
        match mkdirat(&self.folder, name, mode) {
            // Somebody else was faster: then it is theirs.
            Err(Errno::EXIST) => {}
            new => {
                new?;
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let folder = openat(&self.folder, name, flags, Mode::empty())?;
                fchmod(&folder, mode)?;
                // Where that fails it is ours all the same.
                let _ = give_to_owner_of(&self.folder, &folder);
            }
        }
        Ok(openat(&self.folder, name, STEP, Mode::empty())?)
    }
}
