//! What does not work, each for itself and whatever it follows from: the judgement that problems are
//! made of, and that `check` tells monitoring systems area by area.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::roots::missing_permission;
use crate::cause::{Cause, Trouble};
use crate::snapshot::{
    EngineView, Link, LinkStatus, MemberView, Mode, ObserveReason, Seen, Snapshot,
};

/// A hop of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hop {
    /// The token endpoint.
    Entra,
    /// Requests that read presence.
    GraphRead,
    /// Requests that set or clear presence.
    GraphWrite,
    /// The ProCall source.
    Procall,
    /// Log and ledger on disk.
    Storage,
    /// Alerts to whoever is told of problems.
    Alerts,
}

/// What does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The bridge has not finished a cycle yet.
    NoCycle,
    /// Graph answers nobody.
    GraphDown(Trouble),
    /// There is no new token.
    Token(Trouble),
    /// The token lacks this permission.
    Permission(&'static str),
    /// ProCall names no users.
    NoUsers,
    /// None of ProCall's users is matched.
    NobodyMatched,
    /// A hop.
    Hop {
        /// Which.
        hop: Hop,
        /// Nothing gets through; otherwise some does.
        down: bool,
        /// What happened there last.
        why: Option<Trouble>,
    },
    /// The directory cannot be read.
    Directory(Trouble),
    /// The leases cannot be kept on disk, so nothing is written to Teams.
    NoState(Trouble),
    /// The administrator has paused writing.
    Paused,
    /// estos' own Teams integration is active.
    NativeIntegration,
    /// The engine of the cluster is lost.
    EngineLost {
        /// Since when.
        since: Timestamp,
        /// Why.
        why: Trouble,
        /// Whether it is this bridge that wrote until then and does not any more.
        stopped: bool,
    },
    /// A member of the cluster stands by and lacks what it needs to lead.
    StandbyFails {
        /// Its name.
        member: Arc<str>,
        /// What.
        why: Trouble,
    },
    /// Nobody leads in the cluster, so many stand by.
    NobodyLeads(usize),
}

impl Flaw {
    /// What went wrong, where that is known.
    #[must_use]
    pub const fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Hop { why, .. } => why.as_ref(),
            Self::GraphDown(why)
            | Self::Token(why)
            | Self::Directory(why)
            | Self::NoState(why)
            | Self::StandbyFails { why, .. }
            | Self::EngineLost { why, .. } => Some(why),
            Self::NoCycle
            | Self::NobodyLeads(_)
            | Self::Permission(_)
            | Self::NoUsers
            | Self::NobodyMatched
            | Self::Paused
            | Self::NativeIntegration => None,
        }
    }

    /// The same as a value.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.trouble().map(|trouble| &trouble.cause)
    }
}

/// Everything that does not work now.
#[must_use]
pub fn flaws(snapshot: &Snapshot) -> Vec<Flaw> {
    if let Some(there) = nobody_leads(snapshot) {
        // What else is shown is what somebody has shown who leads no longer.
        return vec![Flaw::NobodyLeads(there)];
    }
    let mut flaws = Vec::new();
    flaws.extend(of_mode(&snapshot.mode));
    flaws.extend(of_cluster(snapshot));
    flaws.extend(of_standby(snapshot));
    flaws.extend(of_reading(snapshot));
    flaws.extend(of_token(snapshot));
    flaws.extend(missing_permission(snapshot).map(Flaw::Permission));
    flaws.extend(of_users(snapshot));
    flaws.extend(of_directory(snapshot));
    flaws.extend(of_links(snapshot));
    flaws
}

/// Whoever observes by flag or configuration wants it so, and whoever stands by shows nothing.
fn of_mode(mode: &Mode) -> Option<Flaw> {
    match mode {
        Mode::Paused => Some(Flaw::Paused),
        Mode::Observing(ObserveReason::NoState(why)) => Some(Flaw::NoState(why.clone())),
        Mode::Observing(ObserveReason::NativeIntegration) => Some(Flaw::NativeIntegration),
        Mode::Writing | Mode::Observing(_) => None,
    }
}

/// How many stand by where nobody leads: as whoever is no member sees it. A member takes the lead itself.
pub(super) fn nobody_leads(snapshot: &Snapshot) -> Option<usize> {
    let cluster = snapshot.cluster.as_ref()?;
    let seen = snapshot.seen == Seen::ThroughEngine && cluster.leader.is_none();
    seen.then(|| cluster.members.len())
}

fn of_cluster(snapshot: &Snapshot) -> Option<Flaw> {
    let cluster = snapshot.cluster.as_ref()?;
    let EngineView::Lost { since, trouble } = &cluster.engine else {
        return None;
    };
    Some(Flaw::EngineLost {
        since: *since,
        why: trouble.clone(),
        stopped: snapshot.mode == Mode::Observing(ObserveReason::EngineLost),
    })
}

/// Without the engine nobody knows how the others are.
fn of_standby(snapshot: &Snapshot) -> impl Iterator<Item = Flaw> {
    let cluster = snapshot.cluster.as_ref();
    let heard = cluster.filter(|it| !it.engine.is_lost()).into_iter();
    let others = heard.flat_map(|it| {
        let leads = |member: &&MemberView| it.leader.as_ref() == Some(&member.name);
        it.members.iter().filter(move |member| !leads(member))
    });
    others.filter_map(|it| {
        Some(Flaw::StandbyFails {
            member: Arc::clone(&it.name),
            why: it.trouble.clone()?,
        })
    })
}

/// What a member lacks to lead, by its own snapshot: who signs in, whom it would poll, what Graph says of them, who is on
/// the phone.
#[must_use]
pub fn lacks_to_lead(own: &Snapshot) -> Option<Trouble> {
    flaws(own).into_iter().find_map(|flaw| match flaw {
        Flaw::Token(why) | Flaw::NoState(why) | Flaw::GraphDown(why) => Some(why),
        Flaw::Directory(why) if !own.directory.is_known() => Some(why),
        Flaw::Hop {
            hop: Hop::GraphRead | Hop::Procall,
            down: true,
            why,
        } => why,
        _ => None,
    })
}

/// Where nothing can be read the cause is told, not that it has led to nothing yet.
fn of_reading(snapshot: &Snapshot) -> Option<Flaw> {
    if let Some(why) = &snapshot.poll.down {
        return Some(Flaw::GraphDown(why.clone()));
    }
    let prevented = snapshot.token.failure.is_some() || snapshot.directory.failure.is_some();
    let nobody = snapshot.directory.is_known() && snapshot.rows.is_empty();
    let waits = snapshot.poll.cycle == 0 && !prevented && !nobody;
    waits.then_some(Flaw::NoCycle)
}

fn of_token(snapshot: &Snapshot) -> Option<Flaw> {
    let failure = snapshot.token.failure.as_ref()?;
    Some(Flaw::Token(failure.trouble()))
}

/// Before the directory was read nobody knows who would be matched.
fn of_users(snapshot: &Snapshot) -> Option<Flaw> {
    let known = snapshot.directory.is_known();
    let coverage = &snapshot.coverage;
    match (known, coverage.procall_users, coverage.matched) {
        (true, 0, _) => Some(Flaw::NoUsers),
        (true, _, 0) => Some(Flaw::NobodyMatched),
        _ => None,
    }
}

fn of_directory(snapshot: &Snapshot) -> Option<Flaw> {
    let failure = snapshot.directory.failure.as_ref()?;
    Some(Flaw::Directory(failure.trouble()))
}

fn of_links(snapshot: &Snapshot) -> impl Iterator<Item = Flaw> {
    let links = &snapshot.links;
    // What is said of the whole is not said of the hop again.
    let silent = links.procall_silent_since.is_some();
    let graph_down = snapshot.poll.down.is_some();
    let refused = snapshot.token.failure.is_some();
    let hops = [
        (Hop::Entra, &links.entra, refused),
        (Hop::GraphRead, &links.graph_read, graph_down),
        (Hop::GraphWrite, &links.graph_write, false),
        (Hop::Procall, &links.procall, silent),
        (Hop::Storage, &links.storage, false),
        (Hop::Alerts, &links.alerts, false),
    ];
    let hops = hops.into_iter().filter(|(.., said)| !said);
    hops.filter_map(|(hop, link, _)| of_hop(hop, link))
}

fn of_hop(hop: Hop, link: &Link) -> Option<Flaw> {
    let down = match link.status {
        LinkStatus::Down => true,
        LinkStatus::Degraded => false,
        LinkStatus::Idle | LinkStatus::Up => return None,
    };
    let why = link.last_error.as_ref().map(|(_, why)| why.clone());
    Some(Flaw::Hop { hop, down, why })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;

    use super::*;
    use crate::answer::{Failure, FailureKind};
    use crate::problem::find;
    use crate::snapshot::{DirectoryView, Links};

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn fails(change: fn(&mut Links) -> &mut Link) -> Snapshot {
        let mut snapshot = Snapshot::empty(Arc::default(), now());
        let mut links = Links::default();
        *change(&mut links) = Link {
            status: LinkStatus::Down,
            last_error: Some((now(), Trouble::from("503"))),
            ..Link::default()
        };
        snapshot.links = Arc::new(links);
        snapshot
    }

    fn with(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
        let mut snapshot = Snapshot::empty(Arc::default(), now());
        change(&mut snapshot);
        snapshot
    }

    fn failure() -> Failure {
        Failure::new(FailureKind::Server, "503").because(Cause::Server { status: Some(503) })
    }

    /// What does not work is a problem, and what is no flaw is none: one judgement for both.
    #[rstest]
    #[case(with(|it| it.token.failure = Some(failure())), "no_token")]
    #[case(with(|it| Arc::make_mut(&mut it.poll).down = Some(failure().trouble())), "graph_down")]
    #[case(with(|it| it.mode = Mode::Observing(ObserveReason::NoState("full".into()))), "no_state")]
    #[case(with(|it| it.mode = Mode::Observing(ObserveReason::NativeIntegration)), "native_integration")]
    #[case(with(|it| Arc::make_mut(&mut it.directory).failure = Some(Arc::new(failure()))), "directory")]
    #[case(fails(|links| &mut links.graph_read), "read_fails")]
    #[case(fails(|links| &mut links.graph_write), "write_fails")]
    #[case(fails(|links| &mut links.procall), "procall_fails")]
    #[case(fails(|links| &mut links.storage), "storage_fails")]
    #[case(fails(|links| &mut links.alerts), "alerts_fail")]
    fn each_flaw_is_a_problem(#[case] snapshot: Snapshot, #[case] code: &str) {
        let of_waiting = |flaw: &Flaw| *flaw == Flaw::NoCycle;
        let flaws = flaws(&snapshot);
        assert!(flaws.iter().any(|flaw| !of_waiting(flaw)), "{flaws:?}");
        let problems = find(&snapshot, now());
        let codes: Vec<_> = problems.iter().map(|it| it.kind.code()).collect();
        assert_eq!(codes, [code]);
    }

    #[test]
    fn a_bridge_that_has_read_nothing_yet_waits() {
        let snapshot = Snapshot::empty(Arc::default(), now());
        assert_eq!(flaws(&snapshot), [Flaw::NoCycle]);
        assert_eq!(find(&snapshot, now()), []);
        let read = with(|it| {
            it.directory = Arc::new(DirectoryView {
                full_at: Some(now()),
                ..DirectoryView::default()
            });
        });
        assert_eq!(flaws(&read), [Flaw::NoUsers]);
    }
}
