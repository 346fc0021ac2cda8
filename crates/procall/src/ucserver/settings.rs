//! What an administrator decides about the connection to UCServer.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use model::presence::{ContactUri, UserName};
use trace::Tap;

/// Whom to trust with the connection. There is no "everything".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The system's certificate authorities.
    #[default]
    System,
    /// These as well, in PEM; for a company's own authority.
    SystemAnd {
        /// One certificate or more.
        ca_pem: String,
    },
    /// Exactly the certificate with this SHA-256 fingerprint, whatever its name or validity:
    /// for the self-signed certificate that UCWeb brings.
    Pinned([u8; 32]),
}

impl Trust {
    /// Reads a fingerprint of 64 hex digits; colons and spaces between them are fine.
    #[must_use]
    pub fn pinned(fingerprint: &str) -> Option<Self> {
        let mut digits = fingerprint
            .chars()
            .filter(|c| !matches!(c, ':' | ' '))
            .map(|c| c.to_digit(16));
        let mut hash = [0_u8; 32];
        for byte in &mut hash {
            let (high, low) = (digits.next()??, digits.next()??);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        digits.next().is_none().then_some(Self::Pinned(hash))
    }
}

/// Where the list of users comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserList {
    /// `asnAdminLogin` and `asnAdminGetUserProfiles`: everybody who is enabled. Needs
    /// [`UcServerSettings::admin`].
    Admin,
    /// The administrative monitor groups that UCServer's administrator assigned to our account.
    #[default]
    MonitorGroups,
    /// These contacts; their user names are read with their presence.
    List(Vec<ContactUri>),
}

/// Whether `seqCalls` of an update names all calls of the user or only those that changed: to be
/// confirmed on a live server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallLists {
    /// Only those that changed.
    #[default]
    Changes,
    /// All that last.
    Complete,
}

/// An account of UCServer.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user name.
    pub user: String,
    /// The password of the account.
    pub password: SecretString,
}

/// How long to wait before another try. The defaults suit a server; tests shorten them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// After the first lost connection; doubled each time.
    pub first: Duration,
    /// The longest of the doubled waits.
    pub longest: Duration,
    /// After a refused log-in: few enough tries that no account is locked by us.
    pub refused: Duration,
    /// While no licence is free or the account is held back for a while.
    pub held_back: Duration,
    /// Between two readings of the list that changes of it cause.
    pub between_lists: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            refused: Duration::from_mins(15),
            held_back: Duration::from_mins(3),
            between_lists: Duration::from_secs(10),
        }
    }
}

/// How to reach UCServer and what to do there.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct UcServerSettings {
    /// Base URL of UCWeb, for example `https://ucserver:7225`. `http` only to this machine.
    pub url: String,
    /// `X-ucsid`: `local` for the UCServer that this UCWeb belongs to.
    pub ucsid: String,
    /// The service account.
    pub account: Account,
    /// The administrator's account for [`UserList::Admin`].
    pub admin: Option<Account>,
    /// Whom to trust.
    pub trust: Trust,
    /// Where the users come from.
    pub users: UserList,
    /// User names that are left alone: listed as excluded, never matched.
    pub exclude: Vec<UserName>,
    /// Whether Teams' do not disturb and calls are written as manual presence. Off by default.
    pub write_presence: bool,
    /// Whether the configuration wants it written, even where this command does not: then every
    /// user whose presence we may not set is told beforehand.
    pub names_missing_right: bool,
    /// Write although estos' own Teams integration is seen working on this server.
    pub despite_native: bool,
    /// How long a manual presence of ours lasts unless it is renewed; renewed at half of it.
    pub lease: Duration,
    /// Contacts per subscription; the server itself cuts lists at 50. Its limit is to be
    /// confirmed on a live server.
    pub batch: usize,
    /// Subscriptions under way at a time.
    pub parallel_batches: usize,
    /// At most so many requests of presence-out per second (reads, writes, resets each).
    pub writes_per_second: u32,
    /// Where what we set is kept on disk, so that the next start knows it again; nowhere without.
    pub ledger: Option<std::path::PathBuf>,
    /// Between two signs of life; how long UCServer waits for one is to be confirmed.
    pub keep_alive: Duration,
    /// How long an answer may take.
    pub call_timeout: Duration,
    /// Between two readings of the list of users and of everybody's presence.
    pub refresh: Duration,
    /// Ask for a login token and reconnect with it instead of the password. Whether
    /// `createsession` takes the header `x-uctoken` is to be confirmed on a live server.
    pub reuse_token: bool,
    /// Hosts that a `serverRedirect` may name; our password goes nowhere else.
    pub redirect_hosts: Vec<String>,
    /// `clientappid`: 15 is documented for applications of the SDK. Its effect on licences is to
    /// be confirmed on a live server.
    pub client_app_id: u32,
    /// How lists of calls are read.
    pub call_lists: CallLists,
    /// How long to wait before another try.
    pub waits: Waits,
    /// Hears everything that is sent and received, secrets included: for a recording.
    pub tap: Option<Arc<dyn Tap>>,
}

impl UcServerSettings {
    /// Everything as recommended for a server at `url`: read only, users from the monitor groups.
    #[must_use]
    pub fn new(url: impl Into<String>, account: Account) -> Self {
        Self {
            url: url.into(),
            ucsid: "local".to_owned(),
            account,
            admin: None,
            trust: Trust::System,
            users: UserList::MonitorGroups,
            exclude: Vec::new(),
            write_presence: false,
            names_missing_right: false,
            despite_native: false,
            lease: Duration::from_mins(10),
            batch: 50,
            parallel_batches: 4,
            writes_per_second: 5,
            ledger: None,
            keep_alive: Duration::from_secs(20),
            call_timeout: Duration::from_secs(10),
            refresh: Duration::from_mins(30),
            reuse_token: true,
            redirect_hosts: Vec::new(),
            client_app_id: 15,
            call_lists: CallLists::default(),
            waits: Waits::default(),
            tap: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_openssl_prints_it() {
        let printed = "AB:".repeat(31) + "0f";
        let mut hash = [0xAB; 32];
        hash[31] = 0x0F;
        assert_eq!(Trust::pinned(&printed), Some(Trust::Pinned(hash)));
    }

    #[rstest]
    #[case("")]
    #[case("abcd")]
    #[case("zz")]
    #[case(&"ab".repeat(33))]
    #[case(&("ab".repeat(31) + "a"))]
    fn anything_else_is_no_fingerprint(#[case] raw: &str) {
        assert_eq!(Trust::pinned(raw), None);
    }

    #[test]
    fn secrets_are_not_in_the_debug_text() {
        let account = Account {
            user: "svc".to_owned(),
            password: SecretString::from("hunter2"),
        };
        let shown = format!(
            "{:?}",
            UcServerSettings::new("https://ucserver:7225", account)
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
