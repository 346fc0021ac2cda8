//! What both sides show of one user: ProCall's presence with what Teams makes of it, and whose call
//! Teams shows.

use super::{Note, UserRow};
use crate::presence::{ProcallPresence, TeamsPresence};
use crate::procall::{ShownPresence, ShownState};

/// A user in ProCall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InProcall {
    /// What ProCall shows by itself, as far as it is known.
    pub own: Option<ShownPresence>,
    /// What Teams makes of it, where that is something else.
    pub made: Option<ProcallPresence>,
}

impl UserRow {
    /// What ProCall shows of the user, and what Teams makes of it.
    #[must_use]
    pub fn in_procall(&self) -> InProcall {
        let own = self.own_in_procall();
        let made = ShownState::made_by_teams(self.procall);
        let changes = made.is_some_and(|made| own.is_none_or(|own| own.state != made));
        InProcall {
            own,
            made: changes.then_some(self.procall),
        }
    }

    /// A call that lasts is shown as one, also where the source tells calls and no presence.
    fn own_in_procall(&self) -> Option<ShownPresence> {
        let mut calls = self.calls.iter();
        if calls.any(|call| call.connected && call.stale_since.is_none()) {
            return Some(ShownPresence {
                state: ShownState::Busy,
                in_a_call: true,
            });
        }
        let before = self.shown_before.map(|state| ShownPresence {
            state,
            in_a_call: false,
        });
        before.or(self.shows)
    }

    /// Whether Teams shows a call.
    fn teams_calls(&self) -> bool {
        self.teams.as_ref().is_some_and(TeamsPresence::is_call)
    }

    /// Whether the call that Teams shows is the one that we have written: the lamp stays what it was.
    #[must_use]
    pub fn teams_shows_our_call(&self) -> bool {
        let of_teams = self.rule.procall == ProcallPresence::BusyInACall;
        let held = self.lease.is_some() && !of_teams;
        self.teams_calls() && (held || self.notes.contains(&Note::EchoHeld))
    }

    /// Whether Teams shows a call of its own.
    #[must_use]
    pub fn has_teams_call(&self) -> bool {
        self.teams_calls() && !self.teams_shows_our_call()
    }

    /// Whether the user has a call on either side, connected or ringing.
    #[must_use]
    pub fn is_on_the_phone(&self) -> bool {
        let procall = self.shows.is_some_and(|shows| shows.in_a_call);
        procall || !self.calls.is_empty() || self.has_teams_call()
    }
}
