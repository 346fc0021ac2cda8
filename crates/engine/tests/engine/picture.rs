//! The leader's picture: whoever follows sees a base first, then every change, and never a change that
//! does not fit what it has.

use std::time::Duration;

use cluster::{Fence, Request};
use engine::{Engine, Follower, Part, Published, Put};
use tokio::time::timeout;

use crate::proxy::{Proxy, Way};
use crate::server::{FIRST, PATIENCE, Redis, SECOND, acquire, granted, key, lead, settings};

async fn tell(engine: &Engine, fence: &Fence, part: Part, count: u64, bytes: &str) {
    let told = engine.publish(fence, part, count, bytes.as_bytes()).await;
    assert_eq!(told.unwrap(), Put::Taken);
}

/// The next part, as `=base` or `+change`.
async fn see(follower: &mut Follower) -> String {
    let seen = async {
        loop {
            match follower.next().await {
                Ok(Some(Published { part, bytes, .. })) => {
                    let sign = if part == Part::Base { '=' } else { '+' };
                    return format!("{sign}{}", String::from_utf8(bytes).unwrap());
                }
                other => println!("{other:?}"),
            }
        }
    };
    timeout(PATIENCE, seen).await.expect("a part comes")
}

async fn sees(follower: &mut Follower, parts: &[&str]) {
    for part in parts {
        assert_eq!(see(follower).await, *part);
    }
}

#[tokio::test]
async fn a_follower_sees_the_base_and_every_change_in_turn() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    let mut early = engine.follow();
    tell(&engine, &fence, Part::Base, 0, "a").await;
    sees(&mut early, &["=a"]).await;
    tell(&engine, &fence, Part::Change, 1, "b").await;
    tell(&engine, &fence, Part::Change, 2, "c").await;
    sees(&mut early, &["+b", "+c"]).await;
    let mut late = engine.follow();
    sees(&mut late, &["=a", "+b", "+c"]).await;
    tell(&engine, &fence, Part::Base, 0, "d").await;
    tell(&engine, &fence, Part::Change, 1, "e").await;
    for follower in [&mut early, &mut late, &mut engine.follow()] {
        sees(follower, &["=d", "+e"]).await;
    }
}

#[tokio::test]
async fn a_new_leader_begins_with_a_base_and_the_old_one_tells_no_more() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let old = lead(&redis, &engine, FIRST).await;
    let mut follower = engine.follow();
    tell(&engine, &old, Part::Base, 0, "a").await;
    sees(&mut follower, &["=a"]).await;
    engine.ask(Request::Release(old)).await.unwrap();
    let new = granted(acquire(&engine, SECOND, 0).await);
    let told = engine.publish(&old, Part::Change, 1, b"old").await.unwrap();
    assert_eq!(told, Put::Refused);
    tell(&engine, &new, Part::Base, 0, "b").await;
    tell(&engine, &new, Part::Change, 1, "c").await;
    sees(&mut follower, &["=b", "+c"]).await;
}

/// The ids grow whatever the clock does and however fast one follows the other: one that is given twice
/// would be taken for what has been read.
#[tokio::test]
async fn no_id_is_given_twice() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    tell(&engine, &fence, Part::Base, 0, "a").await;
    // The clock was far ahead, and has been set back.
    let _: () = redis.says(&format!("XSETID {} 9999999999999-5", key("picture")));
    tell(&engine, &fence, Part::Base, 0, "b").await;
    tell(&engine, &fence, Part::Change, 1, "c").await;
    let told: Vec<(String, Vec<String>)> = redis.says(&format!("XRANGE {} - +", key("picture")));
    let ids: Vec<_> = told.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["9999999999999-6", "9999999999999-7"]);
}

/// A change that was lost on the way to the engine: what comes after it does not fit, and is not seen.
#[tokio::test]
async fn after_a_gap_the_last_base_is_seen_once_more_and_then_the_next_one() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    let mut follower = engine.follow();
    tell(&engine, &fence, Part::Base, 0, "a").await;
    tell(&engine, &fence, Part::Change, 1, "b").await;
    sees(&mut follower, &["=a", "+b"]).await;
    tell(&engine, &fence, Part::Change, 3, "d").await;
    sees(&mut follower, &["=a", "+b"]).await;
    follows_quietly(&redis, &mut follower).await;
    tell(&engine, &fence, Part::Base, 0, "f").await;
    sees(&mut follower, &["=f"]).await;
}

/// The base has been thrown out of a full memory, and the leader tells changes to it.
#[tokio::test]
async fn without_a_base_a_follower_waits_for_one() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    let mut follower = engine.follow();
    tell(&engine, &fence, Part::Base, 0, "a").await;
    sees(&mut follower, &["=a"]).await;
    let _: u8 = redis.says(&format!("DEL {}", key("picture")));
    tell(&engine, &fence, Part::Change, 1, "b").await;
    tell(&engine, &fence, Part::Change, 2, "c").await;
    follows_quietly(&redis, &mut engine.follow()).await;
    tell(&engine, &fence, Part::Base, 0, "d").await;
    sees(&mut follower, &["=d"]).await;
}

#[tokio::test]
async fn a_follower_that_was_cut_off_comes_back_by_itself() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let proxy = Proxy::to(redis.port).await;
    let engine = redis.engine();
    let far = Engine::new(settings(&format!("redis://127.0.0.1:{}", proxy.port)));
    let fence = lead(&redis, &engine, FIRST).await;
    let mut follower = far.follow();
    tell(&engine, &fence, Part::Base, 0, "a").await;
    sees(&mut follower, &["=a"]).await;
    proxy.set(Way::Cut);
    assert!(follower.next().await.is_err());
    tell(&engine, &fence, Part::Change, 1, "b").await;
    proxy.set(Way::Halved);
    assert!(follower.next().await.is_err());
    proxy.set(Way::Bytewise);
    sees(&mut follower, &["=a", "+b"]).await;
}

/// Sees nothing, and does not ask the server again and again for it.
async fn follows_quietly(redis: &Redis, follower: &mut Follower) {
    let _: () = redis.says("CONFIG RESETSTAT");
    let seen = async { while follower.next().await == Ok(None) {} };
    let seen = timeout(Duration::from_millis(600), seen).await;
    assert!(seen.is_err(), "nothing that fits was told");
    let calls: String = redis.says("INFO commandstats");
    let reads = calls.lines().find_map(|line| {
        let (_, rest) = line.split_once("cmdstat_xread:calls=")?;
        rest.split(',').next()?.parse::<u32>().ok()
    });
    assert!(reads.unwrap_or(0) <= 8, "{reads:?} in half a second");
}
