//! Everything at a moment: block by block from the beginning of the file, histories and log lines
//! included. A step forward goes on from where it stands.

use std::collections::VecDeque;
use std::sync::Arc;

use model::snapshot::Snapshot;
use stream::{Decoder, Frame, LogRecord};

use crate::block::Kind;
use crate::glance::{Unpacker, lines};
use crate::hour::{Entry, Hour};
use crate::recording::ReadError;

/// Log lines that go with a moment: as many as the console's pane shows.
const LINES: usize = 1_000;

/// A place in a file, with all that led to it.
pub(super) struct Walk {
    hour: Arc<Hour>,
    /// How many entries were taken in.
    taken: usize,
    unpacker: Unpacker,
    decoder: Decoder,
    /// The picture of the chain: after a gap, what follows begins with it.
    picture: Vec<u8>,
    /// What the last entry ended with.
    commit: Option<Frame>,
    /// The log up to here.
    pub(super) lines: VecDeque<LogRecord>,
}

impl Walk {
    /// At the beginning of a file.
    pub(super) fn new(hour: Arc<Hour>) -> Result<Self, ReadError> {
        Ok(Self {
            hour,
            taken: 0,
            unpacker: Unpacker::new()?,
            decoder: Decoder::default(),
            picture: Vec::new(),
            commit: None,
            lines: VecDeque::new(),
        })
    }

    /// Whether it is in this file, and not beyond this entry.
    pub(super) fn is_before(&self, hour: &Arc<Hour>, at: usize) -> bool {
        Arc::ptr_eq(&self.hour, hour) && self.taken <= at + 1
    }

    /// Goes on up to this entry, and says what it shows.
    pub(super) fn to(&mut self, at: usize) -> Result<Arc<Snapshot>, ReadError> {
        let hour = Arc::clone(&self.hour);
        while self.taken <= at {
            let entry = hour.entries.get(self.taken);
            let entry = entry.ok_or(ReadError::NoRecording)?;
            if let Some(commit) = self.take(&hour, entry)? {
                self.commit = Some(commit);
            }
            self.taken += 1;
        }
        let commit = self.commit.clone().ok_or(ReadError::NoRecording)?;
        self.decoder.take(commit)?.ok_or(ReadError::NoRecording)
    }

    /// Takes an entry in; the commit that it ends with.
    fn take(&mut self, hour: &Hour, entry: &Entry) -> Result<Option<Frame>, ReadError> {
        if matches!(entry.head.kind, Kind::Picture | Kind::Base) {
            self.unpacker = Unpacker::new()?;
        }
        let body = self.unpacker.take(hour.body(&entry.body))?;
        match entry.head.kind {
            Kind::Picture => {
                let commit = self.feed(&body)?;
                self.picture = body;
                let Some(context) = &entry.context else {
                    return Ok(commit);
                };
                self.lines.clear();
                let context = Unpacker::new()?.take(hour.body(context))?;
                self.feed(&context)
            }
            // What it says is known already.
            Kind::Base if entry.follows => last_frame(&body),
            Kind::Base => {
                let picture = std::mem::take(&mut self.picture);
                self.feed(&picture)?;
                self.picture = picture;
                self.feed(&body)
            }
            Kind::Changes | Kind::Context => self.feed(&body),
        }
    }

    fn feed(&mut self, body: &[u8]) -> Result<Option<Frame>, ReadError> {
        let mut commit = None;
        for line in lines(body) {
            match stream::read_line(line)? {
                Frame::Log(line) => self.log(line),
                frame @ Frame::Commit { .. } => commit = Some(frame),
                frame => {
                    self.decoder.take(frame)?;
                }
            }
        }
        Ok(commit)
    }

    fn log(&mut self, line: LogRecord) {
        self.lines.push_back(line);
        if self.lines.len() > LINES {
            self.lines.pop_front();
        }
    }
}

/// A base ends with its commit.
fn last_frame(body: &[u8]) -> Result<Option<Frame>, ReadError> {
    let last = lines(body).next_back();
    last.map(stream::read_line).transpose().map_err(Into::into)
}
