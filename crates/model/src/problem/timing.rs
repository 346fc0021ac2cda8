//! What is wrong with times: polls that begin late, requests that fail now and then, the clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::find::Finder;
use super::{LateBy, Problem, ProblemKind, Severity};
use crate::cause::Cause;
use crate::clock::elapsed;
use crate::limits::is_clock_odd;
use crate::snapshot::PollView;

/// Lateness that is worth a word, as a part of the interval, and at least.
const LATE_PART: u32 = 4;
const LATE_LEAST: Duration = Duration::from_millis(250);
/// For so long a cycle counts for why polls are late; `late_p95` looks as far back.
const LATE_WINDOW: Duration = Duration::from_mins(5);

impl Finder<'_> {
    /// What is slow, late or fails now and then.
    pub(super) fn timing(&mut self) {
        let poll = &self.snapshot.poll;
        // Where nothing is answered at all, nobody asks how fast.
        let answered = self.roots.unread.is_none() && self.roots.throttled.is_none();
        if answered && poll.late_p95 > (poll.interval / LATE_PART).max(LATE_LEAST) {
            let kind = ProblemKind::Late(poll.late_p95, self.late_by());
            self.say(Severity::Warning, kind, None);
        }
        let said = |problem: &Problem| matches!(problem.kind, ProblemKind::ReadFails { .. });
        let is_said = self.problems.iter().any(said);
        if answered && !is_said && poll.errors_last_minute > 0 {
            let kind = ProblemKind::Errors(poll.errors_last_minute);
            self.say(Severity::Warning, kind, None);
        }
        self.clock();
    }

    /// A slow answer makes the next poll begin late, and so does waiting for the budget; only what is
    /// left is this machine's.
    fn late_by(&self) -> LateBy {
        let budget = &self.snapshot.budget;
        let spent = budget.used_30s.saturating_mul(10) >= budget.allowed_30s.saturating_mul(9);
        if budget.waiting > 0 || (budget.allowed_30s > 0 && spent) {
            return LateBy::Budget;
        }
        let poll = &self.snapshot.poll;
        let slowest = slowest_answer(poll, self.now);
        if slowest >= poll.interval {
            return LateBy::SlowAnswers(slowest);
        }
        LateBy::Machine
    }

    fn clock(&mut self) {
        let odd = |ms: &i64| is_clock_odd(SignedDuration::from_millis(*ms));
        let Some(skew) = self.snapshot.clock_skew_ms.filter(odd) else {
            return;
        };
        let token = self.roots.no_token.as_ref();
        if !token.is_some_and(|trouble| is_of_clock(&trouble.cause)) {
            self.say(Severity::Warning, ProblemKind::Skew(skew / 1_000), None);
        }
    }
}

/// The slowest answer of the last minutes; a request that is under way counts as long as it has
/// lasted.
fn slowest_answer(poll: &PollView, now: Timestamp) -> Duration {
    let recent = poll.cycles.iter();
    let recent = recent.filter(|cycle| elapsed(cycle.started, now) <= LATE_WINDOW);
    let running = poll.running_since.map(|since| elapsed(since, now));
    let slowest = recent.map(|cycle| cycle.slowest).chain(running).max();
    slowest.unwrap_or_default()
}

/// Whether it says already that a clock is wrong (AADSTS700024: the assertion's time).
fn is_of_clock(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Entra { code: 700_024 }
            | Cause::Token {
                clock_ahead: Some(_)
            }
    )
}
