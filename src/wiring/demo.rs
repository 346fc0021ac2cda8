//! The demo tenant: in this process, but on threads of its own. However much it has to answer, the
//! bridge that asks is no more delayed by it than by Microsoft.

use std::path::Path;

use super::said::Told;
use crate::config::{
    Cli, Cloud, Config, Log, Procall, ReadWith, State, Tenant, UcConversation, UcServer, UcTrust,
    UcUsers,
};
use crate::graph::Credential;
use crate::presence::UserName;
use crate::simulator::{self, Fault, FaultKind, On, Options, Running, Settings};
use eyre::Report;
use reqwest::Url;
use secrecy::SecretString;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

/// How long a typical answer of the demo takes: what an office sees of Microsoft on a good day.
const LATENCY_MS: u32 = 60;

/// An open demo; dropping it closes it at once.
pub(crate) struct Demo {
    running: Running,
    /// Declared last: dropped when the tenant is closed.
    _threads: Threads,
}

impl Demo {
    /// Opens it, with as many users as `cli` asks for, and says how a bridge reaches it.
    pub(crate) async fn open(cli: &Cli) -> Result<(Self, Config), Report> {
        let options = Options {
            ucserver_port: Some(0),
            settings: Settings {
                latency_ms: LATENCY_MS,
                ..Settings::default()
            },
            ..Options::default()
        };
        let demo = Self::start(sized(cli, options)).await?;
        let config = configuration(&demo.running)?;
        Ok((demo, config))
    }

    async fn start(options: Options) -> Result<Self, Report> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("demo")
            .enable_all()
            .build()
            .map_err(|why| Told::over(|t| t.errors.threads, why))?;
        let opening = runtime.spawn(simulator::start(options));
        let threads = Threads(Some(runtime));
        let running = opening
            .await?
            .map_err(|why| Told::over(|t| t.errors.demo, Told::alone(why.words())))?;
        Ok(Self {
            running,
            _threads: threads,
        })
    }

    /// From now on its Graph answers nobody who asks for presence.
    pub(crate) fn refuse_reading(&self) {
        let status = FaultKind::Status {
            status: 503,
            retry_after: None,
        };
        let fault = Fault::new(status).on(On::Presences);
        self.running.control().fault(fault);
    }

    /// Closes it: open requests get a second to finish.
    pub(crate) async fn close(self) {
        self.running.stop().await;
    }
}

/// The flags that the demo and the simulator share.
pub(crate) fn sized(cli: &Cli, options: Options) -> Options {
    let users = cli
        .global
        .users
        .and_then(|users| usize::try_from(users).ok());
    Options {
        users: users.unwrap_or(options.users),
        seed: cli.global.seed.unwrap_or(options.seed),
        ..options
    }
}

/// A runtime that may be dropped among the tasks of another one: nobody waits for its threads.
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The demo is configured like any other site; only that its servers are in this process.
fn configuration(demo: &Running) -> Result<Config, Report> {
    let ready = demo.ready();
    let tenant = Tenant {
        tenant_id: ready.tenant_id.clone(),
        client_id: Uuid::parse_str(&ready.client_id)?,
        credential: Credential::Secret(SecretString::from(ready.client_secret.clone())),
        cloud: Cloud::Global,
        authority: Url::parse(&ready.authority)?,
        graph_base: Url::parse(&ready.graph_base)?,
        ca_pem: None,
        read_with: ReadWith::default(),
    };
    let folder = Path::new(&ready.users_file)
        .parent()
        .unwrap_or(Path::new("."));
    let log = Log {
        system_log: false,
        ..Log::in_directory(folder.join("logs"))
    };
    let state = State {
        directory: folder.join("state"),
    };
    let ucserver = ready.ucserver.as_deref().unwrap_or_default();
    let people = demo.control().users().into_iter();
    let excluded = people.filter(|person| person.excluded);
    let excluded = excluded.map(|person| UserName::new(&person.user_name));
    Ok(Config::with_defaults(
        tenant,
        Procall::UcServer(ucserver_of_demo(ucserver, excluded.collect())?),
        log,
        state,
    ))
}

/// The accounts of the simulated UCServer are no secret. In the demo presence goes both ways.
fn ucserver_of_demo(url: &str, exclude: Vec<UserName>) -> Result<Box<UcServer>, Report> {
    let (user, password) = simulator::UCSERVER_ACCOUNT;
    let (admin, admin_password) = simulator::UCSERVER_ADMIN;
    Ok(Box::new(UcServer {
        url: Url::parse(url)?,
        ucsid: "local".to_owned(),
        user: user.to_owned(),
        password: SecretString::from(password),
        admin: Some((admin.to_owned(), SecretString::from(admin_password))),
        trust: UcTrust::System,
        users: UcUsers::Admin,
        exclude,
        write_presence: true,
        despite_native: false,
        conversation: UcConversation::default(),
    }))
}
