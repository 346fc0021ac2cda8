//! The file of calls, followed: what is new in it, and the calls that last.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::calls::{self, CurrentCalls, LINE_LIMIT};
use super::path_of;
use super::spread::SpreadObject;
use crate::CallEvent;
use files::{LineSplitter, Tail, TailStep, TextKind, TextLine, io_refusal};
use model::source_fault::{LineFault, OddLine, SourceFault, SourceWarning};

/// The last event counts although its line end is missing once it has stood so long: there are
/// writers who put the line end before each event, or none behind the last.
const MOMENT: Duration = Duration::from_millis(500);

/// So many broken lines are named at one look; the rest is counted.
pub(super) const NAMED: usize = 20;

/// What one look at `calls.jsonl` found.
#[derive(Default)]
pub(super) struct CallsNews {
    /// The first broken lines; how many more there are.
    pub(super) lines: Vec<OddLine>,
    pub(super) more: usize,
    /// What is to be said once of the file itself.
    pub(super) warning: Option<SourceWarning>,
    pub(super) trouble: Option<SourceFault>,
    /// Whether it can be read; one that was never there need not be.
    pub(super) good: bool,
    pub(super) grew: bool,
    /// A line without an end may be whole in a moment.
    pub(super) standing: bool,
}

/// `calls.jsonl` and the calls that last.
pub(super) struct CallsFile {
    pub(super) path: PathBuf,
    tail: Tail,
    lines: LineSplitter,
    spread: SpreadObject,
    pub(super) current: CurrentCalls,
    /// How long the last line, which has no end yet, has stood as it is; nothing where it was looked
    /// at since.
    standing: Option<Duration>,
    /// Whether its absence was mentioned, or it was there.
    known: bool,
    /// Whether it was there.
    was_there: bool,
}

impl CallsFile {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            tail: Tail::new(path),
            lines: LineSplitter::new(TextKind::Bytes, LINE_LIMIT),
            spread: SpreadObject::default(),
            current: CurrentCalls::default(),
            standing: None,
            known: false,
            was_there: false,
        }
    }

    /// Takes what is new, and hands the events out one by one.
    pub(super) fn look(
        &mut self,
        rested: Duration,
        hand_out: &mut dyn FnMut(CallEvent),
    ) -> CallsNews {
        let mut news = CallsNews::default();
        let Self {
            lines,
            spread,
            current,
            ..
        } = self;
        let mut take = |number, event| match event {
            Ok(event) => {
                current.take(&event);
                hand_out(event);
            }
            Err(_) if news.lines.len() >= NAMED => news.more += 1,
            Err(fault) => news.lines.push(OddLine { number, fault }),
        };
        let mut reading = Reading {
            spread,
            take: &mut take,
        };
        let mut grew = false;
        let looked = self.tail.look(&mut |step| match step {
            TailStep::Bytes(bytes) => {
                grew = true;
                lines.feed(bytes, &mut |line| reading.line(line));
            }
            TailStep::Replaced => {
                lines.finish(&mut |line| reading.line(line));
                reading.end();
            }
            TailStep::Began | TailStep::Truncated => {
                // A line that was not finished is gone, unless nothing but its end was missing.
                if reading.is_whole_with(&lines.unfinished()) {
                    lines.take_unfinished(&mut |line| reading.line(line));
                }
                reading.end();
                lines.forget();
            }
        });
        self.standing = match (grew, self.standing) {
            (true, _) => Some(Duration::ZERO),
            (false, stood) => stood.map(|stood| stood + rested),
        };
        if self.standing.is_some_and(|stood| stood >= MOMENT) {
            self.standing = None;
            if reading.is_whole_with(&lines.unfinished()) {
                lines.take_unfinished(&mut |line| reading.line(line));
            }
        }
        news.standing = self.standing.is_some() && lines.is_unfinished();
        news.grew = grew;
        self.was_there |= matches!(looked, Ok(true));
        news.good = match looked {
            Ok(there) => there || grew || !self.was_there,
            Err(_) => false,
        };
        match looked {
            Ok(false) if !self.known => {
                news.warning = Some(SourceWarning::NoCallsYet {
                    path: path_of(&self.path),
                });
                self.known = true;
            }
            Ok(there) => self.known |= there,
            Err(error) => {
                news.trouble = Some(SourceFault::Calls {
                    path: path_of(&self.path),
                    why: io_refusal(&error),
                });
            }
        }
        news
    }
}

/// The way from lines to events.
struct Reading<'a> {
    spread: &'a mut SpreadObject,
    take: &'a mut dyn FnMut(u64, Result<CallEvent, LineFault>),
}

impl Reading<'_> {
    fn line(&mut self, line: TextLine<'_>) {
        if line.dropped > 0 {
            self.end();
            let fault = LineFault::LongLine {
                length: line.length,
                limit: LINE_LIMIT as u64,
            };
            return (self.take)(line.number, Err(fault));
        }
        if let Some((text, number)) = self.spread.add(line.text, line.number) {
            self.events(&text, number);
        }
    }

    /// Nothing comes to an object that has no end yet.
    fn end(&mut self) {
        if let Some((text, number)) = self.spread.end() {
            self.events(&text, number);
        }
    }

    fn events(&mut self, text: &str, number: u64) {
        calls::events_in(text, &mut |event| (self.take)(number, event));
    }

    /// Whether a line that has no end yet is whole, with what is before it.
    fn is_whole_with(&self, unfinished: &str) -> bool {
        calls::is_whole(&self.spread.with(unfinished))
    }
}
