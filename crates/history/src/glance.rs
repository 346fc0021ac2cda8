//! The rows at a moment, as fast as it goes: the picture, one base, what came after it, read by all
//! cores. Without histories, which [`super::walk`] has.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::thread;

use model::snapshot::Snapshot;
use stream::{Decoder, Frame};

use crate::hour::Hour;
use crate::recording::ReadError;

/// More cores do not make it faster.
const THREADS: usize = 8;

/// What stands at the beginning of the line of a changed row.
const ROW: &[u8] = b"{\"row\":{";

/// What stands before the last that it says. In a text the quotation marks would be escaped.
const HISTORY: &[u8] = b",\"history\":";

/// What this entry of the file shows.
///
/// # Errors
/// Frames that do not fit together: a defect of whoever wrote them.
pub(super) fn glance(hour: &Hour, at: usize) -> Result<Arc<Snapshot>, ReadError> {
    let nothing = || ReadError::NoRecording;
    let entry = hour.entries.get(at).ok_or_else(nothing)?;
    let (picture, rest) = if entry.stretch == entry.picture {
        let mut together = unpack(hour, entry.picture..=at)?;
        let rest = together.split_off(1);
        (together, rest)
    } else {
        let picture = unpack(hour, entry.picture..=entry.picture)?;
        (picture, unpack(hour, entry.stretch..=at)?)
    };
    let bodies = picture.iter().chain(&rest);
    let lines: Vec<_> = bodies.flat_map(|body| lines(body)).collect();
    let frames = read_all(&lines)?;
    let mut decoder = Decoder::default();
    let mut commit = None;
    for frame in frames {
        match frame {
            Frame::Commit { .. } => commit = Some(frame),
            Frame::Log(_) | Frame::LogLost(_) => {}
            frame => {
                decoder.take(frame)?;
            }
        }
    }
    let shown = decoder.take(commit.ok_or_else(nothing)?)?;
    shown.ok_or_else(nothing)
}

/// The bodies of a stretch, each as it was before it was compressed.
fn unpack(hour: &Hour, entries: std::ops::RangeInclusive<usize>) -> io::Result<Vec<Vec<u8>>> {
    let mut unpacker = Unpacker::new()?;
    let entries = hour.entries.get(entries).unwrap_or_default();
    let bodies = entries
        .iter()
        .map(|entry| unpacker.take(hour.body(&entry.body)));
    bodies.collect()
}

/// Every frame in the bytes of a file that can be read, as lines of JSON: what a recording has on disk.
///
/// # Errors
/// [`ReadError`]: nothing that is a recording.
pub fn unpacked(file: &[u8]) -> Result<Vec<u8>, ReadError> {
    let hour = Hour::new(file.to_vec())?;
    let mut all = Vec::new();
    let mut unpacker = Unpacker::new()?;
    for (at, entry) in hour.entries.iter().enumerate() {
        if entry.stretch == at {
            unpacker = Unpacker::new()?;
        }
        all.extend(unpacker.take(hour.body(&entry.body))?);
        if let Some(context) = &entry.context {
            all.extend(Unpacker::new()?.take(hour.body(context))?);
        }
    }
    Ok(all)
}

/// Reads the blocks of a stretch one after the other.
pub(super) struct Unpacker(zstd::stream::write::Decoder<'static, Vec<u8>>);

impl Unpacker {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(zstd::stream::write::Decoder::new(Vec::new())?))
    }

    pub(super) fn take(&mut self, body: &[u8]) -> io::Result<Vec<u8>> {
        self.0.write_all(body)?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.get_mut()))
    }
}

/// The lines of a body.
pub(super) fn lines(body: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// All frames, in order, read by as many threads as there are cores.
fn read_all(lines: &[&[u8]]) -> Result<Vec<Frame>, ReadError> {
    let cores = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(THREADS);
    let shares = shares(lines, cores);
    let read = thread::scope(|scope| {
        let threads: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || read(share)))
            .collect();
        let ended = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Err(ReadError::NoRecording)));
        ended.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(read.into_iter().flatten().collect())
}

fn read(lines: &[&[u8]]) -> Result<Vec<Frame>, ReadError> {
    let frames = lines.iter().map(|line| match without_history(line) {
        Some(row) => stream::read_line(&row),
        None => stream::read_line(line),
    });
    frames.collect::<Result<_, _>>().map_err(ReadError::from)
}

/// The line of a row that has a history with it, without that: half of what there is to read.
fn without_history(line: &[u8]) -> Option<Vec<u8>> {
    let rest = line.strip_prefix(ROW)?;
    let (row, _) = rest.split_at_checked(memchr::memmem::find(rest, HISTORY)?)?;
    Some([ROW, row, b"}}"].concat())
}

/// Cuts them into shares of about as many bytes.
fn shares<'a>(lines: &'a [&'a [u8]], count: usize) -> Vec<&'a [&'a [u8]]> {
    let all: usize = lines.iter().map(|line| line.len()).sum();
    let (mut shares, mut rest) = (Vec::new(), lines);
    let each = all / count.max(1) + 1;
    while !rest.is_empty() {
        let mut bytes = 0;
        let taken = rest.iter().take_while(|line| {
            let fits = bytes < each;
            bytes += line.len();
            fits
        });
        let (share, left) = rest.split_at(taken.count().clamp(1, rest.len()));
        shares.push(share);
        rest = left;
    }
    shares
}
