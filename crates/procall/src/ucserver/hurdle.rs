//! What can keep us from a session, in an administrator's words, and how long to wait then.

use std::time::Duration;

use super::settings::Waits;
use model::backoff::Backoff;
use model::cause::{Cause, Trouble};

/// The longest wait that a busy server may ask for.
const LONGEST_BUSY: Duration = Duration::from_mins(10);

/// `iErrorDetail` of UCWeb itself: no UCServer is attached to it.
pub(crate) const NOT_ATTACHED: i64 = 119;

/// Why there is no session (any more).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Hurdle {
    /// The log-in was refused; trying on could lock the account.
    #[error(
        "UCServer refused the log-in of {user}: {reason} (code {code}). It is tried again \
         after some minutes only, so as not to lock the account"
    )]
    Refused {
        /// The account.
        user: String,
        /// In plain words.
        reason: &'static str,
        /// `iErrorDetail`.
        code: i64,
    },
    /// The log-in may work in some minutes.
    #[error("UCServer does not let {user} in for now: {reason} (code {code})")]
    HeldBack {
        /// The account.
        user: String,
        /// In plain words.
        reason: &'static str,
        /// `iErrorDetail`.
        code: i64,
    },
    /// The login token is not taken any more; the password is next.
    #[error("UCServer does not take the login token any more; logging in with the password")]
    TokenRefused,
    /// A 401 that does not offer Basic: the methods that it does.
    #[error(
        "UCWeb takes no password: Basic authentication is switched off there (it offers {0}). The \
         password is not wrong; allow Basic for UCWeb in UCServer's administration"
    )]
    BasicOff(String),
    /// 502 with 119.
    #[error(
        "UCWeb answers, but no UCServer is attached to it under this ucsid. Check ucserver.ucsid \
         (\"local\" for the UCServer of this UCWeb) and whether the UCServer service runs"
    )]
    NotAttached,
    /// `serverBusy`.
    #[error("UCServer is busy and asks to come back in {0} s")]
    Busy(u64),
    /// `serverRedirect`.
    #[error("UCServer sends us to {0}")]
    Redirect(String),
    /// `serverRedirect` to a host that nobody allowed.
    #[error(
        "UCServer sends us to {0}, which is not among the allowed redirect hosts. The password \
         is not sent there. Add the host to ucserver.redirect_hosts if it is one of your UCServers"
    )]
    ForeignRedirect(String),
    /// The administrator's account.
    #[error(
        "{0}. The list of users needs it: check the administrator's account, or take the users \
         from the monitor groups or from a list"
    )]
    NoAdmin(String),
    /// No connection, TLS, an answer that is none.
    #[error("{0}")]
    Link(Trouble),
    /// The session is over.
    #[error("The session with UCServer has ended: {0}")]
    Lost(Trouble),
}

impl Hurdle {
    /// A logon error by `iErrorDetail` (`AsnLogonErrorEnum`).
    pub(crate) fn logon(code: i64, user: &str, with_token: bool) -> Self {
        if with_token && !matches!(code, 103 | 119 | 131) {
            return Self::TokenRefused;
        }
        let reason = reason(code);
        let user = model::text::harmless_up_to(user, 80);
        match code {
            NOT_ATTACHED => Self::NotAttached,
            100 | 103 | 105 | 131 | 133 => Self::HeldBack { user, reason, code },
            _ => Self::Refused { user, reason, code },
        }
    }

    /// No connection, or an answer that is none.
    pub(crate) fn link(cause: Cause, message: impl Into<std::sync::Arc<str>>) -> Self {
        Self::Link(Trouble::new(cause, message))
    }

    /// The session is over.
    pub(crate) fn lost(cause: Cause, message: impl Into<std::sync::Arc<str>>) -> Self {
        Self::Lost(Trouble::new(cause, message))
    }

    /// What went wrong.
    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Refused { code, .. } | Self::HeldBack { code, .. } => {
                Cause::LogIn { code: *code }
            }
            Self::TokenRefused => Cause::LoginToken,
            Self::BasicOff(offers) => Cause::BasicOff {
                offers: offers.as_str().into(),
            },
            Self::NotAttached => Cause::NotAttached,
            Self::Busy(wait) => Cause::Busy { wait: *wait },
            Self::Redirect(to) | Self::ForeignRedirect(to) => Cause::Redirected(to.as_str().into()),
            Self::NoAdmin(_) => Cause::Administrator,
            Self::Link(trouble) | Self::Lost(trouble) => trouble.cause.clone(),
        }
    }

    /// The same with its sentence.
    pub(crate) fn trouble(&self) -> Trouble {
        Trouble::new(self.cause(), self.to_string())
    }

    /// How long to wait after so many failures in a row (1 is the first).
    pub(crate) fn wait(&self, failures: u32, waits: &Waits) -> Duration {
        match self {
            Self::Refused { .. }
            | Self::BasicOff(_)
            | Self::ForeignRedirect(_)
            | Self::NoAdmin(_) => waits.refused,
            Self::HeldBack { .. } => waits.held_back,
            // A server that names no wait, or none at all, is not asked without any.
            Self::Busy(seconds) => Duration::from_secs(*seconds)
                .max(waits.first)
                .min(LONGEST_BUSY),
            Self::TokenRefused | Self::Redirect(_) if failures < 3 => Duration::ZERO,
            _ => Backoff::new(waits.first, waits.longest).wait(failures),
        }
    }
}

const fn reason(code: i64) -> &'static str {
    match code {
        100 => "internal error of the server",
        101 => "unknown user or wrong password",
        103 => "no licence is free",
        104 => "the protocol version does not fit",
        105 => "it wants another step of authentication",
        106 => "it does not take a password; allow Basic authentication for UCWeb",
        107 => "the user is not enabled",
        108 => "the computer is unknown",
        109 => "the domain refused the password",
        110 => "the account lacks the right to log in via web services",
        112 => "this type of application is not allowed",
        114 => "it wants TLS; use https",
        129 => "the account is locked; unlock it in the user administration",
        130 => "the token has expired",
        131 => "too many attempts",
        133 => "wrong PAC mode",
        _ => "an error that is not documented",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::wrong_password(101, Waits::default().refused)]
    #[case::not_enabled(107, Waits::default().refused)]
    #[case::domain(109, Waits::default().refused)]
    #[case::locked(129, Waits::default().refused)]
    #[case::no_licence(103, Waits::default().held_back)]
    #[case::too_many(131, Waits::default().held_back)]
    #[case::pac(133, Waits::default().held_back)]
    #[case::not_attached(119, Duration::from_secs(1))]
    #[case::of_the_future(9999, Waits::default().refused)]
    fn a_refused_log_in_waits_long_enough(#[case] code: i64, #[case] wait: Duration) {
        let hurdle = Hurdle::logon(code, "svc", false);
        assert_eq!(hurdle.wait(1, &Waits::default()), wait);
    }

    #[rstest]
    #[case(1, 1)]
    #[case(2, 2)]
    #[case(4, 8)]
    #[case(6, 30)]
    #[case(u32::MAX, 30)]
    fn a_lost_connection_waits_longer_each_time(#[case] failures: u32, #[case] seconds: u64) {
        let lost = Hurdle::lost(Cause::SessionEnded, "closed");
        let wait = lost.wait(failures, &Waits::default());
        assert_eq!(wait, Duration::from_secs(seconds));
    }

    #[test]
    fn a_busy_server_is_obeyed_within_reason() {
        let waits = Waits::default();
        assert_eq!(Hurdle::Busy(7).wait(9, &waits), Duration::from_secs(7));
        assert_eq!(Hurdle::Busy(u64::MAX).wait(1, &waits), LONGEST_BUSY);
        assert_eq!(Hurdle::Busy(0).wait(1, &waits), waits.first);
    }

    #[test]
    fn a_refused_token_is_no_refused_password() {
        assert_eq!(Hurdle::logon(101, "svc", true), Hurdle::TokenRefused);
        let wait = Hurdle::TokenRefused.wait(1, &Waits::default());
        assert_eq!(wait, Duration::ZERO);
    }
}
