//! The last resort: the process ends two seconds after the first reason to end, whatever hangs.

use std::sync::Once;
use std::time::Duration;

use ratatui::crossterm::terminal::disable_raw_mode;

use crate::Exit;

/// How long everything else has to end in order.
const PATIENCE: Duration = Duration::from_secs(2);

static ARMED: Once = Once::new();

/// Starts the countdown; later calls change nothing.
pub(crate) fn arm(exit: Exit) {
    ARMED.call_once(|| {
        let started = std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || bite(exit));
        if started.is_err() {
            tracing::warn!("no thread for the watchdog; the end may take longer");
        }
    });
}

// The one place beside `main` that ends the process: by now nobody else does.
#[allow(clippy::disallowed_methods)]
fn bite(exit: Exit) {
    std::thread::sleep(PATIENCE);
    let _ = disable_raw_mode();
    std::process::exit(exit.code())
}
