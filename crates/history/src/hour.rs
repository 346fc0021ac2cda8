//! One file: its blocks that can be read, and what is missing between them.

use std::ops::Range;
use std::path::Path;

use files::OpenRules;
use jiff::Timestamp;
use model::snapshot::{Lack, Missing};

use crate::block::{About, Found, Head, Kind, find_all, protocol};
use crate::recording::ReadError;

/// A larger file is none of ours, in bytes.
pub(super) const LIMIT: u64 = 512 << 20;

/// A block that can be read.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) head: Head,
    pub(super) body: Range<usize>,
    /// The entry of its picture.
    pub(super) picture: usize,
    /// The entry where what it is compressed with begins: its picture, or a base.
    pub(super) stretch: usize,
    /// Whether it follows the entry before without a gap.
    pub(super) follows: bool,
    /// Of a picture: its context.
    pub(super) context: Option<Range<usize>>,
}

/// A file, read and checked.
#[derive(Debug)]
pub(super) struct Hour {
    pub(super) bytes: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    pub(super) lacks: Vec<Lack>,
}

impl Hour {
    pub(super) fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = OpenRules::named(path).up_to(LIMIT).read()?;
        Self::new(bytes)
    }

    /// Of a file in whatever state it is.
    ///
    /// # Errors
    /// A recording of another version of the stream, or nothing that is a recording.
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, ReadError> {
        let (found, damage) = find_all(&bytes);
        let foreign = found.iter().find(|block| block.head.protocol != protocol());
        if let Some(foreign) = foreign {
            let theirs = foreign.head.protocol.into();
            return Err(ReadError::Protocol { theirs });
        }
        if found.is_empty() {
            return Err(ReadError::NoRecording);
        }
        let mut reading = Reading::default();
        for block in found {
            reading.take(block);
        }
        if damage || reading.damaged.is_some() {
            reading.lack_to(None);
        }
        Ok(Self {
            bytes,
            entries: reading.entries,
            lacks: reading.lacks,
        })
    }

    pub(super) fn body(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

/// Goes through the blocks of a file.
#[derive(Default)]
struct Reading {
    entries: Vec<Entry>,
    lacks: Vec<Lack>,
    /// The head before, readable or not.
    before: Option<Head>,
    /// Since when something cannot be read.
    damaged: Option<Timestamp>,
    /// The last entry is what the next block of its chain goes on from.
    goes_on: bool,
}

impl Reading {
    fn take(&mut self, block: Found) {
        let head = block.head;
        let skipped = self
            .before
            .is_some_and(|before| before.chain == head.chain && before.number + 1 != head.number);
        let begins_in_the_middle =
            self.before.is_none_or(|before| before.chain != head.chain) && head.number > 0;
        if block.after_damage || skipped || begins_in_the_middle {
            self.lost(head);
            self.goes_on = false;
        }
        self.before = Some(head);
        match (block.body, head.kind) {
            (Some(body), Kind::Context) => self.context(head, body),
            (None, Kind::Context) => self.lacks.push(Lack {
                from: head.time(),
                to: Some(head.time()),
                why: Missing::Damaged,
            }),
            (Some(body), _) => self.entry(head, body),
            (None, _) => {
                self.lost(head);
                self.goes_on = false;
            }
        }
    }

    fn lost(&mut self, head: Head) {
        let from = self
            .entries
            .last()
            .map_or(head.time(), |last| last.head.time());
        self.damaged.get_or_insert(from);
    }

    fn context(&mut self, head: Head, body: Range<usize>) {
        let picture = self.entries.last_mut();
        let picture =
            picture.filter(|last| last.head.chain == head.chain && last.head.kind == Kind::Picture);
        if let Some(picture) = picture {
            picture.context = Some(body);
        }
    }

    fn entry(&mut self, head: Head, body: Range<usize>) {
        let at = self.entries.len();
        let last = self.entries.last();
        let last = last.filter(|last| last.head.chain == head.chain);
        let places = match (head.kind, last) {
            (Kind::Picture, _) => Some((at, at)),
            (Kind::Base, Some(last)) => Some((last.picture, at)),
            (_, Some(last)) if self.goes_on => Some((last.picture, last.stretch)),
            _ => None,
        };
        let Some((picture, stretch)) = places else {
            self.lost(head);
            return;
        };
        let follows = self.damaged.is_none();
        if !follows {
            self.lack_to(Some(head.time()));
        } else if head.about.first
            && let Some(before) = self.entries.last()
        {
            self.lacks.push(Lack {
                from: before.head.time(),
                to: Some(head.time()),
                why: Missing::NotRecorded,
            });
        }
        self.goes_on = true;
        self.entries.push(Entry {
            head,
            body,
            picture,
            stretch,
            follows,
            context: None,
        });
    }

    fn lack_to(&mut self, to: Option<Timestamp>) {
        let last = self.entries.last().map(|last| last.head.time());
        let from = self.damaged.take().or(last).or(to);
        self.lacks.extend(from.map(|from| Lack {
            from,
            to,
            why: Missing::Damaged,
        }));
    }
}

impl Entry {
    pub(super) const fn about(&self) -> About {
        self.head.about
    }
}
