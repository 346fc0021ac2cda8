//! Commands from other processes: the log says who asked for what.

use model::command::Command;
use model::presence::UserName;
use tracing::Level;

use super::super::line::{LineKind, LogLine};
use super::Actor;

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
