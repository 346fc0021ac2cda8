//! The election as one member sees it. In: time, answers of the engine, the wish to end. Out:
//! questions for the engine, and since when or no longer this member leads.

use std::time::Duration;

use jiff::Timestamp;
use model::clock::{advance, elapsed};

use crate::protocol::{Answer, AskId, Fence, MemberId, Request, Token};
use crate::rules::Rules;

/// What happens to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A time has come: see [`Election::wake_at`].
    Wake,
    /// The engine has answered a question.
    Answered(AskId, Answer),
    /// A question failed: refused connection, wrong password, engine full or read-only.
    Failed(AskId),
    /// This member cannot do a leader's work, and another one can: see [`Rules::hold_off`].
    Yield,
    /// The process ends, and nothing that it has sent to Graph is under way any more.
    End,
}

/// What a member does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Ask the engine.
    Ask(AskId, Request),
    /// This member leads: see [`Election::right`] for when it may write.
    Lead(Fence),
    /// This member leads no longer.
    StepDown(StepDown),
}

/// Why a leader stepped down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepDown {
    /// No renewal was confirmed in time.
    EngineLost,
    /// The engine does not know this leader (any more).
    Refused,
    /// Another member is to lead. What is under way goes on meanwhile: the key ends by itself.
    Yielded,
    /// The process ends.
    Ended,
}

/// The right to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// What the ledger takes entries with.
    pub fence: Fence,
    /// How long: a request leaves only if its timeout is not longer.
    pub left: Duration,
}

#[derive(Debug)]
enum Role {
    Standby,
    Leading {
        fence: Fence,
        write_from: Timestamp,
        good_until: Timestamp,
    },
    Ended,
}

/// A question without an answer so far.
#[derive(Debug, Clone, Copy)]
struct Asked {
    id: AskId,
    at: Timestamp,
}

/// The state machine of one member. All times are those of a clock that never jumps
/// ([`model::clock::Clock::now`]).
#[derive(Debug)]
pub struct Election {
    rules: Rules,
    member: MemberId,
    role: Role,
    last_seen: Token,
    asked: Option<Asked>,
    ask_at: Timestamp,
    next_id: AskId,
    heard_at: Timestamp,
}

impl Election {
    /// A standby that asks at its first [`Event::Wake`].
    #[must_use]
    pub fn new(rules: Rules, member: MemberId, now: Timestamp) -> Self {
        Self {
            rules,
            member,
            role: Role::Standby,
            last_seen: Token::default(),
            asked: None,
            ask_at: now,
            next_id: AskId::default(),
            heard_at: now,
        }
    }

    /// Takes `event`, and says what is to be done.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Wake => {}
            Event::Answered(id, answer) => self.answered(id, answer, now, &mut effects),
            Event::Failed(id) => self.failed(id, now),
            Event::Yield => self.yield_lead(now, &mut effects),
            Event::End => self.end(now, &mut effects),
        }
        self.expire(now, &mut effects);
        self.ask_when_due(now, &mut effects);
        effects
    }

    /// Whether this member may write now, and for how long.
    #[must_use]
    pub fn right(&self, now: Timestamp) -> Option<Right> {
        let Role::Leading {
            fence,
            write_from,
            good_until,
        } = &self.role
        else {
            return None;
        };
        let is_now = now >= *write_from && now < *good_until;
        is_now.then(|| Right {
            fence: *fence,
            left: elapsed(now, *good_until),
        })
    }

    /// Since when, or from when on, a leader may write.
    #[must_use]
    pub const fn writes_from(&self) -> Option<Timestamp> {
        match &self.role {
            Role::Leading { write_from, .. } => Some(*write_from),
            Role::Standby | Role::Ended => None,
        }
    }

    /// Whether the engine has been silent for as long as makes a leader step down.
    #[must_use]
    pub fn is_engine_lost(&self, now: Timestamp) -> bool {
        elapsed(self.heard_at, now) >= self.rules.step_down
    }

    /// When the next [`Event::Wake`] is due; never after the end.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let asks = match self.asked {
            Some(asked) => advance(asked.at, self.rules.answer_within),
            None => self.ask_at,
        };
        match &self.role {
            Role::Standby => Some(asks),
            Role::Leading { good_until, .. } => Some(asks.min(*good_until)),
            Role::Ended => None,
        }
    }

    /// An answer to a question that has been given up changes nothing: its time was counted as lost.
    fn answered(&mut self, id: AskId, answer: Answer, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(asked) = self.asked.filter(|asked| asked.id == id) else {
            return;
        };
        self.asked = None;
        self.heard_at = now;
        match answer {
            Answer::Granted { fence, is_clean } => {
                self.lead(fence, is_clean, asked.at, now, effects);
            }
            Answer::Renewed => self.renewed(asked.at),
            Answer::Held { token, left } => self.look_again(token, left, now),
            Answer::Settling { left } => self.look_again(Token::default(), left, now),
            Answer::Refused | Answer::Released => self.step_down(StepDown::Refused, now, effects),
        }
    }

    fn lead(
        &mut self,
        fence: Fence,
        is_clean: bool,
        sent: Timestamp,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let wait = if is_clean {
            Duration::ZERO
        } else {
            self.rules.request_timeout
        };
        self.last_seen = self.last_seen.max(fence.token);
        self.ask_at = advance(sent, self.rules.renew_every);
        self.role = Role::Leading {
            fence,
            write_from: advance(now, wait),
            good_until: advance(sent, self.rules.step_down),
        };
        effects.push(Effect::Lead(fence));
    }

    /// The key lives for its whole time from when the engine took the renewal, which is not before it was sent.
    fn renewed(&mut self, sent: Timestamp) {
        if let Role::Leading { good_until, .. } = &mut self.role {
            *good_until = advance(sent, self.rules.step_down);
            self.ask_at = advance(sent, self.rules.renew_every);
        }
    }

    fn look_again(&mut self, token: Token, left: Duration, now: Timestamp) {
        self.last_seen = self.last_seen.max(token);
        self.ask_at = advance(now, left.min(self.rules.look_every));
    }

    fn failed(&mut self, id: AskId, now: Timestamp) {
        if self.asked.is_some_and(|asked| asked.id == id) {
            self.asked = None;
            self.ask_at = advance(now, self.rules.look_every);
        }
    }

    fn end(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if let Role::Leading {
            fence, write_from, ..
        } = &self.role
        {
            // Before that, what the leader before had under way is not known to have ended.
            if now >= *write_from {
                let release = Request::Release(*fence);
                self.ask(release, now, effects);
            }
            effects.push(Effect::StepDown(StepDown::Ended));
        }
        self.role = Role::Ended;
        self.asked = None;
    }

    fn step_down(&mut self, why: StepDown, now: Timestamp, effects: &mut Vec<Effect>) {
        if !matches!(self.role, Role::Leading { .. }) {
            return;
        }
        self.role = Role::Standby;
        self.asked = None;
        self.ask_at = advance(now, self.rules.look_every);
        effects.push(Effect::StepDown(why));
    }

    /// The engine is not told: what is under way ends within the key's time, and the next leader waits for that.
    fn yield_lead(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if !matches!(self.role, Role::Leading { .. }) {
            return;
        }
        self.step_down(StepDown::Yielded, now, effects);
        self.ask_at = advance(now, self.rules.hold_off);
        // Until then nothing is asked, and no silence says anything.
        self.heard_at = self.ask_at;
    }

    fn expire(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if let Role::Leading { good_until, .. } = &self.role
            && now >= *good_until
        {
            self.step_down(StepDown::EngineLost, now, effects);
        }
    }

    fn ask_when_due(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.wake_at().is_none_or(|at| now < at) {
            return;
        }
        let request = match &self.role {
            Role::Standby => Request::Acquire {
                member: self.member,
                last_seen: self.last_seen,
            },
            Role::Leading { fence, .. } => Request::Renew(*fence),
            Role::Ended => return,
        };
        self.ask(request, now, effects);
    }

    fn ask(&mut self, request: Request, now: Timestamp, effects: &mut Vec<Effect>) {
        let id = self.next_id;
        self.next_id = AskId(id.0.saturating_add(1));
        self.asked = Some(Asked { id, at: now });
        effects.push(Effect::Ask(id, request));
    }
}

#[cfg(test)]
mod tests;
