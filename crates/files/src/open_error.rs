//! Why a file was not opened.

use std::io::{self, ErrorKind};

use rustix::io::Errno;

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A link has the name of a file of ours.
    #[error(
        "it is a link, and lampfield opens its own files under their own names only; remove it"
    )]
    Link,
    /// A file of ours has a second name somewhere: writing to it would change that file too.
    #[error("it has another name as well (a hard link); remove it")]
    OtherNames,
    /// A link on the way was made by a user who does not own what it leads to.
    #[error(
        "the way there goes through a link of user {maker}, to something that is not theirs; name the file itself"
    )]
    ForeignLink {
        /// The uid of whoever made the link.
        maker: u32,
    },
    /// A folder, a pipe, a device.
    #[error("it is not a regular file but {0}")]
    Kind(&'static str),
    /// More than is read.
    #[error("it is larger than {}", size(*limit))]
    TooLarge {
        /// The largest size that is read, in bytes.
        limit: u64,
    },
    /// The system refused for another reason.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl From<Errno> for OpenError {
    fn from(error: Errno) -> Self {
        Self::System(error.into())
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::System(error) => error,
            other => Self::new(other.kind(), other),
        }
    }
}

impl OpenError {
    /// What the operating system would call it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::System(error) => error.kind(),
            Self::TooLarge { .. } => ErrorKind::FileTooLarge,
            _ => ErrorKind::InvalidInput,
        }
    }

    /// Nothing has the name.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }
}

fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{} KiB", bytes / 1024)
    }
}
