//! Which file gets the next line, and which files go. Pure.
//!
//! As UCServer does it: a new file every day, a further one when the size limit is reached, the
//! oldest deleted when there are more than `keep`, unless old logs are archived.

use std::fmt;

use jiff::civil::Date;

const PREFIX: &str = "ExternalServiceProvider_";
const SUFFIX: &str = ".log";

/// The name of one file of our log: `ExternalServiceProvider_2026-11-23.log`, then `..._2.log`.
/// The order of names is the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogName {
    /// The day, in local time.
    pub date: Date,
    /// Which file of the day, counted from 1.
    pub part: u32,
}

impl LogName {
    /// Reads a file name; nothing where the file is not one of ours.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let middle = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
        let (date, part) = match middle.split_once('_') {
            Some((date, part)) => (date, part.parse().ok().filter(|part| *part >= 2)?),
            None => (middle, 1),
        };
        let name_of = Self {
            date: date.parse().ok()?,
            part,
        };
        // Only names that we would write: nothing else is ever deleted.
        (name_of.to_string() == name).then_some(name_of)
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.date)?;
        if self.part > 1 {
            write!(f, "_{}", self.part)?;
        }
        f.write_str(SUFFIX)
    }
}

/// When a log is rotated, and how many old ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// A file that would become larger is not written to any more; bytes.
    pub max_bytes: u64,
    /// So many files stay, the one that is written included; at least 1.
    pub keep: usize,
    /// Nothing is ever deleted.
    pub archive: bool,
}

impl Rotation {
    /// The file for the next line of `incoming` bytes, given the last file of today and its size.
    /// A line that is larger than a whole file gets one of its own.
    #[must_use]
    pub fn next(&self, today: Date, last: Option<(LogName, u64)>, incoming: u64) -> LogName {
        let last = last.filter(|(name, _)| name.date == today);
        let Some((name, size)) = last else {
            return LogName {
                date: today,
                part: 1,
            };
        };
        if size == 0 || size.saturating_add(incoming) <= self.max_bytes {
            return name;
        }
        LogName {
            date: today,
            part: name.part.saturating_add(1),
        }
    }

    /// The files to delete: the oldest of those that are too many, never the current one.
    #[must_use]
    pub fn surplus(&self, existing: &[LogName], current: LogName) -> Vec<LogName> {
        if self.archive {
            return Vec::new();
        }
        let mut others: Vec<_> = existing
            .iter()
            .copied()
            .filter(|name| *name != current)
            .collect();
        others.sort_unstable();
        let kept = self.keep.max(1) - 1;
        others.truncate(others.len().saturating_sub(kept));
        others
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn name(text: &str) -> LogName {
        LogName::parse(&format!("{PREFIX}{text}{SUFFIX}")).expect("one of our names")
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    const RULES: Rotation = Rotation {
        max_bytes: 100,
        keep: 3,
        archive: false,
    };

    #[rstest]
    #[case("ExternalServiceProvider_2026-11-23.log", Some(1))]
    #[case("ExternalServiceProvider_2026-11-23_2.log", Some(2))]
    #[case("ExternalServiceProvider_2026-11-23_12.log", Some(12))]
    #[case("ExternalServiceProvider_2026-11-23_1.log", None)]
    #[case("ExternalServiceProvider_2026-11-23_02.log", None)]
    #[case("ExternalServiceProvider_2026-11-31.log", None)]
    #[case("ExternalServiceProvider_20261123.log", None)]
    #[case("ExternalServiceProvider.log", None)]
    #[case("ctisrv_2026-11-23.log", None)]
    #[case("ExternalServiceProvider_2026-11-23.log.gz", None)]
    fn only_our_own_names_are_ours(#[case] text: &str, #[case] part: Option<u32>) {
        let parsed = LogName::parse(text);
        assert_eq!(parsed.map(|name| name.part), part);
        if let Some(parsed) = parsed {
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[rstest]
    #[case::first_ever(None, "2026-11-23")]
    #[case::room_left(Some(("2026-11-23", 50)), "2026-11-23")]
    #[case::full_to_the_byte(Some(("2026-11-23", 90)), "2026-11-23")]
    #[case::too_large(Some(("2026-11-23", 91)), "2026-11-23_2")]
    #[case::further(Some(("2026-11-23_9", 100)), "2026-11-23_10")]
    #[case::new_day(Some(("2026-11-22_4", 10)), "2026-11-23")]
    #[case::empty(Some(("2026-11-23_2", 0)), "2026-11-23_2")]
    fn the_next_line_goes_to(#[case] last: Option<(&str, u64)>, #[case] next: &str) {
        let last = last.map(|(text, size)| (name(text), size));
        assert_eq!(RULES.next(day("2026-11-23"), last, 10), name(next));
    }

    #[test]
    fn the_oldest_go() {
        let existing = [
            "2026-11-20",
            "2026-11-22_10",
            "2026-11-22_9",
            "2026-11-22",
            "2026-11-23",
        ];
        let existing: Vec<_> = existing.into_iter().map(name).collect();
        let gone = RULES.surplus(&existing, name("2026-11-23"));
        assert_eq!(gone, [name("2026-11-20"), name("2026-11-22")]);
        let archive = Rotation {
            archive: true,
            ..RULES
        };
        assert!(archive.surplus(&existing, name("2026-11-23")).is_empty());
    }

    #[test]
    fn the_current_file_stays_although_a_wrong_clock_wrote_later_ones() {
        let existing = [name("2027-01-01"), name("2027-01-02"), name("2026-11-23")];
        let keep_one = Rotation { keep: 0, ..RULES };
        let gone = keep_one.surplus(&existing, name("2026-11-23"));
        assert_eq!(gone, [name("2027-01-01"), name("2027-01-02")]);
    }

    proptest! {
        #[test]
        fn so_many_stay(days in prop::collection::btree_set(1_i8..28, 1..20), keep in 0_usize..8) {
            let existing: Vec<_> = days
                .iter()
                .map(|day| LogName { date: jiff::civil::date(2026, 11, *day), part: 1 })
                .collect();
            let rules = Rotation { keep, ..RULES };
            let gone = rules.surplus(&existing, existing[0]);
            prop_assert!(!gone.contains(&existing[0]));
            prop_assert_eq!(existing.len() - gone.len(), existing.len().min(keep.max(1)));
        }
    }
}
