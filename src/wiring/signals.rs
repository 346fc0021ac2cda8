//! SIGTERM, hang-up and Ctrl-C for whatever has no console.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::said::Told;
use crate::config::Exit;
use crate::console::Ignored;
use eyre::Report;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A file that may not grow any further (`ulimit -f`, `LimitFSIZE`) must not end the program: the
/// write fails, as on a full disk.
pub(crate) fn outlive_full_disks() {
    let hit = Arc::<AtomicBool>::default();
    // Fails only for signals that nobody may handle.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, hit);
}

/// Listens from its making on, so that no signal is missed. What was ignored when the process was
/// started (`nohup`) stays ignored.
pub(crate) struct Signals {
    terminate: Option<Signal>,
    hang_up: Option<Signal>,
    interrupt: Option<Signal>,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self, Report> {
        let ignored = Ignored::at_start();
        let on = |kind: SignalKind| {
            let heard = !ignored.has(kind.as_raw_value());
            let listening = heard.then(|| signal(kind)).transpose();
            listening.map_err(|why| Told::over(|t| t.errors.signals, why))
        };
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            hang_up: on(SignalKind::hangup())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }

    /// From here on a hang-up does not end anything: whoever takes it listens for it.
    pub(crate) const fn take_hang_up(&mut self) -> HangUp {
        HangUp(self.hang_up.take())
    }

    /// Waits for the end: a signal, or `for_` where given. Ctrl-C is how a person ends a command
    /// that would run for ever, so it is no failure.
    pub(crate) async fn end(&mut self, for_: Option<Duration>) -> Exit {
        let time_is_up = async {
            match for_ {
                Some(for_) => tokio::time::sleep(for_).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = comes(self.terminate.as_mut()) => Exit::Terminated,
            () = comes(self.hang_up.as_mut()) => Exit::HangUp,
            () = comes(self.interrupt.as_mut()) => Exit::Ok,
            () = time_is_up => Exit::Ok,
        }
    }
}

/// Hang-ups; none where they were ignored at the start.
pub(crate) struct HangUp(Option<Signal>);

impl HangUp {
    /// A further one.
    pub(crate) async fn comes(&mut self) {
        comes(self.0.as_mut()).await;
    }
}

async fn comes(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
