//! The demo tenant: in this process, but on threads of its own. However much it has to answer, the
//! bridge that asks is no more delayed by it than by Microsoft.

use std::ops::Deref;

use color_eyre::eyre::{Report, WrapErr as _};
use lampfield::simulator::{self, Options, Running};
use tokio::runtime::{Builder, Runtime};

/// An open demo; dropping it closes it at once.
pub(super) struct Demo {
    running: Running,
    /// Declared last: dropped when the tenant is closed.
    _threads: Threads,
}

impl Demo {
    /// Opens it.
    pub(super) async fn open(options: Options) -> Result<Self, Report> {
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
    pub(super) async fn close(self) {
        self.running.stop().await;
    }
}

impl Deref for Demo {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
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
