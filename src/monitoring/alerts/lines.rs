//! The lines of the log that say which problems begin, get worse and end, whether anybody is alerted or not.

use std::sync::Arc;
use std::time::Duration;

use model::clock::{advance, elapsed};
use tokio::sync::watch;
use tracing::Level;
use words::short;

use super::alert::{Alert, Lasting, Turn};
use super::finding::{Seen, Weight};
use super::lasting::Problems;
use crate::bridge::{LineKind, LineValues, LogLine};
use crate::config::Alerts;
use crate::monitoring::Watched;
use crate::presence::Lang;

/// At most so often: a storm of calls changes the picture twenty times a second.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// At least so often: what is silent changes no picture.
pub(super) const LOOK_AT_LEAST: Duration = Duration::from_secs(10);

/// Looks until the bridge ends. How long a problem must last is said in `[alerts]`. Beside the tenant's bridge that
/// one says it.
pub(in crate::monitoring) async fn log_problems(
    mut watched: Watched,
    configured: watch::Receiver<Alerts>,
) {
    let clock = Arc::clone(&watched.clock);
    let mut problems = Problems::new(configured.borrow().after, Lang::En);
    loop {
        let now = clock.now();
        problems.set_after(configured.borrow().after);
        let snapshot = watched.latest();
        if snapshot.mode.is_beside_bridge() {
            problems.clear();
        } else {
            for alert in problems.step(&Seen::of(&snapshot, now), now) {
                watched.offer(line(&alert));
            }
        }
        // Whoever holds it holds up the bridge.
        drop(snapshot);
        clock.reach(advance(now, LOOK_EVERY)).await;
        let at_least = advance(now, LOOK_AT_LEAST);
        let due = problems.due().map_or(at_least, |due| due.min(at_least));
        tokio::select! {
            changed = watched.snapshots.changed() => if changed.is_err() { return },
            () = clock.reach(due) => {}
        }
    }
}

/// A turn in English, with the problem as a value.
fn line(alert: &Alert) -> LogLine {
    let Lasting { code, severity, .. } = &alert.problem;
    let weight = match severity {
        Weight::Critical => "critical",
        Weight::Error => "error",
        Weight::Warning => "warning",
    };
    let what = &alert.problem.what;
    let (kind, message) = match alert.event {
        Turn::Begin => (
            LineKind::ProblemBegins,
            format!("problem {code} begins ({weight}): {what}"),
        ),
        Turn::Worse => (
            LineKind::ProblemWorse,
            format!("problem {code} is worse ({weight}): {what}"),
        ),
        Turn::End => {
            let age = short(elapsed(alert.problem.began, alert.at).as_secs());
            let message = format!("problem {code} is over after {age}");
            (LineKind::ProblemEnds, message)
        }
    };
    let level = match (alert.event, severity) {
        (Turn::End, _) => Level::INFO,
        (_, Weight::Warning) => Level::WARN,
        (_, Weight::Error | Weight::Critical) => Level::ERROR,
    };
    LogLine::of_bridge(level, message).with(LineValues {
        problem: Some(code.as_str().into()),
        ..kind.into()
    })
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use model::problem::{Problem, ProblemKind, Severity};
    use rstest::rstest;

    use super::*;
    use crate::monitoring::alerts::finding::Finding;

    fn alert(event: Turn, weight: Weight) -> Alert {
        let (begin, now) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(180).unwrap());
        let finding = Finding {
            key: "throttled".to_owned(),
            weight,
            problem: Problem {
                kind: ProblemKind::ProcallSilent,
                severity: Severity::Bad,
                since: None,
                affected: 3,
                user: None,
            },
        };
        let times = (now, SignedDuration::ZERO);
        Alert {
            event,
            at: now,
            problem: Lasting::new(&finding, begin, times, Lang::En),
        }
    }

    #[rstest]
    #[case(Turn::Begin, Weight::Critical, Level::ERROR, LineKind::ProblemBegins)]
    #[case(Turn::Begin, Weight::Warning, Level::WARN, LineKind::ProblemBegins)]
    #[case(Turn::Worse, Weight::Error, Level::ERROR, LineKind::ProblemWorse)]
    #[case(Turn::End, Weight::Critical, Level::INFO, LineKind::ProblemEnds)]
    fn a_turn_is_a_line_with_its_problem(
        #[case] turn: Turn,
        #[case] weight: Weight,
        #[case] level: Level,
        #[case] kind: LineKind,
    ) {
        let line = line(&alert(turn, weight));
        assert_eq!((line.level, line.values.kind), (level, Some(kind)));
        assert_eq!(line.values.problem.as_deref(), Some("procall_silent"));
        assert!(
            line.message.starts_with("problem procall_silent "),
            "{line:?}"
        );
    }
}
