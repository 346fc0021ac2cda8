//! A user stays signed in by refresh tokens: every access token costs one and brings the next.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::device_code::DeviceSignIn;
use super::user_grant::UserGrant;
use super::{Failure, FailureKind};
use model::cause::{Cause, Trouble};

/// How long is waited for the disk on which the sign-in is kept.
const DISK_WAITS: Duration = Duration::from_secs(2);

/// Where the refresh token is kept between two uses; whoever keeps it also protects it.
pub trait RefreshTokens: Send + Sync + 'static {
    /// The token that holds.
    ///
    /// # Errors
    /// Why there is none, for an administrator.
    fn load(&self) -> Result<SecretString, Trouble>;

    /// Takes the place of the one that was loaded.
    ///
    /// # Errors
    /// Why it cannot be kept.
    fn keep(&self, token: &SecretString) -> Result<(), Trouble>;

    /// That the disk or share where they are kept does not answer.
    fn silent(&self) -> Trouble;
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
        let token = self.token().await.map_err(|why| {
            let message = format!("Could not read presence as a user: {why}");
            Failure::new(FailureKind::Credentials, message).because(why.cause)
        })?;
        let grant = self.sign_in.refresh(&token).await.map_err(signed_out)?;
        if let Some(next) = &grant.refresh_token {
            let (tokens, kept) = (Arc::clone(&self.tokens), next.clone());
            let kept = self.on_disk(move || tokens.keep(&kept)).await;
            *self.unkept() = kept.is_err().then(|| next.clone());
        }
        Ok(grant)
    }

    async fn token(&self) -> Result<SecretString, Trouble> {
        let unkept = self.unkept().clone();
        if let Some(token) = unkept {
            return Ok(token);
        }
        let tokens = Arc::clone(&self.tokens);
        self.on_disk(move || tokens.load()).await
    }

    /// Whoever waits for the disk of the sign-in does so beside everybody else, and not for ever.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let work = tokio::task::spawn_blocking(work);
        match tokio::time::timeout(DISK_WAITS, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => {
                let message = "the sign-in file could not be used (please report it)";
                Err(Trouble::new(Cause::BrokeOff, message))
            }
            Err(_) => Err(self.tokens.silent()),
        }
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
