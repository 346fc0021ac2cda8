//! The leader's picture: the leader tells it, everybody else follows.

use std::time::Duration;

use cluster::Fence;
use redis::streams::{StreamId, StreamReadReply};

use crate::calls::Put;
use crate::connection::Engine;
use crate::error::EngineError;
use crate::way::Link;

/// How long the picture of a leader that tells nothing is kept: longer than the longest interval of
/// polls.
const KEPT: Duration = Duration::from_mins(30);

/// How long one question waits for the next part.
const WAITS: Duration = Duration::from_secs(2);

/// So many parts are read at once.
const PARTS: usize = 64;

/// A part of the picture, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole: what was told before is void.
    Base,
    /// What has changed.
    Change,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Change => "change",
        }
    }
}

/// A part of the picture, as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Which.
    pub part: Part,
    /// What was told.
    pub bytes: Vec<u8>,
    /// How long ago it was told, by the engine's clock, which knows nothing of the members' clocks.
    pub age: Duration,
}

impl Engine {
    /// Tells a part of the picture; `count` is 0 for a base and counts up with each change after it.
    ///
    /// # Errors
    /// [`EngineError`]: whether it was told is not known, and a base must follow.
    pub async fn publish(
        &self,
        fence: &Fence,
        part: Part,
        count: u64,
        bytes: &[u8],
    ) -> Result<Put, EngineError> {
        let mut call = self.call(&self.scripts().publish, fence, Some("picture"));
        let kept = u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX);
        call.arg(part.as_str()).arg(count).arg(bytes).arg(kept);
        self.taken(&call).await
    }

    /// Follows the picture from its base on.
    #[must_use]
    pub fn follow(&self) -> Follower {
        Follower::new(self, true)
    }

    /// The same for whoever looks now and then: what is there is told at once, and where there is nothing
    /// new, that. It needs no connection of its own.
    #[must_use]
    pub fn look(&self) -> Follower {
        Follower::new(self, false)
    }
}

const BEGINNING: &str = "0-0";

/// Who told the last part, and how many there have been since the base.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    leader: String,
    count: u64,
}

/// Follows the leader's picture.
pub struct Follower {
    engine: Engine,
    /// Whether it waits for what is to come, on a connection of its own.
    waits: bool,
    connection: Option<Link>,
    /// The last part that was read.
    after: String,
    /// Nothing before the first base.
    told: Option<Told>,
    /// The last part that did not fit: it is looked for from the base once.
    missed_at: Option<String>,
    /// Read and not handed out, the next one last.
    read: Vec<StreamId>,
    /// When that was, by the engine's clock, in milliseconds.
    read_at: u64,
}

impl Follower {
    fn new(engine: &Engine, waits: bool) -> Self {
        Self {
            engine: engine.clone(),
            waits,
            connection: None,
            after: BEGINNING.to_owned(),
            told: None,
            missed_at: None,
            read: Vec::new(),
            read_at: 0,
        }
    }

    /// The next part; a base first, and again where parts were missed. Nothing where none came within
    /// two seconds, or where there is none now.
    ///
    /// # Errors
    /// [`EngineError`]; the next call tries again from the base.
    pub async fn next(&mut self) -> Result<Option<Published>, EngineError> {
        if self.read.is_empty() {
            self.read_more().await?;
        }
        while let Some(part) = self.read.pop() {
            self.after.clone_from(&part.id);
            if let Some(published) = self.fits(&part) {
                return Ok(Some(published));
            }
            self.missed(part.id);
        }
        Ok(None)
    }

    /// What comes before this part may stand before what was read last (the clock that numbers the parts
    /// was set back, or a base came within a millisecond). Where it does not, the next base is waited for.
    fn missed(&mut self, id: String) {
        let follows = self.told.take().is_some();
        if follows && self.missed_at.as_ref() != Some(&id) {
            self.begin_anew();
            self.missed_at = Some(id);
        }
    }

    async fn read_more(&mut self) -> Result<(), EngineError> {
        let engine = self.engine.clone();
        let within = WAITS + engine.settings().rules.answer_within;
        let key = engine.keys().of("picture");
        let answered = engine.within(within, self.ask(&key)).await;
        match answered {
            Ok((reply, (seconds, micros))) => {
                self.read_at = seconds * 1_000 + micros / 1_000;
                let parts = reply.keys.into_iter().flat_map(|key| key.ids);
                self.read = parts.collect();
                self.read.reverse();
                // Its end may have been forgotten with the base that replaced it, or the clock that
                // numbers the parts was set back.
                if self.read.is_empty() {
                    self.look_for_base().await?;
                }
                Ok(())
            }
            Err(error) => {
                self.connection = None;
                self.begin_anew();
                Err(error)
            }
        }
    }

    /// Nothing has come: whether the picture still ends where we stand.
    async fn look_for_base(&mut self) -> Result<(), EngineError> {
        let mut last = redis::cmd("XREVRANGE");
        last.arg(self.engine.keys().of("picture"));
        last.arg("+").arg("-").arg("COUNT").arg(1);
        let ids: redis::streams::StreamRangeReply = self.engine.query(&last).await?;
        let end = ids.ids.first().map(|last| last.id.as_str());
        if end.is_some_and(|end| end != self.after) {
            self.begin_anew();
        }
        Ok(())
    }

    /// What comes after what was read last, and then the time.
    async fn ask(&mut self, key: &str) -> Result<(StreamReadReply, (u64, u64)), EngineError> {
        let mut asks = redis::pipe();
        asks.cmd("XREAD").arg("COUNT").arg(PARTS);
        if self.waits {
            let most = u64::try_from(WAITS.as_millis()).unwrap_or(0);
            asks.arg("BLOCK").arg(most);
        }
        asks.arg("STREAMS").arg(key).arg(&self.after);
        asks.cmd("TIME");
        let answered = asks.query_async(&mut self.link().await?).await;
        let (reply, time): (Option<StreamReadReply>, _) =
            answered.map_err(|error| self.engine.failed(&error))?;
        Ok((reply.unwrap_or_default(), time))
    }

    /// Whoever waits holds up everybody else on the same connection.
    async fn link(&mut self) -> Result<Link, EngineError> {
        if !self.waits {
            return self.engine.connection().await;
        }
        if self.connection.is_none() {
            self.connection = Some(self.engine.connect().await?);
        }
        let own = self.connection.clone();
        own.ok_or_else(|| self.engine.odd())
    }

    fn begin_anew(&mut self) {
        BEGINNING.clone_into(&mut self.after);
        self.told = None;
        self.read.clear();
    }

    /// The part, where nothing is missing before it.
    fn fits(&mut self, entry: &StreamId) -> Option<Published> {
        let kind: String = entry.get("kind")?;
        let (leader, count) = (entry.get("leader")?, entry.get("count")?);
        let bytes = entry.get("bytes")?;
        let now = Told { leader, count };
        let part = if kind == "base" {
            Part::Base
        } else {
            let before = self.told.as_ref()?;
            let follows = before.leader == now.leader && before.count + 1 == now.count;
            follows.then_some(Part::Change)?
        };
        self.told = Some(now);
        let age = Duration::from_millis(self.read_at.saturating_sub(told_at(&entry.id)));
        Some(Published { part, bytes, age })
    }
}

/// When a part was told, by the engine's clock, in milliseconds: its id begins with that. An id that had to
/// be ahead of the clock, because that was set back, counts as now.
fn told_at(id: &str) -> u64 {
    let millis = id.split('-').next().unwrap_or_default();
    millis.parse().unwrap_or(u64::MAX)
}
