//! ProCall's side: the source runs, read only, until it has told everything or what is wrong.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Procall, UcServer, UcTrust};
use crate::doctor::{
    CheckName, Finding, Given, Listed, Words, admission, native, rights, subscription, users,
    version,
};
use crate::procall::Source;
use crate::procall::ucserver::{UcServerSettings, UcServerSource};
use tokio::sync::{mpsc, watch};

use super::context::CheckContext;
use super::heard::Heard;
use super::{Stop, stopped};
use crate::wiring::site::{May, source, ucserver_settings};

/// How long a source may take to tell everything: 10,000 users of a UCServer take seconds.
const WITHIN: Duration = Duration::from_secs(30);
/// How long it may take to say good-bye.
const FAREWELL: Duration = Duration::from_secs(6);

impl CheckContext<'_> {
    pub(super) async fn users(&mut self) -> Finding {
        self.heard = match self.listen().await {
            Ok(heard) => heard,
            Err(why) => Heard::trouble(&why),
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
    async fn listen(&self) -> Result<Heard, String> {
        let source = match &self.config.procall {
            Procall::File(_) => {
                let clock = &self.clock;
                source(
                    &self.config.procall,
                    May::OnlyRead,
                    (self.lang, None),
                    clock,
                )
                .map_err(|why| format!("{why:#}"))?
            }
            Procall::UcServer(server) => Box::new(self.connector(server)?) as Box<dyn Source>,
        };
        Ok(listen(source, self.stop.clone()).await)
    }

    fn connector(&self, server: &UcServer) -> Result<UcServerSource, String> {
        let settings = UcServerSettings {
            // Overruled or not: the check is to name it.
            despite_native: false,
            ..ucserver_settings(server, May::OnlyRead)
        };
        let connector = UcServerSource::new(settings, Arc::clone(&self.clock));
        connector.map_err(|why| why.to_string())
    }

    /// A check of UCServer alone.
    pub(super) async fn of_ucserver(&self, name: CheckName) -> Finding {
        let Procall::UcServer(server) = &self.config.procall else {
            return Finding::skipped(Words::default());
        };
        let connector = match self.connector(server) {
            Ok(connector) => connector,
            Err(why) => return unusable(&why),
        };
        match name {
            CheckName::UcServer => version(
                &connector.label(),
                connector.version().await.as_ref().copied(),
                given(server),
            ),
            CheckName::UcLogIn => {
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
            CheckName::Subscription => {
                let heard = &self.heard;
                subscription(heard.users.len(), &heard.facts(), heard.up)
            }
            CheckName::Rights => rights(&self.heard.facts()),
            _ => native(self.heard.native, server.despite_native),
        }
    }
}

const fn given(server: &UcServer) -> Given {
    match server.trust {
        UcTrust::System => Given::Nothing,
        UcTrust::SystemAnd(_) => Given::File,
        UcTrust::Pinned(_) => Given::Fingerprint,
    }
}

fn unusable(why: &str) -> Finding {
    Finding::failed(
        Words::new(
            format!("[ucserver] ist so nicht zu gebrauchen: {why}"),
            format!("[ucserver] cannot be used: {why}"),
        ),
        Words::new("In [ucserver] berichtigen", "Correct it in [ucserver]"),
    )
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
        let message = format!("nothing was told within {} s", WITHIN.as_secs());
        heard.trouble = Some(message.as_str().into());
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
