//! `run` with several tenants in one process: each has a bridge of its own, and what is wrong with one
//! costs that one alone.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use eyre::Report;
use tokio::task::JoinSet;
use tracing::Level;

use crate::bridge::{Farewell, LineKind, LogLine};
use crate::config::{
    Cli, Config, Configured, Environment, Exit, Fault, Faults, RunArgs, SiteConfig,
};
use crate::monitoring::{ServiceManager, SitesWatched};
use crate::wiring::journal::JournalSink;
use crate::wiring::log_sinks::to_stderr_of_site;
use crate::wiring::output::{complain, complain_of, spoken};
use crate::wiring::own::{Lines, OwnBridge, ended_at_once};
use crate::wiring::room;
use crate::wiring::said::{Told, not_reloaded, report_words};
use crate::wiring::signals::Signals;
use crate::wiring::site::Site;
use crate::wiring::{configured, run_to_end};
use crate::words::{Lang, Words};

/// How often those are tried again that do not run: a share may be back, a secret written.
const AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Runs all of them; returns how the program ends.
pub(super) fn run(
    sites: Vec<SiteConfig>,
    cli: &Cli,
    env: &Environment,
    args: &RunArgs,
) -> Result<Exit, Report> {
    if sites.iter().all(|site| site.config.is_err()) {
        let configured = Configured::Several(sites);
        complain(
            &configured
                .faults()
                .map_or_else(String::new, |faults| faults.report_in(spoken())),
        );
        return Ok(Exit::Usage);
    }
    room::make_for(sites.len());
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let mut running = Sites::new(cli, env);
        let manager = ServiceManager::of_sites(running.lang);
        running.start(sites).await;
        manager.watch(running.watched());
        let exit = running.until_end(&mut signals, &manager, args).await;
        manager.stopping();
        running.give_back(&mut signals).await;
        Ok(exit)
    })
}

/// The tenants of this process, by the names of their sites.
struct Sites<'a> {
    cli: &'a Cli,
    env: &'a Environment,
    lang: Lang,
    /// One for all of them.
    journal: Option<JournalSink>,
    running: BTreeMap<String, OwnBridge>,
    /// Those that do not run, and why: said once.
    broken: BTreeMap<String, Words>,
    /// Those that are no longer in the configuration and give back what they have set.
    ending: JoinSet<()>,
}

impl<'a> Sites<'a> {
    fn new(cli: &'a Cli, env: &'a Environment) -> Self {
        Self {
            cli,
            env,
            lang: cli.lang(env),
            journal: JournalSink::of_stderr(env),
            running: BTreeMap::new(),
            broken: BTreeMap::new(),
            ending: JoinSet::new(),
        }
    }

    async fn until_end(
        &mut self,
        signals: &mut Signals,
        manager: &ServiceManager,
        args: &RunArgs,
    ) -> Exit {
        // Started by hand, a process has a terminal that hangs up.
        let mut hang_up = manager.is_there().then(|| signals.take_hang_up());
        let mut end = pin!(signals.end(args.for_));
        loop {
            let hang_up = async {
                match &mut hang_up {
                    Some(hang_up) => hang_up.comes().await,
                    None => std::future::pending().await,
                }
            };
            let reloads = tokio::select! {
                exit = &mut end => return exit,
                () = hang_up => true,
                () = tokio::time::sleep(AGAIN_AFTER) => false,
            };
            if !reloads && self.broken.is_empty() {
                continue;
            }
            if reloads {
                manager.reloading();
            }
            let read = tokio::select! {
                exit = &mut end => return exit,
                read = self.read() => read,
            };
            let failure = match read {
                Ok(sites) if reloads => self.reload(sites).await,
                Ok(sites) => self.start_broken(sites).await,
                Err(why) => Some(not_reloaded(&why)).filter(|_| reloads),
            };
            manager.watch(self.watched());
            if reloads {
                if let Some(words) = &failure {
                    complain_of(words);
                }
                manager.reloaded(failure.as_ref());
            }
        }
    }

    /// The configuration as it is now. Its disk may hang, and the end does not wait for it.
    async fn read(&self) -> Result<Vec<SiteConfig>, Report> {
        let (cli, env) = (self.cli.clone(), self.env.clone());
        let read = tokio::task::spawn_blocking(move || configured(&cli, &env)).await?;
        match read? {
            Some((_, Configured::Several(sites))) => Ok(sites),
            Some((file, Configured::One(_))) => {
                let why = Words::say(|t| t.service.no_sites_left, &[]);
                Err(Faults::from(Fault::of_file(&file, why)).into())
            }
            None => Err(Told::alone(Words::say(|t| t.service.no_configuration, &[])).into()),
        }
    }

    /// Starts those that do not run yet.
    async fn start(&mut self, sites: Vec<SiteConfig>) {
        for SiteConfig { name, config } in sites {
            if self.running.contains_key(&name) {
                continue;
            }
            let started = match config {
                Ok(config) => self.begin(&name, config).await,
                Err(faults) => Err(faults.into()),
            };
            match started {
                Ok(bridge) => {
                    self.broken.remove(&name);
                    self.running.insert(name, bridge);
                }
                Err(why) => self.say_broken(name, &why),
            }
        }
    }

    async fn begin(&self, name: &str, config: Config) -> Result<OwnBridge, Report> {
        let site = Site::open(Some(config), self.cli).await?;
        let journal = self.journal.as_ref().map(|it| it.of_site(name));
        let to_stderr = || to_stderr_of_site(site.config.log.format, name);
        let lines = Lines {
            ours: journal.as_ref().map_or_else(to_stderr, JournalSink::lines),
            theirs: None,
            journal,
        };
        OwnBridge::start(site, self.env, self.lang, lines)
    }

    fn say_broken(&mut self, name: String, why: &Report) {
        let why = report_words(why);
        if self.broken.get(&name) != Some(&why) {
            let said = Words::say(|t| t.service.site_broken, &[("site", &name), ("why", &why)]);
            complain_of(&said);
        }
        self.broken.insert(name, why);
    }

    /// Only what did not run before is looked at: the rest waits for whoever reloads.
    async fn start_broken(&mut self, sites: Vec<SiteConfig>) -> Option<Words> {
        let of_old = sites
            .into_iter()
            .filter(|site| self.broken.contains_key(&site.name));
        let of_old = of_old.collect();
        self.start(of_old).await;
        None
    }

    /// Takes over what can be: sites come and go, the others change what may change. The last failure.
    async fn reload(&mut self, sites: Vec<SiteConfig>) -> Option<Words> {
        self.end_all_but(&sites).await;
        let mut failure = None;
        let mut new = Vec::new();
        for site in sites {
            let Some(bridge) = self.running.get_mut(&site.name) else {
                new.push(site);
                continue;
            };
            let reloaded = match site.config {
                Ok(config) => bridge.reload(config).await.map_err(Report::from),
                Err(faults) => Err(faults.into()),
            };
            if let Err(why) = reloaded {
                let why = not_reloaded(&why);
                let message = why.in_lang(Lang::En).to_owned();
                let line = LogLine::of_bridge(Level::ERROR, message);
                bridge.say(line.with(LineKind::ConfigurationRefused)).await;
                failure = Some(of_site(&site.name, &why));
            }
        }
        self.start(new).await;
        let broken = self.broken.iter().next_back();
        failure.or_else(|| broken.map(|(name, why)| of_site(name, why)))
    }

    async fn end_all_but(&mut self, sites: &[SiteConfig]) {
        let kept: BTreeSet<_> = sites.iter().map(|site| site.name.as_str()).collect();
        self.broken.retain(|name, _| kept.contains(name.as_str()));
        let gone = self
            .running
            .keys()
            .filter(|name| !kept.contains(name.as_str()));
        let gone: Vec<_> = gone.cloned().collect();
        for bridge in gone.iter().filter_map(|name| self.running.remove(name)) {
            let line = "this site is not in the configuration any more: it ends";
            let line = LogLine::of_bridge(Level::INFO, line.to_owned());
            bridge.say(line).await;
            self.ending
                .spawn(async { drop(bridge.stop(Farewell::SERVICE).await) });
        }
    }

    fn watched(&self) -> SitesWatched {
        let running = self.running.values();
        SitesWatched::new(
            running.map(|own| &own.bridge),
            self.broken.keys().cloned().collect(),
        )
    }

    /// All at the same time. Whoever is in a hurry says so a second time: then the next start clears what
    /// is left.
    async fn give_back(mut self, signals: &mut Signals) {
        for bridge in std::mem::take(&mut self.running).into_values() {
            self.ending
                .spawn(async { drop(bridge.stop(Farewell::SERVICE).await) });
        }
        tokio::select! {
            () = async { while self.ending.join_next().await.is_some() {} } => {}
            _ = signals.end(None) => ended_at_once(),
        }
    }
}

fn of_site(name: &str, why: &Words) -> Words {
    Words::say(|t| t.service.of_site, &[("site", &name), ("why", why)])
}
