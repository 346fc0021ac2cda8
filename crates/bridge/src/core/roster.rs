//! Who is matched, and therefore polled.

use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::user::User;
use model::packed_list::PackedList;
use model::presence::{
    Coverage, EntraId, EntraUser, MatchKey, MatchedUser, Matching, ProcallUser, UnmatchedReason,
    UnmatchedUser, UserName, match_users,
};

/// Where each user stands, to be found by what its hash was made of: five bytes a place, where a map
/// would keep the ids and names once more.
type Index = HashTable<u32>;

/// Both lists, and what came of them.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// ProCall's list until it is matched. From then on it is the matched users, and the others at their places.
    to_match: Option<Vec<ProcallUser>>,
    /// Those of ProCall's list who are not matched, and where in it they stand; nothing before it was matched once.
    others: Option<Vec<(usize, ProcallUser)>>,
    entra: Option<PackedList<EntraUser>>,
    quarantined: FxHashSet<EntraId>,
    /// The matched users, in ProCall's order.
    users: Vec<User>,
    by_id: Index,
    by_key: Index,
    /// The others, and why.
    unmatched: Arc<Vec<UnmatchedUser>>,
    /// Those that the administrator took out.
    excluded: Arc<Vec<ProcallUser>>,
    /// How many users are matched, unmatched and excluded.
    coverage: Arc<Coverage>,
    /// Of the matched users, in their order: they are polled.
    ids: Arc<[EntraId]>,
    /// Others than before are polled.
    ids_changed: bool,
}

impl Roster {
    /// Whether both lists are there.
    pub(super) fn is_known(&self) -> bool {
        (self.to_match.is_some() || self.others.is_some()) && self.entra.is_some()
    }

    /// The index of the user with this id.
    pub(super) fn index_of(&self, id: EntraId) -> Option<usize> {
        find(&self.by_id, &id, |ix| Some(*self.ids.get(ix)? == id))
    }

    /// The same, where the user is probably the one at `guess`: lists are mostly in our order.
    pub(super) fn index_near(&self, guess: usize, id: EntraId) -> Option<usize> {
        match self.ids.get(guess) {
            Some(at) if *at == id => Some(guess),
            _ => self.index_of(id),
        }
    }

    /// The index of the user with this name.
    pub(super) fn index_of_key(&self, key: &MatchKey) -> Option<usize> {
        find(&self.by_key, key, |ix| Some(self.at(ix)?.key() == *key))
    }

    /// The user with this id.
    pub(super) fn user(&self, id: EntraId) -> Option<&User> {
        self.users.get(self.index_of(id)?)
    }

    /// Who is matched by both lists, and who is not; nothing before both are there.
    pub(super) fn matching(&mut self) -> Option<Matching> {
        let entra = self.entra.as_ref()?.users()?;
        let procall = self.to_match.take().or_else(|| self.listed())?;
        let mut matching = match_users(&procall, &entra);
        let mut seen = FxHashSet::default();
        let mut kept = Vec::with_capacity(matching.matched.len());
        for user in matching.matched {
            match self.refuse(&user, &mut seen) {
                None => kept.push(user),
                Some(reason) => matching.unmatched.push(UnmatchedUser {
                    procall: user.procall,
                    reason,
                    near: None,
                }),
            }
        }
        self.others = Some(others(procall, &kept));
        matching.matched = kept;
        Some(matching)
    }

    /// ProCall's list as it was matched last.
    fn listed(&self) -> Option<Vec<ProcallUser>> {
        let mut others = self.others.as_ref()?.iter().peekable();
        let mut matched = self.users.iter().map(User::listed);
        let at = |place| match others.next_if(|(at, _)| *at == place) {
            Some((_, other)) => Some(other.clone()),
            None => matched.next(),
        };
        Some((0..).map_while(at).collect())
    }

    fn refuse(&self, user: &MatchedUser, seen: &mut FxHashSet<EntraId>) -> Option<UnmatchedReason> {
        if self.quarantined.contains(&user.entra_id) {
            return Some(UnmatchedReason::Quarantined);
        }
        // One id under two names: a directory that contradicts itself. One lamp per id.
        (!seen.insert(user.entra_id)).then_some(UnmatchedReason::SeveralProcallUsers)
    }

    /// ProCall's list.
    pub(super) fn take_procall(&mut self, users: Vec<ProcallUser>) {
        self.to_match = Some(users);
    }

    /// Entra's list.
    pub(super) fn take_entra(&mut self, users: PackedList<EntraUser>) {
        self.entra = Some(users);
    }

    /// Whether Entra's list is there.
    pub(super) const fn has_directory(&self) -> bool {
        self.entra.is_some()
    }

    /// Graph fails whenever this account is asked for; whether that is news.
    pub(super) fn quarantine(&mut self, id: EntraId) -> bool {
        self.quarantined.insert(id)
    }

    /// Graph answers for this account again; whether that is news.
    pub(super) fn release(&mut self, id: EntraId) -> bool {
        self.quarantined.remove(&id)
    }

    /// Of those who are not matched any more: the ones of whom ProCall is to be told that what it was
    /// told does not hold any more. ProCall has the user, and it is not merely Graph that cannot say.
    pub(super) fn let_go(&self, gone: Vec<User>) -> Vec<User> {
        if gone.is_empty() {
            return gone;
        }
        let others = self.others.iter().flatten();
        let others: FxHashSet<_> = others.map(|(_, user)| user.user_name.key()).collect();
        let is_listed = |key| others.contains(&key) || self.index_of_key(&key).is_some();
        let lets_go = |user: &User| is_listed(user.key()) && !self.quarantined.contains(&user.id());
        gone.into_iter().filter(lets_go).collect()
    }

    /// The matched users, in ProCall's order.
    pub(super) fn users(&self) -> &[User] {
        &self.users
    }

    /// The user at this index.
    pub(super) fn at(&self, ix: usize) -> Option<&User> {
        self.users.get(ix)
    }

    /// The same, to be changed.
    pub(super) fn at_mut(&mut self, ix: usize) -> Option<&mut User> {
        self.users.get_mut(ix)
    }

    /// The name of the user at this index.
    pub(super) fn name_at(&self, ix: usize) -> Option<UserName> {
        self.at(ix).map(|user| user.name().clone())
    }

    /// The users that are not matched, and why.
    pub(super) fn unmatched(&self) -> Arc<Vec<UnmatchedUser>> {
        Arc::clone(&self.unmatched)
    }

    /// Those that the administrator took out.
    pub(super) fn excluded(&self) -> Arc<Vec<ProcallUser>> {
        Arc::clone(&self.excluded)
    }

    /// How many users are matched, unmatched and excluded.
    pub(super) fn coverage(&self) -> Arc<Coverage> {
        Arc::clone(&self.coverage)
    }

    /// Takes all users out, to be placed anew.
    pub(super) fn take_users(&mut self) -> Vec<User> {
        std::mem::take(&mut self.users)
    }

    /// These are the matched users now.
    pub(super) fn place(&mut self, users: Vec<User>) {
        self.users = users;
        self.reindex();
    }

    /// Takes over who is not matched; whether coverage is another than before.
    pub(super) fn publish(&mut self, matching: Matching) -> bool {
        let coverage = matching.coverage();
        let changed = coverage != *self.coverage;
        if changed {
            self.coverage = Arc::new(coverage);
        }
        if matching.unmatched != *self.unmatched {
            self.unmatched = Arc::new(matching.unmatched);
        }
        if matching.excluded != *self.excluded {
            self.excluded = Arc::new(matching.excluded);
        }
        changed
    }

    /// Who is to be polled, where that is not who was polled until now.
    pub(super) fn poll_other(&mut self) -> Option<Arc<[EntraId]>> {
        std::mem::take(&mut self.ids_changed).then(|| Arc::clone(&self.ids))
    }

    fn reindex(&mut self) {
        let ids = self.users.iter().map(User::id);
        if !ids.clone().eq(self.ids.iter().copied()) {
            self.ids = ids.collect();
            self.ids_changed = true;
        }
        self.by_id = index(&self.ids, hash);
        self.by_key = index(&self.users, |user| hash(&user.key()));
    }
}

/// Those of ProCall's list who are not matched, with their places. Who is matched stands in the same order.
fn others(procall: Vec<ProcallUser>, matched: &[MatchedUser]) -> Vec<(usize, ProcallUser)> {
    let mut matched = matched.iter().peekable();
    let listed = procall.into_iter().enumerate();
    let others = listed.filter(|(_, user)| matched.next_if(|it| it.procall == *user).is_none());
    others.collect()
}

fn hash(key: &impl Hash) -> u64 {
    FxBuildHasher.hash_one(key)
}

fn index<T>(all: &[T], hash_of: impl Fn(&T) -> u64) -> Index {
    let mut index = Index::with_capacity(all.len());
    for (ix, it) in (0..).zip(all) {
        let rehash = |ix: &u32| place(*ix).and_then(|at| all.get(at)).map_or(0, &hash_of);
        index.insert_unique(hash_of(it), ix, rehash);
    }
    index
}

fn find(index: &Index, key: &impl Hash, is_it: impl Fn(usize) -> Option<bool>) -> Option<usize> {
    let found = index.find(hash(key), |ix| {
        place(*ix).and_then(&is_it).unwrap_or_default()
    });
    place(*found?)
}

fn place(ix: u32) -> Option<usize> {
    ix.try_into().ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::presence::Upn;
    use uuid::Uuid;

    use super::*;

    fn listed(name: &str) -> ProcallUser {
        ProcallUser {
            user_name: UserName::new(name),
            display_name: name.into(),
            phone: "".into(),
            excluded: name == "excluded",
        }
    }

    fn directory(names: &[&str]) -> PackedList<EntraUser> {
        let users = names.iter().zip(1..).map(|(name, id)| EntraUser {
            id: EntraId(Uuid::from_u128(id)),
            upn: Upn::new(name),
            display_name: (*name).into(),
            enabled: true,
            guest: false,
            teams_plan: None,
            department: None,
        });
        users.collect()
    }

    #[test]
    fn another_directory_is_matched_with_the_list_as_it_came() {
        let list = ["excluded", "anna", "bert", "carla", "dora"].map(listed);
        let mut roster = Roster::default();
        roster.take_procall(list.to_vec());
        assert!(!roster.is_known() && roster.matching().is_none());
        for present in [
            &["anna", "carla"][..],
            &["dora", "carla", "bert", "anna"],
            &[],
            &["bert"],
        ] {
            roster.take_entra(directory(present));
            let matching = roster.matching().expect("both lists are there");
            let names = matching
                .matched
                .iter()
                .map(|it| it.procall.user_name.as_str());
            let expected = list.iter().map(|it| it.user_name.as_str());
            assert!(names.eq(expected.filter(|name| present.contains(name))));
            let users = matching.matched.iter();
            roster.place(
                users
                    .map(|it| User::new(it, Timestamp::UNIX_EPOCH))
                    .collect(),
            );
            assert_eq!(roster.listed().as_deref(), Some(&list[..]));
        }
    }
}
