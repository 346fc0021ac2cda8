//! Why a file was not opened.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

use rustix::io::Errno;
use words::{Lang, Words};

/// Why a file was not opened.
#[derive(Debug)]
pub enum OpenError {
    /// A link has the name of a file of ours.
    Link,
    /// A file of ours has a second name somewhere: writing to it would change that file too.
    OtherNames,
    /// A link on the way was made by a user who does not own what it leads to.
    ForeignLink {
        /// The uid of whoever made the link.
        maker: u32,
    },
    /// A folder, a pipe, a device.
    Kind(Words),
    /// More than is read.
    TooLarge {
        /// The largest size that is read, in bytes.
        limit: u64,
    },
    /// The system refused for another reason.
    System(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().in_lang(Lang::En))
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::System(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
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
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Link => Words::say(|t| &t.errors.link, &[]),
            Self::OtherNames => Words::say(|t| &t.errors.other_names, &[]),
            Self::ForeignLink { maker } => {
                Words::say(|t| &t.errors.foreign_link, &[("maker", maker)])
            }
            Self::Kind(kind) => Words::say(|t| &t.errors.no_file, &[("kind", kind)]),
            Self::TooLarge { limit } => {
                Words::say(|t| &t.errors.too_large, &[("size", &size(*limit))])
            }
            Self::System(error) => io_words(error),
        }
    }

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

/// Why an operation on a file failed, in both languages: in our own words where it was us who
/// refused.
#[must_use]
pub fn io_words(error: &io::Error) -> Words {
    let ours = error.get_ref().and_then(|inner| inner.downcast_ref());
    ours.map_or_else(|| Words::of_io(error), OpenError::words)
}

/// A size as people write it, in KiB or MiB.
#[must_use]
pub fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{} KiB", bytes / 1024)
    }
}
