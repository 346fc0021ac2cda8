//! The table's columns: one list drives header, width, cell and order.

use std::cmp::Ordering;
use std::time::Duration;

use crate::bridge::{CallView, LeasePhase, LeaseView, Note, ReadMark, UserRow, Verdict};
use crate::presence::{CallKind, Lamp, ProcallPresence, TeamsPresence};

use super::cells::Align;
use super::texts::Texts;
use super::theme::Role;
use super::time::measured;
use super::view::context::Context;

/// Terminals by width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WidthClass {
    /// Up to 99 columns: the SSH window that everybody has.
    Narrow,
    /// Up to 139.
    Medium,
    /// Wider.
    Wide,
}

impl WidthClass {
    /// The class of a table of this width.
    pub(crate) const fn of(width: u16) -> Self {
        match width {
            0..100 => Self::Narrow,
            100..140 => Self::Medium,
            _ => Self::Wide,
        }
    }
}

/// A row as a cell sees it.
pub(crate) struct Row<'a> {
    pub(crate) user: &'a UserRow,
    pub(crate) read: ReadMark,
    pub(crate) stale: bool,
    pub(crate) ctx: &'a Context<'a>,
    pub(crate) class: WidthClass,
}

/// What stands in a cell.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) role: Role,
}

/// What rows are ordered by; rows with the same key are ordered by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey<'a> {
    /// First.
    Number(u64),
    /// Then.
    Text(&'a str),
    /// Rows that have nothing to order by come last.
    Nothing,
}

/// One column.
pub(crate) struct Column {
    /// Its name in settings.
    pub(crate) id: &'static str,
    pub(crate) title: fn(&Texts) -> &str,
    /// Cells by width class; 0 hides it.
    pub(crate) widths: [u16; 3],
    /// Its share of what is left over.
    pub(crate) grows: u16,
    pub(crate) align: Align,
    pub(crate) cell: fn(&Row<'_>) -> Cell,
    pub(crate) key: for<'a> fn(&'a UserRow, &ReadMark) -> SortKey<'a>,
}

/// All columns, in the order of the screen.
pub(crate) static COLUMNS: [Column; 11] = [
    Column {
        id: "lamp",
        title: |t| &t.columns.lamp,
        widths: [1, 1, 1],
        grows: 0,
        align: Align::Left,
        cell: lamp,
        key: |row, _| SortKey::Number(lamp_rank(row.rule.lamp)),
    },
    Column {
        id: "name",
        title: |t| &t.columns.name,
        widths: [16, 20, 24],
        grows: 2,
        align: Align::Left,
        cell: name,
        key: |row, _| SortKey::Text(&row.display_name),
    },
    Column {
        id: "user",
        title: |t| &t.columns.user,
        widths: [0, 0, 28],
        grows: 0,
        align: Align::Left,
        cell: user,
        key: |row, _| SortKey::Text(row.user_name.as_str()),
    },
    Column {
        id: "phone",
        title: |t| &t.columns.phone,
        widths: [0, 0, 16],
        grows: 0,
        align: Align::Left,
        cell: phone,
        key: |row, _| SortKey::Text(&row.phone),
    },
    Column {
        id: "teams",
        title: |t| &t.columns.teams,
        widths: [16, 18, 23],
        grows: 0,
        align: Align::Left,
        cell: teams,
        key: |row, _| {
            row.teams.as_ref().map_or(SortKey::Nothing, |teams| {
                SortKey::Text(teams.availability.as_str())
            })
        },
    },
    Column {
        id: "procall",
        title: |t| &t.columns.procall,
        widths: [8, 8, 8],
        grows: 0,
        align: Align::Left,
        cell: procall,
        key: |row, _| SortKey::Number(procall_rank(row.procall)),
    },
    Column {
        id: "call",
        title: |t| &t.columns.call,
        widths: [5, 10, 10],
        grows: 0,
        align: Align::Left,
        cell: call,
        key: |row, _| {
            row.calls
                .iter()
                .map(|call| call.since.as_second())
                .min()
                .and_then(|at| u64::try_from(at).ok())
                .map_or(SortKey::Nothing, SortKey::Number)
        },
    },
    Column {
        id: "lease",
        title: |t| &t.columns.lease,
        widths: [6, 6, 19],
        grows: 0,
        align: Align::Left,
        cell: lease,
        key: |row, _| {
            row.lease
                .as_ref()
                .and_then(|lease| u64::try_from(lease.expires_at.as_second()).ok())
                .map_or(SortKey::Nothing, SortKey::Number)
        },
    },
    Column {
        id: "poll",
        title: |t| &t.columns.poll,
        widths: [5, 5, 5],
        grows: 0,
        align: Align::Right,
        cell: latency,
        key: |_, read| millis(read.latency).map_or(SortKey::Nothing, SortKey::Number),
    },
    Column {
        id: "age",
        title: |t| &t.columns.age,
        widths: [3, 4, 4],
        grows: 0,
        align: Align::Right,
        cell: age,
        key: |_, read| {
            read.read_at.map_or(SortKey::Number(0), |at| {
                SortKey::Number(u64::try_from(at.as_second()).unwrap_or(0))
            })
        },
    },
    Column {
        id: "note",
        title: |t| &t.columns.note,
        widths: [9, 12, 14],
        grows: 1,
        align: Align::Left,
        cell: note,
        key: |row, _| {
            row.notes
                .first()
                .map_or(SortKey::Nothing, |note| SortKey::Number(note_rank(note)))
        },
    },
];

/// Which column the table is sorted by when nobody has said otherwise.
pub(crate) const BY_NAME: usize = 1;

/// Which columns are shown in a table of this width, and how wide each is.
pub(crate) fn shown(width: u16, class: WidthClass) -> Vec<(usize, u16)> {
    let of_class = |column: &Column| match class {
        WidthClass::Narrow => column.widths[0],
        WidthClass::Medium => column.widths[1],
        WidthClass::Wide => column.widths[2],
    };
    let mut shown: Vec<(usize, u16)> = COLUMNS
        .iter()
        .map(of_class)
        .enumerate()
        .filter(|(_, width)| *width > 0)
        .collect();
    let taken = |shown: &[(usize, u16)]| shown.iter().map(|(_, width)| width + 1).sum::<u16>();
    while taken(&shown) > width && shown.len() > 2 {
        drop_least(&mut shown);
    }
    let left = width.saturating_sub(taken(&shown));
    spread(&mut shown, left);
    shown
}

/// What goes first when there is no room.
const DISPENSABLE: [&str; 7] = ["phone", "user", "poll", "age", "note", "call", "procall"];

fn drop_least(shown: &mut Vec<(usize, u16)>) {
    let least = DISPENSABLE.iter().find_map(|id| {
        shown
            .iter()
            .position(|(at, _)| COLUMNS.get(*at).is_some_and(|column| column.id == *id))
    });
    match least {
        Some(at) => {
            shown.remove(at);
        }
        None => {
            shown.pop();
        }
    }
}

fn spread(shown: &mut [(usize, u16)], left: u16) {
    let share = |at: usize| COLUMNS.get(at).map_or(0, |column| column.grows);
    let shares: u16 = shown.iter().map(|(at, _)| share(*at)).sum();
    if shares == 0 {
        return;
    }
    let mut rest = left;
    for (at, width) in shown.iter_mut() {
        let more = (left * share(*at) / shares).min(rest);
        *width += more;
        rest -= more;
    }
}

/// Orders two rows by a column: ties by name, then by user name, so the order is total.
pub(crate) fn compare(
    column: usize,
    a: (&UserRow, &ReadMark),
    b: (&UserRow, &ReadMark),
) -> Ordering {
    let by_column = COLUMNS.get(column).map_or(Ordering::Equal, |column| {
        compare_keys((column.key)(a.0, a.1), (column.key)(b.0, b.1))
    });
    by_column
        .then_with(|| compare_text(&a.0.display_name, &b.0.display_name))
        .then_with(|| a.0.user_name.cmp(&b.0.user_name))
}

/// Whether rows without a value for the column stay last when the order is reversed.
pub(crate) fn has_key(column: usize, row: &UserRow, read: &ReadMark) -> bool {
    COLUMNS
        .get(column)
        .is_some_and(|column| (column.key)(row, read) != SortKey::Nothing)
}

fn compare_keys(a: SortKey<'_>, b: SortKey<'_>) -> Ordering {
    match (a, b) {
        (SortKey::Text(a), SortKey::Text(b)) => compare_text(a, b),
        (a, b) => a.cmp(&b),
    }
}

/// Without case, and without allocating: 20,000 names are compared on every picture.
fn compare_text(a: &str, b: &str) -> Ordering {
    let fold = |c: char| c.to_lowercase();
    a.chars().flat_map(fold).cmp(b.chars().flat_map(fold))
}

fn millis(duration: Duration) -> Option<u64> {
    u64::try_from(duration.as_millis()).ok()
}

const fn lamp_rank(lamp: Lamp) -> u64 {
    match lamp {
        Lamp::Red => 0,
        Lamp::Yellow => 1,
        Lamp::Neutral => 2,
    }
}

const fn procall_rank(presence: ProcallPresence) -> u64 {
    match presence {
        ProcallPresence::BusyInACall => 0,
        ProcallPresence::DoNotDisturb => 1,
        ProcallPresence::Unchanged => 2,
    }
}

/// The order of severity: the order of the variants.
pub(crate) const fn note_rank(note: &Note) -> u64 {
    match note {
        Note::WriteFailing(_) => 0,
        Note::NoEffect => 1,
        Note::Masked(_) => 2,
        Note::Stale => 3,
        Note::Missing => 4,
        Note::Unknown(_) => 5,
        Note::Flapping => 6,
        Note::EchoHeld => 7,
        Note::WouldWrite(_) => 8,
        Note::Paused => 9,
    }
}

fn cell(text: impl Into<String>, role: Role) -> Cell {
    Cell {
        text: text.into(),
        role,
    }
}

/// How a lamp is coloured.
pub(crate) const fn lamp_role(lamp: Lamp) -> Role {
    match lamp {
        Lamp::Neutral => Role::LampNeutral,
        Lamp::Red => Role::LampRed,
        Lamp::Yellow => Role::LampYellow,
    }
}

fn lamp(row: &Row<'_>) -> Cell {
    let lamp = row.user.rule.lamp;
    cell(row.ctx.glyphs.lamp(lamp), lamp_role(lamp))
}

fn name(row: &Row<'_>) -> Cell {
    cell(row.ctx.state.shown_name(row.user), Role::Text)
}

fn user(row: &Row<'_>) -> Cell {
    cell(row.ctx.state.shown_user(&row.user.user_name), Role::Muted)
}

fn phone(row: &Row<'_>) -> Cell {
    cell(row.ctx.state.shown_phone(row.user), Role::Muted)
}

fn teams(row: &Row<'_>) -> Cell {
    let Some(teams) = &row.user.teams else {
        return cell("-", Role::Muted);
    };
    let changed = row
        .user
        .since
        .is_some_and(|since| row.ctx.just_now(since, CHANGED_FOR));
    let role = if changed { Role::Changed } else { Role::Text };
    cell(pair(teams, row.class), role)
}

/// For how many seconds a changed value is marked.
const CHANGED_FOR: u64 = 4;

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

fn abbreviated(value: &str) -> &str {
    match value {
        "DoNotDisturb" => "DND",
        "InAConferenceCall" => "InAConf",
        "UrgentInterruptionsOnly" => "UrgentOnly",
        "PresenceUnknown" => "Unknown",
        value => value,
    }
}

fn procall(row: &Row<'_>) -> Cell {
    let t = &row.ctx.t.procall;
    match row.user.procall {
        ProcallPresence::Unchanged => cell(&*t.short_unchanged, Role::Muted),
        ProcallPresence::DoNotDisturb => cell(&*t.short_do_not_disturb, Role::Text),
        ProcallPresence::BusyInACall => cell(&*t.short_busy_in_a_call, Role::Text),
    }
}

/// The short name of a kind of call.
pub(crate) fn call_name(kind: CallKind, t: &Texts) -> &str {
    match kind {
        CallKind::Tapi => &t.calls.short_tapi,
        CallKind::Softphone => &t.calls.short_softphone,
        CallKind::AvChat => &t.calls.short_av_chat,
        CallKind::Meeting => &t.calls.short_meeting,
        CallKind::Manual => &t.calls.short_manual,
    }
}

fn call(row: &Row<'_>) -> Cell {
    let Some(call) = row.user.calls.iter().max_by_key(|call| call.connected) else {
        return cell("", Role::Muted);
    };
    let name = call_name(call.kind, row.ctx.t);
    let mark = if call.connected { "" } else { "~" };
    let role = if call.connected {
        Role::Accent
    } else {
        Role::Muted
    };
    match row.class {
        WidthClass::Narrow => cell(format!("{name}{mark}"), role),
        _ => cell(format!("{name}{mark} {}", since(row, call)), role),
    }
}

fn since(row: &Row<'_>, call: &CallView) -> String {
    row.ctx.age(call.since)
}

fn lease(row: &Row<'_>) -> Cell {
    let Some(lease) = &row.user.lease else {
        return cell("", Role::Muted);
    };
    let sign = row.ctx.glyphs.lease(lease);
    let left = row.ctx.countdown(lease.expires_at);
    let role = lease_role(lease);
    match row.class {
        WidthClass::Wide => cell(
            format!("{sign} {left} {}", lease_word(lease, row.ctx.t)),
            role,
        ),
        _ => cell(format!("{sign} {left}"), role),
    }
}

/// How a lease is coloured.
pub(crate) const fn lease_role(lease: &LeaseView) -> Role {
    match (lease.phase, lease.verdict) {
        (LeasePhase::Held, Verdict::Confirmed) => Role::Good,
        (LeasePhase::Held, Verdict::Masked) => Role::Warning,
        (LeasePhase::Held, Verdict::NoEffect) => Role::Bad,
        (LeasePhase::Held, Verdict::Pending) => Role::Accent,
        _ => Role::Muted,
    }
}

/// What a lease is, in one word.
pub(crate) fn lease_word<'t>(lease: &LeaseView, t: &'t Texts) -> &'t str {
    match lease.phase {
        LeasePhase::Observed => &t.phases.observed,
        LeasePhase::Setting => &t.phases.setting,
        LeasePhase::Clearing => &t.phases.clearing,
        LeasePhase::Settling => &t.phases.settling,
        LeasePhase::Held => verdict_word(lease.verdict, t),
    }
}

/// A verdict in one word.
pub(crate) fn verdict_word(verdict: Verdict, t: &Texts) -> &str {
    match verdict {
        Verdict::Pending => &t.verdicts.pending,
        Verdict::Confirmed => &t.verdicts.confirmed,
        Verdict::Masked => &t.verdicts.masked,
        Verdict::NoEffect => &t.verdicts.no_effect,
    }
}

fn latency(row: &Row<'_>) -> Cell {
    match row.read.read_at {
        Some(_) => cell(measured(row.read.latency), Role::Text),
        None => cell("-", Role::Muted),
    }
}

fn age(row: &Row<'_>) -> Cell {
    let role = if row.stale { Role::Bad } else { Role::Muted };
    match row.read.read_at {
        Some(at) => cell(row.ctx.age(at), role),
        None => cell("-", role),
    }
}

fn note(row: &Row<'_>) -> Cell {
    let Some(note) = row.user.notes.first() else {
        return cell("", Role::Muted);
    };
    cell(note_word(note, row.ctx.t), note_role(note))
}

/// How a note is coloured.
pub(crate) const fn note_role(note: &Note) -> Role {
    match note {
        Note::WriteFailing(_) | Note::NoEffect => Role::Bad,
        Note::Masked(_) | Note::Stale | Note::Missing | Note::Unknown(_) | Note::Flapping => {
            Role::Warning
        }
        Note::EchoHeld | Note::WouldWrite(_) | Note::Paused => Role::Muted,
    }
}

/// A note in one word.
pub(crate) fn note_word<'t>(note: &Note, t: &'t Texts) -> &'t str {
    match note {
        Note::WriteFailing(_) => &t.notes.write_failing,
        Note::NoEffect => &t.notes.no_effect,
        Note::Masked(_) => &t.notes.masked,
        Note::Stale => &t.notes.stale,
        Note::Missing => &t.notes.missing,
        Note::Unknown(_) => &t.notes.unknown,
        Note::Flapping => &t.notes.flapping,
        Note::EchoHeld => &t.notes.echo_held,
        Note::WouldWrite(_) => &t.notes.would_write,
        Note::Paused => &t.notes.paused,
    }
}
