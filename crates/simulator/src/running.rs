//! Opening and closing the tenant.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::certificate::Certificate;
use super::control::Control;
use super::identity::Identity;
use super::listener::{Port, acceptor};
use super::options::{Options, Ready};
use super::pbx::{Pbx, write_users};
use super::replay::{Replay, ReplayServer};
use super::scenario::Scenario;
use super::script::TeamsAct;
use super::settings::Settings;
use super::switchboard::{Switchboard, TenantClock, UCSERVER_ACCOUNT};
use super::tenant::{Tenant, found, of_recording};
use super::ucserver::{SimulatedUcServer, UcServerVersion};
use super::wire::Line;
use super::world::World;
use super::{player, service};
use files::{io_words, make_folder};
use model::text::harmless_path;
use words::{Lang, Value, Words};

/// How long open connections may take to finish when the tenant closes.
const FAREWELL: Duration = Duration::from_secs(1);

/// What Graph speaks over TLS, the best first.
const PROTOCOLS: &[&[u8]] = &[b"h2", b"http/1.1"];

/// Why the tenant cannot open.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().in_lang(Lang::En))]
pub enum StartError {
    /// The port is taken, or loopback is not available.
    Listen {
        /// As asked for.
        port: u16,
        /// What the system said.
        reason: std::io::Error,
    },
    /// users.csv or calls.jsonl cannot be written.
    Files {
        /// Which file or folder.
        path: String,
        /// Why.
        why: Words,
    },
    /// The certificate to register is no RSA certificate in PEM.
    Certificate,
}

impl StartError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Listen { port, reason } => {
                let why = Words::of_io(reason);
                let values: [(&str, &dyn Value); 2] = [("port", port), ("why", &why)];
                Words::say(|t| t.errors.simulator_listen, &values)
            }
            Self::Files { path, why } => {
                let values: [(&str, &dyn Value); 2] = [("path", path), ("why", why)];
                Words::say(|t| t.errors.simulator_files, &values)
            }
            Self::Certificate => Words::say(|t| t.errors.simulator_certificate, &[]),
        }
    }
}

/// A tenant that is open; dropping it closes it at once.
#[derive(Debug)]
pub struct Running {
    ready: Ready,
    control: Control,
    shutdown: watch::Sender<bool>,
    server: JoinHandle<()>,
    day: Vec<JoinHandle<()>>,
    ucserver: Option<Switchboard>,
    _replayed: Option<ReplayServer>,
    _folder: Folder,
}

impl Running {
    /// Where everything is.
    #[must_use]
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The hand on it.
    #[must_use]
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// The simulated UCServer, where there is one (a replayed one has none): for its faults.
    #[must_use]
    pub fn ucserver(&self) -> Option<&Arc<SimulatedUcServer>> {
        self.ucserver.as_ref().map(Switchboard::server)
    }

    /// Closes it: the day ends, open requests get a second to finish, an own folder goes.
    pub async fn stop(mut self) {
        let _ = self.shutdown.send(true);
        self.day.iter().for_each(JoinHandle::abort);
        let _ = tokio::time::timeout(FAREWELL, &mut self.server).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.shutdown.send(true);
        self.server.abort();
        self.day.iter().for_each(JoinHandle::abort);
    }
}

/// Where users.csv and calls.jsonl lie; an own folder goes with the tenant.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    own: bool,
}

impl Folder {
    fn open(wanted: Option<&Path>) -> Result<Self, StartError> {
        let own = wanted.is_none();
        let path = wanted.map_or_else(
            || std::env::temp_dir().join(format!("lampfield-simulator-{}", Uuid::new_v4())),
            Path::to_path_buf,
        );
        make_folder(&path, 0o755).map_err(|e| cannot_write(&path, e.words()))?;
        Ok(Self { path, own })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.own {
            // Nothing can be done about a folder that does not go.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn cannot_write(path: &Path, why: Words) -> StartError {
    StartError::Files {
        path: harmless_path(path),
        why,
    }
}

/// Opens a tenant.
///
/// # Errors
/// When the port is taken, the files cannot be written, or the certificate is none.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let port = options.graph_port;
    let listen = |reason| StartError::Listen { port, reason };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(listen)?;
    let tls = options.server_certificate.as_ref();
    let tls = tls.map(|it| acceptor(it, PROTOCOLS)).transpose();
    let tls = tls.map_err(listen)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let origin = format!("{scheme}://{}", listener.local_addr().map_err(listen)?);
    let port = Port::new(listener, Arc::new(Mutex::new(tls))).map_err(listen)?;
    let folder = Folder::open(options.directory.as_deref())?;
    let settings = settings(&options);
    let tenant = match &options.replay {
        Some(replay) => of_recording(&replay.people(), options.seed),
        None => found(options.users, options.seed, settings.everyone_matches),
    };
    let users_file = folder.path.join("users.csv");
    let mut ready = ready(&tenant, &origin, &users_file);
    let world = Arc::new(open(&options, settings, tenant, origin, &folder.path)?);
    everybody_signs_in(&world);
    let (mut ucserver, mut replayed) = (None, None);
    match (options.ucserver_port, &options.replay) {
        (Some(port), Some(replay)) => replayed = Some(open_replay(&world, replay, port).await?),
        (Some(port), None) => {
            ucserver = Some(open_ucserver(&world, port, options.ucserver_version).await?);
        }
        (None, _) => {}
    }
    let url = ucserver.as_ref().map(Switchboard::url);
    if let Some(url) = url.or(replayed.as_ref().map(ReplayServer::url)) {
        // A replayed one lets anybody in.
        let (user, password) = UCSERVER_ACCOUNT;
        ready.ucserver = Some(url.to_owned());
        ready.ucserver_user = Some(user.to_owned());
        ready.ucserver_password = Some(password.to_owned());
    }
    let day = player::begin(&world, &options);
    let (shutdown, closing) = watch::channel(false);
    Ok(Running {
        ready,
        control: Control {
            world: Arc::clone(&world),
        },
        server: serve(port, world, closing),
        shutdown,
        day,
        ucserver,
        _replayed: replayed,
        _folder: folder,
    })
}

async fn open_replay(
    world: &Arc<World>,
    replay: &Replay,
    port: u16,
) -> Result<ReplayServer, StartError> {
    let listen = |reason| StartError::Listen { port, reason };
    let clock = Arc::new(TenantClock(Arc::clone(world)));
    ReplayServer::open(replay, port, clock)
        .await
        .map_err(listen)
}

async fn open_ucserver(
    world: &Arc<World>,
    port: u16,
    version: UcServerVersion,
) -> Result<Switchboard, StartError> {
    let listen = |reason| StartError::Listen { port, reason };
    Switchboard::open(world, port, version)
        .await
        .map_err(listen)
}

fn settings(options: &Options) -> Settings {
    match &options.scenario {
        Scenario::Script(script) => script.settings.clone(),
        _ => None,
    }
    .unwrap_or_else(|| options.settings.clone())
}

fn ready(tenant: &Tenant, origin: &str, users_file: &Path) -> Ready {
    Ready {
        graph_base: format!("{origin}/v1.0"),
        authority: origin.to_owned(),
        tenant_id: tenant.id.to_string(),
        client_id: tenant.client_id.to_string(),
        client_secret: tenant.client_secret.clone(),
        control: format!("{origin}/_control"),
        users_file: users_file.display().to_string(),
        ucserver: None,
        ucserver_user: None,
        ucserver_password: None,
    }
}

fn open(
    options: &Options,
    settings: Settings,
    tenant: Tenant,
    origin: String,
    folder: &Path,
) -> Result<World, StartError> {
    let certificate = match options
        .certificate_pem
        .as_deref()
        .map(Certificate::from_pem)
    {
        Some(None) => return Err(StartError::Certificate),
        registered => registered.flatten(),
    };
    let users_file = folder.join("users.csv");
    write_users(&users_file, &tenant.people)
        .map_err(|e| cannot_write(&users_file, io_words(&e.into())))?;
    let calls_file = folder.join("calls.jsonl");
    let pbx = Pbx::new(&calls_file).map_err(|e| cannot_write(&calls_file, io_words(&e)))?;
    let secret = tenant.client_secret.clone();
    let identity = Identity::new(secret, certificate, &settings.roles, options.seed);
    Ok(World::new(
        tenant,
        origin,
        settings,
        identity,
        pbx,
        options.seed,
    ))
}

/// Before anything happens everybody is signed in and available.
fn everybody_signs_in(world: &World) {
    let accounts: Vec<_> = {
        let directory = world.directory();
        let with_teams = directory.here().filter(|e| e.account.has_presence());
        with_teams.map(|e| e.account.id.to_string()).collect()
    };
    for id in accounts {
        // An account just listed is there.
        let _ = world.act(&id, &TeamsAct::SignIn);
    }
}

fn serve(port: Port, world: Arc<World>, mut closing: watch::Receiver<bool>) -> JoinHandle<()> {
    let app = axum::Router::new()
        .fallback(service::serve)
        .with_state(world)
        .into_make_service_with_connect_info::<Line>();
    let closed = async move {
        // An error means that the tenant was dropped: closing as well.
        let _ = closing.wait_for(|closing| *closing).await;
    };
    tokio::spawn(async move {
        let server = axum::serve(port, app).with_graceful_shutdown(closed);
        // Serving ends with the farewell only; accept errors are retried inside.
        let _ = server.await;
    })
}
