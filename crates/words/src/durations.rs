//! Ages and measured durations, short.

use std::time::Duration;

use crate::texts::Texts;

/// An age in at most three cells: `7s`, `12m`, `3h`, `9d`.
#[must_use]
pub fn short(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A measured duration in at most five cells: `41ms`, `1.2s` (in German `1,2s`), `34s`, `12m`.
#[must_use]
pub fn measured(duration: Duration, t: &Texts) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1000 => format!("{millis}ms"),
        1000..10_000 => {
            let (whole, tenths) = (millis / 1000, millis % 1000 / 100);
            format!("{whole}{}{tenths}s", t.numbers.decimal)
        }
        _ => short(duration.as_secs()),
    }
}
