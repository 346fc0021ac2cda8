//! Who is who: a ProCall user matches when the *user name* equals the *user principal name* of
//! exactly one Entra user. Everybody else has exactly one reason, so the counts add up.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::identity::{EntraId, MatchKey, Upn};
use super::near::NearMisses;
use super::procall_user::ProcallUser;
use crate::packed_list::PackedList;
use crate::string_pool::{ArcStr, StringPool};

/// A user of the Entra directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntraUser {
    /// The object id.
    pub id: EntraId,
    /// The user principal name.
    pub upn: Upn,
    /// The name people know.
    pub display_name: Arc<str>,
    /// Whether the account may sign in; `true` where Graph does not say.
    pub enabled: bool,
    /// `userType` is `Guest`.
    pub guest: bool,
    /// Whether a Teams service plan is enabled; `None` where Graph does not say.
    pub teams_plan: Option<bool>,
    /// Where in the company; `None` where Entra has nothing. Harmless text.
    pub department: Option<ArcStr>,
}

impl PackedList<EntraUser> {
    /// The users in their order, a department being one text however many work in it; nothing where
    /// [`PackedList::unpacked`] has nothing.
    #[must_use]
    pub fn users(&self) -> Option<Vec<EntraUser>> {
        let mut users = self.unpacked()?;
        let mut departments = StringPool::default();
        for user in &mut users {
            user.department = user.department.take().map(|it| departments.share(it));
        }
        Some(users)
    }
}

/// Why a ProCall user is not matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnmatchedReason {
    /// No Entra user has this UPN.
    NoEntraUser,
    /// More than one Entra user has it.
    SeveralEntraUsers,
    /// More than one ProCall user has this user name.
    SeveralProcallUsers,
    /// The Entra user is a guest: Graph has no presence for guests.
    Guest,
    /// The Entra account is disabled.
    Disabled,
    /// The Entra user has no Teams licence, or Graph has no presence for it.
    NoTeamsPresence,
    /// Graph fails whenever this id is asked for; tried again hourly.
    Quarantined,
}

impl UnmatchedReason {
    /// All of them, in the order of display.
    pub const ALL: [Self; 7] = [
        Self::NoEntraUser,
        Self::SeveralEntraUsers,
        Self::SeveralProcallUsers,
        Self::Guest,
        Self::Disabled,
        Self::NoTeamsPresence,
        Self::Quarantined,
    ];

    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoEntraUser => "no_entra_user",
            Self::SeveralEntraUsers => "several_entra_users",
            Self::SeveralProcallUsers => "several_procall_users",
            Self::Guest => "guest",
            Self::Disabled => "disabled",
            Self::NoTeamsPresence => "no_teams_presence",
            Self::Quarantined => "quarantined",
        }
    }
}

/// A ProCall user and its Entra user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedUser {
    /// The user as ProCall lists it.
    pub procall: ProcallUser,
    /// Entra's object id.
    pub entra_id: EntraId,
    /// The UPN in Entra's spelling.
    pub upn: Upn,
    /// Entra's department.
    pub department: Option<ArcStr>,
}

/// A ProCall user without an Entra user, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedUser {
    /// The user as ProCall lists it.
    pub procall: ProcallUser,
    /// The one reason.
    pub reason: UnmatchedReason,
    /// Without an Entra user: the account that was probably meant, where there is one that nobody
    /// else has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Upn>,
}

/// The result: every ProCall user is in exactly one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// In the order of ProCall's list.
    pub matched: Vec<MatchedUser>,
    /// In the order of ProCall's list.
    pub unmatched: Vec<UnmatchedUser>,
    /// Taken out by the administrator.
    pub excluded: Vec<ProcallUser>,
}

/// The sum: ProCall users = matched + unmatched + excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// All users that ProCall lists.
    pub procall_users: usize,
    /// Those whose presence is carried.
    pub matched: usize,
    /// Those that the administrator took out.
    pub excluded: usize,
    /// The others by reason; a reason that holds for nobody is left out.
    pub unmatched: BTreeMap<UnmatchedReason, usize>,
}

impl Coverage {
    /// How many are unmatched, whatever the reason.
    #[must_use]
    pub fn unmatched_total(&self) -> usize {
        self.unmatched.values().sum()
    }

    /// Whether the sum holds; it always must.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.procall_users == self.matched + self.excluded + self.unmatched_total()
    }
}

impl Matching {
    /// How many users are matched, unmatched and excluded.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let mut unmatched = BTreeMap::new();
        for user in &self.unmatched {
            *unmatched.entry(user.reason).or_default() += 1;
        }
        Coverage {
            procall_users: self.matched.len() + self.unmatched.len() + self.excluded.len(),
            matched: self.matched.len(),
            excluded: self.excluded.len(),
            unmatched,
        }
    }
}

/// Matches ProCall's users with Entra's.
#[must_use]
pub fn match_users(procall: &[ProcallUser], entra: &[EntraUser]) -> Matching {
    let mut by_upn: FxHashMap<MatchKey, Vec<&EntraUser>> = FxHashMap::default();
    for user in entra {
        by_upn.entry(user.upn.key()).or_default().push(user);
    }
    let mut names: FxHashMap<MatchKey, usize> = FxHashMap::default();
    for user in procall.iter().filter(|user| !user.excluded) {
        *names.entry(user.user_name.key()).or_default() += 1;
    }
    let mut result = Matching::default();
    for user in procall {
        if user.excluded {
            result.excluded.push(user.clone());
            continue;
        }
        let key = user.user_name.key();
        let namesakes = names.get(&key).copied().unwrap_or_default();
        let candidates = by_upn.get(&key).map_or(&[][..], Vec::as_slice);
        match pick(namesakes, candidates) {
            Ok(found) => result.matched.push(MatchedUser {
                procall: user.clone(),
                entra_id: found.id,
                upn: found.upn.clone(),
                department: found.department.clone(),
            }),
            Err(reason) => {
                result.unmatched.push(UnmatchedUser {
                    procall: user.clone(),
                    reason,
                    near: None,
                });
            }
        }
    }
    find_near_misses(&mut result.unmatched, entra, &names);
    result
}

fn find_near_misses(
    unmatched: &mut [UnmatchedUser],
    entra: &[EntraUser],
    taken: &FxHashMap<MatchKey, usize>,
) {
    let unknown = |user: &&mut UnmatchedUser| user.reason == UnmatchedReason::NoEntraUser;
    let mut unknown = unmatched.iter_mut().filter(unknown).peekable();
    if unknown.peek().is_none() {
        return;
    }
    let free = |user: &&EntraUser| !user.guest && !taken.contains_key(&user.upn.key());
    let free = entra.iter().filter(free);
    let mut near = NearMisses::among(free.map(|user| (&user.upn, &*user.display_name)));
    for user in unknown {
        let procall = &user.procall;
        user.near = near.of(procall.user_name.as_str(), &procall.display_name);
    }
}

fn pick<'a>(
    namesakes: usize,
    candidates: &[&'a EntraUser],
) -> Result<&'a EntraUser, UnmatchedReason> {
    if namesakes > 1 {
        return Err(UnmatchedReason::SeveralProcallUsers);
    }
    let found = match candidates {
        [] => return Err(UnmatchedReason::NoEntraUser),
        [one] => *one,
        _ => return Err(UnmatchedReason::SeveralEntraUsers),
    };
    if found.guest {
        return Err(UnmatchedReason::Guest);
    }
    if !found.enabled {
        return Err(UnmatchedReason::Disabled);
    }
    if found.teams_plan == Some(false) {
        return Err(UnmatchedReason::NoTeamsPresence);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    use super::super::identity::UserName;
    use super::*;

    fn procall(name: &str) -> ProcallUser {
        ProcallUser {
            user_name: UserName::new(name),
            display_name: name.into(),
            phone: "".into(),
            excluded: false,
        }
    }

    fn entra(id: u128, upn: &str) -> EntraUser {
        EntraUser {
            id: EntraId(Uuid::from_u128(id)),
            upn: Upn::new(upn),
            display_name: upn.into(),
            enabled: true,
            guest: false,
            teams_plan: Some(true),
            department: None,
        }
    }

    #[rstest]
    #[case::no_entra_user(vec![entra(1, "b@x")], UnmatchedReason::NoEntraUser)]
    #[case::several(vec![entra(1, "a@x"), entra(2, "A@X")], UnmatchedReason::SeveralEntraUsers)]
    #[case::guest(vec![EntraUser { guest: true, ..entra(1, "a@x") }], UnmatchedReason::Guest)]
    #[case::disabled(vec![EntraUser { enabled: false, ..entra(1, "a@x") }], UnmatchedReason::Disabled)]
    #[case::no_plan(vec![EntraUser { teams_plan: Some(false), ..entra(1, "a@x") }], UnmatchedReason::NoTeamsPresence)]
    fn every_reason(#[case] directory: Vec<EntraUser>, #[case] reason: UnmatchedReason) {
        let matching = match_users(&[procall("a@x")], &directory);
        assert!(matching.matched.is_empty());
        assert_eq!(matching.unmatched[0].reason, reason);
    }

    #[test]
    fn several_procall_users_are_all_unmatched() {
        let matching = match_users(&[procall("a@x"), procall("A@x")], &[entra(1, "a@x")]);
        assert!(matching.matched.is_empty());
        assert!(
            matching
                .unmatched
                .iter()
                .all(|u| u.reason == UnmatchedReason::SeveralProcallUsers)
        );
        assert_eq!(matching.unmatched.len(), 2);
    }

    #[test]
    fn an_excluded_namesake_does_not_count() {
        let out = ProcallUser {
            excluded: true,
            ..procall("a@x")
        };
        let matching = match_users(&[procall("A@x"), out], &[entra(1, "a@x")]);
        assert_eq!((matching.matched.len(), matching.excluded.len()), (1, 1));
    }

    #[test]
    fn the_near_miss_is_an_account_that_nobody_else_has() {
        let directory = [entra(1, "anna@corp.example")];
        let matching = match_users(&[procall("anna@corp.local")], &directory);
        let near = matching.unmatched[0].near.as_ref();
        assert_eq!(near.map(Upn::as_str), Some("anna@corp.example"));
        let both = [procall("anna@corp.local"), procall("anna@corp.example")];
        assert_eq!(match_users(&both, &directory).unmatched[0].near, None);
    }

    #[test]
    fn an_unknown_plan_is_no_reason() {
        let directory = [EntraUser {
            teams_plan: None,
            ..entra(1, "a@x")
        }];
        assert_eq!(match_users(&[procall("a@x")], &directory).matched.len(), 1);
    }

    proptest! {
        #[test]
        fn the_counts_add_up(
            names in prop::collection::vec(("[a-e]", any::<bool>()), 0..20),
            upns in prop::collection::vec(("[a-eA-E]", any::<bool>(), any::<bool>()), 0..20),
        ) {
            let users: Vec<_> = names
                .iter()
                .map(|(name, excluded)| ProcallUser { excluded: *excluded, ..procall(name) })
                .collect();
            let directory: Vec<_> = (0..)
                .zip(&upns)
                .map(|(id, (upn, enabled, guest))| EntraUser {
                    enabled: *enabled, guest: *guest, ..entra(id, upn)
                })
                .collect();
            let coverage = match_users(&users, &directory).coverage();
            prop_assert_eq!(coverage.procall_users, users.len());
            prop_assert!(coverage.adds_up());
        }
    }
}
