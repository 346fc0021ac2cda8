//! `procall.jsonl`: what Teams makes of each user's presence, one JSON line a change.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::io::Errno;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::PresenceChange;
use files::{FileId, OpenRules, ends_in_a_line};
use model::presence::{Lamp, Lang, ProcallPresence};

/// Who was on the phone and when: for its owner, and for a group that is to read it.
const MODE: u32 = 0o640;

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    user_name: &'a str,
    procall_presence: ProcallPresence,
    lamp: Lamp,
    tooltip: &'a str,
    rule: &'a str,
}

/// One change as a line, line end included.
fn line(change: &PresenceChange, lang: Lang) -> Vec<u8> {
    let line = Line {
        at: rfc3339(change.at),
        user_name: change.user_name.as_str(),
        procall_presence: change.procall_presence,
        lamp: change.lamp,
        tooltip: change.tooltip.in_lang(lang),
        rule: change.rule,
    };
    // Strings and names of enums always serialise.
    let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// RFC 3339, UTC, milliseconds.
fn rfc3339(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Appends to a file that may be moved away, be full, or not be there.
pub(super) struct PresenceOut {
    path: PathBuf,
    lang: Lang,
    open: Option<(File, FileId)>,
    /// The last line was cut off by a full disk: the next one begins on a line of its own.
    torn: bool,
}

impl PresenceOut {
    pub(super) fn new(path: &Path, lang: Lang) -> Self {
        Self {
            path: path.to_owned(),
            lang,
            open: None,
            torn: false,
        }
    }

    /// Appends `changes`; each line is one write, so that a reader finds whole lines.
    /// A line that cannot be written is lost, the next ones are tried.
    pub(super) fn append(&mut self, changes: &[PresenceChange]) -> io::Result<()> {
        let mut outcome = self.reopen();
        for change in changes {
            let written = self.append_one(change);
            outcome = outcome.and(written);
        }
        outcome
    }

    fn append_one(&mut self, change: &PresenceChange) -> io::Result<()> {
        let Some((file, _)) = &mut self.open else {
            return Err(io::Error::new(ErrorKind::NotFound, "it is not open"));
        };
        let mut bytes = line(change, self.lang);
        if self.torn {
            bytes.insert(0, b'\n');
        }
        match file.write(&bytes) {
            Ok(written) if written == bytes.len() => {
                self.torn = false;
                Ok(())
            }
            Ok(written) => {
                self.torn = self.torn || written > 0;
                Err(Errno::NOSPC.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Opens the file again where its name stands for another one by now (rotation).
    fn reopen(&mut self) -> io::Result<()> {
        let named = std::fs::symlink_metadata(&self.path).ok();
        let still = named.map(|found| FileId::from_metadata(&found));
        if self.open.as_ref().is_some_and(|(_, id)| still == Some(*id)) {
            return Ok(());
        }
        self.open = None;
        let file = OpenRules::ours(&self.path).mode(MODE).append()?;
        self.torn = !ends_in_a_line(&file);
        let id = FileId::from_metadata(&file.metadata()?);
        self.open = Some((file, id));
        Ok(())
    }
}

/// Writes whatever comes until nobody sends any more; says when writing begins to fail and when
/// it works again.
pub(super) fn run(
    mut out: PresenceOut,
    changes: &mut mpsc::Receiver<PresenceChange>,
    report: &mut dyn FnMut(Option<io::Error>),
) {
    // Before there is a change: whoever named a pipe hears of it now, and not when a user calls.
    let mut failing = match out.reopen() {
        Ok(()) => false,
        Err(error) => {
            report(Some(error));
            true
        }
    };
    while let Some(first) = changes.blocking_recv() {
        let more = std::iter::from_fn(|| changes.try_recv().ok());
        let batch: Vec<_> = std::iter::once(first).chain(more).collect();
        match (out.append(&batch), failing) {
            (Ok(()), true) => report(None),
            (Err(error), false) => report(Some(error)),
            (Ok(()), false) | (Err(_), true) => continue,
        }
        failing = !failing;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use model::presence::{Mapping, TeamsPresence, UserName};

    fn change(user: &str, activity: &str) -> PresenceChange {
        let rule = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Busy", activity)));
        PresenceChange {
            at: "2026-11-23T12:04:05.1189Z".parse().unwrap(),
            user_name: UserName::new(user),
            procall_presence: rule.procall,
            lamp: rule.lamp,
            tooltip: &rule.tooltip,
            rule: &rule.name,
        }
    }

    #[test]
    fn a_change_is_one_json_line_in_the_language_of_the_settings() {
        let bytes = line(&change("anna@corp.example", "InACall"), Lang::De);
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap().trim_end(), @r#"{"at":"2026-11-23T12:04:05.118Z","user_name":"anna@corp.example","procall_presence":"busy_in_a_call","lamp":"red","tooltip":"im Gespräch","rule":"in_a_meeting"}"#);
        let bytes = line(&change("anna", "InACall"), Lang::En);
        assert!(String::from_utf8(bytes).unwrap().contains("in a call"));
    }

    #[test]
    fn whole_seconds_keep_their_milliseconds() {
        assert_eq!(rfc3339(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn lines_are_appended_and_a_moved_file_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("procall.jsonl");
        let mut out = PresenceOut::new(&path, Lang::En);
        out.append(&[change("a", "InACall"), change("b", "Busy")])
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
        fs::rename(&path, dir.path().join("procall.1")).unwrap();
        out.append(&[change("c", "Busy")]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_reported_once_and_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let room = dir.path().join("room");
        let out = PresenceOut::new(&room.join("procall.jsonl"), Lang::En);
        let (sender, mut receiver) = mpsc::channel(1);
        let (reports, reported) = std::sync::mpsc::channel();
        let writer = std::thread::spawn(move || {
            run(out, &mut receiver, &mut |error| {
                reports.send(error.map(|error| error.kind())).unwrap();
            });
        });
        sender.blocking_send(change("a", "Busy")).unwrap();
        assert_eq!(reported.recv().unwrap(), Some(ErrorKind::NotFound));
        for user in ["b", "c", "d"] {
            sender.blocking_send(change(user, "Busy")).unwrap();
        }
        fs::create_dir(&room).unwrap();
        while sender.blocking_send(change("e", "Busy")).is_ok() {
            if let Ok(report) = reported.try_recv() {
                // It works again; the failures in between were not reported.
                assert_eq!(report, None);
                break;
            }
        }
        drop(sender);
        writer.join().unwrap();
        assert!(room.join("procall.jsonl").exists());
    }

    #[test]
    fn a_full_disk_is_an_error_and_no_panic() {
        let path = Path::new("/dev/full");
        let mut out = PresenceOut::new(path, Lang::En);
        // A device is not opened by its name any more, but it is the only full disk everywhere.
        let full = fs::OpenOptions::new().append(true).open(path).unwrap();
        let id = FileId::from_metadata(&full.metadata().unwrap());
        out.open = Some((full, id));
        let error = out.append(&[change("a", "Busy")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
}
