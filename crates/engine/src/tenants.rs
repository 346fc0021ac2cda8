//! Which tenants there are, and who is there for each: for whoever is no member, and changes nothing.

use std::collections::BTreeSet;

use cluster::{Fence, MemberId, Token};

use crate::calls::{NOBODY, known_members};
use crate::connection::Engine;
use crate::error::EngineError;

/// So many keys are looked at in one question: a fraction of a millisecond of the server's time.
const KEYS: u32 = 1_000;

/// Who leads a tenant, and who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Who leads; nothing where nobody does.
    pub leader: Option<Fence>,
    /// Whether the last leader has ended in good order, and nobody has led since.
    pub ended: bool,
    /// Who is there, and what each says of itself.
    pub there: Vec<(MemberId, Vec<u8>)>,
}

impl Engine {
    /// The tenants for which somebody has stood for election within a day, under the prefix of the settings.
    /// Looks at every key of the server, a few at a time, so that nobody else waits.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn tenants(&self) -> Result<BTreeSet<String>, EngineError> {
        let prefix = format!("{}:{{", self.settings().prefix);
        // Every member that stands for election notes the run of the server.
        let (pattern, end) = (format!("{prefix}*}}:run"), "}:run");
        let (mut tenants, mut cursor) = (BTreeSet::new(), 0_u64);
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern);
            scan.arg("COUNT").arg(KEYS);
            let (next, keys): (u64, Vec<Vec<u8>>) = self.query(&scan).await?;
            let keys = keys.iter().filter_map(|key| std::str::from_utf8(key).ok());
            let named = keys.filter_map(|key| key.strip_prefix(&*prefix)?.strip_suffix(end));
            tenants.extend(named.map(str::to_owned));
            if next == 0 {
                return Ok(tenants);
            }
            cursor = next;
        }
    }

    /// Who leads this tenant, and who is there.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn members(&self) -> Result<Members, EngineError> {
        let call = self.call(&self.scripts().members, &NOBODY, Some("members"));
        let (member, token, ended, there): (String, u64, bool, Vec<(String, Vec<u8>)>) =
            self.run(&call).await?;
        let member = u64::from_str_radix(&member, 16).ok();
        Ok(Members {
            leader: member.map(|member| Fence {
                member: MemberId(member),
                token: Token(token),
            }),
            ended,
            there: known_members(there),
        })
    }
}
