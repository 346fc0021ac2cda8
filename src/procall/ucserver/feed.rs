//! What a session does with answers and events: the list of users, presence, calls.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::absent::{Action, Step};
use super::contact::Contact;
use super::dialogue::{Batch, Dialogue, Output, Request};
use super::hurdle::Hurdle;
use super::roster::Listed;
use super::settings::UserList;
use super::wire::{
    AbsentRead, AdminLogin, MonitorContent, Presence, Profiles, Removed, Subscribed, Success,
    Token, Update,
};
use crate::clock::advance;
use crate::presence::{ContactUri, MatchKey};
use crate::procall::{CallEvent, ProcallEvent};

/// How often a subscription is tried that nobody answers.
const TRIES: u8 = 3;
/// How long a contradiction between call and flag may last: the two may come apart.
const DOUBT: Duration = Duration::from_secs(2);
/// After a user was removed, the whole list is read again; several are often removed together.
const AFTER_REMOVAL: Duration = Duration::from_secs(5);

impl Dialogue {
    pub(super) fn on_result(&mut self, request: Request, result: &str, now: Timestamp) {
        match request {
            Request::WhoAmI => self.begin(now),
            Request::Token => self.keep_token(result),
            Request::AdminLogin => self.on_admin(result, now),
            Request::Profiles => {
                let profiles = read::<Profiles>(result).users.unwrap_or_default();
                let list = profiles.into_iter().filter_map(Listed::from_profile);
                self.on_list(list.collect(), now);
            }
            Request::MonitorContent => self.on_groups(result, now),
            Request::Subscribe(batch) => self.on_subscribed(&batch, result, now),
            Request::Unsubscribe(_) => {}
            Request::Lease(step) => self.on_lease(&step, result, now),
        }
    }

    fn begin(&mut self, now: Timestamp) {
        if self.settings.reuse_token {
            self.ask(Request::Token, now);
        }
        self.list_users(now);
    }

    fn keep_token(&mut self, result: &str) {
        if let Some(token) = read::<Token>(result).token.filter(|t| !t.is_empty()) {
            self.outputs.push_back(Output::Token(token.into()));
        }
    }

    /// Reads the list of users, and with it everybody's presence.
    pub(super) fn list_users(&mut self, now: Timestamp) {
        self.standing.listing = true;
        self.refresh_at = advance(now, self.settings.refresh);
        let request = match &self.settings.users {
            UserList::List(contacts) => {
                let list = contacts.iter().cloned().map(Listed::contact).collect();
                return self.on_list(list, now);
            }
            UserList::MonitorGroups => Request::MonitorContent,
            UserList::Admin if self.standing.is_admin => Request::Profiles,
            UserList::Admin => Request::AdminLogin,
        };
        self.ask(request, now);
    }

    fn on_admin(&mut self, result: &str, now: Timestamp) {
        if read::<AdminLogin>(result).result == Some(0) {
            self.standing.is_admin = true;
            return self.ask(Request::Profiles, now);
        }
        let text = "UCServer refused the administrator's user name or password";
        self.over(Hurdle::NoAdmin(text.to_owned()));
    }

    fn on_groups(&mut self, result: &str, now: Timestamp) {
        let groups = read::<MonitorContent>(result).groups.unwrap_or_default();
        let contacts = groups
            .into_iter()
            .flat_map(|group| group.contacts.unwrap_or_default())
            .map(|contact| Listed::contact(ContactUri::new(&contact)));
        self.on_list(contacts.collect(), now);
    }

    fn on_list(&mut self, list: Vec<Listed>, now: Timestamp) {
        self.standing.listing = false;
        match self.settings.users {
            _ if !list.is_empty() => self.recover(),
            UserList::MonitorGroups => self.trouble(
                "UCServer lists no users: no administrative monitor group is assigned to our \
                 account. Assign one, or configure an administrator or a list",
            ),
            _ => self.trouble("UCServer lists no users"),
        }
        let (ended, gone) = self.roster.replace(list);
        self.tell_calls(ended);
        if !gone.is_empty() {
            self.ask(Request::Unsubscribe(gone), now);
        }
        self.waiting.clear();
        let contacts = self.roster.contacts();
        self.subscribe(&contacts, now);
    }

    /// Asks for the presence of these, and for every change.
    fn subscribe(&mut self, contacts: &[ContactUri], now: Timestamp) {
        for some in contacts.chunks(self.settings.batch.max(1)) {
            self.waiting.push_back(Batch {
                contacts: some.to_vec(),
                tries: 0,
            });
        }
        self.settle_if_done(now);
    }

    fn on_subscribed(&mut self, batch: &Batch, result: &str, now: Timestamp) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let shown = read::<Subscribed>(result).presences.unwrap_or_default();
        let mut missing: Vec<_> = batch.contacts.iter().map(ContactUri::key).collect();
        for presence in shown {
            let Some(key) = presence.contact.as_deref().map(MatchKey::of) else {
                continue;
            };
            missing.retain(|one| *one != key);
            if let Some(member) = self.roster.member(&key) {
                member.contact = Some(Contact::from_snapshot(presence));
                self.changed(&key, now);
            }
        }
        for key in missing {
            self.show_nothing(&key, now);
        }
        self.settle_if_done(now);
    }

    fn show_nothing(&mut self, key: &MatchKey, now: Timestamp) {
        if let Some(member) = self.roster.member(key) {
            member.contact = None;
            self.changed(key, now);
        }
    }

    fn settle_if_done(&mut self, now: Timestamp) {
        if !self.waiting.is_empty() || self.in_flight > 0 || self.standing.listing {
            return;
        }
        if self.tell_users() {
            self.lead_all(now);
        }
        self.compare_native(now);
        self.tell_all_facts();
        if self.standing.live {
            return;
        }
        self.standing.live = true;
        let calls = self.roster.all_calls();
        self.tell(ProcallEvent::Calls(calls));
        self.go_up();
    }

    fn go_up(&mut self) {
        let nameless = self.roster.nameless();
        if nameless > 0 {
            let text = format!(
                "{nameless} contacts show no user name, so nobody can be matched with them: our \
                 account lacks the right to see their contact data"
            );
            tracing::warn!(target: "procall", "{text}");
        }
        if !self.troubled {
            self.tell(ProcallEvent::Up);
        }
    }

    /// What was wrong is right again.
    fn recover(&mut self) {
        if std::mem::take(&mut self.troubled) && self.standing.live {
            self.tell(ProcallEvent::Up);
        }
    }

    /// Something is wrong; the session goes on.
    fn trouble(&mut self, text: &str) {
        self.troubled = true;
        self.tell(ProcallEvent::Trouble(text.into()));
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
                    self.on_removed(&MatchKey::of(&contact), now);
                }
            }
            name if tells_of_groups(name) => self.refresh_at = now,
            _ => {
                let count = self.counters.unknown_events.add(1);
                if count.is_power_of_two() {
                    let name = crate::text::harmless_up_to(name, 60);
                    tracing::debug!(target: "procall", "UCServer tells of {name}; ignored");
                }
            }
        }
    }

    fn on_update(&mut self, presence: Presence, now: Timestamp) {
        let lists = self.settings.call_lists;
        let key = presence.contact.as_deref().map(MatchKey::of);
        let Some((key, member)) = key.and_then(|key| {
            let member = self.roster.member(&key)?;
            Some((key, member))
        }) else {
            self.counters.foreign_updates.add(1);
            return;
        };
        let name = member.user_name();
        member
            .contact
            .get_or_insert_default()
            .merge(presence, lists);
        let renamed = member.user_name() != name;
        self.counters.updates.add(1);
        if renamed && self.standing.live {
            self.tell_users();
        }
        self.changed(&key, now);
    }

    fn on_removed(&mut self, key: &MatchKey, now: Timestamp) {
        let ended = self.roster.remove(key);
        self.doubts.remove(key);
        self.tell_calls(ended);
        if self.standing.live {
            self.tell_users();
        }
        self.refresh_at = self.refresh_at.min(advance(now, AFTER_REMOVAL));
    }

    /// Something is new about this contact: tell what follows from it.
    fn changed(&mut self, key: &MatchKey, now: Timestamp) {
        let live = self.standing.live;
        let leases = &self.leases;
        let Some(member) = self.roster.member(key) else {
            return;
        };
        let native = member.contact.as_ref().is_some_and(Contact::shows_native);
        let doubtful = member.contact.as_ref().is_some_and(Contact::in_doubt);
        let user = member.user_name().map(|name| name.key());
        let calls = if live { member.news() } else { Vec::new() };
        let facts = live.then(|| member.fact_news(|user| leases.obstacle(user)));
        self.tell_calls(calls);
        if let Some(facts) = facts.flatten() {
            self.tell(ProcallEvent::Facts(vec![facts]));
        }
        self.doubt(key, doubtful, now);
        if native && live {
            self.set_native(true, now);
        }
        if let Some(user) = user.filter(|_| live) {
            self.follow(key, &user, now);
        }
    }

    /// Lets the lease of this user follow what the contact shows.
    fn follow(&mut self, key: &MatchKey, user: &MatchKey, now: Timestamp) {
        let Some(member) = self.roster.member(key) else {
            return;
        };
        let (Some(uri), Some(contact)) = (member.contact_uri(), &member.contact) else {
            return;
        };
        if self.leases.found(user, uri, contact.may_set_absent()) {
            self.leases.look(user, now);
        }
        self.leases.seen(user, &contact.absent, now);
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

    fn lead_all(&mut self, now: Timestamp) {
        let keys: Vec<_> = self
            .roster
            .members()
            .filter_map(|(key, member)| Some((key.clone(), member.user_name()?.key())))
            .collect();
        for (key, user) in keys {
            self.follow(&key, &user, now);
        }
    }

    fn doubt(&mut self, key: &MatchKey, doubtful: bool, now: Timestamp) {
        if !doubtful {
            self.doubts.remove(key);
            return;
        }
        self.doubts
            .entry(key.clone())
            .or_insert(Some(advance(now, DOUBT)));
    }

    /// Reads the contacts again whose doubt has lasted; each once, until something changes.
    pub(super) fn settle_doubts(&mut self, now: Timestamp) {
        let mut due = Vec::new();
        for (key, at) in &mut self.doubts {
            if at.is_some_and(|at| at <= now) {
                *at = None;
                due.push(key.clone());
            }
        }
        if due.is_empty() {
            return;
        }
        self.counters.doubts.add(due.len() as u64);
        let contacts: Vec<_> = due
            .iter()
            .filter_map(|key| self.roster.member(key)?.contact_uri().cloned())
            .collect();
        self.subscribe(&contacts, now);
    }

    fn compare_native(&mut self, now: Timestamp) {
        let shows = |contact: &Contact| contact.shows_native();
        let native = self
            .roster
            .members()
            .any(|(_, member)| member.contact.as_ref().is_some_and(shows));
        self.set_native(native, now);
    }

    fn set_native(&mut self, native: bool, now: Timestamp) {
        if self.native == native || self.settings.despite_native {
            return;
        }
        self.native = native;
        self.leases.suspend(native, now);
        self.tell(ProcallEvent::NativeIntegration(native));
    }

    fn on_lease(&mut self, step: &Step, result: &str, now: Timestamp) {
        if step.action == Action::Read {
            let read = read::<AbsentRead>(result);
            let shown = read.absentstate.unwrap_or(read.bare);
            return self.leases.was_read(&step.user, &shown, now);
        }
        let done = read::<Success>(result).success.unwrap_or(false);
        let count = match step.action {
            Action::Reset => &self.counters.presences_reset,
            _ => &self.counters.presences_set,
        };
        count.add(u64::from(done));
        self.leases.was_written(&step.user, done, now);
    }

    pub(super) fn on_failure(&mut self, request: Request, text: &str, now: Timestamp) {
        match request {
            Request::WhoAmI => self.begin(now),
            Request::Token | Request::Unsubscribe(_) => {}
            Request::AdminLogin | Request::Profiles if !self.standing.live => {
                self.over(Hurdle::NoAdmin(text.to_owned()));
            }
            Request::MonitorContent if !self.standing.live => {
                self.over(Hurdle::Link(text.to_owned()));
            }
            Request::AdminLogin | Request::Profiles | Request::MonitorContent => {
                self.standing.listing = false;
                tracing::warn!(target: "procall", "{text}; the list of users stays as it is");
            }
            Request::Subscribe(batch) => self.on_refused(batch, now),
            Request::Lease(step) if step.action == Action::Read => {
                self.leases.failed(&step.user, now);
            }
            Request::Lease(step) => self.leases.was_written(&step.user, false, now),
        }
    }

    /// A batch was refused: one contact may be at fault, the others are unharmed.
    fn on_refused(&mut self, batch: Batch, now: Timestamp) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let mut first = batch.contacts;
        if first.len() < 2 {
            for contact in first {
                self.show_nothing(&contact.key(), now);
            }
            return self.settle_if_done(now);
        }
        let second = first.split_off(first.len() / 2);
        for contacts in [second, first] {
            self.waiting.push_front(Batch { contacts, tries: 0 });
        }
    }

    /// Nobody answered in time.
    pub(super) fn on_silence(&mut self, request: Request, name: &str, now: Timestamp) {
        match request {
            Request::Subscribe(batch) if batch.tries + 1 < TRIES => {
                self.in_flight = self.in_flight.saturating_sub(1);
                self.waiting.push_front(Batch {
                    tries: batch.tries + 1,
                    ..batch
                });
            }
            Request::Lease(step) => self.leases.failed(&step.user, now),
            Request::Token | Request::Unsubscribe(_) => {}
            _ => self.over(Hurdle::Lost(format!("{name} was not answered in time"))),
        }
    }

    /// Tells the list of users, if it is another than the last time.
    fn tell_users(&mut self) -> bool {
        let users = self.roster.changed_users();
        let changed = users.is_some();
        if let Some(users) = users {
            self.tell(ProcallEvent::Users(users));
        }
        changed
    }

    fn tell_calls(&mut self, calls: Vec<CallEvent>) {
        for call in calls {
            self.tell(ProcallEvent::Call(call));
        }
    }

    fn tell_all_facts(&mut self) {
        let leases = &self.leases;
        let facts = self.roster.changed_facts(|user| leases.obstacle(user));
        if !facts.is_empty() {
            self.tell(ProcallEvent::Facts(facts));
        }
    }

    /// Tells whose obstacle to presence-out came or went.
    pub(super) fn tell_lease_facts(&mut self) {
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

/// Whether an event tells of administrative monitor groups (4622 to 4624, added, changed,
/// removed). Their names are to be confirmed on a live server.
fn tells_of_groups(name: &str) -> bool {
    name.contains("AdministrativeMonitor")
}

/// What could be read of it; the rest is nothing.
fn read<T: DeserializeOwned + Default>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_default()
}
