//! The problems of the whole, and all of them in their order.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::of_users;
use super::roots::Roots;
use super::{LateBy, Problem, ProblemKind, Severity};
use crate::answer::Failure;
use crate::cause::{Cause, Trouble};
use crate::clock::elapsed;
use crate::limits::is_clock_odd;
use crate::permission::PRESENCE_READ;
use crate::snapshot::{EngineView, Link, LinkStatus, Mode, ObserveReason, PollView, Snapshot};

/// Problems that are listed; beyond it the numbers say enough.
const LIMIT: usize = 500;
/// A token that ends sooner than this was not renewed in time.
const TOKEN_SOON: Duration = Duration::from_mins(2);
/// Lateness that is worth a word, as a part of the interval, and at least.
const LATE_PART: u32 = 4;
const LATE_LEAST: Duration = Duration::from_millis(250);
/// For so long a cycle counts for why polls are late; `late_p95` looks as far back.
const LATE_WINDOW: Duration = Duration::from_mins(5);
/// Values and records that are named.
const NAMED: usize = 5;

/// Everything that is wrong, the worst first: by severity, what concerns everybody before what
/// concerns one, and by how many users it affects. What follows from another problem is not listed.
#[must_use]
pub fn find(snapshot: &Snapshot, now: Timestamp) -> Vec<Problem> {
    let roots = Roots::of(snapshot, now);
    let mut found = Finder {
        snapshot,
        now,
        roots: &roots,
        problems: Vec::new(),
    };
    found.reading();
    found.token();
    found.procall();
    found.links();
    found.mode();
    found.cluster();
    found.timing();
    found.directory();
    found.hints();
    let Finder { mut problems, .. } = found;
    of_users::add(snapshot, &roots, &mut problems);
    let whole = |problem: &Problem| !matches!(problem.kind, ProblemKind::OfUsers(_));
    problems.sort_by_key(|it| (it.severity, !whole(it), Reverse(it.affected), rank(it)));
    problems.truncate(LIMIT);
    problems
}

/// Among users' problems of the same weight, the order of severity that notes have.
fn rank(problem: &Problem) -> u8 {
    match &problem.kind {
        ProblemKind::OfUsers(note) => note.rank(),
        _ => 0,
    }
}

struct Finder<'a> {
    snapshot: &'a Snapshot,
    now: Timestamp,
    roots: &'a Roots,
    problems: Vec<Problem>,
}

impl Finder<'_> {
    fn say(&mut self, severity: Severity, kind: ProblemKind, since: Option<Timestamp>) {
        self.problems.push(Problem {
            kind,
            severity,
            since,
            affected: 0,
            user: None,
        });
    }

    /// The same, for every matched user.
    fn say_of_all(&mut self, severity: Severity, kind: ProblemKind, since: Option<Timestamp>) {
        self.say(severity, kind, since);
        if let Some(problem) = self.problems.last_mut() {
            // A summary has the rows of a few of them.
            let matched = self.snapshot.coverage.matched;
            problem.affected = matched.max(self.snapshot.rows.len());
        }
    }

    /// Why nothing is read: one reason, the one that the others follow from.
    fn reading(&mut self) {
        // Whoever stands by hears of the leader through the engine alone.
        if self.snapshot.mode.is_standby() && self.roots.engine_lost {
            return;
        }
        let poll = &self.snapshot.poll;
        if let Some(trouble) = &self.roots.no_token {
            let since = self.snapshot.links.entra.last_ok;
            let kind = ProblemKind::NoToken(trouble.clone());
            return self.say_of_all(Severity::Dead, kind, since);
        }
        if let Some(until) = self.roots.throttled {
            let total = self.snapshot.budget.throttled_total;
            let severity = match self.roots.unread {
                Some(_) => Severity::Dead,
                None => Severity::Bad,
            };
            let kind = ProblemKind::Throttled { until, total };
            return self.say_of_all(severity, kind, None);
        }
        if self.roots.permission == Some(PRESENCE_READ) {
            return;
        }
        let down = poll.down.clone().filter(|_| self.roots.unread.is_some());
        if let Some(trouble) = down {
            let kind = ProblemKind::GraphDown(trouble);
            return self.say_of_all(Severity::Dead, kind, poll.last_good_at);
        }
        match (&self.roots.unread, &self.roots.read_trouble) {
            (None, _) => self.read_now_and_then(),
            (Some(since), Some(trouble)) => {
                let (trouble, down) = (trouble.clone(), true);
                let kind = ProblemKind::ReadFails { trouble, down };
                self.say_of_all(Severity::Dead, kind, *since);
            }
            (Some(since), None) => {
                self.say_of_all(Severity::Dead, ProblemKind::GraphSilent, *since);
            }
        }
    }

    fn read_now_and_then(&mut self) {
        let link = &self.snapshot.links.graph_read;
        if let (LinkStatus::Degraded, Some(trouble)) = (link.status, last_trouble(link)) {
            let kind = ProblemKind::ReadFails {
                trouble,
                down: false,
            };
            self.say(Severity::Warning, kind, link.last_ok);
        }
    }

    fn token(&mut self) {
        if self.roots.no_token.is_none() {
            self.renewal();
        }
        if let Some(name) = self.roots.permission {
            let severity = match name {
                PRESENCE_READ => Severity::Dead,
                _ => Severity::Bad,
            };
            self.say_of_all(severity, ProblemKind::Permission(name), None);
        }
    }

    /// The token holds, and the next one does not come.
    fn renewal(&mut self) {
        let token = &self.snapshot.token;
        let Some(ends) = token.expires_at else {
            return;
        };
        let soon = elapsed(self.now, ends) < TOKEN_SOON;
        let failure = token.failure.as_ref();
        let refused = failure.is_some_and(|failure| !failure.kind.is_transient());
        let trouble = failure.map(Failure::trouble);
        let explained = trouble
            .as_ref()
            .is_some_and(|it| self.roots.explain_renewal(&it.cause));
        if explained || !(soon || failure.is_some()) {
            return;
        }
        let severity = if refused {
            Severity::Bad
        } else {
            Severity::Warning
        };
        let since = self.snapshot.links.entra.last_ok;
        let kind = ProblemKind::TokenNotRenewed { trouble, ends };
        self.say(severity, kind, since);
    }

    fn procall(&mut self) {
        let links = &self.snapshot.links;
        if let Some(since) = links.procall_silent_since {
            return self.say_of_all(Severity::Dead, ProblemKind::ProcallSilent, Some(since));
        }
        // A source says that it has trouble when it has, and that it works when it does again.
        if !matches!(
            links.procall.status,
            LinkStatus::Down | LinkStatus::Degraded
        ) {
            return;
        }
        if let Some(trouble) = last_trouble(&links.procall) {
            let since = links.procall.last_ok;
            self.say_of_all(Severity::Bad, ProblemKind::ProcallFails(trouble), since);
        }
    }

    fn links(&mut self) {
        let links = &self.snapshot.links;
        self.write(&links.graph_write);
        let storage = &links.storage;
        let no_state = matches!(
            self.snapshot.mode,
            Mode::Observing(ObserveReason::NoState(_))
        );
        if let Some(trouble) = failing(storage).filter(|_| !no_state) {
            let severity = match storage.status {
                LinkStatus::Down => Severity::Bad,
                _ => Severity::Warning,
            };
            self.say(
                severity,
                ProblemKind::StorageFails(trouble),
                storage.last_ok,
            );
        }
        if let Some(trouble) = failing(&links.alerts) {
            let kind = ProblemKind::AlertsFail(trouble);
            self.say(Severity::Warning, kind, links.alerts.last_ok);
        }
    }

    fn write(&mut self, link: &Link) {
        let Some(trouble) = failing(link) else {
            return;
        };
        let down = link.status == LinkStatus::Down;
        if self.roots.explain(&trouble.cause) {
            return;
        }
        let failing = of_users::writes_failing(self.snapshot, &trouble.cause);
        // Told where the users are told of, unless everybody's fail.
        if !down && failing > 0 {
            return;
        }
        let severity = if down {
            Severity::Bad
        } else {
            Severity::Warning
        };
        let kind = ProblemKind::WriteFails { trouble, down };
        self.say(severity, kind, link.last_ok);
        if let Some(problem) = self.problems.last_mut() {
            problem.affected = failing;
        }
    }

    fn mode(&mut self) {
        let Mode::Observing(reason) = &self.snapshot.mode else {
            return;
        };
        let (severity, kind) = match reason {
            ObserveReason::OtherWriter { pid } => {
                (Severity::Warning, ProblemKind::OtherWriter { pid: *pid })
            }
            ObserveReason::NoState(detail) => (Severity::Bad, ProblemKind::NoState(detail.clone())),
            ObserveReason::NativeIntegration => (Severity::Warning, ProblemKind::NativeIntegration),
            ObserveReason::Flag
            | ObserveReason::Config
            | ObserveReason::ReadOnlyCommand
            | ObserveReason::Standby
            | ObserveReason::EngineLost => return,
        };
        self.say(severity, kind, None);
    }

    fn cluster(&mut self) {
        let Some(cluster) = &self.snapshot.cluster else {
            return;
        };
        if let EngineView::Lost { since, trouble } = &cluster.engine {
            let alone = self.snapshot.mode == Mode::Writing;
            let severity = if self.snapshot.mode.is_standby() {
                Severity::Warning
            } else {
                Severity::Bad
            };
            let trouble = trouble.clone();
            let kind = ProblemKind::EngineLost { trouble, alone };
            self.say(severity, kind, Some(*since));
        } else if cluster.engine == EngineView::Settling {
            self.say(Severity::Warning, ProblemKind::NoLeader, None);
        }
    }

    fn timing(&mut self) {
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

    fn directory(&mut self) {
        let view = &self.snapshot.directory;
        let failure = view.failure.as_ref().map(|failure| failure.trouble());
        let never_read = view.full_at.is_none() && view.delta_at.is_none();
        let unknown = never_read && (failure.is_some() || self.roots.no_token.is_some());
        if let Some(trouble) = failure
            && !self.roots.explain_directory(&trouble.cause)
        {
            let since = view.delta_at.max(view.full_at);
            self.say(Severity::Warning, ProblemKind::Directory(trouble), since);
        }
        let coverage = &self.snapshot.coverage;
        // Nobody knows who would be matched.
        if unknown {
            return;
        }
        if coverage.procall_users > 0 && coverage.matched == 0 {
            self.say(Severity::Bad, ProblemKind::Nobody, None);
            return;
        }
        let unmatched = coverage.unmatched_total();
        if unmatched > 0 {
            self.say(Severity::Hint, ProblemKind::Unmatched(unmatched), None);
        }
    }

    fn hints(&mut self) {
        let values = self.snapshot.unknown_values.iter().take(NAMED);
        let values: Vec<_> = values.map(|(value, _)| value.clone()).collect();
        if !values.is_empty() {
            self.say(Severity::Hint, ProblemKind::UnknownValues(values), None);
        }
        let records = self.snapshot.odd_records.iter().take(NAMED);
        let records: Vec<_> = records.cloned().collect();
        if !records.is_empty() {
            self.say(Severity::Hint, ProblemKind::OddRecords(records), None);
        }
    }
}

/// The last trouble of a link that does not work as it should.
fn failing(link: &Link) -> Option<Trouble> {
    let fails = matches!(link.status, LinkStatus::Down | LinkStatus::Degraded);
    last_trouble(link).filter(|_| fails)
}

fn last_trouble(link: &Link) -> Option<Trouble> {
    let (_, trouble) = link.last_error.as_ref()?;
    Some(trouble.clone())
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
