//! Which of several machines writes for a tenant. Pure: no I/O and no clock.
//!
//! One member leads: it holds a key of the engine (Redis or Valkey) for [`Rules::ttl`], renews it, and
//! stops by its own clock well before the key can have expired. The rule that no entry of the
//! ledger is taken without the present [`Fence`] is the engine's: that of the crate `engine` in the product,
//! one in memory in the simulation.
//!
//! | file | what |
//! | --- | --- |
//! | `rules` | the times that everything else follows from |
//! | `protocol` | what a member asks of the engine, and what it answers |
//! | `election` | the state machine of one member |
//! | `memory` | tests: an engine in memory |
//! | `simulation` | tests: members on it, with seeded faults |
//!
//! What holds: never two members with the right to write, and never an entry under an old fence,
//! whatever is paused, cut off, lost or promoted. What does not: a request under way when its process
//! is paused may land late; two engines that both take themselves for the primary are two engines;
//! and an engine whose clock is set forward by more than two seconds forgets a leader too early.

mod election;
mod protocol;
mod rules;

#[cfg(any(test, feature = "memory"))]
pub mod memory;
#[cfg(test)]
mod simulation;

pub use election::{Effect, Election, Event, Right, StepDown};
pub use protocol::{Answer, AskId, Fence, MemberId, Request, Token};
pub use rules::Rules;
