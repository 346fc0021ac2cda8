//! Why a file is not to be used, as a value: what the system says, or why we refuse it ourselves.
//! The sentences are in `words`.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::scarce::Scarce;
use crate::text::{MESSAGE_LIMIT, harmless_path, harmless_up_to};

/// What was to be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileOperation {
    /// It was to be read.
    Read,
    /// It, or the folder that it is in, was to be made or written.
    Write,
}

/// Why it is not to be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileRefusal {
    /// A link has the name of a file of ours.
    Link,
    /// A file of ours has a second name somewhere.
    OtherNames,
    /// A link on the way was made by a user who does not own what it leads to.
    ForeignLink {
        /// The uid of whoever made the link.
        maker: u32,
    },
    /// It is no regular file.
    Kind(FileKind),
    /// More than is read.
    TooLarge {
        /// The largest size that is read, in bytes.
        limit: u64,
    },
    /// The disk or share that it is on does not answer.
    Silent,
    /// Somebody has removed it, or put another in its place, while it was in use.
    Replaced,
    /// There is too little of something on this machine.
    Scarce(Scarce),
    /// What the system says.
    System {
        /// What it means.
        error: SystemError,
        /// The number (`errno`), where there is one.
        code: Option<i32>,
    },
    /// What a library says that gives no number: English, only to be quoted.
    Said(Arc<str>),
}

/// What there is in place of a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A folder.
    Folder,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
    /// Anything else.
    Other,
}

/// What the system says of a file or a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemError {
    /// Nothing has that name.
    NotFound,
    /// The user may not.
    PermissionDenied,
    /// The name is taken.
    AlreadyExists,
    /// It is a folder.
    IsADirectory,
    /// Something on the way is no folder.
    NotADirectory,
    /// The folder is not empty.
    NotEmpty,
    /// The file system takes no writes.
    ReadOnly,
    /// The disk is full.
    NoSpace,
    /// The user's share of the disk is used up.
    Quota,
    /// The file may not get larger.
    TooLarge,
    /// Links lead round in a circle.
    Loop,
    /// The name is too long, or none that this file system takes.
    Name,
    /// Somebody else is using it.
    Busy,
    /// The share has lost the file.
    Stale,
    /// The disk or share fails.
    InputOutput,
    /// This process may open no more files.
    ManyFiles,
    /// The machine may open no more files.
    ManyFilesOnTheMachine,
    /// The connection is refused.
    Refused,
    /// It took too long.
    TimedOut,
    /// The address or port is in use.
    InUse,
    /// This machine has no such address.
    NoAddress,
    /// No way leads to the host.
    Unreachable,
    /// The other side has broken the connection off.
    Reset,
    /// It cannot be done here.
    Unsupported,
    /// Anything else.
    Other,
}

/// What the standard library has a name for.
const NAMED: [(ErrorKind, SystemError); 24] = [
    (ErrorKind::NotFound, SystemError::NotFound),
    (ErrorKind::PermissionDenied, SystemError::PermissionDenied),
    (ErrorKind::AlreadyExists, SystemError::AlreadyExists),
    (ErrorKind::IsADirectory, SystemError::IsADirectory),
    (ErrorKind::NotADirectory, SystemError::NotADirectory),
    (ErrorKind::DirectoryNotEmpty, SystemError::NotEmpty),
    (ErrorKind::ReadOnlyFilesystem, SystemError::ReadOnly),
    (ErrorKind::StorageFull, SystemError::NoSpace),
    (ErrorKind::QuotaExceeded, SystemError::Quota),
    (ErrorKind::FileTooLarge, SystemError::TooLarge),
    (ErrorKind::InvalidFilename, SystemError::Name),
    (ErrorKind::ResourceBusy, SystemError::Busy),
    (ErrorKind::StaleNetworkFileHandle, SystemError::Stale),
    (ErrorKind::ConnectionRefused, SystemError::Refused),
    (ErrorKind::TimedOut, SystemError::TimedOut),
    (ErrorKind::AddrInUse, SystemError::InUse),
    (ErrorKind::AddrNotAvailable, SystemError::NoAddress),
    (ErrorKind::HostUnreachable, SystemError::Unreachable),
    (ErrorKind::NetworkUnreachable, SystemError::Unreachable),
    (ErrorKind::NetworkDown, SystemError::Unreachable),
    (ErrorKind::ConnectionReset, SystemError::Reset),
    (ErrorKind::ConnectionAborted, SystemError::Reset),
    (ErrorKind::BrokenPipe, SystemError::Reset),
    (ErrorKind::Unsupported, SystemError::Unsupported),
];

/// What it has none for, by Linux's number: `EIO`, `ENFILE`, `EMFILE`, `ELOOP`.
const NUMBERED: [(i32, SystemError); 4] = [
    (5, SystemError::InputOutput),
    (23, SystemError::ManyFilesOnTheMachine),
    (24, SystemError::ManyFiles),
    (40, SystemError::Loop),
];

impl SystemError {
    /// What an error of the system means.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        let code = error.raw_os_error();
        let numbered = NUMBERED.iter().find(|(known, _)| Some(*known) == code);
        let named = || NAMED.iter().find(|(kind, _)| *kind == error.kind());
        let numbered = numbered.map(|(_, meaning)| *meaning);
        numbered
            .or_else(|| named().map(|(_, meaning)| *meaning))
            .unwrap_or(Self::Other)
    }
}

impl FileRefusal {
    /// What an error says that comes from the system or a library.
    #[must_use]
    pub fn of_io(error: &io::Error) -> Self {
        let code = error.raw_os_error();
        match error.get_ref() {
            Some(inner) if code.is_none() => {
                Self::Said(harmless_up_to(&inner.to_string(), MESSAGE_LIMIT).into())
            }
            _ => Self::System {
                error: SystemError::of(error),
                code,
            },
        }
    }

    /// The same of a thread that does not start.
    #[must_use]
    pub fn of_thread(error: &io::Error) -> Self {
        Scarce::for_thread(error).map_or_else(|| Self::of_io(error), Self::Scarce)
    }

    /// Nothing more goes onto that disk.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(
            self,
            Self::System {
                error: SystemError::NoSpace | SystemError::Quota | SystemError::TooLarge,
                ..
            }
        )
    }
}

/// What is kept on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoragePart {
    /// The log.
    Log,
    /// The leases.
    Ledger,
    /// The lock of whoever writes.
    Lock,
    /// The folder of leases and lock.
    State,
    /// The recording.
    Recording,
}

/// Why something is not kept on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StorageFault {
    /// What.
    pub part: StoragePart,
    /// The file or folder, harmless.
    pub path: Arc<str>,
    /// What was to be done.
    pub operation: FileOperation,
    /// Why it was not.
    pub refusal: FileRefusal,
}

impl StorageFault {
    /// This part of ours, at `path`, was not to be written.
    #[must_use]
    pub fn unwritten(part: StoragePart, path: &Path, refusal: FileRefusal) -> Self {
        Self {
            part,
            path: harmless_path(path).into(),
            operation: FileOperation::Write,
            refusal,
        }
    }
}

/// Why the file of a user's sign-in is not used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignInFault {
    /// The file, harmless.
    pub path: Arc<str>,
    /// What is wrong with it.
    pub why: SignInRefusal,
}

/// What is wrong with the file of a user's sign-in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInRefusal {
    /// There is none: nobody has signed in.
    Nobody,
    /// Others on this machine can read it.
    Exposed {
        /// The lowest nine bits of its mode.
        mode: u32,
    },
    /// It holds no sign-in.
    Damaged,
    /// It is another application's, or another version has written it.
    Foreign,
    /// It cannot be read or written.
    Unusable(FileOperation, FileRefusal),
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(2, SystemError::NotFound)]
    #[case(5, SystemError::InputOutput)]
    #[case(13, SystemError::PermissionDenied)]
    #[case(24, SystemError::ManyFiles)]
    #[case(28, SystemError::NoSpace)]
    #[case(40, SystemError::Loop)]
    #[case(116, SystemError::Stale)]
    #[case(71, SystemError::Other)]
    fn the_system_s_numbers_are_understood(#[case] code: i32, #[case] error: SystemError) {
        let refusal = FileRefusal::of_io(&io::Error::from_raw_os_error(code));
        let expected = FileRefusal::System {
            error,
            code: Some(code),
        };
        assert_eq!(refusal, expected);
        assert_eq!(refusal.is_full(), code == 28);
    }

    #[test]
    fn what_a_library_says_is_kept_harmless() {
        let error = io::Error::new(ErrorKind::InvalidData, "no\u{1b}[2Jgood");
        assert_eq!(
            FileRefusal::of_io(&error),
            FileRefusal::Said("no[2Jgood".into())
        );
        let plain = io::Error::from(ErrorKind::StorageFull);
        assert!(FileRefusal::of_io(&plain).is_full());
    }
}
