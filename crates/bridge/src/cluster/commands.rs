//! Commands of an administrator at a member that stands by: the leader carries them out.

use std::sync::Arc;
use std::time::Duration;

use engine::{Engine, EngineError};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::sleep;
use uuid::Uuid;

use super::Seat;
use model::command::Command;

/// How long the leader may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// After the engine has failed.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A command from another member.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Forwarded {
    /// Who asks, for the leader's log.
    pub(crate) by: String,
    /// The wish.
    pub(crate) command: Command,
}

/// What became of a command that was sent to the leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// The leader has it.
    Taken,
    /// No leader answered.
    Nobody,
    /// The engine failed.
    Failed(EngineError),
}

/// Sends the leader a command.
pub(crate) async fn forward(engine: Engine, forwarded: &Forwarded) -> Answered {
    let bytes = serde_json::to_vec(forwarded).unwrap_or_default();
    let id = Uuid::new_v4().as_u128();
    match engine.command(id, &bytes, ANSWERS_WITHIN).await {
        Ok(Some(_)) => Answered::Taken,
        Ok(None) => Answered::Nobody,
        Err(error) => Answered::Failed(error),
    }
}

/// Takes the commands of other members in, as long as this one leads.
pub(crate) async fn receive(engine: Engine, seat: Seat, to: mpsc::Sender<Forwarded>) {
    let mut standing = seat.changes();
    loop {
        if seat.fence().is_none() {
            if standing.changed().await.is_err() {
                return;
            }
            continue;
        }
        let mut commands = engine.commands();
        while seat.fence().is_some() {
            match commands.next().await {
                Ok(None) => {}
                Ok(Some((id, bytes))) => {
                    // One that cannot be read is of another version, and one that comes when the lead is
                    // lost is for somebody else: whoever asked hears nothing, and nothing is done.
                    let read = serde_json::from_slice(&bytes).ok();
                    let Some(command) = read.filter(|_| seat.fence().is_some()) else {
                        continue;
                    };
                    if to.send(command).await.is_err() {
                        return;
                    }
                    // Where the engine fails, whoever asked learns nothing, and asks again.
                    let _ = engine.answer(id, b"taken").await;
                }
                Err(_) => sleep(AGAIN_AFTER).await,
            }
        }
    }
}

/// In words for the log.
pub(crate) fn answered_words(answered: &Answered, what: &str, leader: Option<&Arc<str>>) -> String {
    let leader = leader.map_or("the leader", |leader| leader);
    match answered {
        Answered::Taken => format!("{leader} has taken it: {what}"),
        Answered::Nobody => format!("no leader has answered, nothing was done: {what}"),
        Answered::Failed(why) => format!("{why}. Whether it was done is not known: {what}"),
    }
}
