//! Why something went wrong, in the language of whoever reads it: whoever made the error has its
//! words, and they are found by its type.

use std::error::Error;

use attach::AttachError;
use eyre::Report;
use history::ReadError;

use crate::config::{Faults, InitError};
use crate::console::ConsoleError;
use crate::esplog::FollowError;
use crate::graph::{ProxyFault, SetupError};
use crate::procall::ucserver::SettingsError;
use crate::words::{Lang, ProgramTexts, Words};
use model::cause::Cause;
use model::scarce::Scarce;

/// An error that is told to people: as this sentence, before what lies below it.
#[derive(Debug, thiserror::Error)]
#[error("{}", .words.in_lang(Lang::En))]
pub(crate) struct Told {
    words: Words,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Told {
    /// This sentence alone.
    pub(crate) const fn alone(words: Words) -> Self {
        Self {
            words,
            source: None,
        }
    }

    /// The sentence.
    pub(crate) fn into_words(self) -> Words {
        self.words
    }

    /// This entry of the program's texts, because of `why`.
    pub(crate) fn over(
        entry: fn(&'static ProgramTexts) -> &'static str,
        why: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            words: Words::say(entry, &[]),
            source: Some(why.into()),
        }
    }
}

/// What went wrong on top, and all that lies below it.
pub(crate) fn report_words(report: &Report) -> Words {
    let mut parts = report.chain().map(error_words);
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |all, part| all.because(&part))
}

/// The configuration was read anew, and is not in force.
pub(crate) fn not_reloaded(why: &Report) -> Words {
    let why = report_words(why);
    Words::say(|t| t.service.not_reloaded, &[("why", &why)])
}

fn error_words(error: &(dyn std::error::Error + 'static)) -> Words {
    let known = error
        .downcast_ref::<Told>()
        .map(|told| told.words.clone())
        .or_else(|| error.downcast_ref().map(InitError::words))
        .or_else(|| error.downcast_ref().map(AttachError::words))
        .or_else(|| error.downcast_ref().map(Faults::words))
        .or_else(|| error.downcast_ref().map(ReadError::words))
        .or_else(|| error.downcast_ref().map(SetupError::words))
        .or_else(|| error.downcast_ref().map(SettingsError::words))
        .or_else(|| error.downcast_ref().map(proxy))
        .or_else(|| error.downcast_ref().map(FollowError::words))
        .or_else(|| error.downcast_ref().map(ConsoleError::words))
        .or_else(|| error.downcast_ref().copied().map(scarce))
        .or_else(|| error.downcast_ref().map(crate::files::io_words));
    // What a library says and nobody has words for.
    known.unwrap_or_else(|| Words::quoted(error.to_string()))
}

fn proxy(fault: &ProxyFault) -> Words {
    let (what, remedy) = fault.words();
    what.then(&remedy)
}

fn scarce(what: Scarce) -> Words {
    let (what, remedy) = Words::of_cause(&Cause::Scarce(what));
    what.then(&remedy)
}
