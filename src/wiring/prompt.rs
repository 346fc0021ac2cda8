//! A line that somebody types at the terminal, and a terminal without echo.

use std::io::{BufRead as _, IsTerminal as _, stdin, stdout};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use crate::config::Exit;
use crate::doctor::{Stop, stopped};

/// Whether somebody can be asked.
pub(crate) fn is_terminal() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// The next line, without its end.
///
/// # Errors
/// How the program ends instead: the input has ended, the terminal went away, or somebody broke it
/// off.
pub(crate) async fn line(mut stop: Stop) -> Result<String, Exit> {
    // A thread that still waits for a line is left behind at the end.
    let mut reading = tokio::task::spawn_blocking(read);
    let read = tokio::select! {
        biased;
        ended = stopped(&mut stop) => return Err(broken_off(ended)),
        read = &mut reading => read,
    };
    match (read, *stop.borrow()) {
        (_, Some(ended)) => Err(broken_off(Some(ended))),
        (Ok(Some(line)), None) => Ok(line),
        _ if tcgetattr(stdin()).is_err() => Err(Exit::HangUp),
        _ => Err(Exit::Failure),
    }
}

/// Ctrl-C leaves the question open: no success.
pub(crate) fn broken_off(ended: Option<Exit>) -> Exit {
    match ended {
        Some(Exit::Ok) | None => Exit::Failure,
        Some(other) => other,
    }
}

fn read() -> Option<String> {
    let mut line = Vec::new();
    let count = stdin().lock().read_until(b'\n', &mut line).ok()?;
    let text = String::from_utf8_lossy(&line);
    (count > 0).then(|| text.trim_end_matches(['\n', '\r']).to_owned())
}

/// No echo, until it is dropped: for a secret. It begins before the question, because what is typed
/// before it begins is thrown away.
pub(crate) struct Silence(Termios);

impl Silence {
    /// Nothing where the terminal cannot be silenced: then no secret may be asked for.
    pub(crate) fn begin() -> Option<Self> {
        let before = tcgetattr(stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // The line end is seen.
        silent.local_modes.insert(LocalModes::ECHONL);
        // Stopped by Ctrl-Z it would leave a shell without echo, and come back with one.
        silent.special_codes[SpecialCodeIndex::VSUSP] = 0;
        // What was typed before the question is no answer to it.
        tcsetattr(stdin(), OptionalActions::Flush, &silent).ok()?;
        Some(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // The terminal may be gone.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.0);
    }
}
