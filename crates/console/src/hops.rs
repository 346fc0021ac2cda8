//! The stations of a presence on its way, each as well as is known of it.
//!
//! The bridge says of each link how its last use went. A request that hangs has no end yet, and a
//! link that is only heard of when it fails has never been used: both are judged here.

use jiff::Timestamp;

use model::problem::silent_since;
use model::snapshot::{Link, LinkStatus, Note, Snapshot, UserRow};

/// The way of a presence, in its order.
pub(crate) const WAY: [Station; 6] = [
    Station::TeamsClient,
    Station::Graph,
    Station::Entra,
    Station::Bridge,
    Station::Procall,
    Station::Log,
];

/// A stop on the way from Teams to ProCall; [`WAY`] has their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Station {
    /// What people use; all that is known of it comes through Graph.
    TeamsClient,
    Graph,
    /// Gives the tokens.
    Entra,
    Bridge,
    Procall,
    /// Log and ledger, and alerts.
    Log,
}

/// Reading: broken while nothing answers, whatever the last answer was.
pub(crate) fn graph_read(snapshot: &Snapshot, now: Timestamp) -> Link {
    let mut link = snapshot.links.graph_read.clone();
    if silent_since(snapshot, now).is_some() {
        link.status = LinkStatus::Down;
    }
    link
}

/// Log and ledger: the bridge speaks of them only when they cannot be written.
pub(crate) fn storage(snapshot: &Snapshot) -> Link {
    let mut link = snapshot.links.storage.clone();
    if link.status == LinkStatus::Idle && snapshot.poll.cycle > 0 {
        link.status = LinkStatus::Up;
    }
    link
}

/// The user whose presence changed last in Teams, other than by what we wrote, and when.
pub(crate) fn last_change(snapshot: &Snapshot) -> Option<(Timestamp, &UserRow)> {
    let theirs = |row: &&UserRow| !row.notes.contains(&Note::EchoHeld);
    let rows = snapshot.rows.iter().map(AsRef::as_ref).filter(theirs);
    rows.filter_map(|row| Some((row.since?.into(), row)))
        .max_by_key(|(at, _)| *at)
}

/// How a station is; the bridge itself is well as long as it has not ended.
pub(crate) fn status(
    station: Station,
    snapshot: &Snapshot,
    ended: bool,
    now: Timestamp,
) -> LinkStatus {
    let read = graph_read(snapshot, now).status;
    match station {
        Station::TeamsClient if read == LinkStatus::Up => LinkStatus::Up,
        Station::TeamsClient => LinkStatus::Idle,
        Station::Graph => worst([read, snapshot.links.graph_write.status]),
        Station::Entra => snapshot.links.entra.status,
        Station::Bridge if ended => LinkStatus::Down,
        Station::Bridge => LinkStatus::Up,
        Station::Procall => snapshot.links.procall.status,
        Station::Log => worst([storage(snapshot).status, snapshot.links.alerts.status]),
    }
}

/// The worst of them.
pub(crate) fn worst<const N: usize>(all: [LinkStatus; N]) -> LinkStatus {
    let rank = |status: &LinkStatus| match status {
        LinkStatus::Down => 3,
        LinkStatus::Degraded => 2,
        LinkStatus::Up => 1,
        LinkStatus::Idle => 0,
    };
    all.into_iter().max_by_key(rank).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;

    use super::*;
    use crate::fixture;

    #[test]
    fn a_request_that_hangs_breaks_the_hop_before_it_fails() {
        let snapshot = fixture::snapshot();
        let later = |seconds| fixture::now() + SignedDuration::from_secs(seconds);
        let graph = |at| status(Station::Graph, &snapshot, false, at);
        assert_eq!(graph(later(13)), LinkStatus::Degraded);
        assert_eq!(graph(later(14)), LinkStatus::Down);
        let client = status(Station::TeamsClient, &snapshot, false, later(14));
        assert_eq!(client, LinkStatus::Idle, "nothing is seen of it any more");
    }

    #[test]
    fn no_news_of_the_log_is_good_news() {
        let mut snapshot = fixture::snapshot();
        let mut links = (*snapshot.links).clone();
        links.storage = Link::default();
        snapshot.links = Arc::new(links);
        assert_eq!(storage(&snapshot).status, LinkStatus::Up);
    }

    #[test]
    fn what_we_wrote_is_no_change_in_teams() {
        let snapshot = fixture::snapshot();
        let (_, row) = last_change(&snapshot).unwrap();
        assert!(!row.notes.contains(&Note::EchoHeld), "{}", row.user_name);
    }
}
