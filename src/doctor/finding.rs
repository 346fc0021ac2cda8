//! What one check found.

use serde::Serialize;

use words::{DoctorTexts, Value};

pub use words::Words;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warning,
    /// It does not work.
    Failed,
    /// Not tried, because something before it failed.
    Skipped,
}

/// One of the doctor's texts in both languages, with `values` in the place of their names.
pub(super) fn say(
    entry: fn(&'static DoctorTexts) -> &'static str,
    values: &[(&str, &dyn Value)],
) -> Words {
    Words::filled(|lang| entry(DoctorTexts::in_lang(lang)), values)
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it ended.
    pub status: Status,
    /// What was found, in one sentence.
    pub message: Words,
    /// What belongs to it, a line each.
    pub details: Vec<Words>,
    /// What to do.
    pub advice: Option<Words>,
}

impl Finding {
    /// As it should be.
    #[must_use]
    pub const fn ok(message: Words) -> Self {
        Self::new(Status::Ok, message, None)
    }

    /// It works, but.
    #[must_use]
    pub const fn warning(message: Words, advice: Words) -> Self {
        Self::new(Status::Warning, message, Some(advice))
    }

    /// It does not work.
    #[must_use]
    pub const fn failed(message: Words, advice: Words) -> Self {
        Self::new(Status::Failed, message, Some(advice))
    }

    /// A check that was not made, and why.
    #[must_use]
    pub const fn skipped(message: Words) -> Self {
        Self::new(Status::Skipped, message, None)
    }

    const fn new(status: Status, message: Words, advice: Option<Words>) -> Self {
        Self {
            status,
            message,
            details: Vec::new(),
            advice,
        }
    }

    /// With one more line.
    #[must_use]
    pub fn with(mut self, detail: Words) -> Self {
        self.details.push(detail);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_somebody_quoted_is_taken_out_everywhere() {
        model::redact::hide("W9-s3cret-x");
        let quoting = Words::new("ein W9-s3cret-x", "an W9-s3cret-x");
        let finding = Finding::failed(quoting.clone(), quoting.clone()).with(quoting);
        let shown = format!("{finding:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("an [removed]"), "{shown}");
    }
}
