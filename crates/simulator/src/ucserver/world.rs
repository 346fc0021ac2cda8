//! Everything the simulated server knows: users, groups, sessions; and whom it tells what.

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::changes::Change;
use super::faults::{Counts, UcFaults};
use super::line_events;
use super::params::ParamsForm;
use super::presence::Spelling;
use super::session::{UcSession, event};
use super::user::{SimulatedUser, User};
use super::version::UcServerVersion;

/// How many violations are kept with their words; all are counted.
const KEPT_VIOLATIONS: usize = 50;

/// An account that may log in.
#[derive(Clone, Debug)]
pub(super) struct UcAccount {
    pub(super) user: String,
    pub(super) password: String,
}

/// The server's state: users, sessions, subscriptions, faults in force.
#[derive(Debug, Default)]
pub(super) struct UcWorld {
    pub(super) version: UcServerVersion,
    pub(super) accounts: Vec<UcAccount>,
    pub(super) admin: Option<UcAccount>,
    /// By contact, lower case.
    pub(super) users: FxHashMap<String, User>,
    /// Contacts in the order of the list.
    pub(super) order: Vec<String>,
    by_name: FxHashMap<String, String>,
    /// Contacts of the administrative monitor group; everybody where it was never set.
    pub(super) monitor_group: Option<Vec<String>>,
    pub(super) sessions: FxHashMap<String, UcSession>,
    pub(super) tokens: FxHashMap<String, String>,
    pub(super) faults: UcFaults,
    pub(super) counts: Counts,
    /// What estos' own decoder would have thrown for, the first ones.
    pub(super) violations: Vec<String>,
    next_call: u64,
    /// Which form of optional parameters comes next, where they are written in turn.
    params_turn: usize,
}

impl UcWorld {
    /// Adds a user, or replaces the one with this contact.
    pub(super) fn add(&mut self, who: SimulatedUser) {
        let contact = who.sip_uri.to_lowercase();
        self.by_name
            .insert(who.user_name.to_lowercase(), contact.clone());
        if self.users.insert(contact.clone(), User::new(who)).is_none() {
            self.order.push(contact);
        }
    }

    /// Removes a user and tells everybody.
    pub(super) fn remove(&mut self, user_name: &str) -> bool {
        let Some(contact) = self.by_name.remove(&user_name.to_lowercase()) else {
            return false;
        };
        let Some(user) = self.users.remove(&contact) else {
            return false;
        };
        self.order.retain(|one| *one != contact);
        let argument = json!({"u8sContactID": user.who.sip_uri});
        let text = event(4501, "asnRemovePresence", argument);
        for session in self.sessions.values_mut() {
            if session.subscribed.remove(&contact).is_some() {
                session.tell(&text);
            }
        }
        true
    }

    /// Sets the administrative monitor group and tells those who watch it: it is added with its
    /// first contact, removed with its last, changed in between.
    pub(super) fn set_group(&mut self, contacts: Vec<String>) {
        let before = self.group();
        self.monitor_group = Some(contacts);
        let (id, what, group) = match (before, self.group()) {
            (None, None) => return,
            (None, Some(added)) => (4622, "Added", added),
            (Some(_), Some(changed)) => (4623, "Changed", changed),
            (Some(removed), None) => (4624, "Removed", removed),
        };
        let name = format!("asnAdministrativeMonitorContentGroup{what}");
        let argument = json!({ format!("adminMonitorGroup{what}"): group });
        let text = event(id, &name, argument);
        for session in self.sessions.values().filter(|s| s.watches_groups) {
            session.tell(&text);
        }
    }

    /// The administrative monitor group, unless nobody is in it.
    pub(super) fn group(&self) -> Option<Value> {
        let uris = || {
            let users = self.in_order();
            users.map(|user| user.who.sip_uri.clone()).collect()
        };
        let contacts = self.monitor_group.clone().unwrap_or_else(uris);
        let group = json!({"u8sGroupURI": GROUP, "u8sGroupName": "lampfield",
            "listContactIDs": contacts});
        (!contacts.is_empty()).then_some(group)
    }

    /// All users, in the order of the list.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &User> {
        self.order.iter().filter_map(|key| self.users.get(key))
    }

    /// Whether the service account may change this contact.
    pub(super) fn may_set(&self, contact: &str) -> bool {
        self.users
            .get(contact)
            .is_some_and(|user| user.who.level.may_set())
    }

    pub(super) fn fresh_call(&mut self) -> String {
        self.next_call += 1;
        format!("call-{}", self.next_call)
    }

    pub(super) fn contact_of(&self, user_name: &str) -> Option<&String> {
        self.by_name.get(&user_name.to_lowercase())
    }

    /// Changes a user and tells every session that watches it what changed.
    pub(super) fn change(
        &mut self,
        contact: &str,
        now: Timestamp,
        change: impl FnOnce(&mut User),
    ) -> bool {
        let Some(user) = self.users.get_mut(contact) else {
            return false;
        };
        let before = user.clone();
        change(user);
        let after = user.clone();
        let change = Change {
            before: &before,
            after: &after,
            now,
        };
        let params = self.next_params();
        let times = self.faults.times;
        let subscribed = self.sessions.values();
        let subscribed = subscribed.filter_map(|s| Some((s, *s.subscribed.get(contact)?)));
        let told: u64 = subscribed
            .map(|(session, flags)| self.tell(session, flags, change, params))
            .sum();
        self.counts.events += told;
        for session in self.sessions.values() {
            if let Some(reference) = session.monitored.get(contact) {
                line_events::tell(session, reference, &before, &after, times);
            }
        }
        true
    }

    /// Sends one update, if anything that the session asked for has changed; how many were sent.
    fn tell(
        &self,
        session: &UcSession,
        subscribed: u32,
        change: Change<'_>,
        params: ParamsForm,
    ) -> u64 {
        if self.faults.lose_events || !session.valid {
            return 0;
        }
        let spelling = Spelling {
            generation: self.version().events(),
            times: self.faults.times,
        };
        let Some(update) = change.update(subscribed, spelling, params, &self.faults) else {
            return 0;
        };
        let copies = if self.faults.duplicate_events { 2 } else { 1 };
        for _ in 0..copies {
            session.tell(&update);
        }
        copies
    }

    /// The kind of server that it is now.
    pub(super) const fn version(&self) -> UcServerVersion {
        if self.faults.old_names {
            UcServerVersion::V1
        } else {
            self.version
        }
    }

    /// How the next optional parameters are written: one form after the other, unless one is set.
    pub(super) fn next_params(&mut self) -> ParamsForm {
        self.params_turn = (self.params_turn + 1) % ParamsForm::ALL.len();
        let in_turn = ParamsForm::ALL.get(self.params_turn).copied();
        self.faults.params.or(in_turn).unwrap_or_default()
    }

    /// A client did something that estos' own decoder would have thrown for.
    pub(super) fn violation(&mut self, of: &str, why: &str) {
        self.counts.violations += 1;
        if self.violations.len() < KEPT_VIOLATIONS {
            self.violations.push(format!("{of}: {why}"));
        }
    }

    /// Ends manual presences whose time is over.
    pub(super) fn expire(&mut self, now: Timestamp) {
        let over = |user: &User| {
            let until = user.manual.and_then(|manual| manual.until);
            until.is_some_and(|until| until <= now)
        };
        let due: Vec<_> = self
            .users
            .iter()
            .filter(|(_, user)| over(user))
            .map(|(contact, _)| contact.clone())
            .collect();
        for contact in due {
            self.change(&contact, now, |user| user.manual = None);
        }
    }

    /// When the next manual presence ends.
    pub(super) fn next_expiry(&self) -> Option<Timestamp> {
        let until = |user: &User| user.manual?.until;
        self.users.values().filter_map(until).min()
    }

    /// The counts, with those that are not kept but counted.
    pub(super) fn counts(&self) -> Counts {
        let valid = || self.sessions.values().filter(|session| session.valid);
        let with_socket = valid().filter(|session| session.socket.is_some());
        Counts {
            sessions: valid().count(),
            subscribed: with_socket.map(|session| session.subscribed.len()).sum(),
            ..self.counts.clone()
        }
    }
}

/// The one administrative monitor group.
pub(super) const GROUP: &str = "group:lampfield";
