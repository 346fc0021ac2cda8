//! Which problem is chosen, and the walk through all of them.

use jiff::Timestamp;

use super::{Screen, State};
use crate::problems::{self, Problem};
use model::presence::UserName;
use model::snapshot::Snapshot;

impl State {
    /// The chosen problem stays chosen as long as it is there and somebody looks; otherwise it is the
    /// worst.
    pub(super) fn find_problems(&mut self, snapshot: &Snapshot, now: Timestamp) {
        let found = problems::find(snapshot, self.look.texts, now);
        let before = std::mem::replace(&mut self.problems, found);
        if !self.walking && !self.screens.contains(&Screen::Problems) {
            self.problem_at = 0;
            return;
        }
        let again = before.get(self.problem_at).and_then(|chosen| {
            let mut all = self.problems.iter();
            all.position(|problem| problem.is_still(chosen))
        });
        let last = self.problems.len().saturating_sub(1);
        self.problem_at = again.unwrap_or(self.problem_at).min(last);
    }

    /// The next problem, worst first and around the end: those of the whole, and of users whose row
    /// is shown. The first time it is the worst one.
    pub(crate) fn next_problem(&self, forward: bool) -> Option<usize> {
        let count = self.problems.len();
        let from = match (self.walking, forward) {
            (true, _) => self.problem_at,
            (false, true) => count.saturating_sub(1),
            (false, false) => 0,
        };
        (1..=count)
            .map(|step| if forward { step } else { count - step })
            .map(|step| (from + step) % count)
            .find(|at| self.is_shown(*at))
    }

    /// Which of the problems that the walk comes by the chosen one is, counted from 1, and how many
    /// those are.
    pub(crate) fn place_of_problem(&self) -> (usize, usize) {
        let walked = (0..self.problems.len()).filter(|at| self.is_shown(*at));
        let walked: Vec<_> = walked.collect();
        let place = walked.iter().position(|at| *at == self.problem_at);
        (place.map_or(0, |place| place + 1), walked.len())
    }

    fn is_shown(&self, problem: usize) -> bool {
        let user = self.problems.get(problem).map(|problem| &problem.user);
        match user {
            Some(Some(user)) => self.place_of(user).is_some(),
            other => other.is_some(),
        }
    }

    /// The first of the users on the screen who have this problem in common.
    pub(crate) fn first_with(&self, problem: &Problem) -> Option<UserName> {
        let places = 0..self.order.shown().len();
        let mut rows = places.filter_map(|at| Some(self.row_at(at)?.1));
        let row = rows.find(|row| row.notes.iter().any(|note| problem.has(note)))?;
        Some(row.user_name.clone())
    }
}
