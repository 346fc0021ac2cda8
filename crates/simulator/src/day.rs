//! The working day: pure. In: how many people, the dice, the time. Out: who does what, when.
//!
//! It starts in the middle of a day: some are on the phone, some in a meeting, some away. A
//! few *highlights* follow a fixed plan, so that whoever watches the first five minutes sees a
//! lease being set, renewed and cleared, one that is masked, and an own call that overlaps a
//! Teams call. Everything else is scenes, drawn one after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::scenes::{Act, Scene, TimedAct, highlights};
use model::clock::advance;

/// Somebody does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    /// The place in the list of people.
    pub(super) who: usize,
    pub(super) act: Act,
}

#[derive(Debug)]
struct Planned {
    happening: Happening,
    /// The scene ends with it.
    last: bool,
}

/// A day as it goes on.
#[derive(Debug)]
pub(super) struct Day {
    plan: BTreeMap<(Timestamp, u64), Planned>,
    planned: u64,
    busy: Vec<bool>,
    rng: ChaCha8Rng,
    next_scene: Timestamp,
    scenes_per_s: f64,
}

/// Scenes a second with 40 people; with more people it grows with the square root, because
/// nobody can watch 20,000.
const SCENES_PER_S: f64 = 0.14;
/// Scenes a second that one person can bear.
const SCENES_PER_PERSON: f64 = 1.0 / 90.0;
/// The most people who are on the phone when the day is joined.
const CALLS_AT_START: f64 = 400.0;

impl Day {
    /// A day of `people`, joined at `now`. The first ones play the highlights.
    pub(super) fn join(people: usize, seed: u64, pace: f64, now: Timestamp) -> Self {
        let count = f64::from(u32::try_from(people).unwrap_or(u32::MAX));
        let lively = (SCENES_PER_S * (count / 40.0).sqrt()).min(count * SCENES_PER_PERSON);
        let mut day = Self {
            plan: BTreeMap::new(),
            planned: 0,
            busy: vec![false; people],
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x0064_6179),
            next_scene: now,
            scenes_per_s: (lively * pace).max(1e-6),
        };
        for (who, steps) in highlights().into_iter().enumerate().take(people) {
            day.schedule(who, steps, now);
        }
        day.join_midway(count, now);
        day.next_scene = advance(now, day.gap());
        day
    }

    /// Those without a highlight: most are at work, some in the middle of something.
    fn join_midway(&mut self, count: f64, now: Timestamp) {
        let on_the_phone = (CALLS_AT_START / count).min(0.08);
        for who in 0..self.busy.len() {
            if self.busy.get(who) != Some(&false) {
                continue;
            }
            let scene = match self.rng.gen_range(0.0..1.0) {
                r if r < 0.10 => Scene::Leave,
                r if r < 0.20 => Scene::Idle,
                r if r < 0.28 => Scene::TeamsMeeting,
                r if r < 0.33 => Scene::TeamsCall,
                r if r < 0.36 => Scene::Manual,
                r if r < 0.36 + on_the_phone => Scene::DeskCall,
                _ => continue,
            };
            let steps = scene.joined_midway(&mut self.rng);
            self.schedule(who, steps, now);
        }
    }

    /// When something is due next.
    pub(super) fn next_at(&self) -> Timestamp {
        let planned = self.plan.first_key_value().map(|((at, _), _)| *at);
        planned.map_or(self.next_scene, |at| at.min(self.next_scene))
    }

    /// What is due by `now`, in its order; at most `most` happenings.
    pub(super) fn due(&mut self, now: Timestamp, most: usize) -> Vec<Happening> {
        let mut due = Vec::new();
        while due.len() < most && self.next_at() <= now {
            if self.next_at() == self.next_scene {
                self.begin_scene();
                continue;
            }
            let Some((_, planned)) = self.plan.pop_first() else {
                break;
            };
            if let Some(busy) = self.busy.get_mut(planned.happening.who) {
                *busy = !planned.last;
            }
            due.push(planned.happening);
        }
        due
    }

    fn begin_scene(&mut self) {
        let at = self.next_scene;
        self.next_scene = advance(at, self.gap());
        let Some(who) = self.somebody_free() else {
            return;
        };
        let steps = Scene::draw(&mut self.rng).steps(&mut self.rng);
        self.schedule(who, steps, at);
    }

    fn schedule(&mut self, who: usize, steps: Vec<TimedAct>, from: Timestamp) {
        let last = steps.len().saturating_sub(1);
        for (n, (after_s, act)) in steps.into_iter().enumerate() {
            let after = Duration::try_from_secs_f64(after_s).unwrap_or_default();
            let happening = Happening { who, act };
            let planned = Planned {
                happening,
                last: n == last,
            };
            self.planned += 1;
            self.plan
                .insert((advance(from, after), self.planned), planned);
        }
        if let Some(busy) = self.busy.get_mut(who) {
            *busy = true;
        }
    }

    /// Exponential, as independent people make it; at most a minute at the usual pace.
    fn gap(&mut self) -> Duration {
        let draw: f64 = self.rng.gen_range(0.05..1.0);
        Duration::try_from_secs_f64(-draw.ln() / self.scenes_per_s)
            .unwrap_or(Duration::from_mins(1))
    }

    fn somebody_free(&mut self) -> Option<usize> {
        if self.busy.is_empty() {
            return None;
        }
        let tries = (0..16).map(|_| self.rng.gen_range(0..self.busy.len()));
        let tries: Vec<usize> = tries.collect();
        tries
            .into_iter()
            .find(|who| self.busy.get(*who) == Some(&false))
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::{PbxCall, TeamsAct};
    use super::*;
    use crate::script::{PbxKind, PbxState};
    use model::clock::elapsed;

    fn at(second: u64) -> Timestamp {
        advance(Timestamp::UNIX_EPOCH, Duration::from_secs(second))
    }

    /// All happenings of the first `seconds`, with their second.
    fn played(people: usize, seed: u64, seconds: u64) -> Vec<(u64, Happening)> {
        let mut day = Day::join(people, seed, 1.0, at(0));
        let mut all = Vec::new();
        for second in 0..=seconds {
            let due = day.due(at(second), usize::MAX);
            all.extend(due.into_iter().map(|h| (second, h)));
        }
        all
    }

    #[test]
    fn the_same_seed_is_the_same_day() {
        assert_eq!(played(40, 5, 120), played(40, 5, 120));
        assert_ne!(played(40, 5, 120), played(40, 6, 120));
    }

    #[test]
    fn something_changes_every_few_seconds() {
        for seed in 0..10 {
            let mut seconds: Vec<u64> = played(33, seed, 300).into_iter().map(|p| p.0).collect();
            seconds.dedup();
            let longest = seconds.windows(2).map(|w| w[1] - w[0]).max().unwrap();
            assert!(
                seconds.len() > 75,
                "{} seconds with a change",
                seconds.len()
            );
            assert!(longest <= 20, "{longest} s without a change");
        }
    }

    #[test]
    fn a_call_of_more_than_three_minutes_starts_within_the_first() {
        let day = played(33, 1, 300);
        let of_first = |state| {
            let wanted = Act::Pbx(PbxCall {
                kind: PbxKind::Tapi,
                state,
            });
            let found = day.iter().find(|(_, h)| h.who == 0 && h.act == wanted);
            found.map(|(second, _)| *second).unwrap()
        };
        let (from, to) = (of_first(PbxState::Connected), of_first(PbxState::Ended));
        assert!(from < 60 && to - from > 200 && to < 290, "{from} to {to}");
    }

    #[test]
    fn it_starts_in_the_middle_of_the_day() {
        let first = played(40, 7, 0);
        let has = |wanted: &dyn Fn(&Act) -> bool| first.iter().any(|(_, h)| wanted(&h.act));
        assert!(has(&|act| matches!(act, Act::Teams(TeamsAct::SignOut))));
        assert!(has(&|act| matches!(
            act,
            Act::Pbx(PbxCall {
                state: PbxState::Connected,
                ..
            })
        )));
    }

    #[test]
    fn every_call_that_rings_ends() {
        let mut open = std::collections::BTreeMap::new();
        for (_, happening) in played(40, 3, 4_000) {
            let Act::Pbx(call) = happening.act else {
                continue;
            };
            let calls: &mut i32 = open.entry((happening.who, call.kind)).or_default();
            match call.state {
                PbxState::Ended => *calls = 0,
                _ if call.kind != PbxKind::Manual => *calls = 1,
                _ => {}
            }
        }
        let still: i32 = open.values().sum();
        assert!(still < 15, "{still} calls still last");
    }

    #[test]
    fn twenty_thousand_people_are_not_five_hundred_times_as_lively() {
        let start = at(0);
        let mut day = Day::join(20_000, 1, 1.0, start);
        day.due(start, usize::MAX);
        let mut happenings = 0;
        while elapsed(start, day.next_at()) < Duration::from_mins(1) {
            happenings += day.due(day.next_at(), usize::MAX).len();
        }
        assert!((200..4_000).contains(&happenings), "{happenings}");
    }
}
