//! A log sink that remembers what the bridge said.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use lampfield::bridge::{Event, LogLine, LogSink, Notice};

/// Every line of the log, whatever its level, and every notice for the operator.
#[derive(Clone, Default)]
pub struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    pub fn has(&self, words: &str) -> bool {
        self.0
            .lock()
            .unwrap()
            .iter()
            .any(|line| line.contains(words))
    }

    pub fn must_have(&self, words: &str) {
        assert!(self.has(words), "{words:?} is not in\n{}", self.text());
    }

    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl LogSink for Said {
    fn log(&mut self, _: Timestamp, line: LogLine) {
        let user = line.user.map(|user| format!(" {}", user.as_str()));
        self.note(format!(
            "{} {}{}: {}",
            line.level,
            line.target.as_str(),
            user.unwrap_or_default(),
            line.message
        ));
    }

    fn notify(&mut self, notice: &Notice) {
        self.note(format!("NOTICE {}: {}", notice.level, notice.message));
    }

    fn trouble(&mut self) -> Option<Event> {
        None
    }
}
