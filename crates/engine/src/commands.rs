//! Commands for the leader from the consoles of other members, and their answers.

use std::time::Duration;

use crate::connection::Engine;
use crate::error::EngineError;
use crate::way::Link;

/// How long an answer waits for whoever asked.
const KEPT: Duration = Duration::from_secs(10);

/// How long one question waits for the next command.
const WAITS: Duration = Duration::from_secs(2);

impl Engine {
    /// Sends the leader a command, and waits for its answer; nothing where none came in time.
    ///
    /// # Errors
    /// [`EngineError`]: whether the leader has it is not known.
    pub async fn command(
        &self,
        id: u128,
        command: &[u8],
        within: Duration,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let (list, answer) = (self.keys().of("commands"), self.answer_key(id));
        let bytes = [format!("{id:x} ").as_bytes(), command].concat();
        let mut sent = redis::pipe();
        sent.cmd("LPUSH").arg(&list).arg(bytes).ignore();
        // A leader that comes later must not do what nobody waits for any more.
        sent.cmd("PEXPIRE").arg(&list).arg(millis(within)).ignore();
        let asked = async {
            let mut connection = self.connect().await?;
            let sent: Result<(), _> = sent.query_async(&mut connection).await;
            sent.map_err(|error| self.failed(&error))?;
            let popped = pop(&mut connection, &answer, within).await;
            popped.map_err(|error| self.failed(&error))
        };
        let longest = within + self.settings().rules.answer_within;
        self.within(longest, asked).await
    }

    /// The commands for this member, as long as it leads.
    #[must_use]
    pub fn commands(&self) -> Commands {
        Commands {
            engine: self.clone(),
            connection: None,
        }
    }

    /// What became of a command.
    ///
    /// # Errors
    /// [`EngineError`]: whoever asked learns nothing.
    pub async fn answer(&self, id: u128, answer: &[u8]) -> Result<(), EngineError> {
        let key = self.answer_key(id);
        let mut told = redis::pipe();
        told.cmd("LPUSH").arg(&key).arg(answer).ignore();
        told.cmd("PEXPIRE").arg(&key).arg(millis(KEPT)).ignore();
        self.query_all(&told).await
    }

    fn answer_key(&self, id: u128) -> String {
        self.keys().of(&format!("answer:{id:x}"))
    }
}

/// The commands for the leader, on a connection of its own.
pub struct Commands {
    engine: Engine,
    connection: Option<Link>,
}

impl Commands {
    /// The next one, with what it is answered by; nothing where none came within two seconds.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn next(&mut self) -> Result<Option<(u128, Vec<u8>)>, EngineError> {
        let engine = self.engine.clone();
        let list = engine.keys().of("commands");
        let within = WAITS + engine.settings().rules.answer_within;
        let popped = engine.within(within, self.pop(&list)).await;
        match popped {
            Ok(bytes) => Ok(bytes.and_then(|bytes| parted(&bytes))),
            Err(error) => {
                self.connection = None;
                Err(error)
            }
        }
    }

    async fn pop(&mut self, list: &str) -> Result<Option<Vec<u8>>, EngineError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self.connection.insert(self.engine.connect().await?),
        };
        let popped = pop(connection, list, WAITS).await;
        popped.map_err(|error| self.engine.failed(&error))
    }
}

async fn pop(
    connection: &mut Link,
    list: &str,
    within: Duration,
) -> Result<Option<Vec<u8>>, redis::RedisError> {
    let mut pop = redis::cmd("BRPOP");
    // 0 would be for ever.
    pop.arg(list).arg(within.as_secs_f64().max(0.01));
    let popped: Option<(String, Vec<u8>)> = pop.query_async(connection).await?;
    Ok(popped.map(|(_, bytes)| bytes))
}

fn parted(bytes: &[u8]) -> Option<(u128, Vec<u8>)> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let id = std::str::from_utf8(bytes.get(..space)?).ok()?;
    let id = u128::from_str_radix(id, 16).ok()?;
    Some((id, bytes.get(space + 1..)?.to_vec()))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
