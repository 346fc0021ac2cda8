//! What a session does for presence out: steps asked one after the other, and what became of them.

use jiff::Timestamp;

use super::dialogue::Dialogue;
use super::feed::read;
use super::manual::{Action, Manual, Step};
use super::reads::Reading;
use super::request::Request;
use super::wire::{AbsentState, Presence, Subscribed, Success};
use crate::{PresenceChange, PresenceStep, ProcallEvent};
use model::presence::MatchKey;
use model::source_fault::SourceWarning;

impl Dialogue {
    /// Lets the lease of this user follow what the contact shows.
    pub(super) fn follow(&mut self, key: &MatchKey, user: &MatchKey, now: Timestamp) {
        let Some(member) = self.roster.member(key) else {
            return;
        };
        let (Some(uri), Some(contact)) = (member.contact_uri(), &member.contact) else {
            return;
        };
        if self.leases.found(user, uri, contact.may_set_absent()) {
            self.leases.look(user, now);
        }
        self.leases.seen(user, contact.absent(), now);
    }

    /// Leads the lease of a user to its contact.
    pub(super) fn lead(&mut self, user: &MatchKey, now: Timestamp) {
        if !self.standing.live {
            return;
        }
        if let Some(key) = self.roster.by_user(user).cloned() {
            self.follow(&key, user, now);
        }
    }

    pub(super) fn lead_all(&mut self, now: Timestamp) {
        let keys: Vec<_> = self
            .roster
            .members()
            .filter_map(|(key, member)| Some((key.clone(), member.user_name()?.key())))
            .collect();
        for (key, user) in keys {
            self.follow(&key, &user, now);
        }
    }

    /// Does a step.
    pub(super) fn take_step(&mut self, step: Step, now: Timestamp) {
        let request = match step.action {
            Action::Set(..) | Action::Reset => Request::Lease(step),
            Action::Read => match self.reads.ask(step) {
                Some(Reading::ByOperation(step)) => Request::Lease(step),
                Some(Reading::BySubscription(step)) => Request::ReadShown(step),
                None => return,
            },
        };
        self.ask(request, now);
    }

    /// The operation that reads was answered, also with a refusal; or it was not answered at all.
    pub(super) fn reads_are(&mut self, known: Option<bool>, now: Timestamp) {
        for step in self.reads.answered(known) {
            self.take_step(step, now);
        }
    }

    /// A read was refused. Where it is the first, the operation may be what is refused.
    pub(super) fn on_read_refused(&mut self, step: Step, now: Timestamp) {
        if self.reads.is_trying() {
            return self.reads_unknown(step, now);
        }
        self.leases.failed(&step.user, now);
    }

    /// The server does not know the operation that reads.
    pub(super) fn reads_unknown(&mut self, step: Step, now: Timestamp) {
        self.warn(SourceWarning::NoAbsentState);
        let held = self.reads.answered(Some(false));
        for step in std::iter::once(step).chain(held) {
            self.take_step(step, now);
        }
    }

    /// What a subscription shows of the manual presence. The rest of it is not taken: an event
    /// may have overtaken it.
    pub(super) fn on_shown(&mut self, step: &Step, result: &str, now: Timestamp) {
        let key = step.contact.key();
        let shown = read::<Subscribed>(result).presences.unwrap_or_default();
        let is_asked =
            |one: &Presence| one.contact.as_deref().map(MatchKey::new).as_ref() == Some(&key);
        let Some(presence) = shown.into_iter().find(is_asked) else {
            return self.leases.failed(&step.user, now);
        };
        let known = self.roster.member(&key).and_then(|it| it.contact.as_ref());
        let known = known.map(|contact| contact.absent().clone());
        let absent = presence.absent.or(known).unwrap_or(AbsentState::NOTHING);
        self.times.note(absent.times);
        self.leases.was_read(&step.user, &absent, now);
    }

    pub(super) fn on_lease(&mut self, step: &Step, result: &str, now: Timestamp) {
        if step.action == Action::Read {
            let shown = AbsentState::of_result(result);
            self.times.note(shown.times);
            return self.leases.was_read(&step.user, &shown, now);
        }
        let done = read::<Success>(result).is_done();
        let count = match step.action {
            Action::Reset => &self.counters.presences_reset,
            _ => &self.counters.presences_set,
        };
        count.add(u64::from(done));
        self.leases.was_written(&step.user, done, now);
        // The event may have come before the answer.
        let key = step.contact.key();
        if let Some(contact) = self.roster.member(&key).and_then(|m| m.contact.as_ref()) {
            self.leases.confirm(&step.user, contact.absent());
        }
    }

    /// A wish that the configuration does not let out.
    pub(super) fn not_carried(&mut self, change: &PresenceChange) {
        if Manual::for_presence(change.procall_presence).is_some() {
            let user = change.user_name.clone();
            self.tell(ProcallEvent::Presence(user, PresenceStep::NotCarried));
        }
    }

    /// Tells what became of presence-out, and whose obstacle to it came or went.
    pub(super) fn tell_lease_facts(&mut self) {
        for (user, step) in self.leases.take_news() {
            let key = self.roster.by_user(&user).cloned();
            let member = key.and_then(|key| self.roster.member(&key));
            if let Some(name) = member.and_then(|member| member.user_name()) {
                self.tell(ProcallEvent::Presence(name, step));
            }
        }
        for user in self.leases.take_changed() {
            let leases = &self.leases;
            let Some(key) = self.roster.by_user(&user).cloned() else {
                continue;
            };
            let member = self.roster.member(&key);
            let facts = member.and_then(|m| m.fact_news(|user| leases.obstacle(user)));
            if let Some(facts) = facts {
                self.tell(ProcallEvent::Facts(vec![facts]));
            }
        }
    }
}

#[cfg(test)]
#[path = "presence_out_tests.rs"]
mod tests;
