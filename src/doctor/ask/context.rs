//! What is examined, and what earlier checks have brought for later ones.

use std::sync::Arc;

use crate::bridge::{LockError, Taken};
use crate::clock::Clock;
use crate::config::{Config, DoctorArgs, Environment, ReadWith};
use crate::doctor::{
    Configured, Finding, Required, configuration, consent_url, coverage, credential, directory,
    nobody_matched, permissions, presence, sign_in, token, unknown_user, user_may_not_read,
};
use crate::graph::{self, Directory, FailureKind, Graph, Priority, SetupError};
use crate::presence::{EntraId, EntraUser, Lang, MatchKey, Matching, TeamsPresence, match_users};

use super::Stop;
use super::heard::Heard;
use crate::wiring::sign_in::SignInFile;
use crate::wiring::site::{Site, graph, graph_settings};

/// What the checks look at: the configuration, Graph, and what earlier checks have found.
pub(crate) struct CheckContext<'a> {
    pub(super) config: &'a Config,
    pub(super) args: &'a DoctorArgs,
    pub(super) lang: Lang,
    pub(super) env: &'a Environment,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stop: Stop,
    pub(super) settings: graph::Settings,
    pub(super) heard: Heard,
    pub(super) someone: Option<Someone>,
    pub(super) lock: Option<Result<Taken, LockError>>,
    graph: Result<Graph, SetupError>,
    demo: bool,
    pub(super) skew: Option<i64>,
    entra: Arc<Vec<EntraUser>>,
    matching: Option<Matching>,
}

/// Whose presence is tried.
#[derive(Clone)]
pub(super) struct Someone {
    pub(super) id: EntraId,
    pub(super) upn: String,
    /// What the read showed.
    pub(super) shows: Option<TeamsPresence>,
}

impl<'a> CheckContext<'a> {
    pub(crate) fn new(
        site: &'a Site,
        args: &'a DoctorArgs,
        env: &'a Environment,
        lang: Lang,
        stop: Stop,
    ) -> Self {
        let settings = graph_settings(&site.config);
        Self {
            config: &site.config,
            args,
            env,
            lang,
            clock: Arc::clone(&site.clock),
            stop,
            heard: Heard::default(),
            someone: None,
            lock: None,
            graph: graph(&site.config, &site.clock),
            settings,
            demo: site.is_demo(),
            skew: None,
            entra: Arc::default(),
            matching: None,
        }
    }

    /// The users of Entra, as far as they have been listed.
    pub(crate) fn entra(&self) -> Arc<Vec<EntraUser>> {
        Arc::clone(&self.entra)
    }

    /// Begins with a list that was read before: 20,000 users take seconds.
    pub(crate) fn with_entra(mut self, entra: Arc<Vec<EntraUser>>) -> Self {
        self.entra = entra;
        self
    }

    pub(super) fn consent_url(&self) -> String {
        let tenant = &self.config.tenant;
        consent_url(
            &tenant.authority,
            &tenant.tenant_id,
            &tenant.client_id.to_string(),
        )
    }

    /// Graph; the credential's check has failed where there is none.
    pub(super) fn graph(&self) -> Result<Graph, Box<Finding>> {
        self.graph.clone().map_err(|_| Box::new(self.credential()))
    }

    pub(in crate::doctor) fn configuration(&self) -> Finding {
        configuration(match &self.config.file {
            Some(file) => Configured::File(file),
            None if self.demo => Configured::Demo,
            None => Configured::Nothing,
        })
    }

    pub(in crate::doctor) fn credential(&self) -> Finding {
        let ends = match &self.settings.credential {
            graph::Credential::Secret(_) => None,
            certificate @ graph::Credential::Certificate { .. } => Some(certificate.ends_at()),
        };
        let setup = match &self.graph {
            // The way there has a check of its own.
            Ok(_) | Err(SetupError::Proxy(_)) => Ok(()),
            Err(error) => Err(error.words()),
        };
        credential(ends, setup, self.clock.now())
    }

    pub(in crate::doctor) async fn token(&self) -> Finding {
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(finding) => return *finding,
        };
        let renewed = graph.renew_token().await;
        token(renewed.as_ref().copied(), &self.consent_url())
    }

    pub(in crate::doctor) fn permissions(&self) -> Finding {
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(finding) => return *finding,
        };
        let required = Required {
            write: self.config.set.observe.is_none() || self.args.write,
            read: self.config.tenant.read_with == ReadWith::Application,
        };
        let granted = Arc::clone(&graph.watch_token().borrow().roles);
        permissions(&granted, required, &self.consent_url())
    }

    pub(in crate::doctor) async fn sign_in(&self) -> Finding {
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(finding) => return *finding,
        };
        let who = SignInFile::for_config(self.config).read().map(|sign_in| {
            let since = sign_in.signed_in_at.strftime("%Y-%m-%d");
            format!("{} ({since})", sign_in.account.as_deref().unwrap_or("?"))
        });
        let renewed = match &who {
            Ok(_) => graph.renew_reading_token().await,
            Err(_) => Ok(()),
        };
        let view = graph.watch_reading_token();
        let scopes = view.map(|view| Arc::clone(&view.borrow().roles));
        let scopes: Vec<&str> = scopes
            .iter()
            .flat_map(|all| all.iter().map(AsRef::as_ref))
            .collect();
        let who = who.as_deref();
        sign_in(who, renewed.as_ref().map(|()| scopes.as_slice()))
    }

    pub(in crate::doctor) async fn directory(&mut self) -> Finding {
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(finding) => return *finding,
        };
        let read = Directory::new(graph).full().await;
        let read = read.map(|list| Arc::clone(list.users()));
        if let Ok(entra) = &read {
            self.entra = Arc::clone(entra);
        }
        let read = read.as_ref().map(|users| users.as_slice());
        directory(read, &self.consent_url())
    }

    pub(in crate::doctor) fn coverage(&mut self) -> Finding {
        let matching = match_users(&self.heard.users, &self.entra);
        let finding = coverage(&matching, &self.entra);
        self.matching = Some(matching);
        finding
    }

    pub(in crate::doctor) async fn presence(&mut self) -> Finding {
        let mut someone = match self.choose() {
            Ok(someone) => someone,
            Err(finding) => return *finding,
        };
        let graph = match self.graph() {
            Ok(graph) => graph,
            Err(finding) => return *finding,
        };
        let (ids, now) = ([someone.id], self.clock.now());
        let answer = graph.read_presences(&ids, now, Priority::Poll).await;
        let reading = answer
            .outcome
            .as_ref()
            .map(|readings| readings.iter().find(|reading| reading.id == someone.id));
        let as_user = self.config.tenant.read_with == ReadWith::Delegated;
        let finding = match reading {
            Err(failure) if as_user && failure.kind == FailureKind::Permission => {
                user_may_not_read(failure)
            }
            reading => presence(&someone.upn, reading, &self.consent_url()),
        };
        someone.shows = reading
            .ok()
            .flatten()
            .and_then(|found| found.presence.clone());
        self.someone = Some(someone);
        finding
    }

    /// As named, else the first who is matched.
    fn choose(&self) -> Result<Someone, Box<Finding>> {
        let someone = |id, upn: &str| Someone {
            id,
            upn: upn.to_owned(),
            shows: None,
        };
        if let Some(upn) = &self.args.user {
            let key = MatchKey::new(upn);
            let found = self.entra.iter().find(|user| user.upn.key() == key);
            return found
                .map(|user| someone(user.id, user.upn.as_str()))
                .ok_or_else(|| Box::new(unknown_user(upn)));
        }
        let matched = self.matching.iter().flat_map(|matching| &matching.matched);
        let first = matched
            .map(|user| someone(user.entra_id, user.upn.as_str()))
            .next();
        first.ok_or_else(|| Box::new(nobody_matched()))
    }
}
