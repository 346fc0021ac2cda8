//! What a session does with answers and events: presence, calls, leases.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::contact::Contact;
use super::dialogue::{Dialogue, refusal};
use super::hurdle::Hurdle;
use super::manual::Action;
use super::request::Request;
use super::rose::UNRECOGNISED;
use super::wire::{Presence, Removed, Update};
use crate::{CallEvent, ProcallEvent};
use model::cause::{Cause, UserListFault};
use model::presence::MatchKey;
use model::source_fault::{CallShape, OddRecord, SourceWarning};

/// How long a contradiction between call and flag may last: the two may come apart. Short, because
/// on a server that leaves out what has ended it is how the end of a call is seen.
const DOUBT: Duration = Duration::from_millis(500);
/// After a user was removed, the whole list is read again; several are often removed together.
const AFTER_REMOVAL: Duration = Duration::from_secs(5);

impl Dialogue {
    /// A frame arrived: text, or what calls itself so.
    pub(crate) fn on_bytes(&mut self, frame: &[u8], now: Timestamp) {
        match str::from_utf8(frame) {
            Ok(text) => self.on_frame(text, now),
            Err(_) if matches!(frame.trim_ascii_start().first(), Some(b'[' | b'{')) => {
                self.name_odd(OddRecord::NotUtf8);
                self.on_frame(&String::from_utf8_lossy(frame), now);
            }
            Err(_) => self.on_binary(),
        }
    }

    pub(super) fn on_result(&mut self, request: Request, result: &str, now: Timestamp) {
        match request {
            Request::WhoAmI => {
                self.standing.knows_us = true;
                self.begin(now);
            }
            Request::Token => self.keep_token(result),
            Request::AdminLogin => self.on_admin(result, now),
            Request::Profiles => self.on_profiles(result, now),
            Request::MonitorContent => self.on_groups(result, now),
            Request::Subscribe(batch) => self.on_subscribed(batch, result, now),
            Request::SignOfLife | Request::Unsubscribe(_) => {}
            Request::Lease(step) => self.on_lease(&step, result, now),
            Request::ReadShown(step) => self.on_shown(&step, result, now),
        }
    }

    pub(super) fn on_event(&mut self, name: &str, argument: &str, now: Timestamp) {
        match name {
            "asnUpdatePresenceV2" | "asnUpdatePresence" => {
                if let Some(presence) = read::<Update>(argument).presence {
                    self.on_update(presence, now);
                }
            }
            "asnRemovePresence" => {
                if let Some(contact) = read::<Removed>(argument).contact {
                    self.on_removed(&MatchKey::new(&contact), now);
                }
            }
            name if tells_of_groups(name) => self.refresh_soon(Duration::ZERO, now),
            _ => drop(self.counters.unknown_events.add(1)),
        }
    }

    fn on_update(&mut self, presence: Presence, now: Timestamp) {
        let lists = self.settings.call_lists;
        let key = presence.contact.as_deref().map(MatchKey::new);
        let Some((key, member)) = key.and_then(|key| {
            let member = self.roster.member(&key)?;
            Some((key, member))
        }) else {
            self.counters.foreign_updates.add(1);
            return;
        };
        let name = member.user_name();
        let odd = unread_calls(&presence);
        if let Some(absent) = &presence.absent {
            self.times.note(absent.times);
        }
        member
            .contact
            .get_or_insert_default()
            .merge(presence, lists);
        let renamed = member.user_name() != name;
        self.counters.updates.add(1);
        self.name_unread(&key, &odd);
        if renamed && self.standing.live {
            self.tell_users();
        }
        self.changed(&key, now);
    }

    /// Says once what a call looks like that is not understood.
    pub(super) fn name_unread(&mut self, key: &MatchKey, odd: &[CallShape]) {
        let contact = self.roster.member(key).and_then(|it| it.contact.as_ref());
        if !contact.is_some_and(Contact::has_unread_calls) {
            return;
        }
        for shape in odd {
            self.name_odd(OddRecord::Call(shape.clone()));
        }
    }

    fn on_removed(&mut self, key: &MatchKey, now: Timestamp) {
        let member = self.roster.member(key);
        if let Some(name) = member.and_then(|member| member.user_name()) {
            self.leases.lost(&name.key());
        }
        let ended = self.roster.remove(key);
        self.doubts.remove(key);
        self.native.note(key, false);
        self.tell_calls(ended);
        if self.standing.live {
            self.list.removed(now);
        }
        self.refresh_soon(AFTER_REMOVAL, now);
    }

    fn refresh_soon(&mut self, wait: Duration, now: Timestamp) {
        self.list
            .hasten(wait, self.settings.waits.between_lists, now);
    }

    /// Something is new about this contact: tell what follows from it.
    pub(super) fn changed(&mut self, key: &MatchKey, now: Timestamp) {
        let live = self.standing.live;
        let leases = &self.leases;
        let Some(member) = self.roster.member(key) else {
            return;
        };
        let native = member.contact.as_ref().is_some_and(Contact::shows_native);
        self.native.note(key, native);
        let doubtful = member.contact.as_ref().is_some_and(Contact::in_doubt);
        let unchecked = member.contact.as_ref().is_some_and(Contact::wants_check);
        let user = member.user_name().map(|name| name.key());
        let calls = if live { member.news() } else { Vec::new() };
        let facts = live.then(|| member.fact_news(|user| leases.obstacle(user)));
        self.tell_calls(calls);
        if let Some(facts) = facts.flatten() {
            self.tell(ProcallEvent::Facts(vec![facts]));
        }
        match (doubtful, unchecked) {
            (_, true) => self.doubts.add(key, Duration::ZERO, now),
            (true, false) => self.doubts.add(key, DOUBT, now),
            (false, false) => self.doubts.remove(key),
        }
        if live {
            self.tell_native(now);
        }
        if let Some(user) = user.filter(|_| live) {
            self.follow(key, &user, now);
        }
    }

    /// Reads the contacts again whose doubt has lasted.
    pub(super) fn settle_doubts(&mut self, now: Timestamp) {
        let due = self.doubts.take_due(now);
        self.counters.doubts.add(due.len() as u64);
        self.subscribe_again(&due, now);
    }

    /// Reads these contacts again; nothing where there are none.
    fn subscribe_again(&mut self, keys: &[MatchKey], now: Timestamp) {
        if keys.is_empty() {
            return;
        }
        let contacts: Vec<_> = keys
            .iter()
            .filter_map(|key| self.roster.member(key)?.contact_uri().cloned())
            .collect();
        self.subscribe(&contacts, now);
    }

    /// Looks at everybody anew.
    pub(super) fn compare_native(&mut self, now: Timestamp) {
        let shows = |contact: &Contact| contact.shows_native();
        let members = self.roster.members();
        let shown_by = members
            .filter(|(_, member)| member.contact.as_ref().is_some_and(shows))
            .map(|(key, _)| key.clone());
        self.native.replace(shown_by.collect());
        self.native.looked(now);
        self.tell_native(now);
    }

    /// Tells what is new about estos' own integration.
    fn tell_native(&mut self, now: Timestamp) {
        if self.settings.despite_native {
            return;
        }
        if let Some(works) = self.native.news(now) {
            self.leases.suspend(works, now);
            self.tell(ProcallEvent::NativeIntegration(works));
        }
    }

    /// Reads some of the contacts again that showed it.
    pub(super) fn look_for_native(&mut self, now: Timestamp) {
        let keys = self.native.look(self.settings.batch, now);
        self.subscribe_again(&keys, now);
    }

    pub(super) fn on_failure(&mut self, request: Request, text: &str, now: Timestamp) {
        match request {
            Request::WhoAmI => self.begin(now),
            Request::SignOfLife if self.standing.knows_us => {
                self.over(Hurdle::lost(Cause::SessionEnded, text));
            }
            Request::SignOfLife | Request::Token | Request::Unsubscribe(_) => {}
            Request::AdminLogin | Request::Profiles if !self.standing.live => {
                self.over(Hurdle::NoAdmin(text.to_owned()));
            }
            Request::MonitorContent if !self.standing.live => {
                self.over(Hurdle::link(Cause::UserList(UserListFault::Refused), text));
            }
            Request::AdminLogin | Request::Profiles | Request::MonitorContent => {
                self.list.end();
                self.warn(SourceWarning::ListStays { said: text.into() });
            }
            Request::Subscribe(batch) => self.on_refused(batch, now),
            Request::ReadShown(step) => self.leases.failed(&step.user, now),
            Request::Lease(step) if step.action == Action::Read => {
                self.on_read_refused(step, now);
            }
            Request::Lease(step) => self.leases.was_written(&step.user, false, now),
        }
    }

    /// The server does not know the operation by that name.
    pub(super) fn on_unknown(
        &mut self,
        request: Request,
        name: &'static str,
        text: &str,
        now: Timestamp,
    ) {
        let operation = request.operation();
        let renamed = self.names.for_operation(operation).1 != name;
        if renamed || self.names.fall_back(operation, name) {
            return self.ask(request, now);
        }
        match request {
            Request::Lease(step) if step.action == Action::Read => self.reads_unknown(step, now),
            other => {
                let text = refusal(name, UNRECOGNISED, text);
                self.on_failure(other, &text, now);
            }
        }
    }

    /// Nobody answered in time.
    pub(super) fn on_silence(&mut self, request: Request, name: &str, now: Timestamp) {
        match request {
            Request::Subscribe(batch) => {
                if !self.subscriptions.unanswered(batch) {
                    self.unanswered(name);
                }
            }
            Request::Lease(step) | Request::ReadShown(step) => {
                self.leases.failed(&step.user, now);
                if step.action == Action::Read {
                    self.reads_are(None, now);
                }
            }
            // Three of them end the session, one may be lost.
            Request::SignOfLife | Request::Token | Request::Unsubscribe(_) => {}
            Request::WhoAmI | Request::AdminLogin | Request::Profiles | Request::MonitorContent => {
                self.unanswered(name);
            }
        }
    }

    /// Without that answer the session is of no use.
    fn unanswered(&mut self, name: &str) {
        let message = format!("{name} was not answered in time");
        self.over(Hurdle::lost(Cause::Silent, message));
    }

    pub(super) fn tell_calls(&mut self, calls: Vec<CallEvent>) {
        for call in calls {
            self.tell(ProcallEvent::Call(call));
        }
    }

    pub(super) fn tell_all_facts(&mut self) {
        let leases = &self.leases;
        let facts = self.roster.changed_facts(|user| leases.obstacle(user));
        if !facts.is_empty() {
            self.tell(ProcallEvent::Facts(facts));
        }
    }
}

/// What the calls look like that are not understood.
pub(super) fn unread_calls(presence: &Presence) -> Vec<CallShape> {
    let calls = presence.calls.as_ref();
    calls.map(|calls| calls.odd.clone()).unwrap_or_default()
}

/// Whether an event tells of administrative monitor groups (4622 to 4624, added, changed,
/// removed). Their names are to be confirmed on a live server.
fn tells_of_groups(name: &str) -> bool {
    name.contains("AdministrativeMonitor")
}

/// What could be read of it; the rest is nothing.
pub(super) fn read<T: DeserializeOwned + Default>(text: &str) -> T {
    json::read(text.as_bytes()).unwrap_or_default()
}
