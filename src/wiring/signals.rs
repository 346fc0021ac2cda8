//! SIGTERM, hang-up and Ctrl-C for whatever has no console.

use std::time::Duration;

use color_eyre::eyre::{Report, WrapErr as _};
use lampfield::config::Exit;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from its making on, so that no signal is missed.
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Report> {
        let on = |kind| signal(kind).wrap_err("signals cannot be handled");
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            hang_up: on(SignalKind::hangup())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }

    /// Waits for the end: a signal, or `for_` where given. Ctrl-C is how a person ends a command
    /// that would run for ever, so it is no failure.
    pub(super) async fn end(&mut self, for_: Option<Duration>) -> Exit {
        let time_is_up = async {
            match for_ {
                Some(for_) => tokio::time::sleep(for_).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.hang_up.recv() => Exit::HangUp,
            _ = self.interrupt.recv() => Exit::Ok,
            () = time_is_up => Exit::Ok,
        }
    }
}
