//! What is known of one user, in the names and spellings of the JSON (stable: scripts rely on it).

use std::borrow::Cow;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use model::clock::shifted;
use model::presence::{CallKind, EntraId, Lamp, Lang, ProcallPresence};
use model::procall::ShownPresence;
use model::snapshot::{CallView, LeasePhase, LeaseView, ReadMark, UserRow, Verdict};
use model::text::harmless;

/// A matched user as scripts get it.
#[derive(Serialize)]
pub(super) struct UserLine<'a> {
    pub(super) user_name: Cow<'a, str>,
    pub(super) display_name: Cow<'a, str>,
    pub(super) entra_id: EntraId,
    pub(super) availability: Option<&'a str>,
    pub(super) activity: Option<&'a str>,
    pub(super) lamp: Lamp,
    /// English, whatever `--lang` says: scripts compare it.
    pub(super) tooltip: &'a str,
    pub(super) procall_presence: ProcallPresence,
    pub(super) rule: &'a str,
    pub(super) lease: Option<LeaseLine>,
    pub(super) read_age_ms: Option<u64>,
    pub(super) poll_latency_ms: Option<u64>,
    pub(super) stale: bool,
    pub(super) note: Option<String>,
    pub(super) department: Option<Cow<'a, str>>,
    /// What ProCall shows by itself, where it is known.
    pub(super) procall_shows: Option<ShownPresence>,
    pub(super) calls: Vec<CallLine>,
    /// Since when Teams has shown that, as the bridge has seen it.
    pub(super) since: Option<String>,
    #[serde(skip)]
    pub(super) row: &'a UserRow,
    #[serde(skip)]
    pub(super) now: Timestamp,
}

/// A call in ProCall.
#[derive(Serialize)]
pub(super) struct CallLine {
    kind: CallKind,
    state: &'static str,
    since: String,
    /// When ProCall was last heard, where that is too long ago for the call to be believed.
    stale_since: Option<String>,
}

/// A lease that is held, or about to be.
#[derive(Serialize)]
pub(super) struct LeaseLine {
    pub(super) activity: &'static str,
    pub(super) set_at: String,
    pub(super) expires_at: String,
    pub(super) renewals: u32,
    pub(super) verdict: Verdict,
}

impl<'a> UserLine<'a> {
    /// The user of a row, at this moment. `ahead`: how far the machine's clock is ahead of that of the row's times.
    pub(super) fn from_row(
        row: &'a UserRow,
        mark: ReadMark,
        now: Timestamp,
        interval: Duration,
        ahead: SignedDuration,
    ) -> Self {
        let read = mark.read_at.is_some();
        Self {
            user_name: harmless(row.user_name.as_str()),
            display_name: harmless(&row.display_name),
            entra_id: row.entra_id,
            availability: row.teams.as_ref().map(|teams| teams.availability.as_str()),
            activity: row.teams.as_ref().map(|teams| teams.activity.as_str()),
            lamp: row.rule.lamp,
            tooltip: row.rule.tooltip.in_lang(Lang::En),
            procall_presence: row.procall,
            rule: &row.rule.name,
            lease: held_lease(row).map(|lease| LeaseLine::from_view(lease, ahead)),
            read_age_ms: mark.age(now).map(millis),
            poll_latency_ms: read.then(|| millis(mark.latency)),
            stale: mark.is_stale(now, interval),
            note: row
                .odd_note()
                .map(|note| words::note(note, words::texts(Lang::En)).0),
            department: row.department.as_deref().map(harmless),
            procall_shows: row.in_procall().own,
            calls: row
                .calls
                .iter()
                .map(|call| CallLine::new(call, ahead))
                .collect(),
            since: row.since.map(|at| wall(at.into(), ahead)),
            row,
            now,
        }
    }
}

impl CallLine {
    pub(super) fn new(call: &CallView, ahead: SignedDuration) -> Self {
        Self {
            kind: call.kind,
            state: if call.connected {
                "connected"
            } else {
                "ringing"
            },
            since: wall(call.since, ahead),
            stale_since: call.stale_since.map(|at| wall(at, ahead)),
        }
    }
}

impl LeaseLine {
    fn from_view(lease: &LeaseView, ahead: SignedDuration) -> Self {
        Self {
            activity: lease.activity.as_str(),
            set_at: wall(lease.set_at, ahead),
            expires_at: wall(lease.expires_at, ahead),
            renewals: lease.renewals,
            verdict: lease.verdict,
        }
    }
}

/// The lease of a row, from its order to its clear: neither one that is only observed nor one
/// that was given back is ours.
pub(super) fn held_lease(row: &UserRow) -> Option<&LeaseView> {
    row.lease.as_deref().filter(|lease| match lease.phase {
        LeasePhase::Setting | LeasePhase::Held | LeasePhase::Clearing => true,
        LeasePhase::Observed | LeasePhase::Settling => false,
    })
}

/// RFC 3339, UTC, milliseconds.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A time as the machine's clock shows it, which is so far ahead.
pub(super) fn wall(at: Timestamp, ahead: SignedDuration) -> String {
    instant(shifted(at, ahead))
}

/// A span in whole milliseconds; the longest that fits where it is longer.
pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
