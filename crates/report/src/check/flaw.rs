//! How bad what does not work is for whoever monitors, and where it belongs. What does not work is
//! judged in one place, [`model::problem::flaws`].

use super::{Area, State};
use model::problem::{Flaw, Hop, flaws};
use model::snapshot::Snapshot;
use words::explained;

/// How bad it is.
pub(super) const fn state(flaw: &Flaw) -> State {
    match flaw {
        Flaw::NoCycle => State::Unknown,
        Flaw::GraphDown(_)
        | Flaw::Token(_)
        | Flaw::Permission(_)
        | Flaw::NobodyMatched
        | Flaw::NoState(_)
        | Flaw::NobodyLeads(_)
        | Flaw::EngineLost { stopped: true, .. } => State::Critical,
        Flaw::Hop { hop, down, .. } => of_broken_hop(*hop, *down),
        Flaw::NoUsers
        | Flaw::Directory(_)
        | Flaw::Paused
        | Flaw::NativeIntegration
        | Flaw::StandbyFails { .. }
        | Flaw::EngineLost { .. } => State::Warning,
    }
}

/// Log and ledger that take nothing in, and alerts that reach nobody, stop no presence.
const fn of_broken_hop(hop: Hop, down: bool) -> State {
    match hop {
        Hop::Storage | Hop::Alerts => State::Warning,
        _ if down => State::Critical,
        _ => State::Warning,
    }
}

/// Where it belongs.
pub(super) const fn area(flaw: &Flaw) -> Area {
    match flaw {
        Flaw::NoState(_)
        | Flaw::Paused
        | Flaw::NativeIntegration
        | Flaw::NobodyLeads(_)
        | Flaw::StandbyFails { .. }
        | Flaw::EngineLost { .. } => Area::Bridge,
        Flaw::NoCycle | Flaw::GraphDown(_) => Area::Reading,
        Flaw::NoUsers | Flaw::NobodyMatched | Flaw::Directory(_) => Area::Users,
        Flaw::Hop { .. } => Area::Links,
        Flaw::Token(_) | Flaw::Permission(_) => Area::Access,
    }
}

/// The name in JSON.
pub(super) const fn code(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::NoCycle => "no_cycle",
        Flaw::GraphDown(_) => "graph_down",
        Flaw::Token(_) => "token_refused",
        Flaw::Permission(_) => "permission",
        Flaw::NoUsers => "no_users",
        Flaw::NobodyMatched => "nobody_matched",
        Flaw::Hop { down: true, .. } => "hop_down",
        Flaw::Hop { .. } => "hop_degraded",
        Flaw::Directory(_) => "directory",
        Flaw::NoState(_) => "no_state",
        Flaw::Paused => "paused",
        Flaw::NativeIntegration => "native_integration",
        Flaw::EngineLost { .. } => "engine_lost",
        Flaw::StandbyFails { .. } => "standby_fails",
        Flaw::NobodyLeads(_) => "nobody_leads",
    }
}

/// Everything that does not work now, without a name that a cause may quote.
pub(super) fn all(snapshot: &Snapshot) -> Vec<Flaw> {
    flaws(snapshot).into_iter().map(without_names).collect()
}

fn without_names(flaw: Flaw) -> Flaw {
    match flaw {
        Flaw::Hop {
            hop: Hop::Procall,
            down,
            why: Some(why),
        } if why.cause.may_name_somebody() => Flaw::Hop {
            hop: Hop::Procall,
            down,
            why: Some(explained(why.cause.without_names())),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use model::cause::Cause;
    use model::snapshot::{Link, LinkStatus, Links};
    use model::source_fault::{ListFault, SourceFault};

    use super::*;

    /// A list without a header line begins with a person.
    #[test]
    fn the_first_user_of_a_list_is_not_told_of() {
        let fault = SourceFault::Users {
            path: "users.csv".into(),
            why: ListFault::NoUserName {
                found: "Anna Doe, 12".into(),
            },
            kept: None,
        };
        let trouble = explained(Cause::Files([fault].into()));
        let mut snapshot = Snapshot::empty(Arc::default(), Timestamp::UNIX_EPOCH);
        snapshot.links = Arc::new(Links {
            procall: Link {
                status: LinkStatus::Down,
                last_error: Some((Timestamp::UNIX_EPOCH, trouble)),
                ..Link::default()
            },
            ..Links::default()
        });
        let told = format!("{:?}", all(&snapshot));
        assert!(
            told.contains("users.csv: its header line has no column"),
            "{told}"
        );
        assert!(!told.contains("Anna"), "{told}");
    }
}
