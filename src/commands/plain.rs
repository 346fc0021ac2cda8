//! The dashboard in lines: where stdout is no terminal, or on request.

use std::sync::Arc;

use attach::Attachment;
use eyre::Report;
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, watch};

use crate::bridge::{Farewell, Snapshot};
use crate::clock::Clock;
use crate::config::{AttachArgs, Cli, Config, Environment, Exit};
use crate::console::Plain;
use crate::report::Look;

use super::dashboard::{asked_for, running};
use super::relay::{Heir, Panes, relay};
use crate::wiring::attach::attached_words;
use crate::wiring::output::{Printer, look};
use crate::wiring::own::{Lines, OwnBridge, ended_at_once, give_back};
use crate::wiring::run_to_end;
use crate::wiring::signals::Signals;
use crate::wiring::site::Site;

/// Prints one line per change until a signal ends it or nobody reads it: of the bridge that runs already, as
/// the screen does, else of one of its own. That takes a configuration which lacks nothing.
pub(super) fn plain(
    cli: &Cli,
    env: &Environment,
    config: Option<Config>,
    lacks: Option<Report>,
) -> Result<Exit, Report> {
    let look = look(cli, env);
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let (panes, said) = Panes::in_lines(look.lang);
        let attached = tokio::select! {
            attached = running(config.as_ref(), env, &panes) => attached?,
            exit = signals.end(None) => return Ok(exit),
        };
        if let (Some(attached), Some(config)) = (attached, &config) {
            let may = lacks.is_none();
            let heir = may.then(|| Heir::new(cli, env, config, Farewell::SERVICE));
            let other = Other { attached, heir };
            return other.show((panes, said), &mut signals, &look).await;
        }
        match lacks {
            Some(why) => Err(why),
            None => show_own(Site::open(config, cli).await?, env, &mut signals, &look).await,
        }
    })
}

/// `lampfield attach`, in lines.
pub(super) fn plain_attached(
    cli: &Cli,
    env: &Environment,
    args: &AttachArgs,
    config: Option<&Config>,
) -> Result<Exit, Report> {
    let look = look(cli, env);
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let (panes, said) = Panes::in_lines(look.lang);
        let attached = tokio::select! {
            attached = asked_for((cli, env), args, config, &panes) => attached?,
            exit = signals.end(None) => return Ok(exit),
        };
        let heir = None;
        let other = Other { attached, heir };
        other.show((panes, said), &mut signals, &look).await
    })
}

/// The bridge of another process, and what takes its place where it ends.
struct Other {
    attached: Attachment,
    heir: Option<Heir>,
}

impl Other {
    async fn show(
        self,
        (panes, said): (Panes, mpsc::UnboundedReceiver<String>),
        signals: &mut Signals,
        look: &Look,
    ) -> Result<Exit, Report> {
        let out = Printer::start()?;
        let relayed = relay(self.attached, panes, self.heir);
        let whose = attached_words(&relayed.snapshots.borrow());
        let shown = Shown {
            snapshots: relayed.snapshots.clone(),
            clock: relayed.clock.clone(),
            said,
            whose: Some(whose.in_lang(look.lang).to_owned()),
        };
        let exit = tokio::select! {
            exit = signals.end(None) => Ok(exit),
            exit = shown.follow(&out, look) => exit,
        };
        // It may have become the bridge itself.
        tokio::select! {
            _ = relayed.stop() => {}
            _ = signals.end(None) => ended_at_once(),
        }
        out.last_words();
        exit
    }
}

async fn show_own(
    site: Site,
    env: &Environment,
    signals: &mut Signals,
    look: &Look,
) -> Result<Exit, Report> {
    let out = Printer::start()?;
    // The log goes to its file; what matters of it comes as lines anyway.
    let own = OwnBridge::start(site, env, look.lang, Lines::unseen())?;
    let (_, said) = mpsc::unbounded_channel();
    let shown = Shown {
        snapshots: own.bridge.snapshots.clone(),
        clock: Arc::clone(&own.clock),
        said,
        whose: None,
    };
    let exit = tokio::select! {
        exit = signals.end(None) => Ok(exit),
        exit = shown.follow(&out, look) => exit,
    };
    give_back(own, signals).await;
    out.last_words();
    exit
}

/// What is told in lines.
struct Shown {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    clock: Arc<dyn Clock>,
    /// What this process has to say itself.
    said: mpsc::UnboundedReceiver<String>,
    /// Whose picture it is, where that is another process.
    whose: Option<String>,
}

impl Shown {
    async fn follow(mut self, out: &Printer, look: &Look) -> Result<Exit, Report> {
        let mut plain = Plain::new(look.lang, look.ascii, TimeZone::system());
        let mut lines = Vec::new();
        if let Some(whose) = self.whose.take() {
            lines.push(plain.saying(&whose, self.clock.wall()));
        }
        self.snapshots.mark_changed();
        loop {
            let text: String = lines.into_iter().map(|line| line + "\n").collect();
            if !text.is_empty() && !out.print(text).await {
                return Ok(Exit::Ok);
            }
            let due = plain.due();
            tokio::select! {
                biased;
                Some(text) = self.said.recv() => {
                    lines = vec![plain.saying(&text, self.clock.wall())];
                    continue;
                }
                changed = self.snapshots.changed() => if changed.is_err() {
                    return Ok(Exit::Failure);
                },
                () = self.clock.reach(due.unwrap_or_default()), if due.is_some() => {}
            }
            let latest = Arc::clone(&self.snapshots.borrow_and_update());
            lines = plain.lines(&latest, self.clock.now());
        }
    }
}
