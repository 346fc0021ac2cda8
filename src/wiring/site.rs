//! A configuration, or the demo, becomes the parts of a bridge.

use std::path::PathBuf;
use std::sync::Arc;

use crate::bridge::{
    BridgeView, ClusterParts, CoreSettings, LogSink, Mode, ObserveReason, Parts, StatePlace,
    TenantView, file_stem,
};
use crate::clock::Clock;
use crate::clocks::SystemClock;
use crate::config::{
    AttachSocket, Cli, Cluster, Config, EngineLost, Observe, Procall, ReadWith, UcServer, UcTrust,
    UcUsers,
};
use crate::graph::{self, Graph, SetupError};
use crate::presence::Lang;
use crate::procall::Source;
use crate::procall::file::{FileSettings, FileSource};
use crate::procall::ucserver::{
    Account, CallLists, Trust, UcServerSettings, UcServerSource, UserList,
};
use ::cluster::{MemberId, Rules};
use engine::Engine;
use eyre::Report;
use secrecy::SecretString;
use uuid::Uuid;

use super::demo::Demo;
use super::sign_in::SignInFile;

/// Where we are: a real tenant or the demo's.
pub(crate) struct Site {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    /// The demo's tenant, open as long as this is held.
    demo: Option<Demo>,
}

/// Whether a command may write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum May {
    /// As the configuration says: write, or only observe.
    Write,
    /// Never: `snapshot` and `watch`.
    OnlyRead,
}

impl Site {
    /// Opens the demo tenant where nothing is configured. Call it inside a tokio runtime.
    pub(crate) async fn open(config: Option<Config>, cli: &Cli) -> Result<Self, Report> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let Some(config) = config else {
            return Self::demo(cli, clock).await;
        };
        Ok(Self {
            config,
            clock,
            demo: None,
        })
    }

    async fn demo(cli: &Cli, clock: Arc<dyn Clock>) -> Result<Self, Report> {
        let (demo, config) = Demo::open(cli).await?;
        let config = config.with_flags(cli.global.observe, cli.global.log_level);
        Ok(Self {
            config,
            clock,
            demo: Some(demo),
        })
    }

    pub(crate) const fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// Whether others may look: at a demo only where it says at which socket.
    pub(crate) const fn is_shown(&self) -> bool {
        !self.is_demo() || matches!(self.config.attach.socket, AttachSocket::At(_))
    }

    /// The demo's tenant gets into trouble, so that there is something to see.
    pub(crate) fn get_into_trouble(&self) {
        if let Some(demo) = &self.demo {
            demo.refuse_reading();
        }
    }

    /// Everything a bridge needs.
    pub(crate) fn parts(
        &self,
        may: May,
        lang: Lang,
        log_sink: Box<dyn LogSink>,
    ) -> Result<Parts, Report> {
        let config = &self.config;
        let graph = graph(config, &self.clock)?;
        let state = StatePlace {
            directory: config.state.directory.clone(),
            tenant_id: config.tenant.tenant_id.as_str().into(),
            client_id: config.tenant.client_id.to_string().into(),
        };
        let ledger = (may == May::Write).then(|| state.manual_ledger());
        let source = source(&config.procall, may, (lang, ledger), &self.clock)?;
        Ok(Parts {
            graph,
            tenant: Arc::new(self.tenant(source.label())),
            source,
            settings: core_settings(config, may),
            clock: Arc::clone(&self.clock),
            state: Some(state),
            log_sink,
            cluster: (may == May::Write)
                .then(|| cluster(config, &self.clock))
                .flatten(),
        })
    }

    fn tenant(&self, procall: Arc<str>) -> TenantView {
        let tenant = &self.config.tenant;
        TenantView {
            tenant_id: tenant.tenant_id.as_str().into(),
            demo: self.is_demo(),
            graph_host: tenant.graph_base.host_str().unwrap_or_default().into(),
            authority_host: tenant.authority.host_str().unwrap_or_default().into(),
            procall,
            bridge: this_process(self.clock.as_ref()),
            log_level: Some(self.config.log.level.as_str().into()),
            site: self.config.site.as_deref().map(Into::into),
        }
    }

    /// Closes the demo.
    pub(crate) async fn close(self) {
        if let Some(demo) = self.demo {
            demo.close().await;
        }
    }
}

/// The process that is the bridge: this one.
fn this_process(clock: &dyn Clock) -> BridgeView {
    let system = rustix::system::uname();
    BridgeView {
        pid: std::process::id(),
        host: system.nodename().to_string_lossy().into(),
        since: clock.wall(),
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

fn core_settings(config: &Config, may: May) -> CoreSettings {
    let mode = match (may, config.set.observe) {
        (May::OnlyRead, _) => Mode::Observing(ObserveReason::ReadOnlyCommand),
        (May::Write, Some(Observe::Flag)) => Mode::Observing(ObserveReason::Flag),
        (May::Write, Some(Observe::Config)) => Mode::Observing(ObserveReason::Config),
        (May::Write, None) => Mode::Writing,
    };
    CoreSettings {
        interval: config.poll.interval,
        expiration: config.set.expiration,
        renew_before: config.set.renew_before,
        mode,
        ..CoreSettings::default()
    }
}

/// This process as a member of its cluster, where there is one. Call it inside a tokio runtime.
fn cluster(config: &Config, clock: &Arc<dyn Clock>) -> Option<ClusterParts> {
    let cluster = config.cluster.as_ref()?;
    let this = this_process(clock.as_ref());
    let (engine, host) = engine_of(config)?;
    let (member, _) = Uuid::new_v4().as_u64_pair();
    Some(ClusterParts {
        host: host.into(),
        engine,
        rules: Rules::default(),
        member: MemberId(member),
        name: format!("{}:{}", this.host, this.pid).into(),
        since: this.since,
        alone: cluster.engine_lost == EngineLost::Alone,
    })
}

/// The engine of a configuration that has one, and its address without a password.
pub(crate) fn engine_of(config: &Config) -> Option<(Engine, String)> {
    let cluster = config.cluster.as_ref()?;
    let engine = Engine::new(engine_settings(config, cluster));
    Some((engine, cluster.url.to_string()))
}

fn engine_settings(config: &Config, cluster: &Cluster) -> engine::Settings {
    engine::Settings {
        url: cluster.url.clone(),
        password: cluster.password.clone(),
        ca_pem: cluster.ca_pem.clone(),
        prefix: cluster.prefix.as_str().into(),
        tenant: file_stem(&config.tenant.tenant_id).into(),
        rules: Rules::default(),
    }
}

/// Graph, reading presence as configured.
pub(crate) fn graph(config: &Config, clock: &Arc<dyn Clock>) -> Result<Graph, SetupError> {
    let (settings, clock) = (graph_settings(config), Arc::clone(clock));
    match config.tenant.read_with {
        ReadWith::Application => Graph::new(&settings, clock),
        ReadWith::Delegated => {
            let tokens = Arc::new(SignInFile::for_config(config));
            Graph::reading_as_user(&settings, clock, tokens)
        }
    }
}

pub(crate) fn graph_settings(config: &Config) -> graph::Settings {
    let tenant = &config.tenant;
    graph::Settings {
        tenant_id: tenant.tenant_id.clone(),
        client_id: tenant.client_id.to_string(),
        credential: tenant.credential.clone(),
        authority: tenant.authority.clone(),
        graph_base: tenant.graph_base.clone(),
        ca_pem: tenant.ca_pem.clone(),
        requests_per_30s: config.poll.requests_per_30s,
        timeouts: graph::Timeouts::default(),
    }
}

/// The ProCall source, with the place of its ledger. A command that only reads tells ProCall nothing.
pub(crate) fn source(
    procall: &Procall,
    may: May,
    (lang, ledger): (Lang, Option<PathBuf>),
    clock: &Arc<dyn Clock>,
) -> Result<Box<dyn Source>, Report> {
    Ok(match procall {
        Procall::File(files) => Box::new(FileSource::new(FileSettings {
            users_file: files.users_file.clone(),
            events_file: files.events_file.clone(),
            presence_out: files.presence_out.clone().filter(|_| may == May::Write),
            lang,
        })),
        Procall::UcServer(server) => {
            let settings = UcServerSettings {
                ledger,
                ..ucserver_settings(server, may)
            };
            Box::new(UcServerSource::new(settings, Arc::clone(clock))?)
        }
    })
}

pub(crate) fn ucserver_settings(server: &UcServer, may: May) -> UcServerSettings {
    let account = |user: &str, password: &SecretString| Account {
        user: user.to_owned(),
        password: password.clone(),
    };
    UcServerSettings {
        ucsid: server.ucsid.clone(),
        admin: server
            .admin
            .as_ref()
            .map(|(user, password)| account(user, password)),
        trust: match &server.trust {
            UcTrust::System => Trust::System,
            UcTrust::SystemAnd(ca_pem) => Trust::SystemAnd {
                ca_pem: ca_pem.clone(),
            },
            UcTrust::Pinned(fingerprint) => Trust::Pinned(*fingerprint),
        },
        users: match &server.users {
            UcUsers::Admin => UserList::Admin,
            UcUsers::Monitor => UserList::MonitorGroups,
            UcUsers::List(contacts) => UserList::List(contacts.clone()),
        },
        exclude: server.exclude.clone(),
        write_presence: server.write_presence && may == May::Write,
        names_missing_right: server.write_presence,
        despite_native: server.despite_native,
        lease: server.conversation.lease,
        refresh: server.conversation.refresh,
        redirect_hosts: server.conversation.redirect_hosts.clone(),
        reuse_token: server.conversation.reuse_token,
        client_app_id: server.conversation.client_app_id,
        keep_alive: server.conversation.keep_alive,
        batch: count(server.conversation.batch),
        parallel_batches: count(server.conversation.parallel_batches),
        call_lists: if server.conversation.complete_call_lists {
            CallLists::Complete
        } else {
            CallLists::Changes
        },
        ..UcServerSettings::new(server.url.as_str(), account(&server.user, &server.password))
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
