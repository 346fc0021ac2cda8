//! What is known of the tenant as a whole: directory, token, budget, clock, and what Graph says that
//! nobody understands. Shown, and compared with what comes next; what is worth a line is returned.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use graph::{BudgetView, Failure, TokenView};
use model::limits::is_clock_wrong;
use model::snapshot::{DirectoryView, TenantView};

/// So many different things are counted one by one.
const COUNTED: usize = 100;

/// How often each of a few things was seen, as a snapshot shares it.
#[derive(Debug, Default)]
struct Tally(Arc<Vec<(Arc<str>, u64)>>);

impl Tally {
    /// Counts a thing; whether it is a new one that there is room for.
    fn count(&mut self, what: impl AsRef<str> + Into<Arc<str>>) -> bool {
        let seen = Arc::make_mut(&mut self.0);
        if let Some(known) = seen.iter_mut().find(|(known, _)| **known == *what.as_ref()) {
            known.1 += 1;
            return false;
        }
        let room = seen.len() < COUNTED;
        if room {
            seen.push((what.into(), 1));
        }
        room
    }
}

/// What a token, or the failure to get one, changes.
#[derive(Debug)]
pub(super) enum TokenNews {
    /// There is one.
    Works {
        /// The last attempt had failed.
        again: bool,
        /// When it ends, where it is a new one.
        renewed_until: Option<Timestamp>,
    },
    /// There is none.
    Fails {
        /// Why.
        failure: Failure,
        /// The last attempt failed in the same way.
        known: bool,
    },
}

/// How this machine's clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockNews {
    /// It has become wrong.
    Wrong,
    /// It is right again.
    Right,
}

/// The tenant, beside its users.
#[derive(Debug)]
pub(super) struct TenantState {
    view: Arc<TenantView>,
    directory: Arc<DirectoryView>,
    token: TokenView,
    budget: BudgetView,
    /// Our clock minus Microsoft's.
    clock_skew_ms: Option<i64>,
    unknown_values: Tally,
    odd_records: Tally,
}

impl TenantState {
    /// A tenant of which nothing is known yet but its name.
    pub(super) fn new(view: Arc<TenantView>) -> Self {
        Self {
            view,
            directory: Arc::default(),
            token: TokenView::default(),
            budget: BudgetView::default(),
            clock_skew_ms: None,
            unknown_values: Tally::default(),
            odd_records: Tally::default(),
        }
    }

    /// Which tenant it is.
    pub(super) fn view(&self) -> Arc<TenantView> {
        Arc::clone(&self.view)
    }

    /// How the directory stands.
    pub(super) fn directory(&self) -> Arc<DirectoryView> {
        Arc::clone(&self.directory)
    }

    /// The token.
    pub(super) const fn token(&self) -> &TokenView {
        &self.token
    }

    /// The budget of requests.
    pub(super) const fn budget(&self) -> &BudgetView {
        &self.budget
    }

    /// Our clock minus Microsoft's, in milliseconds.
    pub(super) const fn clock_skew_ms(&self) -> Option<i64> {
        self.clock_skew_ms
    }

    /// Values that Microsoft does not document, and how often they were read.
    pub(super) fn unknown_values(&self) -> Arc<Vec<(Arc<str>, u64)>> {
        Arc::clone(&self.unknown_values.0)
    }

    /// Records that could not be read as they came, and how often they came.
    pub(super) fn odd_records(&self) -> Arc<Vec<(Arc<str>, u64)>> {
        Arc::clone(&self.odd_records.0)
    }

    /// The directory was read: all of it, or what has changed.
    pub(super) fn directory_read(&mut self, users: usize, full: bool, now: Timestamp) {
        let view = Arc::make_mut(&mut self.directory);
        view.entra_users = users;
        view.delta_at = Some(now);
        view.failure = None;
        if full {
            view.full_at = Some(now);
        }
    }

    /// The directory could not be read; whether it failed in the same way before.
    pub(super) fn directory_failed(&mut self, failure: Failure) -> bool {
        let view = Arc::make_mut(&mut self.directory);
        let before = view.failure.as_deref();
        let known = before.is_some_and(|known| known.is_like(&failure));
        view.failure = Some(Arc::new(failure));
        known
    }

    /// There is a token, or none.
    pub(super) fn take_token(&mut self, view: TokenView) -> TokenNews {
        let before = std::mem::replace(&mut self.token, view);
        match &self.token.failure {
            None => TokenNews::Works {
                again: before.failure.is_some(),
                renewed_until: (self.token.expires_at)
                    .filter(|_| self.token.renewed_at != before.renewed_at),
            },
            Some(failure) => TokenNews::Fails {
                failure: failure.clone(),
                known: before.failure.is_some_and(|it| it.is_like(failure)),
            },
        }
    }

    /// Whether a request failed only because there is no token: why is said where the token is.
    pub(super) fn lacks_token(&self, failure: &Failure) -> bool {
        let token = self.token.failure.as_ref();
        token.is_some_and(|token| token.is_like(failure))
    }

    /// The budget as it is now; whether Graph has throttled us since.
    pub(super) fn take_budget(&mut self, view: BudgetView) -> bool {
        let before = std::mem::replace(&mut self.budget, view);
        self.budget.throttled_total > before.throttled_total
    }

    /// Our clock minus Microsoft's, in milliseconds; what that changes.
    pub(super) fn take_clock_skew(&mut self, ms: i64) -> Option<ClockNews> {
        let wrong = |ms: i64| is_clock_wrong(SignedDuration::from_millis(ms));
        let was_wrong = self.clock_skew_ms.replace(ms).is_some_and(wrong);
        match (was_wrong, wrong(ms)) {
            (false, true) => Some(ClockNews::Wrong),
            (true, false) => Some(ClockNews::Right),
            _ => None,
        }
    }

    /// Graph gave values that Microsoft does not document.
    pub(super) fn count_unknown(&mut self, values: &[Arc<str>]) {
        for value in values {
            self.unknown_values.count(Arc::clone(value));
        }
    }

    /// Graph gave a record that could not be read as it came; whether it is a new one.
    pub(super) fn count_odd(&mut self, name: String) -> bool {
        self.odd_records.count(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_a_hundred_things_and_no_more() {
        let mut tally = Tally::default();
        for number in 0..COUNTED {
            assert!(tally.count(number.to_string()));
        }
        assert!(!tally.count("one more".to_owned()));
        assert!(!tally.count("7".to_owned()));
        assert_eq!(tally.0.len(), COUNTED);
        assert_eq!(tally.0.iter().map(|(_, count)| count).max(), Some(&2));
    }
}
