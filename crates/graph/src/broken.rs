//! Answers that break off, and what the HTTP client's errors were caused by.

use std::error::Error;
use std::io;

use super::operation::Operation;
use super::{Failure, FailureKind};
use model::cause::Cause;
use model::text::harmless_up_to;

/// What kept an answer from being read to its end.
pub(super) enum Broken {
    TooLarge,
    Off(reqwest::Error),
}

impl Broken {
    /// In words; `host` is where the answer came from.
    pub(super) fn failure(self, operation: Operation, host: &str) -> Failure {
        match self {
            Self::TooLarge => too_large(operation),
            Self::Off(error) => broken_off(operation, &error, host),
        }
    }
}

fn too_large(operation: Operation) -> Failure {
    let (what, limit) = (operation.words(), operation.body_limit() >> 20);
    let mib = u32::try_from(limit).unwrap_or(u32::MAX);
    Failure::new(
        FailureKind::Garbled,
        format!(
            "Could not {what}: the answer is larger than {limit} MiB. Does a proxy answer instead of Microsoft?"
        ),
    )
    .because(Cause::TooLarge { mib })
}

fn broken_off(operation: Operation, error: &reqwest::Error, host: &str) -> Failure {
    let (what, why) = (operation.words(), root_causes(error));
    if error.is_timeout() {
        return Failure::new(
            FailureKind::Timeout,
            format!("Could not {what}: the answer began but did not end in time"),
        )
        .because(Cause::TimeOut(host.into()));
    }
    if was_reset(error) {
        return Failure::new(
            FailureKind::Network,
            format!("Could not {what}: the connection broke in the middle of the answer: {why}"),
        )
        .because(Cause::ConnectionBroken(host.into()));
    }
    Failure::new(
        FailureKind::Garbled,
        format!(
            "Could not {what}: the answer is cut off or damaged: {why}. A proxy in between may do that"
        ),
    )
    .because(Cause::Damaged)
}

fn was_reset(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| {
            matches!(
                io.kind(),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
            )
        })
    })
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        (*error).source()
    })
}

/// The innermost causes in one line. The outermost is left out: it only repeats the URL.
pub(super) fn root_causes(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    if words.is_empty() {
        words.push("the request failed".to_owned());
    }
    let from = words.len().saturating_sub(2);
    let mut last = words.split_off(from);
    last.dedup();
    if let [outer, inner] = last.as_slice()
        && outer.contains(inner.as_str())
    {
        last.pop();
    }
    harmless_up_to(&last.join(": "), 200)
}
