//! What the console is fed with, how it looks, and why it ends.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::task::{Context, Poll, Wake as TaskWake, Waker};

use rustix::io::Errno;
use tokio::sync::{mpsc, watch};

use super::logs::LogInbox;
use super::past::PastWish;
use super::settings::ConsoleSettings;
use super::term::Wake;
use super::theme::{ColorChoice, ThemeChoice};
use model::clock::Clock;
use model::command::Command;
use model::presence::Lang;
use model::snapshot::Snapshot;
use words::{ProgramTexts, Value, Words};

/// How the console looks and behaves.
#[derive(Clone, Debug, Default)]
pub struct ConsoleOptions {
    /// The language of every word on the screen.
    pub lang: Lang,
    /// When to use colour.
    pub color: ColorChoice,
    /// The theme, where one is asked for: it holds for this run, whatever is configured or remembered.
    pub theme: Option<ThemeChoice>,
    /// Nothing but ASCII; also where the environment's character set is not UTF-8.
    pub ascii: bool,
    /// Nothing is written to Teams: actions that would are refused. Also implied by a snapshot
    /// whose mode is [`model::snapshot::Mode::Observing`].
    pub observe: bool,
    /// Another screen has opened this one and comes back when it ends: Esc on the table does that, too.
    pub comes_back: bool,
    /// `[console]` of the configuration.
    pub settings: ConsoleSettings,
    /// Where the sort is remembered until the next start; nowhere: it is not.
    pub memory: Option<PathBuf>,
}

/// What the console is fed with.
///
/// The channels are tokio's, but no runtime is needed on the console's side: a thread waits for
/// the next snapshot, and commands are tried, never waited for.
pub struct Feed {
    /// The latest snapshot. When the sender is dropped the console says that the bridge has ended.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where wishes go. A full channel is said in the status line.
    pub commands: mpsc::Sender<Command>,
    /// Where log lines are pushed.
    pub logs: LogInbox,
    /// Where the time comes from: in the past, that of the moment that is shown.
    pub clock: Arc<dyn Clock>,
    /// Where wishes to see another moment go; nothing where there is no recording. What comes of them
    /// are snapshots, and what [`LogInbox::show_past`] and [`LogInbox::say`] tell.
    pub past: Option<mpsc::Sender<PastWish>>,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}

/// Why the console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleExit {
    /// The administrator quit.
    Quit,
    /// The process was asked to end by SIGTERM.
    Terminated,
    /// The terminal is gone, or SIGHUP.
    HungUp,
}

impl ConsoleExit {
    /// The exit code of the process.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Quit => 0,
            Self::Terminated => 143,
            Self::HungUp => 129,
        }
    }
}

/// Why the console could not run.
#[derive(Debug)]
pub enum ConsoleError {
    /// There is no terminal, or it cannot be opened.
    NoTerminal(io::Error),
    /// A thread or a signal handler could not be set up.
    Start(io::Error),
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().in_lang(Lang::En))
    }
}

impl Error for ConsoleError {}

impl ConsoleError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::NoTerminal(why) => {
                Words::say(|t| t.errors.no_terminal, &[("why", &Words::of_io(why))])
            }
            Self::Start(why) => {
                let remedy = remedy(why).map(|entry| Words::say(entry, &[]));
                let (why, remedy) = (Words::of_io(why), remedy.unwrap_or_default());
                let values: [(&str, &dyn Value); 2] = [("why", &why), ("remedy", &remedy)];
                Words::say(|t| t.errors.console_start, &values)
            }
        }
    }

    /// Of a terminal that could not be opened: where something is short, that is the reason.
    pub(super) fn from_io(error: io::Error) -> Self {
        if remedy(&error).is_none() {
            Self::NoTerminal(error)
        } else {
            Self::Start(error)
        }
    }
}

/// What to do where the system has not enough of something.
fn remedy(error: &io::Error) -> Option<fn(&'static ProgramTexts) -> &'static str> {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::MFILE) => Some(|t| t.errors.console_files),
        Some(Errno::NFILE) => Some(|t| t.errors.console_files_machine),
        Some(Errno::AGAIN | Errno::NOMEM) => Some(|t| t.errors.console_threads),
        _ => None,
    }
}

/// Wakes the loop for every snapshot and for log lines. A full channel needs no wake: the loop
/// looks for both after every message.
pub(super) fn watch_feed(feed: &Feed, to: &SyncSender<Wake>) -> io::Result<()> {
    let wake = to.clone();
    feed.logs.on_arrival(move || nudge(&wake));
    let (mut snapshots, wake) = (feed.snapshots.clone(), to.clone());
    std::thread::Builder::new()
        .name("snapshots".into())
        .spawn(move || {
            while wait_for(snapshots.changed()).is_ok() {
                nudge(&wake);
            }
            let _ = wake.send(Wake::BridgeEnded);
        })
        .map(drop)
}

pub(super) fn nudge(to: &SyncSender<Wake>) {
    match to.try_send(Wake::News) {
        Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
    }
}

struct Unpark(std::thread::Thread);

impl TaskWake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future that needs no runtime, on this thread.
pub(super) fn wait_for<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Errno::MFILE, "ulimit -n")]
    #[case(Errno::NFILE, "fs.file-max")]
    #[case(Errno::AGAIN, "ulimit -u")]
    #[case(Errno::NOTTY, "needs a terminal")]
    fn what_is_short_is_said(#[case] errno: Errno, #[case] wanted: &str) {
        let said = ConsoleError::from_io(errno.into()).to_string();
        assert!(said.contains(wanted), "{said}");
    }
}
