//! Why a file was not opened.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};

use model::file_fault::{FileKind, FileRefusal};
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
    Kind(FileKind),
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
        Words::of_refusal(&self.refusal())
    }

    /// Why, as a value.
    #[must_use]
    pub fn refusal(&self) -> FileRefusal {
        match self {
            Self::Link => FileRefusal::Link,
            Self::OtherNames => FileRefusal::OtherNames,
            Self::ForeignLink { maker } => FileRefusal::ForeignLink { maker: *maker },
            Self::Kind(kind) => FileRefusal::Kind(*kind),
            Self::TooLarge { limit } => FileRefusal::TooLarge { limit: *limit },
            Self::System(error) => io_refusal(error),
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

/// Why an operation on a file failed: in our own words where it was us who refused.
#[must_use]
pub fn io_refusal(error: &io::Error) -> FileRefusal {
    let ours = error.get_ref().and_then(|inner| inner.downcast_ref());
    ours.map_or_else(|| FileRefusal::of_io(error), OpenError::refusal)
}

/// The same in both languages.
#[must_use]
pub fn io_words(error: &io::Error) -> Words {
    Words::of_refusal(&io_refusal(error))
}
