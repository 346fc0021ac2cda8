//! The directory: the full list once in a while, changes to it in between.
//!
//! Before a full list is read, a delta link that begins "now" is fetched (`$deltatoken=latest`):
//! what changes while the list is being read is in the list, in the first delta, or in both, and
//! a change that comes twice does no harm. Walking `/users/delta` from the beginning instead
//! would read everybody twice, as that walk takes no `$top`.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::{Method, Url};
use rustc_hash::FxHashSet;

use super::client::{Call, Graph, TurnOf};
use super::listing::{UserChange, UserPage, parse_users};
use super::odd::{OddRecords, Oddity};
use super::operation::Operation;
use super::redirect::link;
use super::refusal::unreadable;
use super::settings::below;
use super::{Failure, FailureKind, Priority};
use model::cause::Cause;
use model::limits::USERS_PER_PAGE;
use model::packed_list::PackedList;
use model::presence::EntraUser;
use model::string_pool::StringPool;

const SELECT: &str =
    "id,userPrincipalName,displayName,accountEnabled,userType,assignedPlans,department";
/// Pages of one walk that are followed: two million users.
const PAGE_LIMIT: usize = 2000;

/// The users of the tenant, kept up to date.
pub struct Directory {
    graph: Graph,
    /// In the order of their ids.
    users: PackedList<EntraUser>,
    delta_link: Option<Url>,
}

/// A full list that was read and is not in force yet: see [`Directory::take`].
#[derive(Clone, Debug)]
pub struct FullList {
    users: Arc<Vec<EntraUser>>,
    delta_link: Option<Url>,
    odd: OddRecords,
}

impl FullList {
    /// Everybody, in the order of their ids.
    #[must_use]
    pub fn users(&self) -> &Arc<Vec<EntraUser>> {
        &self.users
    }

    /// Users who were left out, or read but for a part.
    #[must_use]
    pub const fn odd(&self) -> &OddRecords {
        &self.odd
    }
}

/// What a delta brought.
#[derive(Clone, Debug)]
pub struct DirectoryDelta {
    /// All users, the changes merged in.
    pub users: PackedList<EntraUser>,
    /// Whether anything is different from before.
    pub changed: bool,
    /// Users whose changes were left out, or read but for a part.
    pub odd: OddRecords,
}

impl Directory {
    /// An empty directory; [`Directory::take`] fills it.
    #[must_use]
    pub fn new(graph: Graph) -> Self {
        Self {
            graph,
            users: PackedList::default(),
            delta_link: None,
        }
    }

    /// Reads everybody. The list of before stays in force until [`Directory::take`].
    ///
    /// # Errors
    /// The first page that fails, with its reason.
    pub async fn full(&self) -> Result<FullList, Failure> {
        let link = match self.link_from_now().await {
            Ok(link) => link,
            Err(failure) if concerns_the_link_alone(failure.kind) => None,
            Err(failure) => return Err(failure),
        };
        let start = with_query(
            below(self.graph.base(), &["users"]),
            &[("$select", SELECT), ("$top", &USERS_PER_PAGE.to_string())],
        );
        let mut users = BTreeMap::new();
        let mut nameless = OddRecords::default();
        let mut departments = StringPool::default();
        let (mut odd, _) = self
            .walk(start, |change| {
                if change.is_nameless() {
                    nameless.note(Some(&change.id.to_string()), 0, Oddity::NoUserName);
                }
                if let Some(mut user) = change.applied(None) {
                    // A department has one name, however many work in it.
                    user.department = user.department.map(|it| departments.share(it));
                    users.insert(user.id, user);
                }
            })
            .await?;
        odd.append(nameless);
        Ok(FullList {
            users: Arc::new(users.into_values().collect()),
            delta_link: link,
            odd,
        })
    }

    /// From now on this list is in force, and changes are counted from when it was read.
    pub fn take(&mut self, list: FullList) -> PackedList<EntraUser> {
        self.users = Arc::unwrap_or_clone(list.users).into_iter().collect();
        self.delta_link = list.delta_link;
        self.users.clone()
    }

    /// Reads what has changed since the last call and merges it.
    ///
    /// # Errors
    /// Always of the kind [`FailureKind::Resync`], whatever the cause: call [`Directory::full`].
    pub async fn delta(&mut self) -> Result<DirectoryDelta, Failure> {
        // Taken out: a link that failed once is not tried again.
        let Some(link) = self.delta_link.take() else {
            return Err(Failure::new(
                FailureKind::Resync,
                "There is no change list of the directory yet: the full list is read",
            )
            .because(Cause::Resync));
        };
        let mut news = Vec::new();
        let end = self.walk(link, |change| news.push(change)).await;
        let (odd, link) = end.map_err(resync)?;
        self.delta_link = link;
        if news.is_empty() {
            // Mostly so: not even a copy of 20,000 users is made.
            return Ok(DirectoryDelta {
                users: self.users.clone(),
                changed: false,
                odd,
            });
        }
        let before = self.users.users().ok_or_else(unreadable_before)?;
        let users = merged(before, news).into_iter().collect();
        let changed = self.users != users;
        self.users = users;
        Ok(DirectoryDelta {
            users: self.users.clone(),
            changed,
            odd,
        })
    }

    async fn link_from_now(&self) -> Result<Option<Url>, Failure> {
        let start = with_query(
            below(self.graph.base(), &["users", "delta"]),
            &[("$select", SELECT), ("$deltatoken", "latest")],
        );
        self.walk(start, drop).await.map(|(_, link)| link)
    }

    /// Follows the pages from `start` to the end, verbatim, on this host only and never in a
    /// circle. Returns what was odd, and the delta link, where the last page has one.
    async fn walk(
        &self,
        start: Url,
        mut each: impl FnMut(UserChange),
    ) -> Result<(OddRecords, Option<Url>), Failure> {
        let mut seen = FxHashSet::default();
        let mut odd = OddRecords::default();
        let mut url = start;
        while seen.len() < PAGE_LIMIT {
            if !seen.insert(url.clone()) {
                return Err(endless("a page leads back to an earlier one"));
            }
            let page = self.page(url.clone()).await?;
            page.changes.into_iter().for_each(&mut each);
            odd.append(page.odd);
            let link = |raw: Option<String>| link(Operation::ReadDirectory, &url, raw.as_deref());
            match link(page.next)? {
                Some(next) => url = next,
                None => return Ok((odd, link(page.delta)?)),
            }
        }
        Err(endless("it has more than 2000 pages"))
    }

    async fn page(&self, url: Url) -> Result<UserPage, Failure> {
        let operation = Operation::ReadDirectory;
        let call = Call {
            operation,
            turn: TurnOf::Call(Priority::Directory),
            method: Method::GET,
            url,
            body: None,
        };
        let answer = self.graph.call(&call).await.outcome?;
        parse_users(&answer.body).map_err(|why| unreadable(operation, &answer, &why))
    }
}

/// The users (in the order of their ids) with `changes` in theirs. Applying a change twice does
/// nothing the second time.
fn merged(mut after: Vec<EntraUser>, changes: Vec<UserChange>) -> Vec<EntraUser> {
    for change in changes {
        let place = after.binary_search_by_key(&change.id, |user| user.id);
        let before = place.ok().and_then(|at| after.get(at));
        let user = if change.removed {
            None
        } else {
            change.applied(before)
        };
        match (place, user) {
            (Ok(at), Some(user)) => after.splice(at..=at, [user]).for_each(drop),
            (Ok(at), None) => drop(after.remove(at)),
            (Err(at), Some(user)) => after.insert(at, user),
            (Err(_), None) => {}
        }
    }
    after
}

fn unreadable_before() -> Failure {
    Failure::new(
        FailureKind::Resync,
        "The users of before cannot be read: the full list is read",
    )
    .because(Cause::Resync)
}

/// Without a link the next delta asks for a full list; that is no reason not to have this one.
/// What would hurt the list just the same is not waited for twice.
const fn concerns_the_link_alone(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Rejected
            | FailureKind::NotFound
            | FailureKind::Resync
            | FailureKind::Server
            | FailureKind::Garbled
            | FailureKind::ForeignHost
    )
}

fn with_query(mut url: Url, pairs: &[(&str, &str)]) -> Url {
    // Written plainly: some gateways do not take an escaped `$`.
    let query: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
    url.set_query(Some(&query.join("&")));
    url
}

fn endless(why: &str) -> Failure {
    Failure::new(
        FailureKind::Garbled,
        format!("Could not read the directory: {why}. It is tried again"),
    )
    .because(Cause::Endless)
}

fn resync(cause: Failure) -> Failure {
    if cause.kind == FailureKind::Resync {
        return cause;
    }
    let message = format!("{}. The full list is read instead", cause.message);
    Failure {
        kind: FailureKind::Resync,
        message: message.into(),
        ..cause
    }
}
