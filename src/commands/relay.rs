//! The console on the bridge of another process: shows it, and takes its place where it ends.

use std::sync::Arc;
use std::time::Duration;

use attach::{Answer, Attachment, CommitStage, LogRecord, News, Told};
use eyre::Report;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Level;
use words::{Texts, Value, Words, fill};

use super::dashboard::{entry, shown_lines};
use crate::bridge::{Command, Farewell, Snapshot};
use crate::clock::Clock;
use crate::clocks::OtherClock;
use crate::config::{Cli, Config, Environment};
use crate::console::{LogEntry, LogInbox, LogSource};
use crate::presence::{Lang, UserName};
use crate::wiring::attach::{Looker, find, new_clock};
use crate::wiring::own::{Lines, OwnBridge};
use crate::wiring::said::report_words;
use crate::wiring::site::Site;

/// A bridge that is restarted is back by then: systemd waits for a tenth of a second.
const TAKE_OVER_AFTER: Duration = Duration::from_secs(3);

/// How often whoever came second looks for the bridge that came first.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Commands that wait.
const COMMANDS: usize = 64;

/// What a console with a configuration needs to become the bridge itself.
pub(super) struct Heir {
    cli: Cli,
    config: Config,
    env: Environment,
    lang: Lang,
    farewell: Farewell,
}

impl Heir {
    /// `farewell`: how long it may take, as the bridge, to give back what it has set.
    pub(super) fn new(cli: &Cli, env: &Environment, config: &Config, farewell: Farewell) -> Self {
        Self {
            cli: cli.clone(),
            config: config.clone(),
            env: env.clone(),
            lang: cli.lang(env),
            farewell,
        }
    }
}

/// The console's side of a [`Relay`].
pub(super) struct Relayed {
    pub(super) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) clock: Arc<OtherClock>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<Vec<UserName>>,
}

impl Relayed {
    /// Gives back what was set, where this process has become the bridge; the users whose leases
    /// stay in Teams.
    pub(super) async fn stop(self) -> Vec<UserName> {
        // Both only fail where it is over already.
        let _ = self.stop.send(());
        self.task.await.unwrap_or_default()
    }
}

/// Shows `attached` to a console. Without an heir it only ever attaches. Call it inside a tokio
/// runtime.
pub(super) fn relay(attached: Attachment, panes: Panes, heir: Option<Heir>) -> Relayed {
    let first = Arc::clone(&attached.snapshots.borrow());
    let clock = Arc::clone(&panes.clock);
    let (publish, snapshots) = watch::channel(first);
    let (commands, queue) = mpsc::channel(COMMANDS);
    let (stop, stopped) = oneshot::channel();
    let relay = Relay {
        publish,
        queue,
        stopped,
        panes,
        heir,
    };
    Relayed {
        snapshots,
        commands,
        clock,
        stop,
        task: tokio::spawn(relay.run(attached)),
    }
}

struct Relay {
    publish: watch::Sender<Arc<Snapshot>>,
    queue: mpsc::Receiver<Command>,
    stopped: oneshot::Receiver<()>,
    panes: Panes,
    heir: Option<Heir>,
}

/// Why something came to its end.
enum End {
    /// The console has ended.
    Stopped,
    /// The other bridge has ended, some time ago.
    Lost,
}

impl Relay {
    async fn run(mut self, mut attached: Attachment) -> Vec<UserName> {
        let mut refused = None;
        loop {
            if let End::Stopped = self.follow(&mut attached).await {
                return Vec::new();
            }
            match self.take_over().await {
                Ok(own) => {
                    // Else it would find our own socket.
                    drop(attached);
                    match self.be_bridge(own).await {
                        Ok(again) => attached = again,
                        Err(left) => return left,
                    }
                }
                Err(why) => {
                    let why = report_words(&why);
                    if refused.as_ref() != Some(&why) {
                        let values: [(&str, &dyn Value); 1] = [("why", &why)];
                        let told = Words::of_attach(|t| t.not_taken_over, &values);
                        self.panes.warn(&told);
                        refused = Some(why);
                    }
                }
            }
        }
    }

    /// Until the console ends, or the bridge has been gone for a while and there is an heir.
    async fn follow(&mut self, attached: &mut Attachment) -> End {
        loop {
            let gone = attached.snapshots.borrow().seen.is_lost() && self.heir.is_some();
            tokio::select! {
                _ = &mut self.stopped => return End::Stopped,
                changed = attached.snapshots.changed() => {
                    if changed.is_err() {
                        return End::Stopped;
                    }
                    self.show(&attached.snapshots.borrow_and_update().clone());
                }
                Some(command) = self.queue.recv() => {
                    // A full queue is that of a bridge that has gone.
                    let _ = attached.commands.try_send(command);
                }
                () = tokio::time::sleep(TAKE_OVER_AFTER), if gone => return End::Lost,
            }
        }
    }

    fn show(&self, latest: &Arc<Snapshot>) {
        let before = self.publish.send_replace(Arc::clone(latest)).seen.is_lost();
        match (before, latest.seen.is_lost()) {
            (false, true) => self.say(Level::WARN, self.panes.texts.attach.lost.to_owned()),
            (true, false) => self.say(Level::INFO, self.panes.texts.attach.back.to_owned()),
            _ => {}
        }
    }

    async fn take_over(&self) -> Result<OwnBridge, Report> {
        let Some(heir) = &self.heir else {
            return std::future::pending().await;
        };
        let site = Site::open(Some(heir.config.clone()), &heir.cli).await?;
        let lines = self.panes.lines(&site.clock);
        let own = OwnBridge::start(site, &heir.env, heir.lang, lines)?;
        self.panes.clock.set(own.clock.now());
        self.say(Level::WARN, self.panes.texts.attach.taken_over.to_owned());
        Ok(own)
    }

    /// As the bridge, until the console ends (then the users whose leases stay), or until another
    /// process turns out to have been faster.
    async fn be_bridge(&mut self, mut own: OwnBridge) -> Result<Attachment, Vec<UserName>> {
        let mut look = tokio::time::interval(LOOK_EVERY);
        let farewell = self.heir.as_ref().map_or(Farewell::SHORT, |it| it.farewell);
        loop {
            let second = own.bridge.snapshots.borrow().mode.is_beside_bridge();
            tokio::select! {
                _ = &mut self.stopped => return Err(own.stop(farewell).await),
                changed = own.bridge.snapshots.changed() => {
                    if changed.is_err() {
                        return Err(own.stop(farewell).await);
                    }
                    let latest = Arc::clone(&own.bridge.snapshots.borrow_and_update());
                    self.publish.send_replace(latest);
                }
                Some(command) = self.queue.recv() => {
                    // Fails where the bridge has ended: the next turn notices.
                    let _ = own.bridge.commands.send(command).await;
                }
                _ = look.tick(), if second => {
                    if let Some(first) = self.first().await {
                        own.stop(Farewell::SHORT).await;
                        return Ok(first);
                    }
                }
            }
        }
    }

    async fn first(&self) -> Option<Attachment> {
        let heir = self.heir.as_ref()?;
        let found = find(&heir.config, &heir.env, CommitStage::Rows, &self.panes).await;
        found.ok().flatten()
    }

    fn say(&self, level: Level, text: String) {
        self.panes.say(level, text);
    }
}

/// Where a console says what it has to say itself, and shows both logs.
#[derive(Clone)]
enum Place {
    /// In its log panes.
    Panes(LogInbox),
    /// In a line each. There is no pane: the logs are shown nowhere.
    Lines(mpsc::UnboundedSender<String>),
}

/// What the console says and shows of logs, and the clock that it goes by whatever bridge it shows.
#[derive(Clone)]
pub(super) struct Panes {
    place: Place,
    pub(super) texts: &'static Texts,
    clock: Arc<OtherClock>,
}

impl Panes {
    pub(super) fn new(logs: LogInbox, lang: Lang) -> Self {
        Self::at(Place::Panes(logs), lang)
    }

    /// Those of a console in lines, and what it says.
    pub(super) fn in_lines(lang: Lang) -> (Self, mpsc::UnboundedReceiver<String>) {
        let (say, said) = mpsc::unbounded_channel();
        (Self::at(Place::Lines(say), lang), said)
    }

    fn at(place: Place, lang: Lang) -> Self {
        Self {
            place,
            texts: words::texts(lang),
            clock: new_clock(),
        }
    }

    /// What becomes of the lines of a bridge of ours.
    fn lines(&self, clock: &Arc<dyn Clock>) -> Lines {
        match &self.place {
            Place::Panes(logs) => shown_lines(logs, clock),
            Place::Lines(_) => Lines::unseen(),
        }
    }

    /// A line of the bridge's logs.
    fn show(&self, line: LogRecord) {
        if let Place::Panes(logs) = &self.place {
            logs.push(entry(line, self.clock.wall()));
        }
    }

    /// Says something that is as it should be.
    pub(super) fn note(&self, what: &Words) {
        self.say(Level::INFO, what.in_lang(self.texts.lang).to_owned());
    }

    /// Says something that is not, also to whoever looks at no log.
    pub(super) fn warn(&self, what: &Words) {
        if let Place::Panes(logs) = &self.place {
            logs.say(what.clone());
        }
        self.say(Level::WARN, what.in_lang(self.texts.lang).to_owned());
    }

    fn say(&self, level: Level, text: String) {
        match &self.place {
            Place::Panes(logs) => logs.push(LogEntry {
                source: LogSource::Ours,
                at: self.clock.wall(),
                level,
                target: "console".into(),
                user: None,
                text: text.into(),
            }),
            // Fails where nobody prints any more.
            Place::Lines(say) => drop(say.send(text)),
        }
    }
}

impl Looker for Panes {
    fn clock(&self) -> Arc<OtherClock> {
        Arc::clone(&self.clock)
    }

    fn told(&self) -> Told {
        let panes = self.clone();
        Box::new(move |news| {
            let t = &panes.texts.attach;
            match news {
                News::Line(line) => panes.show(line),
                News::Answer(Answer::Taken { .. }) => {}
                News::Answer(Answer::NotAllowed { .. }) => {
                    panes.warn(&Words::of_attach(|t| t.command_refused, &[]));
                }
                News::Answer(Answer::Busy { .. }) => {
                    panes.warn(&Words::of_attach(|t| t.command_busy, &[]));
                }
                News::LinesLost(count) => {
                    panes.say(Level::WARN, fill(t.lines_lost, &[("n", &count)]));
                }
            }
        })
    }
}
