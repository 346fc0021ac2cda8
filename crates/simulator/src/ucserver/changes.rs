//! What a change of a user becomes on the wire: the update that a subscriber gets.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::faults::UcFaults;
use super::params::ParamsForm;
use super::presence::{Action, CALLS, Spelling, call_state};
use super::session::event;
use super::user::{Level, User};
use super::version::Generation;

/// A user before and after something happened.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) before: &'a User,
    pub(super) after: &'a User,
    pub(super) now: Timestamp,
}

impl Change<'_> {
    /// The event for somebody who subscribed to these flags; nothing if none of them changed.
    pub(super) fn update(
        &self,
        subscribed: u32,
        spelling: Spelling,
        params: ParamsForm,
        faults: &UcFaults,
    ) -> Option<String> {
        let (mut flags, mut presence) = self.changed_members(subscribed, spelling);
        let after = self.after;
        if after.who.level >= Level::Business && subscribed & CALLS != 0 {
            let calls = self.changed_calls(spelling.generation, faults.complete_call_lists);
            let differ = self.before.calls != after.calls;
            if !calls.is_empty() || (faults.complete_call_lists && differ) {
                flags |= CALLS;
                presence.insert("seqCalls".to_owned(), Value::Array(calls));
            }
        }
        if flags == 0 {
            return None;
        }
        presence.insert("u8sContactId".to_owned(), json!(after.who.sip_uri));
        let mut argument = json!({"iChangedFlags": flags, "presence": presence});
        Some(match spelling.generation {
            Generation::Newer => event(4504, "asnUpdatePresenceV2", argument),
            Generation::Older => {
                params.write(&mut argument);
                // The gaps among the published numbers suggest this one.
                event(4500, "asnUpdatePresence", argument)
            }
        })
    }

    fn changed_members(&self, subscribed: u32, spelling: Spelling) -> (u32, Map<String, Value>) {
        let Self { before, after, now } = *self;
        let was = before.members(before.who.level, spelling, now);
        let is = after.members(after.who.level, spelling, now);
        let mut flags = 0;
        let mut presence = Map::new();
        for (name, (flag, value)) in is {
            let same = |(_, old): &(u32, Value)| is_same(name, old, &value);
            if subscribed & flag != 0 && !was.get(name).is_some_and(same) {
                flags |= flag;
                presence.insert(name.to_owned(), value);
            }
        }
        (flags, presence)
    }

    /// Whether updates hold changes or everything is unknown; both can be simulated.
    fn changed_calls(&self, generation: Generation, complete: bool) -> Vec<Value> {
        let was = self.before.call_list(generation);
        let is = self.after.call_list(generation);
        if complete {
            let different = was != is;
            return is.into_values().filter(|_| different).collect();
        }
        let gone = |call: &Value| {
            let over = with(call.clone(), call_state(generation), 1);
            with(over, "iAction", Action::Deleted as i64)
        };
        let ids: BTreeSet<_> = was.keys().chain(is.keys()).copied().collect();
        ids.into_iter()
            .filter_map(|id| match (was.get(id), is.get(id)) {
                (Some(old), None) => Some(gone(old)),
                (None, Some(new)) => Some(new.clone()),
                (Some(old), Some(new)) if old != new => {
                    Some(with(new.clone(), "iAction", Action::Changed as i64))
                }
                _ => None,
            })
            .collect()
    }
}

/// Whether the member says the same; that the absent state repeats the presence is no news.
fn is_same(name: &str, old: &Value, new: &Value) -> bool {
    const REPEATED: &str = "iPresenceState";
    if name != "asnAbsentState" {
        return old == new;
    }
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        return false;
    };
    let told = |(name, _): &(&String, &Value)| *name != REPEATED;
    old.iter().filter(told).eq(new.iter().filter(told))
}

fn with(mut call: Value, name: &str, value: i64) -> Value {
    if let Some(members) = call.as_object_mut() {
        members.insert(name.to_owned(), json!(value));
    }
    call
}
