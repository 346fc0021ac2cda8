//! The file in the state directory that keeps a user signed in: one per tenant, for its owner
//! only.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lampfield::config::Config;
use lampfield::files::give_to_owner_of;
use lampfield::graph::RefreshTokens;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// The version of the file.
const SCHEMA: u32 = 1;

/// See the head of the file.
#[derive(Clone, Debug)]
pub(super) struct SignInFile {
    path: PathBuf,
    client_id: String,
}

/// Who signed in, and the token. It has no Debug: it holds a secret.
#[derive(Serialize, Deserialize)]
pub(super) struct SignIn {
    schema: u32,
    client_id: String,
    pub(super) account: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) signed_in_at: Timestamp,
    refresh_token: String,
}

impl SignIn {
    pub(super) fn new(
        file: &SignInFile,
        account: Option<String>,
        scopes: Vec<String>,
        signed_in_at: Timestamp,
        refresh_token: &SecretString,
    ) -> Self {
        Self {
            schema: SCHEMA,
            client_id: file.client_id.clone(),
            account,
            scopes,
            signed_in_at,
            refresh_token: refresh_token.expose_secret().to_owned(),
        }
    }
}

impl SignInFile {
    pub(super) fn of(config: &Config) -> Self {
        let tenant = config.tenant.tenant_id.trim().to_lowercase();
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let stem: String = tenant
            .chars()
            .map(|c| if safe(c) { c } else { '_' })
            .collect();
        Self {
            path: config.state.directory.join(format!("sign-in-{stem}.json")),
            client_id: config.tenant.client_id.to_string(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Who is signed in.
    pub(super) fn read(&self) -> Result<SignIn, String> {
        let place = self.path.display();
        let cannot = |why: &dyn std::fmt::Display| format!("{place} cannot be read: {why}");
        let meta = match fs::metadata(&self.path) {
            Err(why) if why.kind() == ErrorKind::NotFound => {
                return Err("nobody has signed in yet. Run lampfield login".to_owned());
            }
            other => other.map_err(|why| cannot(&why))?,
        };
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!(
                "{place} has mode {mode:04o}: others on this machine can read it. Sign in again with lampfield login"
            ));
        }
        let text = fs::read(&self.path).map_err(|why| cannot(&why))?;
        // The reader's error may quote the file.
        let sign_in: SignIn = serde_json::from_slice(&text)
            .map_err(|_| format!("{place} is damaged. Sign in again with lampfield login"))?;
        if sign_in.schema != SCHEMA || sign_in.client_id != self.client_id {
            return Err(format!(
                "{place} belongs to another application or version. Sign in again with lampfield login"
            ));
        }
        Ok(sign_in)
    }

    /// All of it or, on an error, nothing.
    pub(super) fn write(&self, sign_in: &SignIn) -> Result<(), String> {
        let text = serde_json::to_vec_pretty(sign_in).map_err(|why| why.to_string())?;
        self.replace(&text)
            .map_err(|why| format!("{} cannot be written: {why}", self.path.display()))
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let temporary = self
            .path
            .with_extension(format!("{}.tmp", std::process::id()));
        // One that a crash left behind.
        let _ = fs::remove_file(&temporary);
        let written = write_private(&temporary, directory, text)
            .and_then(|()| fs::rename(&temporary, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

fn write_private(path: &Path, directory: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    // Where that fails it is ours all the same.
    let _ = give_to_owner_of(directory, &file);
    // Whatever the umask says.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text)?;
    // Without this a power loss may leave the new name on an empty file.
    file.sync_all()
}

impl RefreshTokens for SignInFile {
    fn load(&self) -> Result<SecretString, String> {
        Ok(self.read()?.refresh_token.into())
    }

    fn keep(&self, token: &SecretString) -> Result<(), String> {
        let sign_in = SignIn {
            refresh_token: token.expose_secret().to_owned(),
            ..self.read()?
        };
        self.write(&sign_in)
    }
}
