//! What stands in the cells, and how it is coloured.

use jiff::Timestamp;

use super::{Cell, Row, WidthClass};
use crate::theme::Role;
use model::presence::{Lamp, TeamsPresence};
use model::procall::Obstacle;
use model::snapshot::{CallView, LeaseView, Note, UserEventKind, UserRow};
use words::Texts;

pub(super) fn cell(text: impl Into<String>, role: Role) -> Cell {
    Cell {
        text: text.into(),
        role,
        changed: false,
    }
}

impl Cell {
    /// Marked for a moment where the value has changed just now.
    pub(super) fn changed_at(self, row: &Row<'_>, at: Option<Timestamp>) -> Self {
        Self {
            changed: at.is_some_and(|at| row.ctx.just_now(at, CHANGED_FOR)),
            ..self
        }
    }

    /// The same, where only the chain of causes knows when. It is packed, and hardly any row has
    /// something new: it is read only where its newest event could still be marked.
    fn changed_by(self, row: &Row<'_>, since: fn(&UserRow) -> Option<Timestamp>) -> Self {
        let newest = row.user.history.newest();
        let fresh = newest.is_some_and(|at| row.ctx.is_younger(at, CHANGED_FOR));
        let at = if fresh { since(row.user) } else { None };
        self.changed_at(row, at)
    }
}

/// For how many seconds a changed value is marked.
const CHANGED_FOR: u64 = 4;

/// When the lamp got the colour that it has.
fn lamp_since(row: &UserRow) -> Option<Timestamp> {
    let mut since: Option<(Timestamp, Lamp)> = None;
    for event in row.history.iter() {
        if let UserEventKind::ProcallSet(rule) = event.kind
            && since.is_none_or(|(_, lamp)| lamp != rule.lamp)
        {
            since = Some((event.at, rule.lamp));
        }
    }
    since.map(|(at, _)| at)
}

/// When the last verdict was given.
fn verdict_since(row: &UserRow) -> Option<Timestamp> {
    let verdicts = row.history.iter().filter_map(|event| {
        let verdict = matches!(event.kind, UserEventKind::Verdict(..));
        verdict.then_some(event.at)
    });
    verdicts.last()
}

/// How a lamp is coloured.
pub(crate) const fn lamp_role(lamp: Lamp) -> Role {
    match lamp {
        Lamp::Neutral => Role::LampNeutral,
        Lamp::Red => Role::LampRed,
        Lamp::Yellow => Role::LampYellow,
    }
}

pub(super) fn lamp(row: &Row<'_>) -> Cell {
    let sign = row.ctx.glyphs.lamp_of(row.user);
    cell(sign, lamp_role(row.user.rule.lamp)).changed_by(row, lamp_since)
}

pub(super) fn name(row: &Row<'_>) -> Cell {
    cell(row.ctx.names.name(row.user), Role::Text)
}

pub(super) fn user(row: &Row<'_>) -> Cell {
    cell(row.ctx.names.user(&row.user.user_name), Role::Muted)
}

pub(super) fn phone(row: &Row<'_>) -> Cell {
    cell(row.ctx.names.phone(row.user), Role::Muted)
}

pub(super) fn department(row: &Row<'_>) -> Cell {
    cell(
        row.user.department.as_deref().unwrap_or_default(),
        Role::Muted,
    )
}

pub(super) fn teams(row: &Row<'_>) -> Cell {
    let Some(teams) = &row.user.teams else {
        return cell("-", Role::Muted);
    };
    cell(pair(teams, row.class), Role::Text).changed_at(row, row.user.since.map(Into::into))
}

/// Both values, once where they are the same, shorter where there is less room.
pub(crate) fn pair(teams: &TeamsPresence, class: WidthClass) -> String {
    let (availability, activity) = (teams.availability.as_str(), teams.activity.as_str());
    let (availability, activity) = match class {
        WidthClass::Wide => (availability, activity),
        _ => (abbreviated(availability), abbreviated(activity)),
    };
    if availability == activity {
        return availability.to_owned();
    }
    format!("{availability}/{activity}")
}

/// What it is called where there is less room.
pub(crate) fn abbreviated(value: &str) -> &str {
    match value {
        "DoNotDisturb" => "DND",
        "InAConferenceCall" => "InAConf",
        "UrgentInterruptionsOnly" => "UrgentOnly",
        "PresenceUnknown" => "Unknown",
        value => value,
    }
}

/// For how long Teams has been showing what it shows.
pub(super) fn since(row: &Row<'_>) -> Cell {
    match row.user.since.map(Timestamp::from) {
        Some(at) => cell(row.ctx.age(at), Role::Muted).changed_at(row, Some(at)),
        None => cell("-", Role::Muted),
    }
}

pub(super) fn call(row: &Row<'_>) -> Cell {
    let Some(call) = row.user.calls.iter().max_by_key(|call| call.connected) else {
        return call_elsewhere(row);
    };
    let name = words::call_name(call.kind, row.ctx.t);
    let unsure = row.ctx.glyphs.unsure;
    if let Some(heard) = call.stale_since {
        // With its own age: that of what is known of it, not that of the call.
        return match row.class {
            WidthClass::Narrow => cell(format!("{name}{unsure}"), Role::Bad),
            _ => cell(format!("{name}{unsure} {}", row.ctx.age(heard)), Role::Bad),
        };
    }
    let mark = if call.connected {
        ""
    } else {
        row.ctx.glyphs.ringing
    };
    let role = if call.connected {
        Role::Accent
    } else {
        Role::Muted
    };
    match row.class {
        WidthClass::Narrow => cell(format!("{name}{mark}"), role),
        _ => cell(format!("{name}{mark} {}", call_age(row, call)), role),
    }
}

/// A call in Teams itself, or one of which ProCall shows no more than that it is there.
fn call_elsewhere(row: &Row<'_>) -> Cell {
    let t = &row.ctx.t.calls;
    if row.user.has_teams_call() {
        let since = row.user.since.filter(|_| row.class != WidthClass::Narrow);
        let since = since.map_or_else(String::new, |since| {
            format!(" {}", row.ctx.age(since.into()))
        });
        return cell(format!("{}{since}", t.short_teams), Role::Accent);
    }
    if row.user.is_on_the_phone() {
        return cell(t.short_some, Role::Accent);
    }
    cell("", Role::Muted)
}

fn call_age(row: &Row<'_>, call: &CallView) -> String {
    row.ctx.age(call.since)
}

pub(super) fn lease(row: &Row<'_>) -> Cell {
    let Some(lease) = &row.user.lease else {
        return cell("", Role::Muted);
    };
    let sign = row.ctx.glyphs.lease(lease);
    let left = row.ctx.countdown(lease.expires_at);
    let role = lease_role(lease);
    let cell = match row.class {
        WidthClass::Wide => cell(
            format!("{sign} {left} {}", words::lease_word(lease, row.ctx.t)),
            role,
        ),
        _ => cell(format!("{sign} {left}"), role),
    };
    cell.changed_by(row, verdict_since)
}

/// How a lease is coloured.
pub(crate) const fn lease_role(lease: &LeaseView) -> Role {
    Role::of(words::lease_tone(lease))
}

pub(super) fn latency(row: &Row<'_>) -> Cell {
    match row.read.read_at {
        Some(_) => cell(row.ctx.measured(row.read.latency), Role::Text),
        None => cell("-", Role::Muted),
    }
}

pub(super) fn age(row: &Row<'_>) -> Cell {
    let role = if row.stale { Role::Bad } else { Role::Muted };
    match row.read.read_at {
        Some(at) => cell(row.ctx.age(at), role),
        None => cell("-", role),
    }
}

pub(super) fn note(row: &Row<'_>) -> Cell {
    let Some(note) = row.ctx.roots.shown_note(row.user) else {
        let ours = row.user.teams_shows_our_call();
        let word = if ours { row.ctx.t.notes.our_call } else { "" };
        return cell(word, Role::Muted);
    };
    cell(note_word(note, row.ctx.t), note_role(note))
}

/// How a note is coloured.
pub(crate) const fn note_role(note: &Note) -> Role {
    match note {
        Note::Obstacle(Obstacle::ForeignPresence)
        | Note::EchoHeld
        | Note::WouldWrite(_)
        | Note::Paused => Role::Muted,
        Note::WriteFailing(_) | Note::NoEffect => Role::Bad,
        Note::Masked(_)
        | Note::Obstacle(_)
        | Note::Stale
        | Note::Missing
        | Note::Unknown(_)
        | Note::Flapping => Role::Warning,
    }
}

/// A note in one word.
pub(crate) fn note_word<'t>(note: &Note, t: &'t Texts) -> &'t str {
    match note {
        Note::WriteFailing(_) => t.notes.write_failing,
        Note::NoEffect => t.notes.no_effect,
        Note::Masked(_) => t.notes.masked,
        Note::Obstacle(Obstacle::ForeignPresence) => t.notes.by_hand,
        Note::Obstacle(Obstacle::SetPresenceRefused) => t.notes.refused,
        Note::Obstacle(Obstacle::CallNotUnderstood) => t.notes.not_understood,
        Note::Obstacle(
            Obstacle::NotVisible | Obstacle::CallsHidden | Obstacle::MayNotSetPresence,
        ) => t.notes.rights,
        Note::Stale => t.notes.stale,
        Note::Missing => t.notes.missing,
        Note::Unknown(_) => t.notes.unknown,
        Note::Flapping => t.notes.flapping,
        Note::EchoHeld => t.notes.echo_held,
        Note::WouldWrite(_) => t.notes.would_write,
        Note::Paused => t.notes.paused,
    }
}
