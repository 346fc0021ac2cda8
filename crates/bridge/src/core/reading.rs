//! One request of a poll: joined by id, in the order in which the requests began, whatever the
//! order of the answers. A reading that changes nothing costs one look-up by hash.

use std::ops::Range;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxBuildHasher, FxHashMap};
use tracing::Level;

use super::super::event::ChunkRead;
use super::super::line::LogTarget;
use super::Core;
use super::journal::several;
use super::user::Novelty;
use graph::{Failure, PresenceReading, RequestTiming};
use model::clock::{advance, shifted};
use model::presence::{EntraId, Mapping, TeamsPresence};
use model::snapshot::{ReadMark, ReadMarks, STALE_INTERVALS, UserEventKind};

/// The last read of every matched user, in the roster's order: apart from what else is known of
/// them, because every request changes the marks of all whom it asked for.
#[derive(Debug, Default)]
pub(super) struct LastReads(Arc<ReadMarks>);

impl LastReads {
    /// All read marks.
    pub(super) fn marks(&self) -> Arc<ReadMarks> {
        Arc::clone(&self.0)
    }

    /// These instead of all others: the roster has changed.
    pub(super) fn replace(&mut self, marks: impl Iterator<Item = ReadMark>) {
        self.0 = Arc::new(marks.collect());
    }

    /// A request in which these users were asked for failed.
    fn count_failure(&mut self, users: impl Iterator<Item = usize>) {
        let marks = Arc::make_mut(&mut self.0);
        stretches(users, |users| marks.count_failure(users));
    }
}

/// Calls `each` with the numbers that follow one another.
fn stretches(numbers: impl Iterator<Item = usize>, mut each: impl FnMut(Range<usize>)) {
    let mut stretch = 0..0;
    for number in numbers {
        if number != stretch.end {
            each(std::mem::replace(&mut stretch, number..number));
        }
        stretch.end = number + 1;
    }
    each(stretch);
}

impl Core {
    pub(super) fn take_read(&mut self, read: &ChunkRead, now: Timestamp) {
        self.polling.chunk(read, now);
        self.read_link(read);
        self.tenant.count_unknown(&read.unknown_values);
        match &read.outcome {
            Ok(readings) => self.take_answer(read, readings, now),
            Err(failure) => self.take_failure(read, failure),
        }
    }

    /// Goes through who was asked for, in our order: the answer has any order it likes, and a leap
    /// for each of its entries through all that is kept of 20,000 users is what takes the time.
    fn take_answer(&mut self, read: &ChunkRead, readings: &[PresenceReading], now: Timestamp) {
        let mut answers = FxHashMap::with_capacity_and_hasher(readings.len(), FxBuildHasher);
        for reading in readings {
            answers.entry(reading.id).or_insert(reading);
        }
        let mut marks = std::mem::take(&mut self.last_reads.0);
        let mark = ReadMark {
            read_at: Some(read.timing.finished),
            latency: read.timing.latency(),
            failures: 0,
        };
        let (mut next, mut missing) = (0, false);
        let newly_read = read.asked.iter().filter_map(|id| {
            let ix = self.roster.index_near(next, *id)?;
            next = ix + 1;
            let Some(reading) = answers.get(id) else {
                missing = true;
                return None;
            };
            self.take_reading(ix, reading, &read.timing, now)
                .then_some(ix)
        });
        let put = Arc::make_mut(&mut marks);
        stretches(newly_read, |users| put.put(users, &mark));
        self.last_reads.0 = marks;
        if missing {
            self.take_missing(read, &answers);
        }
    }

    /// Applies one entry. Whether it is newer than the last.
    fn take_reading(
        &mut self,
        ix: usize,
        reading: &PresenceReading,
        timing: &RequestTiming,
        now: Timestamp,
    ) -> bool {
        let Some(user) = self.roster.at_mut(ix) else {
            return false;
        };
        let novelty = user.read(reading, timing);
        if novelty == Novelty::ToLookAt {
            self.look_at(ix, reading, timing, now);
        }
        novelty != Novelty::Outdated
    }

    /// A reading that may mean something.
    fn look_at(
        &mut self,
        ix: usize,
        reading: &PresenceReading,
        timing: &RequestTiming,
        now: Timestamp,
    ) {
        let rule = Mapping::built_in().rule_for(reading.presence.as_ref());
        self.fresh_again(ix, now);
        self.note_pair(ix, reading, timing.started, now);
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        user.take_rest(reading, rule, now);
        let id = user.id();
        if !rule.unknown {
            self.apply_rule(ix, rule, timing.started, now);
        }
        if let Some(presence) = &reading.presence {
            self.judge(id, presence, rule, timing, now);
        }
        self.touch(ix);
    }

    fn fresh_again(&mut self, ix: usize, now: Timestamp) {
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        if user.go_fresh() {
            self.record(ix, now, UserEventKind::BecameFresh);
        }
    }

    fn note_pair(
        &mut self,
        ix: usize,
        reading: &PresenceReading,
        started: Timestamp,
        now: Timestamp,
    ) {
        let ours = self.may_be_ours(ix, started);
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        let Some(change) = user.take_pair(reading, ours, now) else {
            return;
        };
        let name = user.name().clone();
        if let Some(presence) = &reading.presence {
            self.record(ix, now, UserEventKind::TeamsChanged(presence.clone()));
        }
        if !change.first {
            let after = reading.presence.as_ref();
            self.log_presence(&name, || change_words(change.before.as_ref(), after));
        }
    }

    /// Who was asked for and not answered: like unknown, nothing changes.
    fn take_missing(&mut self, read: &ChunkRead, answers: &FxHashMap<EntraId, &PresenceReading>) {
        let mut gone = Vec::new();
        for id in read.asked.iter().filter(|id| !answers.contains_key(id)) {
            let Some(ix) = self.roster.index_of(*id) else {
                continue;
            };
            let Some(user) = self.roster.at_mut(ix) else {
                continue;
            };
            if user.go_missing(read.timing.started) {
                self.touch(ix);
                gone.push(ix);
            }
        }
        self.last_reads.count_failure(gone.into_iter());
    }

    fn take_failure(&mut self, read: &ChunkRead, failure: &Failure) {
        let asked = read.asked.iter();
        let asked = asked.filter_map(|id| self.roster.index_of(*id));
        self.last_reads.count_failure(asked);
        let message = format!(
            "request {} of cycle {} for {} failed: {}",
            read.chunk,
            read.cycle,
            several(read.asked.len(), "user"),
            failure
        );
        let level = if self.tenant.lacks_token(failure) {
            Level::DEBUG
        } else {
            Level::WARN
        };
        self.log_of(failure, level, LogTarget::Poll, None, message);
    }

    /// Looks whether all values are still fresh; at most once an interval.
    pub(super) fn check_freshness(&mut self, now: Timestamp) {
        let limit = self.settings.interval.saturating_mul(STALE_INTERVALS);
        if self.polling.is_held() {
            let later = advance(now, limit);
            return self.alarms.check_freshness_at(later);
        }
        // The marks first: they lie close together, and hardly anybody is left to look at.
        let since = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
        let marks = self.last_reads.marks();
        let stale: Vec<usize> = marks
            .not_read_after(shifted(now, -since))
            .filter(|ix| {
                let user = self.roster.at_mut(*ix);
                user.is_some_and(|user| user.go_stale(limit, now))
            })
            .collect();
        for ix in &stale {
            self.record(*ix, now, UserEventKind::BecameStale);
        }
        if !stale.is_empty() {
            let message = format!(
                "not read for more than three intervals, and therefore stale: {}",
                several(stale.len(), "user")
            );
            self.log(Level::WARN, LogTarget::Poll, None, message);
        }
        self.poll_overdue(now);
        if !self.roster.users().is_empty() {
            let later = self.settings.interval.saturating_mul(3) / 2;
            self.alarms.check_freshness_at(advance(now, later));
        }
    }
}

fn change_words(before: Option<&TeamsPresence>, after: Option<&TeamsPresence>) -> String {
    let word =
        |it: Option<&TeamsPresence>| it.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    format!("Teams: {} -> {}", word(before), word(after))
}
