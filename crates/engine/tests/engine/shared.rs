//! What members share besides the lead: ledger, budget, who is there; and what of it lies where.

use std::collections::HashMap;
use std::time::Duration;

use cluster::{Answer, Fence, Request, Token};
use engine::{Engine, Ledger, Left, Part, Put, Spent};

use crate::server::{FIRST, Redis, SECOND, acquire, granted, key, lead};

const FIVE_MINUTES: Duration = Duration::from_mins(5);

/// Leads after another one, which has ended in good order.
async fn follow(engine: &Engine, before: Fence) -> Fence {
    let released = engine.ask(Request::Release(before)).await.unwrap();
    assert_eq!(released, Answer::Released);
    granted(acquire(engine, SECOND, before.token.0).await)
}

#[tokio::test]
async fn the_ledger_takes_entries_from_the_present_leader_alone() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let old = lead(&redis, &engine, FIRST).await;
    let bytes = b"\x00 a lease\n \xff".as_slice();
    for (key, entry) in [("a", bytes), ("b", b"before"), ("b", b""), ("c", b"c")] {
        let put = engine
            .put(&old, (Ledger::Teams, key), entry, FIVE_MINUTES)
            .await;
        assert_eq!(put.unwrap(), Put::Taken);
    }
    let new = follow(&engine, old).await;
    let refused = engine
        .put(&old, (Ledger::Teams, "a"), b"of the old one", FIVE_MINUTES)
        .await;
    assert_eq!(refused.unwrap(), Put::Refused);
    assert_eq!(
        engine.remove(&old, (Ledger::Teams, "a")).await.unwrap(),
        Put::Refused
    );
    assert_eq!(
        engine.remove(&new, (Ledger::Teams, "c")).await.unwrap(),
        Put::Taken
    );
    assert_eq!(
        engine.remove(&new, (Ledger::Teams, "never")).await.unwrap(),
        Put::Taken
    );
    let mut entries = engine.entries(Ledger::Teams).await.unwrap();
    entries.sort();
    let expected = [("a", bytes.to_vec()), ("b", Vec::new())];
    assert_eq!(
        entries,
        expected.map(|(key, entry)| (key.to_owned(), entry))
    );
}

/// What is set in ProCall is no lease in Teams, whatever it is called.
#[tokio::test]
async fn the_ledgers_of_both_sides_know_nothing_of_each_other() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let leader = lead(&redis, &engine, FIRST).await;
    let ledgers = [Ledger::Teams, Ledger::Procall];
    for (ledger, entry) in ledgers.into_iter().zip([b"teams".as_slice(), b"procall"]) {
        let key = (ledger, "anna");
        let put = engine.put(&leader, key, entry, FIVE_MINUTES).await;
        assert_eq!(put.unwrap(), Put::Taken);
    }
    let removed = engine.remove(&leader, (Ledger::Teams, "anna")).await;
    assert_eq!(removed.unwrap(), Put::Taken);
    assert!(engine.entries(Ledger::Teams).await.unwrap().is_empty());
    let left = engine.entries(Ledger::Procall).await.unwrap();
    assert_eq!(left, [("anna".to_owned(), b"procall".to_vec())]);
    let other = Fence {
        member: SECOND,
        ..leader
    };
    let key = (Ledger::Procall, "anna");
    let refused = engine.put(&other, key, b"", FIVE_MINUTES).await;
    assert_eq!(refused.unwrap(), Put::Refused);
}

/// Neither the member nor the number alone is a fence.
#[tokio::test]
async fn a_fence_is_the_member_and_its_number() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    let others = [
        Fence {
            member: SECOND,
            ..fence
        },
        Fence {
            token: fence.token.next(),
            ..fence
        },
        Fence {
            token: Token(0),
            ..fence
        },
    ];
    for other in others {
        let renewed = engine.ask(Request::Renew(other)).await.unwrap();
        assert_eq!(renewed, Answer::Refused);
        let put = engine
            .put(&other, (Ledger::Teams, "a"), b"", FIVE_MINUTES)
            .await
            .unwrap();
        assert_eq!(put, Put::Refused);
        assert_eq!(engine.spend(&other, 1, 10).await.unwrap(), Spent::Refused);
        let told = engine.publish(&other, Part::Base, 0, b"").await.unwrap();
        assert_eq!(told, Put::Refused);
    }
    assert!(engine.entries(Ledger::Teams).await.unwrap().is_empty());
}

/// So many seconds pass, and the leader renews.
async fn live_on(redis: &Redis, engine: &Engine, leader: Fence, seconds: u32) {
    for passed in (0..seconds).step_by(5) {
        let step = (seconds - passed).min(5);
        redis.pass(Duration::from_secs(step.into()));
        let renewed = engine.ask(Request::Renew(leader)).await.unwrap();
        assert_eq!(renewed, Answer::Renewed);
    }
}

/// An entry that has ended is neither told nor kept, however long the others live.
#[tokio::test]
async fn an_entry_ends_by_itself() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    let short = Duration::from_secs(2);
    engine
        .put(&fence, (Ledger::Teams, "short"), b"", short)
        .await
        .unwrap();
    engine
        .put(&fence, (Ledger::Teams, "long"), b"", FIVE_MINUTES)
        .await
        .unwrap();
    live_on(&redis, &engine, fence, 3).await;
    let entries = engine.entries(Ledger::Teams).await.unwrap();
    assert_eq!(entries, [("long".to_owned(), Vec::new())]);
    // What names a user does not stay because another entry is renewed.
    live_on(&redis, &engine, fence, 60).await;
    engine
        .put(&fence, (Ledger::Teams, "long"), b"", FIVE_MINUTES)
        .await
        .unwrap();
    assert_eq!(redis.says::<u32>(&format!("HLEN {}", key("ledger"))), 1);
    redis.pass(FIVE_MINUTES);
    assert_eq!(redis.says::<u32>(&format!("EXISTS {}", key("ledger"))), 0);
}

#[tokio::test]
async fn members_together_stay_within_the_budget() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let old = lead(&redis, &engine, FIRST).await;
    assert_eq!(engine.spend(&old, 50, 80).await.unwrap(), Spent::Granted);
    assert_eq!(engine.spend(&old, 31, 80).await.unwrap(), Spent::Full);
    redis.pass(Duration::from_secs(4));
    // Nothing of what the one before has spent is forgotten with it.
    let new = follow(&engine, old).await;
    assert_eq!(engine.spend(&new, 30, 80).await.unwrap(), Spent::Granted);
    assert_eq!(engine.spend(&new, 1, 80).await.unwrap(), Spent::Full);
    let mut spent = engine.spent().await.unwrap();
    spent.sort();
    let counts: Vec<_> = spent.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [30, 50]);
    let (young, old) = (spent[0].0, spent[1].0);
    assert!(young < Duration::from_secs(2), "{young:?}");
    assert!(
        old >= Duration::from_secs(4) && old < Duration::from_secs(6),
        "{old:?}"
    );
}

/// A window of 36 s that slides: what is older counts no more, what is younger does.
#[tokio::test]
async fn what_was_spent_counts_for_36_seconds() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let fence = lead(&redis, &engine, FIRST).await;
    assert_eq!(engine.spend(&fence, 60, 80).await.unwrap(), Spent::Granted);
    live_on(&redis, &engine, fence, 34).await;
    assert_eq!(engine.spend(&fence, 20, 80).await.unwrap(), Spent::Granted);
    assert_eq!(engine.spend(&fence, 1, 80).await.unwrap(), Spent::Full);
    live_on(&redis, &engine, fence, 4).await;
    // Those that count no more are not told either.
    let told: Vec<_> = engine.spent().await.unwrap();
    assert!(matches!(told[..], [(_, 20)]), "{told:?}");
    assert_eq!(engine.spend(&fence, 60, 80).await.unwrap(), Spent::Granted);
    assert_eq!(engine.spend(&fence, 1, 80).await.unwrap(), Spent::Full);
}

#[tokio::test]
async fn members_that_say_nothing_are_no_longer_there() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let about = b"host \n\x00".as_slice();
    assert_eq!(engine.announce(FIRST, about).await.unwrap().len(), 1);
    redis.pass(Duration::from_secs(4));
    let both = engine.announce(SECOND, b"").await.unwrap();
    let both: HashMap<_, _> = both.into_iter().collect();
    assert_eq!(
        both,
        HashMap::from([(FIRST, about.to_vec()), (SECOND, Vec::new())])
    );
    redis.pass(Duration::from_secs(4));
    let left = engine.announce(SECOND, b"new").await.unwrap();
    assert_eq!(left, [(SECOND, b"new".to_vec())]);
}

/// Whatever is kept, somewhere else than under the tenant's prefix or without an end it is not.
#[tokio::test]
async fn every_key_is_the_tenants_and_ends() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    Box::pin(use_all(&redis, &engine)).await;
    let keys: Vec<String> = redis.says("KEYS *");
    assert!(keys.len() >= 7, "{keys:?}");
    let day = i64::from(24 * 60 * 60 * 1000);
    for found in keys {
        assert!(found.starts_with(&key("")), "{found}");
        assert!(!found.contains("anna"), "{found}");
        let left: i64 = redis.says(&format!("PTTL {found}"));
        assert!(left > 0 && left <= day, "{found}: {left}");
    }
}

/// Everything that somebody can ask who is no member.
async fn look(engine: &Engine, leader: Fence) {
    assert_eq!(engine.tenants().await.unwrap().len(), 1);
    assert_eq!(engine.members().await.unwrap().leader, Some(leader));
    assert!(engine.look().next().await.unwrap().is_some());
}

/// Everything that a member can ask; ends without a leader.
pub(crate) async fn use_all(redis: &Redis, engine: &Engine) {
    let fence = lead(redis, engine, FIRST).await;
    assert_eq!(
        engine.ask(Request::Renew(fence)).await.unwrap(),
        Answer::Renewed
    );
    engine.announce(FIRST, b"about").await.unwrap();
    engine
        .put(&fence, (Ledger::Teams, "anna"), b"", FIVE_MINUTES)
        .await
        .unwrap();
    engine
        .put(&fence, (Ledger::Teams, "bert"), b"", FIVE_MINUTES)
        .await
        .unwrap();
    engine
        .remove(&fence, (Ledger::Teams, "bert"))
        .await
        .unwrap();
    engine.entries(Ledger::Teams).await.unwrap();
    engine.spend(&fence, 3, 80).await.unwrap();
    engine.spent().await.unwrap();
    engine
        .publish(&fence, Part::Base, 0, b"base")
        .await
        .unwrap();
    let mut follower = engine.follow();
    assert!(follower.next().await.unwrap().is_some());
    let mut commands = engine.commands();
    let wait = Duration::from_secs(2);
    let asked = engine.command(7, b"anna", wait);
    let answered = async {
        let (id, _) = commands.next().await.unwrap().unwrap();
        engine.answer(id, b"done").await.unwrap();
    };
    let (answer, ()) = tokio::join!(asked, answered);
    assert_eq!(answer.unwrap().as_deref(), Some(b"done".as_slice()));
    // One that nobody takes, and one whose answer nobody waits for.
    engine
        .command(8, b"anna", Duration::from_millis(1))
        .await
        .unwrap();
    engine.answer(9, b"done").await.unwrap();
    look(engine, fence).await;
    // Nothing new, and so the end of the picture is looked at.
    assert!(follower.next().await.unwrap().is_none());
    assert_eq!(
        engine.ask(Request::Release(fence)).await.unwrap(),
        Answer::Released
    );
}

/// Whoever goes is seen to have gone, and whoever goes last goes with what is set.
#[tokio::test]
async fn whoever_leaves_last_is_told_so() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let without_lead = |member| Fence {
        member,
        token: Token(0),
    };
    let both_are_there = async || {
        engine.announce(FIRST, b"").await.unwrap();
        assert_eq!(engine.announce(SECOND, b"").await.unwrap().len(), 2);
    };
    let old = lead(&redis, &engine, FIRST).await;
    both_are_there().await;
    let at = (Ledger::Procall, "anna");
    engine.put(&old, at, b"", FIVE_MINUTES).await.unwrap();

    // Whoever stands by goes first: then the leader is the last one, and leads on.
    let left = engine.leave(&without_lead(SECOND)).await.unwrap();
    assert_eq!(left, Left::ToOthers);
    assert_eq!(engine.leave(&old).await.unwrap(), Left::AsLast);
    let renewed = engine.ask(Request::Renew(old)).await.unwrap();
    assert_eq!(renewed, Answer::Renewed);

    // The leader goes first: then whoever stood by is the last one, and may lead at once.
    both_are_there().await;
    assert_eq!(engine.leave(&old).await.unwrap(), Left::ToOthers);
    let left = engine.leave(&without_lead(SECOND)).await.unwrap();
    assert_eq!(left, Left::AsLast);
    let new = granted(acquire(&engine, SECOND, old.token.0).await);
    // Without anything set there is nothing to stay for.
    engine.remove(&new, at).await.unwrap();
    assert_eq!(engine.leave(&new).await.unwrap(), Left::ToOthers);
}

/// The time of a leader that was killed has to pass, whoever goes.
#[tokio::test]
async fn leaving_gives_nobody_elses_lead_back() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let leader = lead(&redis, &engine, FIRST).await;
    let at = (Ledger::Teams, "anna");
    engine.put(&leader, at, b"", FIVE_MINUTES).await.unwrap();
    let older = Fence {
        token: Token(0),
        ..leader
    };
    for fence in [
        older,
        Fence {
            member: SECOND,
            ..leader
        },
    ] {
        assert_eq!(engine.leave(&fence).await.unwrap(), Left::ToOthers);
    }
    let renewed = engine.ask(Request::Renew(leader)).await.unwrap();
    assert_eq!(renewed, Answer::Renewed);
}
