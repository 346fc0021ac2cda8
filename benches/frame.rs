//! One frame at 200x60: view and difference, whatever the number of users.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use divan::Bencher;
use lampfield::clock::advance;
use lampfield::console::{Rendering, fixture};
use lampfield::presence::Lang;

fn main() {
    divan::main();
}

/// A second later every age and countdown on the screen has changed.
#[divan::bench(args = [100, 20_000])]
fn frame(bencher: Bencher<'_, '_>, users: usize) {
    let mut rendering = Rendering::new(200, 60, Arc::new(fixture::crowd(users)), Lang::En);
    let mut now = fixture::now();
    bencher.bench_local(|| {
        now = advance(now, Duration::from_secs(1));
        rendering.frame(now)
    });
}

/// A keystroke that changes the filter, to the frame that shows it.
#[divan::bench(args = [100, 10_000])]
fn filter(bencher: Bencher<'_, '_>, users: usize) {
    let mut rendering = Rendering::new(200, 60, Arc::new(fixture::crowd(users)), Lang::En);
    let mut keys = ["2", "1"].into_iter().cycle();
    let now = fixture::now();
    bencher.bench_local(|| {
        rendering.press(keys.next().unwrap_or("1"), now);
        rendering.frame(now)
    });
}

/// A new snapshot: sorted, filtered, looked through for problems.
#[divan::bench(args = [100, 20_000])]
fn snapshot(bencher: Bencher<'_, '_>, users: usize) {
    let snapshot = Arc::new(fixture::crowd(users));
    let mut rendering = Rendering::new(200, 60, Arc::clone(&snapshot), Lang::En);
    bencher.bench_local(|| rendering.show(Arc::clone(&snapshot), fixture::now()));
}
