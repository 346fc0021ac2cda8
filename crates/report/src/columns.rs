//! The columns: one table for the header, the cells and the CSV.

use super::cells::Align;
use super::line::{UserLine, held_lease};
use super::look::{Look, Paint};
use super::span::span;
use model::clock::elapsed;
use model::presence::{Lamp, ProcallPresence};
use words::ReportTexts;

/// One column of the table for people.
pub(super) struct PrintedColumn {
    pub(super) title: fn(&ReportTexts) -> &str,
    pub(super) align: Align,
    /// The fewest cells that make sense; narrower, and the column goes.
    pub(super) least: usize,
    /// Columns with a higher number go first when the terminal is narrow.
    pub(super) rank: u8,
    pub(super) cell: fn(&UserLine<'_>, &Look) -> String,
    pub(super) paint: fn(&UserLine<'_>) -> Option<Paint>,
}

/// One field of the CSV, and the column that shows it to people, where there is one.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) value: fn(&UserLine<'_>) -> String,
    pub(super) column: Option<PrintedColumn>,
}

/// All fields, in the order of the JSON; the table shows those with a column.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "user_name",
        value: |user| user.user_name.to_string(),
        column: Some(PrintedColumn {
            title: |t| t.user,
            align: Align::Left,
            least: 12,
            rank: 0,
            cell: |user, _| user.user_name.to_string(),
            paint: stale,
        }),
    },
    Field {
        name: "display_name",
        value: |user| user.display_name.to_string(),
        column: Some(PrintedColumn {
            title: |t| t.name,
            align: Align::Left,
            least: 10,
            rank: 8,
            cell: |user, _| user.display_name.to_string(),
            paint: stale,
        }),
    },
    plain("entra_id", |user| user.entra_id.to_string()),
    Field {
        name: "availability",
        value: |user| user.availability.unwrap_or_default().to_owned(),
        column: Some(PrintedColumn {
            title: |t| t.teams,
            align: Align::Left,
            least: 12,
            rank: 1,
            cell: |user, _| teams(user),
            paint: stale,
        }),
    },
    plain("activity", |user| {
        user.activity.unwrap_or_default().to_owned()
    }),
    Field {
        name: "lamp",
        value: |user| user.lamp.as_str().to_owned(),
        column: Some(PrintedColumn {
            title: |t| t.lamp,
            align: Align::Left,
            least: 7,
            rank: 2,
            cell: |user, look| words::lamp(user.lamp, look.texts()).to_owned(),
            paint: lamp,
        }),
    },
    plain("tooltip", |user| user.tooltip.to_owned()),
    Field {
        name: "procall_presence",
        value: |user| user.procall_presence.as_str().to_owned(),
        column: Some(PrintedColumn {
            title: |t| t.procall,
            align: Align::Left,
            least: 11,
            rank: 3,
            cell: |user, look| procall(user.procall_presence, look),
            paint: stale,
        }),
    },
    plain("rule", |user| user.rule.to_owned()),
    Field {
        name: "lease_activity",
        value: |user| of_lease(user, |lease| lease.activity.to_owned()),
        column: Some(PrintedColumn {
            title: |t| t.lease,
            align: Align::Left,
            least: 12,
            rank: 4,
            cell: lease,
            paint: stale,
        }),
    },
    plain("lease_set_at", |user| {
        of_lease(user, |lease| lease.set_at.clone())
    }),
    plain("lease_expires_at", |user| {
        of_lease(user, |lease| lease.expires_at.clone())
    }),
    plain("lease_renewals", |user| {
        of_lease(user, |lease| lease.renewals.to_string())
    }),
    plain("lease_verdict", |user| {
        of_lease(user, |lease| lease.verdict.as_str().to_owned())
    }),
    Field {
        name: "read_age_ms",
        value: |user| number(user.read_age_ms),
        column: Some(PrintedColumn {
            title: |t| t.age,
            align: Align::Right,
            least: 5,
            rank: 5,
            cell: |user, _| age(user),
            paint: stale,
        }),
    },
    Field {
        name: "poll_latency_ms",
        value: |user| number(user.poll_latency_ms),
        column: Some(PrintedColumn {
            title: |t| t.latency,
            align: Align::Right,
            least: 4,
            rank: 7,
            cell: |user, _| number(user.poll_latency_ms),
            paint: stale,
        }),
    },
    plain("stale", |user| user.stale.to_string()),
    Field {
        name: "note",
        value: |user| user.note.clone().unwrap_or_default(),
        column: Some(PrintedColumn {
            title: |t| t.note,
            align: Align::Left,
            least: 12,
            rank: 6,
            cell: note,
            paint: stale,
        }),
    },
    plain("department", |user| {
        user.department.as_deref().unwrap_or_default().to_owned()
    }),
];

const fn plain(name: &'static str, value: fn(&UserLine<'_>) -> String) -> Field {
    Field {
        name,
        value,
        column: None,
    }
}

fn of_lease(user: &UserLine<'_>, field: fn(&super::line::LeaseLine) -> String) -> String {
    user.lease.as_ref().map(field).unwrap_or_default()
}

fn number(value: Option<u64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The pair; one word where both are the same.
fn teams(user: &UserLine<'_>) -> String {
    match (user.availability, user.activity) {
        (Some(same), Some(activity)) if same == activity => same.to_owned(),
        (Some(availability), Some(activity)) => format!("{availability}/{activity}"),
        _ => "?".to_owned(),
    }
}

/// What the polls say, how long it lasts, what it is: the first is seen where the rest is cut.
fn lease(user: &UserLine<'_>, look: &Look) -> String {
    let Some(lease) = held_lease(user.row) else {
        return String::new();
    };
    let left = span(elapsed(user.now, lease.expires_at));
    let verdict = words::verdict(lease.verdict, look.texts());
    format!("{verdict} {left} {}", lease.activity.as_str())
}

/// A dash where Teams changes nothing: most of the time, so that the rest is seen.
fn procall(presence: ProcallPresence, look: &Look) -> String {
    match presence {
        ProcallPresence::Unchanged => "-".to_owned(),
        other => words::procall(other, look.texts()).to_owned(),
    }
}

fn age(user: &UserLine<'_>) -> String {
    let age = user.read_age_ms.map(std::time::Duration::from_millis);
    age.map_or_else(|| "?".to_owned(), span)
}

fn note(user: &UserLine<'_>, look: &Look) -> String {
    let first = user.row.odd_note();
    first.map_or_else(String::new, |note| words::note(note, look.texts()).0)
}

fn stale(user: &UserLine<'_>) -> Option<Paint> {
    user.stale.then_some(Paint::Stale)
}

fn lamp(user: &UserLine<'_>) -> Option<Paint> {
    match user.lamp {
        _ if user.stale => Some(Paint::Stale),
        Lamp::Red => Some(Paint::Red),
        Lamp::Yellow => Some(Paint::Yellow),
        Lamp::Neutral => None,
    }
}
