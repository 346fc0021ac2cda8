use jiff::Timestamp;
use tokio::sync::watch;

use super::*;
use crate::bridge::Snapshot;
use crate::clock::{Clock as _, advance};
use crate::clocks::ManualClock;

/// Far longer than an answer takes.
const WITHIN: Duration = Duration::from_secs(20);

type Pulse = mpsc::Receiver<oneshot::Sender<()>>;

struct Scene {
    watched: Watched,
    clock: Arc<ManualClock>,
    publish: watch::Sender<Arc<Snapshot>>,
    pulse: mpsc::Sender<oneshot::Sender<()>>,
}

fn scene() -> (Scene, Pulse) {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let first = Arc::new(Snapshot::empty(Arc::default(), clock.now()));
    let (publish, snapshots) = watch::channel(first);
    let (lines, _) = mpsc::channel(1);
    let watched = Watched {
        snapshots,
        lines,
        clock: Arc::clone(&clock) as _,
    };
    let (pulse, asked) = mpsc::channel(1);
    let scene = Scene {
        watched,
        clock,
        publish,
        pulse,
    };
    (scene, asked)
}

impl Scene {
    async fn is_alive(&self) -> Result<(), String> {
        is_alive(&self.watched, &self.pulse, WITHIN).await
    }
}

/// A state machine that steps.
fn beats(mut pulse: Pulse) {
    tokio::spawn(async move {
        while let Some(asks) = pulse.recv().await {
            let _ = asks.send(());
        }
    });
}

#[tokio::test]
async fn who_steps_and_polls_is_alive() {
    let (scene, pulse) = scene();
    beats(pulse);
    assert_eq!(scene.is_alive().await, Ok(()));
}

#[tokio::test]
async fn a_state_machine_that_stands_still_is_not() {
    let (scene, _pulse) = scene();
    let why = is_alive(&scene.watched, &scene.pulse, Duration::from_millis(20)).await;
    let why = why.unwrap_err();
    assert!(why.contains("does not step"), "{why}");
}

#[tokio::test]
async fn nor_is_one_whose_polls_have_ended() {
    let (scene, pulse) = scene();
    beats(pulse);
    scene.publish.send_modify(|snapshot| {
        let snapshot = Arc::make_mut(snapshot);
        let due = advance(Timestamp::UNIX_EPOCH, Duration::from_secs(5));
        Arc::make_mut(&mut snapshot.poll).next_at = Some(due);
    });
    scene.clock.advance(Duration::from_mins(9));
    assert_eq!(scene.is_alive().await, Ok(()));
    scene.clock.advance(Duration::from_mins(2));
    let why = scene.is_alive().await.unwrap_err();
    assert!(why.contains("overdue by 655 s"), "{why}");
}
