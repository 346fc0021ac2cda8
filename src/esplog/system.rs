//! What an operator must know, for the system's log: journald or syslog, where there is one.
//!
//! Both listen on the Unix socket `/dev/log`. A system without it (a container) is no fault, and
//! nobody ever waits: what the socket does not take at once is not sent.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use syslog::{Facility, LogFormat, Logger, LoggerBackend, Severity};
use tracing::Level;

use model::text::harmless_up_to;

/// Longest message, in characters: what every syslog takes in one datagram (RFC 3164: 1024 bytes).
const LIMIT: usize = 900;

/// A connection to the system's log.
pub struct SystemLog {
    logger: Logger<LoggerBackend, Layout>,
    /// Another socket than the system's, for tests.
    socket: Option<PathBuf>,
    /// Notices that the log did not take in since the last that it did.
    dropped: u64,
}

impl std::fmt::Debug for SystemLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemLog")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

impl SystemLog {
    /// Connects, if it is wanted (not in the demo) and the system has a log.
    #[must_use]
    pub fn connect(enabled: bool) -> Option<Self> {
        enabled.then(|| Self::open(None)).flatten()
    }

    /// Connects to this socket instead of the system's.
    #[must_use]
    pub fn connect_to(socket: &Path) -> Option<Self> {
        Self::open(Some(socket.to_owned()))
    }

    fn open(socket: Option<PathBuf>) -> Option<Self> {
        let logger = open_logger(socket.as_deref())?;
        Some(Self {
            logger,
            socket,
            dropped: 0,
        })
    }

    /// Sends a notice. `message` must hold no secret. Never waits, never fails: where the log was
    /// restarted it connects again; what cannot be sent then is counted, and the count follows the
    /// next that can.
    pub fn notice(&mut self, at: Timestamp, level: Level, message: &str) {
        if !self.sent(at, level, message) {
            self.dropped += 1;
        } else if self.dropped > 0 {
            self.say_what_was_dropped(at);
        }
    }

    /// Others have dropped these before they came here.
    pub fn note_dropped(&mut self, notices: u64) {
        self.dropped += notices;
    }

    fn say_what_was_dropped(&mut self, at: Timestamp) {
        let message = format!(
            "{} notices dropped before this: the log took nothing in",
            self.dropped
        );
        if self.sent(at, Level::WARN, &message) {
            self.dropped = 0;
        }
    }

    fn sent(&mut self, at: Timestamp, level: Level, message: &str) -> bool {
        let message = harmless_up_to(message, LIMIT);
        let sent = self.send(at, level, &message);
        if sent.as_ref().is_err_and(is_disconnected)
            && let Some(logger) = open_logger(self.socket.as_deref())
        {
            self.logger = logger;
            return self.send(at, level, &message).is_ok();
        }
        sent.is_ok()
    }

    fn send(&mut self, at: Timestamp, level: Level, message: &str) -> syslog::Result<()> {
        let logger = &mut self.logger;
        match level {
            Level::ERROR => logger.err((at, message)),
            Level::WARN => logger.warning((at, message)),
            Level::INFO => logger.notice((at, message)),
            Level::DEBUG | Level::TRACE => logger.debug((at, message)),
        }
    }
}

fn open_logger(socket: Option<&Path>) -> Option<Logger<LoggerBackend, Layout>> {
    let layout = Layout {
        process: "lampfield",
        pid: std::process::id(),
        time_zone: TimeZone::system(),
    };
    let logger = match socket {
        Some(path) => syslog::unix_custom(layout, path),
        None => syslog::unix(layout),
    };
    let logger = logger.ok()?;
    let nonblocking = match &logger.backend {
        LoggerBackend::Unix(socket) => socket.set_nonblocking(true),
        LoggerBackend::UnixStream(stream) => stream.get_ref().set_nonblocking(true),
        _ => Ok(()),
    };
    nonblocking.ok().map(|()| logger)
}

/// A socket that is merely full is not worth a new connection.
fn is_disconnected(error: &syslog::Error) -> bool {
    match error {
        syslog::Error::Write(error) | syslog::Error::Io(error) => {
            error.kind() != std::io::ErrorKind::WouldBlock
        }
        syslog::Error::Initialization(_) => true,
    }
}

/// RFC 3164 without host name, as `syslog(3)` sends it. The crate's own layout writes UTC where
/// local time is expected, and reads a clock by itself.
#[derive(Clone)]
struct Layout {
    process: &'static str,
    pid: u32,
    time_zone: TimeZone,
}

impl LogFormat<(Timestamp, &str)> for Layout {
    fn format<W: Write>(
        &self,
        to: &mut W,
        severity: Severity,
        (at, message): (Timestamp, &str),
    ) -> syslog::Result<()> {
        let priority = Facility::LOG_DAEMON as u8 | severity as u8;
        let at = at.to_zoned(self.time_zone.clone());
        let Self { process, pid, .. } = self;
        // One `write!` is one datagram.
        write!(
            to,
            "<{priority}>{} {process}[{pid}]: {message}",
            at.strftime("%b %e %H:%M:%S")
        )
        .map_err(syslog::Error::Write)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    use rstest::rstest;

    use super::*;

    fn listen(path: &Path) -> UnixDatagram {
        let socket = UnixDatagram::bind(path).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        socket
    }

    fn received(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 4096];
        let read = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..read].to_vec()).unwrap()
    }

    #[rstest]
    #[case(Level::ERROR, "<27>")]
    #[case(Level::WARN, "<28>")]
    #[case(Level::INFO, "<29>")]
    fn a_notice_is_one_datagram_with_its_severity(#[case] level: Level, #[case] priority: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let socket = listen(&path);
        let mut log = SystemLog::connect_to(&path).unwrap();
        log.notice(
            Timestamp::UNIX_EPOCH,
            level,
            "authorisation lost\n\u{1b}[2J",
        );
        let text = received(&socket);
        assert!(text.starts_with(priority), "{text}");
        let pid = std::process::id();
        assert!(
            text.ends_with(&format!(" lampfield[{pid}]: authorisation lost [2J")),
            "{text}"
        );
    }

    #[test]
    fn no_log_is_no_fault() {
        assert!(SystemLog::connect(false).is_none());
        assert!(SystemLog::connect_to(Path::new("/nonexistent/log")).is_none());
    }

    #[test]
    fn a_log_that_was_restarted_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let first = listen(&path);
        let mut log = SystemLog::connect_to(&path).unwrap();
        drop(first);
        std::fs::remove_file(&path).unwrap();
        log.notice(Timestamp::UNIX_EPOCH, Level::WARN, "nobody listens");
        let second = listen(&path);
        log.notice(Timestamp::UNIX_EPOCH, Level::WARN, "back again");
        assert!(received(&second).ends_with("back again"));
    }

    #[test]
    fn a_log_that_does_not_read_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let _socket = listen(&path);
        let mut log = SystemLog::connect_to(&path).unwrap();
        // Far more than any socket holds; a sender that waits would wait for ever.
        for _ in 0..5_000 {
            log.notice(Timestamp::UNIX_EPOCH, Level::WARN, "again");
        }
    }

    #[test]
    fn what_a_log_did_not_take_in_is_counted_and_said_when_it_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let socket = listen(&path);
        let mut log = SystemLog::connect_to(&path).unwrap();
        let mut sent = 0_u64;
        while log.dropped < 3 {
            log.notice(Timestamp::UNIX_EPOCH, Level::WARN, "again");
            sent += 1;
        }
        log.note_dropped(2);
        for _ in 3..sent {
            assert!(received(&socket).ends_with("again"));
        }
        log.notice(Timestamp::UNIX_EPOCH, Level::WARN, "at last");
        assert!(received(&socket).ends_with("at last"));
        assert!(received(&socket).contains("5 notices dropped before this"));
        assert_eq!(log.dropped, 0);
    }
}
