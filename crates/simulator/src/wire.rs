//! The socket under the server: it can be cut or slowed down from within a request, which no
//! HTTP library offers.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How often drops fall.
const DRIP: Duration = Duration::from_millis(100);

/// Goes out at once even when slowed: the head of the answer.
const HEAD: u32 = 700;

/// The handle of one connection, as a request sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<Knobs>);

#[derive(Debug, Default)]
struct Knobs {
    cut: AtomicBool,
    bytes_per_s: AtomicU32,
    head_left: AtomicU32,
}

impl Line {
    /// Nothing of the answer goes out: the connection is reset.
    pub(super) fn cut(&self) {
        self.0.cut.store(true, Ordering::Release);
    }

    /// From now on so many bytes per second; 0 = as fast as it goes.
    pub(super) fn slow_to(&self, bytes_per_s: u32) {
        self.0.head_left.store(HEAD, Ordering::Release);
        self.0.bytes_per_s.store(bytes_per_s, Ordering::Release);
    }
}

/// A connection whose writes can be slowed down or cut off.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    line: Line,
    pause: Option<Pin<Box<Sleep>>>,
}

impl From<TcpStream> for Wire {
    fn from(stream: TcpStream) -> Self {
        Self {
            stream,
            line: Line::default(),
            pause: None,
        }
    }
}

impl Wire {
    /// The handle of it.
    pub(super) fn line(&self) -> Line {
        self.line.clone()
    }

    /// How much of `wanted` may go out now; waits for the next drop.
    fn poll_share(&mut self, cx: &mut Context<'_>, wanted: usize) -> Poll<io::Result<usize>> {
        if self.line.0.cut.load(Ordering::Acquire) {
            // A zero linger makes closing a reset instead of an orderly end.
            self.stream.set_zero_linger()?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let pace = self.line.0.bytes_per_s.load(Ordering::Acquire);
        if pace == 0 {
            return Poll::Ready(Ok(wanted));
        }
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let head = self.line.0.head_left.swap(0, Ordering::AcqRel);
        let share = usize::try_from(head.max(pace / 10).max(1)).unwrap_or(1);
        Poll::Ready(Ok(wanted.min(share)))
    }

    fn after_write(&mut self) {
        if self.line.0.bytes_per_s.load(Ordering::Acquire) > 0 {
            self.pause = Some(Box::pin(tokio::time::sleep(DRIP)));
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let share = ready!(self.poll_share(cx, buf.len()))?;
        let part = buf.get(..share).unwrap_or(buf);
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, part))?;
        self.after_write();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
