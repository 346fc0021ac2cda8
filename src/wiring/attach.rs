//! The local socket of a tenant's bridge: where it is, who opens it, who looks at it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use attach::{
    Access, AttachError, Attachment, CommitStage, LogRecord, LogSource, LogTail, Server, Shown,
    Told,
};
use jiff::tz::TimeZone;
use model::command::Asked;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::Level;
use words::{Value, Words};

use crate::bridge::{Bridge, LogLine, Snapshot, file_stem, refused_line};
use crate::clocks::{OtherClock, SystemClock};
use crate::config::{Config, Environment, SERVICE_FOLDER, SourceArgs};
use crate::esplog::{FollowedLine, OwnedLine};
use crate::wiring::places::{SERVICE_SOCKET, places_of, sockets};
use crate::wiring::said::Told as ToldWords;

/// How often a bridge that has no socket yet tries again: another one may have had it.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// So many refused commands have a line in the log until it tries again: whoever may only look fills no log.
const REFUSED: usize = 16;

/// The running bridge of this tenant, if there is one.
///
/// # Errors
/// A bridge that is there and cannot be seen.
pub(crate) async fn find(
    config: &Config,
    env: &Environment,
    first: CommitStage,
    looker: &impl Looker,
) -> Result<Option<Attachment>, AttachError> {
    let mut closed = None;
    for place in places_of(config, env) {
        match attach_to(&place, first, looker).await {
            Ok(attached) if is_of(&attached, config) => return Ok(Some(attached)),
            Ok(_) => {}
            Err(error) if error.is_absence() => {}
            // With the service's configuration it is the service's; else it may be that of another tenant, which is
            // nobody's business here.
            Err(error) if place == Path::new(SERVICE_SOCKET) => {
                if is_of_service(config) {
                    closed = Some(error);
                }
            }
            // Nor may the folder be entered by those who may look elsewhere: that of a service's state.
            Err(error @ AttachError::NotAllowed { .. }) => closed = closed.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    closed.map_or(Ok(None), Err)
}

/// The bridge that listens here.
///
/// # Errors
/// [`AttachError`].
pub(crate) async fn attach_to(
    place: &Path,
    first: CommitStage,
    looker: &impl Looker,
) -> Result<Attachment, AttachError> {
    attach::attach(place, first, looker.clock(), looker.told()).await
}

/// The bridge that listens here, for whoever looks at its snapshots alone.
///
/// # Errors
/// [`AttachError`].
pub(crate) async fn attach_alone(
    place: &Path,
    first: CommitStage,
) -> Result<Attachment, AttachError> {
    attach_to(place, first, &Snapshots).await
}

/// Who looks: the clock by which they go, and who is told what comes besides snapshots.
pub(crate) trait Looker: Sync {
    /// It will show the time of the bridge's clock.
    fn clock(&self) -> Arc<OtherClock>;
    /// Anew for each attempt.
    fn told(&self) -> Told;
}

/// A command that looks at snapshots alone.
struct Snapshots;

impl Looker for Snapshots {
    fn clock(&self) -> Arc<OtherClock> {
        new_clock()
    }

    fn told(&self) -> Told {
        Box::new(|_| {})
    }
}

/// The clock of a bridge that is still to be found.
pub(crate) fn new_clock() -> Arc<OtherClock> {
    Arc::new(OtherClock::new(Arc::new(SystemClock::new())))
}

/// Whether this is the configuration that the service has.
fn is_of_service(config: &Config) -> bool {
    let folder = config.file.as_deref().and_then(Path::parent);
    folder == Some(Path::new(SERVICE_FOLDER))
}

fn is_of(attached: &Attachment, config: &Config) -> bool {
    let theirs = Arc::clone(&attached.snapshots.borrow().tenant);
    file_stem(&theirs.tenant_id) == file_stem(&config.tenant.tenant_id)
}

/// The bridge that whoever has no configuration looks at: the service's, else the first of the
/// session.
///
/// # Errors
/// A bridge that is there and cannot be seen.
pub(crate) async fn find_any(
    env: &Environment,
    first: CommitStage,
    looker: &impl Looker,
) -> Result<Option<Attachment>, AttachError> {
    for place in unconfigured_places(env) {
        match attach_to(&place, first, looker).await {
            Err(error) if error.is_absence() => {}
            attached => return attached.map(Some),
        }
    }
    Ok(None)
}

fn unconfigured_places(env: &Environment) -> Vec<PathBuf> {
    let session = env.get("XDG_RUNTIME_DIR");
    let session = session.map(|folder| sockets(Path::new(folder).join("lampfield")));
    let mut places = vec![PathBuf::from(SERVICE_SOCKET)];
    places.extend(session.into_iter().flatten());
    places
}

/// The socket of a bridge of ours, open as long as it is the tenant's bridge.
pub(crate) struct Showing(JoinHandle<()>);

impl Showing {
    /// Closes it.
    pub(crate) async fn end(self) {
        self.0.abort();
        // It ends by being broken off.
        let _ = self.0.await;
    }
}

/// Shows `bridge` to others, unless the configuration says that nobody may look. Call it inside a
/// tokio runtime.
pub(crate) fn show(
    config: &Config,
    env: &Environment,
    bridge: &Bridge,
    logs: LogTail,
) -> Option<Showing> {
    let place = places_of(config, env).into_iter().next()?;
    let access = Access {
        group: config.attach.group.clone(),
        operators: config.attach.operators,
    };
    let (refuse, refused) = mpsc::channel(REFUSED);
    let shown = Shown {
        snapshots: bridge.snapshots.clone(),
        commands: bridge.asked.clone(),
        refused: refuse,
        logs,
        clock: Arc::clone(&bridge.clock),
        version: env!("CARGO_PKG_VERSION"),
    };
    let opener = Opener {
        place,
        access,
        shown,
        refused,
        lines: bridge.lines.clone(),
    };
    Some(Showing(tokio::spawn(opener.keep_open())))
}

/// Opens the socket, and again where that failed.
struct Opener {
    place: PathBuf,
    access: Access,
    shown: Shown,
    refused: mpsc::Receiver<Asked>,
    lines: mpsc::Sender<LogLine>,
}

impl Opener {
    async fn keep_open(mut self) {
        let mut server: Option<Server> = None;
        let mut said = None;
        loop {
            // Beside the tenant's bridge: what that one shows counts.
            if self.shown.snapshots.borrow().mode.is_beside_bridge() {
                server = None;
            } else if server.is_none() {
                match self.open().await {
                    Ok(opened) => {
                        let path = opened.path().display();
                        self.say(Level::INFO, format!("consoles may look at {path}"))
                            .await;
                        if let Some(folder) = opened.closed_to_group() {
                            self.say_closed(folder).await;
                        }
                        (server, said) = (Some(opened), None);
                    }
                    Err(why) if said.as_ref() == Some(&why) => {}
                    Err(why) => {
                        said = Some(why.clone());
                        let message = format!("no console can look at this bridge: {why}");
                        self.say(Level::WARN, message).await;
                    }
                }
            }
            self.say_refused(Instant::now() + AGAIN_AFTER).await;
        }
    }

    /// Says until then who was refused a command.
    async fn say_refused(&mut self, until: Instant) {
        for _ in 0..REFUSED {
            let refused = timeout_at(until, self.refused.recv()).await;
            let Ok(Some(asked)) = refused else { break };
            // Fails where the bridge has ended.
            let _ = self.lines.send(refused_line(&asked)).await;
        }
        sleep_until(until).await;
    }

    async fn open(&self) -> Result<Server, String> {
        let (place, access) = (self.place.clone(), self.access.clone());
        let shown = self.shown.clone();
        let opening = move || attach::serve(&place, &access, shown);
        // The folder may be on a share that hangs.
        let opened = tokio::task::spawn_blocking(opening).await;
        match opened {
            Ok(Ok(server)) => Ok(server),
            Ok(Err(why)) => Err(why.to_string()),
            Err(why) => Err(why.to_string()),
        }
    }

    async fn say_closed(&self, folder: &Path) {
        let message = format!(
            "the group of attach.group cannot look: it may not enter {}. Name a path elsewhere in \
             attach.socket",
            folder.display()
        );
        self.say(Level::WARN, message).await;
    }

    async fn say(&self, level: Level, message: String) {
        // Fails where the bridge has ended.
        let _ = self.lines.send(LogLine::of_bridge(level, message)).await;
    }
}

/// The running bridge that a command looks at: of the socket that it names, else of this tenant as
/// [`find`] finds it, else, without a configuration, any. Nothing where the command is to ask Graph
/// itself.
///
/// # Errors
/// A bridge that is there and cannot be seen.
pub(crate) async fn running(
    config: Option<&Config>,
    source: &SourceArgs,
    env: &Environment,
    stage: CommitStage,
) -> Result<Option<Attachment>, AttachError> {
    if let Some(place) = &source.socket {
        return attach_to(place, stage, &Snapshots).await.map(Some);
    }
    if source.direct {
        return Ok(None);
    }
    match config {
        Some(config) => find(config, env, stage, &Snapshots).await,
        None => find_any(env, stage, &Snapshots).await,
    }
}

/// Why a bridge cannot be seen and, for whoever could ask Graph without it, how.
pub(crate) fn not_seen(why: &AttachError, config: Option<&Config>) -> ToldWords {
    let words = why.words();
    let direct = config.map(|_| Words::of_attach(|t| t.direct, &[]));
    ToldWords::alone(direct.map_or_else(|| words.clone(), |direct| words.then(&direct)))
}

/// Whose picture it is, in words.
pub(crate) fn attached_words(snapshot: &Snapshot) -> Words {
    let bridge = &snapshot.tenant.bridge;
    let since = bridge.since.to_zoned(TimeZone::system());
    let since = since.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let values: [(&str, &dyn Value); 3] = [
        ("pid", &bridge.pid),
        ("host", &bridge.host),
        ("since", &since),
    ];
    Words::of_attach(|t| t.attached, &values)
}

/// Where nobody was found, in words.
pub(crate) fn none_here(config: Option<&Config>, env: &Environment) -> Words {
    let places = config.map_or_else(|| unconfigured_places(env), |config| places_of(config, env));
    let places: Vec<_> = places
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    Words::of_attach(|t| t.none_here, &[("places", &places.join(", "))])
}

/// A line of our log for those who look.
pub(crate) fn record(line: &OwnedLine) -> LogRecord {
    LogRecord {
        source: LogSource::Ours,
        at: Some(line.at),
        level: name(line.level.as_str()),
        target: name(line.target),
        user: line.user.clone(),
        text: line.message.as_str().into(),
    }
}

/// The name of a level or of a part, kept once: each of a thousand lines has both.
fn name(text: &'static str) -> Arc<str> {
    static NAMES: Mutex<BTreeMap<&str, Arc<str>>> = Mutex::new(BTreeMap::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(names.entry(text).or_insert_with(|| text.into()))
}

/// A line of the followed log for those who look.
pub(crate) fn followed_record(line: FollowedLine) -> LogRecord {
    LogRecord {
        source: LogSource::UcServer,
        at: line.at,
        level: name(line.level.unwrap_or(Level::INFO).as_str()),
        target: name(""),
        user: None,
        text: line.text,
    }
}
