//! The problems of the whole, and all of them in their order.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::flaw::{Flaw, Hop, flaws, nobody_leads};
use super::health::{Writing, writing};
use super::of_users;
use super::roots::Roots;
use super::{Problem, ProblemKind, Severity};
use crate::answer::Failure;
use crate::cause::Trouble;
use crate::clock::elapsed;
use crate::permission::PRESENCE_READ;
use crate::snapshot::{EngineView, Mode, ObserveReason, Snapshot};

/// Problems that are listed; beyond it the numbers say enough.
const LIMIT: usize = 500;
/// A token that ends sooner than this was not renewed in time.
const TOKEN_SOON: Duration = Duration::from_mins(2);
/// Values and records that are named.
const NAMED: usize = 5;

/// Everything that is wrong, the worst first: by severity, what concerns everybody before what
/// concerns one, and by how many users it affects. What follows from another problem is not listed.
#[must_use]
pub fn find(snapshot: &Snapshot, now: Timestamp) -> Vec<Problem> {
    let roots = Roots::of(snapshot, now);
    let flaws = flaws(snapshot);
    let mut found = Finder {
        snapshot,
        now,
        roots: &roots,
        flaws: &flaws,
        problems: Vec::new(),
    };
    if let Some(there) = nobody_leads(snapshot) {
        found.say_of_all(Severity::Dead, ProblemKind::NobodyLeads(there), None);
        return found.problems;
    }
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

/// What was found so far.
pub(super) struct Finder<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) now: Timestamp,
    pub(super) roots: &'a Roots,
    /// What does not work, whatever it follows from.
    flaws: &'a [Flaw],
    pub(super) problems: Vec<Problem>,
}

impl Finder<'_> {
    /// One that concerns no user by itself.
    pub(super) fn say(&mut self, severity: Severity, kind: ProblemKind, since: Option<Timestamp>) {
        self.problems.push(Problem {
            kind,
            severity,
            since,
            affected: 0,
            user: None,
        });
    }

    /// A hop that does not work as it should: whether nothing gets through, and what it last said.
    fn broken(&self, wanted: Hop) -> Option<(bool, Trouble)> {
        self.flaws.iter().find_map(|flaw| match flaw {
            Flaw::Hop {
                hop,
                down,
                why: Some(why),
            } if *hop == wanted => Some((*down, why.clone())),
            _ => None,
        })
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
        let down = self.flaws.iter().find_map(|flaw| match flaw {
            Flaw::GraphDown(trouble) => Some(trouble.clone()),
            _ => None,
        });
        // It is not, where it takes what is written.
        let down = down.filter(|_| writing(self.snapshot, self.now) != Writing::Yes);
        if let Some(trouble) = down.filter(|_| self.roots.unread.is_some()) {
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
        if let Some((false, trouble)) = self.broken(Hop::GraphRead) {
            let kind = ProblemKind::ReadFails {
                trouble,
                down: false,
            };
            let since = self.snapshot.links.graph_read.last_ok;
            self.say(Severity::Warning, kind, since);
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
        if let Some((_, trouble)) = self.broken(Hop::Procall) {
            let since = links.procall.last_ok;
            self.say_of_all(Severity::Bad, ProblemKind::ProcallFails(trouble), since);
        }
    }

    fn links(&mut self) {
        let links = &self.snapshot.links;
        self.write();
        let is_no_state = |flaw: &Flaw| matches!(flaw, Flaw::NoState(_));
        let no_state = self.flaws.iter().any(is_no_state);
        if let Some((down, trouble)) = self.broken(Hop::Storage).filter(|_| !no_state) {
            let severity = if down {
                Severity::Bad
            } else {
                Severity::Warning
            };
            let kind = ProblemKind::StorageFails(trouble);
            self.say(severity, kind, links.storage.last_ok);
        }
        if let Some((_, trouble)) = self.broken(Hop::Alerts) {
            let kind = ProblemKind::AlertsFail(trouble);
            self.say(Severity::Warning, kind, links.alerts.last_ok);
        }
    }

    fn write(&mut self) {
        let Some((down, trouble)) = self.broken(Hop::GraphWrite) else {
            return;
        };
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
        let since = self.snapshot.links.graph_write.last_ok;
        self.say(severity, kind, since);
        if let Some(problem) = self.problems.last_mut() {
            problem.affected = failing;
        }
    }

    fn mode(&mut self) {
        if let Mode::Observing(ObserveReason::OtherWriter { pid }) = &self.snapshot.mode {
            let kind = ProblemKind::OtherWriter { pid: *pid };
            return self.say(Severity::Warning, kind, None);
        }
        let observes = self.flaws.iter().find_map(|flaw| match flaw {
            Flaw::NoState(why) => Some((Severity::Bad, ProblemKind::NoState(why.clone()))),
            Flaw::NativeIntegration => Some((Severity::Warning, ProblemKind::NativeIntegration)),
            _ => None,
        });
        if let Some((severity, kind)) = observes {
            self.say(severity, kind, None);
        }
    }

    fn cluster(&mut self) {
        let lost = self.flaws.iter().find_map(|flaw| match flaw {
            Flaw::EngineLost { since, why, .. } => Some((*since, why.clone())),
            _ => None,
        });
        if let Some((since, trouble)) = lost {
            let alone = self.snapshot.mode == Mode::Writing;
            let severity = if self.snapshot.mode.is_standby() {
                Severity::Warning
            } else {
                Severity::Bad
            };
            let kind = ProblemKind::EngineLost { trouble, alone };
            return self.say(severity, kind, Some(since));
        }
        for flaw in self.flaws {
            if let Flaw::StandbyFails { member, why } = flaw {
                let kind = ProblemKind::StandbyFails {
                    member: Arc::clone(member),
                    trouble: why.clone(),
                };
                self.say(Severity::Warning, kind, None);
            }
        }
        let cluster = self.snapshot.cluster.as_ref();
        if cluster.is_some_and(|cluster| cluster.engine == EngineView::Settling) {
            self.say(Severity::Warning, ProblemKind::NoLeader, None);
        }
    }

    fn directory(&mut self) {
        let view = &self.snapshot.directory;
        let failure = self.flaws.iter().find_map(|flaw| match flaw {
            Flaw::Directory(trouble) => Some(trouble.clone()),
            _ => None,
        });
        // Nobody knows who would be matched.
        let unread = failure.is_some() || self.roots.no_token.is_some();
        let unknown = !view.is_known() && unread;
        if let Some(trouble) = failure
            && !self.roots.explain_directory(&trouble.cause)
        {
            let since = view.delta_at.max(view.full_at);
            self.say(Severity::Warning, ProblemKind::Directory(trouble), since);
        }
        if self.flaws.contains(&Flaw::NobodyMatched) {
            return self.say(Severity::Bad, ProblemKind::Nobody, None);
        }
        let unmatched = self.snapshot.coverage.unmatched_total();
        if !unknown && unmatched > 0 {
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
