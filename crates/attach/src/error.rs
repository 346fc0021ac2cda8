//! Why a bridge cannot be seen.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use stream::PROTOCOL;
use words::{AttachTexts, Lang, Value, Words};

/// Why nothing can be seen.
#[derive(Debug)]
pub enum AttachError {
    /// There is no such socket.
    Nobody {
        /// The socket.
        path: PathBuf,
    },
    /// A socket that a dead bridge has left, or a file that is none.
    Dead {
        /// The socket.
        path: PathBuf,
    },
    /// The mode of the socket or of a folder above it.
    NotAllowed {
        /// The socket.
        path: PathBuf,
    },
    /// The two speak different versions.
    Protocol {
        /// The bridge's.
        theirs: u32,
    },
    /// As many look as may at a time.
    Full {
        /// How many may.
        limit: usize,
    },
    /// What listens there says nothing.
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// What listens there is no bridge of lampfield.
    Foreign {
        /// The socket.
        path: PathBuf,
    },
    /// What listens there hung up before it had shown anything.
    HungUp {
        /// The socket.
        path: PathBuf,
    },
    /// The connection broke.
    Broken {
        /// The socket.
        path: PathBuf,
        /// How.
        source: io::Error,
    },
}

impl AttachError {
    /// Whether there is simply no bridge.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Nobody { .. } | Self::Dead { .. })
    }

    /// For an administrator: what failed, and what to do.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Nobody { path } => about(|t| t.nobody, path),
            Self::Dead { path } => about(|t| t.dead, path),
            Self::NotAllowed { path } => about(|t| t.not_allowed, path),
            Self::Silent { path } => about(|t| t.silent, path),
            Self::Foreign { path } => about(|t| t.foreign, path),
            Self::HungUp { path } => about(|t| t.hung_up, path),
            Self::Full { limit } => Words::of_attach(|t| t.full, &[("limit", limit)]),
            Self::Protocol { theirs } => {
                let values: [(&str, &dyn Value); 2] = [("theirs", theirs), ("ours", &PROTOCOL)];
                if *theirs < PROTOCOL {
                    Words::of_attach(|t| t.upgrade_bridge, &values)
                } else {
                    Words::of_attach(|t| t.upgrade_ours, &values)
                }
            }
            Self::Broken { path, source } => {
                let why = Words::of_io(source);
                let values: [(&str, &dyn Value); 2] = [("path", &path.display()), ("why", &why)];
                Words::of_attach(|t| t.broken, &values)
            }
        }
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().in_lang(Lang::En))
    }
}

// What lies below a broken connection stands in its words.
impl std::error::Error for AttachError {}

fn about(entry: fn(&'static AttachTexts) -> &'static str, path: &Path) -> Words {
    Words::of_attach(entry, &[("path", &path.display())])
}
