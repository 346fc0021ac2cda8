//! Writing to a terminal that others have opened as well.

use std::fs::File;
use std::io::{self, Write};

use rustix::event::{PollFd, PollFlags, poll};

/// Takes all that it is given, also where somebody else has set `O_NONBLOCK` on the terminal: that
/// holds for everybody who shares it.
#[derive(Debug)]
pub(super) struct Terminal(File);

impl Terminal {
    pub(super) const fn new(to: File) -> Self {
        Self(to)
    }

    /// Waits until it takes something again; an error of waiting is one of the next write.
    fn wait(&self) {
        let _ = poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None);
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(),
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::fd::OwnedFd;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    use super::*;

    #[test]
    fn somebody_else_may_make_it_non_blocking() {
        let (mut from, to) = io::pipe().unwrap();
        let to = File::from(OwnedFd::from(to));
        fcntl_setfl(&to, fcntl_getfl(&to).unwrap() | OFlags::NONBLOCK).unwrap();
        // More than a pipe holds.
        let frame = vec![b'x'; 300_000];
        let (wanted, mut terminal) = (frame.len(), Terminal::new(to));
        let writer = std::thread::spawn(move || terminal.write_all(&frame));
        let mut read = Vec::new();
        from.read_to_end(&mut read).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(read.len(), wanted);
    }
}
