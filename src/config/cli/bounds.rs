//! The bounds that `check` takes: a flag for each value that has any, made from the table of values.

use clap::error::Error;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::parse_duration;
use crate::config::cli_words::UsageFault;
use report::check::{Bounds, Key, Thresholds, Unit};
use words::Words;

/// What stands for no bound.
const OFF: &str = "off";

/// Bounds that were named.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoundsArgs(pub Thresholds);

fn flags() -> impl Iterator<Item = Key> {
    Key::ALL.into_iter().filter(|key| key.takes_bounds())
}

fn flag(key: Key) -> Arg {
    Arg::new(key.as_str())
        .long(key.flag())
        .value_name("WARN,CRIT")
        .value_parser(move |text: &str| parse_bounds(text, key))
}

impl Args for BoundsArgs {
    fn augment_args(command: Command) -> Command {
        command.args(flags().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for BoundsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut bounds = Self::default();
        bounds.update_from_arg_matches(matches)?;
        Ok(bounds)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for key in flags() {
            if let Some(bounds) = matches.get_one::<Bounds>(key.as_str()) {
                self.0.set(key, *bounds);
            }
        }
        Ok(())
    }
}

/// `WARN,CRIT`, where either may be `off` or empty; a warning alone as well.
fn parse_bounds(text: &str, key: Key) -> Result<Bounds, UsageFault> {
    let (warn, crit) = text.split_once(',').unwrap_or((text, OFF));
    let bounds = Bounds {
        warn: parse_bound(warn.trim(), key)?,
        crit: parse_bound(crit.trim(), key)?,
    };
    match bounds {
        Bounds {
            warn: Some(warn),
            crit: Some(crit),
        } if (warn > crit && !key.is_wrong_below()) || (warn < crit && key.is_wrong_below()) => {
            Err(fault(Words::say(|t| t.usage.expected_order, &[])))
        }
        bounds => Ok(bounds),
    }
}

const fn fault(words: Words) -> UsageFault {
    UsageFault(words)
}

fn parse_bound(text: &str, key: Key) -> Result<Option<f64>, UsageFault> {
    if text.is_empty() || text == OFF {
        return Ok(None);
    }
    let number = match key.unit() {
        Unit::Seconds | Unit::Latency => seconds(text),
        Unit::Percent => number(text.trim_end_matches('%').trim_end()),
        Unit::Count => number(text),
    };
    let expected = || match key.unit() {
        Unit::Seconds | Unit::Latency => Words::say(|t| t.usage.expected_times, &[]),
        Unit::Percent | Unit::Count => Words::say(|t| t.usage.expected_bounds, &[]),
    };
    number.map(Some).ok_or_else(|| fault(expected()))
}

fn number(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().ok();
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

/// A number alone is seconds: what a threshold of a monitoring system is.
fn seconds(text: &str) -> Option<f64> {
    number(text).or_else(|| Some(parse_duration(text).ok()?.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("30s,2m", Key::ReadAge, Bounds::new(30.0, 120.0))]
    #[case("1.5,10", Key::Latency, Bounds::new(1.5, 10.0))]
    #[case("250ms, 2s", Key::Latency, Bounds::new(0.25, 2.0))]
    #[case("10%,50 %", Key::UnmatchedPercent, Bounds::new(10.0, 50.0))]
    #[case("3", Key::NoEffect, Bounds::warning(3.0))]
    #[case("off,7", Key::NoEffect, Bounds::critical(7.0))]
    #[case(",7", Key::NoEffect, Bounds::critical(7.0))]
    #[case("off", Key::NoEffect, Bounds::NONE)]
    #[case("0,0", Key::Throttled, Bounds::new(0.0, 0.0))]
    #[case("10m,1m", Key::Token, Bounds::new(600.0, 60.0))]
    fn bounds_read_as_people_write_them(
        #[case] text: &str,
        #[case] key: Key,
        #[case] bounds: Bounds,
    ) {
        assert_eq!(parse_bounds(text, key), Ok(bounds));
    }

    #[rstest]
    #[case("2m,30s", Key::ReadAge)]
    #[case("1m,10m", Key::Token)]
    #[case("-1,2", Key::Errors)]
    #[case("NaN", Key::Errors)]
    #[case("inf", Key::Errors)]
    #[case("1,2,3", Key::Errors)]
    #[case("five", Key::Stale)]
    #[case("5s", Key::Errors)]
    fn what_is_none_is_refused(#[case] text: &str, #[case] key: Key) {
        assert!(parse_bounds(text, key).is_err());
    }
}
