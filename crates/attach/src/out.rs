//! The way out of a connection: frames, line by line, within the time that a reader has to take them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use model::snapshot::Snapshot;
use stream::Frame;

use crate::batch::Missed;
use crate::socket::Outgoing;

/// Whoever takes nothing for so long is cut off.
const READS_WITHIN: Duration = Duration::from_secs(30);

/// How much of a picture is encoded before it is sent, in bytes.
const PIECE: usize = 256 * 1024;

/// The way out of a connection.
pub(super) struct Out {
    to: Outgoing,
    line: Vec<u8>,
}

impl Out {
    pub(super) const fn new(to: Outgoing) -> Self {
        Self {
            to,
            line: Vec::new(),
        }
    }

    /// Sends what is taken at once; the rest goes before all that comes after it.
    pub(super) fn offer(&mut self, bytes: &[u8]) {
        let taken = self.to.write_now(bytes);
        self.line
            .extend_from_slice(bytes.get(taken..).unwrap_or_default());
    }

    /// Whether something waits to be sent.
    pub(super) const fn has_rest(&self) -> bool {
        !self.line.is_empty()
    }

    pub(super) async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        self.add(frame)?;
        self.flush().await
    }

    pub(super) fn add(&mut self, frame: &Frame) -> io::Result<()> {
        stream::write_line(frame, &mut self.line).map_err(io::Error::other)
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let sent = self.bytes(&line).await;
        // The memory is kept for the next one, unless it was a picture's.
        self.line = line;
        self.line.clear();
        self.line.shrink_to(PIECE);
        sent
    }

    pub(super) async fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write(bytes, READS_WITHIN).await
    }

    /// Piece by piece: the first rows are on their way while the next are encoded.
    pub(super) async fn picture(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        for frame in stream::picture(snapshot) {
            self.add(&frame)?;
            if self.line.len() >= PIECE {
                self.flush().await?;
            }
        }
        self.flush().await
    }

    pub(super) async fn missed(&mut self, missed: Missed) -> io::Result<()> {
        if missed.lost > 0 {
            self.add(&Frame::LogLost(missed.lost))?;
        }
        for lines in missed.lines {
            self.line.extend_from_slice(&lines);
        }
        if Arc::ptr_eq(&missed.from, &missed.to) {
            return self.flush().await;
        }
        for frame in stream::changes(&missed.from, &missed.to) {
            self.add(&frame)?;
            if self.line.len() >= PIECE {
                self.flush().await?;
            }
        }
        self.flush().await
    }
}
