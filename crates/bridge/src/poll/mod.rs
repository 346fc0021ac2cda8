//! The poll: all matched users every X seconds, in chunks of at most 650.
//!
//! In: the ids to poll, the interval, wishes for a poll right now. Out: one
//! [`super::Event::Read`] for every request and one [`super::Event::CycleEnded`] for every cycle.
//! [`plan`] (of [`part`]s), [`outage`] and [`schedule`] decide and [`last_answers`] keeps (pure), [`task`] sends.

mod due;
mod failure;
mod last_answers;
mod outage;
mod part;
mod plan;
mod schedule;
mod task;

pub(super) use task::{PollOrder, PollTask};
