//! A user with everything that is known, in the spelling of the JSON.

use std::borrow::Cow;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::history::EventLine;
use crate::line::{CallLine, millis, wall};
use model::answer::RequestId;
use model::cause::Cause;
use model::clock::elapsed;
use model::presence::{
    EntraId, Lamp, Lang, ProcallPresence, ProcallUser, TeamsPresence, UnmatchedReason,
    UnmatchedUser,
};
use model::procall::{Obstacle, ShownPresence};
use model::snapshot::{LeasePhase, LeaseView, Note, ReadMark, UserRow, Verdict};
use model::text::harmless;

#[derive(Serialize)]
pub(super) struct WhyLine<'a> {
    user_name: String,
    display_name: String,
    phone: String,
    entra_id: EntraId,
    teams: Option<PairLine>,
    teams_since: Option<String>,
    out_of_office: bool,
    read: ReadLine,
    rule: RuleLine<'a>,
    lamp: Lamp,
    /// English, whatever `--lang` says: scripts compare it.
    tooltip: &'a str,
    procall_presence: ProcallPresence,
    procall_since: Option<String>,
    /// What ProCall shows by itself, where it is known.
    procall_shows: Option<ShownPresence>,
    teams_right: Option<bool>,
    paused: bool,
    calls: Vec<CallLine>,
    lease: Option<LeaseLine<'a>>,
    notes: Vec<NoteLine<'a>>,
    history: Vec<EventLine>,
}

#[derive(Serialize)]
pub(super) struct PairLine {
    availability: String,
    activity: String,
}

#[derive(Serialize)]
struct ReadLine {
    at: Option<String>,
    age_ms: Option<u64>,
    latency_ms: Option<u64>,
    failures: u32,
    stale: bool,
}

#[derive(Serialize)]
struct RuleLine<'a> {
    name: &'a str,
    /// Not in estos' table: our own default.
    open: bool,
    by_outlook: bool,
}

#[derive(Serialize)]
struct LeaseLine<'a> {
    activity: &'static str,
    phase: LeasePhase,
    set_at: String,
    expires_at: String,
    expires_in_ms: u64,
    renew_at: Option<String>,
    renewals: u32,
    verdict: Verdict,
    verdict_after_ms: Option<u64>,
    masked_by: Option<PairLine>,
    request_id: Option<&'a RequestId>,
}

#[derive(Serialize)]
struct NoteLine<'a> {
    code: &'static str,
    /// It says only that all is well.
    usual: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<Obstacle>,
    /// What hides the lease, or what nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct UnmatchedLine<'a> {
    user_name: String,
    display_name: String,
    phone: &'a str,
    reason: UnmatchedReason,
    /// The account that was probably meant.
    near_upn: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ExcludedLine<'a> {
    user_name: String,
    display_name: String,
    phone: Cow<'a, str>,
}

impl<'a> ExcludedLine<'a> {
    pub(super) fn new(user: &'a ProcallUser) -> Self {
        Self {
            user_name: harmless(user.user_name.as_str()).into_owned(),
            display_name: harmless(&user.display_name).into_owned(),
            phone: harmless(&user.phone),
        }
    }
}

impl<'a> UnmatchedLine<'a> {
    pub(super) fn new(user: &'a UnmatchedUser) -> Self {
        let user_name = user.procall.user_name.as_str();
        Self {
            user_name: harmless(user_name).into_owned(),
            display_name: harmless(&user.procall.display_name).into_owned(),
            phone: &user.procall.phone,
            reason: user.reason,
            near_upn: user
                .near
                .as_ref()
                .map(|upn| harmless(upn.as_str()).into_owned()),
        }
    }
}

impl PairLine {
    pub(super) fn new(pair: &TeamsPresence) -> Self {
        Self {
            availability: harmless(pair.availability.as_str()).into_owned(),
            activity: harmless(pair.activity.as_str()).into_owned(),
        }
    }
}

impl<'a> WhyLine<'a> {
    pub(super) fn new(
        row: &'a UserRow,
        read: ReadMark,
        now: Timestamp,
        interval: Duration,
        ahead: SignedDuration,
    ) -> Self {
        let rule = row.rule.rule();
        Self {
            user_name: harmless(row.user_name.as_str()).into_owned(),
            display_name: harmless(&row.display_name).into_owned(),
            phone: harmless(&row.phone).into_owned(),
            entra_id: row.entra_id,
            teams: row.teams.as_ref().map(PairLine::new),
            teams_since: row.since.map(|at| wall(at.into(), ahead)),
            out_of_office: row.out_of_office,
            read: ReadLine {
                at: read.read_at.map(|at| wall(at, ahead)),
                age_ms: read.age(now).map(millis),
                latency_ms: read.read_at.map(|_| millis(read.latency)),
                failures: read.failures,
                stale: read.is_stale(now, interval),
            },
            rule: RuleLine {
                name: &rule.name,
                open: rule.open,
                by_outlook: rule.by_outlook,
            },
            lamp: rule.lamp,
            tooltip: rule.tooltip.in_lang(Lang::En),
            procall_presence: row.procall,
            procall_since: row.procall_since.map(|at| wall(at.into(), ahead)),
            procall_shows: row.in_procall().own,
            teams_right: row.teams_right,
            paused: row.paused,
            calls: row
                .calls
                .iter()
                .map(|call| CallLine::new(call, ahead))
                .collect(),
            lease: row
                .lease
                .as_deref()
                .map(|lease| LeaseLine::new(lease, now, ahead)),
            notes: row.notes.iter().map(NoteLine::new).collect(),
            history: row
                .history
                .iter()
                .map(|event| EventLine::new(&event, ahead))
                .collect(),
        }
    }
}

impl<'a> LeaseLine<'a> {
    fn new(lease: &'a LeaseView, now: Timestamp, ahead: SignedDuration) -> Self {
        Self {
            activity: lease.activity.as_str(),
            phase: lease.phase,
            set_at: wall(lease.set_at, ahead),
            expires_at: wall(lease.expires_at, ahead),
            expires_in_ms: millis(elapsed(now, lease.expires_at)),
            renew_at: lease.renew_at.map(|at| wall(at, ahead)),
            renewals: lease.renewals,
            verdict: lease.verdict,
            verdict_after_ms: lease.verdict_after.map(millis),
            masked_by: lease.masked_by.as_ref().map(PairLine::new),
            request_id: lease.request_id.as_ref(),
        }
    }
}

impl<'a> NoteLine<'a> {
    fn new(note: &'a Note) -> Self {
        let mut line = Self {
            code: note.code(),
            usual: note.is_usual(),
            cause: None,
            obstacle: None,
            value: None,
            activity: None,
        };
        match note {
            Note::WriteFailing(trouble) => line.cause = Some(&trouble.cause),
            Note::Obstacle(obstacle) => line.obstacle = Some(*obstacle),
            Note::Masked(value) | Note::Unknown(value) => {
                line.value = Some(harmless(value).into_owned());
            }
            Note::WouldWrite(activity) => line.activity = Some(activity.as_str()),
            Note::NoEffect
            | Note::Stale
            | Note::Missing
            | Note::Flapping
            | Note::EchoHeld
            | Note::Paused => {}
        }
        line
    }
}
