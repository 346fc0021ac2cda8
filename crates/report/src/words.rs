//! Notes, ages and verdicts as people read them.

use std::time::Duration;

use model::presence::{Lamp, Lang, ProcallPresence};
use model::procall::Obstacle;
use model::snapshot::{Note, Verdict};
use model::text::harmless;

/// A note as one short sentence.
#[must_use]
pub fn note_in_words(note: &Note, lang: Lang) -> String {
    let (de, en) = match note {
        Note::WriteFailing(why) => (
            format!("Schreiben schlägt fehl: {why}"),
            format!("Writing fails: {why}"),
        ),
        Note::Masked(by) => (
            format!("Verdeckt von {by}, von Hand gesetzt oder stärker"),
            format!("Hidden by {by}, set by hand or stronger"),
        ),
        Note::Unknown(value) => (
            format!("Teams sagt nichts Verwertbares: {value}"),
            format!("Teams says nothing usable: {value}"),
        ),
        Note::WouldWrite(activity) => (
            format!("Würde Busy/{} schreiben", activity.as_str()),
            format!("Would write Busy/{}", activity.as_str()),
        ),
        Note::Obstacle(obstacle) => return obstacle_in_words(*obstacle, lang).to_owned(),
        plain => return plain_note(plain, lang).to_owned(),
    };
    let said = match lang {
        Lang::De => de,
        Lang::En => en,
    };
    harmless(&said).into_owned()
}

const fn obstacle_in_words(obstacle: Obstacle, lang: Lang) -> &'static str {
    match (obstacle, lang) {
        (Obstacle::NotVisible, Lang::De) => {
            "ProCall zeigt nichts von diesem Benutzer: Recht Öffentlich fehlt"
        }
        (Obstacle::NotVisible, Lang::En) => {
            "ProCall shows nothing of this user: the right Public is missing"
        }
        (Obstacle::CallsHidden, Lang::De) => {
            "ProCall verbirgt die Anrufe: Recht Geschäftlich fehlt"
        }
        (Obstacle::CallsHidden, Lang::En) => {
            "ProCall hides the calls: the right Business is missing"
        }
        (Obstacle::MayNotSetPresence, Lang::De) => {
            "Präsenz in ProCall darf nicht gesetzt werden: Recht Team fehlt"
        }
        (Obstacle::MayNotSetPresence, Lang::En) => {
            "The presence in ProCall may not be set: the right Team is missing"
        }
        (Obstacle::ForeignPresence, Lang::De) => {
            "Präsenz in ProCall ist von Hand gesetzt und bleibt"
        }
        (Obstacle::ForeignPresence, Lang::En) => "The presence in ProCall is set by hand and stays",
        (Obstacle::SetPresenceRefused, Lang::De) => "UCServer hat das Setzen der Präsenz abgelehnt",
        (Obstacle::SetPresenceRefused, Lang::En) => "UCServer refused to set the presence",
    }
}

const fn plain_note(note: &Note, lang: Lang) -> &'static str {
    let (de, en) = match note {
        Note::NoEffect => (
            "Graph hat angenommen, doch Teams zeigt es nicht",
            "Graph accepted the lease, yet Teams does not show it",
        ),
        Note::Stale => (
            "Seit mehr als drei Intervallen nicht gelesen",
            "Not read for more than three intervals",
        ),
        Note::Missing => (
            "Graphs Antwort enthält diesen Benutzer nicht",
            "Graph's answer has no entry for this user",
        ),
        Note::Flapping => (
            "Wechselt öfter, als ein Mensch es tut",
            "Changes more often than a person does",
        ),
        Note::EchoHeld => (
            "InACall ist unser eigenes, kein Teams-Gespräch",
            "InACall is our own, not a Teams call",
        ),
        Note::Paused => (
            "Schreiben ist für diesen Benutzer angehalten",
            "Writing is paused for this user",
        ),
        // The others carry a text; `note_in_words` puts it in.
        _ => ("", ""),
    };
    match lang {
        Lang::De => de,
        Lang::En => en,
    }
}

/// A verdict.
pub(super) const fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    match (verdict, lang) {
        (Verdict::Pending, Lang::De) => "offen",
        (Verdict::Pending, Lang::En) => "pending",
        (Verdict::Confirmed, Lang::De) => "bestätigt",
        (Verdict::Confirmed, Lang::En) => "confirmed",
        (Verdict::Masked, Lang::De) => "verdeckt",
        (Verdict::Masked, Lang::En) => "masked",
        (Verdict::NoEffect, Lang::De) => "wirkungslos",
        (Verdict::NoEffect, Lang::En) => "no effect",
    }
}

/// A lamp's colour.
pub(super) const fn lamp(lamp: Lamp, lang: Lang) -> &'static str {
    match (lamp, lang) {
        (Lamp::Neutral, _) => "neutral",
        (Lamp::Red, Lang::De) => "rot",
        (Lamp::Red, Lang::En) => "red",
        (Lamp::Yellow, Lang::De) => "gelb",
        (Lamp::Yellow, Lang::En) => "yellow",
    }
}

/// What Teams makes of the ProCall presence.
pub(super) const fn procall(presence: ProcallPresence, lang: Lang) -> &'static str {
    match (presence, lang) {
        (ProcallPresence::Unchanged, _) => "-",
        (ProcallPresence::DoNotDisturb, Lang::De) => "nicht stören",
        (ProcallPresence::DoNotDisturb, Lang::En) => "do not disturb",
        (ProcallPresence::BusyInACall, Lang::De) => "im Gespräch",
        (ProcallPresence::BusyInACall, Lang::En) => "in a call",
    }
}

/// A time span in at most five cells: `3s`, `4:05`, `2h`, `9d`.
pub(super) fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        seconds @ 3600..86_400 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use model::presence::CallActivity;

    #[rstest]
    #[case(0, "0s")]
    #[case(59, "59s")]
    #[case(245, "4:05")]
    #[case(7300, "2h")]
    #[case(800_000, "9d")]
    fn spans_are_short(#[case] seconds: u64, #[case] text: &str) {
        assert_eq!(span(Duration::from_secs(seconds)), text);
    }

    #[rstest]
    fn every_note_has_words(#[values(Lang::De, Lang::En)] lang: Lang) {
        let notes = [
            Note::WriteFailing("403".into()),
            Note::NoEffect,
            Note::Masked("Away/Away".into()),
            Note::Obstacle(Obstacle::CallsHidden),
            Note::Stale,
            Note::Missing,
            Note::Unknown("PresenceUnknown".into()),
            Note::Flapping,
            Note::EchoHeld,
            Note::WouldWrite(CallActivity::InACall),
            Note::Paused,
        ];
        for note in notes {
            assert!(note_in_words(&note, lang).len() > 10, "{note:?}");
        }
    }
}
