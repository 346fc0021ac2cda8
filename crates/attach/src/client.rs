//! The side of those who look.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clocks::OtherClock;
use model::clock::Clock as _;
use model::command::Command;
use model::snapshot::{Seen, Snapshot};
use stream::{
    CommitStage, Decoder, Frame, LINE_LIMIT, LogRecord, PROTOCOL, Refusal, Request, Welcome,
};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};

use crate::error::AttachError;
use crate::lines::next_line;

/// How long the bridge may take to say who it is.
const WELCOME_WITHIN: Duration = Duration::from_secs(5);

/// How long until the next try, where nobody listens.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// For so long nothing more is read once the first picture is there: what there is to see is drawn meanwhile, and the
/// histories that follow would take the processor from that.
const DRAWN_WITHIN: Duration = Duration::from_millis(40);

/// So many commands may wait.
const COMMANDS: usize = 64;

/// A bridge in another process, as if it were in this one.
pub struct Attachment {
    /// Its latest snapshot; the last one, where it has ended: see [`Seen::Lost`].
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where commands go.
    pub commands: mpsc::Sender<Command>,
    /// The bridge's clock.
    pub clock: Arc<OtherClock>,
}

/// What is told besides snapshots.
pub type Told = Box<dyn Fn(News) + Send + Sync>;

/// Something besides a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A line of a log.
    Line(LogRecord),
    /// So many lines came too fast.
    LinesLost(u64),
    /// What became of a command.
    Answer(stream::Answer),
}

/// Attaches, and waits for as much of the first picture as `first` says. Later the connection is
/// made again by itself, every second, until nobody holds the [`Attachment`] any more. Call it inside
/// a tokio runtime.
///
/// # Errors
/// [`AttachError`], where it is not possible now.
pub async fn attach(
    path: &Path,
    first: CommitStage,
    clock: Arc<OtherClock>,
    told: Told,
) -> Result<Attachment, AttachError> {
    attach_for(path, first, (clock, told), Wanted::Everything).await
}

/// The same with a summary alone: what is not about users, and those who have something odd.
///
/// # Errors
/// [`AttachError`], where it is not possible now.
pub async fn attach_to_summary(
    path: &Path,
    clock: Arc<OtherClock>,
) -> Result<Attachment, AttachError> {
    let told: Told = Box::new(|_| {});
    attach_for(path, CommitStage::Rows, (clock, told), Wanted::Summary).await
}

/// How much of a bridge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Everything,
    Summary,
}

async fn attach_for(
    path: &Path,
    first: CommitStage,
    (clock, told): (Arc<OtherClock>, Told),
    wanted: Wanted,
) -> Result<Attachment, AttachError> {
    let mut line = Connection::connect(path, wanted).await?;
    clock.set(line.welcome().await?.now);
    let picture = line.first_picture(first, &told).await?;
    let (publish, snapshots) = watch::channel(picture);
    let (commands, queue) = mpsc::channel(COMMANDS);
    let keeper = Keeper {
        path: path.into(),
        publish,
        queue,
        clock: Arc::clone(&clock),
        told,
        wanted,
        sent: 0,
    };
    tokio::spawn(keeper.keep(line));
    Ok(Attachment {
        snapshots,
        commands,
        clock,
    })
}

/// Keeps a connection.
struct Keeper {
    path: PathBuf,
    publish: watch::Sender<Arc<Snapshot>>,
    queue: mpsc::Receiver<Command>,
    clock: Arc<OtherClock>,
    told: Told,
    wanted: Wanted,
    sent: u64,
}

impl Keeper {
    async fn keep(mut self, mut line: Connection) {
        tokio::time::sleep(DRAWN_WITHIN).await;
        // Why it broke is in the next attempt's words, if that fails.
        while self.follow(&mut line).await.is_err() {
            self.lost();
            line = match self.again().await {
                Some(line) => line,
                None => return,
            };
        }
    }

    /// The last picture stays, and says that it is one.
    fn lost(&self) {
        let since = self.clock.now();
        self.publish.send_modify(|last| {
            Arc::make_mut(last).seen = Seen::Lost { since };
        });
    }

    /// A new connection, however long it takes; nothing where nobody looks any more. What is
    /// ordered meanwhile goes nowhere: the bridge to come knows nothing of it.
    async fn again(&mut self) -> Option<Connection> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = self.publish.closed() => return None,
            }
            while self.queue.try_recv().is_ok() {}
            let Ok(mut line) = Connection::connect(&self.path, self.wanted).await else {
                continue;
            };
            if let Ok(welcome) = line.welcome().await {
                self.clock.set(welcome.now);
                return Some(line);
            }
        }
    }

    /// Until the connection breaks (an error) or nobody looks any more.
    async fn follow(&mut self, line: &mut Connection) -> Result<(), AttachError> {
        loop {
            tokio::select! {
                frame = line.next() => match frame? {
                    Frame::Welcome(welcome) => self.clock.set(welcome.now),
                    frame => if let Some(snapshot) = line.take(frame, &self.told)? {
                        self.publish.send_replace(snapshot);
                    }
                },
                Some(command) = self.queue.recv() => {
                    self.sent += 1;
                    line.order(self.sent, command).await?;
                }
                () = self.publish.closed() => return Ok(()),
            }
        }
    }
}

/// One connection.
struct Connection {
    path: PathBuf,
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
    /// What was read of a line so far: reading may be broken off at any time.
    half: Vec<u8>,
    decoder: Decoder,
    seen: Seen,
}

impl Connection {
    async fn connect(path: &Path, wanted: Wanted) -> Result<Self, AttachError> {
        let connected = UnixStream::connect(path).await;
        let stream = connected.map_err(|source| refused(path, source))?;
        let (from, to) = stream.into_split();
        let mut line = Self {
            path: path.into(),
            from: BufReader::with_capacity(64 * 1024, from),
            to,
            half: Vec::new(),
            decoder: Decoder::default(),
            seen: Seen::default(),
        };
        let hello = Request::Hello {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            summary: wanted == Wanted::Summary,
        };
        // Whoever was turned away before they said it reads why.
        let _ = line.send(&hello).await;
        Ok(line)
    }

    async fn welcome(&mut self) -> Result<Welcome, AttachError> {
        let first = tokio::time::timeout(WELCOME_WITHIN, self.next()).await;
        match first.map_err(|_| self.silent())? {
            Ok(Frame::Welcome(welcome)) if welcome.protocol == PROTOCOL => {
                let watchers = welcome.watchers;
                self.seen = Seen::Attached { watchers };
                Ok(welcome)
            }
            Ok(
                Frame::Welcome(Welcome {
                    protocol: theirs, ..
                })
                | Frame::Refused(Refusal::Protocol { ours: theirs }),
            ) => Err(AttachError::Protocol { theirs }),
            Ok(Frame::Refused(Refusal::Full { limit })) => Err(AttachError::Full { limit }),
            Ok(_) => Err(self.foreign()),
            Err(error) => Err(error),
        }
    }

    async fn first_picture(
        &mut self,
        enough: CommitStage,
        told: &Told,
    ) -> Result<Arc<Snapshot>, AttachError> {
        loop {
            let frame = self.next().await?;
            let is_enough = matches!(&frame, Frame::Commit { stage, .. } if enough == CommitStage::Rows || *stage == enough);
            let taken = self.take(frame, told)?;
            if let Some(snapshot) = taken.filter(|_| is_enough) {
                return Ok(snapshot);
            }
        }
    }

    fn take(&mut self, frame: Frame, told: &Told) -> Result<Option<Arc<Snapshot>>, AttachError> {
        match frame {
            Frame::Log(line) => told(News::Line(line)),
            Frame::LogLost(count) => told(News::LinesLost(count)),
            Frame::Answer(answer) => told(News::Answer(answer)),
            frame => {
                let taken = self.decoder.take(frame).map_err(|_| self.foreign())?;
                return Ok(taken.map(|mut snapshot| {
                    Arc::make_mut(&mut snapshot).seen = self.seen;
                    snapshot
                }));
            }
        }
        Ok(None)
    }

    /// The next frame. May be broken off: what was read of it stays.
    async fn next(&mut self) -> Result<Frame, AttachError> {
        let whole = next_line(&mut self.from, &mut self.half, LINE_LIMIT).await;
        let path = || self.path.clone();
        let broken = |source: io::Error| match source.kind() {
            // Longer than any line of a bridge's.
            ErrorKind::InvalidData => AttachError::Foreign { path: path() },
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                AttachError::HungUp { path: path() }
            }
            _ => AttachError::Broken {
                path: path(),
                source,
            },
        };
        if !whole.map_err(broken)? {
            return Err(AttachError::HungUp { path: path() });
        }
        let frame = stream::read_line(&self.half);
        self.half.clear();
        frame.map_err(|_| self.foreign())
    }

    async fn order(&mut self, id: u64, command: Command) -> Result<(), AttachError> {
        self.send(&Request::Command { id, command }).await
    }

    async fn send(&mut self, request: &Request) -> Result<(), AttachError> {
        let mut line = Vec::new();
        stream::write_line(request, &mut line).map_err(|_| self.foreign())?;
        let sent = self.to.write_all(&line).await;
        sent.map_err(|source| AttachError::Broken {
            path: self.path.clone(),
            source,
        })
    }

    fn silent(&self) -> AttachError {
        AttachError::Silent {
            path: self.path.clone(),
        }
    }

    fn foreign(&self) -> AttachError {
        AttachError::Foreign {
            path: self.path.clone(),
        }
    }
}

fn refused(path: &Path, source: io::Error) -> AttachError {
    let path = path.to_path_buf();
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => AttachError::Nobody { path },
        ErrorKind::ConnectionRefused => AttachError::Dead { path },
        ErrorKind::PermissionDenied => AttachError::NotAllowed { path },
        _ => AttachError::Broken { path, source },
    }
}
