//! The terminal as the kernel has it: where keys come from, where frames go, its modes and size.
//!
//! Opened once, at the start: later there may be no descriptor left, and a terminal whose modes
//! cannot be put back is of no use to anybody.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Mutex, OnceLock, PoisonError};

use ratatui::layout::Size;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

/// The largest frame: more than an 8K screen shows in its smallest letters. A terminal may say
/// that it is 65535 times 65535, which would be gigabytes.
pub(crate) const LARGEST: Size = Size {
    width: 1_000,
    height: 300,
};
/// Where the terminal does not say.
const USUAL: Size = Size {
    width: 80,
    height: 24,
};

static TTY: OnceLock<Tty> = OnceLock::new();

/// The terminal: where keys come from, where frames go, and its modes from before.
#[derive(Debug)]
pub(super) struct Tty {
    keyboard: File,
    screen: File,
    /// The modes before they were ours.
    before: Mutex<Option<Termios>>,
}

impl Tty {
    /// Opens it; the one that is open, where it is.
    ///
    /// # Errors
    /// When stdout is no terminal, or there is no keyboard.
    pub(super) fn open() -> io::Result<&'static Self> {
        if let Some(tty) = TTY.get() {
            return Ok(tty);
        }
        let screen = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        tcgetattr(&screen)?;
        let tty = Self {
            keyboard: keyboard()?,
            screen,
            before: Mutex::new(None),
        };
        Ok(TTY.get_or_init(|| tty))
    }

    /// The one that is open.
    pub(super) fn get() -> Option<&'static Self> {
        TTY.get()
    }

    /// Where keys come from.
    pub(super) const fn keyboard(&self) -> &File {
        &self.keyboard
    }

    /// Where frames go.
    pub(super) const fn screen(&self) -> &File {
        &self.screen
    }

    /// Every key comes as it is pressed, and nothing is echoed.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn take(&self) -> io::Result<()> {
        let mut modes = tcgetattr(&self.keyboard)?;
        let before = modes.clone();
        modes.make_raw();
        tcsetattr(&self.keyboard, OptionalActions::Now, &modes)?;
        // Continued without having left it: these are ours.
        self.before().get_or_insert(before);
        Ok(())
    }

    /// The modes are as they were. Never waits for what the terminal has not taken yet.
    pub(super) fn give_back(&self) {
        if let Some(modes) = self.before().take() {
            let _ = tcsetattr(&self.keyboard, OptionalActions::Now, &modes);
        }
    }

    fn before(&self) -> std::sync::MutexGuard<'_, Option<Termios>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn size(&self) -> Size {
        let says = |file| tcgetwinsize(file).ok();
        let said = says(&self.screen).or_else(|| says(&self.keyboard));
        said.map_or(USUAL, |said| sane(said.ws_col, said.ws_row))
    }
}

/// stdin, or where that is redirected the terminal that controls the process.
fn keyboard() -> io::Result<File> {
    let stdin = io::stdin();
    if isatty(stdin.as_fd()) {
        return Ok(File::from(stdin.as_fd().try_clone_to_owned()?));
    }
    File::options().read(true).write(true).open("/dev/tty")
}

/// The size of the terminal, as large as we draw.
pub(crate) fn size() -> Size {
    Tty::get().map_or(USUAL, Tty::size)
}

fn sane(width: u16, height: u16) -> Size {
    if width == 0 || height == 0 {
        return USUAL;
    }
    Size {
        width: width.min(LARGEST.width),
        height: height.min(LARGEST.height),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::usual((80, 24), (80, 24))]
    #[case::tiny((1, 1), (1, 1))]
    #[case::says_nothing((0, 0), (80, 24))]
    #[case::says_half((80, 0), (80, 24))]
    #[case::largest((1_000, 300), (1_000, 300))]
    #[case::of_a_joker((65_535, 65_535), (1_000, 300))]
    #[case::long((80, 3_000), (80, 300))]
    fn a_size_is_sane(#[case] said: (u16, u16), #[case] wanted: (u16, u16)) {
        let size = sane(said.0, said.1);
        assert_eq!((size.width, size.height), wanted);
    }
}
