//! Commands from other processes: the log says who asked for what.

use model::command::{Asked, Command};
use model::presence::UserName;
use tracing::Level;

use super::super::line::{LineKind, LogLine};
use super::Actor;

/// The line of the log for a command of somebody who may only look.
#[must_use]
pub fn refused_line(asked: &Asked) -> LogLine {
    let (what, user) = in_words(&asked.command);
    let message = format!("{} may look, not command; refused: {what}", asked.by);
    let line = LogLine::of_bridge(Level::WARN, message);
    LogLine { user, ..line }.with(LineKind::CommandRefused)
}

impl Actor {
    pub(super) fn say_asked(&mut self, by: &str, command: &Command) {
        let (what, user) = in_words(command);
        let line = LogLine::of_bridge(Level::INFO, format!("{by} asks: {what}"));
        let line = LogLine { user, ..line }.with(LineKind::CommandAsked);
        self.log_sink.log(self.clock.wall(), line);
    }
}

/// What is wished, and for whom.
pub(super) fn in_words(command: &Command) -> (String, Option<UserName>) {
    let about = |what: &str, name: &UserName| (what.to_owned(), Some(name.clone()));
    match command {
        Command::RefreshAll => ("poll everybody now".to_owned(), None),
        Command::Refresh(name) => about("poll this user now", name),
        Command::SetInterval(every) => (format!("poll every {} s", every.as_secs()), None),
        Command::PauseWriting => ("write nothing to Teams any more".to_owned(), None),
        Command::ResumeWriting => ("write to Teams again".to_owned(), None),
        Command::PauseUser(name) => about("write nothing for this user any more", name),
        Command::ResumeUser(name) => about("write for this user again", name),
        Command::ClearLease(name) => about("clear the lease of this user", name),
        Command::ClearAllLeases => ("clear all leases".to_owned(), None),
    }
}
