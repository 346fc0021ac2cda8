//! The tasks around the core, and the queues to and from them: polling, writing, the directory,
//! the ProCall source. They do the I/O and decide nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::core::CoreSettings;
use super::directory;
use super::event::Event;
use super::poll::{PollOrder, PollTask};
use super::set::{Announced, SetOrder, SetTask};
use graph::{Directory, Graph};
use model::cause::{Cause, Trouble};
use model::clock::Clock;
use procall::{PresenceOrder, ProcallEvent, Source};

/// Places in the queue to the core; full, the tasks wait - never the core.
const EVENT_QUEUE: usize = 1024;

/// Changes that wait for ProCall. A first poll has one for every user.
const CHANGE_QUEUE: usize = 262_144;

/// What leads to the tasks and comes from them.
pub(super) struct Tasks {
    /// What happened outside.
    pub(super) events: mpsc::Receiver<Event>,
    /// For whoever else has something to say.
    pub(super) to_core: mpsc::WeakSender<Event>,
    pub(super) poll: mpsc::UnboundedSender<PollOrder>,
    pub(super) set: mpsc::UnboundedSender<SetOrder>,
    /// Sets that are about to go out.
    pub(super) announced: mpsc::UnboundedReceiver<Announced>,
    pub(super) procall: mpsc::Sender<PresenceOrder>,
    /// The ProCall source, until it has ended.
    pub(super) source: Option<JoinHandle<()>>,
    /// Tells the ProCall source to end.
    shutdown: watch::Sender<bool>,
    /// The tasks of Graph: two that read, one that writes.
    reading: [JoinHandle<()>; 2],
    writing: JoinHandle<()>,
}

impl Tasks {
    /// Starts them all.
    pub(super) fn start(
        graph: &Graph,
        source: Box<dyn Source>,
        settings: &CoreSettings,
        write_within: Option<Duration>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let (to_core, events) = mpsc::channel(EVENT_QUEUE);
        let weak = to_core.downgrade();
        let (shutdown, shutting_down) = watch::channel(false);
        let (poll, poll_orders) = mpsc::unbounded_channel();
        let (set, set_orders) = mpsc::unbounded_channel();
        let (announce, announced) = mpsc::unbounded_channel();
        let (procall, changes) = mpsc::channel(CHANGE_QUEUE);

        let graph_and_clock = || (graph.clone(), Arc::clone(clock));
        let ((at, time), to) = (graph_and_clock(), to_core.clone());
        let poll_task = PollTask::new(at, time, to, settings.interval);
        let polling = tokio::spawn(poll_task.run(poll_orders));
        let ((at, time), to) = (graph_and_clock(), to_core.clone());
        let set_task = SetTask::new(at, time, to, announce, settings.expiration, write_within);
        let writing = tokio::spawn(set_task.run(set_orders));
        let (at, time) = graph_and_clock();
        let listing = tokio::spawn(directory::run(Directory::new(at), time, to_core.clone()));
        let source = tokio::spawn(listen_to_procall(source, to_core, changes, shutting_down));
        Self {
            events,
            to_core: weak,
            poll,
            set,
            announced,
            procall,
            source: Some(source),
            shutdown,
            reading: [polling, listing],
            writing,
        }
    }

    /// The program ends: nothing is read any more, so that what is left of time, budget and file
    /// descriptors serves the giving back.
    pub(super) fn farewell(&self) {
        for task in &self.reading {
            task.abort();
        }
        self.shutdown.send_replace(true);
        // Fails only where the task is gone.
        let _ = self.set.send(SetOrder::Farewell);
    }

    /// The farewell is over: none of them outlives the bridge, and what one of them was still
    /// saying is cut off rather than said by nobody knows whom.
    pub(super) async fn end(self) {
        let [polling, listing] = self.reading;
        let all = [polling, listing, self.writing].into_iter();
        for task in all.chain(self.source) {
            task.abort();
            // Cut off, or broken off by a panic that is not ours to repeat.
            let _ = task.await;
        }
    }
}

async fn listen_to_procall(
    source: Box<dyn Source>,
    to_core: mpsc::Sender<Event>,
    changes: mpsc::Receiver<PresenceOrder>,
    shutdown: watch::Receiver<bool>,
) {
    let (says, mut said) = mpsc::channel(EVENT_QUEUE);
    let wanted = shutdown.clone();
    // Cut off together with this task.
    let mut running = JoinSet::new();
    running.spawn(source.run(says, changes, shutdown));
    let mut ended = false;
    loop {
        // A thread of the source that hangs on a share keeps its end of the queue for ever.
        let event = tokio::select! {
            biased;
            event = said.recv() => event,
            _ = running.join_next(), if !ended => {
                ended = true;
                said.close();
                continue;
            }
        };
        let Some(event) = event else { break };
        if to_core.send(Event::Procall(event)).await.is_err() {
            break;
        }
    }
    if !ended {
        // It ends by itself when told to; a panic in it is not ours to repeat.
        let _ = running.join_next().await;
    }
    if !*wanted.borrow() {
        // What it told is stale from now on; it is not heard any more.
        let words = "the ProCall source broke off inside lampfield (please report it)";
        let trouble = ProcallEvent::Trouble(Trouble::new(Cause::SourceBrokeOff, words));
        for event in [trouble, ProcallEvent::Silent(Duration::ZERO)] {
            // The core is gone, too.
            let _ = to_core.send(Event::Procall(event)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use super::*;

    /// A thread of it hangs on a share, and keeps what leads to the bridge.
    struct Hung;

    impl Source for Hung {
        fn run(
            self: Box<Self>,
            events: mpsc::Sender<ProcallEvent>,
            _: mpsc::Receiver<PresenceOrder>,
            mut shutdown: watch::Receiver<bool>,
        ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(async move {
                events.send(ProcallEvent::Up).await.unwrap();
                std::mem::forget(events);
                shutdown.wait_for(|stop| *stop).await.unwrap();
            })
        }

        fn label(&self) -> Arc<str> {
            "hung".into()
        }
    }

    #[tokio::test]
    async fn a_source_with_a_thread_that_hangs_ends_all_the_same() {
        let (to_core, mut events) = mpsc::channel(1);
        let (shutdown, stopped) = watch::channel(false);
        let (_changes, wanted) = mpsc::channel(1);
        let listening = tokio::spawn(listen_to_procall(Box::new(Hung), to_core, wanted, stopped));
        assert!(matches!(
            events.recv().await,
            Some(Event::Procall(ProcallEvent::Up))
        ));
        shutdown.send(true).unwrap();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), listening);
        ended.await.unwrap().unwrap();
    }

    /// It breaks off when it has told that it works.
    struct Broken;

    impl Source for Broken {
        fn run(
            self: Box<Self>,
            events: mpsc::Sender<ProcallEvent>,
            _: mpsc::Receiver<PresenceOrder>,
            _: watch::Receiver<bool>,
        ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(async move {
                events.send(ProcallEvent::Up).await.unwrap();
                panic!("as it must not");
            })
        }

        fn label(&self) -> Arc<str> {
            "broken".into()
        }
    }

    #[tokio::test]
    async fn a_source_that_breaks_off_is_silent_from_then_on() {
        let (to_core, mut events) = mpsc::channel(4);
        let (_shutdown, stopped) = watch::channel(false);
        let (_changes, wanted) = mpsc::channel(1);
        listen_to_procall(Box::new(Broken), to_core, wanted, stopped).await;
        let mut told = Vec::new();
        while let Some(Event::Procall(event)) = events.recv().await {
            told.push(event);
        }
        assert!(
            matches!(
                told[..],
                [
                    ProcallEvent::Up,
                    ProcallEvent::Trouble(_),
                    ProcallEvent::Silent(_)
                ]
            ),
            "{told:?}"
        );
    }
}
