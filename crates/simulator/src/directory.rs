//! The directory as it is right now: every account, deleted ones too, with its presence.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::tenant::Account;
use super::user_presence::UserPresence;

/// What happened to an account, for /users/delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Here,
    /// Soft-deleted: `changed`.
    Binned,
    /// Gone for good: `deleted`.
    Gone,
}

/// One account with its history.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) account: Account,
    pub(super) fate: Fate,
    /// The directory's version at the last change.
    pub(super) version: u64,
    pub(super) presence: Arc<UserPresence>,
}

/// Every account, found by object id and by UPN.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    by_id: FxHashMap<Uuid, usize>,
    by_upn: FxHashMap<String, usize>,
    pub(super) version: u64,
}

impl Directory {
    pub(super) fn new(accounts: Vec<Account>) -> Self {
        let mut directory = Self::default();
        for account in accounts {
            directory.add(account);
        }
        // 0 means "everybody" in a delta token, also in an empty tenant.
        directory.version = directory.version.max(1);
        directory
    }

    /// A new account.
    pub(super) fn add(&mut self, account: Account) {
        self.version += 1;
        let place = self.entries.len();
        self.by_id.insert(account.id, place);
        // Of two accounts of one name the first is found; the listing has both.
        self.by_upn
            .entry(account.upn.to_lowercase())
            .or_insert(place);
        self.entries.push(Entry {
            presence: Arc::new(UserPresence::new(account.id)),
            account,
            fate: Fate::Here,
            version: self.version,
        });
    }

    /// The account of this object id, deleted or not.
    pub(super) fn by_id(&self, id: Uuid) -> Option<&Entry> {
        self.by_id
            .get(&id)
            .and_then(|place| self.entries.get(*place))
    }

    /// The account of this object id or UPN that is not deleted.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        let place = match Uuid::try_parse(name) {
            Ok(id) => self.by_id.get(&id),
            Err(_) => self.by_upn.get(&name.to_lowercase()),
        };
        place
            .and_then(|place| self.entries.get(*place))
            .filter(|entry| entry.fate == Fate::Here)
    }

    /// Changes an account; the next delta tells of it. `false` when there is none.
    pub(super) fn change(&mut self, name: &str, change: impl FnOnce(&mut Entry)) -> bool {
        let place = match Uuid::try_parse(name) {
            Ok(id) => self.by_id.get(&id),
            Err(_) => self.by_upn.get(&name.to_lowercase()),
        };
        let Some(entry) = place.and_then(|place| self.entries.get_mut(*place)) else {
            return false;
        };
        change(entry);
        self.version += 1;
        entry.version = self.version;
        true
    }

    /// Everybody who is here.
    pub(super) fn here(&self) -> impl Iterator<Item = &Entry> + Clone {
        self.entries.iter().filter(|e| e.fate == Fate::Here)
    }
}
