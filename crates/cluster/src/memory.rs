//! The engine in memory: what the scripts of a real one are to do, with a clock from outside. For tests:
//! the simulation's members stand for election on it, and a real engine is compared with it.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use model::clock::{advance, elapsed};

use crate::{Answer, Fence, MemberId, Request, Rules, Token};

/// Requests a window, of which members get 80 %.
pub const LIMIT: u32 = 100;

/// What members may use of [`LIMIT`].
pub const SHARE: u32 = LIMIT * 4 / 5;

/// How long a request counts: Graph's 30 s, and the time in which a grant may still be used.
const COUNTED: Duration = Duration::from_secs(36);

/// What an engine knows.
#[derive(Debug, Clone)]
pub struct Engine {
    rules: Rules,
    /// Another one after each restart, and of each replica.
    run: u64,
    noted_run: Option<u64>,
    settled_at: Timestamp,
    counter: Token,
    leader: Option<(MemberId, Token, Timestamp)>,
    is_released: bool,
    spent: VecDeque<(Timestamp, u32)>,
}

impl Engine {
    /// One that knows nothing, as this run.
    #[must_use]
    pub fn empty(rules: Rules, run: u64) -> Self {
        Self {
            rules,
            run,
            noted_run: None,
            settled_at: Timestamp::MIN,
            counter: Token::default(),
            leader: None,
            is_released: false,
            spent: VecDeque::new(),
        }
    }

    /// This state as an engine of another run: what a promoted replica is.
    #[must_use]
    pub fn promoted(&self, run: u64) -> Self {
        Self {
            run,
            ..self.clone()
        }
    }

    /// What it says, and does.
    pub fn answer(&mut self, request: Request, now: Timestamp) -> Answer {
        self.note(now);
        match request {
            Request::Acquire { member, last_seen } => self.acquire(member, last_seen, now),
            Request::Renew(fence) => self.renew(&fence, now),
            Request::Release(fence) => self.release(&fence),
        }
    }

    /// An entry of the ledger: taken from the present leader alone.
    pub fn put(&mut self, fence: &Fence, now: Timestamp) -> bool {
        self.note(now);
        self.holds(fence)
    }

    /// Requests to Graph: within the share of all members together.
    pub fn spend(&mut self, fence: &Fence, requests: u32, now: Timestamp) -> bool {
        self.note(now);
        self.spent.retain(|(at, _)| elapsed(*at, now) < COUNTED);
        let used: u32 = self.spent.iter().map(|(_, requests)| requests).sum();
        let fits = self.holds(fence) && used + requests <= SHARE;
        if fits {
            self.spent.push_back((now, requests));
        }
        fits
    }

    /// A new run knows neither who leads nor what was spent: both count as the worst.
    fn note(&mut self, now: Timestamp) {
        if self.leader.is_some_and(|(_, _, until)| until <= now) {
            self.leader = None;
        }
        if self.noted_run == Some(self.run) {
            return;
        }
        self.noted_run = Some(self.run);
        self.settled_at = advance(now, self.rules.ttl);
        self.leader = None;
        self.is_released = false;
        self.spent = VecDeque::from([(now, SHARE)]);
    }

    fn acquire(&mut self, member: MemberId, last_seen: Token, now: Timestamp) -> Answer {
        if now < self.settled_at {
            let left = elapsed(now, self.settled_at);
            return Answer::Settling { left };
        }
        if let Some((holder, token, until)) = self.leader
            && holder != member
        {
            let left = elapsed(now, until);
            return Answer::Held { token, left };
        }
        self.counter = self.counter.next().max(last_seen.next());
        self.leader = Some((member, self.counter, advance(now, self.rules.ttl)));
        let is_clean = std::mem::take(&mut self.is_released);
        let fence = Fence {
            member,
            token: self.counter,
        };
        Answer::Granted { fence, is_clean }
    }

    fn renew(&mut self, fence: &Fence, now: Timestamp) -> Answer {
        if !self.holds(fence) {
            return Answer::Refused;
        }
        self.leader = Some((fence.member, fence.token, advance(now, self.rules.ttl)));
        Answer::Renewed
    }

    fn release(&mut self, fence: &Fence) -> Answer {
        if !self.holds(fence) {
            return Answer::Refused;
        }
        self.leader = None;
        self.is_released = true;
        Answer::Released
    }

    fn holds(&self, fence: &Fence) -> bool {
        let leads = |(member, token, _)| member == fence.member && token == fence.token;
        self.leader.is_some_and(leads)
    }
}
