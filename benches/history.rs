//! The recording of a working day of 20,000 users: how large it is, what a second of it costs the
//! machine, and how long a jump to any second takes.
//!
//! The day is driven through the state machine and recorded second by second, as fast as it goes; a jump
//! begins with nothing in memory and reads the hour's file. Budgets: 100 MB a day; 100 ms.
//! `cargo bench --bench history -- 2` records two hours only and multiplies.

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    dead_code,
    missing_docs
)]

mod day;
mod site;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use day::Day;
use lampfield::history::{Lines, Recorder, Recording, Settings};
use site::{USERS, exit, ms, percentile, tick, verdict};

const MB_A_DAY: f64 = 100.0;

const JUMP_MS: f64 = 100.0;

const JUMPS: u32 = 200;

fn main() -> ExitCode {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let hours: u32 = asked.unwrap_or(24);
    let folder = tempfile::tempdir().expect("a folder");
    println!("{USERS} users, {hours} hours");
    let small = record(folder.path(), hours);
    let quick = jump(folder.path(), hours);
    exit(small && quick)
}

fn record(folder: &Path, hours: u32) -> bool {
    let mut recorder = Recorder::new(Settings {
        folder: folder.to_owned(),
        stem: "day".into(),
        keep: Duration::from_hours(48),
        max_bytes: 10 << 30,
        names: true,
    });
    let mut day = Day::begin();
    let mut spent: Vec<Duration> = Vec::new();
    for hour in 0..hours {
        let before = size(folder);
        day.seen_hour(|now, shown| {
            let began = tick();
            let done = recorder.record(&shown, Lines::default(), now);
            done.expect("there is room");
            spent.push(began.elapsed());
        });
        let grown = (size(folder) - before) as f64 / 1e6;
        println!("hour {hour}: {grown:.1} MB");
    }
    println!("{}", day.sum());
    let [half, most] = [50, 99].map(|part| ms(percentile(&spent, part)));
    println!("a second takes {half:.1} ms of the recorder, 99 of 100 at most {most:.1} ms");
    let a_day = size(folder) as f64 / 1e6 * 24.0 / f64::from(hours);
    verdict("bytes a day", a_day, MB_A_DAY, " MB")
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let sizes = entries.map(|entry| entry.expect("a file").metadata().expect("its size").len());
    sizes.sum()
}

/// To seconds all over the recording.
fn jump(folder: &Path, hours: u32) -> bool {
    let (mut glances, mut wholes) = (Vec::new(), Vec::new());
    let seconds = hours * 3_600;
    for n in 0..JUMPS {
        let second = n.wrapping_mul(2_654_435_761) % seconds + 1;
        let to = jiff::Timestamp::from_second(second.into()).expect("a time");
        let mut recording = Recording::open(folder, Some("day")).expect("a recording");
        let began = tick();
        let place = recording.at(to).expect("a moment");
        let shown = recording.glance(place).expect("who is where");
        glances.push(began.elapsed());
        assert_eq!(shown.rows.len(), USERS);
        if n % 10 == 0 {
            let began = tick();
            recording.show(place).expect("everything");
            wholes.push(began.elapsed());
        }
    }
    let [half, whole] = [&glances, &wholes].map(|all| ms(percentile(all, 50)));
    println!("a jump: {half:.0} ms in the middle; the chain of causes after {whole:.0} ms more");
    let most = ms(percentile(&glances, 95));
    verdict("a jump, 95 of 100", most, JUMP_MS, " ms")
}
