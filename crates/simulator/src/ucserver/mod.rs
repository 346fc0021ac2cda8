//! A UCServer in the box: UCWeb over HTTP and WebSocket on loopback, with users, rights, calls,
//! manual presence, and faults.
//!
//! In: a list of users, then what happens to them through the [`SimulatedUcServer`]. Out: what a
//! real server would answer, as far as it is known. It shares no code with the connector: a bug
//! in one must not hide in the other.
//!
//! # The files
//! | file | what it is for |
//! | --- | --- |
//! | `version`, `times`, `params` | what differs between servers: names and shapes, times, optional parameters |
//! | `grammar`, `records`, `catalogue` | what a request must hold, and which operations there are |
//! | `http`, `logon`, `socket`, `session` | how a client comes in, and what its socket is told |
//! | `operations` | a request is found, read, done and answered; each kind in its file: `own`, `admin`, `subscribe`, `absent`, `lines` |
//! | `world`, `user` | everything that the server knows, and what follows for the presence (pure) |
//! | `presence`, `changes`, `line_events` | a user, and a change of a user, on the wire |
//! | `drive`, `faults`, `scripted` | who steers, and what goes wrong |

mod absent;
mod admin;
mod catalogue;
mod changes;
mod drive;
mod faults;
mod grammar;
mod http;
mod line_events;
mod lines;
mod logon;
mod operations;
mod own;
mod params;
mod presence;
mod records;
mod reply;
mod scripted;
#[cfg(test)]
mod sent_records;
#[cfg(test)]
mod sent_tests;
mod session;
mod socket;
mod subscribe;
mod times;
mod user;
mod version;
mod world;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub use drive::CallId;
pub use faults::{BusyPlace, Counts, RedirectPlace, UcFaults};
pub use params::ParamsForm;
pub use scripted::{UcFault, UcFaultKind};
pub use times::TimeForm;
pub use user::{CallPhase, Level, ManualPresence, Medium, SimulatedUser};
pub use version::UcServerVersion;

pub use super::listener::ServerCertificate;

use super::listener::{Acceptor, Port, acceptor};
use model::clock::Clock;
use session::Outgoing;
use world::{UcAccount, UcWorld};

/// What the server starts with.
#[derive(Clone, Debug)]
pub struct UcServerScene {
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// With a certificate: https.
    pub certificate: Option<ServerCertificate>,
    /// The users that the server knows.
    pub users: Vec<SimulatedUser>,
    /// Accounts that may log in: user and password.
    pub accounts: Vec<(String, String)>,
    /// The administrator's account.
    pub admin: Option<(String, String)>,
    /// Which of estos' interfaces it speaks.
    pub version: UcServerVersion,
}

impl UcServerScene {
    /// Plain http on a free port of this machine, one account `lampfield`/`lampfield` and the
    /// administrator `admin`/`admin`.
    #[must_use]
    pub fn new(users: Vec<SimulatedUser>) -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            certificate: None,
            users,
            accounts: vec![("lampfield".to_owned(), "lampfield".to_owned())],
            admin: Some(("admin".to_owned(), "admin".to_owned())),
            version: UcServerVersion::default(),
        }
    }
}

/// What socket, routes and handle share.
pub(crate) struct Shared {
    world: Mutex<UcWorld>,
    clock: Arc<dyn Clock>,
    /// Counts every use of the world, so that somebody can wait for a change.
    turns: watch::Sender<u64>,
    /// An end of a manual presence may have moved.
    expiry: Notify,
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut UcWorld) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let expiry = world.counts.absent_set;
        let result = act(&mut world);
        if world.counts.absent_set != expiry {
            self.expiry.notify_one();
        }
        drop(world);
        self.turns.send_modify(|turns| *turns += 1);
        result
    }

    /// Only looks: nobody who waits for a change is woken.
    fn look<T>(&self, look: impl FnOnce(&UcWorld) -> T) -> T {
        look(&self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The running server and the handle to drive it. Ends when dropped.
pub struct SimulatedUcServer {
    shared: Arc<Shared>,
    acceptor: Acceptor,
    address: SocketAddr,
    secure: bool,
    tasks: Vec<JoinHandle<()>>,
    scripted: scripted::Scripted,
}

impl Drop for SimulatedUcServer {
    fn drop(&mut self) {
        self.drop_sockets();
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl SimulatedUcServer {
    /// Starts it.
    ///
    /// # Errors
    /// When the address cannot be listened on or the certificate cannot be used.
    pub async fn start(scene: UcServerScene, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind(scene.bind).await?;
        let address = listener.local_addr()?;
        let secure = scene.certificate.is_some();
        let tls = scene.certificate.as_ref().map(|it| acceptor(it, &[]));
        let acceptor = Arc::new(Mutex::new(tls.transpose()?));
        let port = Port::new(listener, Arc::clone(&acceptor))?;
        let shared = Arc::new(Shared {
            world: Mutex::new(world_of(scene)),
            clock,
            turns: watch::Sender::new(0),
            expiry: Notify::new(),
        });
        let router = http::router(Arc::clone(&shared));
        let serve = async move {
            // It ends with its task only.
            let _ = axum::serve(port, router).await;
        };
        let tasks = vec![
            tokio::spawn(serve),
            tokio::spawn(expire(Arc::clone(&shared))),
        ];
        Ok(Self {
            shared,
            acceptor,
            address,
            secure,
            tasks,
            scripted: scripted::Scripted::default(),
        })
    }

    /// The base URL.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// A new user; nobody is told, as on the real server.
    pub fn add_user(&self, user: SimulatedUser) {
        self.shared.with(|world| world.add(user));
    }

    /// A user is removed or deactivated.
    pub fn remove_user(&self, user_name: &str) {
        self.shared.with(|world| world.remove(user_name));
    }

    /// The contacts of the administrative monitor group.
    pub fn set_monitor_group(&self, contacts: Vec<String>) {
        self.shared.with(|world| world.set_group(contacts));
    }

    /// Makes things go wrong, or right again; the next [`Self::fault`] decides anew.
    pub fn set_faults(&self, faults: UcFaults) {
        self.shared.with(|world| world.faults = faults);
    }

    /// Every socket is dropped without a word; sessions stay valid.
    pub fn drop_sockets(&self) {
        self.send_all(&Outgoing::Drop);
    }

    /// Every session is over while its socket stays open: nobody hears of anything any more, and
    /// the next request is rejected with 8.
    pub fn invalidate_sessions(&self) {
        self.shared.with(|world| {
            for session in world.sessions.values_mut() {
                session.valid = false;
            }
        });
    }

    /// Sends any text to every socket.
    pub fn send_text(&self, text: &str) {
        self.send_all(&Outgoing::Text(text.to_owned()));
    }

    /// Sends a binary frame to every socket.
    pub fn send_binary(&self, bytes: &[u8]) {
        self.send_all(&Outgoing::Binary(bytes.to_vec()));
    }

    fn send_all(&self, outgoing: &Outgoing) {
        self.shared.with(|world| {
            for session in world.sessions.values() {
                session.send(outgoing.clone());
            }
        });
    }

    /// Shows another certificate from now on.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn use_certificate(&self, certificate: &ServerCertificate) -> io::Result<()> {
        let new = acceptor(certificate, &[])?;
        *self.acceptor.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
        Ok(())
    }

    /// Lets time pass: manual presences end. Needed only with a clock that is moved by hand.
    pub fn tick(&self) {
        let now = self.shared.now();
        self.shared.with(|world| world.expire(now));
    }

    /// Which of estos' interfaces it speaks now.
    #[must_use]
    pub fn version(&self) -> UcServerVersion {
        self.shared.look(UcWorld::version)
    }

    /// What was seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.look(UcWorld::counts)
    }

    /// What estos' own decoder would have thrown for, in words; at most the first fifty.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.shared.look(|world| world.violations.clone())
    }

    /// The manual presence of a user.
    #[must_use]
    pub fn manual(&self, user_name: &str) -> Option<ManualPresence> {
        self.shared.look(|world| {
            let contact = world.contact_of(user_name)?;
            world.users.get(contact)?.manual
        })
    }

    /// Waits until something holds; the question is asked after every change.
    pub async fn until(&self, mut holds: impl FnMut(&Self) -> bool) {
        let mut turns = self.shared.turns.subscribe();
        loop {
            turns.mark_unchanged();
            if holds(self) || turns.changed().await.is_err() {
                return;
            }
        }
    }
}

fn world_of(scene: UcServerScene) -> UcWorld {
    let account = |(user, password)| UcAccount { user, password };
    let mut world = UcWorld::default();
    world.version = scene.version;
    world.accounts = scene.accounts.into_iter().map(account).collect();
    world.admin = scene.admin.map(account);
    for user in scene.users {
        world.add(user);
    }
    world
}

/// Ends manual presences at their time; sleeps until then.
async fn expire(shared: Arc<Shared>) {
    loop {
        let now = shared.now();
        let next = shared.with(|world| {
            world.expire(now);
            world.next_expiry()
        });
        let wait = async {
            match next {
                Some(next) => shared.clock.reach(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = shared.expiry.notified() => {}
        }
    }
}
