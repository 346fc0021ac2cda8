//! What is odd about one user, and what to do.

use std::fmt::Display;

use super::{Problem, Severity};
use crate::columns::note_rank;
use crate::texts::{Texts, fill};
use model::procall::Obstacle;
use model::snapshot::{Note, UserRow};

pub(super) fn of_user(row: &UserRow, note: &Note, t: &Texts) -> Problem {
    let (what, remedy) = advice(note, t);
    let severity = match note {
        Note::WriteFailing(_) | Note::NoEffect => Severity::Bad,
        _ => Severity::Warning,
    };
    Problem {
        severity,
        user: Some(row.user_name.clone()),
        page: None,
        what,
        remedy: remedy.to_owned(),
        rank: 1 + note_rank(note),
    }
}

/// What a note means, and what the user or the administrator can do.
pub(crate) fn advice<'t>(note: &Note, t: &'t Texts) -> (String, &'t str) {
    let a = &t.advice;
    let with = |template: &str, detail: &dyn Display| fill(template, &[("detail", detail)]);
    match note {
        Note::WriteFailing(why) => (with(&a.write_failing, why), &a.write_failing_do),
        Note::NoEffect => (a.no_effect.clone(), &a.no_effect_do),
        Note::Masked(by) => (with(&a.masked, by), &a.masked_do),
        Note::Obstacle(obstacle) => obstacle_advice(*obstacle, t),
        Note::Stale => (a.stale.clone(), &a.stale_do),
        Note::Missing => (a.missing.clone(), &a.missing_do),
        Note::Unknown(value) => (with(&a.unknown, value), &a.unknown_do),
        Note::Flapping => (a.flapping.clone(), &a.flapping_do),
        Note::EchoHeld => (a.echo_held.clone(), &a.echo_held_do),
        Note::WouldWrite(activity) => {
            let pair = format!("Busy/{}", activity.as_str());
            (with(&a.would_write, &pair), &a.would_write_do)
        }
        Note::Paused => (a.paused.clone(), &a.paused_do),
    }
}

fn obstacle_advice(obstacle: Obstacle, t: &Texts) -> (String, &str) {
    let o = &t.obstacles;
    let (what, remedy) = match obstacle {
        Obstacle::NotVisible => (&o.not_visible, &o.not_visible_do),
        Obstacle::CallsHidden => (&o.calls_hidden, &o.calls_hidden_do),
        Obstacle::MayNotSetPresence => (&o.may_not_set, &o.may_not_set_do),
        Obstacle::ForeignPresence => (&o.foreign, &o.foreign_do),
        Obstacle::SetPresenceRefused => (&o.refused, &o.refused_do),
    };
    (what.clone(), remedy)
}
