//! One run: the members, the way between them and the engine, the faults, and the oracle.

use std::time::Duration;

use jiff::Timestamp;
use model::clock::advance;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::outcome::{Outcome, Violation};
use crate::memory::{Engine, SHARE};
use crate::{Answer, AskId, Effect, Election, Event, Fence, MemberId, Request, Rules};

/// Milliseconds between two looks of everybody.
const TICK: u64 = 20;
/// Milliseconds of faults, then as many without.
const FAULTY: u64 = 90_000;
const CALM: u64 = 60_000;
/// What Graph counts over.
const WINDOW: u64 = 30_000;

#[derive(Clone, Copy)]
enum Question {
    Lead(AskId, Request),
    Put(Fence),
    Spend(Fence, u64),
}

enum Reply {
    Lead(AskId, Answer),
    /// Asked at this time, whoever led then.
    Spent(Fence, u64),
}

enum Way {
    ToEngine(Question),
    ToMember(Reply),
}

struct Message {
    at: u64,
    slot: usize,
    /// Of the member that it is from or for: a restarted one is another.
    member: MemberId,
    way: Way,
}

struct Member {
    id: MemberId,
    election: Election,
    /// Its clock: that far off, and that much faster (in parts of a thousand, below 10 either way).
    offset: u64,
    faster: i64,
    paused_until: u64,
    cut_until: u64,
}

struct Write {
    at: u64,
    lands_by: u64,
    member: MemberId,
}

struct World {
    rng: ChaCha8Rng,
    rules: Rules,
    now: u64,
    next_id: u64,
    engine: Engine,
    replica: Engine,
    members: Vec<Member>,
    messages: Vec<Message>,
    writes: Vec<Write>,
    last_grant: Option<Fence>,
    outcome: Outcome,
}

/// One run from its seed.
pub(super) fn run(seed: u64, rules: Rules) -> Result<Outcome, Violation> {
    let mut world = World::new(seed, rules);
    while world.now < FAULTY + CALM {
        if world.now < FAULTY {
            world.fault();
        }
        world.deliver()?;
        world.members_step()?;
        world.now += TICK;
    }
    let recent = world
        .writes
        .iter()
        .any(|write| write.at + 40_000 > world.now);
    if recent {
        Ok(world.outcome)
    } else {
        Err(Violation::NobodyWrites)
    }
}

impl World {
    fn new(seed: u64, rules: Rules) -> Self {
        let mut world = Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            rules,
            now: 0,
            next_id: 1,
            engine: Engine::empty(rules, 0),
            replica: Engine::empty(rules, 0),
            members: Vec::new(),
            messages: Vec::new(),
            writes: Vec::new(),
            last_grant: None,
            outcome: Outcome::default(),
        };
        for _ in 0..world.rng.gen_range(2..4) {
            let member = world.new_member();
            world.members.push(member);
        }
        world
    }

    fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn new_member(&mut self) -> Member {
        let id = MemberId(self.fresh_id());
        let (offset, faster) = (self.rng.gen_range(0..1_000_000), self.rng.gen_range(-9..10));
        let now = local(offset, faster, self.now);
        Member {
            id,
            election: Election::new(self.rules, id, now),
            offset,
            faster,
            paused_until: 0,
            cut_until: 0,
        }
    }

    fn fault(&mut self) {
        let slot = self.rng.gen_range(0..self.members.len());
        let until = self.now + self.rng.gen_range(500..12_000);
        match self.rng.gen_range(0..3_000) {
            0..=3 => self.members[slot].paused_until = until,
            4..=7 => self.members[slot].cut_until = until,
            8 => self
                .members
                .iter_mut()
                .for_each(|member| member.cut_until = until),
            9 | 10 => self.crash(slot, until),
            11 => self.end(slot),
            12 => self.promote(),
            13 => self.engine = Engine::empty(self.rules, self.next_id + 1_000),
            14..=60 => self.replica = self.engine.clone(),
            61 | 62 => self.yield_lead(slot),
            _ => {}
        }
        if self.now.is_multiple_of(1_000) {
            self.next_id += 1;
        }
    }

    fn crash(&mut self, slot: usize, until: u64) {
        self.members[slot] = self.new_member();
        self.members[slot].paused_until = until;
    }

    /// A clean end, and another member in its place: with nothing of this one's under way.
    fn end(&mut self, slot: usize) {
        let now = self.local_now(slot);
        let id = self.members[slot].id;
        let under_way = |write: &Write| write.member == id && write.lands_by > self.now;
        if self.members[slot].paused_until > self.now || self.writes.iter().any(under_way) {
            return;
        }
        let effects = self.members[slot].election.step(Event::End, now);
        self.apply(slot, effects);
        self.members[slot] = self.new_member();
    }

    fn yield_lead(&mut self, slot: usize) {
        if self.is_paused(slot) {
            return;
        }
        let now = self.local_now(slot);
        let effects = self.members[slot].election.step(Event::Yield, now);
        self.outcome.yields += u64::from(!effects.is_empty());
        self.apply(slot, effects);
    }

    fn promote(&mut self) {
        let run = self.fresh_id() + 1_000;
        self.engine = self.replica.promoted(run);
    }

    fn local_now(&self, slot: usize) -> Timestamp {
        local(
            self.members[slot].offset,
            self.members[slot].faster,
            self.now,
        )
    }

    fn is_paused(&self, slot: usize) -> bool {
        self.members[slot].paused_until > self.now
    }

    fn deliver(&mut self) -> Result<(), Violation> {
        let sent = std::mem::take(&mut self.messages);
        let (due, later): (Vec<_>, Vec<_>) =
            sent.into_iter().partition(|message| message.at <= self.now);
        self.messages = later;
        due.into_iter().try_for_each(|message| self.arrive(message))
    }

    fn arrive(&mut self, message: Message) -> Result<(), Violation> {
        let Message { slot, member, .. } = message;
        match message.way {
            Way::ToEngine(question) => return self.at_engine(slot, member, question),
            Way::ToMember(reply) => self.at_member(slot, member, reply),
        }
        Ok(())
    }

    fn at_engine(
        &mut self,
        slot: usize,
        member: MemberId,
        question: Question,
    ) -> Result<(), Violation> {
        let now = advance(Timestamp::UNIX_EPOCH, Duration::from_millis(self.now));
        match question {
            Question::Lead(id, request) => {
                let answer = self.engine.answer(request, now);
                self.granted(request, answer)?;
                self.send(slot, member, Way::ToMember(Reply::Lead(id, answer)));
            }
            Question::Put(fence) => self.entry(fence, now)?,
            Question::Spend(fence, asked) => {
                if self.engine.spend(&fence, 1, now) {
                    self.send(slot, member, Way::ToMember(Reply::Spent(fence, asked)));
                }
            }
        }
        Ok(())
    }

    /// A number grows for whoever asks with what it has seen, whatever the engine has forgotten.
    fn granted(&mut self, request: Request, answer: Answer) -> Result<(), Violation> {
        let (Request::Acquire { last_seen, .. }, Answer::Granted { fence, .. }) = (request, answer)
        else {
            return Ok(());
        };
        self.last_grant = Some(fence);
        self.outcome.leaders += 1;
        if fence.token > last_seen {
            return Ok(());
        }
        Err(Violation::NumberAgain(fence))
    }

    /// Whatever the engine has forgotten, the oracle knows who was given the lead last.
    fn entry(&mut self, fence: Fence, now: Timestamp) -> Result<(), Violation> {
        if !self.engine.put(&fence, now) {
            self.outcome.refused_entries += 1;
            return Ok(());
        }
        if self.last_grant.as_ref() == Some(&fence) {
            return Ok(());
        }
        Err(Violation::OldEntry(fence))
    }

    fn at_member(&mut self, slot: usize, member: MemberId, reply: Reply) {
        if self.members[slot].id != member {
            return;
        }
        if self.is_paused(slot) {
            let at = self.members[slot].paused_until;
            let way = Way::ToMember(reply);
            self.messages.push(Message {
                at,
                slot,
                member,
                way,
            });
            return;
        }
        let now = self.local_now(slot);
        match reply {
            Reply::Lead(id, answer) => {
                let event = Event::Answered(id, answer);
                let effects = self.members[slot].election.step(event, now);
                self.apply(slot, effects);
            }
            Reply::Spent(fence, asked) => self.write(slot, &fence, asked),
        }
    }

    /// A write leaves under the fence that it was granted for, soon after, and with time for its timeout.
    fn write(&mut self, slot: usize, fence: &Fence, asked: u64) {
        let right = self.members[slot].election.right(self.local_now(slot));
        let fits = right
            .is_some_and(|right| right.fence == *fence && right.left >= self.rules.request_timeout);
        if !fits || self.now > asked + 4_000 {
            return;
        }
        let timeout = u64::try_from(self.rules.request_timeout.as_millis()).unwrap_or(u64::MAX);
        self.writes.push(Write {
            at: self.now,
            lands_by: self.now + timeout * 101 / 100,
            member: fence.member,
        });
        self.outcome.writes += 1;
    }

    fn members_step(&mut self) -> Result<(), Violation> {
        for slot in 0..self.members.len() {
            if self.is_paused(slot) {
                continue;
            }
            let now = self.local_now(slot);
            if self.members[slot]
                .election
                .wake_at()
                .is_some_and(|at| at <= now)
            {
                let effects = self.members[slot].election.step(Event::Wake, now);
                self.apply(slot, effects);
            }
            self.work(slot);
        }
        self.check()
    }

    /// What a leader does all the time: take entries, and ask for requests.
    fn work(&mut self, slot: usize) {
        let right = self.members[slot].election.right(self.local_now(slot));
        let Some(right) = right.filter(|_| self.rng.gen_bool(0.15)) else {
            return;
        };
        let id = self.members[slot].id;
        self.send(slot, id, Way::ToEngine(Question::Put(right.fence)));
        let asked = self.now;
        self.send(slot, id, Way::ToEngine(Question::Spend(right.fence, asked)));
    }

    fn apply(&mut self, slot: usize, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Ask(id, request) = effect {
                let member = self.members[slot].id;
                self.send(slot, member, Way::ToEngine(Question::Lead(id, request)));
            }
        }
    }

    /// Lost where the member is cut off; else late, now and then very late, until the faults end.
    fn send(&mut self, slot: usize, member: MemberId, way: Way) {
        let is_lost = self.now < FAULTY && self.rng.gen_bool(0.02);
        if is_lost || self.members[slot].cut_until > self.now {
            return;
        }
        let is_late = self.now < FAULTY && self.rng.gen_bool(0.03);
        let most = if is_late { 9_000 } else { 60 };
        let at = self.now + self.rng.gen_range(1..most);
        self.messages.push(Message {
            at,
            slot,
            member,
            way,
        });
    }

    fn check(&mut self) -> Result<(), Violation> {
        let rights = (0..self.members.len())
            .filter(|slot| !self.is_paused(*slot))
            .filter(|slot| {
                let now = self.local_now(*slot);
                self.members[*slot].election.right(now).is_some()
            });
        if rights.count() > 1 {
            return Err(Violation::TwoRights(self.now));
        }
        self.writes.retain(|write| write.at + WINDOW > self.now);
        let used = self.writes.len();
        if used > SHARE as usize {
            return Err(Violation::OverBudget(used));
        }
        self.check_overlap()
    }

    fn check_overlap(&self) -> Result<(), Violation> {
        let now = self.writes.iter().filter(|write| write.at == self.now);
        for new in now {
            let clashes = |old: &Write| old.member != new.member && old.lands_by > new.at;
            if self.writes.iter().any(clashes) {
                return Err(Violation::TwoWriters(self.now));
            }
        }
        Ok(())
    }
}

/// What a member's clock shows.
fn local(offset: u64, faster: i64, now: u64) -> Timestamp {
    let drift = i64::try_from(now).unwrap_or(i64::MAX) * faster / 1_000;
    let millis = (offset + now).saturating_add_signed(drift);
    advance(Timestamp::UNIX_EPOCH, Duration::from_millis(millis))
}
