//! The file of calls, followed: what is new in it, and the calls that last.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::calls::{self, CurrentCalls};
use super::path_of;
use crate::CallEvent;
use files::{LineSplitter, Tail, TailStep, TextKind, TextLine, io_refusal};
use model::source_fault::{LineFault, OddLine, SourceFault, SourceWarning};

/// Longest line of `calls.jsonl` that is read, in bytes; a real one has about 100.
const LINE_LIMIT: usize = 64 * 1024;

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
        let Self { lines, current, .. } = self;
        let mut take = |line: TextLine<'_>| {
            read(line, &mut |event| match event {
                Ok(event) => {
                    current.take(&event);
                    hand_out(event);
                }
                Err(_) if news.lines.len() >= NAMED => news.more += 1,
                Err(fault) => news.lines.push(OddLine {
                    number: line.number,
                    fault,
                }),
            });
        };
        let mut grew = false;
        let looked = self.tail.look(&mut |step| match step {
            TailStep::Bytes(bytes) => {
                grew = true;
                lines.feed(bytes, &mut take);
            }
            TailStep::Replaced => lines.finish(&mut take),
            TailStep::Began | TailStep::Truncated => {
                // A line that was not finished is gone, unless nothing but its end was missing.
                if calls::is_whole(&lines.unfinished()) {
                    lines.take_unfinished(&mut take);
                }
                lines.forget();
            }
        });
        self.standing = match (grew, self.standing) {
            (true, _) => Some(Duration::ZERO),
            (false, stood) => stood.map(|stood| stood + rested),
        };
        if self.standing.is_some_and(|stood| stood >= MOMENT) {
            self.standing = None;
            if calls::is_whole(&lines.unfinished()) {
                lines.take_unfinished(&mut take);
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

fn read(line: TextLine<'_>, take: &mut dyn FnMut(Result<CallEvent, LineFault>)) {
    if line.dropped > 0 {
        return take(Err(LineFault::LongLine {
            length: line.length,
            limit: LINE_LIMIT as u64,
        }));
    }
    calls::events_in(line.text, take);
}
