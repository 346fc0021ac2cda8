//! Phone lines and notes: the part of the client interface that lampfield does not use, so that
//! whoever drives a line by hand sees the presence follow.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::reply::{DENIED, MISTYPED, UcReply};
use super::user::User;
use super::world::UcWorld;

/// `iErrorDetail`: no such line.
const INVALID_LINE: i64 = 3;

/// 1260: all lines.
pub(super) fn enumerate(world: &UcWorld) -> UcReply {
    let line =
        |user: &User| json!({"u8sLinePhoneNumber": user.line(), "u8sLineNumber": user.who.phone});
    let lines: Vec<_> = world.in_order().map(line).collect();
    UcReply::Result(json!({ "lines": lines }))
}

/// 1262 and 1263: hear of the calls of a line, or no longer.
pub(super) fn monitor(
    world: &mut UcWorld,
    session: &str,
    argument: &Value,
    start: bool,
) -> UcReply {
    let Some(contact) = contact_of_line(world, argument) else {
        return UcReply::Error(INVALID_LINE, "invalid line");
    };
    if let Some(session) = world.sessions.get_mut(session) {
        if start {
            session.monitored.insert(contact);
        } else {
            session.monitored.remove(&contact);
        }
    }
    UcReply::Result(json!({}))
}

/// 1264: do not disturb of a line; needs the same right as the presence.
pub(super) fn set_do_not_disturb(world: &mut UcWorld, argument: &Value, now: Timestamp) -> UcReply {
    let Some(on) = argument.get("bDoNotDisturb").and_then(Value::as_bool) else {
        return UcReply::Reject(MISTYPED, "bDoNotDisturb is missing");
    };
    let Some(contact) = contact_of_line(world, argument) else {
        return UcReply::Error(INVALID_LINE, "invalid line");
    };
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    world.change(&contact, now, |user| user.line_do_not_disturb = on);
    UcReply::Result(json!({}))
}

/// 1510: a note for everybody to read.
pub(super) fn set_note(world: &mut UcWorld, argument: &Value, now: Timestamp) -> UcReply {
    let text = |name| argument.pointer(name).and_then(Value::as_str);
    let contact = text("/customnote/u8sContactID").map(str::to_lowercase);
    let (Some(contact), Some(note)) = (contact, text("/customnote/u8sNote")) else {
        return UcReply::Reject(MISTYPED, "customnote cannot be read");
    };
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    world.change(&contact, now, |user| note.clone_into(&mut user.note));
    UcReply::Result(json!({"bSuccess": true}))
}

fn contact_of_line(world: &UcWorld, argument: &Value) -> Option<String> {
    let line = argument.get("u8sLinePhoneNumber")?.as_str()?;
    let found = world.in_order().find(|user| user.line() == line)?;
    Some(found.who.sip_uri.to_lowercase())
}
