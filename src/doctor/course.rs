//! What has been found so far, and what that rules out.

use super::check::Check;
use super::checks::CheckName;
use super::finding::{Finding, Status, say};

/// The checks that ended, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    checks: Vec<Check>,
    /// The checks that failed, and those that were skipped because of them.
    ruled_out: Vec<(CheckName, CheckName)>,
    interrupted: bool,
}

impl Course {
    /// The finding of a check that needs no try, because something that it needs has failed. A
    /// check that never was part of the course does not hinder another.
    #[must_use]
    pub fn hindrance(&self, name: CheckName) -> Option<Finding> {
        let cause = self.cause(name)?.title();
        Some(Finding::skipped(say(
            |t| t.course.skipped,
            &[("cause", &cause)],
        )))
    }

    fn cause(&self, name: CheckName) -> Option<CheckName> {
        let hinders = |need: &CheckName| {
            let found = self.ruled_out.iter().find(|(out, _)| out == need);
            found.map(|(_, cause)| *cause)
        };
        name.needs().iter().find_map(hinders)
    }

    /// Keeps what a check found.
    pub fn take(&mut self, check: Check) {
        match check.finding.status {
            Status::Failed => self.ruled_out.push((check.name, check.name)),
            Status::Skipped => {
                let cause = self.cause(check.name).unwrap_or(check.name);
                self.ruled_out.push((check.name, cause));
            }
            Status::Ok | Status::Warning => {}
        }
        self.checks.push(check);
    }

    /// These are to be made again.
    pub fn forget(&mut self, names: &[CheckName]) {
        self.checks.retain(|check| !names.contains(&check.name));
        self.ruled_out.retain(|(out, _)| !names.contains(out));
    }

    /// Whether one of these failed, or could not be made.
    #[must_use]
    pub fn hinders(&self, names: &[CheckName]) -> bool {
        self.ruled_out.iter().any(|(out, _)| names.contains(out))
    }

    /// Somebody ended it before its end.
    pub const fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// The checks that ended.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Whether no check failed, and all were made.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.interrupted && self.count(Status::Failed) == 0
    }

    /// Whether it was ended before its end.
    #[must_use]
    pub const fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// How many checks ended so.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        let so = |check: &&Check| check.finding.status == status;
        self.checks.iter().filter(so).count()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::Words;
    use model::presence::Lang;

    fn take(course: &mut Course, name: CheckName, finding: Finding) {
        let took = Duration::ZERO;
        course.take(Check {
            name,
            finding,
            took,
        });
    }

    #[test]
    fn what_cannot_be_tried_names_the_first_cause() {
        let mut course = Course::default();
        let words = Words::same("x");
        take(&mut course, CheckName::Dns, Finding::ok(words.clone()));
        assert_eq!(course.hindrance(CheckName::Connection), None);
        let failed = Finding::failed(words.clone(), words);
        take(&mut course, CheckName::Connection, failed);
        for name in [CheckName::Token, CheckName::Directory, CheckName::Presence] {
            let skipped = course.hindrance(name).expect("it is hindered");
            let said = skipped.message.in_lang(Lang::En).to_owned();
            assert_eq!(said, "skipped because \"Connection\" failed");
            take(&mut course, name, skipped);
        }
        assert_eq!(course.hindrance(CheckName::State), None);
        assert_eq!((course.is_ok(), course.count(Status::Skipped)), (false, 3));
    }

    #[test]
    fn a_course_that_was_ended_early_is_not_ok() {
        let mut course = Course::default();
        assert!(course.is_ok());
        course.interrupt();
        assert!(!course.is_ok());
    }
}
