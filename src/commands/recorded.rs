//! What was shown at a moment of the past, from the recording.

use std::path::Path;
use std::sync::Arc;

use eyre::Report;
use history::{OtherVersion, Recording};
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
    Words::of_replay(|t| t.not_a_moment, &[("text", &harmless(text))])
}

/// The recording of the tenant's bridge.
///
/// # Errors
/// There is none, with the place where it would be.
pub(super) fn open(config: &Config) -> Result<Recording, Report> {
    open_in(&folder(config), Some(&stem(config)))
}

/// A recording that somebody named, or that of a tenant; says what of it is left out.
///
/// # Errors
/// It cannot be read, with its place.
pub(super) fn open_in(place: &Path, stem: Option<&str>) -> Result<Recording, Report> {
    let recording = Recording::open(place, stem).map_err(|why| {
        let values: [(&str, &dyn Value); 2] = [("place", &place.display()), ("why", &why.words())];
        Told::alone(Words::of_replay(|t| t.unreadable, &values))
    })?;
    if let Some(left_out) = recording.other_version() {
        complain_of(&left_out_words(&left_out));
    }
    Ok(recording)
}

/// What of a recording is left out, in words.
pub(super) fn left_out_words(left_out: &OtherVersion) -> Words {
    let (from, to) = (clock_time(left_out.from), clock_time(left_out.to));
    let values: [(&str, &dyn Value); 4] = [
        ("n", &left_out.files),
        ("from", &from),
        ("to", &to),
        ("theirs", &left_out.theirs),
    ];
    Words::of_replay(|t| t.left_out, &values)
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
        let words = Words::of_replay(|t| t.begins_later, &[("at", &clock_time(first))]);
        return Some(words);
    }
    let ends = || Words::of_replay(|t| t.ends_before, &[("at", &clock_time(last))]);
    (elapsed(last, at) > LONGEST_SILENCE).then(ends)
}

/// What is missing, in words.
pub(super) fn lack_words(lack: &Lack) -> Words {
    let from = clock_time(lack.from);
    let to = lack.to.map(clock_time);
    match (lack.why, to) {
        (Missing::Damaged, Some(to)) => {
            let values: [(&str, &dyn Value); 2] = [("from", &from), ("to", &to)];
            Words::of_replay(|t| t.damaged, &values)
        }
        (Missing::Damaged, None) => Words::of_replay(|t| t.damaged_end, &[("from", &from)]),
        (Missing::NotRecorded, to) => {
            let to = to.unwrap_or_default();
            let values: [(&str, &dyn Value); 2] = [("from", &from), ("to", &to)];
            Words::of_replay(|t| t.not_recorded, &values)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Lang;

    #[test]
    fn what_another_version_recorded_is_named_with_its_times() {
        let told = |files, lang| {
            let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
            let left_out = OtherVersion {
                files,
                from,
                to,
                theirs: 3,
            };
            left_out_words(&left_out).in_lang(lang).to_owned()
        };
        let epoch = clock_time(Timestamp::UNIX_EPOCH);
        for (files, lang, begins, ends) in [
            (1, Lang::En, "1 file of the recording", "can show it"),
            (5, Lang::En, "5 files of the recording", "can show them"),
            (1, Lang::De, "1 Datei der Aufzeichnung", "kann sie zeigen"),
            (5, Lang::De, "5 Dateien der Aufzeichnung", "kann sie zeigen"),
        ] {
            let told = told(files, lang);
            assert!(told.starts_with(begins) && told.ends_with(ends), "{told}");
            assert_eq!(told.matches(&epoch).count(), 2, "{told}");
            assert!(told.contains("(3)"), "{told}");
        }
    }
}
