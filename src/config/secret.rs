//! Secrets: from the environment or from a file that nobody else can read.
//!
//! No fault in here repeats the value of the key: people paste secrets where the *name* of a
//! variable or file belongs.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::fault::said;
use super::keys::Entry;
use super::reader::{Reader, Spot};
use super::secret_text::{SecretKind, secret_in};
use files::{OpenError, OpenRules, decode, io_words};
use model::redact;
use tls::pem::{self, Kind};
use words::Words;

/// Whether others may read the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Privacy {
    /// A secret: refused unless only the owner can read it.
    Private,
    /// A secret that systemd hands to the service: its directory is closed to everybody else, but
    /// the service reads it by an access control list, whose mask stands where the group's rights
    /// do: mode 0440 (systemd.exec(5), LoadCredential).
    Credential,
    /// No secret: anybody may read it.
    Public,
}

impl Reader<'_> {
    /// The secret in the environment variable that the key names, without what nobody sees round
    /// it: scripts that read it from a file leave a line end there.
    pub(super) fn secret_from_env(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<SecretString> {
        self.unhidden_from_env(section, name).inspect(hide)
    }

    /// The same where only a part of it is secret: whoever asks hides that from all texts.
    pub(super) fn unhidden_from_env(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<SecretString> {
        let (variable, spot) = self.text(section, name)?;
        if !is_variable_name(variable) {
            self.unexpected_of(spot, |t| t.faults.no_variable_name);
            return None;
        }
        if !self.env.reads_secrets_of(section) {
            return Some(SecretString::default());
        }
        let text = self.env.get(variable).unwrap_or_default();
        let secret = self.secret_of(|t| t.faults.secret_in_variable, text, section, spot)?;
        if secret.is_empty() {
            self.fault_of(spot, |t| t.faults.variable_unset);
            return None;
        }
        Some(SecretString::from(secret))
    }

    /// The secret in the private file that the key names, without what nobody sees round it.
    pub(super) fn secret_from_file(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<SecretString> {
        self.unhidden_from_file(section, name).inspect(hide)
    }

    /// The same where only a part of it is secret: whoever asks hides that from all texts.
    pub(super) fn unhidden_from_file(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<SecretString> {
        let (path, spot) = self.path(section, name)?;
        if !self.env.reads_secrets_of(section) {
            return Some(SecretString::default());
        }
        let path = self.handed_over(&path).unwrap_or(path);
        let text = self.contents(&path, spot, Privacy::Private)?;
        let secret = self.secret_of(|t| t.faults.secret_in_file, &text, section, spot)?;
        if secret.trim().is_empty() {
            self.fault_of(spot, |t| t.faults.secret_file_empty);
            return None;
        }
        Some(SecretString::from(secret))
    }

    fn secret_of<'t>(
        &mut self,
        place: Entry,
        text: &'t str,
        section: &str,
        spot: Spot,
    ) -> Option<&'t str> {
        let secret = secret_in(text, SecretKind::for_section(section));
        secret
            .map_err(|why| self.fault(spot, said(place, &[("why", &why)])))
            .ok()
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
        if !self.env.reads_secrets_of(section) {
            return Some(String::new());
        }
        let text = self.contents(&path, spot, privacy)?;
        // Also where only certificates are wanted: people give bundles.
        for key in pem::key_bodies(&text) {
            redact::hide(&key);
        }
        match pem::mended(&text, kind) {
            Ok(blocks) => Some(blocks),
            Err(why) => {
                self.fault(spot, why.words());
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
                self.fault(spot, why);
                None
            }
        }
    }

    /// What systemd hands to this service under the name of the file (LoadCredential): the service
    /// cannot read root's own file, and whoever looks as root has nothing else.
    fn handed_over(&self, path: &Path) -> Option<PathBuf> {
        let ours = self.env.get("CREDENTIALS_DIRECTORY").map(Path::new)?;
        let copy = ours.join(path.file_name()?);
        copy.exists().then_some(copy)
    }

    /// Whether systemd put the file there: for this service, or for one that root looks after.
    fn is_credential(&self, path: &Path) -> bool {
        let ours = self.env.get("CREDENTIALS_DIRECTORY").map(Path::new);
        let directory = path.parent();
        let of_a_service = directory.and_then(Path::parent) == Some(Path::new("/run/credentials"));
        of_a_service || (ours.is_some() && directory == ours)
    }
}

/// From now on no text shows it.
fn hide(secret: &SecretString) {
    redact::hide(secret.expose_secret());
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
fn read(path: &Path, privacy: Privacy) -> Result<String, Words> {
    let cannot = |why: &Words| {
        let why = said(|t| t.faults.unreadable, &[("why", why)]);
        said(|t| t.faults.secret_in_file, &[("why", &why)])
    };
    let opening = OpenRules::named(path);
    let file = opening.to_read().map_err(|why| match why {
        OpenError::Kind(_) => said(|t| t.faults.secret_not_a_file, &[]),
        why => cannot(&why.words()),
    })?;
    let meta = file.metadata().map_err(|why| cannot(&io_words(&why)))?;
    refuse_readable_by_others(path, &meta, privacy)?;
    let bytes = opening.read_from(&file).map_err(|why| match why {
        OpenError::TooLarge { limit } => said(
            |t| t.faults.secret_too_large,
            &[("size", &words::size(limit))],
        ),
        why => cannot(&why.words()),
    })?;
    Ok(decode(&bytes).into_owned())
}

#[cfg(unix)]
fn refuse_readable_by_others(
    path: &Path,
    meta: &std::fs::Metadata,
    privacy: Privacy,
) -> Result<(), Words> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = meta.permissions().mode() & 0o777;
    if mode & privacy.refused() == 0 {
        return Ok(());
    }
    let mode = format!("{mode:04o}");
    Err(said(
        |t| t.faults.secret_mode,
        &[("mode", &mode), ("path", &path.display())],
    ))
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_: &Path, _: &std::fs::Metadata, _: Privacy) -> Result<(), Words> {
    Ok(())
}
