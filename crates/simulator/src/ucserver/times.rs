//! How times are written (`AsnSystemTime`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// 1 January 1970 in days since 30 December 1899, the first day of variant times.
const EPOCH_DAYS: f64 = 25_569.0;
const DAY_S: f64 = 86_400.0;

/// How a server writes a time; it reads its own form only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// UTC with `Z`, milliseconds where there are any: `2026-01-31T10:15:00Z`.
    #[default]
    Text,
    /// UTC with `Z`, always with milliseconds: `2026-01-31T10:15:00.000Z`.
    Milliseconds,
    /// Days since 30 December 1899, as servers write it that are not built for Windows.
    Number,
}

impl TimeForm {
    /// The time; nothing is an empty string, or 0.
    pub(super) fn write(self, at: Option<Timestamp>) -> Value {
        let Some(at) = at else {
            return match self {
                Self::Number => json!(0.0),
                Self::Text | Self::Milliseconds => json!(""),
            };
        };
        let is_whole = at.subsec_nanosecond() / 1_000_000 == 0;
        match self {
            Self::Text if is_whole => json!(format!("{at:.0}")),
            Self::Text | Self::Milliseconds => json!(format!("{at:.3}")),
            Self::Number => json!(days(at)),
        }
    }

    /// What a client wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(self, value: &Value) -> Result<Option<Timestamp>, &'static str> {
        match (self, value) {
            (Self::Number, Value::Number(days)) => Ok(days.as_f64().and_then(time)),
            (Self::Number, _) => Err("is no number, as this server writes its times"),
            (_, Value::String(text)) if text.is_empty() => Ok(None),
            (_, Value::String(text)) if text.ends_with('Z') => {
                text.parse().map(Some).map_err(|_| "is no time")
            }
            (_, Value::String(_)) => Err("is no time in UTC"),
            _ => Err("is no text, as this server writes its times"),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // exact to a millisecond until the year 9999
fn days(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1_000.0 / DAY_S + EPOCH_DAYS
}

/// 0 is no time.
#[allow(clippy::cast_possible_truncation)] // rounded, and checked by jiff
fn time(days: f64) -> Option<Timestamp> {
    if days == 0.0 {
        return None;
    }
    let milliseconds = ((days - EPOCH_DAYS) * DAY_S * 1_000.0).round();
    Timestamp::from_millisecond(milliseconds as i64).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const WHOLE: &str = "2025-01-31T10:15:00Z";
    const BROKEN: &str = "2025-01-31T10:15:00.25Z";

    #[rstest]
    #[case(TimeForm::Text, Some(WHOLE), json!(WHOLE))]
    #[case(TimeForm::Text, Some(BROKEN), json!("2025-01-31T10:15:00.250Z"))]
    #[case(TimeForm::Milliseconds, Some(WHOLE), json!("2025-01-31T10:15:00.000Z"))]
    #[case(TimeForm::Number, Some("2025-01-31T12:00:00Z"), json!(45_688.5))]
    #[case(TimeForm::Number, Some("1899-12-31T00:00:00Z"), json!(1.0))]
    #[case(TimeForm::Text, None, json!(""))]
    #[case(TimeForm::Number, None, json!(0.0))]
    fn each_form_is_written_and_read_back(
        #[case] form: TimeForm,
        #[case] at: Option<&str>,
        #[case] written: Value,
    ) {
        let at = at.map(|at| at.parse().unwrap());
        assert_eq!(form.write(at), written);
        assert_eq!(form.read(&written), Ok(at));
    }

    #[rstest]
    #[case(TimeForm::Text, json!(45_688.5))]
    #[case(TimeForm::Text, json!("2025-01-31T10:15:00+01:00"))]
    #[case(TimeForm::Text, json!("tomorrowZ"))]
    #[case(TimeForm::Number, json!(WHOLE))]
    #[case(TimeForm::Number, json!(""))]
    fn another_form_is_refused(#[case] form: TimeForm, #[case] value: Value) {
        form.read(&value).unwrap_err();
    }
}
