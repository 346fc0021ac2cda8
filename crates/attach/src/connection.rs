//! The connection of one who looks: gets the picture, then what changes. Whoever reads slowly gets the latest
//! picture late; whoever does not read at all is cut off.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use model::clock::Clock as _;
use model::command::{Asked, Asker};
use model::snapshot::Snapshot;
use stream::{Answer, Frame, PROTOCOL, Refusal, Request, Welcome};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::asker::asker;
use crate::batch::{Missed, Next};
use crate::lines::next_line;
use crate::server::{CONNECTIONS, Common};
use crate::socket::{Incoming, Outgoing, split};

/// How long the first line may take.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// Whoever takes nothing for so long is cut off.
const READS_WITHIN: Duration = Duration::from_secs(30);

/// The longest request, in bytes.
const REQUEST_LIMIT: usize = 4 * 1024;

/// Requests that wait to be answered.
const REQUESTS: usize = 16;

/// From one summary to the next, at least.
const SUMMARY_EVERY: Duration = Duration::from_secs(1);

/// How much of a picture is encoded before it is sent, in bytes.
const PIECE: usize = 256 * 1024;

pub(super) struct Connection {
    common: Rc<Common>,
    stream: UnixStream,
}

/// Says that there is no room.
pub(super) async fn turn_away(mut stream: UnixStream) {
    let refusal = Frame::Refused(Refusal::Full { limit: CONNECTIONS });
    let mut line = Vec::new();
    if stream::write_line(&refusal, &mut line).is_ok() {
        // Whoever does not take it has gone.
        let _ = tokio::time::timeout(HELLO_WITHIN, stream.write_all(&line)).await;
    }
}

impl Connection {
    pub(super) fn new(common: Rc<Common>, stream: UnixStream) -> Self {
        common.open.set(common.open.get() + 1);
        Self { common, stream }
    }

    /// Until either side has had enough; why is nobody's business but theirs.
    pub(super) async fn serve(self) {
        let common = Rc::clone(&self.common);
        let _ = self.talk().await;
        common.open.set(common.open.get().saturating_sub(1));
    }

    async fn talk(self) -> io::Result<()> {
        let Some(asker) = asker(&self.stream) else {
            return Ok(());
        };
        let (read, write) = split(self.stream)?;
        let mut read = BufReader::with_capacity(REQUEST_LIMIT, read);
        let mut out = Out {
            to: write,
            line: Vec::new(),
        };
        let hello = tokio::time::timeout(HELLO_WITHIN, request(&mut read)).await;
        let Ok(Ok(Some(Request::Hello {
            protocol, summary, ..
        }))) = hello
        else {
            return Ok(());
        };
        if protocol != PROTOCOL {
            return out
                .send(&Frame::Refused(Refusal::Protocol { ours: PROTOCOL }))
                .await;
        }
        let may_command = self.common.operators || is_ours(&asker);
        out.send(&welcome(&self.common)).await?;
        let (requests, taken) = mpsc::channel(REQUESTS);
        if summary {
            return tokio::select! {
                end = summarise(&self.common, &mut out) => end,
                end = take_requests(read, requests) => end,
            };
        }
        let show = show(&self.common, &mut out, taken, (&asker, may_command));
        tokio::select! {
            end = show => end,
            end = take_requests(read, requests) => end,
        }
    }
}

/// Owner and root always may.
fn is_ours(asker: &Asker) -> bool {
    asker.uid == 0 || asker.uid == rustix::process::geteuid().as_raw()
}

fn welcome(common: &Common) -> Frame {
    Frame::Welcome(Welcome {
        protocol: PROTOCOL,
        version: common.shown.version.into(),
        now: common.shown.clock.now(),
        watchers: common.open.get(),
    })
}

async fn request(from: &mut BufReader<Incoming>) -> io::Result<Option<Request>> {
    let mut line = Vec::new();
    if !next_line(from, &mut line, REQUEST_LIMIT).await? {
        return Ok(None);
    }
    let request = stream::read_line::<Request>(&line);
    request
        .map(Some)
        .map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Until they hang up, or send what is no request.
async fn take_requests(mut from: BufReader<Incoming>, to: mpsc::Sender<Request>) -> io::Result<()> {
    while let Some(request) = request(&mut from).await? {
        if to.send(request).await.is_err() {
            break;
        }
    }
    Ok(())
}

async fn show(
    common: &Common,
    out: &mut Out,
    mut requests: mpsc::Receiver<Request>,
    (asker, may_command): (&Asker, bool),
) -> io::Result<()> {
    let (mut batches, mut place) = common.join();
    let mut ahead = common.shown.clock.ahead_of_ours();
    out.picture(&place.snapshot).await?;
    for line in common.shown.logs.of_first(place.lines) {
        out.add(&Frame::Log(line))?;
    }
    out.flush().await?;
    loop {
        tokio::select! {
            changed = batches.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let next = batches.borrow_and_update().after(&mut place);
                out.clock(common, &mut ahead).await?;
                match next {
                    Next::Alike(bytes) => out.bytes(&bytes).await?,
                    Next::Apart(missed) => out.missed(missed).await?,
                }
            }
            Some(request) = requests.recv() => {
                if let Request::Command { id, command } = request {
                    let answer = command_answer(common, id, may_command, Asked {
                        by: asker.clone(),
                        command,
                    });
                    out.send(&Frame::Answer(answer)).await?;
                }
            }
        }
    }
}

/// A summary a second, where something has changed.
async fn summarise(common: &Common, out: &mut Out) -> io::Result<()> {
    let mut snapshots = common.shown.snapshots.clone();
    let mut told = stream::summary(&snapshots.borrow_and_update());
    let mut ahead = common.shown.clock.ahead_of_ours();
    out.picture(&told).await?;
    loop {
        tokio::time::sleep(SUMMARY_EVERY).await;
        if snapshots.changed().await.is_err() {
            return Ok(());
        }
        let now = stream::summary(&snapshots.borrow_and_update());
        out.clock(common, &mut ahead).await?;
        for frame in stream::changes(&told, &now) {
            out.add(&frame)?;
        }
        out.flush().await?;
        told = now;
    }
}

fn command_answer(common: &Common, id: u64, may_command: bool, asked: Asked) -> Answer {
    if !may_command {
        // Where more are refused than can be told, the first ones say enough.
        let _ = common.shown.refused.try_send(asked);
        return Answer::NotAllowed { id };
    }
    match common.shown.commands.try_send(asked) {
        Ok(()) => {
            common.commanded.notify_one();
            Answer::Taken { id }
        }
        Err(_) => Answer::Busy { id },
    }
}

/// The way out.
struct Out {
    to: Outgoing,
    line: Vec<u8>,
}

impl Out {
    async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        self.add(frame)?;
        self.flush().await
    }

    /// Says by which clock all times go, where that is another one than was told.
    async fn clock(&mut self, common: &Common, told: &mut SignedDuration) -> io::Result<()> {
        let ahead = common.shown.clock.ahead_of_ours();
        if std::mem::replace(told, ahead) == ahead {
            return Ok(());
        }
        self.send(&welcome(common)).await
    }

    fn add(&mut self, frame: &Frame) -> io::Result<()> {
        stream::write_line(frame, &mut self.line).map_err(io::Error::other)
    }

    async fn flush(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let sent = self.bytes(&line).await;
        // The memory is kept for the next one, unless it was a picture's.
        self.line = line;
        self.line.clear();
        self.line.shrink_to(PIECE);
        sent
    }

    async fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write(bytes, READS_WITHIN).await
    }

    /// Piece by piece: the first rows are on their way while the next are encoded.
    async fn picture(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        for frame in stream::picture(snapshot) {
            self.add(&frame)?;
            if self.line.len() >= PIECE {
                self.flush().await?;
            }
        }
        self.flush().await
    }

    async fn missed(&mut self, missed: Missed) -> io::Result<()> {
        if missed.lost > 0 {
            self.add(&Frame::LogLost(missed.lost))?;
        }
        for lines in missed.lines {
            self.line.extend_from_slice(&lines);
        }
        if Arc::ptr_eq(&missed.from, &missed.to) {
            return self.flush().await;
        }
        for frame in stream::changes(&missed.from, &missed.to) {
            self.add(&frame)?;
            if self.line.len() >= PIECE {
                self.flush().await?;
            }
        }
        self.flush().await
    }
}
