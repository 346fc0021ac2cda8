//! What the ledger on disk says of a lease.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Known, Lease};
use crate::event::{LedgerEntry, WriteOp};
use model::presence::EntraId;

/// What the ledger says about the end of a lease is this much later than a write would have it
/// that goes out now.
const LEDGER_AHEAD: Duration = Duration::from_secs(10);

impl Lease {
    /// A lease of an earlier run. That it is in Teams is likely, not certain: the ledger is
    /// written first. The read-back finds out.
    ///
    /// No lease ends after `at_most`. One that the ledger says does was written before the clock
    /// was set back: when it ends is not known, so it is written anew instead of renewed.
    pub(in crate::core) fn remembered(
        entry: &LedgerEntry,
        at_most: Timestamp,
        now: Timestamp,
    ) -> Self {
        let name = entry.user_name.clone();
        let key = name.key();
        let known = if entry.expires_at > at_most {
            Known::Uncertain
        } else {
            Known::Held(entry.activity)
        };
        let end = entry.expires_at.min(at_most);
        Self {
            wanted: None,
            known,
            set_at: entry.set_at.min(now),
            expires_at: end,
            latest_end: end,
            ledger_until: Some(entry.expires_at),
            undecided: true,
            ..Self::new(name, key, entry.activity, now)
        }
    }

    fn entry(&self, id: EntraId, expires_at: Timestamp) -> LedgerEntry {
        LedgerEntry {
            entra_id: id,
            user_name: self.user_name.clone(),
            activity: self.activity,
            set_at: self.set_at,
            expires_at,
        }
    }

    /// What the ledger keeps, where it has an entry.
    pub(in crate::core) fn on_disk(&self, id: EntraId) -> Option<LedgerEntry> {
        Some(self.entry(id, self.ledger_until?))
    }

    /// What the ledger is told when it is to say that the lease may last until `end`.
    pub(in crate::core) fn keep_until(&mut self, id: EntraId, end: Timestamp) -> LedgerEntry {
        self.ledger_until = Some(end);
        self.entry(id, end)
    }

    /// Its latest end, where the ledger says an earlier one.
    pub(in crate::core) fn outlasts_ledger(&self) -> Option<Timestamp> {
        let kept = self.ledger_until;
        self.in_teams_until()
            .filter(|end| kept.is_none_or(|kept| kept < *end))
    }

    /// Whether the ledger is to keep it until the settling window ends: it has an entry, and no set
    /// follows that would change it anyway.
    pub(in crate::core) fn is_kept_while_settling(&self) -> bool {
        let set_follows = self.newest().is_some_and(|op| op != WriteOp::Clear);
        self.ledger_until.is_some() && !set_follows
    }

    /// While a write is under way: when the ledger must be told of a later end, because the
    /// budget holds the write back.
    pub(in crate::core) fn ledger_due(&self, expiration: Duration) -> Option<Timestamp> {
        let until = self.ledger_until.filter(|_| self.under_way.sets())?;
        let ahead = expiration.saturating_add(LEDGER_AHEAD);
        let ahead = SignedDuration::try_from(ahead).unwrap_or(SignedDuration::MAX);
        until.saturating_sub(ahead).ok()
    }
}
