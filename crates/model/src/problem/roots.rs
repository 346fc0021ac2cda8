//! What other things follow from. While there is no token every read and every write fails for the
//! want of it: that is one problem, and nobody is told of the others.

use jiff::Timestamp;

use super::health::{Reading, blocked, is_of_token, last_read_trouble, reading};
use crate::cause::{Cause, Trouble};
use crate::permission::{PRESENCE_READ, PRESENCE_READ_WRITE, READ_PRESENCE};
use crate::snapshot::{LinkStatus, Mode, Note, Snapshot, UserRow};

/// What is wrong with the whole, as far as something follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Roots {
    /// Why there is no token that Graph takes.
    pub no_token: Option<Trouble>,
    /// Nothing is read: since when, where anything ever was.
    pub unread: Option<Option<Timestamp>>,
    /// What the last requests for presence failed with.
    pub read_trouble: Option<Trouble>,
    /// What the last writes failed with, where all of them fail.
    pub write_trouble: Option<Trouble>,
    /// Microsoft throttles until then.
    pub throttled: Option<Timestamp>,
    /// A permission that is not in the token.
    pub permission: Option<&'static str>,
    /// Nothing is heard of ProCall, or its source does not work.
    pub procall: bool,
    /// The engine of the cluster is lost.
    pub engine_lost: bool,
}

impl Roots {
    /// Those of this snapshot.
    #[must_use]
    pub fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let links = &snapshot.links;
        let unread = match reading(snapshot, now) {
            Reading::NoAnswer(since) => Some(since),
            Reading::Waiting | Reading::Good(_) => None,
        };
        let write = links.graph_write.last_error.as_ref();
        let write = write.filter(|_| links.graph_write.status == LinkStatus::Down);
        let cluster = snapshot.cluster.as_ref();
        Self {
            engine_lost: cluster.is_some_and(|cluster| cluster.engine.is_lost()),
            no_token: blocked(snapshot, now),
            unread,
            read_trouble: last_read_trouble(snapshot).cloned(),
            write_trouble: write.map(|(_, trouble)| trouble.clone()),
            throttled: (snapshot.budget.throttled_until).filter(|until| *until > now),
            permission: missing_permission(snapshot),
            procall: links.procall_silent_since.is_some()
                || matches!(
                    links.procall.status,
                    LinkStatus::Down | LinkStatus::Degraded
                ),
        }
    }

    /// Whether this follows from a problem of the whole, which says it for everybody.
    #[must_use]
    pub fn hide(&self, note: &Note) -> bool {
        match note {
            Note::Stale => self.unread.is_some() || self.throttled.is_some(),
            Note::WriteFailing(trouble) => {
                let all = self.write_trouble.as_ref();
                let of_all = all.is_some_and(|all| is_alike(&all.cause, &trouble.cause));
                of_all || self.explain(&trouble.cause)
            }
            _ => false,
        }
    }

    /// The worst of what is odd about a user and follows from nothing else.
    #[must_use]
    pub fn shown_note<'r>(&self, row: &'r UserRow) -> Option<&'r Note> {
        let mut notes = row.notes.iter();
        notes.find(|note| !note.is_usual() && !self.hide(note))
    }

    /// Whether one of the user's notes follows from a problem of the whole.
    #[must_use]
    pub fn hide_any(&self, row: &UserRow) -> bool {
        row.notes.iter().any(|note| self.hide(note))
    }

    /// Whether a request that failed with this cause failed because of one of the roots.
    #[must_use]
    pub fn explain(&self, cause: &Cause) -> bool {
        let like = |trouble: &Option<Trouble>| {
            let trouble = trouble.as_ref();
            trouble.is_some_and(|root| is_alike(&root.cause, cause))
        };
        let of_token = self.no_token.is_some() && is_of_token(cause);
        let of_throttle = self.throttled.is_some() && matches!(cause, Cause::Throttled { .. });
        of_token
            || of_throttle
            || like(&self.no_token)
            || (self.unread.is_some() && like(&self.read_trouble))
            || self.is_missing(cause)
    }

    /// Whether Entra cannot be reached in the same way as Graph: one network is in between.
    #[must_use]
    pub fn explain_renewal(&self, cause: &Cause) -> bool {
        let read = self.read_trouble.as_ref();
        let read = read.filter(|_| self.unread.is_some() && self.no_token.is_none());
        read.is_some_and(|read| is_of_way(&read.cause) && is_of_way(cause))
    }

    fn is_missing(&self, cause: &Cause) -> bool {
        let Cause::Permission { name, .. } = cause else {
            return false;
        };
        self.permission.is_some_and(|missing| missing == &**name)
    }

    /// Whether reading the directory, or anything else from Graph, fails because of one of them.
    #[must_use]
    pub fn explain_directory(&self, cause: &Cause) -> bool {
        self.explain(cause) || self.no_token.is_some()
    }
}

/// Whether it lies on the way to a server, or on this machine.
const fn is_of_way(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::NameResolution(_)
            | Cause::Connection(_)
            | Cause::ConnectionBroken(_)
            | Cause::ProxyCredentials
            | Cause::TimeOut(_)
            | Cause::NotTheServer { .. }
            | Cause::Scarce(_)
    )
}

/// Whether two failures have the same cause; how long to wait changes from answer to answer, and
/// without a value nothing is known of it.
pub(super) fn is_alike(a: &Cause, b: &Cause) -> bool {
    match (a, b) {
        (Cause::Unexplained, Cause::Unexplained) => false,
        (Cause::Throttled { .. }, Cause::Throttled { .. })
        | (Cause::Token { .. }, Cause::Token { .. }) => true,
        (a, b) => a == b,
    }
}

/// The permission that the token lacks. Only one that names its roles can lack any: delegated ones
/// carry scopes instead.
#[must_use]
pub fn missing_permission(snapshot: &Snapshot) -> Option<&'static str> {
    let roles = &snapshot.token.roles;
    if roles.is_empty() {
        return None;
    }
    let has = |wanted: &str| roles.iter().any(|role| &**role == wanted);
    if !READ_PRESENCE.iter().any(|role| has(role)) {
        return Some(PRESENCE_READ);
    }
    let wanted = snapshot.mode == Mode::Writing && !has(PRESENCE_READ_WRITE);
    wanted.then_some(PRESENCE_READ_WRITE)
}
