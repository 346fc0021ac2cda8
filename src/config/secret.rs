//! Secrets: from the environment or from a file that nobody else can read.
//!
//! No fault in here repeats the value of the key: people paste secrets where the *name* of a
//! variable or file belongs.

use std::io::Read as _;
use std::path::Path;

use secrecy::SecretString;

use super::reader::{Reader, Spot};
use model::redact;
use tls::pem::{self, Kind};

/// Largest file that is taken for a secret, a key or certificates, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// Whether others may read the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Privacy {
    /// A secret: refused unless only the owner can read it.
    Private,
    /// A secret that systemd hands to the service: its directory is closed to everybody else, but
    /// the service reads it by an access control list, whose mask stands where the group's rights
    /// do: mode 0440 (systemd.exec(5), LoadCredential).
    Credential,
    /// Anything else.
    Public,
}

impl Reader<'_> {
    /// The secret in the environment variable that the key names, without a line end: scripts
    /// that read it from a file leave one there.
    pub(super) fn secret_from_env(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<SecretString> {
        let (variable, spot) = self.text(section, name)?;
        if !is_variable_name(variable) {
            self.unexpected(
                spot,
                "something that is no such name (not repeated here: it may be a secret)",
            );
            return None;
        }
        let line_ends = ['\r', '\n'];
        let secret = self
            .env
            .get(variable)
            .map(|secret| secret.trim_end_matches(line_ends));
        let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
            self.fault(spot, "the environment variable that is named here is not set, or empty; set it, for a service for example with EnvironmentFile=");
            return None;
        };
        redact::hide(secret);
        Some(SecretString::from(secret))
    }

    /// The secret in the private file that the key names, without the line end.
    pub(super) fn secret_from_file(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<SecretString> {
        let (path, spot) = self.path(section, name)?;
        let text = self.contents(&path, spot, Privacy::Private)?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.trim().is_empty() {
            self.fault(
                spot,
                "the file is empty; it must hold the secret and nothing else",
            );
            return None;
        }
        redact::hide(secret);
        Some(SecretString::from(secret))
    }

    /// A PEM file with at least one block of this kind: its blocks, mended, and nothing else of it.
    pub(super) fn pem(
        &mut self,
        section: &'static str,
        name: &'static str,
        kind: Kind,
        privacy: Privacy,
    ) -> Option<String> {
        let (path, spot) = self.path(section, name)?;
        let text = self.contents(&path, spot, privacy)?;
        // Also where only certificates are wanted: people give bundles.
        for key in pem::key_bodies(&text) {
            redact::hide(&key);
        }
        match pem::mended(&text, kind) {
            Ok(blocks) => Some(blocks),
            Err(why) => {
                self.fault(spot, &why.to_string());
                None
            }
        }
    }

    /// The text of a file that can be read, and only by us where it is private.
    pub(super) fn contents(&mut self, path: &Path, spot: Spot, privacy: Privacy) -> Option<String> {
        let privacy = match privacy {
            Privacy::Private if self.is_credential(path) => Privacy::Credential,
            other => other,
        };
        match read(path, privacy) {
            Ok(text) => Some(text),
            Err(why) => {
                self.fault(spot, &why);
                None
            }
        }
    }

    /// Whether systemd put the file there: for this service, or for one that root looks after.
    fn is_credential(&self, path: &Path) -> bool {
        let ours = self.env.get("CREDENTIALS_DIRECTORY").map(Path::new);
        let directory = path.parent();
        let of_a_service = directory.and_then(Path::parent) == Some(Path::new("/run/credentials"));
        of_a_service || (ours.is_some() && directory == ours)
    }
}

fn is_variable_name(text: &str) -> bool {
    let starts_well = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    starts_well && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Privacy {
    /// The permission bits that must not be set.
    const fn refused(self) -> u32 {
        match self {
            Self::Private => 0o077,
            Self::Credential => 0o007,
            Self::Public => 0,
        }
    }
}

/// Checks and reads the same open file, so that it cannot be exchanged in between.
fn read(path: &Path, privacy: Privacy) -> Result<String, String> {
    let cannot = |why: std::io::Error| format!("the file cannot be read: {why}");
    // A named pipe would block for ever: look before opening, and again at what was opened.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err("this is not a file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(cannot)?;
    let meta = file.metadata().map_err(cannot)?;
    refuse_readable_by_others(path, &meta, privacy)?;
    let mut text = String::new();
    file.take(LIMIT + 1)
        .read_to_string(&mut text)
        .map_err(|_| "the file is not text in UTF-8".to_owned())?;
    if text.len() as u64 > LIMIT {
        return Err("the file is larger than 1 MiB".to_owned());
    }
    Ok(text)
}

#[cfg(unix)]
fn refuse_readable_by_others(
    path: &Path,
    meta: &std::fs::Metadata,
    privacy: Privacy,
) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = meta.permissions().mode() & 0o777;
    if mode & privacy.refused() == 0 {
        return Ok(());
    }
    Err(format!(
        "the file has mode {mode:04o}: others on this machine can read it; chmod 600 {}",
        path.display()
    ))
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_: &Path, _: &std::fs::Metadata, _: Privacy) -> Result<(), String> {
    Ok(())
}
