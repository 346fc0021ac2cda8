//! ProCall's side: the source runs, read only, until it has told everything or what is wrong.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Procall, UcServer, UcTrust};
use crate::doctor::{
    Finding, Given, Listed, Words, admission, native, nothing_told, rights, subscription, unusable,
    users, version,
};
use crate::procall::Source;
use crate::procall::ucserver::{UcServerSettings, UcServerSource};
use tokio::sync::{mpsc, watch};

use super::context::CheckContext;
use super::heard::Heard;
use super::{Stop, stopped};
use crate::wiring::said::report_words;
use crate::wiring::site::{May, source, ucserver_settings};

/// How long a source may take to tell everything: 10,000 users of a UCServer take seconds.
const WITHIN: Duration = Duration::from_secs(30);
/// How long it may take to say good-bye.
const FAREWELL: Duration = Duration::from_secs(6);

impl CheckContext<'_> {
    pub(in crate::doctor) async fn users(&mut self) -> Finding {
        self.heard = match self.listen().await {
            Ok(heard) => heard,
            Err(why) => Heard::unusable(why),
        };
        let listed = Listed {
            users: self.heard.users.clone(),
            trouble: self.heard.trouble.clone(),
            warnings: self.heard.warnings.clone(),
            label: self.heard.label.clone(),
        };
        users(&listed, matches!(self.config.procall, Procall::UcServer(_)))
    }

    /// Listens to the source; nothing is ever written to it. The first trouble ends it: a
    /// refused log-in is not tried again.
    async fn listen(&self) -> Result<Heard, Words> {
        let source = match &self.config.procall {
            Procall::File(_) => {
                let clock = &self.clock;
                source(
                    &self.config.procall,
                    May::OnlyRead,
                    (self.lang, None),
                    clock,
                )
                .map_err(|why| report_words(&why))?
            }
            Procall::UcServer(server) => Box::new(self.connector(server)?) as Box<dyn Source>,
        };
        Ok(listen(source, self.stop.clone()).await)
    }

    fn connector(&self, server: &UcServer) -> Result<UcServerSource, Words> {
        let settings = UcServerSettings {
            // Overruled or not: the check is to name it.
            despite_native: false,
            ..ucserver_settings(server, May::OnlyRead)
        };
        let connector = UcServerSource::new(settings, Arc::clone(&self.clock));
        connector.map_err(|why| why.words())
    }

    /// What is asked of UCServer alone.
    fn ucserver(&self) -> Result<(&UcServer, UcServerSource), Box<Finding>> {
        let Procall::UcServer(server) = &self.config.procall else {
            return Err(Box::new(Finding::skipped(Words::default())));
        };
        match self.connector(server) {
            Ok(connector) => Ok((server, connector)),
            Err(why) => Err(Box::new(unusable(&why))),
        }
    }

    /// UCWeb is asked for its version.
    pub(in crate::doctor) async fn ucserver_version(&self) -> Finding {
        let (server, connector) = match self.ucserver() {
            Ok(found) => found,
            Err(finding) => return *finding,
        };
        let answered = connector.version().await;
        version(
            &connector.label(),
            answered.as_ref().copied(),
            given(server),
        )
    }

    /// One attempt to log in.
    pub(in crate::doctor) async fn ucserver_log_in(&self) -> Finding {
        let (server, connector) = match self.ucserver() {
            Ok(found) => found,
            Err(finding) => return *finding,
        };
        let mut stop = self.stop.clone();
        let mut trying = std::pin::pin!(connector.try_log_in());
        let tried = tokio::select! {
            tried = &mut trying => tried,
            // A session that is being opened is still ended.
            _ = stopped(&mut stop) => {
                let last = tokio::time::timeout(FAREWELL, trying).await;
                last.unwrap_or(Ok(()))
            }
        };
        admission(&server.user, tried.as_ref().copied(), given(server))
    }

    /// What the source has told of everybody's presence.
    pub(in crate::doctor) fn subscription(&self) -> Finding {
        let heard = &self.heard;
        subscription(heard.users.len(), &heard.facts(), heard.up)
    }

    /// What the source has told of our rights.
    pub(in crate::doctor) fn rights(&self) -> Finding {
        rights(&self.heard.facts())
    }

    /// Whether the source has seen estos' own integration.
    pub(in crate::doctor) fn native_teams(&self) -> Finding {
        let procall = &self.config.procall;
        let overruled = matches!(procall, Procall::UcServer(server) if server.despite_native);
        native(self.heard.native, overruled)
    }
}

const fn given(server: &UcServer) -> Given {
    match server.trust {
        UcTrust::System => Given::Nothing,
        UcTrust::SystemAnd(_) => Given::File,
        UcTrust::Pinned(_) => Given::Fingerprint,
    }
}

async fn listen(source: Box<dyn Source>, mut stop_wanted: Stop) -> Heard {
    let mut heard = Heard {
        label: source.label().to_string(),
        ..Heard::default()
    };
    let (tell, mut events) = mpsc::channel(256);
    // Held to the end: a source whose wishes hang up takes it for the end of the program.
    let (_wishes, changes) = mpsc::channel(1);
    let (stop, shutdown) = watch::channel(false);
    let mut task = tokio::spawn(source.run(tell, changes, shutdown));
    let told = async {
        while let Some(event) = events.recv().await {
            if heard.take(event) {
                break;
            }
        }
    };
    let told = async {
        tokio::select! {
            () = told => {}
            _ = stopped(&mut stop_wanted) => {}
        }
    };
    if tokio::time::timeout(WITHIN, told).await.is_err() && heard.users.is_empty() {
        heard.trouble = Some(nothing_told(WITHIN));
    }
    let _ = stop.send(true);
    let farewell = async {
        while events.recv().await.is_some() {}
        let _ = (&mut task).await;
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        task.abort();
    }
    heard
}
