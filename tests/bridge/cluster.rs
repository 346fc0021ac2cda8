//! Members of a cluster on machines whose clocks show different times.

use crate::common::redis::Redis;
use crate::common::*;
use lampfield::bridge::{Mode, Snapshot};
use lampfield::clock::{Clock as _, elapsed};

#[tokio::test]
async fn whoever_stands_by_shows_the_leaders_picture_by_the_leaders_clock() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let setting = || Setting {
        engine: Some(redis.port),
        ..Setting::default()
    };
    let mut leader = setting().open().await;
    // Whoever stands by reads nothing, and what is shown before anything is known says that it writes.
    let leads = |it: &Snapshot| it.mode == Mode::Writing && it.poll.last_good_at.is_some();
    leader.until("it leads", leads).await;
    let hour = SECOND * 3_600;
    for ahead in [hour, hour * 24] {
        let mut other = leader.on_another_machine(setting(), ahead);
        let read = |it: &Snapshot| it.mode.is_standby() && it.poll.last_good_at.is_some();
        other.until("the leader's picture", read).await;
        let shown = other.bridge.snapshots.borrow().poll.last_good_at.unwrap();
        let age = |now| elapsed(shown, now);
        assert!(age(other.now()) > ahead / 2, "its own clock is ahead");
        let told = age(other.bridge.clock.now());
        assert!(told < SECOND * 60, "{told:?}");
        // It leads, and goes by its own clock.
        leader.bridge.stop().await;
        other.until("it leads", |it| it.mode == Mode::Writing).await;
        assert!(elapsed(other.bridge.clock.now(), other.now()) < SECOND);
        assert!(elapsed(other.now(), other.bridge.clock.now()) < SECOND);
        leader = other;
    }
}
