//! Failures of a poll that Graph did not report. Pure, but for asking whether a thread is left.

use tokio::task::JoinError;

use graph::{Failure, FailureKind};
use model::cause::Cause;
use model::scarce::Scarce;

/// A request whose task ended in a panic: the runtime's, where no thread is left, or ours.
pub(super) fn broke_off(error: &JoinError) -> Failure {
    let thread = std::thread::Builder::new().spawn(|| ());
    let scarce = thread.err().and_then(|error| Scarce::for_thread(&error));
    let room = scarce.map_or_else(String::new, |it| format!(": {it}"));
    let what = if error.is_panic() {
        "broke off within lampfield"
    } else {
        "was cancelled"
    };
    Failure::new(
        FailureKind::Network,
        format!("Could not read presence: the request {what}{room}"),
    )
    .because(scarce.map_or(Cause::BrokeOff, Cause::Scarce))
}

/// An id that fails alone, for a reason that is not kept.
pub(super) fn unexplained(kind: FailureKind) -> Failure {
    Failure::new(kind, "Graph fails whenever this user is asked for").because(Cause::OneUser)
}
