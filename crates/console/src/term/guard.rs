//! Entering and leaving the terminal. Leaving may be asked for from anywhere, any number of times.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};
use std::thread::ThreadId;

use ratatui::crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Size;

/// Alternate screen, no cursor, pasted text in brackets.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Ends a frame that a panic may have cut short, and takes everything back.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";

static ENTERED: AtomicBool = AtomicBool::new(false);
static PANIC_HOOK: Once = Once::new();
static SCREEN_THREAD: OnceLock<ThreadId> = OnceLock::new();
/// Panics of other threads while the screen is ours: shown when it is not any more.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The terminal is ours as long as this lives.
#[derive(Debug)]
pub(crate) struct Guard {
    to: File,
}

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When stdout is no terminal or cannot be written to.
    pub(crate) fn enter() -> io::Result<Self> {
        let to = terminal()?;
        hook_panics();
        enter(&to)?;
        Ok(Self { to })
    }

    /// Where frames go: a file of its own, so that nothing buffers lines.
    ///
    /// # Errors
    /// When the terminal cannot be opened twice.
    pub(crate) fn writer(&self) -> io::Result<File> {
        self.to.try_clone()
    }

    /// Takes the terminal again, after the process was stopped.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn enter_again(&self) -> io::Result<()> {
        enter(&self.to)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
        report_panics();
    }
}

fn terminal() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

fn enter(mut to: &File) -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    to.write_all(ENTER)
}

/// Gives the terminal back. On a dead one nothing is written.
fn leave() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    if !super::is_gone()
        && let Ok(mut to) = terminal()
    {
        let _ = to.write_all(LEAVE);
    }
    let _ = disable_raw_mode();
}

/// The size of the terminal; 80x24 where it does not say.
pub(crate) fn size() -> Size {
    match ratatui::crossterm::terminal::size() {
        Ok((width, height)) if width > 0 && height > 0 => Size { width, height },
        _ => Size {
            width: 80,
            height: 24,
        },
    }
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
            if ours || !ENTERED.load(Ordering::SeqCst) {
                leave();
                return before(panic);
            }
            tracing::error!("{panic}");
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
        let _ = writeln!(to, "{}", model::text::harmless(&panic));
    }
}
