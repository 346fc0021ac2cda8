//! Lines for the journal of systemd, with their values as fields: `journalctl LAMPFIELD_USER=...` finds them.
//!
//! Own code for a protocol of a page (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>): the crates that speak it take
//! records of `log` or `tracing`, whose fields are fixed where they are written, and always speak to the one socket
//! of the system, so that no test could listen.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use tracing::Level;

use model::text::{MESSAGE_LIMIT, harmless_lines, harmless_name_up_to};

use super::line::{Line, message_id};

/// Where the journal listens.
pub const JOURNAL_SOCKET: &str = "/run/systemd/journal/socket";

/// Longest message, in characters: an entry always fits into one datagram.
const LIMIT: usize = 4_000;

/// The way to the journal.
#[derive(Debug)]
pub struct Journal {
    socket: UnixDatagram,
    place: PathBuf,
}

impl Journal {
    /// The journal that listens here.
    ///
    /// # Errors
    /// None listens.
    pub fn connect(place: impl Into<PathBuf>) -> io::Result<Self> {
        let (socket, place) = (UnixDatagram::unbound()?, place.into());
        // An empty entry is nothing to the journal, and shows that it is there.
        socket.send_to(&[], &place)?;
        Ok(Self { socket, place })
    }

    /// Hands an entry over; waits as long as the journal takes nothing in.
    ///
    /// # Errors
    /// The journal is gone. One that is started anew is found again by the next entry.
    pub fn send(&self, line: &Line<'_>) -> io::Result<()> {
        self.socket.send_to(&entry(line), &self.place).map(drop)
    }
}

/// Whether this is the stream that systemd has connected with the journal: `$JOURNAL_STREAM` names its device and
/// inode. One that was redirected since is not. systemd.exec(5)
#[must_use]
pub fn is_journal_stream(named: Option<&str>, stream: impl AsFd) -> bool {
    let named = named.and_then(|it| it.split_once(':'));
    let named = named.and_then(|(device, inode)| Some((device.parse().ok()?, inode.parse().ok()?)));
    let found = rustix::fs::fstat(stream).ok();
    let found = found.map(|it| (it.st_dev, it.st_ino));
    named.is_some_and(|named: (u64, u64)| found == Some(named))
}

/// A line as an entry, as harmless as in the other layouts.
fn entry(line: &Line<'_>) -> Vec<u8> {
    let mut entry = Vec::new();
    let user = line.user.map(|it| harmless_name_up_to(it, MESSAGE_LIMIT));
    let message = harmless_lines(line.message, LIMIT);
    let about = [line.site, user.as_deref()].into_iter().flatten();
    let about: String = about.flat_map(|it| [it, ": "]).collect();
    let message: String = about.chars().chain(message.chars()).take(LIMIT).collect();
    let mut put = |name, value: &str| put(&mut entry, name, value);
    put("MESSAGE", &message);
    put("PRIORITY", priority(line.level));
    put("SYSLOG_IDENTIFIER", "lampfield");
    put("LAMPFIELD_PART", line.target);
    let id = line.kind().map(message_id);
    let request = line.request_id();
    let optional = [
        ("MESSAGE_ID", id.as_deref()),
        ("LAMPFIELD_TENANT", line.tenant),
        ("LAMPFIELD_SITE", line.site),
        ("LAMPFIELD_USER", user.as_deref()),
        ("LAMPFIELD_PROBLEM", line.problem()),
        ("REQUEST_ID", request.as_deref()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            put(name, value);
        }
    }
    entry
}

/// One with line ends is told with its length, as the protocol wants it.
fn put(entry: &mut Vec<u8>, name: &str, value: &str) {
    entry.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        entry.push(b'\n');
        entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        entry.push(b'=');
    }
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}

/// As syslog(3) counts them.
const fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "3",
        Level::WARN => "4",
        Level::INFO => "6",
        Level::DEBUG | Level::TRACE => "7",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::bridge::{LineKind, LineValues};
    use crate::graph::RequestId;

    fn listen(place: &Path) -> UnixDatagram {
        let socket = UnixDatagram::bind(place).unwrap();
        let patience = Duration::from_secs(20);
        socket.set_read_timeout(Some(patience)).unwrap();
        socket
    }

    /// The next entry that is not empty, read as the journal reads it.
    fn received(socket: &UnixDatagram) -> BTreeMap<String, String> {
        let mut buffer = vec![0; 1 << 18];
        loop {
            let read = socket.recv(&mut buffer).unwrap();
            if read > 0 {
                return fields(&buffer[..read]);
            }
        }
    }

    fn fields(mut entry: &[u8]) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::new();
        while !entry.is_empty() {
            let at = entry.iter().position(|it| b"=\n".contains(it)).unwrap();
            let (name, rest) = (&entry[..at], &entry[at + 1..]);
            let (value, rest) = if entry[at] == b'=' {
                let end = rest.iter().position(|it| *it == b'\n').unwrap();
                rest.split_at(end)
            } else {
                let (length, rest) = rest.split_first_chunk().unwrap();
                rest.split_at(u64::from_le_bytes(*length).try_into().unwrap())
            };
            assert_eq!(rest[0], b'\n', "a value ends with its line");
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            assert_eq!(fields.insert(text(name), text(value)), None);
            entry = &rest[1..];
        }
        fields
    }

    fn line<'a>(message: &'a str, values: &'a LineValues) -> Line<'a> {
        Line {
            level: Level::WARN,
            target: "set",
            user: Some("anna@corp.example"),
            message,
            tenant: Some("corp.example"),
            site: None,
            values: Some(values),
        }
    }

    fn expected(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = expected.iter();
        pairs.map(|(a, b)| ((*a).into(), (*b).into())).collect()
    }

    #[test]
    fn an_entry_has_the_values_of_its_line_as_fields() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("socket");
        let socket = listen(&place);
        let journal = Journal::connect(&place).unwrap();
        let values = LineValues {
            request_id: Some(RequestId("r-1".into())),
            problem: Some("no_token".into()),
            ..LineKind::LeaseRefused.into()
        };
        journal.send(&line("set failed", &values)).unwrap();
        let fields = [
            ("MESSAGE", "anna@corp.example: set failed"),
            ("PRIORITY", "4"),
            ("SYSLOG_IDENTIFIER", "lampfield"),
            ("LAMPFIELD_PART", "set"),
            ("MESSAGE_ID", "96a43a69839a404d9b2e3ba84986fe6a"),
            ("LAMPFIELD_TENANT", "corp.example"),
            ("LAMPFIELD_USER", "anna@corp.example"),
            ("LAMPFIELD_PROBLEM", "no_token"),
            ("REQUEST_ID", "r-1"),
        ];
        assert_eq!(received(&socket), expected(&fields));
    }

    #[test]
    fn what_a_line_does_not_have_is_no_field() {
        let line = Line {
            level: Level::DEBUG,
            user: None,
            tenant: None,
            site: None,
            values: None,
            ..line("poll", &LineValues::NONE)
        };
        let fields = fields(&entry(&line));
        let names = ["LAMPFIELD_PART", "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER"];
        assert!(fields.keys().eq(names), "{fields:?}");
        assert_eq!(fields["PRIORITY"], "7");
    }

    /// Nobody writes a field of ours, whatever a value says.
    #[test]
    fn a_value_with_line_ends_is_one_value() {
        let values = LineValues {
            request_id: Some(RequestId("r\nPRIORITY=0\u{1b}".into())),
            problem: Some("two\nlines".into()),
            ..LineValues::NONE
        };
        let line = Line {
            user: Some("anna\nPRIORITY=0"),
            ..line("one\nPRIORITY=0\r\n\nMESSAGE\n\u{1b}[2Jthree", &values)
        };
        let fields = fields(&entry(&line));
        assert_eq!(fields["PRIORITY"], "4");
        let message = "anna PRIORITY=0: one\nPRIORITY=0\n\nMESSAGE\n[2Jthree";
        assert_eq!(fields["MESSAGE"], message);
        assert_eq!(fields["LAMPFIELD_USER"], "anna PRIORITY=0");
        assert_eq!(fields["REQUEST_ID"], "r PRIORITY=0");
        assert_eq!(fields["LAMPFIELD_PROBLEM"], "two\nlines");
    }

    #[test]
    fn the_longest_entry_fits_into_a_datagram() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("socket");
        let socket = listen(&place);
        let long = "\u{1f4de}\n".repeat(LIMIT);
        let values = LineValues::NONE;
        let line = Line {
            user: Some(&long),
            ..line(&long, &values)
        };
        Journal::connect(&place).unwrap().send(&line).unwrap();
        let message = &received(&socket)["MESSAGE"];
        assert_eq!(message.chars().count(), LIMIT);
    }

    #[test]
    fn a_journal_that_is_gone_is_said_and_one_that_comes_back_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("socket");
        assert!(Journal::connect(&place).is_err(), "none listens");
        let first = listen(&place);
        let journal = Journal::connect(&place).unwrap();
        drop(first);
        assert!(journal.send(&line("lost", &LineValues::NONE)).is_err());
        std::fs::remove_file(&place).unwrap();
        let second = listen(&place);
        journal.send(&line("back", &LineValues::NONE)).unwrap();
        assert!(received(&second)["MESSAGE"].ends_with("back"));
    }

    #[test]
    fn the_stream_of_the_journal_is_told_from_one_that_was_redirected() {
        let [ours, other] = [(); 2].map(|()| tempfile::tempfile().unwrap());
        let about = ours.metadata().unwrap();
        let named = format!("{}:{}", about.dev(), about.ino());
        assert!(is_journal_stream(Some(&named), &ours));
        assert!(!is_journal_stream(Some(&named), &other));
        for wrong in [None, Some(""), Some(":"), Some("8"), Some("8:x")] {
            assert!(!is_journal_stream(wrong, &ours), "{wrong:?}");
        }
    }
}
