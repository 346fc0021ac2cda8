//! Numbers and durations in a filter: `3`, `250ms`, `1m30s`, and `4:38` as the table shows it.

use jiff::SignedDuration;

/// What a field counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Pieces.
    Count,
    /// Milliseconds, shown as such.
    Millis,
    /// Milliseconds, shown in whole seconds.
    Seconds,
}

impl Unit {
    /// What belongs behind a number; nothing where a number stands alone.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::Millis => "ms",
            Self::Seconds => "s",
        }
    }
}

/// A number to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quantity {
    /// As it was typed.
    pub(crate) text: String,
    /// Pieces or milliseconds.
    pub(crate) value: u64,
    /// What it was counted in: `1m` equals everything that is shown as one minute.
    pub(crate) grain: u64,
}

/// Why something is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoQuantity {
    /// It is none.
    NoNumber,
    /// A duration without its unit.
    NoUnit,
}

impl Quantity {
    /// Reads a number of this unit.
    ///
    /// # Errors
    /// What is missing.
    pub(crate) fn read(text: &str, unit: Unit) -> Result<Self, NoQuantity> {
        let plain = text.parse::<u64>().ok();
        let (value, grain) = match (unit, plain) {
            (Unit::Count, Some(count)) => (count, 1),
            (Unit::Count, None) => return Err(NoQuantity::NoNumber),
            (_, Some(_)) => return Err(NoQuantity::NoUnit),
            (_, None) => duration(text).ok_or(NoQuantity::NoNumber)?,
        };
        Ok(Self {
            text: text.to_owned(),
            value,
            grain,
        })
    }

    /// Whether a value is shown as this.
    pub(crate) const fn is_shown_for(&self, have: u64) -> bool {
        let grain = if self.grain == 0 { 1 } else { self.grain };
        have / grain == self.value / grain
    }
}

/// Milliseconds, and in how many of them it counts: as in the configuration, and as on the screen.
fn duration(text: &str) -> Option<(u64, u64)> {
    if text.contains(':') {
        return Some((clock(text)?, 1_000));
    }
    if let Some(days) = text.strip_suffix('d') {
        return Some((days.parse::<u64>().ok()?.checked_mul(DAY)?, DAY));
    }
    let parsed: SignedDuration = text.parse().ok()?;
    Some((u64::try_from(parsed.as_millis()).ok()?, grain(text)))
}

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// `4:38` and `1:02:03`.
fn clock(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let mut seconds: u64 = parts.next()?.parse().ok()?;
    for part in parts {
        let two = part.len() == 2;
        let part: u64 = part.parse().ok().filter(|part| two && *part < 60)?;
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
    }
    seconds.checked_mul(1_000)
}

/// Milliseconds of the last unit, or of the last digit behind its point.
fn grain(text: &str) -> u64 {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(number.len()..).unwrap_or_default() {
        "s" | "sec" | "secs" => 1_000,
        "m" | "min" | "mins" => 60_000,
        "h" | "hr" | "hrs" => 3_600_000,
        _ => 1,
    };
    let digits = number
        .rsplit_once(['.', ','])
        .map_or(0, |(_, behind)| behind.len());
    let parts = u32::try_from(digits)
        .ok()
        .and_then(|digits| 10_u64.checked_pow(digits));
    (unit / parts.unwrap_or(unit)).max(1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("250ms", 250, 1)]
    #[case("1.2s", 1_200, 100)]
    #[case("1,2s", 1_200, 100)]
    #[case("10s", 10_000, 1_000)]
    #[case("1m30s", 90_000, 1_000)]
    #[case("2m", 120_000, 60_000)]
    #[case("1h30m", 5_400_000, 60_000)]
    #[case("3d", 259_200_000, DAY)]
    #[case("4:38", 278_000, 1_000)]
    #[case("1:02:03", 3_723_000, 1_000)]
    fn durations(#[case] text: &str, #[case] value: u64, #[case] grain: u64) {
        let read = Quantity::read(text, Unit::Seconds).unwrap();
        assert_eq!((read.value, read.grain), (value, grain));
    }

    #[rstest]
    #[case("100", Unit::Millis, NoQuantity::NoUnit)]
    #[case("0", Unit::Seconds, NoQuantity::NoUnit)]
    #[case("soon", Unit::Seconds, NoQuantity::NoNumber)]
    #[case("4:3", Unit::Seconds, NoQuantity::NoNumber)]
    #[case("4:99", Unit::Seconds, NoQuantity::NoNumber)]
    #[case("-5s", Unit::Seconds, NoQuantity::NoNumber)]
    #[case("3s", Unit::Count, NoQuantity::NoNumber)]
    fn what_is_missing(#[case] text: &str, #[case] unit: Unit, #[case] why: NoQuantity) {
        assert_eq!(Quantity::read(text, unit), Err(why));
    }
}
