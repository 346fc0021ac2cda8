//! Whether something grows: the newer half of the last cycles against the older half.

use std::collections::VecDeque;
use std::time::Duration;

use model::snapshot::CycleView;

/// Cycles below which nothing is said.
const LEAST: usize = 8;
/// What counts as a change: by half, and by so much.
const CHANGE: Duration = Duration::from_millis(20);

/// Which way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tendency {
    Steady,
    Growing,
    Falling,
}

/// Both medians, and what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trend {
    pub(super) course: Tendency,
    pub(super) before: Duration,
    pub(super) now: Duration,
}

impl Trend {
    /// The trend of what is measured of a cycle; none while there are too few.
    pub(super) fn from_cycles(
        cycles: &VecDeque<CycleView>,
        measure: fn(&CycleView) -> Duration,
    ) -> Option<Self> {
        if cycles.len() < LEAST {
            return None;
        }
        let half = cycles.len() / 2;
        let before = median(cycles.iter().take(half).map(measure))?;
        let now = median(cycles.iter().skip(half).map(measure))?;
        Some(Self {
            course: course(before, now),
            before,
            now,
        })
    }
}

fn course(before: Duration, now: Duration) -> Tendency {
    let grows = |from: Duration, to: Duration| to > from + (from / 2).max(CHANGE);
    if grows(before, now) {
        return Tendency::Growing;
    }
    if grows(now, before) {
        return Tendency::Falling;
    }
    Tendency::Steady
}

fn median(values: impl Iterator<Item = Duration>) -> Option<Duration> {
    let mut values: Vec<Duration> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::fixture;

    #[rstest]
    #[case(&[40, 41, 39, 900, 42, 41, 40, 40], Some(Tendency::Steady))]
    #[case(&[40, 41, 39, 40, 60, 80, 90, 120], Some(Tendency::Growing))]
    #[case(&[500, 600, 400, 500, 60, 80, 90, 120], Some(Tendency::Falling))]
    #[case(&[1, 1, 1, 1, 9, 9, 9, 9], Some(Tendency::Steady))]
    #[case(&[1, 2, 3], None)]
    fn half_as_much_again_is_a_trend(#[case] millis: &[u64], #[case] wanted: Option<Tendency>) {
        let cycle = |millis: &u64| CycleView {
            started: fixture::now(),
            duration: Duration::from_millis(*millis),
            late: Duration::from_millis(*millis),
            slowest: Duration::from_millis(*millis),
            errors: 0,
        };
        let cycles = millis.iter().map(cycle).collect();
        let trend = Trend::from_cycles(&cycles, |cycle| cycle.slowest);
        assert_eq!(trend.map(|trend| trend.course), wanted);
    }
}
