//! The side of those who look.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clocks::OtherClock;
use model::command::Command;
use model::snapshot::Snapshot;
use stream::{Decoder, Frame, LINE_LIMIT, LogRecord, PROTOCOL, Refusal, Request, Welcome};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};

use crate::lines::next_line;

/// How long the bridge may take to say who it is.
const WELCOME_WITHIN: Duration = Duration::from_secs(5);

/// How long until the next try, where nobody listens.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// So many commands may wait.
const COMMANDS: usize = 64;

/// Why nothing can be seen.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// There is no such socket.
    #[error("no bridge has opened {path}")]
    Nobody {
        /// The socket.
        path: PathBuf,
    },
    /// A socket that a dead bridge has left, or a file that is none.
    #[error("no bridge listens on {path}")]
    Dead {
        /// The socket.
        path: PathBuf,
    },
    /// The mode of the socket or of a folder above it.
    #[error(
        "you may not look at the bridge of {path}: only its owner, root and the group of attach.group may"
    )]
    NotAllowed {
        /// The socket.
        path: PathBuf,
    },
    /// The two speak different versions.
    #[error("the bridge speaks version {theirs} of the attach protocol, this lampfield version {PROTOCOL}: upgrade {}", if *theirs < PROTOCOL { "the bridge" } else { "this lampfield" })]
    Protocol {
        /// The bridge's.
        theirs: u32,
    },
    /// As many look as may at a time.
    #[error("{limit} others look at this bridge already")]
    Full {
        /// How many may.
        limit: usize,
    },
    /// What listens there is no bridge of lampfield.
    #[error("what listens on {path} is no bridge of lampfield")]
    Foreign {
        /// The socket.
        path: PathBuf,
    },
    /// The connection broke.
    #[error("the connection to the bridge of {path} broke: {source}")]
    Broken {
        /// The socket.
        path: PathBuf,
        /// How.
        source: io::Error,
    },
}

impl AttachError {
    /// Whether there is simply no bridge.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Nobody { .. } | Self::Dead { .. })
    }
}

/// How it stands with the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Attached to this one.
    Attached(Arc<Welcome>),
    /// It has ended, or the connection has: the last picture stays.
    Lost(Arc<Welcome>),
}

/// A bridge in another process, as if it were in this one.
pub struct Attachment {
    /// Who it is, and whether it is still there.
    pub connection: watch::Receiver<Connection>,
    /// Its latest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where commands go.
    pub commands: mpsc::Sender<Command>,
    /// The bridge's clock.
    pub clock: Arc<OtherClock>,
}

/// What is told besides snapshots.
pub type Told = Box<dyn Fn(News) + Send>;

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

/// Attaches; ends with an error where that is not possible now. Later the connection is made
/// again by itself, every second, until nobody holds the [`Attachment`] any more. Call it inside a
/// tokio runtime.
///
/// # Errors
/// [`AttachError`].
pub async fn attach(
    path: &Path,
    clock: Arc<OtherClock>,
    told: Told,
) -> Result<Attachment, AttachError> {
    let mut line = Line::connect(path).await?;
    let welcome = Arc::new(line.welcome().await?);
    clock.set(welcome.now);
    let first = line.first_picture(&told).await?;
    let (connected, connection) = watch::channel(Connection::Attached(Arc::clone(&welcome)));
    let (publish, snapshots) = watch::channel(first);
    let (commands, queue) = mpsc::channel(COMMANDS);
    let keeper = Keeper {
        path: path.into(),
        connected,
        publish,
        queue,
        clock: Arc::clone(&clock),
        told,
        sent: 0,
    };
    tokio::spawn(keeper.keep(line, welcome));
    Ok(Attachment {
        connection,
        snapshots,
        commands,
        clock,
    })
}

/// Keeps a connection.
struct Keeper {
    path: PathBuf,
    connected: watch::Sender<Connection>,
    publish: watch::Sender<Arc<Snapshot>>,
    queue: mpsc::Receiver<Command>,
    clock: Arc<OtherClock>,
    told: Told,
    sent: u64,
}

impl Keeper {
    async fn keep(mut self, mut line: Line, mut welcome: Arc<Welcome>) {
        loop {
            // Why it broke is in the next attempt's words, if it fails.
            let ended = self.follow(&mut line).await;
            if ended.is_ok() {
                return;
            }
            self.connected.send_replace(Connection::Lost(welcome));
            (line, welcome) = match self.again().await {
                Some(again) => again,
                None => return,
            };
            self.clock.set(welcome.now);
            let state = Connection::Attached(Arc::clone(&welcome));
            self.connected.send_replace(state);
        }
    }

    /// A new connection, however long it takes; nothing where nobody looks any more. What is
    /// ordered meanwhile goes nowhere: the bridge to come knows nothing of it.
    async fn again(&mut self) -> Option<(Line, Arc<Welcome>)> {
        loop {
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = self.publish.closed() => return None,
            }
            while self.queue.try_recv().is_ok() {}
            let Ok(mut line) = Line::connect(&self.path).await else {
                continue;
            };
            if let Ok(welcome) = line.welcome().await {
                return Some((line, Arc::new(welcome)));
            }
        }
    }

    /// Until the connection breaks (an error) or nobody looks any more.
    async fn follow(&mut self, line: &mut Line) -> Result<(), AttachError> {
        loop {
            tokio::select! {
                frame = line.next() => {
                    if let Some(snapshot) = line.take(frame?, &self.told)? {
                        self.publish.send_replace(snapshot);
                    }
                }
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
struct Line {
    path: PathBuf,
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
    /// What was read of a line so far: reading may be broken off at any time.
    half: Vec<u8>,
    decoder: Decoder,
}

impl Line {
    async fn connect(path: &Path) -> Result<Self, AttachError> {
        let connected = UnixStream::connect(path).await;
        let stream = connected.map_err(|source| refused(path, source))?;
        let (from, to) = stream.into_split();
        let mut line = Self {
            path: path.into(),
            from: BufReader::with_capacity(64 * 1024, from),
            to,
            half: Vec::new(),
            decoder: Decoder::default(),
        };
        let hello = Request::Hello {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
        };
        line.send(&hello).await?;
        Ok(line)
    }

    async fn welcome(&mut self) -> Result<Welcome, AttachError> {
        let first = tokio::time::timeout(WELCOME_WITHIN, self.next()).await;
        match first.map_err(|_| self.foreign())? {
            Ok(Frame::Welcome(welcome)) if welcome.protocol == PROTOCOL => Ok(welcome),
            Ok(
                Frame::Welcome(Welcome {
                    protocol: theirs, ..
                })
                | Frame::Refused(Refusal::Protocol { ours: theirs }),
            ) => Err(AttachError::Protocol { theirs }),
            Ok(Frame::Refused(Refusal::Full { limit })) => Err(AttachError::Full { limit }),
            Ok(Frame::Refused(Refusal::NotAllowed { .. })) => Err(AttachError::NotAllowed {
                path: self.path.clone(),
            }),
            Ok(_) => Err(self.foreign()),
            Err(error) => Err(error),
        }
    }

    async fn first_picture(&mut self, told: &Told) -> Result<Arc<Snapshot>, AttachError> {
        loop {
            let frame = self.next().await?;
            if let Some(snapshot) = self.take(frame, told)? {
                return Ok(snapshot);
            }
        }
    }

    fn take(&mut self, frame: Frame, told: &Told) -> Result<Option<Arc<Snapshot>>, AttachError> {
        match frame {
            Frame::Log(line) => told(News::Line(line)),
            Frame::LogLost(count) => told(News::LinesLost(count)),
            Frame::Answer(answer) => told(News::Answer(answer)),
            frame => return self.decoder.take(frame).map_err(|_| self.foreign()),
        }
        Ok(None)
    }

    /// The next frame. May be broken off: what was read of it stays.
    async fn next(&mut self) -> Result<Frame, AttachError> {
        let whole = next_line(&mut self.from, &mut self.half, LINE_LIMIT).await;
        let broken = |source| AttachError::Broken {
            path: self.path.clone(),
            source,
        };
        if !whole.map_err(broken)? {
            return Err(broken(ErrorKind::UnexpectedEof.into()));
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
