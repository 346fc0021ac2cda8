//! ProCall for real: a session with UCServer through UCWeb (JSON ROSE over a WebSocket).
//!
//! In: the settings, what Teams says about each user. Out: users, calls, facts, and trouble in
//! an administrator's words. Nothing here has been tried on a live server: what is unknown stands
//! in one function and one setting each, listed in `docs/ucserver.md`.
//!
//! | file | what it is for |
//! | --- | --- |
//! | [`settings`] | what an administrator decides |
//! | `rose`, `operation`, `request` | envelope, names, questions (pure) |
//! | `wire`, `call`, `params`, `moment`, `lenient` | members, in the newer and the older form (pure) |
//! | `listing`, `roster` | who is watched, who is who (pure) |
//! | `contact`, `feed` | presence merged, what follows from it (pure) |
//! | `absent`, `manual`, `remembered`, `pacing`, `reads` | presence out as leases of manual presence (pure) |
//! | `native` | whether estos' own Teams integration works on this server (pure) |
//! | `liveness` | since when nothing is heard, and what that means |
//! | `ledger`, `ledger_file` | what we have set, on disk and with the other machines, so that whoever writes next knows it again |
//! | `dialogue`, `presence_out` | one session as a state machine (pure) |
//! | `under_way`, `subscriptions`, `list_times`, `doubts`, `signs` | what it is made of: requests without an answer, who is still to be asked for, when what is read again (pure) |
//! | `hurdle` | what can go wrong and how long to wait then (pure) |
//! | `probe` | version and log-in, once each, for a check |
//! | `tapped` | where somebody may listen: the socket and HTTP, for a recording |
//! | `tls`, `resolver`, `address`, `login`, `logon`, `leftovers`, `orders`, `untyped`, `large`, `one_session`, `run` | the rim: certificates, names, HTTP, the socket, the loop |

mod absent;
mod address;
mod call;
mod contact;
mod counters;
mod dialogue;
mod doubts;
mod feed;
mod hurdle;
mod large;
mod ledger;
mod ledger_file;
mod leftovers;
mod lenient;
mod list_times;
mod listing;
mod liveness;
mod login;
mod logon;
mod manual;
mod moment;
mod native;
mod one_session;
mod operation;
mod orders;
mod pacing;
mod params;
mod presence_out;
mod probe;
mod reads;
mod remembered;
mod request;
mod resolver;
mod rose;
mod roster;
mod run;
mod server_clock;
pub mod settings;
mod signs;
mod subscriptions;
mod tapped;
mod tls;
mod under_way;
mod untyped;
mod wire;

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

pub use counters::{Count, Counters};
pub use probe::{Barrier, BarrierKind};
pub use settings::{Account, CallLists, Trust, UcServerSettings, UserList, Waits};

use super::{PresenceOrder, ProcallEvent, SharedLedger, Source};
use model::clock::Clock;
use words::{Lang, Words};

/// Why the settings cannot be used, in an administrator's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(Words);

impl SettingsError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        self.0.clone()
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.in_lang(Lang::En))
    }
}

impl Error for SettingsError {}

/// UCServer as a source of the bridge.
pub struct UcServerSource {
    settings: Arc<UcServerSettings>,
    counters: Arc<Counters>,
    client: login::LogInClient,
    clock: Arc<dyn Clock>,
    shared: Option<Arc<dyn SharedLedger>>,
}

impl UcServerSource {
    /// Checks the settings; nothing is sent yet.
    ///
    /// # Errors
    /// When the URL is none, would carry the password in the clear, or the certificate
    /// authority's file holds no certificate; when users come from the administrator but no
    /// administrator is configured; when the lease or a batch has no length.
    pub fn new(settings: UcServerSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        if settings.users == UserList::Admin && settings.admin.is_none() {
            return Err(SettingsError(Words::say(|t| t.errors.ucserver_admin, &[])));
        }
        if settings.lease.is_zero() || settings.batch == 0 {
            return Err(SettingsError(Words::say(|t| t.errors.ucserver_zero, &[])));
        }
        let client = login::LogInClient::new(&settings).map_err(SettingsError)?;
        Ok(Self {
            settings: Arc::new(settings),
            counters: Arc::new(Counters::default()),
            client,
            clock,
            shared: None,
        })
    }

    /// What is counted while it runs.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }
}

impl Source for UcServerSource {
    fn run(
        self: Box<Self>,
        events: mpsc::Sender<ProcallEvent>,
        orders: mpsc::Receiver<PresenceOrder>,
        shutdown: watch::Receiver<bool>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(run::Runner::new(*self, events, orders, shutdown).run())
    }

    fn share(&mut self, ledger: Arc<dyn SharedLedger>) {
        self.shared = Some(ledger);
    }

    fn label(&self) -> Arc<str> {
        format!("UCServer {}", self.client.host()).into()
    }
}
