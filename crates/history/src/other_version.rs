//! Files that a lampfield of another version of the stream has made: they lie beside ours until they are too old,
//! and are left out by name.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use files::OpenRules;
use jiff::Timestamp;

use crate::block::{HEAD, Head, find_all, first_head, protocol};
use crate::hour::LIMIT;

/// What of a recording is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherVersion {
    /// How many files.
    pub files: usize,
    /// The first moment of the oldest.
    pub from: Timestamp,
    /// The last moment of the newest.
    pub to: Timestamp,
    /// The version of the stream that the newest is in.
    pub theirs: u32,
}

impl OtherVersion {
    /// Takes them out of `files`, which are in order; nothing where there are none.
    pub(super) fn take_out(files: &mut Vec<PathBuf>) -> Option<Self> {
        let mut others = Vec::new();
        files.retain(|path| {
            let other = head_of(path).filter(|head| head.protocol != protocol());
            others.extend(other.map(|head| (path.clone(), head)));
            other.is_none()
        });
        let ((_, first), (newest, last)) = (others.first()?, others.last()?);
        Some(Self {
            files: others.len(),
            from: first.time(),
            to: end_of(newest).unwrap_or_else(|| last.time()),
            theirs: last.protocol.into(),
        })
    }
}

fn head_of(path: &Path) -> Option<Head> {
    let mut head = [0; HEAD];
    let mut file = OpenRules::named(path).to_read().ok()?;
    file.read_exact(&mut head).ok()?;
    first_head(&head)
}

fn end_of(path: &Path) -> Option<Timestamp> {
    let bytes = OpenRules::named(path).up_to(LIMIT).read().ok()?;
    let (found, _) = find_all(&bytes);
    found.last().map(|block| block.head.time())
}
