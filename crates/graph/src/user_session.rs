//! A user stays signed in by refresh tokens: every access token costs one and brings the next.

use std::sync::Arc;

use secrecy::SecretString;

use super::device_code::DeviceSignIn;
use super::user_grant::UserGrant;
use super::{Failure, FailureKind};

/// Where the refresh token is kept between two uses; whoever keeps it also protects it.
pub trait RefreshTokens: Send + Sync + 'static {
    /// The token that holds.
    ///
    /// # Errors
    /// Why there is none, for an administrator.
    fn load(&self) -> Result<SecretString, String>;

    /// Takes the place of the one that was loaded.
    ///
    /// # Errors
    /// Why it cannot be kept.
    fn keep(&self, token: &SecretString) -> Result<(), String>;
}

/// A user's sign-in in use: every access token costs a refresh token and brings the next.
pub(super) struct UserSession {
    sign_in: DeviceSignIn,
    tokens: Arc<dyn RefreshTokens>,
    /// One that could not be kept: it holds as long as this process lives.
    unkept: std::sync::Mutex<Option<SecretString>>,
}

impl UserSession {
    pub(super) fn new(sign_in: DeviceSignIn, tokens: Arc<dyn RefreshTokens>) -> Self {
        Self {
            sign_in,
            tokens,
            unkept: std::sync::Mutex::new(None),
        }
    }

    pub(super) async fn ask(&self) -> Result<UserGrant, Failure> {
        let token = self.token().map_err(|why| {
            let message = format!("Could not read presence as a user: {why}");
            Failure::new(FailureKind::Credentials, message)
        })?;
        let grant = self.sign_in.refresh(&token).await.map_err(signed_out)?;
        if let Some(next) = &grant.refresh_token {
            let kept = self.tokens.keep(next);
            *self.unkept() = kept.is_err().then(|| next.clone());
        }
        Ok(grant)
    }

    fn token(&self) -> Result<SecretString, String> {
        let unkept = self.unkept().clone();
        unkept.map_or_else(|| self.tokens.load(), Ok)
    }

    fn unkept(&self) -> std::sync::MutexGuard<'_, Option<SecretString>> {
        self.unkept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What helps a user who is not signed in any more.
fn signed_out(failure: Failure) -> Failure {
    if failure.kind != FailureKind::Credentials {
        return failure;
    }
    let message = format!(
        "Presence is read with a user's sign-in, and it does not hold any more: sign in again with lampfield login. {}",
        failure.message
    );
    Failure {
        message: message.into(),
        ..failure
    }
}
