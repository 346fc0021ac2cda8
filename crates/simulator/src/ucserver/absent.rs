//! Manual presence: setting, reading, taking back.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::presence::Spelling;
use super::reply::{DENIED, UcReply};
use super::times::TimeForm;
use super::user::ManualPresence;
use super::version::Generation;
use super::world::UcWorld;

/// 1128 and its older name. What the argument must hold was checked before.
pub(super) fn set(
    world: &mut UcWorld,
    argument: &Value,
    spelling: Spelling,
    now: Timestamp,
) -> UcReply {
    let Some((contact, manual)) = wanted(argument, spelling) else {
        return UcReply::Error(1, "no absent state");
    };
    if let Some(detail) = world.faults.refuse_absent {
        return UcReply::Error(detail, "refused");
    }
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    world.counts.absent_set += 1;
    // 0 is not absent, 4 is not set.
    let manual = Some(manual).filter(|manual| !matches!(manual.state, 0 | 4));
    world.change(&contact, now, |user| user.manual = manual);
    UcReply::Result(json!({"bSuccess": true}))
}

fn wanted(argument: &Value, spelling: Spelling) -> Option<(String, ManualPresence)> {
    let absent = argument.get("absentstate")?;
    let contact = absent.get("u8sContactId")?.as_str()?.to_lowercase();
    let state = match spelling.generation {
        Generation::Older => absent.get("iAbsentState"),
        Generation::Newer => absent.get("eAbsentState"),
    };
    let manual = ManualPresence {
        state: state?.as_i64()?,
        until: until(absent, spelling.times),
    };
    Some((contact, manual))
}

fn until(absent: &Value, times: TimeForm) -> Option<Timestamp> {
    times.read(absent.get("stTimeTo")?).ok()?
}

/// 1129: what is set.
pub(super) fn get(
    world: &mut UcWorld,
    argument: &Value,
    spelling: Spelling,
    now: Timestamp,
) -> UcReply {
    world.counts.absent_read += 1;
    let contact = contact(argument, "contactId");
    match world.users.get(&contact) {
        Some(user) => UcReply::Result(json!({"absentstate": user.absent(spelling, now)})),
        None => UcReply::Error(1, "no such contact"),
    }
}

/// 1130 and its older name: nothing is set any more. The result is empty.
pub(super) fn reset(world: &mut UcWorld, argument: &Value, now: Timestamp) -> UcReply {
    let contact = contact(argument, "u8sContactId");
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    world.counts.absent_reset += 1;
    world.change(&contact, now, |user| user.manual = None);
    UcReply::empty()
}

fn contact(argument: &Value, name: &str) -> String {
    let contact = argument.get(name).and_then(Value::as_str);
    contact.unwrap_or_default().to_lowercase()
}
