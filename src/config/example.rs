//! The commented example: what `lampfield config init` writes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use files::{OpenRules, io_words};
use model::text::harmless_path;
use words::{Value, Words};

/// `assets/config.example.toml`.
pub const EXAMPLE: &str = include_str!("../../assets/config.example.toml");

/// Why the example was not written.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().in_lang(words::Lang::En))]
pub enum InitError {
    /// It would overwrite something.
    Exists(PathBuf),
    /// The file cannot be made.
    Io {
        /// The path of the file.
        file: PathBuf,
        /// The operating system's words.
        why: std::io::Error,
    },
}

impl InitError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Exists(file) => {
                Words::say(|t| t.errors.init_exists, &[("file", &harmless_path(file))])
            }
            Self::Io { file, why } => {
                let (file, why) = (harmless_path(file), io_words(why));
                let values: [(&str, &dyn Value); 2] = [("file", &file), ("why", &why)];
                Words::say(|t| t.errors.init_unwritable, &values)
            }
        }
    }
}

/// Writes the example to a file that does not exist yet, readable by the owner only.
///
/// # Errors
/// See [`InitError`].
pub fn write_example(file: &Path) -> Result<(), InitError> {
    let failed = |why: std::io::Error| match why.kind() {
        std::io::ErrorKind::AlreadyExists => InitError::Exists(file.to_owned()),
        _ => InitError::Io {
            file: file.to_owned(),
            why,
        },
    };
    let made = OpenRules::ours(file).make();
    let mut opened = made.map_err(|why| failed(why.into()))?;
    opened.write_all(EXAMPLE.as_bytes()).map_err(failed)?;
    opened.sync_all().map_err(failed)
}
