//! Notes, verdicts, lamps and reasons as people read them.

use std::fmt::Display;

use model::presence::{Lamp, ProcallPresence, UnmatchedReason};
use model::procall::Obstacle;
use model::snapshot::{Note, Verdict};
use model::text::harmless;

use crate::causes::trouble;
use crate::fill::fill;
use crate::texts::Texts;

/// What a note means, and what the user or the administrator can do. Harmless text.
#[must_use]
pub fn note<'t>(note: &Note, t: &'t Texts) -> (String, &'t str) {
    let a = &t.advice;
    let with = |template: &str, detail: &dyn Display| {
        harmless(&fill(template, &[("detail", detail)])).into_owned()
    };
    match note {
        Note::WriteFailing(why) => (with(a.write_failing, &trouble(why, t)), a.write_failing_do),
        Note::NoEffect => (a.no_effect.to_owned(), a.no_effect_do),
        Note::Masked(by) => (with(a.masked, by), a.masked_do),
        Note::Obstacle(it) => {
            let (what, remedy) = obstacle(*it, t);
            (what.to_owned(), remedy)
        }
        Note::Stale => (a.stale.to_owned(), a.stale_do),
        Note::Missing => (a.missing.to_owned(), a.missing_do),
        Note::Unknown(value) => (with(a.unknown, value), a.unknown_do),
        Note::Flapping => (a.flapping.to_owned(), a.flapping_do),
        Note::EchoHeld => (a.echo_held.to_owned(), a.echo_held_do),
        Note::WouldWrite(activity) => {
            let pair = format!("Busy/{}", activity.as_str());
            (with(a.would_write, &pair), a.would_write_do)
        }
        Note::Paused => (a.paused.to_owned(), a.paused_do),
    }
}

/// What is in the way, and what to do.
#[must_use]
pub fn obstacle(obstacle: Obstacle, t: &Texts) -> (&str, &str) {
    let o = &t.obstacles;
    match obstacle {
        Obstacle::NotVisible => (o.not_visible, o.not_visible_do),
        Obstacle::CallsHidden => (o.calls_hidden, o.calls_hidden_do),
        Obstacle::MayNotSetPresence => (o.may_not_set, o.may_not_set_do),
        Obstacle::ForeignPresence => (o.foreign, o.foreign_do),
        Obstacle::SetPresenceRefused => (o.refused, o.refused_do),
        Obstacle::CallNotUnderstood => (o.not_understood, o.not_understood_do),
    }
}

/// Why a user is not matched, and what to do.
#[must_use]
pub fn unmatched(reason: UnmatchedReason, t: &Texts) -> (&str, &str) {
    let u = &t.unmatched;
    match reason {
        UnmatchedReason::NoEntraUser => (u.no_entra_user, u.no_entra_user_do),
        UnmatchedReason::SeveralEntraUsers => (u.several_entra_users, u.several_entra_users_do),
        UnmatchedReason::SeveralProcallUsers => {
            (u.several_procall_users, u.several_procall_users_do)
        }
        UnmatchedReason::Guest => (u.guest, u.guest_do),
        UnmatchedReason::Disabled => (u.disabled, u.disabled_do),
        UnmatchedReason::NoTeamsPresence => (u.no_teams_presence, u.no_teams_presence_do),
        UnmatchedReason::Quarantined => (u.quarantined, u.quarantined_do),
    }
}

/// The word for what the polls say about a lease.
#[must_use]
pub fn verdict(verdict: Verdict, t: &Texts) -> &str {
    match verdict {
        Verdict::Pending => t.verdicts.pending,
        Verdict::Confirmed => t.verdicts.confirmed,
        Verdict::Masked => t.verdicts.masked,
        Verdict::NoEffect => t.verdicts.no_effect,
    }
}

/// A lamp's colour.
#[must_use]
pub fn lamp(lamp: Lamp, t: &Texts) -> &str {
    match lamp {
        Lamp::Neutral => t.lamps.neutral,
        Lamp::Red => t.lamps.red,
        Lamp::Yellow => t.lamps.yellow,
    }
}

/// What Teams makes of the ProCall presence, in full words.
#[must_use]
pub fn procall(presence: ProcallPresence, t: &Texts) -> &str {
    match presence {
        ProcallPresence::Unchanged => t.procall.unchanged,
        ProcallPresence::DoNotDisturb => t.procall.do_not_disturb,
        ProcallPresence::BusyInACall => t.procall.busy_in_a_call,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::presence::{CallActivity, Lang};
    use rstest::rstest;

    use super::*;
    use crate::texts;

    #[rstest]
    fn every_note_has_words(#[values(Lang::De, Lang::En)] lang: Lang) {
        let notes = [
            Note::WriteFailing(Arc::new("403".into())),
            Note::NoEffect,
            Note::Masked("Away/Away".into()),
            Note::Obstacle(Obstacle::CallsHidden),
            Note::Obstacle(Obstacle::CallNotUnderstood),
            Note::Stale,
            Note::Missing,
            Note::Unknown("PresenceUnknown".into()),
            Note::Flapping,
            Note::EchoHeld,
            Note::WouldWrite(CallActivity::InACall),
            Note::Paused,
        ];
        for it in notes {
            assert!(note(&it, texts(lang)).0.len() > 10, "{it:?}");
        }
    }
}
