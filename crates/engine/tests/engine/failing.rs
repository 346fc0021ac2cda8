//! The engine fails: each failure is told as what it is, in time, and is over by itself.

use std::time::Duration;

use cluster::{Answer, Request};
use engine::{Engine, Ledger, Put};
use model::cause::{Cause, EngineFault};
use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::proxy::{Proxy, Way};
use crate::server::{
    FIRST, PATIENCE, Redis, SECOND, acquire, cause, free_port, lead, settings, until, within,
};

const MINUTE: Duration = Duration::from_mins(1);
const SOON: Duration = Duration::from_millis(300);

/// How much later than that a busy machine may say so.
const LATE: Duration = Duration::from_millis(700);

fn held_or_granted(answer: &Answer) -> bool {
    !matches!(answer, Answer::Settling { .. })
}

#[tokio::test]
async fn a_replica_is_said_to_be_one_until_it_is_promoted() {
    let Some(master) = Redis::start().await else {
        return;
    };
    let replica = Redis::with(&["--replicaof", "127.0.0.1", &master.port.to_string()]).await;
    let replica = replica.unwrap();
    let engine = replica.engine();
    let read_only = Cause::Engine(EngineFault::ReadOnly);
    assert_eq!(cause(acquire(&engine, FIRST, 0).await), read_only);
    assert_eq!(cause(engine.announce(FIRST, b"").await), read_only);
    let _: () = replica.says("REPLICAOF NO ONE");
    until(&engine, |answer| !held_or_granted(answer)).await;
}

#[tokio::test]
async fn a_full_memory_takes_neither_entries_nor_leaders() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    let _: () = redis.says("CONFIG SET maxmemory 1");
    let full = Cause::Engine(EngineFault::Full);
    let asked = engine.command(1, b"", Duration::from_millis(50)).await;
    assert_eq!(cause(asked), full);
    assert_eq!(
        cause(engine.put(&fence, (Ledger::Teams, "a"), b"", MINUTE).await),
        full
    );
    // A leader whose ledger takes nothing steps down.
    assert_eq!(cause(engine.ask(Request::Renew(fence)).await), full);
    assert_eq!(cause(engine.announce(FIRST, b"").await), full);
    assert_eq!(cause(engine.spend(&fence, 1, 80).await), full);
    redis.pass(Duration::from_secs(7));
    assert_eq!(cause(acquire(&engine, SECOND, 0).await), full);
    let _: () = redis.says("CONFIG SET maxmemory 0");
    assert!(engine.entries(Ledger::Teams).await.unwrap().is_empty());
    let granted = acquire(&engine, SECOND, 0).await.unwrap();
    assert!(matches!(granted, Answer::Granted { .. }), "{granted:?}");
}

/// A question ends within its time.
async fn times_out(engine: &Engine) {
    let asked = timeout(SOON + LATE, acquire(engine, FIRST, 0)).await;
    let why = cause(asked.expect("an end in time"));
    assert!(matches!(why, Cause::TimeOut(_)), "{why:?}");
}

#[tokio::test]
async fn a_stopped_server_is_silent_and_comes_back_by_itself() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = Engine::new(within(redis.settings(), SOON));
    let fence = lead(&redis, &engine, FIRST).await;
    redis.signal(Signal::STOP);
    times_out(&engine).await;
    times_out(&engine).await;
    let put = timeout(
        SOON + LATE,
        engine.put(&fence, (Ledger::Teams, "a"), b"", MINUTE),
    )
    .await;
    assert!(matches!(cause(put.unwrap()), Cause::TimeOut(_)));
    redis.signal(Signal::CONT);
    until(&engine, held_or_granted).await;
}

#[tokio::test]
async fn nobody_at_the_port_is_no_connection() {
    let engine = Engine::new(settings(&format!("redis://127.0.0.1:{}", free_port())));
    let why = cause(acquire(&engine, FIRST, 0).await);
    assert!(matches!(why, Cause::Connection(_)), "{why:?}");
    let engine = Engine::new(settings("redis://no-such-host.invalid"));
    let why = cause(acquire(&engine, FIRST, 0).await);
    let expected = matches!(why, Cause::NameResolution(_) | Cause::Connection(_));
    assert!(expected || matches!(why, Cause::TimeOut(_)), "{why:?}");
}

#[tokio::test]
async fn a_way_that_is_cut_silent_or_slow_is_told_and_got_over() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let proxy = Proxy::to(redis.port).await;
    let far = settings(&format!("redis://127.0.0.1:{}", proxy.port));
    let engine = Engine::new(within(far, SOON));
    let fence = lead(&redis, &engine, FIRST).await;
    proxy.set(Way::Cut);
    assert!(acquire(&engine, FIRST, 0).await.is_err());
    assert!(acquire(&engine, FIRST, 0).await.is_err());
    proxy.set(Way::Open);
    until(&engine, held_or_granted).await;
    for way in [Way::Silent, Way::Slow(2 * SOON)] {
        proxy.set(way);
        times_out(&engine).await;
        proxy.set(Way::Open);
        until(&engine, held_or_granted).await;
    }
    // Late, but in time.
    proxy.set(Way::Slow(Duration::from_millis(20)));
    until(&engine, held_or_granted).await;
    let put = engine.put(&fence, (Ledger::Teams, "a"), b"", MINUTE).await;
    assert_eq!(put.unwrap(), Put::Refused);
}

/// Half an answer is none, and bytes that come one by one are a whole one.
#[tokio::test]
async fn answers_in_pieces_are_put_together_or_none() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let proxy = Proxy::to(redis.port).await;
    let far = settings(&format!("redis://127.0.0.1:{}", proxy.port));
    let engine = Engine::new(far);
    let fence = lead(&redis, &engine, FIRST).await;
    engine
        .put(&fence, (Ledger::Teams, "a"), &[7; 9_000], MINUTE)
        .await
        .unwrap();
    proxy.set(Way::Bytewise);
    let entries = timeout(PATIENCE, engine.entries(Ledger::Teams))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(entries, [("a".to_owned(), vec![7; 9_000])]);
    for _ in 0..5 {
        proxy.set(Way::Halved);
        assert!(engine.entries(Ledger::Teams).await.is_err());
        assert!(engine.ask(Request::Renew(fence)).await.is_err());
        proxy.set(Way::Open);
        let renewed = engine.ask(Request::Renew(fence)).await.unwrap();
        assert_eq!(renewed, Answer::Renewed);
    }
}

#[tokio::test]
async fn what_keeps_a_server_from_taking_anything_is_said() {
    for (more, fault) in [
        (["--min-replicas-to-write", "1"], EngineFault::Replicas),
        (["--cluster-enabled", "yes"], EngineFault::Cluster),
    ] {
        let Some(redis) = Redis::with(&more).await else {
            return;
        };
        let asked = cause(acquire(&redis.engine(), FIRST, 0).await);
        assert_eq!(asked, Cause::Engine(fault), "{more:?}");
    }
    let redis = Redis::start().await.unwrap();
    let elsewhere = settings(&format!("redis://127.0.0.1:{}/99", redis.port));
    let asked = cause(acquire(&Engine::new(elsewhere), FIRST, 0).await);
    assert_eq!(asked, Cause::Engine(EngineFault::Database));
    let mut administrator = redis.administrator();
    let _: () = redis::cmd("CONFIG")
        .arg(&["SET", "maxclients", "1"])
        .query(&mut administrator)
        .unwrap();
    let asked = cause(acquire(&redis.engine(), FIRST, 0).await);
    assert_eq!(asked, Cause::Engine(EngineFault::Clients));
}

/// `stop-writes-on-bgsave-error`, as it is where nobody changes it.
#[tokio::test]
async fn a_server_that_cannot_save_is_said_to_be_one() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let _: () = redis::cmd("CONFIG")
        .arg(&["SET", "save", "3600 1"])
        .query(&mut redis.administrator())
        .unwrap();
    std::fs::remove_dir_all(redis.directory.path()).unwrap();
    let _: String = redis.says("BGSAVE");
    let failed = async {
        let of_status = "rdb_last_bgsave_status:err";
        while !redis.says::<String>("INFO persistence").contains(of_status) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, failed).await.expect("it has no folder");
    let disk = Cause::Engine(EngineFault::Disk);
    assert_eq!(cause(acquire(&engine, FIRST, 0).await), disk);
    assert_eq!(cause(engine.announce(FIRST, b"").await), disk);
}

/// A server that takes nobody says so at once, and hangs up. From this machine a real one takes everybody.
#[tokio::test]
async fn a_server_that_takes_its_own_machine_alone_is_said_to_do_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let denied =
                b"-DENIED Redis is running in protected mode because protected mode is enabled\r\n";
            let _ = client.write_all(denied).await;
        }
    });
    let engine = Engine::new(settings(&format!("redis://127.0.0.1:{port}/0")));
    let asked = cause(acquire(&engine, FIRST, 0).await);
    assert_eq!(asked, Cause::Engine(EngineFault::Protected));
}
