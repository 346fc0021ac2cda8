//! Every write is read back: a 200 is not a success (design, rule 2).

use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::WriteOp;
use super::super::line::LogTarget;
use super::Core;
use super::journal::span;
use super::permission::Permit;
use super::verdict::Finding;
use graph::RequestTiming;
use model::presence::{CallActivity, EntraId, Rule, TeamsPresence};
use model::snapshot::{UserEventKind, Verdict};

impl Core {
    /// Takes a reading as evidence about the lease, if there is one to judge.
    pub(super) fn judge(
        &mut self,
        id: EntraId,
        presence: &TeamsPresence,
        rule: &Rule,
        timing: &RequestTiming,
        now: Timestamp,
    ) {
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        let Some((activity, finding)) = lease.judge(presence, rule, timing.started) else {
            return;
        };
        match finding {
            Finding::Wait => {}
            Finding::SendAgain => self.send_again(id, activity, presence, now),
            Finding::Verdict(verdict) => {
                let after = lease.conclude(verdict, presence, timing);
                if let Some(after) = after {
                    self.announce(id, verdict, after, presence, now);
                }
            }
        }
    }

    fn send_again(
        &mut self,
        id: EntraId,
        activity: CallActivity,
        shown: &TeamsPresence,
        now: Timestamp,
    ) {
        if self.permit(id) != Permit::Write {
            return;
        }
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        lease.send_again(now);
        let name = lease.user_name().clone();
        let message =
            format!("Teams shows {shown} although the lease was accepted: sent once more");
        self.log(Level::INFO, LogTarget::Set, Some(&name), message);
        self.order(id, WriteOp::Set(activity), now);
    }

    fn announce(
        &mut self,
        id: EntraId,
        verdict: Verdict,
        after: Duration,
        shown: &TeamsPresence,
        now: Timestamp,
    ) {
        let Some(ix) = self.roster.index_of(id) else {
            return;
        };
        self.record(ix, now, UserEventKind::Verdict(verdict, after));
        let after = span(after);
        let message = match verdict {
            Verdict::Confirmed => format!("read back after {after}: confirmed"),
            Verdict::Masked => format!(
                "read back after {after}: masked by {shown}; the user resets the status in Teams \
                 to show the call"
            ),
            Verdict::NoEffect => format!(
                "read back after {after}: no effect, Teams shows {shown}; check that the \
                 application id is the one of the token"
            ),
            Verdict::Pending => return,
        };
        if let Some(name) = self.roster.name_at(ix) {
            self.log(Level::INFO, LogTarget::Set, Some(&name), message);
        }
    }
}
