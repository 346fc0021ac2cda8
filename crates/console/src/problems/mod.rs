//! What is wrong, worst first, each with what to do: the console says it before anybody asks.

mod user;

use std::fmt::Display;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::user::of_user;
use super::filter::is_wrong;
use super::screen::Screen;
use super::time::{measured, seconds_between, short};
use model::answer::Failure;
use model::limits::is_clock_odd;
use model::permission::{PRESENCE_READ, PRESENCE_READ_WRITE, READ_PRESENCE};
use model::presence::UserName;
use model::snapshot::{Link, LinkStatus, Mode, Note, ObserveReason, STALE_INTERVALS, Snapshot};
use words::{Texts, fill};

/// How bad; the order is the order of display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Presence is carried in neither direction.
    Dead,
    /// Something does not work.
    Bad,
    /// Somebody should look.
    Warning,
    /// Good to know.
    Hint,
}

/// A line of the list of problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) severity: Severity,
    /// Whose; none: of the whole.
    pub(crate) user: Option<UserName>,
    /// Where there is more about one of the whole.
    pub(crate) page: Option<Screen>,
    pub(crate) what: String,
    pub(crate) remedy: String,
    /// Order among those of the same severity.
    rank: u64,
}

impl Problem {
    /// Whether it is the same one in a newer snapshot; numbers and ages may differ.
    pub(crate) fn is_still(&self, earlier: &Self) -> bool {
        if self.user.is_some() {
            return self.user == earlier.user;
        }
        earlier.user.is_none() && self.severity == earlier.severity && self.remedy == earlier.remedy
    }
}

/// Problems that are listed; beyond it the numbers say enough.
const LIMIT: usize = 500;
/// A token that ends sooner than this was not renewed in time.
const TOKEN_SOON: u64 = 120;
/// Lateness that is worth a word, as a part of the interval.
const LATE_PART: u32 = 4;

/// Finds them all.
pub(crate) fn find(snapshot: &Snapshot, t: &Texts, now: Timestamp) -> Vec<Problem> {
    let mut found = Finder {
        snapshot,
        t,
        now,
        problems: Vec::new(),
        silent: false,
    };
    found.reading();
    found.links();
    found.token();
    found.mode();
    found.timing();
    found.directory();
    found.users();
    found
        .problems
        .sort_by_key(|problem| (problem.severity, problem.rank));
    found.problems.truncate(LIMIT);
    found.problems
}

struct Finder<'a> {
    snapshot: &'a Snapshot,
    t: &'a Texts,
    now: Timestamp,
    problems: Vec<Problem>,
    /// Nothing answers at all.
    silent: bool,
}

impl Finder<'_> {
    fn say(
        &mut self,
        severity: Severity,
        page: impl Into<Option<Screen>>,
        what: String,
        remedy: &str,
    ) {
        self.problems.push(Problem {
            severity,
            user: None,
            page: page.into(),
            what,
            remedy: remedy.to_owned(),
            rank: 0,
        });
    }

    fn reading(&mut self) {
        let poll = &self.snapshot.poll;
        let t = &self.t.problems;
        let silent = poll.last_good_at.unwrap_or(self.snapshot.started_at);
        let age = seconds_between(silent, self.now);
        if age > poll.interval.saturating_mul(STALE_INTERVALS).as_secs() && poll.cycle > 0 {
            self.silent = true;
        }
        if let Some(why) = &poll.down {
            let what = fill(&t.graph_down, &[("detail", &words::trouble(why, self.t))]);
            self.say(Severity::Dead, Screen::Topology, what, &t.graph_down_do);
        } else if self.silent {
            let rows = self.snapshot.rows.len();
            let values: [(&str, &dyn Display); 2] = [("age", &short(age)), ("n", &rows)];
            self.say(
                Severity::Dead,
                Screen::Topology,
                fill(&t.dead, &values),
                &t.dead_do,
            );
        }
        let budget = &self.snapshot.budget;
        if let Some(until) = budget.throttled_until.filter(|until| *until > self.now) {
            let left = short(seconds_between(self.now, until));
            let remedy = fill(&t.throttled_do, &[("n", &budget.throttled_total)]);
            self.say(
                Severity::Bad,
                Screen::Timing,
                fill(&t.throttled, &[("age", &left)]),
                &remedy,
            );
        }
    }

    fn links(&mut self) {
        let links = std::sync::Arc::clone(&self.snapshot.links);
        let t = self.t;
        for (hop, link) in [
            (&t.links.entra, &links.entra),
            (&t.links.graph_read, &links.graph_read),
            (&t.links.graph_write, &links.graph_write),
            (&t.links.storage, &links.storage),
        ] {
            self.link(hop, link);
        }
        match links.procall_silent_since {
            Some(since) => self.procall_silent(since),
            None => self.link(&t.links.procall, &links.procall),
        }
    }

    fn procall_silent(&mut self, since: Timestamp) {
        let t = &self.t.problems;
        let age = short(seconds_between(since, self.now));
        self.say(
            Severity::Dead,
            Screen::Topology,
            fill(&t.procall_silent, &[("age", &age)]),
            &t.procall_silent_do,
        );
    }

    fn link(&mut self, hop: &str, link: &Link) {
        let t = &self.t.problems;
        let detail = match &link.last_error {
            Some((_, why)) => words::trouble(why, self.t),
            None => "?".to_owned(),
        };
        let values: [(&str, &dyn Display); 2] = [("hop", &hop), ("detail", &detail)];
        match link.status {
            LinkStatus::Down => {
                self.say(
                    Severity::Bad,
                    Screen::Topology,
                    fill(&t.link_down, &values),
                    &t.link_down_do,
                );
            }
            LinkStatus::Degraded => {
                let what = fill(&t.link_degraded, &values);
                self.say(
                    Severity::Warning,
                    Screen::Topology,
                    what,
                    &t.link_degraded_do,
                );
            }
            LinkStatus::Idle | LinkStatus::Up => {}
        }
    }

    fn told(&self, failure: &Failure) -> String {
        words::told(&failure.cause, &failure.message, self.t)
    }

    fn token(&mut self) {
        let token = &self.snapshot.token;
        let t = &self.t.problems;
        if let Some(failure) = &token.failure {
            let what = fill(&t.token, &[("detail", &self.told(failure))]);
            self.say(Severity::Bad, Screen::Topology, what, &t.token_do);
        }
        if let Some(ends) = token.expires_at {
            let left = seconds_between(self.now, ends);
            if left < TOKEN_SOON {
                let what = fill(&t.token_soon, &[("age", &short(left))]);
                self.say(Severity::Warning, Screen::Topology, what, &t.token_soon_do);
            }
        }
        self.permissions();
    }

    /// Only a token that names its roles can lack one: delegated ones carry scopes instead.
    fn permissions(&mut self) {
        let roles = &self.snapshot.token.roles;
        if roles.is_empty() {
            return;
        }
        let has = |wanted: &str| roles.iter().any(|role| &**role == wanted);
        let missing = if !READ_PRESENCE.iter().any(|role| has(role)) {
            PRESENCE_READ
        } else if self.snapshot.mode == Mode::Writing && !has(PRESENCE_READ_WRITE) {
            PRESENCE_READ_WRITE
        } else {
            return;
        };
        let t = &self.t.problems;
        self.say(
            Severity::Bad,
            Screen::Topology,
            fill(&t.permission, &[("detail", &missing)]),
            &t.permission_do,
        );
    }

    fn mode(&mut self) {
        let t = &self.t.problems;
        let Mode::Observing(reason) = &self.snapshot.mode else {
            return;
        };
        match reason {
            ObserveReason::OtherWriter { pid } => {
                let pid = pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
                let what = fill(&t.other_writer, &[("pid", &pid)]);
                self.say(
                    Severity::Warning,
                    Screen::Topology,
                    what,
                    &t.other_writer_do,
                );
            }
            ObserveReason::NoState(detail) => {
                let what = fill(&t.no_state, &[("detail", detail)]);
                self.say(Severity::Bad, Screen::Topology, what, &t.no_state_do);
            }
            ObserveReason::NativeIntegration => {
                self.say(
                    Severity::Warning,
                    Screen::Topology,
                    t.native.clone(),
                    &t.native_do,
                );
            }
            ObserveReason::Flag | ObserveReason::Config | ObserveReason::ReadOnlyCommand => {}
        }
    }

    fn timing(&mut self) {
        let poll = &self.snapshot.poll;
        let t = &self.t.problems;
        if poll.late_p95 > (poll.interval / LATE_PART).max(Duration::from_millis(250)) {
            let what = fill(&t.late, &[("age", &measured(poll.late_p95, self.t))]);
            self.say(Severity::Warning, Screen::Timing, what, &t.late_do);
        }
        if poll.errors_last_minute > 0 {
            let what = fill(&t.errors, &[("n", &poll.errors_last_minute)]);
            self.say(Severity::Warning, Screen::Timing, what, &t.errors_do);
        }
        if let Some(skew) = self
            .snapshot
            .clock_skew_ms
            .filter(|skew| is_clock_odd(SignedDuration::from_millis(*skew)))
        {
            let what = fill(&t.skew, &[("n", &(skew / 1_000))]);
            self.say(Severity::Warning, Screen::Timing, what, &t.skew_do);
        }
    }

    fn directory(&mut self) {
        let t = &self.t.problems;
        if let Some(failure) = &self.snapshot.directory.failure {
            let what = fill(&t.directory, &[("detail", &self.told(failure))]);
            self.say(Severity::Warning, Screen::Topology, what, &t.directory_do);
        }
        let coverage = &self.snapshot.coverage;
        if coverage.procall_users > 0 && coverage.matched == 0 {
            self.say(
                Severity::Bad,
                Screen::Unmatched,
                t.nobody.clone(),
                &t.nobody_do,
            );
        }
        let unmatched = coverage.unmatched_total();
        if unmatched > 0 {
            let what = fill(&t.unmatched, &[("n", &unmatched)]);
            self.say(Severity::Hint, Screen::Unmatched, what, &t.unmatched_do);
        }
        if !self.snapshot.unknown_values.is_empty() {
            let values: Vec<&str> = self
                .snapshot
                .unknown_values
                .iter()
                .take(5)
                .map(|(value, _)| &**value)
                .collect();
            let what = fill(&t.unknown_values, &[("detail", &values.join(", "))]);
            self.say(Severity::Hint, None, what, &t.unknown_values_do);
        }
        if !self.snapshot.odd_records.is_empty() {
            let odd = self.snapshot.odd_records.iter().take(5);
            let names: Vec<_> = odd.map(|(name, n)| format!("{name} ({n}x)")).collect();
            let what = fill(&t.odd_records, &[("detail", &names.join(", "))]);
            self.say(Severity::Hint, None, what, &t.odd_records_do);
        }
    }

    fn users(&mut self) {
        for row in self
            .snapshot
            .rows
            .iter()
            .filter(|row| is_wrong(row))
            .take(LIMIT)
        {
            // While nothing answers every value is old, and one line says so of all.
            let known = |note: &&Note| self.silent && **note == Note::Stale;
            if let Some(note) = row.odd_note().filter(|note| !known(note)) {
                let problem = of_user(row, note, self.t);
                self.problems.push(problem);
            }
        }
    }
}

#[cfg(test)]
mod tests;
