//! When a line was written and how bad it is, guessed: the layout of UCServer's logs is published
//! nowhere. What cannot be told apart stays a raw line. Pure.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use tracing::Level;

/// What a line seems to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess<'a> {
    pub(super) at: Option<Timestamp>,
    pub(super) level: Option<Level>,
    /// The line without its time, and without its level where that stands directly behind.
    pub(super) text: &'a str,
}

/// Reads a line. `now` gives the day to a time without one, `time_zone` is that of the server
/// [unknown; ours is taken].
pub(super) fn guess<'a>(line: &'a str, now: Timestamp, time_zone: &TimeZone) -> Guess<'a> {
    let mut scan = Scan(line.trim_start().trim_start_matches(['[', '(', '<']));
    let today = now.to_zoned(time_zone.clone()).date();
    let Some(at) = scan.moment(today, now, time_zone) else {
        let level = first_word(line.trim_start()).and_then(plain_level);
        return Guess {
            at: None,
            level,
            text: line,
        };
    };
    let text = scan.0.trim_start_matches(is_between);
    let (level, text) = level_of(text);
    Guess {
        at: Some(at),
        level,
        text,
    }
}

/// What may stand between the parts of a line.
fn is_between(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | ']' | ')' | '>' | '|' | ';' | ',' | ':' | '-'
    )
}

/// The level within the first three words; taken off where it is the very first.
fn level_of(text: &str) -> (Option<Level>, &str) {
    let mut rest = text;
    for at in 0..3 {
        let Some(word) = first_word(rest) else { break };
        let behind = rest.get(word.len()..).unwrap_or_default();
        if let Some(level) = level(word) {
            let shown = if at == 0 {
                behind.trim_start_matches(is_between)
            } else {
                text
            };
            return (Some(level), shown);
        }
        rest = behind.trim_start();
    }
    (None, text)
}

fn first_word(text: &str) -> Option<&str> {
    text.split([' ', '\t', '|', ';'])
        .next()
        .filter(|word| !word.is_empty())
}

/// Without a time before it only a word that cannot be the beginning of a sentence is a level.
fn plain_level(word: &str) -> Option<Level> {
    let marked = word.starts_with('[') || word.chars().all(|c| c.is_uppercase() || c == ':');
    level(word).filter(|_| marked && word.len() > 2)
}

fn level(word: &str) -> Option<Level> {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    match bare.to_uppercase().as_str() {
        "FATAL" | "CRITICAL" | "CRIT" | "ERROR" | "ERR" | "FEHLER" | "E" => Some(Level::ERROR),
        "WARN" | "WARNING" | "WARNUNG" | "WRN" | "W" => Some(Level::WARN),
        "INFO" | "INFORMATION" | "INF" | "NOTICE" | "HINWEIS" | "I" => Some(Level::INFO),
        "DEBUG" | "DBG" | "D" => Some(Level::DEBUG),
        "TRACE" | "VERBOSE" | "TRC" | "T" => Some(Level::TRACE),
        _ => None,
    }
    // A lone small letter is a word of a sentence.
    .filter(|_| bare.len() > 1 || bare.chars().all(char::is_uppercase))
}

/// Reads from the front; what does not fit leaves the rest as it is.
#[derive(Clone, Copy)]
struct Scan<'a>(&'a str);

impl Scan<'_> {
    fn moment(&mut self, today: Date, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let date = self.attempt(Self::date);
        if date.is_some() {
            self.0 = self.0.trim_start_matches(['T', ' ', '_', '\t', ',', ';']);
        }
        let time = self.attempt(Self::time)?;
        let offset = date.and_then(|_| self.attempt(Self::offset));
        let civil = DateTime::from_parts(date.unwrap_or(today), time);
        if let Some(offset) = offset {
            return offset.to_timestamp(civil).ok();
        }
        let at = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        let tomorrow = date.is_none() && at.duration_since(now).as_hours() >= 1;
        if !tomorrow {
            return Some(at);
        }
        // A time of day that is still to come was written yesterday.
        let yesterday = DateTime::from_parts(today.yesterday().ok()?, time);
        zone.to_ambiguous_timestamp(yesterday).compatible().ok()
    }

    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = *self;
        let value = read(&mut ahead)?;
        *self = ahead;
        Some(value)
    }

    /// `2026-11-23`, `2026/11/23`, `2026.11.23` or `23.11.2026`.
    fn date(&mut self) -> Option<Date> {
        self.attempt(|scan| {
            let year = scan.number(4)?;
            let between = scan.one_of(&['-', '/', '.'])?;
            let month = scan.number(2)?;
            scan.one_of(&[between])?;
            Date::new(year, small(month)?, small(scan.number(2)?)?).ok()
        })
        .or_else(|| {
            let day = self.number(2)?;
            self.one_of(&['.'])?;
            let month = self.number(2)?;
            self.one_of(&['.'])?;
            Date::new(self.number(4)?, small(month)?, small(day)?).ok()
        })
    }

    /// `12:04:05`, with a fraction of any length behind a point or comma.
    fn time(&mut self) -> Option<Time> {
        let hour = self.number(2)?;
        self.one_of(&[':'])?;
        let minute = self.number(2)?;
        self.one_of(&[':'])?;
        let second = self.number(2)?;
        let nanosecond = self.attempt(Self::fraction).unwrap_or(0);
        Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).ok()
    }

    fn fraction(&mut self) -> Option<i32> {
        self.one_of(&['.', ','])?;
        let end = self
            .0
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at_checked(end).filter(|_| end > 0)?;
        self.0 = rest;
        let padded: String = digits.chars().chain("000000000".chars()).take(9).collect();
        padded.parse().ok()
    }

    /// `Z`, `+01:00`, `+0100`.
    fn offset(&mut self) -> Option<Offset> {
        let sign = match self.one_of(&['Z', '+', '-'])? {
            'Z' => return Some(Offset::UTC),
            '-' => -1,
            _ => 1,
        };
        let hours = i32::from(self.number(2)?);
        let _ = self.one_of(&[':']);
        let minutes = i32::from(self.number(2)?);
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
    }

    fn number(&mut self, digits: usize) -> Option<i16> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        number.parse().ok()
    }

    fn one_of(&mut self, wanted: &[char]) -> Option<char> {
        let first = self.0.chars().next().filter(|c| wanted.contains(c))?;
        self.0 = self.0.get(first.len_utf8()..)?;
        Some(first)
    }
}

fn small(number: i16) -> Option<i8> {
    number.try_into().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const NOON: &str = "2026-11-23T12:00:00Z";

    fn read(line: &str) -> (Option<String>, Option<Level>, String) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let found = guess(line, NOON.parse().unwrap(), &zone);
        (
            found.at.map(|at| format!("{at:.3}")),
            found.level,
            found.text.to_owned(),
        )
    }

    #[rstest]
    #[case(
        "2026-11-23 12:04:05.118 INFO  set       anna  accepted",
        "2026-11-23T11:04:05.118Z",
        Level::INFO,
        "set       anna  accepted"
    )]
    #[case(
        "2026-11-23 12:04:05,118 [WARN] slow",
        "2026-11-23T11:04:05.118Z",
        Level::WARN,
        "slow"
    )]
    #[case(
        "23.11.2026 12:04:05 Fehler: nicht erreichbar",
        "2026-11-23T11:04:05.000Z",
        Level::ERROR,
        "nicht erreichbar"
    )]
    #[case(
        "23.11.2026 12:04:05.1 Warnung nochmals",
        "2026-11-23T11:04:05.100Z",
        Level::WARN,
        "nochmals"
    )]
    #[case(
        "2026-11-23T12:04:05.118Z error no answer",
        "2026-11-23T12:04:05.118Z",
        Level::ERROR,
        "no answer"
    )]
    #[case(
        "2026-11-23T12:04:05+05:30 D token",
        "2026-11-23T06:34:05.000Z",
        Level::DEBUG,
        "token"
    )]
    #[case(
        "[2026/11/23 12:04:05] E no answer",
        "2026-11-23T11:04:05.000Z",
        Level::ERROR,
        "no answer"
    )]
    #[case(
        "[12:04:05] INFO polled",
        "2026-11-23T11:04:05.000Z",
        Level::INFO,
        "polled"
    )]
    #[case(
        "[12:04:05.250] I polled",
        "2026-11-23T11:04:05.250Z",
        Level::INFO,
        "polled"
    )]
    #[case(
        "23:59:59 INFO before midnight",
        "2026-11-22T22:59:59.000Z",
        Level::INFO,
        "before midnight"
    )]
    #[case(
        "2026-11-23 12:04:05.118 [1234] ERR socket",
        "2026-11-23T11:04:05.118Z",
        Level::ERROR,
        "1234] ERR socket"
    )]
    fn times_and_levels_are_found(
        #[case] line: &str,
        #[case] at: &str,
        #[case] level: Level,
        #[case] text: &str,
    ) {
        let (found_at, found_level, found_text) = read(line);
        assert_eq!(found_at.as_deref(), Some(at));
        assert_eq!(found_level, Some(level));
        assert_eq!(found_text.trim_start_matches('['), text);
    }

    #[rstest]
    #[case("   at Estos.Teams.Poll(Guid id)", None)]
    #[case("25:61:00 is no time", None)]
    #[case("2026-13-45 12:04:05 neither", None)]
    #[case("Error handling is switched on", None)]
    #[case("ERROR: without a time", Some(Level::ERROR))]
    #[case("[Warning] without a time", Some(Level::WARN))]
    #[case("I am no level", None)]
    #[case("12", None)]
    #[case("äöü", None)]
    #[case("", None)]
    fn anything_else_is_a_raw_line(#[case] line: &str, #[case] level: Option<Level>) {
        assert_eq!(read(line), (None, level, line.to_owned()));
    }

    #[test]
    fn a_word_that_looks_like_a_letter_is_no_level() {
        let (at, level, text) = read("2026-11-23 12:04:05 a call began");
        assert!(at.is_some());
        assert_eq!((level, text.as_str()), (None, "a call began"));
    }

    proptest::proptest! {
        #[test]
        fn anything_may_stand_in_a_line(line in ".*") {
            let _ = read(&line);
        }

        #[test]
        fn anything_may_stand_behind_a_time(line in "\\[?[0-9]{2,4}[-.:/][0-9]{2}[-.:/ ][0-9]{2,4}.*") {
            let _ = read(&line);
        }
    }
}
