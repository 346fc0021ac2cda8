//! Which problems have begun, got worse and ended: a state machine without a clock. Pure.
//!
//! A problem is told when it has lasted for some time without a break, and its end when it has been
//! gone as long without a break: what comes and goes faster says nothing, or, once it is told, one
//! begin and one end. Between the two nothing is said, unless it gets worse.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use model::clock::{advance, elapsed, shifted};

use super::alert::{Alert, Lasting, Turn};
use super::finding::{Finding, Seen, Weight};
use crate::presence::Lang;

/// All problems that are there, told or not yet.
#[derive(Debug)]
pub(super) struct Problems {
    after: Duration,
    lang: Lang,
    by_key: BTreeMap<String, Course>,
}

/// One problem, from when it was first seen.
#[derive(Debug)]
struct Course {
    first: Timestamp,
    /// What was told, where something was.
    told: Option<Lasting>,
    /// Since when it is worse than told.
    worse: Option<Timestamp>,
    /// Since when it is not seen any more.
    gone: Option<Timestamp>,
}

impl Problems {
    /// None yet.
    pub(super) const fn new(after: Duration, lang: Lang) -> Self {
        Self {
            after,
            lang,
            by_key: BTreeMap::new(),
        }
    }

    /// Those that were told before the process ended: they last until they are seen to be gone.
    pub(super) fn restore(&mut self, told: BTreeMap<String, Lasting>, now: Timestamp) {
        let courses = told.into_iter().map(|(key, told)| {
            let course = Course {
                told: Some(told),
                ..Course::new(now)
            };
            (key, course)
        });
        self.by_key = courses.collect();
    }

    /// From now on problems must last this long.
    pub(super) const fn set_after(&mut self, after: Duration) {
        self.after = after;
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.by_key.clear();
    }

    /// Those that were told and are not over, by key.
    pub(super) fn told(&self) -> impl Iterator<Item = (&String, &Lasting)> {
        let told = self.by_key.iter();
        told.filter_map(|(key, course)| Some((key, course.told.as_ref()?)))
    }

    /// When something is to be told although nothing changes.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let from = self.by_key.values().filter_map(Course::runs_from);
        from.min().map(|from| advance(from, self.after))
    }

    /// What is to be told now, the worst first and ends last.
    pub(super) fn step(&mut self, seen: &Seen, now: Timestamp) -> Vec<Alert> {
        let mut alerts = Vec::new();
        for finding in &seen.findings {
            let course = self.by_key.entry(finding.key.clone());
            let course = course.or_insert_with(|| Course::new(now));
            let turn = course.seen(finding, (self.after, self.lang), seen, now);
            alerts.extend(turn.and_then(|turn| course.alert(turn, seen, now)));
        }
        let after = self.after;
        self.by_key.retain(|key, course| {
            let stays = seen.has(key) || course.stays(seen, after, now);
            if !stays {
                alerts.extend(course.alert(Turn::End, seen, now));
            }
            stays
        });
        alerts
    }
}

impl Course {
    const fn new(first: Timestamp) -> Self {
        Self {
            first,
            told: None,
            worse: None,
            gone: None,
        }
    }

    /// Since when it waits for being told.
    fn runs_from(&self) -> Option<Timestamp> {
        match self.told {
            None => Some(self.first),
            Some(_) => self.gone.or(self.worse),
        }
    }

    /// It is there.
    fn seen(
        &mut self,
        finding: &Finding,
        (after, lang): (Duration, Lang),
        seen: &Seen,
        now: Timestamp,
    ) -> Option<Turn> {
        self.gone = None;
        let Some(told) = &mut self.told else {
            if elapsed(self.first, now) < after {
                return None;
            }
            self.told = Some(Lasting::new(finding, self.first, (now, seen.ahead), lang));
            return Some(Turn::Begin);
        };
        told.affected = told.affected.max(finding.problem.affected);
        if finding.weight <= told.severity {
            self.worse = None;
            return None;
        }
        if elapsed(*self.worse.get_or_insert(now), now) < after {
            return None;
        }
        self.worse = None;
        told.worsen(finding, now, lang);
        Some(Turn::Worse)
    }

    /// It is not there: whether it is not over all the same.
    fn stays(&mut self, seen: &Seen, after: Duration, now: Timestamp) -> bool {
        let Some(told) = &self.told else {
            return false;
        };
        self.worse = None;
        let may_be_hidden = seen.hidden && told.severity < Weight::Critical;
        if !seen.whole || may_be_hidden {
            self.gone = None;
            return true;
        }
        elapsed(*self.gone.get_or_insert(now), now) < after
    }

    fn alert(&self, event: Turn, seen: &Seen, now: Timestamp) -> Option<Alert> {
        let problem = self.told.clone()?;
        let at = shifted(now, seen.ahead);
        Some(Alert { event, at, problem })
    }
}

#[cfg(test)]
#[path = "lasting_tests.rs"]
mod tests;
