//! The thread that the core has to itself: however much the worker of the network has to decode,
//! encrypt or compress just now, what happened is judged at once.

use std::io;
use std::pin::Pin;
use std::sync::mpsc;

use tokio::runtime;
use tokio::sync::oneshot;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs `work` on a thread of its own, or, where there is no further one, among the tasks of the
/// present runtime. What it brings comes through the channel; nothing where it broke off.
pub(super) fn on_its_own<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> oneshot::Receiver<T> {
    let (tell, told) = oneshot::channel();
    let work: Work = Box::pin(async move {
        // Nobody may wait for the end any more.
        let _ = tell.send(work.await);
    });
    // The work is handed over only when the thread is there: it is not lost where it is not.
    let (give, given) = mpsc::channel();
    let left = match start(given) {
        Ok(()) => give.send(work).err().map(|error| error.0),
        Err(_) => Some(work),
    };
    if let Some(work) = left {
        tokio::spawn(work);
    }
    told
}

fn start(given: mpsc::Receiver<Work>) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let thread = std::thread::Builder::new().name("core".to_owned());
    let serve = move || {
        if let Ok(work) = given.recv() {
            runtime.block_on(work);
        }
    };
    thread.spawn(serve).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_it_brings_comes_back_from_another_thread() {
        let here = std::thread::current().id();
        let there = on_its_own(async { std::thread::current().id() });
        assert_ne!(there.await.unwrap(), here);
    }

    #[tokio::test]
    async fn work_that_breaks_off_brings_nothing() {
        let brought = on_its_own(async { panic!("the test asked for it") });
        assert!(Result::<(), _>::is_err(&brought.await));
    }
}
