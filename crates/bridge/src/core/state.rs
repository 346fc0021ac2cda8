//! What is known of users by ProCall's name for them, whether they are matched or not: ProCall may
//! speak of users before the directory is known. One entry a user, and only where something is
//! known.

use rustc_hash::{FxHashMap, FxHashSet};

use jiff::Timestamp;

use super::calls::UserCalls;
use model::presence::{CallActivity, MatchKey, UserName};
use model::procall::{ShownPresence, ShownState};
use model::snapshot::UserEventKind;
use procall::{CallEvent, Obstacle, UserFacts};

/// All kinds of obstacles.
const OBSTACLES: [Obstacle; 6] = [
    Obstacle::NotVisible,
    Obstacle::CallsHidden,
    Obstacle::MayNotSetPresence,
    Obstacle::ForeignPresence,
    Obstacle::SetPresenceRefused,
    Obstacle::CallNotUnderstood,
];

/// What is in a user's way, a bit each kind: one byte a user, where a list would take its own room on
/// the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Obstacles(u8);

impl Obstacles {
    fn from_list(list: &[Obstacle]) -> Self {
        Self(list.iter().fold(0, |all, obstacle| all | bit(*obstacle)))
    }

    fn iter(self) -> impl Iterator<Item = Obstacle> {
        let all = OBSTACLES.into_iter();
        all.filter(move |obstacle| self.0 & bit(*obstacle) != 0)
    }
}

const fn bit(obstacle: Obstacle) -> u8 {
    match obstacle {
        Obstacle::NotVisible => 1,
        Obstacle::CallsHidden => 2,
        Obstacle::MayNotSetPresence => 4,
        Obstacle::ForeignPresence => 8,
        Obstacle::SetPresenceRefused => 16,
        Obstacle::CallNotUnderstood => 32,
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
    /// What ProCall shows, where it says.
    shows: Option<ShownPresence>,
    /// What it showed before it showed what Teams makes of it.
    shown_before: Option<ShownState>,
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
        self.obstacles.iter()
    }

    /// What ProCall shows, where it says.
    pub(super) const fn shows(&self) -> Option<ShownPresence> {
        self.shows
    }

    /// What it showed before it showed what Teams makes of it.
    pub(super) const fn shown_before(&self) -> Option<ShownState> {
        self.shown_before
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
        let nothing_told = self.obstacles == Obstacles::default()
            && self.teams_right.is_none()
            && self.shows.is_none();
        self.calls.is_none() && nothing_told && !self.paused
    }

    /// ProCall shows this now; `made` is what Teams makes of it.
    fn learn_shown(&mut self, shows: Option<ShownPresence>, made: Option<ShownState>) {
        self.shown_before = self.before(shows, made);
        self.shows = shows;
    }

    fn before(&self, shows: Option<ShownPresence>, made: Option<ShownState>) -> Option<ShownState> {
        let (shows, made) = (shows?, made?);
        if shows.state != made || shows.in_a_call {
            return None;
        }
        match self.shows?.state {
            was if was == made => self.shown_before,
            was => Some(was),
        }
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

    /// The same, unless a call has begun since.
    pub(super) fn suppress_before(&mut self, key: &MatchKey, moment: Timestamp) {
        let calls = self.get(key).and_then(UserState::calls);
        if calls.is_some_and(|calls| !calls.began_after(moment)) {
            self.suppress(key);
        }
    }

    /// The administrator pauses writing for this user or resumes it; whether that is new.
    pub(super) fn pause(&mut self, key: &MatchKey, paused: bool) -> bool {
        self.change(key, |state| {
            std::mem::replace(&mut state.paused, paused) != paused
        })
    }

    /// What ProCall says of a user beside the calls; it replaces what it said before. `made` is what
    /// Teams makes of the presence. Whether other obstacles than before are in the way.
    pub(super) fn learn_facts(
        &mut self,
        key: &MatchKey,
        facts: &UserFacts,
        made: Option<ShownState>,
    ) -> bool {
        self.change(key, |state| {
            state.teams_right = facts.teams_right;
            state.learn_shown(facts.shows, made);
            let obstacles = Obstacles::from_list(&facts.obstacles);
            std::mem::replace(&mut state.obstacles, obstacles) != obstacles
        })
    }

    /// ProCall shows this of a user, as a file of events tells it.
    pub(super) fn learn_shown(
        &mut self,
        key: &MatchKey,
        shows: ShownPresence,
        made: Option<ShownState>,
    ) {
        self.change(key, |state| state.learn_shown(Some(shows), made));
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
            shows: None,
            obstacles: obstacles.to_vec(),
        };
        assert!(!states.pause(&key, false));
        states.suppress(&key);
        assert!(states.by_name.is_empty());

        assert!(states.pause(&key, true));
        let both = [Obstacle::SetPresenceRefused, Obstacle::NotVisible];
        assert!(states.learn_facts(&key, &told(Some(true), &both), None));
        assert!(!states.learn_facts(&key, &told(Some(true), &both), None));
        let state = states.get(&key).expect("an entry");
        let sorted = [Obstacle::NotVisible, Obstacle::SetPresenceRefused];
        assert_eq!(state.obstacles().collect::<Vec<_>>(), sorted);

        assert!(states.learn_facts(&key, &told(None, &[]), None));
        assert!(states.is_paused(&key));
        assert!(states.pause(&key, false));
        assert!(states.by_name.is_empty());
    }
}
