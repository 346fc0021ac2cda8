//! Who is watched: the list of users, the subscriptions, and the moment when all of it is told.

use jiff::Timestamp;
use serde::Deserialize;

use super::contact::Contact;
use super::dialogue::{Dialogue, Output};
use super::feed::{read, unread_calls};
use super::hurdle::Hurdle;
use super::request::{Batch, Request};
use super::roster::Listed;
use super::settings::UserList;
use super::wire::{AdminLogin, MonitorContent, Profile, Profiles, Subscribed, Token};
use crate::ProcallEvent;
use model::cause::{Cause, Trouble, UserListFault};
use model::presence::{ContactUri, MatchKey, UserName};
use model::redact::{self, Passing};
use model::source_fault::{OddRecord, SourceWarning};
use model::text::harmless_up_to;

/// An answer of which the essential part is missing changes nothing.
const NO_LIST: &str = "UCServer's answer holds no list of users";

/// So much of a name is shown, in characters.
const NAME_SHOWN: usize = 60;

/// So many contradictions between list and contacts are named.
const CONTRADICTIONS: usize = 5;

/// What is kept of a profile: 20,000 whole ones would take several times the room.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Profile")]
struct Wanted {
    listed: Option<Listed>,
    nameless: bool,
}

impl From<Profile> for Wanted {
    fn from(profile: Profile) -> Self {
        Self {
            nameless: profile.is_nameless(),
            listed: Listed::from_profile(profile),
        }
    }
}

impl Dialogue {
    pub(super) fn begin(&mut self, now: Timestamp) {
        if self.settings.reuse_token {
            self.ask(Request::Token, now);
        }
        self.list_users(now);
    }

    pub(super) fn keep_token(&mut self, result: &str) {
        if let Some(token) = read::<Token>(result).token.filter(|t| !t.is_empty()) {
            redact::hide_passing(Passing::Session, &self.settings.url, &token);
            self.outputs.push_back(Output::Token(token.into()));
        }
    }

    /// Reads the list of users, and with it everybody's presence.
    pub(super) fn list_users(&mut self, now: Timestamp) {
        self.list.begin(self.settings.refresh, now);
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

    pub(super) fn on_admin(&mut self, result: &str, now: Timestamp) {
        if read::<AdminLogin>(result).result == Some(0) {
            self.standing.is_admin = true;
            return self.ask(Request::Profiles, now);
        }
        let text = "UCServer refused the administrator's user name or password";
        self.over(Hurdle::NoAdmin(text.to_owned()));
    }

    pub(super) fn on_profiles(&mut self, result: &str, now: Timestamp) {
        let Some(profiles) = read::<Profiles<Wanted>>(result).users else {
            return self.on_failure(Request::Profiles, NO_LIST, now);
        };
        for (number, profile) in (1..).zip(&profiles) {
            if profile.nameless {
                self.name_odd(OddRecord::NoUserName { number });
            }
        }
        let list = profiles.into_iter().filter_map(|profile| profile.listed);
        self.on_list(list.collect(), now);
    }

    pub(super) fn on_groups(&mut self, result: &str, now: Timestamp) {
        let Some(groups) = read::<MonitorContent>(result).groups else {
            return self.on_failure(Request::MonitorContent, NO_LIST, now);
        };
        let contacts = groups
            .into_iter()
            .flat_map(|group| group.contacts.unwrap_or_default())
            .map(|contact| Listed::contact(ContactUri::new(&contact)));
        self.on_list(contacts.collect(), now);
    }

    pub(super) fn on_list(&mut self, list: Vec<Listed>, now: Timestamp) {
        self.list.end();
        match self.settings.users {
            _ if !list.is_empty() => self.recover(),
            UserList::MonitorGroups => self.trouble(
                UserListFault::NoMonitorGroup,
                "UCServer lists no users: no administrative monitor group is assigned to our \
                 account. Assign one, or configure an administrator or a list",
            ),
            _ => self.trouble(UserListFault::Empty, "UCServer lists no users"),
        }
        let (ended, gone) = self.roster.replace(list);
        self.tell_calls(ended);
        if !gone.is_empty() {
            self.ask(Request::Unsubscribe(gone), now);
        }
        self.subscriptions.clear();
        let contacts = self.roster.contacts();
        self.subscribe(&contacts, now);
    }

    /// Asks for the presence of these, and for every change.
    pub(super) fn subscribe(&mut self, contacts: &[ContactUri], now: Timestamp) {
        self.subscriptions.add(contacts, self.settings.batch);
        self.settle_if_done(now);
    }

    pub(super) fn on_subscribed(&mut self, batch: Batch, result: &str, now: Timestamp) {
        let Some(shown) = read::<Subscribed>(result).presences else {
            return self.on_refused(batch, now);
        };
        self.subscriptions.answered();
        let mut missing: Vec<_> = batch.contacts.iter().map(ContactUri::key).collect();
        for (number, presence) in (1..).zip(shown) {
            let Some(key) = presence.contact.as_deref().map(MatchKey::new) else {
                self.name_odd(OddRecord::NoContact { number });
                continue;
            };
            missing.retain(|one| *one != key);
            if let Some(absent) = &presence.absent {
                self.times.note(absent.times);
            }
            let odd = unread_calls(&presence);
            if let Some(member) = self.roster.member(&key) {
                member.contact = Some(Contact::from_snapshot(presence));
                member.keep_names_once();
                self.name_unread(&key, &odd);
                self.changed(&key, now);
            }
        }
        for key in missing {
            self.show_nothing(&key, now);
        }
        self.settle_if_done(now);
    }

    pub(super) fn show_nothing(&mut self, key: &MatchKey, now: Timestamp) {
        if let Some(member) = self.roster.member(key) {
            member.contact = None;
            self.changed(key, now);
        }
    }

    pub(super) fn settle_if_done(&mut self, now: Timestamp) {
        if !self.subscriptions.is_done() || self.list.is_reading() {
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

    /// Says once what of the server's records is left out, and counts it from then on.
    pub(super) fn name_odd(&mut self, odd: OddRecord) {
        if self.counters.is_news(&odd) {
            self.warn(SourceWarning::OddRecord(odd));
        }
    }

    fn go_up(&mut self) {
        let count = self.roster.nameless();
        if count > 0 {
            self.warn(SourceWarning::NamelessContacts { count });
        }
        let name = |name: &UserName| harmless_up_to(name.as_str(), NAME_SHOWN).into();
        let contradictions = self.roster.contradictions().take(CONTRADICTIONS);
        let warnings: Vec<_> = contradictions
            .map(|(listed, shown)| SourceWarning::NamedOtherwise {
                listed: name(listed),
                shown: name(&shown),
            })
            .collect();
        for warning in warnings {
            self.warn(warning);
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
    fn trouble(&mut self, fault: UserListFault, text: &str) {
        self.troubled = true;
        let cause = Cause::UserList(fault);
        self.tell(ProcallEvent::Trouble(Trouble::new(cause, text)));
    }

    /// A batch was refused: one contact may be at fault, the others are unharmed.
    pub(super) fn on_refused(&mut self, batch: Batch, now: Timestamp) {
        if let Some(contact) = self.subscriptions.refused(batch) {
            // What was known before, if anything, is still the best that we know.
            self.believe_flag(&contact.key(), now);
        }
        self.settle_if_done(now);
    }

    fn believe_flag(&mut self, key: &MatchKey, now: Timestamp) {
        let contact = self.roster.member(key).and_then(|it| it.contact.as_mut());
        if let Some(contact) = contact.filter(|contact| contact.wants_check()) {
            contact.believe_flag();
            self.changed(key, now);
        }
    }

    /// Tells the list of users, if it is another than the last time.
    pub(super) fn tell_users(&mut self) -> bool {
        let users = self.roster.changed_users();
        let changed = users.is_some();
        if let Some(users) = users {
            self.tell(ProcallEvent::Users(users));
        }
        changed
    }
}
