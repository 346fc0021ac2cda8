//! The leader's picture: the leader tells what it shows, and whoever stands by shows the same.
//!
//! What goes over the engine are the frames of the local socket, packed. A part begins with the
//! moment by the leader's clock.

use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

use cluster::Fence;
use engine::{Engine, Part, Put};
use jiff::{SignedDuration, Timestamp};
use stream::{
    Decoder, Frame, LINE_LIMIT, PROTOCOL, Welcome, changes, picture, read_line, write_line,
};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Seat;
use model::clock::{Clock, shifted};
use model::snapshot::{EngineView, Snapshot};

/// From one part to the next: faster than anybody needs to look who stands by.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// After the engine has failed.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A base follows when the changes since the last one have become so large, in bytes: a member that
/// comes late reads them all.
const CHANGES_LIMIT: usize = 4 * 1024 * 1024;

/// And when there are so many.
const CHANGES_MOST: u64 = 500;

/// What a part may unpack to: the picture of some 100,000 users.
const PART_LIMIT: u64 = 256 * 1024 * 1024;

/// A packed part does not get smaller by much at a higher level, and takes longer.
const LEVEL: i32 = 3;

/// What the leader has told last.
struct Sent {
    fence: Fence,
    snapshot: Arc<Snapshot>,
    count: u64,
    bytes: usize,
}

/// Tells what `snapshots` show, as long as this member leads.
pub(crate) async fn tell(
    engine: Engine,
    seat: Seat,
    clock: Arc<dyn Clock>,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
) {
    let mut told: Option<Sent> = None;
    while snapshots.changed().await.is_ok() {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        // Whoever leads from this moment on still shows what the leader of before has shown, by its clock.
        let leads = seat.fence().filter(|_| !snapshot.mode.is_standby());
        let Some(fence) = leads else {
            told = None;
            continue;
        };
        let before = told.take().filter(|told| told.follows(fence));
        let now = Arc::clone(&clock);
        let packed =
            spawn_blocking(move || next_part(before.as_ref(), fence, snapshot, &*now)).await;
        let Ok(Ok((part, bytes, next))) = packed else {
            continue;
        };
        match engine.publish(&fence, part, next.count, &bytes).await {
            Ok(Put::Taken) => told = Some(next),
            Ok(Put::Refused) | Err(_) => sleep(AGAIN_AFTER).await,
        }
        sleep(TELL_EVERY).await;
    }
}

impl Sent {
    fn follows(&self, fence: Fence) -> bool {
        self.fence == fence && self.count < CHANGES_MOST && self.bytes < CHANGES_LIMIT
    }
}

fn next_part(
    before: Option<&Sent>,
    fence: Fence,
    snapshot: Arc<Snapshot>,
    clock: &dyn Clock,
) -> io::Result<(Part, Vec<u8>, Sent)> {
    let (part, bytes, count, already) = match before {
        Some(told) => {
            let frames = changes(&told.snapshot, &snapshot);
            (
                Part::Change,
                pack(frames, clock)?,
                told.count + 1,
                told.bytes,
            )
        }
        None => (Part::Base, pack(picture(&snapshot), clock)?, 0, 0),
    };
    let changed = match part {
        Part::Base => 0,
        Part::Change => bytes.len(),
    };
    let told = Sent {
        fence,
        snapshot,
        count,
        bytes: already + changed,
    };
    Ok((part, bytes, told))
}

fn pack(frames: impl Iterator<Item = Frame>, clock: &dyn Clock) -> io::Result<Vec<u8>> {
    let welcome = Frame::Welcome(Welcome {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").into(),
        now: clock.now(),
        watchers: 0,
    });
    let mut lines = Vec::new();
    for frame in std::iter::once(welcome).chain(frames) {
        write_line(&frame, &mut lines).map_err(io::Error::other)?;
    }
    zstd::bulk::compress(&lines, LEVEL)
}

/// What the leader has shown, and when.
#[derive(Clone, Debug)]
pub(crate) struct LeaderPicture {
    /// It.
    pub(crate) snapshot: Arc<Snapshot>,
    /// When it was told, by our clock: the engine has said how long ago that was.
    pub(crate) told_at: Timestamp,
    /// The same moment by the leader's clock.
    pub(crate) then: Timestamp,
}

/// Follows the leader's picture; nothing where there is none that can be read.
pub(crate) async fn follow(
    engine: Engine,
    seat: Seat,
    clock: Arc<dyn Clock>,
    shown: watch::Sender<Option<LeaderPicture>>,
) {
    let mut follower = engine.follow();
    let mut decoder = Decoder::default();
    let mut standing = seat.changes();
    loop {
        if seat.fence().is_some() {
            // One's own picture needs no way round.
            shown.send_replace(None);
            follower = engine.follow();
            if standing.changed().await.is_err() {
                return;
            }
            continue;
        }
        match follower.next().await {
            Ok(None) => {}
            Ok(Some(published)) => {
                let age = SignedDuration::try_from(published.age).unwrap_or_default();
                let told_at = shifted(clock.now(), -age);
                let unpacked = spawn_blocking(move || {
                    let told = take(&mut decoder, &published.bytes);
                    (decoder, told)
                })
                .await;
                let Ok((held, told)) = unpacked else {
                    return;
                };
                decoder = held;
                let picture = told.map(|told| LeaderPicture {
                    snapshot: told.snapshot,
                    told_at,
                    then: told.now,
                });
                if picture.is_none() {
                    // Of another version, or damaged: from the next base on.
                    follower = engine.follow();
                    sleep(AGAIN_AFTER).await;
                } else if shown.send(picture).is_err() {
                    return;
                }
            }
            // The last picture stays, and its age shows.
            Err(_) => sleep(AGAIN_AFTER).await,
        }
    }
}

/// What the leader told with a part.
pub(super) struct Told {
    /// The moment, by the leader's clock.
    pub(super) now: Timestamp,
    /// What it showed.
    pub(super) snapshot: Arc<Snapshot>,
}

/// What was told with a part; nothing where it cannot be read, nor what comes after it until the next base.
pub(super) fn take(decoder: &mut Decoder, bytes: &[u8]) -> Option<Told> {
    let lines = unpack(bytes).ok();
    let told = lines.and_then(|lines| decode(decoder, &lines));
    if told.is_none() {
        decoder.forget();
    }
    told
}

fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    zstd::stream::read::Decoder::new(bytes)?
        .take(PART_LIMIT)
        .read_to_end(&mut lines)?;
    Ok(lines)
}

fn decode(decoder: &mut Decoder, lines: &[u8]) -> Option<Told> {
    let (mut shown, mut now) = (None, None);
    for line in lines.split(|byte| *byte == b'\n') {
        if line.is_empty() || line.len() > LINE_LIMIT {
            continue;
        }
        match read_line(line).ok()? {
            Frame::Welcome(welcome) if welcome.protocol != PROTOCOL => return None,
            Frame::Welcome(welcome) => now = Some(welcome.now),
            frame => shown = decoder.take(frame).ok()?.or(shown),
        }
    }
    Some(Told {
        now: now?,
        snapshot: shown?,
    })
}

/// What a member shows that stands by: what the leader shows, and who it is itself. All times go by the
/// leader's clock, which is so far ahead of ours.
pub(crate) fn standing_by(own: &Snapshot, leader: &Snapshot, ahead: SignedDuration) -> Snapshot {
    let mut cluster = own.cluster.clone();
    if let Some(EngineView::Lost { since, .. }) =
        cluster.as_mut().map(|it| &mut Arc::make_mut(it).engine)
    {
        *since = shifted(*since, ahead);
    }
    Snapshot {
        serial: own.serial,
        tenant: Arc::clone(&own.tenant),
        seen: own.seen,
        mode: own.mode.clone(),
        cluster,
        log_lines_lost: own.log_lines_lost,
        ..leader.clone()
    }
}

#[cfg(test)]
mod tests {
    use clocks::ManualClock;
    use model::snapshot::Mode;

    use super::*;

    /// What was missed may have been anything: what comes after it would be wrong without it.
    #[test]
    fn nothing_is_shown_between_a_damaged_part_and_the_next_base() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let shown = |mode| Snapshot {
            mode,
            ..Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH)
        };
        let (first, second) = (shown(Mode::Writing), shown(Mode::Paused));
        let base = pack(picture(&first), &clock).unwrap();
        let change = pack(changes(&first, &second), &clock).unwrap();
        let mut decoder = Decoder::default();
        let mut mode = |bytes: &[u8]| Some(take(&mut decoder, bytes)?.snapshot.mode.clone());
        assert_eq!(mode(&base), Some(Mode::Writing));
        assert_eq!(mode(&change), Some(Mode::Paused));
        assert_eq!(mode(b"damaged"), None);
        assert_eq!(mode(&change), None);
        assert_eq!(mode(&base), Some(Mode::Writing));
    }
}
