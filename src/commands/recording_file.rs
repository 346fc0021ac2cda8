//! The file of a recording: written by a thread that nobody waits for, in whole lines.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::files::{OpenError, OpenRules};
use crate::sink::{Delivery, Gone, Sink};
use crate::trace::Line;
use crate::words::Words;
use model::file_fault::FileRefusal;

/// So many bytes may wait for the disk.
const WAITING: usize = 64 << 20;

/// Why there is no file.
#[derive(Debug)]
pub(super) enum NoFile {
    /// Something has this name already.
    Exists,
    /// Anything else, as the system says.
    Other(Words),
}

/// What went wrong with the file.
#[derive(Clone, Debug, Default)]
pub(super) struct FileTrouble {
    /// The line that could not be written, and why; nothing came after it.
    pub(super) ended: Option<(u64, Words)>,
    /// Lines that were lost because the disk was too slow.
    pub(super) lost: u64,
}

/// The file of a recording.
#[derive(Clone)]
pub(super) struct RecordingFile {
    sink: Sink<Line>,
    trouble: Arc<Mutex<FileTrouble>>,
}

impl RecordingFile {
    /// Makes it, for its owner only; what has the name already is left alone.
    pub(super) fn make(path: &Path) -> Result<Self, NoFile> {
        let file = OpenRules::ours(path).make().map_err(|why| no_file(&why))?;
        let trouble = Arc::<Mutex<FileTrouble>>::default();
        let mut lines = Lines {
            file,
            whole: 0,
            last: (0, 0),
            trouble: Arc::clone(&trouble),
        };
        let sink = Sink::start("recording", WAITING, move |delivery| lines.take(delivery));
        let sink =
            sink.map_err(|why| NoFile::Other(Words::of_refusal(&FileRefusal::of_thread(&why))))?;
        Ok(Self { sink, trouble })
    }

    /// Takes a line and never waits.
    pub(super) fn take(&self, line: Line) {
        let weight = line.text.len();
        // What there is no room for is counted.
        self.sink.offer(line, weight);
    }

    /// Waits until everything is written, and tells what was not.
    pub(super) async fn close(&self, within: Duration) -> FileTrouble {
        let _ = tokio::time::timeout(within, self.sink.written()).await;
        lock(&self.trouble).clone()
    }
}

/// A second name, a folder or a link that has the name is there already, too.
fn no_file(error: &OpenError) -> NoFile {
    match error.kind() {
        ErrorKind::AlreadyExists => NoFile::Exists,
        _ => NoFile::Other(error.words()),
    }
}

/// The thread's side.
struct Lines {
    file: File,
    /// Bytes of whole lines.
    whole: u64,
    /// Number and time of the last line.
    last: (u64, u64),
    trouble: Arc<Mutex<FileTrouble>>,
}

impl Lines {
    fn take(&mut self, delivery: Delivery<Line>) -> Result<(), Gone> {
        let line = match delivery {
            Delivery::Item(line) => line,
            Delivery::Dropped(lost) => {
                lock(&self.trouble).lost += lost;
                Line::for_lost(self.last.0 + 1, self.last.1, lost)
            }
        };
        self.last = (line.n, line.ms);
        let written = self.file.write_all(line.text.as_bytes());
        if let Err(why) = written {
            // Half a line is none.
            let _ = self.file.set_len(self.whole);
            lock(&self.trouble).ended = Some((line.n, Words::of_io(&why)));
            return Err(Gone);
        }
        self.whole += line.text.len() as u64;
        Ok(())
    }
}

fn lock(trouble: &Mutex<FileTrouble>) -> std::sync::MutexGuard<'_, FileTrouble> {
    trouble.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::words::Lang;

    fn line(n: u64) -> Line {
        Line {
            n,
            ms: n,
            text: format!("{{\"n\":{n}}}\n"),
        }
    }

    #[tokio::test]
    async fn a_recording_is_for_its_owner_and_in_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let file = RecordingFile::make(&path).unwrap();
        (1..4).for_each(|n| file.take(line(n)));
        let trouble = file.close(Duration::from_secs(20)).await;
        assert!(trouble.ended.is_none() && trouble.lost == 0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (there, link) = (folder.path().join("there"), folder.path().join("link"));
        std::fs::write(&there, "mine").unwrap();
        symlink(folder.path().join("nowhere"), &link).unwrap();
        for path in [&there, &link] {
            assert!(matches!(RecordingFile::make(path), Err(NoFile::Exists)));
        }
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
        assert!(!folder.path().join("nowhere").exists());
        let nowhere = folder.path().join("no/such/folder");
        assert!(matches!(
            RecordingFile::make(&nowhere),
            Err(NoFile::Other(_))
        ));
    }

    #[test]
    fn a_full_disk_leaves_whole_lines() {
        let full = OpenFull::new();
        let mut lines = full.lines();
        assert_eq!(lines.take(Delivery::Item(line(1))), Err(Gone));
        let trouble = lock(&lines.trouble).clone();
        let (at, why) = trouble.ended.unwrap();
        assert_eq!(at, 1);
        assert!(why.in_lang(Lang::En).contains("No space left"), "{why:?}");
    }

    /// The kernel's own full disk.
    struct OpenFull(File);

    impl OpenFull {
        fn new() -> Self {
            Self(
                std::fs::OpenOptions::new()
                    .write(true)
                    .open("/dev/full")
                    .unwrap(),
            )
        }

        fn lines(self) -> Lines {
            Lines {
                file: self.0,
                whole: 0,
                last: (0, 0),
                trouble: Arc::default(),
            }
        }
    }

    #[test]
    fn lost_lines_are_counted_in_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        let mut lines = Lines {
            file: OpenRules::ours(&path).make().unwrap(),
            whole: 0,
            last: (0, 0),
            trouble: Arc::default(),
        };
        lines.take(Delivery::Item(line(7))).unwrap();
        lines.take(Delivery::Dropped(3)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.ends_with("{\"n\":8,\"ms\":7,\"dropped\":3}\n"),
            "{text}"
        );
        assert_eq!(lock(&lines.trouble).lost, 3);
    }
}
