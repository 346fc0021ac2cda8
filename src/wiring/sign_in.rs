//! The file in the state directory that keeps a user signed in: one per tenant, for its owner
//! only.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::files::{OpenError, OpenRules, make_folder};
use crate::graph::RefreshTokens;
use crate::text::harmless_path;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// The version of the file.
const SCHEMA: u32 = 1;

/// The file that keeps the user of one tenant signed in.
#[derive(Clone, Debug)]
pub(crate) struct SignInFile {
    path: PathBuf,
    client_id: String,
}

/// Who signed in, and the token. It has no Debug: it holds a secret.
#[derive(Serialize, Deserialize)]
pub(crate) struct SignIn {
    schema: u32,
    client_id: String,
    pub(crate) account: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) signed_in_at: Timestamp,
    refresh_token: String,
}

impl SignIn {
    pub(crate) fn new(
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
    pub(crate) fn for_config(config: &Config) -> Self {
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

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Who is signed in.
    pub(crate) fn read(&self) -> Result<SignIn, String> {
        let place = harmless_path(&self.path);
        let cannot = |why: &dyn std::fmt::Display| format!("{place} cannot be read: {why}");
        let opening = OpenRules::ours(&self.path);
        let file = match opening.to_read() {
            Err(why) if why.is_absence() => {
                return Err("nobody has signed in yet. Run lampfield login".to_owned());
            }
            other => other.map_err(|why| cannot(&why))?,
        };
        let meta = file.metadata().map_err(|why| cannot(&why))?;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!(
                "{place} has mode {mode:04o}: others on this machine can read it. Sign in again with lampfield login"
            ));
        }
        let text = opening.read_from(&file).map_err(|why| cannot(&why))?;
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
    pub(crate) fn write(&self, sign_in: &SignIn) -> Result<(), String> {
        let text = serde_json::to_vec_pretty(sign_in).map_err(|why| why.to_string())?;
        self.replace(&text)
            .map_err(|why| format!("{} cannot be written: {why}", harmless_path(&self.path)))
    }

    fn replace(&self, text: &[u8]) -> Result<(), OpenError> {
        make_folder(self.path.parent().unwrap_or(Path::new(".")), 0o700)?;
        OpenRules::ours(&self.path).replace(text).map(drop)
    }
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
