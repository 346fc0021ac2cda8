//! The file in the state directory that keeps a user signed in: one per tenant, for its owner
//! only.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::files::{OpenError, OpenRules, make_folder};
use crate::graph::RefreshTokens;
use crate::text::harmless_path;
use crate::words::explained;
use jiff::Timestamp;
use model::cause::{Cause, Trouble};
use model::file_fault::{FileOperation, FileRefusal, SignInFault, SignInRefusal};
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
    pub(crate) fn read(&self) -> Result<SignIn, Cause> {
        let cannot = |why: &OpenError| SignInRefusal::Unusable(FileOperation::Read, why.refusal());
        let opening = OpenRules::ours(&self.path);
        let file = match opening.to_read() {
            Err(why) if why.is_absence() => return Err(self.refused(SignInRefusal::Nobody)),
            other => other.map_err(|why| self.refused(cannot(&why)))?,
        };
        let meta = file.metadata();
        let meta = meta.map_err(|why| self.refused(cannot(&why.into())))?;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(self.refused(SignInRefusal::Exposed { mode }));
        }
        let text = opening.read_from(&file);
        let text = text.map_err(|why| self.refused(cannot(&why)))?;
        // The reader's error may quote the file.
        let sign_in: SignIn =
            serde_json::from_slice(&text).map_err(|_| self.refused(SignInRefusal::Damaged))?;
        if sign_in.schema != SCHEMA || sign_in.client_id != self.client_id {
            return Err(self.refused(SignInRefusal::Foreign));
        }
        Ok(sign_in)
    }

    /// All of it or, on an error, nothing.
    pub(crate) fn write(&self, sign_in: &SignIn) -> Result<(), Cause> {
        // Text, numbers and a time: nothing that JSON could not hold.
        let text = serde_json::to_vec_pretty(sign_in).map_err(|_| Cause::Unexplained)?;
        self.replace(&text).map_err(|why| {
            self.refused(SignInRefusal::Unusable(FileOperation::Write, why.refusal()))
        })
    }

    fn replace(&self, text: &[u8]) -> Result<(), OpenError> {
        make_folder(self.path.parent().unwrap_or(Path::new(".")), 0o700)?;
        OpenRules::ours(&self.path).replace(text).map(drop)
    }

    fn refused(&self, why: SignInRefusal) -> Cause {
        let path = harmless_path(&self.path).into();
        Cause::SignInFile(Arc::new(SignInFault { path, why }))
    }
}

impl RefreshTokens for SignInFile {
    fn load(&self) -> Result<SecretString, Trouble> {
        let sign_in = self.read().map_err(explained)?;
        Ok(sign_in.refresh_token.into())
    }

    fn keep(&self, token: &SecretString) -> Result<(), Trouble> {
        let sign_in = SignIn {
            refresh_token: token.expose_secret().to_owned(),
            ..self.read().map_err(explained)?
        };
        self.write(&sign_in).map_err(explained)
    }

    fn silent(&self) -> Trouble {
        let why = SignInRefusal::Unusable(FileOperation::Read, FileRefusal::Silent);
        explained(self.refused(why))
    }
}
