//! Another engine in the old one's place: restarted with nothing, a promoted replica, a failover. It gives
//! the lead to nobody for a whole time to live, and takes no fence from before.

use std::time::Duration;

use cluster::{Answer, Fence, Request, Rules};
use engine::{Engine, Ledger, Put, Spent};
use model::cause::{Cause, EngineFault};
use tokio::time::{sleep, timeout};

use crate::proxy::Proxy;
use crate::server::{
    FIRST, PATIENCE, Redis, SECOND, acquire, cause, granted, lead, settings, until,
};

const MINUTE: Duration = Duration::from_mins(1);

fn settles(answer: &Answer) -> bool {
    matches!(answer, Answer::Settling { .. })
}

/// The new engine has been asked by now, and settles.
async fn takes_nothing_old(engine: &Engine, old: Fence) {
    let renewed = engine.ask(Request::Renew(old)).await.unwrap();
    assert_eq!(renewed, Answer::Refused);
    let put = engine
        .put(&old, (Ledger::Teams, "a"), b"", MINUTE)
        .await
        .unwrap();
    assert_eq!(put, Put::Refused);
    assert_eq!(engine.spend(&old, 1, 80).await.unwrap(), Spent::Refused);
    let released = engine.ask(Request::Release(old)).await.unwrap();
    assert_eq!(released, Answer::Refused);
}

/// Nobody leads until a whole time to live has passed.
async fn waits_its_time(redis: &Redis, engine: &Engine) {
    let ttl = Rules::default().ttl;
    redis.pass(ttl.saturating_sub(Duration::from_secs(2)));
    let answer = acquire(engine, SECOND, 0).await.unwrap();
    assert!(settles(&answer), "{answer:?}");
    redis.pass(Duration::from_secs(2));
}

#[tokio::test]
async fn an_engine_that_was_restarted_empty_gives_no_old_number() {
    let Some(mut redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let old = lead(&redis, &engine, FIRST).await;
    engine
        .put(&old, (Ledger::Teams, "a"), b"", MINUTE)
        .await
        .unwrap();
    redis.restart().await;
    let Answer::Settling { left } = until(&engine, settles).await else {
        unreachable!("it settles");
    };
    assert!(left <= Rules::default().ttl && left + Duration::from_secs(2) >= Rules::default().ttl);
    takes_nothing_old(&engine, old).await;
    assert!(engine.entries(Ledger::Teams).await.unwrap().is_empty());
    waits_its_time(&redis, &engine).await;
    let new = granted(acquire(&engine, SECOND, old.token.0).await);
    assert!(new.token > old.token, "{new:?} after {old:?}");
    takes_nothing_old(&engine, old).await;
}

/// A replica of it that has everything so far.
pub(crate) async fn replica(of: &Redis) -> Option<Redis> {
    let replica = Redis::with(&["--replicaof", "127.0.0.1", &of.port.to_string()]).await?;
    let same = async {
        while !replica
            .says::<String>("INFO replication")
            .contains("master_link_status:up")
            || replica.says::<u32>("DBSIZE") < of.says::<u32>("DBSIZE")
        {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, same).await.expect("the replica follows");
    Some(replica)
}

/// The replica has not heard of the last leader, and gives its number once more: the member tells them apart.
#[tokio::test]
async fn a_promoted_replica_takes_no_fence_that_it_has_not_given() {
    let Some(master) = Redis::with(&["--repl-diskless-sync-delay", "0"]).await else {
        return;
    };
    let engine = master.engine();
    let first = lead(&master, &engine, FIRST).await;
    let replica = replica(&master).await.unwrap();
    let proxy = Proxy::to(master.port).await;
    let moved = Engine::new(settings(&format!("redis://127.0.0.1:{}", proxy.port)));
    assert_eq!(
        moved.ask(Request::Renew(first)).await.unwrap(),
        Answer::Renewed
    );
    let _: () = replica.says("REPLICAOF NO ONE");
    moved.ask(Request::Release(first)).await.unwrap();
    let last = granted(acquire(&moved, FIRST, first.token.0).await);
    assert!(last.token > first.token);

    proxy.lead_to(replica.port);
    until(&moved, settles).await;
    for fence in [first, last] {
        takes_nothing_old(&moved, fence).await;
    }
    waits_its_time(&replica, &moved).await;
    let new = granted(acquire(&moved, SECOND, 0).await);
    assert!(new != first && new != last);
    for fence in [first, last] {
        takes_nothing_old(&moved, fence).await;
    }
    // Who has seen the last number gets a higher one.
    moved.ask(Request::Release(new)).await.unwrap();
    let newer = granted(acquire(&moved, FIRST, last.token.0).await);
    assert!(newer.token > last.token);
}

/// The sentinels are asked again after each loss; one that stands still holds nobody up.
#[tokio::test]
async fn the_sentinels_lead_to_the_new_master() {
    let Some(mut master) = Redis::with(&["--repl-diskless-sync-delay", "0"]).await else {
        return;
    };
    let old = lead(&master, &master.engine(), FIRST).await;
    let replica = replica(&master).await.unwrap();
    let sentinel = Redis::sentinel(master.port).await.unwrap();
    let knows = async {
        while !sentinel
            .says::<String>("INFO sentinel")
            .contains("slaves=1")
        {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let stands_still = Proxy::to(sentinel.port).await;
    stands_still.set(crate::proxy::Way::Silent);
    let hosts = format!(
        "127.0.0.1:{},127.0.0.1:{}",
        stands_still.port, sentinel.port
    );
    let other = Engine::new(settings(&format!("redis+sentinel://{hosts}/other/0")));
    let unknown = cause(acquire(&other, FIRST, 0).await);
    assert_eq!(unknown, Cause::Engine(EngineFault::UnknownName));
    let engine = Engine::new(settings(&format!("redis+sentinel://{hosts}/site/0")));
    let held = until(&engine, |_| true).await;
    assert!(matches!(held, Answer::Granted { fence, .. } if fence.token > old.token));
    // It asks its masters for their replicas every ten seconds, and at once when it starts.
    timeout(PATIENCE, knows)
        .await
        .expect("the sentinel knows the replica");
    master.end();
    until(&engine, settles).await;
    takes_nothing_old(&engine, old).await;
    let role: String = replica.says("INFO replication");
    assert!(role.contains("role:master"));
}
