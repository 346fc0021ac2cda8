//! What a member asks of the engine about who leads, and what the engine answers.

use std::time::Duration;

/// A running member: chosen at random when it starts, so that a restarted one is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MemberId(pub u64);

/// The number that grows with each leader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Token(pub u64);

impl Token {
    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What every entry of the ledger is sent with, and without which none is taken. The number alone does not
/// do: a promoted replica that has not heard of the last leader may give its number again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// Who leads.
    pub member: MemberId,
    /// Its number.
    pub token: Token,
}

/// Tells the answers of one member's questions apart; grows with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AskId(pub u64);

/// What a member asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// To lead, if nobody does.
    Acquire {
        /// Who asks.
        member: MemberId,
        /// The highest number that it has seen: the engine gives a higher one, whatever it has forgotten.
        last_seen: Token,
    },
    /// To go on leading.
    Renew(Fence),
    /// To lead no longer, with nothing under way.
    Release(Fence),
}

/// What the engine says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The asker leads.
    Granted {
        /// What it writes with.
        fence: Fence,
        /// The leader before has said that it has nothing under way.
        is_clean: bool,
    },
    /// The asker goes on leading.
    Renewed,
    /// Another leads.
    Held {
        /// Its number.
        token: Token,
        /// How long, if it does not renew.
        left: Duration,
    },
    /// The engine's run id is another one, and nobody may lead until every leader of the one before has stepped down.
    Settling {
        /// How long that is.
        left: Duration,
    },
    /// The fence is not the present leader's.
    Refused,
    /// The asker leads no longer.
    Released,
}
