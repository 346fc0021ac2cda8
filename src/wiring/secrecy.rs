//! What the process does before anything else, so that no secret of its leaves it by the back door.

use std::panic::PanicHookInfo;

use crate::redact::redacted;
use crate::text::harmless;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// No core file, and no debugger of the same user's: both would hold client secret and token.
pub(crate) fn leave_no_core() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Where the system refuses, its own limit holds; nothing is worse than before.
    if getrlimit(Resource::Core) != none {
        let _ = setrlimit(Resource::Core, none);
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// A panic as Rust tells it, without what must not be told.
pub(crate) fn panic_text(panic: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("without a name");
    shown(&format!("thread '{name}' {panic}"))
}

/// Line by line: a panic's message may have several.
fn shown(text: &str) -> String {
    let clean = redacted(text);
    let lines: Vec<_> = clean.lines().map(harmless).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_shows_no_secret() {
        crate::redact::hide("W8-what-only-a-panic-says");
        let told =
            shown("thread 'x' panicked at a.rs:1:1:\nno \"W8-what-only-a-panic-says\"\u{1b}[2J");
        assert_eq!(told, "thread 'x' panicked at a.rs:1:1:\nno [removed]");
    }
}
