//! Subscriptions to presence.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::presence::{Spelling, whole};
use super::reply::UcReply;
use super::user::Level;
use super::world::UcWorld;

/// Without a filter everything is shown and told.
const EVERYTHING: u32 = u32::MAX;

/// 4505 and its older name: the presence of contacts, and their changes from now on.
pub(super) fn subscribe(
    world: &mut UcWorld,
    session: &str,
    argument: &Value,
    spelling: Spelling,
    now: Timestamp,
) -> UcReply {
    let contacts = contacts(argument);
    world.counts.subscriptions += 1;
    let poison = &world.faults.poisoned_contact;
    let poison = poison.as_ref().map(|contact| contact.to_lowercase());
    if poison.is_some_and(|poison| contacts.contains(&poison)) {
        return UcReply::Error(100, "internal error");
    }
    if argument.get("bDontRequestPermissions") != Some(&Value::Bool(true)) {
        world.counts.challenges += 1;
    }
    let events = flags(argument, "iEventFlagsToSubscribe");
    let filter = flags(argument, "iContactDetailsReturnFilter");
    let mut shown = Vec::new();
    for contact in contacts {
        let user = world.users.get(&contact);
        let Some(user) = user.filter(|user| user.who.level > Level::None) else {
            continue;
        };
        shown.push(whole(user, spelling, filter, now));
        if let Some(session) = world.sessions.get_mut(session) {
            session.subscribed.insert(contact, events);
        }
    }
    UcReply::Result(json!({ "seqSubscribedPresence": shown }))
}

/// 4503: no more changes.
pub(super) fn unsubscribe(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    world.counts.unsubscriptions += 1;
    if let Some(session) = world.sessions.get_mut(session) {
        for contact in contacts(argument) {
            session.subscribed.remove(&contact);
        }
    }
    UcReply::Result(json!({"iResult": 0}))
}

fn contacts(argument: &Value) -> Vec<String> {
    let list = argument.get("seqContactIDs").and_then(Value::as_array);
    let names = list.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_lowercase).collect()
}

fn flags(argument: &Value, name: &str) -> u32 {
    let asked = argument.get(name).and_then(Value::as_u64);
    asked.map_or(EVERYTHING, |flags| {
        u32::try_from(flags).unwrap_or(EVERYTHING)
    })
}
