//! The connection of one who looks: gets the picture, then what changes. Whoever reads slowly gets the latest
//! picture late; whoever does not read at all is cut off.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use jiff::SignedDuration;
use model::clock::Clock as _;
use model::command::{Asked, Asker};
use stream::{Answer, Frame, PROTOCOL, Refusal, Request, Welcome};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::asker::asker;
use crate::batch::Next;
use crate::lines::next_line;
use crate::out::Out;
use crate::readers::Way;
use crate::server::{CONNECTIONS, Common};
use crate::socket::{Incoming, split};

/// How long the first line may take.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// The longest request, in bytes.
const REQUEST_LIMIT: usize = 4 * 1024;

/// Requests that wait to be answered.
const REQUESTS: usize = 16;

/// From one summary to the next, at least.
const SUMMARY_EVERY: Duration = Duration::from_secs(1);

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
        let mut out = Out::new(write);
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
        let show = show(&self.common, out, taken, (&asker, may_command));
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

/// Says by which clock all times go, where that is another one than was told.
async fn tell_clock(common: &Common, out: &mut Out, told: &mut SignedDuration) -> io::Result<()> {
    let ahead = common.shown.clock.ahead_of_ours();
    if std::mem::replace(told, ahead) == ahead {
        return Ok(());
    }
    out.send(&welcome(common)).await
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
    out: Out,
    mut requests: mpsc::Receiver<Request>,
    (asker, may_command): (&Asker, bool),
) -> io::Result<()> {
    let (readers, reader, place) = common.join();
    let ahead = common.shown.clock.ahead_of_ours();
    let mut way = Way { out, place, ahead };
    way.out.picture(&way.place.snapshot).await?;
    for line in common.shown.logs.of_first(way.place.lines) {
        way.out.add(&Frame::Log(line))?;
    }
    loop {
        way.out.flush().await?;
        while let Some(next) = readers.after(&mut way.place) {
            tell_clock(common, &mut way.out, &mut way.ahead).await?;
            match next {
                Next::Alike(bytes) => way.out.bytes(&bytes).await?,
                Next::Apart(missed) => way.out.missed(missed).await?,
            }
        }
        if readers.have_ended() {
            return Ok(());
        }
        let request;
        (way, request) = reader.wait(way, requests.recv()).await?;
        if let Some(Request::Command { id, command }) = request {
            let by = asker.clone();
            let answer = command_answer(common, id, may_command, Asked { by, command });
            way.out.add(&Frame::Answer(answer))?;
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
        tell_clock(common, out, &mut ahead).await?;
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
