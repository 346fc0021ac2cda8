//! The keyboard, on a thread of its own.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};

use super::Wake;
use super::hangup::GONE;
use super::keyboard::{Keyboard, Typed};
use super::tty::Tty;
use model::clock::{Clock, elapsed};

/// After an error of the terminal: long enough not to spin while it lasts.
const AFTER_ERROR: Duration = Duration::from_millis(200);
/// Read at once; a tty's own buffer has no more.
const CHUNK: usize = 4_096;

/// What a wait for bytes brings.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    /// So many bytes.
    Bytes(usize),
    /// Nothing in that time.
    Nothing,
    /// An error that may pass: a signal came, another process of this terminal was quicker or
    /// has the foreground.
    Again,
    /// The terminal is gone for good.
    Gone,
}

/// Reads until nobody listens any more or the terminal is gone.
pub(super) fn watch(
    tty: &'static Tty,
    clock: Arc<dyn Clock>,
    to: SyncSender<Wake>,
) -> io::Result<()> {
    std::thread::Builder::new()
        .name("input".into())
        .spawn(move || type_on(tty.keyboard(), clock.as_ref(), &to))
        .map(drop)
}

fn type_on(tty: &File, clock: &dyn Clock, to: &SyncSender<Wake>) {
    let mut keyboard = Keyboard::new(clock.now());
    let mut chunk = [0; CHUNK];
    loop {
        let wait = keyboard
            .deadline()
            .map(|at| elapsed(clock.now(), at).max(Duration::from_millis(1)));
        let typed = match bytes(tty, wait, &mut chunk) {
            Read::Bytes(count) => {
                let bytes = chunk.get(..count).unwrap_or_default();
                keyboard.step(bytes, clock.now())
            }
            Read::Nothing => keyboard.step(&[], clock.now()),
            Read::Again => continue,
            Read::Gone => return,
        };
        for wake in typed.into_iter().map(Wake::from) {
            if to.send(wake).is_err() {
                return;
            }
        }
    }
}

impl From<Typed> for Wake {
    fn from(typed: Typed) -> Self {
        match typed {
            Typed::Key(key) => Self::Key(key),
            Typed::Paste(text) => Self::Paste(text),
            Typed::Background(background) => Self::Background(background),
        }
    }
}

/// Waits for bytes, for ever where no time is given.
fn bytes(tty: &File, wait: Option<Duration>, into: &mut [u8]) -> Read {
    let wait = wait.and_then(|wait| Timespec::try_from(wait).ok());
    let mut fds = [PollFd::new(tty, PollFlags::IN)];
    let ready = match poll(&mut fds, wait.as_ref()) {
        Ok(0) => return Read::Nothing,
        Ok(_) => fds[0].revents(),
        Err(Errno::INTR) => return Read::Again,
        Err(_) => return passing(),
    };
    if !ready.contains(PollFlags::IN) && ready.intersects(GONE) {
        return Read::Gone;
    }
    match read(tty, into) {
        Ok(0) if ready.intersects(GONE) => Read::Gone,
        Ok(0) => passing(),
        Ok(count) => Read::Bytes(count),
        Err(Errno::INTR | Errno::AGAIN) => Read::Again,
        Err(_) if ready.intersects(GONE) => Read::Gone,
        Err(_) => passing(),
    }
}

fn passing() -> Read {
    std::thread::sleep(AFTER_ERROR);
    Read::Again
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::fd::OwnedFd;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    use super::*;

    const MOMENT: Option<Duration> = Some(Duration::from_millis(1));

    fn pipe() -> (File, File) {
        let (from, to) = io::pipe().unwrap();
        (
            File::from(OwnedFd::from(from)),
            File::from(OwnedFd::from(to)),
        )
    }

    #[test]
    fn bytes_come_and_silence_is_told() {
        let (from, mut to) = pipe();
        let mut chunk = [0; 8];
        assert_eq!(bytes(&from, MOMENT, &mut chunk), Read::Nothing);
        to.write_all(b"abc").unwrap();
        assert_eq!(bytes(&from, None, &mut chunk), Read::Bytes(3));
        assert_eq!(&chunk[..3], b"abc");
    }

    #[test]
    fn what_came_before_the_end_is_read_and_then_it_is_gone() {
        let (from, mut to) = pipe();
        to.write_all(b"q").unwrap();
        drop(to);
        let mut chunk = [0; 8];
        assert_eq!(bytes(&from, None, &mut chunk), Read::Bytes(1));
        assert_eq!(bytes(&from, None, &mut chunk), Read::Gone);
    }

    /// Whoever shares the terminal may make it non-blocking, and may be quicker.
    #[test]
    fn somebody_else_may_make_it_non_blocking() {
        let (from, mut to) = pipe();
        fcntl_setfl(&from, fcntl_getfl(&from).unwrap() | OFlags::NONBLOCK).unwrap();
        let mut chunk = [0; 8];
        assert_eq!(bytes(&from, MOMENT, &mut chunk), Read::Nothing);
        to.write_all(b"q").unwrap();
        assert_eq!(bytes(&from, None, &mut chunk), Read::Bytes(1));
    }
}
