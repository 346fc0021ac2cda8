//! Everything the simulated server knows: users, groups, sessions; and whom it tells what.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::faults::{Counts, UcFaults};
use super::line_events;
use super::session::{Outgoing, UcSession, event};
use super::user::{Level, SimulatedUser, User};

/// An account that may log in.
#[derive(Clone, Debug)]
pub(super) struct UcAccount {
    pub(super) user: String,
    pub(super) password: String,
}

/// The server's state: users, sessions, subscriptions, faults in force.
#[derive(Debug, Default)]
pub(super) struct UcWorld {
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
    next_call: u64,
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
        let text = event(4501, "asnRemovePresence", &argument);
        for session in self.sessions.values_mut() {
            if session.subscribed.remove(&contact) {
                session.send(Outgoing::Text(text.clone()));
            }
        }
        true
    }

    /// Sets the administrative monitor group and tells those who watch it.
    pub(super) fn set_group(&mut self, contacts: Vec<String>) {
        let argument = json!({"u8sGroupURI": GROUP, "listContactIDs": contacts});
        self.monitor_group = Some(contacts);
        let text = event(4623, "asnAdministrativeMonitorGroupChanged", &argument);
        for session in self.sessions.values().filter(|s| s.watches_groups) {
            session.send(Outgoing::Text(text.clone()));
        }
    }

    pub(super) fn contacts_of_group(&self) -> Vec<String> {
        let uris = || {
            self.in_order()
                .map(|user| user.who.sip_uri.clone())
                .collect()
        };
        self.monitor_group.clone().unwrap_or_else(uris)
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
        for session in self.sessions.values() {
            if session.subscribed.contains(contact) {
                self.counts.events += tell(session, &self.faults, &before, &after, now);
            }
            if session.monitored.contains(contact) {
                line_events::tell(session, &before, &after);
            }
        }
        true
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
        let live = |session: &&UcSession| session.valid && session.socket.is_some();
        let sessions = self.sessions.values().filter(live);
        Counts {
            subscribed: sessions.map(|session| session.subscribed.len()).sum(),
            ..self.counts.clone()
        }
    }
}

/// The one administrative monitor group.
pub(super) const GROUP: &str = "group:lampfield";

/// Sends one update, if anything that the session may see has changed; how many were sent.
fn tell(
    session: &UcSession,
    faults: &UcFaults,
    before: &User,
    after: &User,
    now: Timestamp,
) -> u64 {
    let Some(update) = update(faults, before, after, now) else {
        return 0;
    };
    if faults.lose_events {
        return 0;
    }
    let copies = if faults.duplicate_events { 2 } else { 1 };
    for _ in 0..copies {
        session.send(Outgoing::Text(update.clone()));
    }
    copies
}

fn update(faults: &UcFaults, before: &User, after: &User, now: Timestamp) -> Option<String> {
    let level = after.who.level;
    let old = faults.old_names;
    let was = before.members(before.who.level, old, now);
    let is = after.members(level, old, now);
    let mut flags = 0;
    let mut presence = Map::new();
    for (name, (flag, value)) in is {
        if was.get(name).is_none_or(|(_, old)| *old != value) {
            flags |= flag;
            presence.insert(name.to_owned(), value);
        }
    }
    if level >= Level::Business {
        let calls = changed_calls(faults, before, after);
        if !calls.is_empty() || (faults.complete_call_lists && before.calls != after.calls) {
            flags |= 256;
            presence.insert("seqCalls".to_owned(), Value::Array(calls));
        }
    }
    if flags == 0 {
        return None;
    }
    presence.insert("u8sContactId".to_owned(), json!(after.who.sip_uri));
    let argument = json!({"iChangedFlags": flags, "presence": presence});
    let (id, name) = if old {
        (0, "asnUpdatePresence")
    } else {
        (4504, "asnUpdatePresenceV2")
    };
    Some(event(id, name, &argument))
}

/// Whether updates hold changes or everything is unknown; both can be simulated. `iAction` is a
/// guess: 0 added, 1 removed, 2 changed.
fn changed_calls(faults: &UcFaults, before: &User, after: &User) -> Vec<Value> {
    let (was, is) = (before.call_list(), after.call_list());
    if faults.complete_call_lists {
        let different = was != is;
        return is.into_values().filter(|_| different).collect();
    }
    let ids: BTreeSet<_> = was.keys().chain(is.keys()).copied().collect();
    ids.into_iter()
        .filter_map(|id| match (was.get(id), is.get(id)) {
            (Some(old), None) => Some(with(with(old.clone(), "eCallState", 1), "iAction", 1)),
            (None, Some(new)) => Some(with(new.clone(), "iAction", 0)),
            (Some(old), Some(new)) if old != new => Some(with(new.clone(), "iAction", 2)),
            _ => None,
        })
        .collect()
}

fn with(mut call: Value, name: &str, value: i64) -> Value {
    if let Some(members) = call.as_object_mut() {
        members.insert(name.to_owned(), json!(value));
    }
    call
}
