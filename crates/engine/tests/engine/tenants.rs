//! Whoever is no member is told which tenants there are, who leads and who is there, and changes nothing.

use std::time::Duration;

use cluster::Request;
use engine::{Engine, Members, Part, Settings};
use model::cause::{Cause, EngineFault};
use tokio::time::timeout;

use crate::replaced::replica;
use crate::server::{FIRST, Redis, SECOND, TENANT, acquire, granted, key, lead};

/// The first of another tenant leads.
async fn lead_of(engine: &Engine, tenant: &str) -> Engine {
    let other = engine.of_tenant(tenant);
    let _ = acquire(&other, FIRST, 0).await;
    other
}

fn names(members: &Members) -> Vec<&[u8]> {
    members.there.iter().map(|(_, about)| &**about).collect()
}

#[tokio::test]
async fn the_tenants_of_a_prefix_are_told_however_much_else_there_is() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    assert!(engine.tenants().await.unwrap().is_empty());
    lead(&redis, &engine, FIRST).await;
    lead_of(&engine, "acme.example").await;
    let other = Engine::new(Settings {
        prefix: "lampfield2".into(),
        ..redis.settings()
    });
    lead_of(&other, "of-another-prefix").await;
    // A server that others use: their keys are passed over, and what looks nearly like one of ours.
    let mut others = redis::pipe();
    for n in 0..5_000 {
        others.set(format!("lampfield:{{{n}"), n).ignore();
    }
    let _: () = others.query(&mut redis.administrator()).unwrap();
    let _: () = redis.says("SET lampfield:acme:run 1");
    let known = engine.tenants().await.unwrap();
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    assert_eq!(known, [TENANT, "acme.example"]);
}

#[tokio::test]
async fn it_is_told_who_leads_and_who_is_there_and_that_the_last_one_has_ended() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    engine.announce(FIRST, b"one").await.unwrap();
    engine.announce(SECOND, b"two").await.unwrap();
    let members = engine.members().await.unwrap();
    assert_eq!(
        (members.leader, members.ended, names(&members).len()),
        (Some(fence), false, 2)
    );
    // The second is not heard any more, and the first leads on.
    redis.pass(Duration::from_secs(4));
    engine.ask(Request::Renew(fence)).await.unwrap();
    engine.announce(FIRST, b"one").await.unwrap();
    redis.pass(Duration::from_secs(3));
    let members = engine.members().await.unwrap();
    assert_eq!(
        (members.leader, names(&members)),
        (Some(fence), vec![&b"one"[..]])
    );
    // Killed: nobody leads, and it has not ended in good order.
    redis.pass(Duration::from_secs(6));
    let gone = Members {
        leader: None,
        ended: false,
        there: Vec::new(),
    };
    assert_eq!(engine.members().await.unwrap(), gone);
    let next = granted(acquire(&engine, SECOND, fence.token.0).await);
    engine.ask(Request::Release(next)).await.unwrap();
    let ended = Members {
        ended: true,
        ..gone
    };
    assert_eq!(engine.members().await.unwrap(), ended);
}

/// On a replica nothing can be written, and all of it can be seen.
#[tokio::test]
async fn looking_writes_nothing() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    engine.announce(FIRST, b"one").await.unwrap();
    engine
        .publish(&fence, Part::Base, 0, b"base")
        .await
        .unwrap();
    let replica = replica(&redis).await.unwrap();
    let engine = replica.engine();
    assert_eq!(engine.tenants().await.unwrap().len(), 1);
    assert_eq!(engine.members().await.unwrap().leader, Some(fence));
    let seen = engine.look().next().await.unwrap().unwrap();
    assert_eq!(seen.bytes, b"base");
    let refused = acquire(&engine, SECOND, 0).await.unwrap_err();
    assert_eq!(
        refused.trouble().cause,
        Cause::Engine(EngineFault::ReadOnly)
    );
}

/// The age of what was told is by the engine's clock, and those who have nothing new are told so at once.
#[tokio::test]
async fn what_was_told_is_as_old_as_the_engine_says() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let (seconds, _): (u64, u64) = redis.says("TIME");
    let then = (seconds - 40) * 1_000;
    let told = format!(
        "XADD {} {then}-0 kind base leader 1 count 0 bytes a",
        key("picture")
    );
    let _: String = redis.says(&told);
    for mut follower in [engine.follow(), engine.look()] {
        let seen = follower.next().await.unwrap().unwrap();
        let expected = Duration::from_secs(40)..Duration::from_mins(1);
        assert!(expected.contains(&seen.age), "{:?}", seen.age);
    }
    let mut follower = engine.look();
    follower.next().await.unwrap();
    let nothing = timeout(Duration::from_secs(1), follower.next()).await;
    assert_eq!(nothing.expect("it does not wait").unwrap(), None);
}
