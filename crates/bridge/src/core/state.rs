//! What is known of users by ProCall's name for them, whether they are matched or not: ProCall may
//! speak of users before the directory is known. One entry a user, and only where something is
//! known.

use rustc_hash::{FxHashMap, FxHashSet};

use jiff::Timestamp;

use super::calls::UserCalls;
use model::presence::{CallActivity, MatchKey, UserName};
use model::snapshot::UserEventKind;
use procall::{CallEvent, Obstacle, UserFacts};

/// So many kinds of obstacles there are.
const OBSTACLES: usize = 6;

/// What is in a user's way, each kind at a place of its own: six bytes a user, where a list would
/// take its own room on the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Obstacles([Option<Obstacle>; OBSTACLES]);

impl Obstacles {
    fn from_list(list: &[Obstacle]) -> Self {
        let mut all = Self::default();
        for obstacle in list {
            if let Some(place) = all.0.get_mut(place(*obstacle)) {
                *place = Some(*obstacle);
            }
        }
        all
    }
}

const fn place(obstacle: Obstacle) -> usize {
    match obstacle {
        Obstacle::NotVisible => 0,
        Obstacle::CallsHidden => 1,
        Obstacle::MayNotSetPresence => 2,
        Obstacle::ForeignPresence => 3,
        Obstacle::SetPresenceRefused => 4,
        Obstacle::CallNotUnderstood => 5,
    }
}

/// What is known of one user. Small, because ProCall may have something to say of everybody.
#[derive(Debug, Default)]
pub(super) struct UserState {
    /// The calls that last; nothing where none does.
    calls: Option<Box<UserCalls>>,
    obstacles: Obstacles,
    /// Whether the user has the Teams right, where ProCall says.
    teams_right: Option<bool>,
    /// By the administrator: nothing is set for this user.
    paused: bool,
}

impl UserState {
    /// The calls that last.
    pub(super) fn calls(&self) -> Option<&UserCalls> {
        self.calls.as_deref()
    }

    /// What is in the way of the user's presence, by ProCall's own account.
    pub(super) fn obstacles(&self) -> impl Iterator<Item = Obstacle> {
        self.obstacles.0.into_iter().flatten()
    }

    /// Whether the user has the Teams right, where ProCall says.
    pub(super) const fn teams_right(&self) -> Option<bool> {
        self.teams_right
    }

    /// Whether the administrator has paused writing for this user.
    pub(super) const fn is_paused(&self) -> bool {
        self.paused
    }

    fn is_empty(&self) -> bool {
        let nothing_told = self.obstacles == Obstacles::default() && self.teams_right.is_none();
        self.calls.is_none() && nothing_told && !self.paused
    }

    fn apply_call(&mut self, event: &CallEvent, now: Timestamp) -> Option<UserEventKind> {
        let calls = self.calls.get_or_insert_default();
        let happened = calls.apply(event, now);
        self.calls.take_if(|calls| calls.is_empty());
        happened
    }
}

/// What is known of all users.
#[derive(Debug, Default)]
pub(super) struct UserStates {
    by_name: FxHashMap<MatchKey, UserState>,
    /// ProCall has said which calls last.
    calls_known: bool,
}

impl UserStates {
    /// What is known of the user of this name, if anything is.
    pub(super) fn get(&self, key: &MatchKey) -> Option<&UserState> {
        self.by_name.get(key)
    }

    /// Whether ProCall has said once which calls last.
    pub(super) const fn calls_known(&self) -> bool {
        self.calls_known
    }

    /// ProCall has said which calls last; whether that is the first time.
    pub(super) const fn learn_calls(&mut self) -> bool {
        !std::mem::replace(&mut self.calls_known, true)
    }

    /// Whether the administrator has paused writing for this user.
    pub(super) fn is_paused(&self, key: &MatchKey) -> bool {
        self.get(key).is_some_and(UserState::is_paused)
    }

    /// What the calls of this user ask of Teams. Another lampfield that writes knows nothing of a
    /// lease that was cleared by command here.
    pub(super) fn wish(&self, key: &MatchKey, other_writer: bool) -> Option<CallActivity> {
        self.get(key)?.calls()?.wish(other_writer)
    }

    /// The users that have a call.
    pub(super) fn calling(&self) -> impl Iterator<Item = &MatchKey> {
        self.calls().map(|(key, _)| key)
    }

    fn calls(&self) -> impl Iterator<Item = (&MatchKey, &UserCalls)> {
        let states = self.by_name.iter();
        states.filter_map(|(key, state)| Some((key, state.calls()?)))
    }

    /// A call of this user; what happened, if it is new.
    pub(super) fn apply_call(
        &mut self,
        key: &MatchKey,
        event: &CallEvent,
        now: Timestamp,
    ) -> Option<UserEventKind> {
        self.change(key, |state| state.apply_call(event, now))
    }

    /// The calls we know that are not among those that last: they ended without our hearing it.
    pub(super) fn ended_unheard(&self, lasting: &[CallEvent]) -> Vec<CallEvent> {
        let lasting: FxHashSet<(MatchKey, &str)> = lasting
            .iter()
            .map(|event| (event.user_name.key(), event.key.as_ref()))
            .collect();
        let mut ended = Vec::new();
        for (key, calls) in self.calls() {
            let name = UserName::new(key.as_str());
            let unheard = calls.ends(&name);
            ended.extend(unheard.filter(|end| !lasting.contains(&(key.clone(), end.key.as_ref()))));
        }
        ended
    }

    /// Nothing is written for what this user's calls ask until the next one begins.
    pub(super) fn suppress(&mut self, key: &MatchKey) {
        let state = self.by_name.get_mut(key);
        if let Some(calls) = state.and_then(|state| state.calls.as_mut()) {
            calls.suppress();
        }
    }

    /// The administrator pauses writing for this user or resumes it; whether that is new.
    pub(super) fn pause(&mut self, key: &MatchKey, paused: bool) -> bool {
        self.change(key, |state| {
            std::mem::replace(&mut state.paused, paused) != paused
        })
    }

    /// What ProCall says of a user beside the calls; it replaces what it said before.
    pub(super) fn learn_facts(&mut self, key: &MatchKey, facts: &UserFacts) {
        self.change(key, |state| {
            state.obstacles = Obstacles::from_list(&facts.obstacles);
            state.teams_right = facts.teams_right;
        });
    }

    /// Changes what is known of a user; of whom nothing is known any more has no entry.
    fn change<T>(&mut self, key: &MatchKey, change: impl FnOnce(&mut UserState) -> T) -> T {
        if let Some(state) = self.by_name.get_mut(key) {
            let result = change(state);
            if state.is_empty() {
                self.by_name.remove(key);
            }
            return result;
        }
        let mut state = UserState::default();
        let result = change(&mut state);
        if !state.is_empty() {
            self.by_name.insert(key.clone(), state);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_no_larger_than_two_words() {
        assert!(size_of::<UserState>() <= 16);
    }

    #[test]
    fn of_whom_nothing_is_known_any_more_has_no_entry() {
        let mut states = UserStates::default();
        let name = UserName::new("anna@corp.example");
        let key = name.key();
        let told = |teams_right, obstacles: &[Obstacle]| UserFacts {
            user_name: name.clone(),
            teams_right,
            obstacles: obstacles.to_vec(),
        };
        assert!(!states.pause(&key, false));
        states.suppress(&key);
        assert!(states.by_name.is_empty());

        assert!(states.pause(&key, true));
        let both = [Obstacle::SetPresenceRefused, Obstacle::NotVisible];
        states.learn_facts(&key, &told(Some(true), &both));
        let state = states.get(&key).expect("an entry");
        let sorted = [Obstacle::NotVisible, Obstacle::SetPresenceRefused];
        assert_eq!(state.obstacles().collect::<Vec<_>>(), sorted);

        states.learn_facts(&key, &told(None, &[]));
        assert!(states.is_paused(&key));
        assert!(states.pause(&key, false));
        assert!(states.by_name.is_empty());
    }
}
