//! Members on an engine in memory, with pauses, partitions, lost and late answers, crashes, clean ends,
//! leaders that yield, promotions of a stale replica and restarts with nothing. Every run is repeatable from its seed.
//!
//! A hundred thousand runs: `cargo test --release -p lampfield-cluster -- --ignored hundred_thousand`.

mod outcome;
mod world;

use std::time::Duration;

use crate::Rules;
use outcome::Outcome;
use world::run;

fn runs(seeds: std::ops::Range<u64>) {
    let mut sum = Outcome::default();
    for seed in seeds.clone() {
        match run(seed, Rules::default()) {
            Ok(outcome) => sum.add(outcome),
            Err(violation) => panic!("seed {seed}: {violation}"),
        }
    }
    // Runs in which nothing happens would prove nothing.
    let runs = seeds.end - seeds.start;
    assert!(sum.writes > runs * 10, "{sum:?}");
    assert!(sum.leaders > runs * 2, "{sum:?}");
    assert!(sum.refused_entries > 0, "{sum:?}");
    assert!(sum.yields > runs / 2, "{sum:?}");
}

#[test]
fn a_few_hundred_runs_keep_what_is_promised() {
    runs(0..200);
}

#[test]
#[ignore = "minutes: the named command above"]
fn hundred_thousand_runs_keep_what_is_promised() {
    runs(0..100_000);
}

#[test]
fn a_run_is_repeatable_from_its_seed() {
    assert_eq!(run(7, Rules::default()), run(7, Rules::default()));
}

/// The simulation sees what it is there to see: a leader that stays for longer than its key.
#[test]
fn two_writers_are_found_where_the_times_do_not_fit() {
    let rules = Rules {
        step_down: Duration::from_secs(12),
        ..Rules::default()
    };
    assert!((0..300).any(|seed| run(seed, rules).is_err()));
}
