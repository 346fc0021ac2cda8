//! Version and log-in, once each: for a check before the connector runs.

use super::UcServerSource;
use super::hurdle::Hurdle;
use super::login::LogInClient;
use model::cause::Cause;

/// What kept us out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarrierKind {
    /// The log-in was refused, with this `AsnLogonErrorEnum`; another try could lock the account.
    Refused(i64),
    /// The log-in may work in some minutes.
    HeldBack(i64),
    /// UCWeb takes no password: Basic is switched off.
    BasicOff,
    /// No UCServer behind UCWeb under this ucsid.
    NotAttached,
    /// Come back later.
    Busy,
    /// Sent to another server.
    Redirected,
    /// No connection, TLS, an answer that is none.
    Link,
}

/// What kept us out, and the connector's own words for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Barrier {
    /// Of what kind.
    pub kind: BarrierKind,
    /// What went wrong.
    pub cause: Cause,
    /// In an administrator's words.
    pub message: String,
}

impl From<Hurdle> for Barrier {
    fn from(hurdle: Hurdle) -> Self {
        let kind = match &hurdle {
            Hurdle::Refused { code, .. } => BarrierKind::Refused(*code),
            Hurdle::HeldBack { code, .. } => BarrierKind::HeldBack(*code),
            Hurdle::BasicOff(_) => BarrierKind::BasicOff,
            Hurdle::NotAttached => BarrierKind::NotAttached,
            Hurdle::Busy(_) => BarrierKind::Busy,
            Hurdle::Redirect(_) | Hurdle::ForeignRedirect(_) => BarrierKind::Redirected,
            Hurdle::TokenRefused | Hurdle::NoAdmin(_) | Hurdle::Link(_) | Hurdle::Lost(_) => {
                BarrierKind::Link
            }
        };
        Self {
            kind,
            cause: hurdle.cause(),
            message: hurdle.to_string(),
        }
    }
}

impl UcServerSource {
    /// The protocol version that UCServer speaks.
    ///
    /// # Errors
    /// Why there is no answer; nobody tried to log in.
    pub async fn version(&self) -> Result<u64, Barrier> {
        Ok(self.client.version(&self.settings.ucsid).await?)
    }

    /// Logs in with the password and out again. One attempt; where the server sends us to another
    /// one that we may go to, one there.
    ///
    /// # Errors
    /// Why we were not let in.
    pub async fn try_log_in(&self) -> Result<(), Barrier> {
        match self.log_in_and_out(&self.client).await {
            Err(Hurdle::Redirect(to)) => {
                let hosts = &self.settings.redirect_hosts;
                let there = self.client.sent_to(&to, hosts)?;
                Ok(self.log_in_and_out(&there).await?)
            }
            tried => Ok(tried?),
        }
    }

    async fn log_in_and_out(&self, client: &LogInClient) -> Result<(), Hurdle> {
        let session = client.log_in(&self.settings, None).await?;
        client.log_out(&session).await;
        Ok(())
    }
}
