//! stdout and stderr, where perhaps nobody listens any more.

use std::io::{ErrorKind, Write as _};

use color_eyre::eyre::Report;
use lampfield::config::Exit;
use lampfield::redact::redacted;

/// Prints to stdout. A reader that went away (`| head`) is no failure.
pub(crate) fn say(text: &str) -> Result<Exit, Report> {
    print(text).map(|_| Exit::Ok)
}

/// Prints to stdout; whether anybody still reads it.
pub(super) fn print(text: &str) -> Result<bool, Report> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(why) => Err(Report::new(why).wrap_err("stdout cannot be written")),
    }
}

/// Prints to stderr, where nobody may be listening.
pub(crate) fn complain(text: &str) {
    let text = redacted(text);
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
