//! The bridge's end of a connection. It is woken by what comes, and by room only where there was none: the kernel
//! would say each time a reader takes something that there is room, which twenty of them do for every change.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, Interest, ReadBuf};

/// What comes.
pub(super) struct Incoming(AsyncFd<UnixStream>);

/// The way out.
pub(super) struct Outgoing(UnixStream);

/// The two ways of a connection.
///
/// # Errors
/// As the operating system says: no file descriptor is left.
pub(super) fn split(stream: tokio::net::UnixStream) -> io::Result<(Incoming, Outgoing)> {
    let stream = stream.into_std()?;
    let out = stream.try_clone()?;
    // What replaces it is unsafe; a socket of the standard library is open for as long as there is one.
    #[allow(deprecated)]
    let incoming = AsyncFd::with_interest(stream, Interest::READABLE)?;
    Ok((Incoming(incoming), Outgoing(out)))
}

impl AsyncRead for Incoming {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(cx))?;
            // Otherwise there was nothing after all.
            if let Ok(read) = ready.try_io(|from| from.get_ref().read(to.initialize_unfilled())) {
                to.advance(read?);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl Outgoing {
    /// Writes what is taken at once; how many bytes that are. What is wrong shows when the rest is written.
    pub(super) fn write_now(&mut self, bytes: &[u8]) -> usize {
        self.0.write(bytes).unwrap_or(0)
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// As the operating system says; `TimedOut` where nothing is taken for as long as `patience`.
    pub(super) async fn write(&mut self, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.0.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(full) if full.kind() == ErrorKind::WouldBlock => {
                    let room = tokio::time::timeout(patience, self.room()).await;
                    room.map_err(|_| ErrorKind::TimedOut)??;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn room(&self) -> io::Result<()> {
        #[allow(deprecated)] // as in `split`
        let full = AsyncFd::with_interest(self.0.as_fd(), Interest::WRITABLE)?;
        full.writable().await.map(drop)
    }
}
