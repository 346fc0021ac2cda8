//! What an account's presence is right now, and how it stands in JSON.
//!
//! Each has its own lock and keeps its JSON until something about it can change, so that
//! 650 of them are read in well under a millisecond.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::presence_sessions::{Pair, PresenceSessions};

/// The longest that reads can be made to lag behind.
const LAG_KEPT: SignedDuration = SignedDuration::from_secs(60);

/// What a presence writes into its JSON that is the same for all.
#[derive(Debug)]
pub(super) struct PresenceStyle {
    pub(super) faded_activity: String,
    pub(super) sequence_numbers: bool,
    /// The next sequence number of the tenant.
    pub(super) sequence: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    sessions: PresenceSessions,
    shown: Pair,
    sequence: u64,
    json: Bytes,
    /// Until when `json` holds; `None` = until somebody changes something.
    until: Option<Timestamp>,
    stale: bool,
    /// Earlier states with the moment they began, for lagging reads.
    before: VecDeque<(Timestamp, PresenceSessions)>,
}

/// One account's presence.
#[derive(Debug)]
pub(super) struct UserPresence {
    id: Uuid,
    kept: Mutex<Kept>,
}

impl UserPresence {
    pub(super) fn new(id: Uuid) -> Self {
        Self {
            id,
            kept: Mutex::new(Kept {
                sessions: PresenceSessions::default(),
                shown: Pair::OFFLINE,
                sequence: 0,
                json: Bytes::new(),
                until: None,
                stale: true,
                before: VecDeque::new(),
            }),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what Teams knows about the user.
    pub(super) fn change<T>(
        &self,
        now: Timestamp,
        change: impl FnOnce(&mut PresenceSessions) -> T,
    ) -> T {
        let mut kept = self.kept();
        let earlier = kept.sessions.clone();
        let result = change(&mut kept.sessions);
        kept.stale = true;
        if kept.sessions != earlier {
            // The old state held until now; the new one's beginning is implied.
            kept.before.push_back((now, earlier));
        }
        let horizon = now.saturating_sub(LAG_KEPT).unwrap_or(Timestamp::MIN);
        while kept.before.front().is_some_and(|(end, _)| *end < horizon) {
            kept.before.pop_front();
        }
        result
    }

    /// A copy of what Teams knows, for the control.
    pub(super) fn sessions(&self) -> PresenceSessions {
        self.kept().sessions.clone()
    }

    /// What everybody sees.
    pub(super) fn shown(&self, now: Timestamp) -> Pair {
        self.kept().sessions.shown(now)
    }

    /// The presence as compact JSON.
    pub(super) fn json(&self, now: Timestamp, style: &PresenceStyle) -> Bytes {
        let mut kept = self.kept();
        if !kept.stale && kept.until.is_none_or(|until| now < until) {
            return kept.json.clone();
        }
        let shown = kept.sessions.shown(now);
        if kept.shown != shown || kept.sequence == 0 {
            kept.sequence = style.sequence.fetch_add(1, Ordering::Relaxed);
            kept.shown = shown;
        }
        kept.until = kept.sessions.next_change(now);
        kept.stale = false;
        kept.json = written(self.id, shown, &kept.sessions, kept.sequence, style);
        kept.json.clone()
    }

    /// The presence as it was `lag` ago.
    pub(super) fn json_before(
        &self,
        now: Timestamp,
        lag: Duration,
        style: &PresenceStyle,
    ) -> Bytes {
        let then = SignedDuration::try_from(lag)
            .ok()
            .and_then(|lag| now.saturating_sub(lag).ok())
            .unwrap_or(now);
        let kept = self.kept();
        let was = kept.before.iter().find(|(end, _)| then < *end);
        let sessions = was.map_or(&kept.sessions, |(_, sessions)| sessions);
        // An older state never carries a newer number than the one that follows.
        let sequence = kept.sequence.saturating_sub(u64::from(was.is_some()));
        written(self.id, sessions.shown(then), sessions, sequence, style)
    }
}

/// PresenceUnknown for an id without presence.
pub(super) fn unknown(id: Uuid, style: &PresenceStyle) -> Bytes {
    written(id, Pair::UNKNOWN, &PresenceSessions::default(), 0, style)
}

fn written(
    id: Uuid,
    shown: Pair,
    sessions: &PresenceSessions,
    sequence: u64,
    style: &PresenceStyle,
) -> Bytes {
    let activity = match shown {
        Pair::FADED => style.faded_activity.as_str(),
        other => other.activity,
    };
    let mut text = String::with_capacity(256);
    let availability = shown.availability;
    let away = sessions.out_of_office.is_some();
    let reply = sessions.out_of_office.as_deref().filter(|m| !m.is_empty());
    let status = sessions.status_message.as_deref().map(|content| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence_sessions::Holder;
    use model::clock::advance;

    fn style() -> PresenceStyle {
        PresenceStyle {
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
        let (presence, style) = (UserPresence::new(Uuid::nil()), style());
        let now = Timestamp::UNIX_EPOCH;
        let first = value(&presence.json(now, &style));
        assert_eq!(first, value(&presence.json(now, &style)));
        presence.change(now, |sessions| {
            sessions.set(Holder::Client(0), Pair::CALL, None, now);
        });
        let second = value(&presence.json(now, &style));
        assert_eq!(second["activity"], "InACall");
        assert!(second["sequenceNumber"].as_str() > first["sequenceNumber"].as_str());
    }

    #[test]
    fn the_kept_json_ends_with_the_session() {
        let (presence, style) = (UserPresence::new(Uuid::nil()), style());
        let now = Timestamp::UNIX_EPOCH;
        let app = Holder::App(Uuid::nil());
        let lasting = Some(Duration::from_mins(5));
        presence.change(now, |sessions| sessions.set(app, Pair::CALL, lasting, now));
        assert_eq!(value(&presence.json(now, &style))["activity"], "InACall");
        let later = advance(now, Duration::from_mins(5));
        assert_eq!(value(&presence.json(later, &style))["activity"], "Offline");
    }

    #[test]
    fn a_lagging_read_shows_what_was() {
        let (presence, style) = (UserPresence::new(Uuid::nil()), style());
        let start = Timestamp::UNIX_EPOCH;
        let at = |s| advance(start, Duration::from_secs(s));
        presence.change(start, |s| {
            s.set(Holder::Client(0), Pair::AVAILABLE, None, start);
        });
        presence.change(at(20), |s| {
            s.set(Holder::Client(0), Pair::CALL, None, at(20));
        });
        let lagged = |s, lag| {
            let json = presence.json_before(at(s), Duration::from_secs(lag), &style);
            value(&json)["activity"].as_str().unwrap().to_owned()
        };
        assert_eq!(lagged(25, 10), "Available");
        assert_eq!(lagged(25, 3), "InACall");
        assert_eq!(lagged(35, 10), "InACall");
    }
}
