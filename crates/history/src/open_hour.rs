//! The file of an hour that is written to, and the chain of blocks that it ends with.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use files::OpenError;
use jiff::Timestamp;
use model::snapshot::{History, Parts, ReadMarks, RowChange, Snapshot};
use stream::{CommitStage, Frame, LogRecord};

use crate::block::{self, About, Head, Kind, protocol};
use crate::differs::about;
use crate::folder::HourFile;
use crate::packer::Packer;

/// Events that go with the picture of an hour, all users together: all twenty of 5,000 users, the
/// newest five of 20,000. Each takes about fifteen bytes.
const CONTEXT_EVENTS: usize = 100_000;

/// Fewer of a user explain nothing.
const FEWEST_EVENTS: usize = 4;

/// The file that is written to.
pub(super) struct Open {
    pub(super) file: File,
    pub(super) name: HourFile,
    pub(super) chain: Chain,
    /// Bytes of all files.
    pub(super) stored: u64,
}

/// Blocks that belong together.
pub(super) struct Chain {
    pub(super) id: u64,
    number: u32,
    packer: Packer,
    /// What the picture says that is not about one user; without rows, for those would be kept as they were.
    picture: Snapshot,
    /// What has changed of each row since the picture.
    changed: Vec<Parts>,
    pub(super) last: Arc<Snapshot>,
    /// Bytes of changes since the picture or the last base.
    pub(super) since: usize,
    /// Bytes of the last base.
    pub(super) base: usize,
}

impl Chain {
    pub(super) fn new(id: u64, picture: &Arc<Snapshot>) -> io::Result<Self> {
        Ok(Self {
            id,
            number: 0,
            packer: Packer::new(picture.rows.len())?,
            picture: Snapshot {
                rows: Arc::default(),
                reads: Arc::default(),
                ..Snapshot::clone(picture)
            },
            changed: vec![Parts::NONE; picture.rows.len()],
            last: Arc::clone(picture),
            since: 0,
            base: 0,
        })
    }

    /// Whether a jump to its end would take long. Where a base is large, it comes less often.
    pub(super) fn is_long(&self, between: usize) -> bool {
        self.since > between.max(self.base)
    }
}

impl Open {
    /// What has changed; nothing where that is a picture, which is for the recorder.
    pub(super) fn follow(
        &mut self,
        shown: &Arc<Snapshot>,
        lines: Vec<LogRecord>,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        let chain = &mut self.chain;
        let same = Arc::ptr_eq(&chain.last, shown);
        let changes = (!same).then(|| stream::changes(&chain.last, shown));
        let mut changes = changes.into_iter().flatten().peekable();
        let fits = !matches!(changes.peek(), Some(Frame::Picture { .. }));
        let changes = fits.then_some(changes).into_iter().flatten();
        let lines = lines.into_iter().map(Frame::Log);
        let mut frames = lines.chain(changes).peekable();
        if frames.peek().is_none() {
            return Ok(());
        }
        let about = about(&chain.last, shown);
        let remembered = frames.inspect(|frame| remember(&mut chain.changed, frame));
        let packed = pack(&mut chain.packer, remembered)?;
        if fits {
            chain.last = Arc::clone(shown);
        }
        let raw = self.put(Kind::Changes, about, packed, now)?;
        self.chain.since += raw;
        Ok(())
    }

    pub(super) fn picture(&mut self, now: Timestamp, first: bool) -> Result<(), OpenError> {
        let about = About {
            first,
            ..About::default()
        };
        let picture = Arc::clone(&self.chain.last);
        let frames = stream::picture(&picture);
        // Their context follows in a block of its own, which a jump need not read.
        let rows = frames.take_while(|frame| !matches!(frame, Frame::Histories(_)));
        let rows = rows.filter(|frame| !is_whole(frame));
        let packed = pack(&mut self.chain.packer, rows)?;
        self.put(Kind::Picture, about, packed, now)?;
        Ok(())
    }

    pub(super) fn context(
        &mut self,
        lines: Vec<LogRecord>,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        let picture = Arc::clone(&self.chain.last);
        let each = CONTEXT_EVENTS / picture.rows.len().max(1);
        let each = each.max(FEWEST_EVENTS);
        let rows = picture.rows.chunks(512).enumerate();
        let histories = rows.filter_map(|(chunk, rows)| {
            let told = rows.iter().enumerate();
            let told = told.filter(|(_, row)| !row.history.is_empty());
            let told = told.map(|(at, row)| (chunk * 512 + at, newest(&row.history, each)));
            let told: Vec<_> = told.collect();
            (!told.is_empty()).then_some(Frame::Histories(told))
        });
        let whole = Frame::Commit {
            serial: picture.serial,
            at: picture.at,
            stage: CommitStage::Whole,
        };
        let frames = histories
            .chain(lines.into_iter().map(Frame::Log))
            .chain([whole]);
        // By itself: what follows goes on where the picture ended.
        let packed = pack(&mut Packer::new(picture.rows.len())?, frames)?;
        self.put(Kind::Context, About::default(), packed, now)?;
        Ok(())
    }

    pub(super) fn base(&mut self, now: Timestamp) -> Result<(), OpenError> {
        let chain = &mut self.chain;
        chain.packer = Packer::new(chain.changed.len())?;
        let rows = chain.changed.iter().zip(chain.last.rows.iter()).enumerate();
        let changed = rows.filter(|(_, (parts, _))| **parts != Parts::NONE);
        let changed = changed.map(|(at, (parts, row))| Frame::Row {
            at,
            row: Box::new(RowChange::of_parts(*parts, row)),
            lease: None,
            history: None,
        });
        let before = Snapshot {
            rows: Arc::clone(&chain.last.rows),
            reads: Arc::new(ReadMarks::unread(chain.changed.len())),
            ..chain.picture.clone()
        };
        let rest = stream::changes(&before, &chain.last);
        let frames = changed.chain(rest);
        let packed = pack(&mut chain.packer, frames)?;
        let raw = self.put(Kind::Base, About::default(), packed, now)?;
        (self.chain.since, self.chain.base) = (0, raw);
        Ok(())
    }

    /// Writes a block with one write; how many bytes it has when it is read.
    fn put(
        &mut self,
        kind: Kind,
        about: About,
        (body, raw): (Vec<u8>, usize),
        now: Timestamp,
    ) -> Result<usize, OpenError> {
        let chain = &mut self.chain;
        let head = Head {
            kind,
            about,
            protocol: protocol(),
            chain: chain.id,
            number: chain.number,
            at: now.as_millisecond(),
        };
        chain.number += 1;
        let bytes = block::block(&head, &body);
        self.file.write_all(&bytes)?;
        let written = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.name.length += written;
        self.stored += written;
        Ok(raw)
    }
}

fn remember(changed: &mut [Parts], frame: &Frame) {
    if let Frame::Row { at, row, lease, .. } = frame
        && let Some(changed) = changed.get_mut(*at)
    {
        let lease = RowChange {
            lease: lease.is_some().then_some(None),
            ..RowChange::default()
        };
        *changed |= row.parts();
        *changed |= lease.parts();
    }
}

fn pack(
    packer: &mut Packer,
    frames: impl IntoIterator<Item = Frame>,
) -> io::Result<(Vec<u8>, usize)> {
    for frame in frames {
        packer.add(&frame)?;
    }
    packer.take()
}

const fn is_whole(frame: &Frame) -> bool {
    matches!(
        frame,
        Frame::Commit {
            stage: CommitStage::Whole,
            ..
        }
    )
}

fn newest(history: &History, count: usize) -> History {
    history
        .iter()
        .skip(history.len().saturating_sub(count))
        .collect()
}
