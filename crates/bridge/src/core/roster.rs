//! Who is matched, and therefore polled. Users that stay matched keep everything that is known
//! of them; the others are let go in order.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use tracing::Level;

use super::super::event::{Effect, LogTarget};
use super::Core;
use super::user::User;
use graph::Failure;
use model::presence::{
    Coverage, EntraId, EntraUser, Lamp, Mapping, MatchKey, MatchedUser, Matching, ProcallPresence,
    ProcallUser, UnmatchedReason, UnmatchedUser, match_users,
};
use model::snapshot::{ReadMark, UserEventKind, UserRow};

/// Both lists, and what came of them.
#[derive(Debug, Default)]
pub(super) struct Roster {
    procall: Option<Vec<ProcallUser>>,
    entra: Option<Arc<Vec<EntraUser>>>,
    quarantined: FxHashSet<EntraId>,
    /// The matched users, in ProCall's order.
    pub(super) users: Vec<User>,
    by_id: FxHashMap<EntraId, usize>,
    by_key: FxHashMap<MatchKey, usize>,
    /// The others, and why.
    pub(super) unmatched: Arc<Vec<UnmatchedUser>>,
    /// How many users are matched, unmatched and excluded.
    pub(super) coverage: Arc<Coverage>,
    polled: Arc<[EntraId]>,
}

/// A matched user on the way from the old roster to the new one, with its row and read mark.
struct Member {
    user: User,
    mark: ReadMark,
    row: Arc<UserRow>,
}

impl Roster {
    /// Whether both lists are there.
    pub(super) fn is_known(&self) -> bool {
        self.procall.is_some() && self.entra.is_some()
    }

    /// The index of the user with this id.
    pub(super) fn index_of(&self, id: EntraId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The same, where the user is probably the one at `guess`: lists are mostly in our order.
    pub(super) fn index_near(&self, guess: usize, id: EntraId) -> Option<usize> {
        match self.users.get(guess) {
            Some(user) if user.id() == id => Some(guess),
            _ => self.index_of(id),
        }
    }

    /// The index of the user with this name.
    pub(super) fn index_of_key(&self, key: &MatchKey) -> Option<usize> {
        self.by_key.get(key).copied()
    }

    /// The user with this id.
    pub(super) fn user(&self, id: EntraId) -> Option<&User> {
        self.users.get(self.index_of(id)?)
    }

    fn matching(&self) -> Option<Matching> {
        let mut matching = match_users(self.procall.as_ref()?, self.entra.as_ref()?);
        let mut seen = FxHashSet::default();
        let mut kept = Vec::with_capacity(matching.matched.len());
        for user in matching.matched {
            match self.refuse(&user, &mut seen) {
                None => kept.push(user),
                Some(reason) => matching.unmatched.push(UnmatchedUser {
                    procall: user.procall,
                    reason,
                }),
            }
        }
        matching.matched = kept;
        Some(matching)
    }

    fn refuse(&self, user: &MatchedUser, seen: &mut FxHashSet<EntraId>) -> Option<UnmatchedReason> {
        if self.quarantined.contains(&user.entra_id) {
            return Some(UnmatchedReason::Quarantined);
        }
        // One id under two names: a directory that contradicts itself. One lamp per id.
        (!seen.insert(user.entra_id)).then_some(UnmatchedReason::SeveralProcallUsers)
    }

    fn reindex(&mut self) {
        self.by_id = index(self.users.iter().map(User::id));
        self.by_key = index(self.users.iter().map(|user| user.key().clone()));
    }
}

fn index<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> FxHashMap<K, usize> {
    keys.enumerate().map(|(ix, key)| (key, ix)).collect()
}

/// What to do where coverage is zero.
const NOBODY_MATCHED: &str = "nobody is matched, so that nothing is read or written: a user name in \
    ProCall must be the user principal name of exactly one user in Entra";

impl Core {
    pub(super) fn take_users(&mut self, users: Vec<ProcallUser>, now: Timestamp) {
        self.roster.procall = Some(users);
        self.procall_up(now);
        self.rematch(now);
    }

    pub(super) fn take_directory(
        &mut self,
        users: Arc<Vec<EntraUser>>,
        full: bool,
        now: Timestamp,
    ) {
        self.tenant.directory_read(users.len(), full, now);
        self.roster.entra = Some(users);
        self.rematch(now);
    }

    pub(super) fn directory_failed(&mut self, failure: Failure) {
        let meanwhile = match &self.roster.entra {
            Some(_) => "the directory stays as it was",
            None => "there is no directory yet, nobody is matched",
        };
        let message = format!("{meanwhile}: {failure}");
        // It is tried again every minute at the latest: said again is only what is new.
        let known = self.tenant.directory_failed(failure);
        let level = if known { Level::DEBUG } else { Level::WARN };
        self.log(level, LogTarget::Directory, None, message);
    }

    pub(super) fn quarantine(&mut self, id: EntraId, failure: &Failure, now: Timestamp) {
        if !self.roster.quarantined.insert(id) {
            return;
        }
        let name = self.roster.user(id).map(|user| user.name().clone());
        let message = format!(
            "Graph fails whenever {id} is asked for, so it is asked alone once an hour: {}",
            failure.message
        );
        self.log(Level::WARN, LogTarget::Poll, name.as_ref(), message);
        self.rematch(now);
    }

    pub(super) fn release(&mut self, id: EntraId, now: Timestamp) {
        if !self.roster.quarantined.remove(&id) {
            return;
        }
        let message = format!("Graph answers for {id} again");
        self.log(Level::INFO, LogTarget::Poll, None, message);
        self.rematch(now);
    }

    fn rematch(&mut self, now: Timestamp) {
        let Some(matching) = self.roster.matching() else {
            return;
        };
        if !matching.matched.is_empty() {
            self.alarms
                .check_freshness_at(model::clock::advance(now, self.settings.interval));
        }
        let gone = self.place_members(&matching.matched, now);
        self.publish_matching(matching);
        for user in &gone {
            self.let_go(user, now);
        }
        self.poll_matched();
        self.reconcile_all(now);
    }

    /// Gives every matched user a place; returns those who have none any more.
    fn place_members(&mut self, matched: &[MatchedUser], now: Timestamp) -> Vec<User> {
        let old_rows = self.rows.shown();
        let mut before = self.take_members();
        let mut rows = Vec::with_capacity(matched.len());
        let mut reads = Vec::with_capacity(matched.len());
        let mut renamed = Vec::new();
        self.roster.users.reserve_exact(matched.len());
        for (ix, found) in matched.iter().enumerate() {
            let member = self.find_user(found, &mut before);
            let mut member = member.unwrap_or_else(|| self.new_user(found, now));
            if member.user.rename(found) {
                renamed.push(ix);
            }
            if old_rows
                .get(ix)
                .is_none_or(|old| !Arc::ptr_eq(old, &member.row))
            {
                self.out.push(Effect::Changed(ix));
            }
            rows.push(member.row);
            reads.push(member.mark);
            self.roster.users.push(member.user);
        }
        self.rows.replace(rows);
        self.last_reads.replace(reads.into_iter());
        self.roster.reindex();
        for ix in renamed {
            self.touch(ix);
        }
        before
            .into_iter()
            .flatten()
            .map(|member| member.user)
            .collect()
    }

    fn take_members(&mut self) -> Vec<Option<Member>> {
        self.refresh_rows();
        let users = std::mem::take(&mut self.roster.users);
        let (marks, rows) = (self.last_reads.marks(), self.rows.shown());
        let places = marks.iter().zip(rows.iter());
        users
            .into_iter()
            .zip(places)
            .map(|(user, (mark, row))| {
                Some(Member {
                    user,
                    mark,
                    row: Arc::clone(row),
                })
            })
            .collect()
    }

    fn find_user(&self, found: &MatchedUser, before: &mut [Option<Member>]) -> Option<Member> {
        let ix = self.roster.index_of(found.entra_id)?;
        let place = before.get_mut(ix)?;
        let same = |member: &Member| *member.user.key() == found.procall.user_name.key();
        place.take_if(|member| same(member))
    }

    fn new_user(&self, found: &MatchedUser, now: Timestamp) -> Member {
        let mut user = User::new(found, now);
        if let Some(lease) = self.leases.get(user.id()) {
            if let Some(until) = lease.settles_until() {
                user.hold_echo_until(until);
            }
            if let Some(activity) = lease.adopted() {
                user.record(now, UserEventKind::LeaseAdopted(activity));
            }
        }
        Member {
            row: Arc::new(self.row_of(&user)),
            mark: ReadMark::default(),
            user,
        }
    }

    fn publish_matching(&mut self, matching: Matching) {
        let coverage = matching.coverage();
        if coverage != *self.roster.coverage {
            let message = coverage_words(&coverage);
            self.log(Level::INFO, LogTarget::Directory, None, message);
            if coverage.matched == 0 {
                self.log(Level::WARN, LogTarget::Directory, None, NOBODY_MATCHED);
            }
            self.roster.coverage = Arc::new(coverage);
        }
        if matching.unmatched != *self.roster.unmatched {
            self.roster.unmatched = Arc::new(matching.unmatched);
        }
    }

    /// A user is not matched any more. What we made of the presence in ProCall is taken back,
    /// unless Graph merely cannot say (quarantine): nobody else would ever lift it.
    fn let_go(&mut self, user: &User, now: Timestamp) {
        let Some(told) = user.told() else {
            return;
        };
        let untouched = told.procall == ProcallPresence::Unchanged && told.lamp == Lamp::Neutral;
        if untouched || self.roster.quarantined.contains(&user.id()) || !self.is_listed(user.key())
        {
            return;
        }
        let rule = Mapping::built_in().rule_for(None);
        self.tell_procall(user.name().clone(), rule, now);
        self.log_presence(user.name(), || {
            "not matched any more: ProCall keeps its own presence".to_owned()
        });
    }

    fn is_listed(&self, key: &MatchKey) -> bool {
        let listed = self.roster.procall.iter().flatten();
        listed.into_iter().any(|user| user.user_name.key() == *key)
    }

    fn poll_matched(&mut self) {
        let same = self.roster.polled.len() == self.roster.users.len()
            && self
                .roster
                .polled
                .iter()
                .zip(&self.roster.users)
                .all(|(id, user)| *id == user.id());
        if same {
            return;
        }
        let ids: Arc<[EntraId]> = self.roster.users.iter().map(User::id).collect();
        self.roster.polled = Arc::clone(&ids);
        self.out.push(Effect::PollSet(ids));
    }
}

fn coverage_words(coverage: &Coverage) -> String {
    let mut words = format!(
        "{} ProCall users = {} matched + {} excluded",
        coverage.procall_users, coverage.matched, coverage.excluded
    );
    for (reason, count) in &coverage.unmatched {
        // Writing into a String cannot fail.
        let _ = write!(words, " + {count} {}", reason.as_str());
    }
    words
}
