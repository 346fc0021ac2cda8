//! The budget: how many requests may go out, and whose turn it is. Pure: the time is an argument.
//!
//! Graph counts requests per application and tenant over 30 s (spec: presence 1,500 in the older
//! documents, 10,000 in the newer). We stay below 80 % of the configured limit, keep the last of
//! that for what must not wait (ends and starts of calls), and learn from every 429.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::{BudgetView, FailureKind, Priority};
use model::backoff::Backoff;
use model::clock::{advance, elapsed};

/// The window over which Graph counts.
pub(super) const WINDOW: Duration = Duration::from_secs(30);
/// Longest freeze, whatever `Retry-After` says.
pub(super) const LONGEST_FREEZE: Duration = Duration::from_mins(5);
/// First freeze where a 429 does not say how long; doubled with each further one.
const SILENT_FREEZE: Backoff = Backoff::new(Duration::from_secs(3), LONGEST_FREEZE);
/// The share of the limit that we use at most, in thousandths.
const SHARE_OF_LIMIT: u32 = 800;
/// The same where somebody else may be using his share of it: together that is the limit at most.
const SHARE_BESIDE_ANOTHER: u32 = 200;
/// What a 429 leaves of the allowance, in thousandths.
const CUT: u32 = 700;
/// The allowance never shrinks below this part of itself, in thousandths.
const LEAST: u32 = 100;
/// The 429s of one burst come within this time and cut the allowance once.
const ONE_BURST: Duration = Duration::from_secs(5);
/// In this time the allowance recovers one thousandth: from half to whole in five minutes.
const RECOVERY_STEP: Duration = Duration::from_millis(600);

/// A place in the queue: precedence first, then the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket {
    priority: Priority,
    number: u64,
}

/// Whether a ticket may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Now; it has been counted and has left the queue.
    Now,
    /// It is the first in the queue, but nothing may be sent before this.
    At(Timestamp),
    /// Another ticket goes first.
    Behind,
}

/// What was sent lately, who waits, and how long Graph wants us to wait.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u32,
    /// Somebody else may be using his share of the limit.
    beside_another: bool,
    sent: VecDeque<Timestamp>,
    queue: BTreeSet<Ticket>,
    next_number: u64,
    frozen_until: Option<Timestamp>,
    throttled_total: u64,
    sent_total: BTreeMap<Priority, u64>,
    failed_total: BTreeMap<FailureKind, u64>,
    /// 429s in a row that did not say how long to wait.
    silent: u32,
    /// Thousandths of the allowance that the last 429 left, and when.
    cut: Option<(u32, Timestamp)>,
}

impl Budget {
    /// A budget below `limit` requests per 30 s (at least one).
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit: limit.max(1),
            beside_another: false,
            sent: VecDeque::new(),
            queue: BTreeSet::new(),
            next_number: 0,
            frozen_until: None,
            throttled_total: 0,
            sent_total: BTreeMap::new(),
            failed_total: BTreeMap::new(),
            silent: 0,
            cut: None,
        }
    }

    /// Takes a place in the queue.
    pub(super) fn join(&mut self, priority: Priority) -> Ticket {
        let ticket = Ticket {
            priority,
            number: self.next_number,
        };
        self.next_number += 1;
        self.queue.insert(ticket);
        ticket
    }

    /// Gives the place up.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.queue.remove(&ticket);
    }

    /// Who is first.
    pub(super) fn first(&self) -> Option<Ticket> {
        self.queue.first().copied()
    }

    /// Sends the ticket's request if it may go.
    pub(super) fn try_send(&mut self, ticket: Ticket, now: Timestamp) -> Turn {
        if self.first() != Some(ticket) {
            return Turn::Behind;
        }
        self.forget(now);
        if let Some(until) = self.frozen(now) {
            return Turn::At(until);
        }
        if let Some(at) = self.full_until(ticket.priority, now) {
            return Turn::At(at);
        }
        self.leave(ticket);
        self.sent.push_back(now);
        *self.sent_total.entry(ticket.priority).or_default() += 1;
        Turn::Now
    }

    /// Others have sent these for this application: they count as ours.
    pub(super) fn count_as_sent(
        &mut self,
        sent: impl IntoIterator<Item = Timestamp>,
        now: Timestamp,
    ) {
        self.sent.extend(sent.into_iter().map(|at| at.min(now)));
        self.sent.make_contiguous().sort_unstable();
        self.forget(now);
    }

    /// Somebody else may be using his share of the limit, or not any more.
    pub(super) fn is_beside_another(&mut self, is: bool) {
        self.beside_another = is;
    }

    /// Graph throttled: nothing is sent for `retry_after` (held to five minutes), or, where it
    /// does not say, for three seconds doubled with each silent one. Returns the end.
    pub(super) fn throttled(&mut self, retry_after: Option<Duration>, now: Timestamp) -> Timestamp {
        self.throttled_total += 1;
        self.shrink(now);
        let wait = retry_after.unwrap_or_else(|| self.silent_freeze(now));
        let until = advance(now, wait.min(LONGEST_FREEZE));
        let until = self.frozen_until.map_or(until, |known| known.max(until));
        self.frozen_until = Some(until);
        until
    }

    /// A call of Graph failed.
    pub(super) fn failed(&mut self, kind: FailureKind) {
        *self.failed_total.entry(kind).or_default() += 1;
    }

    /// Graph answered well: the next silent 429 starts at three seconds again.
    pub(super) fn answered(&mut self) {
        self.silent = 0;
    }

    /// What the console shows.
    pub(super) fn view(&mut self, now: Timestamp) -> BudgetView {
        self.forget(now);
        BudgetView {
            used_30s: count(self.sent.len()),
            limit_30s: self.limit,
            allowed_30s: self.allowed(now),
            throttled_until: self.frozen(now),
            throttled_total: self.throttled_total,
            waiting: count(self.queue.len()),
            sent_total: self.sent_total.clone(),
            failed_total: self.failed_total.clone(),
        }
    }

    /// When the view changes by itself next: the freeze ends, or the window is empty.
    pub(super) fn quiet_at(&self, now: Timestamp) -> Option<Timestamp> {
        let empty = self.sent.back().map(|last| advance(*last, WINDOW));
        self.frozen(now).into_iter().chain(empty).min()
    }

    /// What we allow ourselves now.
    pub(super) fn allowed(&self, now: Timestamp) -> u32 {
        let share = if self.beside_another {
            SHARE_BESIDE_ANOTHER
        } else {
            SHARE_OF_LIMIT
        };
        part(part(self.limit, share), self.whole(now)).max(1)
    }

    /// What `priority` may use of it. The rest is kept for those who go first, so that polls can
    /// never starve the end of a call.
    fn share(&self, priority: Priority, now: Timestamp) -> u32 {
        let thousandths = match priority {
            Priority::Clear => 1000,
            Priority::Set => 980,
            Priority::Renew => 950,
            Priority::Poll => 900,
            Priority::Directory => 800,
        };
        part(self.allowed(now), thousandths).max(1)
    }

    /// Until when the window is full for `priority`.
    fn full_until(&self, priority: Priority, now: Timestamp) -> Option<Timestamp> {
        let share = usize::try_from(self.share(priority, now)).unwrap_or(usize::MAX);
        let surplus = self.sent.len().checked_sub(share)?;
        self.sent.get(surplus).map(|sent| advance(*sent, WINDOW))
    }

    fn frozen(&self, now: Timestamp) -> Option<Timestamp> {
        self.frozen_until.filter(|until| *until > now)
    }

    fn silent_freeze(&mut self, now: Timestamp) -> Duration {
        // The rest of a burst arrives while its first 429 already freezes: not a further step.
        if self.silent == 0 || self.frozen(now).is_none() {
            self.silent = (self.silent + 1).min(16);
        }
        SILENT_FREEZE.wait(self.silent)
    }

    /// Thousandths of the allowance in force.
    fn whole(&self, now: Timestamp) -> u32 {
        let Some((left, since)) = self.cut else {
            return 1000;
        };
        let steps = elapsed(since, now).as_millis() / RECOVERY_STEP.as_millis();
        u32::try_from(steps).map_or(1000, |steps| left.saturating_add(steps).min(1000))
    }

    fn shrink(&mut self, now: Timestamp) {
        let same_burst = self.frozen(now).is_some()
            || self
                .cut
                .is_some_and(|(_, since)| elapsed(since, now) < ONE_BURST);
        if !same_burst {
            self.cut = Some((part(self.whole(now), CUT).max(LEAST), now));
        }
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(first) = self.sent.front()
            && elapsed(*first, now) >= WINDOW
        {
            self.sent.pop_front();
        }
    }
}

fn part(of: u32, thousandths: u32) -> u32 {
    u32::try_from(u64::from(of) * u64::from(thousandths) / 1000).unwrap_or(of)
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const T0: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(ms: u64) -> Timestamp {
        advance(T0, Duration::from_millis(ms))
    }

    fn send(budget: &mut Budget, priority: Priority, now: Timestamp) -> Turn {
        let ticket = budget.join(priority);
        let turn = budget.try_send(ticket, now);
        budget.leave(ticket);
        turn
    }

    /// How many of a kind go out at once.
    fn burst(budget: &mut Budget, priority: Priority, now: Timestamp) -> u32 {
        let tries = (0..100_000).map(|_| send(budget, priority, now));
        count(tries.take_while(|turn| *turn == Turn::Now).count())
    }

    #[rstest]
    #[case(Priority::Clear, 1200)]
    #[case(Priority::Set, 1176)]
    #[case(Priority::Renew, 1140)]
    #[case(Priority::Poll, 1080)]
    #[case(Priority::Directory, 960)]
    fn each_priority_has_its_share_of_80_percent(#[case] priority: Priority, #[case] most: u32) {
        assert_eq!(burst(&mut Budget::new(1500), priority, T0), most);
    }

    #[test]
    fn what_was_sent_and_what_failed_is_counted_for_ever() {
        let mut budget = Budget::new(100);
        for _ in 0..3 {
            send(&mut budget, Priority::Poll, T0);
        }
        send(&mut budget, Priority::Clear, T0);
        budget.failed(FailureKind::Timeout);
        let later = budget.view(at(60_000));
        assert_eq!(later.used_30s, 0);
        let sent = [(Priority::Poll, 3), (Priority::Clear, 1)];
        assert_eq!(later.sent_total, BTreeMap::from(sent));
        assert_eq!(later.failed_total, [(FailureKind::Timeout, 1)].into());
    }

    #[test]
    fn what_others_have_sent_is_no_request_of_ours() {
        let mut budget = Budget::new(100);
        budget.count_as_sent([T0; 5], T0);
        assert_eq!(budget.view(T0).used_30s, 5);
        assert!(budget.view(T0).sent_total.is_empty());
    }

    #[test]
    fn beside_another_both_stay_within_the_limit() {
        let (mut ours, mut theirs) = (Budget::new(1500), Budget::new(1500));
        ours.is_beside_another(true);
        assert_eq!(ours.view(T0).allowed_30s, 300);
        let together =
            burst(&mut ours, Priority::Clear, T0) + burst(&mut theirs, Priority::Clear, T0);
        assert_eq!(together, 1500);
        ours.is_beside_another(false);
        assert_eq!(burst(&mut ours, Priority::Clear, T0), 900, "alone again");
    }

    #[test]
    fn polls_never_starve_the_end_of_a_call() {
        let mut budget = Budget::new(100);
        burst(&mut budget, Priority::Poll, T0);
        assert_eq!(send(&mut budget, Priority::Poll, T0), Turn::At(at(30_000)));
        assert_eq!(send(&mut budget, Priority::Clear, T0), Turn::Now);
    }

    #[test]
    fn who_goes_first_goes_first() {
        let mut budget = Budget::new(1500);
        let poll = budget.join(Priority::Poll);
        let renew = budget.join(Priority::Renew);
        let clear = budget.join(Priority::Clear);
        let late = budget.join(Priority::Clear);
        assert_eq!(budget.try_send(poll, T0), Turn::Behind);
        for ticket in [clear, late, renew, poll] {
            assert_eq!(budget.first(), Some(ticket));
            assert_eq!(budget.try_send(ticket, T0), Turn::Now);
        }
    }

    #[test]
    fn a_place_in_the_window_is_free_after_30_s() {
        let mut budget = Budget::new(1);
        assert_eq!(send(&mut budget, Priority::Poll, T0), Turn::Now);
        let next = send(&mut budget, Priority::Poll, at(29_999));
        assert_eq!(next, Turn::At(at(30_000)));
        assert_eq!(send(&mut budget, Priority::Poll, at(30_000)), Turn::Now);
    }

    #[rstest]
    #[case(Some(Duration::from_secs(10)), 10)]
    #[case(Some(Duration::from_hours(24)), 300)]
    #[case(None, 3)]
    fn a_429_freezes_everything(#[case] retry_after: Option<Duration>, #[case] seconds: u64) {
        let mut budget = Budget::new(1500);
        let until = budget.throttled(retry_after, T0);
        assert_eq!(until, at(seconds * 1000));
        assert_eq!(send(&mut budget, Priority::Clear, T0), Turn::At(until));
        assert_eq!(send(&mut budget, Priority::Clear, until), Turn::Now);
    }

    #[test]
    fn silent_429s_wait_longer_each_time_up_to_five_minutes() {
        let (mut budget, mut now, mut waits) = (Budget::new(1500), T0, Vec::new());
        for _ in 0..9 {
            let until = budget.throttled(None, now);
            waits.push(elapsed(now, until).as_secs());
            now = until;
        }
        assert_eq!(waits, [3, 6, 12, 24, 48, 96, 192, 300, 300]);
        budget.answered();
        let until = budget.throttled(None, now);
        assert_eq!(elapsed(now, until).as_secs(), 3);
    }

    #[test]
    fn a_burst_of_429s_counts_as_one_lesson() {
        let mut budget = Budget::new(1000);
        for _ in 0..30 {
            budget.throttled(None, T0);
        }
        let view = budget.view(T0);
        assert_eq!((view.allowed_30s, view.throttled_total), (560, 30));
        assert_eq!(view.throttled_until, Some(at(3000)));
    }

    #[test]
    fn the_allowance_recovers_slowly_and_never_vanishes() {
        let (mut budget, mut now) = (Budget::new(1000), T0);
        for _ in 0..20 {
            now = advance(
                budget.throttled(Some(Duration::from_secs(6)), now),
                ONE_BURST,
            );
        }
        let cut = budget.allowed(now);
        assert!((80..200).contains(&cut), "{cut}");
        let later = budget.allowed(advance(now, Duration::from_mins(1)));
        assert_eq!(later - cut, 80);
        assert_eq!(budget.allowed(advance(now, Duration::from_mins(10))), 800);
    }
}
