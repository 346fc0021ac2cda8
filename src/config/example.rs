//! The commented example: what `lampfield config init` writes.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use files::OpenRules;

/// `assets/config.example.toml`.
pub const EXAMPLE: &str = include_str!("../../assets/config.example.toml");

/// Why the example was not written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// It would overwrite something.
    #[error(
        "{} already exists and is not overwritten; move it away, or name another file with --config",
        model::text::harmless_path(.0)
    )]
    Exists(PathBuf),
    /// The file cannot be made.
    #[error("{} cannot be written: {why}", model::text::harmless_path(file))]
    Io {
        /// The path of the file.
        file: PathBuf,
        /// The operating system's words.
        why: std::io::Error,
    },
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
