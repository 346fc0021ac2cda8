//! Microsoft's side: token (Entra), directory, presence read and write, budget, errors.
//!
//! In: settings and requests. Out: answers, or a [`Failure`] in words that an administrator
//! understands, each with the timing of its request. Nothing in here decides anything about
//! presence: that is [`crate::bridge`].

mod answer;

pub use answer::{
    Accepted, BudgetView, Failure, FailureKind, PresenceReading, Priority, RequestId,
    RequestTiming, TokenView,
};
