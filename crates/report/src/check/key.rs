//! What is measured, one row each.

use std::time::Duration;

use super::Area;
use model::limits::{CLOCK_ODD, CLOCK_WRONG};
use model::snapshot::STALE_INTERVALS;

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, whole ones are enough.
    Seconds,
    /// Seconds, to the millisecond.
    Latency,
    /// Per cent, 0 to 100.
    Percent,
    /// Things.
    Count,
}

/// From where on a value is odd, and wrong: beyond the bound, not at it. In the unit of the value;
/// nothing: never.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Odd.
    pub warn: Option<f64>,
    /// Wrong.
    pub crit: Option<f64>,
}

impl Bounds {
    /// Never.
    pub const NONE: Self = Self {
        warn: None,
        crit: None,
    };

    /// Both.
    #[must_use]
    pub const fn new(warn: f64, crit: f64) -> Self {
        Self {
            warn: Some(warn),
            crit: Some(crit),
        }
    }

    /// Only from where on it is odd.
    #[must_use]
    pub const fn warning(warn: f64) -> Self {
        Self {
            warn: Some(warn),
            crit: None,
        }
    }

    /// Only from where on it is wrong.
    #[must_use]
    pub const fn critical(crit: f64) -> Self {
        Self {
            warn: None,
            crit: Some(crit),
        }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Since the bridge was started.
    Uptime,
    /// Since the last good read.
    ReadAge,
    /// 95 of 100 requests took no longer.
    Latency,
    /// 95 of 100 cycles began no later.
    Late,
    /// Requests of the last minute that failed.
    Errors,
    /// Users whose value is stale.
    Stale,
    /// Users who are matched.
    Matched,
    /// Users who are neither matched nor excluded.
    Unmatched,
    /// The same of all who are not excluded.
    UnmatchedPercent,
    /// Leases that are held.
    Leases,
    /// Leases that a poll has seen.
    Confirmed,
    /// Leases that no poll has seen within a minute.
    Unconfirmed,
    /// Leases that another status hides.
    Masked,
    /// Leases of which nothing came.
    NoEffect,
    /// For how long ProCall has not been heard, where that is too long.
    Silence,
    /// How much of the budget is used.
    Budget,
    /// How long Microsoft still wants us to wait.
    Throttled,
    /// How long the token still lives; negative where it has ended.
    Token,
    /// How far our clock is from Microsoft's.
    Skew,
}

/// A row of the table: name, area, unit, whether it is the small values that are wrong.
type Row = (&'static str, Area, Unit, bool);

impl Key {
    /// All of them, in the order of every output.
    pub const ALL: [Self; 19] = [
        Self::Uptime,
        Self::ReadAge,
        Self::Latency,
        Self::Late,
        Self::Errors,
        Self::Stale,
        Self::Matched,
        Self::Unmatched,
        Self::UnmatchedPercent,
        Self::Leases,
        Self::Confirmed,
        Self::Unconfirmed,
        Self::Masked,
        Self::NoEffect,
        Self::Silence,
        Self::Budget,
        Self::Throttled,
        Self::Token,
        Self::Skew,
    ];

    const fn row(self) -> Row {
        match self {
            Self::Uptime => ("uptime", Area::Bridge, Unit::Seconds, false),
            Self::ReadAge => ("read_age", Area::Reading, Unit::Seconds, false),
            Self::Latency => ("latency", Area::Reading, Unit::Latency, false),
            Self::Late => ("late", Area::Reading, Unit::Latency, false),
            Self::Errors => ("errors", Area::Reading, Unit::Count, false),
            Self::Stale => ("stale", Area::Reading, Unit::Percent, false),
            Self::Matched => ("matched", Area::Users, Unit::Count, false),
            Self::Unmatched => ("unmatched", Area::Users, Unit::Count, false),
            Self::UnmatchedPercent => ("unmatched_percent", Area::Users, Unit::Percent, false),
            Self::Leases => ("leases", Area::Leases, Unit::Count, false),
            Self::Confirmed => ("confirmed", Area::Leases, Unit::Count, false),
            Self::Unconfirmed => ("unconfirmed", Area::Leases, Unit::Count, false),
            Self::Masked => ("masked", Area::Leases, Unit::Count, false),
            Self::NoEffect => ("no_effect", Area::Leases, Unit::Count, false),
            Self::Silence => ("silence", Area::Links, Unit::Seconds, false),
            Self::Budget => ("budget", Area::Access, Unit::Percent, false),
            Self::Throttled => ("throttled", Area::Access, Unit::Seconds, false),
            Self::Token => ("token", Area::Access, Unit::Seconds, true),
            Self::Skew => ("skew", Area::Access, Unit::Seconds, false),
        }
    }

    /// The name in every format: letters and `_`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The same on a command line.
    #[must_use]
    pub const fn flag(self) -> &'static str {
        match self {
            Self::ReadAge => "read-age",
            Self::UnmatchedPercent => "unmatched-percent",
            Self::NoEffect => "no-effect",
            _ => self.as_str(),
        }
    }

    /// Where it belongs.
    #[must_use]
    pub const fn area(self) -> Area {
        self.row().1
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.row().2
    }

    /// Whether it is the small values that are wrong.
    #[must_use]
    pub const fn is_wrong_below(self) -> bool {
        self.row().3
    }

    /// The bounds where nobody names others, at this interval of the polls. They ask for nobody's
    /// attention while all is well; nothing for what only counts.
    #[must_use]
    pub fn usual_bounds(self, interval: Duration) -> Bounds {
        let interval = interval.as_secs_f64();
        match self {
            // A fast poll may miss a few, and nobody need look within half a minute.
            Self::ReadAge => {
                let stale = interval * f64::from(STALE_INTERVALS);
                Bounds::new(stale.max(30.0), (interval * 10.0).max(120.0))
            }
            // Graph answers within a second; slower than this users see it.
            Self::Latency => Bounds::new(3.0, 10.0),
            Self::Late => Bounds::new((interval / 2.0).max(1.0), (interval * 2.0).max(10.0)),
            // A request that fails now and then is tried again and costs nobody anything.
            Self::Errors => Bounds::warning(5.0),
            Self::Stale => Bounds::new(2.0, 20.0),
            // Rooms, door stations and fax lines are users of ProCall as well.
            Self::UnmatchedPercent => Bounds::new(50.0, 90.0),
            Self::Unconfirmed => Bounds::new(0.0, 9.0),
            Self::NoEffect => Bounds::new(0.0, 4.0),
            // It has a value only where it is too long already.
            Self::Silence => Bounds::critical(0.0),
            Self::Budget => Bounds::warning(95.0),
            Self::Throttled => Bounds::new(0.0, 60.0),
            // It is renewed long before.
            Self::Token => Bounds::new(120.0, 0.0),
            Self::Skew => Bounds::new(CLOCK_ODD.as_secs_f64(), CLOCK_WRONG.as_secs_f64()),
            Self::Uptime
            | Self::Matched
            | Self::Unmatched
            | Self::Leases
            | Self::Confirmed
            | Self::Masked => Bounds::NONE,
        }
    }

    /// Whether somebody may want bounds for it.
    #[must_use]
    pub const fn takes_bounds(self) -> bool {
        !matches!(
            self,
            Self::Uptime | Self::Matched | Self::Leases | Self::Confirmed
        )
    }
}
