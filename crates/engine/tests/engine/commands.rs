//! Commands for the leader: answered by their ids, and taken once.

use std::time::Duration;

use engine::{Commands, Engine};
use tokio::time::timeout;

use crate::proxy::{Proxy, Way};
use crate::server::{PATIENCE, Redis, settings};

const WAIT: Duration = Duration::from_secs(3);

/// Takes the next command, and answers it with itself.
async fn echo(engine: &Engine, commands: &mut Commands) -> Vec<u8> {
    let taken = async {
        loop {
            if let Ok(Some(command)) = commands.next().await {
                return command;
            }
        }
    };
    let (id, command) = timeout(PATIENCE, taken).await.expect("a command comes");
    engine.answer(id, &command).await.unwrap();
    command
}

#[tokio::test]
async fn every_command_gets_its_own_answer() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let (standby, leader) = (redis.engine(), redis.engine());
    let asked = async {
        tokio::join!(
            standby.command(1, b"one two\n", WAIT),
            standby.command(u128::MAX, b"", WAIT),
        )
    };
    let answered = async {
        let mut commands = leader.commands();
        echo(&leader, &mut commands).await;
        echo(&leader, &mut commands).await;
    };
    let ((first, second), ()) = tokio::join!(asked, answered);
    assert_eq!(first.unwrap(), Some(b"one two\n".to_vec()));
    assert_eq!(second.unwrap(), Some(Vec::new()));
}

#[tokio::test]
async fn without_a_leader_nobody_answers() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let engine = redis.engine();
    let answer = engine.command(1, b"pause", Duration::from_secs(1)).await;
    assert_eq!(answer.unwrap(), None);
    // Who leads much later does not do what nobody waits for any more.
    redis.pass(Duration::from_secs(10));
    let mut commands = engine.commands();
    assert_eq!(commands.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_leader_that_was_cut_off_takes_commands_again() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let proxy = Proxy::to(redis.port).await;
    let leader = Engine::new(settings(&format!("redis://127.0.0.1:{}", proxy.port)));
    let mut commands = leader.commands();
    assert_eq!(commands.next().await.unwrap(), None);
    proxy.set(Way::Cut);
    assert!(commands.next().await.is_err());
    proxy.set(Way::Open);
    let standby = redis.engine();
    let (answer, _) = tokio::join!(
        standby.command(2, b"clear", WAIT),
        echo(&leader, &mut commands)
    );
    assert_eq!(answer.unwrap(), Some(b"clear".to_vec()));
}
