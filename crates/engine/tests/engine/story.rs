//! Seeded stories: whatever members ask in whatever order, the scripts answer what the engine in memory
//! answers, while leaders end and expire, replicas are promoted and everything is forgotten.

use std::time::Duration;

use cluster::memory::Engine as Memory;
use cluster::{Answer, Fence, MemberId, Request, Rules, Token};
use engine::{Engine, Ledger, Put};
use jiff::Timestamp;
use model::clock::advance;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::server::{Redis, key};

const STORIES: u64 = 40;
const STEPS: u32 = 60;

/// Time passes in such steps, of which no sum comes near the leader's 6 s: what a call takes on a busy
/// machine decides nothing.
const STEP: Duration = Duration::from_millis(700);

/// How far apart what is left may be: a busy machine asks and answers a moment later.
const APART: Duration = Duration::from_millis(300);

const MEMBERS: [MemberId; 3] = [MemberId(1), MemberId(u64::MAX), MemberId(0xabc)];

struct Story {
    random: ChaCha8Rng,
    redis: Redis,
    engine: Engine,
    memory: Memory,
    run: u64,
    now: Timestamp,
    /// The server's clock at the last step, in ms.
    since: u64,
    fences: Vec<Fence>,
    grants: u32,
    refusals: u32,
}

impl Story {
    fn begin(&mut self, seed: u64) {
        self.random = ChaCha8Rng::seed_from_u64(seed);
        self.forget_all();
        self.fences.clear();
    }

    fn forget_all(&mut self) {
        let _: () = self.redis.says("FLUSHALL");
        self.run += 1;
        self.memory = Memory::empty(Rules::default(), self.run);
    }

    /// The data is another server's: what a promoted replica has.
    fn promote(&mut self) {
        if self.redis.says::<u8>(&format!("EXISTS {}", key("run"))) == 1 {
            let _: i64 = self.redis.says(&format!("HSET {} id another", key("run")));
        }
        self.run += 1;
        self.memory = self.memory.promoted(self.run);
    }

    fn pass(&mut self, steps: u32) {
        self.since = self.redis.pass_since(STEP * steps, self.since);
        self.now = advance(self.now, STEP * steps);
    }

    async fn step(&mut self) {
        let steps = match self.random.gen_range(0..10) {
            0..5 => 0,
            5..9 => self.random.gen_range(1..5),
            _ => 12,
        };
        self.pass(steps);
        match self.random.gen_range(0..100) {
            0..2 => self.forget_all(),
            2..6 => self.promote(),
            6..9 => {
                let _: () = self.redis.says("SCRIPT FLUSH");
            }
            9..30 => self.put().await,
            _ => self.ask().await,
        }
    }

    async fn ask(&mut self) {
        let request = self.request();
        let says = self.engine.ask(request).await.unwrap();
        let expected = self.memory.answer(request, self.now);
        assert!(
            is_same(says, expected),
            "{request:?}: {says:?}, not {expected:?}"
        );
        self.remember(says);
    }

    fn remember(&mut self, answer: Answer) {
        match answer {
            Answer::Granted { fence, .. } => {
                self.fences.push(fence);
                self.grants += 1;
            }
            Answer::Refused => self.refusals += 1,
            _ => {}
        }
    }

    async fn put(&mut self) {
        let fence = self.fence();
        let kept = Duration::from_mins(5);
        let says = self
            .engine
            .put(&fence, (Ledger::Teams, "a"), b"lease", kept)
            .await
            .unwrap();
        let is_taken = self.memory.put(&fence, self.now);
        assert_eq!(says == Put::Taken, is_taken, "{fence:?}");
    }

    fn request(&mut self) -> Request {
        match self.random.gen_range(0..10) {
            0..5 => Request::Acquire {
                member: *MEMBERS.choose(&mut self.random).unwrap(),
                last_seen: self.last_seen(),
            },
            5..8 => Request::Renew(self.fence()),
            _ => Request::Release(self.fence()),
        }
    }

    fn last_seen(&mut self) -> Token {
        let highest = self.fences.iter().map(|fence| fence.token.0).max();
        let seen = [0, highest.unwrap_or(0), highest.unwrap_or(0) + 7];
        Token(*seen.choose(&mut self.random).unwrap())
    }

    /// Mostly the last one given, sometimes an older one, or one that was never given.
    fn fence(&mut self) -> Fence {
        let last = self.fences.last().copied();
        let mut fence = match self.random.gen_range(0..10) {
            0..6 => last,
            _ => self.fences.choose(&mut self.random).copied(),
        }
        .unwrap_or(Fence {
            member: MEMBERS[0],
            token: Token(1),
        });
        match self.random.gen_range(0..20) {
            0 => fence.token = fence.token.next(),
            1 => fence.member = MEMBERS[2],
            _ => {}
        }
        fence
    }
}

fn is_same(says: Answer, expected: Answer) -> bool {
    let is_near = |says: Duration, left: Duration| says.abs_diff(left) <= APART;
    match (says, expected) {
        (Answer::Settling { left: says }, Answer::Settling { left }) => is_near(says, left),
        (
            Answer::Held {
                token: theirs,
                left: says,
            },
            Answer::Held { token, left },
        ) => theirs == token && is_near(says, left),
        (says, expected) => says == expected,
    }
}

#[tokio::test]
async fn every_answer_is_that_of_the_engine_in_memory() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let mut story = Story {
        random: ChaCha8Rng::seed_from_u64(0),
        engine: redis.engine(),
        redis,
        memory: Memory::empty(Rules::default(), 0),
        run: 0,
        now: Timestamp::UNIX_EPOCH,
        since: 0,
        fences: Vec::new(),
        grants: 0,
        refusals: 0,
    };
    for seed in 0..STORIES {
        println!("story {seed}");
        story.begin(seed);
        for _ in 0..STEPS {
            story.step().await;
        }
    }
    // Stories in which nothing happens would prove nothing.
    assert!(story.grants > 100, "{}", story.grants);
    assert!(story.refusals > 100, "{}", story.refusals);
}
