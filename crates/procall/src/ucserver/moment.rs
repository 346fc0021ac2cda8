//! `AsnSystemTime`: in JSON an ISO 8601 text in UTC, "not set" as an empty one. Servers that are
//! not built for Windows write, and want, the number behind it: days since 30 December 1899, UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// 1 January 1970 as a variant time: days since 30 December 1899.
const UNIX_EPOCH_DAY: f64 = 25_569.0;
/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;
/// 31 December 9999 as a variant time, its last day.
const LAST_DAY: f64 = 2_958_465.0;

/// How a server writes a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// ISO 8601, or an empty text.
    Text,
    /// Variant time.
    Number,
}

/// A time as a server wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The time; nothing where none is set, or what stands there is none.
    pub(crate) at: Option<Timestamp>,
    /// How it was written; nothing where it was not.
    pub(crate) form: Option<TimeForm>,
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(from)?;
        Ok(Self::from_tree(&json::tree(raw.get().as_bytes())))
    }
}

impl Moment {
    fn from_tree(tree: &Value) -> Self {
        match tree {
            Value::Number(days) => Self {
                at: days.as_f64().and_then(from_days),
                form: Some(TimeForm::Number),
            },
            Value::String(text) => Self {
                at: from_text(text.trim()),
                form: Some(TimeForm::Text),
            },
            _ => Self::default(),
        }
    }
}

impl TimeForm {
    /// `at` as such a server takes it, to the millisecond.
    pub(crate) fn write(self, at: Timestamp) -> Value {
        match self {
            Self::Text => json!(format!("{at:.3}")),
            Self::Number => json!(to_days(at)),
        }
    }

    /// "Not set".
    pub(crate) fn nothing(self) -> Value {
        match self {
            Self::Text => json!(""),
            Self::Number => json!(0.0),
        }
    }

    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Text => Self::Number,
            Self::Number => Self::Text,
        }
    }
}

/// How the server of a session writes times, and so is written to: as it was seen to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    seen: Option<TimeForm>,
    refused: bool,
}

impl Times {
    /// What the server has sent.
    pub(super) fn note(&mut self, form: Option<TimeForm>) {
        self.seen = form.or(self.seen);
    }

    /// As it is to be written to.
    pub(super) fn form(self) -> TimeForm {
        let usual = TimeForm::Text;
        let guess = if self.refused { usual.other() } else { usual };
        self.seen.unwrap_or(guess)
    }

    /// The server cannot read what was written to it. Whether there is another form to try: once,
    /// and not where the server has shown its own.
    pub(super) const fn refuse(&mut self) -> bool {
        let try_other = self.seen.is_none() && !self.refused;
        self.refused = true;
        try_other
    }
}

/// Without a zone it is UTC; digits alone are a variant time.
fn from_text(text: &str) -> Option<Timestamp> {
    let utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).ok();
    let civil = || text.parse().ok().and_then(utc);
    let at = text.parse().ok();
    at.or_else(|| civil().map(|zoned: Zoned| zoned.timestamp()))
        .or_else(|| from_days(text.parse().ok()?))
}

/// Days since 30 December 1899. The first days are none: 0 is "not set".
fn from_days(days: f64) -> Option<Timestamp> {
    if !(2.0..=LAST_DAY).contains(&days) {
        return None;
    }
    // Within range, so nothing is lost but parts of a millisecond.
    #[expect(clippy::cast_possible_truncation)]
    let since_epoch = ((days - UNIX_EPOCH_DAY) * DAY_MS).round() as i64;
    Timestamp::from_millisecond(since_epoch).ok()
}

fn to_days(at: Timestamp) -> f64 {
    // Milliseconds of any year that jiff knows are far below 2^53.
    #[expect(clippy::cast_precision_loss)]
    let since_epoch = at.as_millisecond() as f64;
    since_epoch / DAY_MS + UNIX_EPOCH_DAY
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const NOON: &str = "2026-01-31T12:00:00Z";

    #[rstest]
    #[case::as_documented(r#""2026-01-31T12:00:00.000Z""#, Some(NOON), Some(TimeForm::Text))]
    #[case::without_a_fraction(r#""2026-01-31T12:00:00Z""#, Some(NOON), Some(TimeForm::Text))]
    #[case::without_a_zone(r#""2026-01-31T12:00:00""#, Some(NOON), Some(TimeForm::Text))]
    #[case::variant("46053.5", Some(NOON), Some(TimeForm::Number))]
    #[case::variant_as_text(r#""46053.5""#, Some(NOON), Some(TimeForm::Text))]
    #[case::whole_day("46053", Some("2026-01-31T00:00:00Z"), Some(TimeForm::Number))]
    #[case::not_set(r#""""#, None, Some(TimeForm::Text))]
    #[case::not_set_as_number("0", None, Some(TimeForm::Number))]
    #[case::not_set_as_float("0.0", None, Some(TimeForm::Number))]
    #[case::negative("-1", None, Some(TimeForm::Number))]
    #[case::beyond_all_years("1e18", None, Some(TimeForm::Number))]
    #[case::prose(r#""soon""#, None, Some(TimeForm::Text))]
    #[case::missing("null", None, None)]
    #[case::a_structure("{}", None, None)]
    fn a_time_is_read_in_either_form(
        #[case] json: &str,
        #[case] at: Option<&str>,
        #[case] form: Option<TimeForm>,
    ) {
        let read: Moment = serde_json::from_str(json).unwrap();
        assert_eq!(read.at, at.map(|at| at.parse().unwrap()), "{json}");
        assert_eq!(read.form, form);
    }

    #[test]
    fn a_variant_time_is_what_the_interface_says() {
        // ENetUC_Common.asn1: 1 January 1900 is 2.0, noon of it 2.5.
        let noon: Timestamp = "1900-01-01T12:00:00Z".parse().unwrap();
        assert_eq!(TimeForm::Number.write(noon), json!(2.5));
    }

    #[test]
    fn times_are_written_as_the_server_writes_them() {
        let mut times = Times::default();
        assert_eq!(times.form(), TimeForm::Text);
        assert!(times.refuse(), "the other form is worth a try");
        assert_eq!(times.form(), TimeForm::Number);
        assert!(!times.refuse(), "once");
        for form in [TimeForm::Text, TimeForm::Number] {
            let mut times = Times::default();
            times.note(Some(form));
            times.note(None);
            assert_eq!(times.form(), form);
            assert!(!times.refuse(), "it has shown its own");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(second in 0_i64..4_000_000_000, ms in 0_i64..1000) {
            let at = Timestamp::from_millisecond(second * 1000 + ms).unwrap();
            for form in [TimeForm::Text, TimeForm::Number] {
                let read = Moment::from_tree(&form.write(at));
                prop_assert_eq!(read, Moment { at: Some(at), form: Some(form) });
                prop_assert_eq!(Moment::from_tree(&form.nothing()).at, None);
            }
        }
    }
}
