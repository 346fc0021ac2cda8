//! The demo tenant: in this process, but on threads of its own. However much it has to answer, the
//! bridge that asks is no more delayed by it than by Microsoft.

use std::ops::Deref;

use crate::config::Cli;
use crate::simulator::{self, Options, Running};
use color_eyre::eyre::{Report, WrapErr as _};
use tokio::runtime::{Builder, Runtime};

/// An open demo; dropping it closes it at once.
pub(crate) struct Demo {
    running: Running,
    /// Declared last: dropped when the tenant is closed.
    _threads: Threads,
}

impl Demo {
    /// Opens it.
    pub(crate) async fn open(options: Options) -> Result<Self, Report> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("demo")
            .enable_all()
            .build()
            .wrap_err("the program cannot start its threads")?;
        let opening = runtime.spawn(simulator::start(options));
        let threads = Threads(Some(runtime));
        let running = opening
            .await?
            .wrap_err("the demo tenant cannot be opened")?;
        Ok(Self {
            running,
            _threads: threads,
        })
    }

    /// Closes it: open requests get a second to finish.
    pub(crate) async fn close(self) {
        self.running.stop().await;
    }
}

impl Deref for Demo {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

/// The flags that the demo and the simulator share.
pub(crate) fn sized(cli: &Cli, options: Options) -> Options {
    let users = cli
        .global
        .users
        .and_then(|users| usize::try_from(users).ok());
    Options {
        users: users.unwrap_or(options.users),
        seed: cli.global.seed.unwrap_or(options.seed),
        ..options
    }
}

/// A runtime that may be dropped among the tasks of another one: nobody waits for its threads.
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
