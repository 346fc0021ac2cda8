//! What is asked of the engine: who leads, what the ledger says, what was spent, who is there.

use std::time::Duration;

use cluster::{Answer, Fence, MemberId, Request, Token};
use redis::{FromRedisValue, Script, ScriptInvocation, Value};

use crate::connection::Engine;
use crate::error::EngineError;

/// How long a request to Graph counts: Graph's 30 s, and the time in which a permission may still be
/// used.
const COUNTED: Duration = Duration::from_secs(36);

/// Who asks where it does not matter.
pub(crate) const NOBODY: Fence = Fence {
    member: MemberId(0),
    token: Token(0),
};

/// What became of something that only the present leader may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is done.
    Taken,
    /// The fence is not the present leader's.
    Refused,
}

/// What a member that goes leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Another one is there, or nothing to give back.
    ToOthers,
    /// The ledgers say that something is set, and nobody else is there to give it back: this member goes on leading, or
    /// is to take the lead.
    AsLast,
}

/// Whether requests to Graph may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// They may, and are counted.
    Granted,
    /// There would be too many.
    Full,
    /// The fence is not the present leader's.
    Refused,
}

/// What is kept for whoever leads next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ledger {
    /// The leases in Teams.
    Teams,
    /// What is set in ProCall.
    Procall,
}

impl Ledger {
    /// The name of its key, and of the key that is there while it need not be swept.
    const fn keys(self) -> [&'static str; 2] {
        match self {
            Self::Teams => ["ledger", "swept"],
            Self::Procall => ["procall", "procall-swept"],
        }
    }
}

impl Engine {
    /// Who leads.
    ///
    /// # Errors
    /// [`EngineError`]: whether it was done is not known.
    pub async fn ask(&self, request: Request) -> Result<Answer, EngineError> {
        let scripts = self.scripts();
        match request {
            Request::Acquire { member, last_seen } => {
                let asks = Fence {
                    member,
                    token: last_seen,
                };
                let answer: Value = self.run(&self.call(&scripts.acquire, &asks, None)).await?;
                acquired(&answer, member).ok_or_else(|| self.odd())
            }
            Request::Renew(fence) => self.changed(&scripts.renew, &fence).await,
            Request::Release(fence) => self.changed(&scripts.release, &fence).await,
        }
    }

    async fn changed(&self, script: &Script, fence: &Fence) -> Result<Answer, EngineError> {
        let answer: String = self.run(&self.call(script, fence, None)).await?;
        match &*answer {
            "renewed" => Ok(Answer::Renewed),
            "released" => Ok(Answer::Released),
            "refused" => Ok(Answer::Refused),
            _ => Err(self.odd()),
        }
    }

    /// Keeps an entry of a ledger for so long.
    ///
    /// # Errors
    /// [`EngineError`]: whether it was done is not known.
    pub async fn put(
        &self,
        fence: &Fence,
        (ledger, key): (Ledger, &str),
        entry: &[u8],
        kept: Duration,
    ) -> Result<Put, EngineError> {
        let [name, swept] = ledger.keys();
        let mut call = self.call(&self.scripts().put, fence, Some(name));
        call.key(self.keys().of(swept));
        call.arg(key).arg(millis(kept)).arg(entry);
        self.taken(&call).await
    }

    /// Forgets an entry of a ledger.
    ///
    /// # Errors
    /// [`EngineError`]: whether it was done is not known.
    pub async fn remove(
        &self,
        fence: &Fence,
        (ledger, key): (Ledger, &str),
    ) -> Result<Put, EngineError> {
        let [name, _] = ledger.keys();
        let mut call = self.call(&self.scripts().remove, fence, Some(name));
        call.arg(key);
        self.taken(&call).await
    }

    pub(crate) async fn taken(&self, call: &ScriptInvocation<'_>) -> Result<Put, EngineError> {
        let answer: String = self.run(call).await?;
        match &*answer {
            "taken" => Ok(Put::Taken),
            "refused" => Ok(Put::Refused),
            _ => Err(self.odd()),
        }
    }

    /// What a ledger says: keys and entries that have not ended.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn entries(&self, ledger: Ledger) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
        let [name, _] = ledger.keys();
        let call = self.call(&self.scripts().entries, &NOBODY, Some(name));
        self.run(&call).await
    }

    /// Requests to Graph, if with them there are at most `limit` in 36 s.
    ///
    /// # Errors
    /// [`EngineError`]: whether they are counted is not known.
    pub async fn spend(
        &self,
        fence: &Fence,
        requests: u32,
        limit: u32,
    ) -> Result<Spent, EngineError> {
        let mut call = self.call(&self.scripts().spend, fence, Some("spent"));
        call.arg(requests).arg(limit).arg(millis(COUNTED));
        let answer: String = self.run(&call).await?;
        match &*answer {
            "granted" => Ok(Spent::Granted),
            "full" => Ok(Spent::Full),
            "refused" => Ok(Spent::Refused),
            _ => Err(self.odd()),
        }
    }

    /// What went out lately: how long ago, to a tenth of a second, and how many.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn spent(&self) -> Result<Vec<(Duration, u32)>, EngineError> {
        let mut call = self.call(&self.scripts().spent, &NOBODY, Some("spent"));
        call.arg(millis(COUNTED));
        let spent: Vec<(u64, u32)> = self.run(&call).await?;
        let ago = |(ms, count)| (Duration::from_millis(ms), count);
        Ok(spent.into_iter().map(ago).collect())
    }

    /// This member is there, and says this of itself. Who else is, and what they say.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn announce(
        &self,
        member: MemberId,
        about: &[u8],
    ) -> Result<Vec<(MemberId, Vec<u8>)>, EngineError> {
        let itself = Fence {
            member,
            token: Token(0),
        };
        let mut call = self.call(&self.scripts().announce, &itself, Some("members"));
        call.arg(about);
        Ok(known_members(self.run(&call).await?))
    }

    /// This member goes, with nothing under way; where it leads, with its fence.
    ///
    /// # Errors
    /// [`EngineError`]: whether it was done is not known.
    pub async fn leave(&self, fence: &Fence) -> Result<Left, EngineError> {
        let mut call = self.call(&self.scripts().leave, fence, Some("members"));
        for ledger in [Ledger::Teams, Ledger::Procall] {
            call.key(self.keys().of(ledger.keys()[0]));
        }
        let answer: String = self.run(&call).await?;
        match &*answer {
            "left" => Ok(Left::ToOthers),
            "last" => Ok(Left::AsLast),
            _ => Err(self.odd()),
        }
    }

    /// A call of a script, with what every script is told; `more` is the key that it is about.
    pub(crate) fn call<'a>(
        &self,
        script: &'a Script,
        fence: &Fence,
        more: Option<&str>,
    ) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        for key in self.keys().common() {
            call.key(key);
        }
        if let Some(more) = more {
            call.key(self.keys().of(more));
        }
        call.arg(millis(self.settings().rules.ttl))
            .arg(format!("{:x}", fence.member.0))
            .arg(fence.token.0);
        call
    }
}

/// Members and what they say of themselves.
pub(crate) fn known_members(told: Vec<(String, Vec<u8>)>) -> Vec<(MemberId, Vec<u8>)> {
    let known = |(id, about): (String, _)| {
        let id = u64::from_str_radix(&id, 16).ok()?;
        Some((MemberId(id), about))
    };
    told.into_iter().filter_map(known).collect()
}

/// What the script `acquire` answers.
fn acquired(answer: &Value, member: MemberId) -> Option<Answer> {
    let (what, number, more): (String, u64, Option<u64>) = match answer {
        Value::Array(parts) => {
            let mut parts = parts.iter();
            let what = String::from_redis_value_ref(parts.next()?).ok()?;
            let number = u64::from_redis_value_ref(parts.next()?).ok()?;
            let more = parts.next().map(u64::from_redis_value_ref);
            (what, number, more.transpose().ok()?)
        }
        _ => return None,
    };
    Some(match (&*what, more) {
        ("settling", _) => Answer::Settling {
            left: Duration::from_millis(number),
        },
        ("held", Some(left)) => Answer::Held {
            token: Token(number),
            left: Duration::from_millis(left),
        },
        ("granted", Some(clean)) => Answer::Granted {
            fence: Fence {
                member,
                token: Token(number),
            },
            is_clean: clean > 0,
        },
        _ => return None,
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
