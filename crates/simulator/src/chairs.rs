//! The directory as it is right now, and a chair per account that keeps its presence.
//!
//! Each chair has its own lock and keeps its JSON until something about it can change, so that
//! 650 of them are read in well under a millisecond.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use serde_json::json;
use uuid::Uuid;

use super::seat::{Pair, Seat};
use super::tenant::Account;

/// The longest that reads can be made to lag behind.
const LAG_KEPT: SignedDuration = SignedDuration::from_secs(60);

/// What a chair writes into its JSON that is the same for all.
#[derive(Debug)]
pub(super) struct Style {
    pub(super) faded_activity: String,
    pub(super) sequence_numbers: bool,
    /// The next sequence number of the tenant.
    pub(super) sequence: AtomicU64,
}

#[derive(Debug)]
struct Sitting {
    seat: Seat,
    shown: Pair,
    sequence: u64,
    json: Bytes,
    /// Until when `json` holds; `None` = until somebody changes something.
    until: Option<Timestamp>,
    stale: bool,
    /// Earlier states with the moment they began, for lagging reads.
    before: VecDeque<(Timestamp, Seat)>,
}

/// One account's presence.
#[derive(Debug)]
pub(super) struct Chair {
    id: Uuid,
    sitting: Mutex<Sitting>,
}

impl Chair {
    fn new(id: Uuid) -> Self {
        Self {
            id,
            sitting: Mutex::new(Sitting {
                seat: Seat::default(),
                shown: Pair::OFFLINE,
                sequence: 0,
                json: Bytes::new(),
                until: None,
                stale: true,
                before: VecDeque::new(),
            }),
        }
    }

    fn sitting(&self) -> MutexGuard<'_, Sitting> {
        self.sitting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what Teams knows about the user.
    pub(super) fn change<T>(&self, now: Timestamp, change: impl FnOnce(&mut Seat) -> T) -> T {
        let mut sitting = self.sitting();
        let earlier = sitting.seat.clone();
        let result = change(&mut sitting.seat);
        sitting.stale = true;
        if sitting.seat != earlier {
            // The old state held until now; the new one's beginning is implied.
            sitting.before.push_back((now, earlier));
        }
        let horizon = now.saturating_sub(LAG_KEPT).unwrap_or(Timestamp::MIN);
        while sitting
            .before
            .front()
            .is_some_and(|(end, _)| *end < horizon)
        {
            sitting.before.pop_front();
        }
        result
    }

    /// A copy of what Teams knows, for the control.
    pub(super) fn seat(&self) -> Seat {
        self.sitting().seat.clone()
    }

    /// What everybody sees.
    pub(super) fn shown(&self, now: Timestamp) -> Pair {
        self.sitting().seat.shown(now)
    }

    /// The presence as compact JSON.
    pub(super) fn json(&self, now: Timestamp, style: &Style) -> Bytes {
        let mut sitting = self.sitting();
        if !sitting.stale && sitting.until.is_none_or(|until| now < until) {
            return sitting.json.clone();
        }
        let shown = sitting.seat.shown(now);
        if sitting.shown != shown || sitting.sequence == 0 {
            sitting.sequence = style.sequence.fetch_add(1, Ordering::Relaxed);
            sitting.shown = shown;
        }
        sitting.until = sitting.seat.next_change(now);
        sitting.stale = false;
        sitting.json = written(self.id, shown, &sitting.seat, sitting.sequence, style);
        sitting.json.clone()
    }

    /// The presence as it was `lag` ago.
    pub(super) fn json_before(&self, now: Timestamp, lag: Duration, style: &Style) -> Bytes {
        let then = SignedDuration::try_from(lag)
            .ok()
            .and_then(|lag| now.saturating_sub(lag).ok())
            .unwrap_or(now);
        let sitting = self.sitting();
        let was = sitting.before.iter().find(|(end, _)| then < *end);
        let seat = was.map_or(&sitting.seat, |(_, seat)| seat);
        // An older state never carries a newer number than the one that follows.
        let sequence = sitting.sequence.saturating_sub(u64::from(was.is_some()));
        written(self.id, seat.shown(then), seat, sequence, style)
    }
}

/// PresenceUnknown for an id without presence.
pub(super) fn unknown(id: Uuid, style: &Style) -> Bytes {
    written(id, Pair::UNKNOWN, &Seat::default(), 0, style)
}

fn written(id: Uuid, shown: Pair, seat: &Seat, sequence: u64, style: &Style) -> Bytes {
    let activity = match shown {
        Pair::FADED => style.faded_activity.as_str(),
        other => other.activity,
    };
    let mut text = String::with_capacity(256);
    let availability = shown.availability;
    let away = seat.out_of_office.is_some();
    let reply = seat.out_of_office.as_deref().filter(|m| !m.is_empty());
    let status = seat.status_message.as_deref().map(|content| {
        // Expiry and publication are hidden from others (spec section 1.3).
        json!({"message": {"content": content, "contentType": "text"}})
    });
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        r#"{{"id":"{id}","availability":"{availability}","activity":{},"outOfOfficeSettings":{{"message":{},"isOutOfOffice":{away}}},"statusMessage":{}"#,
        json!(activity),
        json!(reply),
        json!(status),
    );
    if style.sequence_numbers {
        let _ = write!(text, r#","sequenceNumber":"A{sequence:017}""#);
    }
    text.push('}');
    Bytes::from(text)
}

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
    pub(super) chair: Arc<Chair>,
}

/// The directory.
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
            chair: Arc::new(Chair::new(account.id)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat::Holder;
    use model::clock::advance;

    fn style() -> Style {
        Style {
            faded_activity: "AvailableInactive".into(),
            sequence_numbers: true,
            sequence: AtomicU64::new(1),
        }
    }

    fn value(json: &Bytes) -> serde_json::Value {
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn the_sequence_number_grows_with_every_change_only() {
        let (chair, style) = (Chair::new(Uuid::nil()), style());
        let now = Timestamp::UNIX_EPOCH;
        let first = value(&chair.json(now, &style));
        assert_eq!(first, value(&chair.json(now, &style)));
        chair.change(now, |seat| {
            seat.set(Holder::Client(0), Pair::CALL, None, now);
        });
        let second = value(&chair.json(now, &style));
        assert_eq!(second["activity"], "InACall");
        assert!(second["sequenceNumber"].as_str() > first["sequenceNumber"].as_str());
    }

    #[test]
    fn the_kept_json_ends_with_the_session() {
        let (chair, style) = (Chair::new(Uuid::nil()), style());
        let now = Timestamp::UNIX_EPOCH;
        let app = Holder::App(Uuid::nil());
        let lasting = Some(Duration::from_mins(5));
        chair.change(now, |seat| seat.set(app, Pair::CALL, lasting, now));
        assert_eq!(value(&chair.json(now, &style))["activity"], "InACall");
        let later = advance(now, Duration::from_mins(5));
        assert_eq!(value(&chair.json(later, &style))["activity"], "Offline");
    }

    #[test]
    fn a_lagging_read_shows_what_was() {
        let (chair, style) = (Chair::new(Uuid::nil()), style());
        let start = Timestamp::UNIX_EPOCH;
        let at = |s| advance(start, Duration::from_secs(s));
        chair.change(start, |s| {
            s.set(Holder::Client(0), Pair::AVAILABLE, None, start);
        });
        chair.change(at(20), |s| {
            s.set(Holder::Client(0), Pair::CALL, None, at(20));
        });
        let lagged = |s, lag| {
            let json = chair.json_before(at(s), Duration::from_secs(lag), &style);
            value(&json)["activity"].as_str().unwrap().to_owned()
        };
        assert_eq!(lagged(25, 10), "Available");
        assert_eq!(lagged(25, 3), "InACall");
        assert_eq!(lagged(35, 10), "InACall");
    }
}
