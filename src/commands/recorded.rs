//! What was shown at a moment of the past, from the recording.

use std::path::Path;
use std::sync::Arc;

use eyre::Report;
use history::Recording;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::clock::{elapsed, shifted};
use model::snapshot::{Lack, Missing, PastView, Seen};
use model::when::moment;

use super::picture::{Picture, Taken, clock_time};
use crate::clock::Clock as _;
use crate::clocks::SystemClock;
use crate::config::{Cli, Config, Environment, Exit};
use crate::text::harmless;
use crate::wiring::history::{folder, stem};
use crate::wiring::output::complain_of;
use crate::wiring::said::Told;
use crate::wiring::{configuration_to_look, nothing_configured};
use crate::words::{Value, Words};

/// A bridge that polls every ten minutes shows nothing new for so long, and a little.
const LONGEST_SILENCE: std::time::Duration = std::time::Duration::from_mins(11);

/// What the bridge showed at the moment that `text` names.
///
/// # Errors
/// A configuration that cannot be used; no recording, or none of that moment.
pub(super) fn picture_at(cli: &Cli, env: &Environment, text: &str) -> Result<Taken, Report> {
    let Some(config) = configuration_to_look(cli, env)? else {
        return Ok(Err(nothing_configured()));
    };
    let Some(at) = asked(text) else {
        complain_of(&not_a_moment(text));
        return Ok(Err(Exit::Usage));
    };
    let mut recording = open(&config)?;
    within(&mut recording, at)?;
    let place = recording.at(at)?;
    let mut snapshot = recording.show(place)?.snapshot;
    let lack = recording.lack_at(at)?;
    if let Some(lack) = &lack {
        complain_of(&lack_words(lack));
    }
    let shown = Arc::make_mut(&mut snapshot);
    shown.seen = Seen::Past(PastView {
        moment: at,
        speed: 0,
        lack,
        live: false,
    });
    let now = shifted(at, SignedDuration::ZERO.saturating_sub(shown.wall_ahead));
    Ok(Ok(Picture {
        now,
        snapshot,
        attached: false,
    }))
}

/// The moment that `text` names, by the machine's clock.
pub(super) fn asked(text: &str) -> Option<Timestamp> {
    moment(text, SystemClock::new().wall(), &TimeZone::system())
}

/// What is said where it names none.
pub(super) fn not_a_moment(text: &str) -> Words {
    Words::of_replay(|t| &t.not_a_moment, &[("text", &harmless(text))])
}

/// The recording of the tenant's bridge.
///
/// # Errors
/// There is none, with the place where it would be.
pub(super) fn open(config: &Config) -> Result<Recording, Report> {
    open_in(&folder(config), Some(&stem(config)))
}

/// A recording that somebody named, or that of a tenant.
///
/// # Errors
/// It cannot be read, with its place.
pub(super) fn open_in(place: &Path, stem: Option<&str>) -> Result<Recording, Report> {
    Recording::open(place, stem).map_err(|why| {
        let values: [(&str, &dyn Value); 2] = [("place", &place.display()), ("why", &why.words())];
        Told::alone(Words::of_replay(|t| &t.unreadable, &values)).into()
    })
}

/// Whether the recording reaches to `at`.
fn within(recording: &mut Recording, at: Timestamp) -> Result<(), Report> {
    let (first, last) = (recording.first(), recording.last()?);
    let (first, last) = (recording.time(first)?, recording.time(last)?);
    match outside((first, last), at) {
        Some(words) => Err(Told::alone(words).into()),
        None => Ok(()),
    }
}

/// What is said of a moment to which a recording from `first` to `last` does not reach.
pub(super) fn outside((first, last): (Timestamp, Timestamp), at: Timestamp) -> Option<Words> {
    if at < first {
        let words = Words::of_replay(|t| &t.begins_later, &[("at", &clock_time(first))]);
        return Some(words);
    }
    let ends = || Words::of_replay(|t| &t.ends_before, &[("at", &clock_time(last))]);
    (elapsed(last, at) > LONGEST_SILENCE).then(ends)
}

/// What is missing, in words.
pub(super) fn lack_words(lack: &Lack) -> Words {
    let from = clock_time(lack.from);
    let to = lack.to.map(clock_time);
    match (lack.why, to) {
        (Missing::Damaged, Some(to)) => {
            let values: [(&str, &dyn Value); 2] = [("from", &from), ("to", &to)];
            Words::of_replay(|t| &t.damaged, &values)
        }
        (Missing::Damaged, None) => Words::of_replay(|t| &t.damaged_end, &[("from", &from)]),
        (Missing::NotRecorded, to) => {
            let to = to.unwrap_or_default();
            let values: [(&str, &dyn Value); 2] = [("from", &from), ("to", &to)];
            Words::of_replay(|t| &t.not_recorded, &values)
        }
    }
}
