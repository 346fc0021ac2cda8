//! The last resort: the process ends two seconds after the first reason to end, whatever hangs.
//!
//! Its thread stands ready from the start: when it is needed there may be none left.

use std::io;
use std::sync::OnceLock;
use std::thread::Thread;
use std::time::Duration;

use super::tty::Tty;

/// How long everything else has to end in order.
const PATIENCE: Duration = Duration::from_secs(2);

static THREAD: OnceLock<Thread> = OnceLock::new();
static EXIT_CODE: OnceLock<i32> = OnceLock::new();

/// Makes it ready.
///
/// # Errors
/// When the system has no thread left.
pub(super) fn start() -> io::Result<()> {
    if THREAD.get().is_some() {
        return Ok(());
    }
    let thread = std::thread::Builder::new()
        .name("watchdog".into())
        .spawn(watch)?;
    // A second one would do the same.
    let _ = THREAD.set(thread.thread().clone());
    Ok(())
}

/// Starts the countdown; later calls change nothing.
pub(crate) fn arm(exit_code: i32) {
    let first = EXIT_CODE.set(exit_code).is_ok();
    if let (true, Some(thread)) = (first, THREAD.get()) {
        thread.unpark();
    }
}

fn watch() {
    loop {
        if let Some(exit_code) = EXIT_CODE.get() {
            bite(*exit_code);
        }
        std::thread::park();
    }
}

// The one place beside `main` that ends the process: by now nobody else does.
#[allow(clippy::disallowed_methods)]
fn bite(exit_code: i32) -> ! {
    std::thread::sleep(PATIENCE);
    if let Some(tty) = Tty::get() {
        tty.give_back();
    }
    std::process::exit(exit_code)
}
