//! Entering and leaving the terminal. Leaving may be asked for from anywhere, any number of times,
//! and never waits for a terminal that takes nothing.

use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use super::beside::title_back;
use super::sink::FrameSink;
use super::tty::Tty;
use super::watchdog;

/// Alternate screen, no cursor, pasted text in brackets.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Ends a frame that a panic may have cut short, and takes everything back.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?1049l";
/// How long the terminal has to take its own restoration.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);
/// Of a process whose main thread has panicked.
const PANICKED: i32 = 101;

/// Where the terminal is written to, as long as it is ours.
static ENTERED: Mutex<Option<FrameSink>> = Mutex::new(None);
static PANIC_HOOK: Once = Once::new();
static SCREEN_THREAD: OnceLock<ThreadId> = OnceLock::new();
/// Panics of other threads while the screen is ours: shown when it is not any more.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The terminal is ours as long as this lives.
#[derive(Debug)]
pub(crate) struct Guard {
    tty: &'static Tty,
    sink: FrameSink,
}

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it is gone already.
    pub(super) fn enter(tty: &'static Tty, sink: FrameSink) -> io::Result<Self> {
        hook_panics();
        let guard = Self { tty, sink };
        guard.enter_again()?;
        Ok(guard)
    }

    /// Takes the terminal again, after the process was stopped.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn enter_again(&self) -> io::Result<()> {
        self.tty.take()?;
        *entered() = Some(self.sink.clone());
        self.sink.clone().write_all(ENTER)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if leave() {
            report_panics();
        }
    }
}

/// Gives the terminal back; whether it has taken that. On a dead one nothing is written.
pub(crate) fn leave() -> bool {
    let Some(mut sink) = entered().take() else {
        return true;
    };
    let all = [LEAVE, title_back()].concat();
    let taken = super::is_gone() || sink.write_all(&all).is_ok() && sink.drain(LEAVE_WITHIN);
    if let Some(tty) = Tty::get() {
        tty.give_back();
    }
    taken
}

fn entered() -> MutexGuard<'static, Option<FrameSink>> {
    ENTERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the terminal back and stops; comes back with `fg`. Where nobody could say `fg`
/// (`ssh -t host lampfield`) it does not stop, as the kernel does not for SIGTSTP either.
pub(crate) fn stop() {
    if !super::stopping::somebody_can_continue_us() {
        return;
    }
    leave();
    let ourselves = rustix::process::getpid();
    let _ = rustix::process::kill_process(ourselves, rustix::process::Signal::STOP);
}

/// A panic of the screen's thread gives the terminal back before it is printed. One of another
/// thread must not print over the screen: it is kept until the screen is gone.
fn hook_panics() {
    let _ = SCREEN_THREAD.set(std::thread::current().id());
    PANIC_HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let ours = SCREEN_THREAD.get() == Some(&std::thread::current().id());
            if ours || entered().is_none() {
                if !leave() {
                    // Nor does it take what is printed now.
                    watchdog::arm(PANICKED);
                }
                return before(panic);
            }
            PANICS
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(panic.to_string());
        }));
    });
}

fn report_panics() {
    let kept = std::mem::take(&mut *PANICS.lock().unwrap_or_else(PoisonError::into_inner));
    let mut to = io::stderr();
    for panic in kept {
        // Not `eprintln!`: it panics itself where stderr is gone.
        let panic = model::redact::redacted(&panic);
        let _ = writeln!(to, "{}", model::text::harmless(&panic));
    }
}
