//! Phone lines and notes: the part of the client interface that lampfield does not use, so that
//! whoever drives a line by hand sees the presence follow.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::line_events;
use super::reply::{DENIED, UcReply};
use super::times::TimeForm;
use super::user::User;
use super::world::UcWorld;

/// `iErrorDetail`: no such line.
const INVALID_LINE: i64 = 3;

/// 1260: all lines.
pub(super) fn enumerate(world: &UcWorld) -> UcReply {
    let lines: Vec<_> = world.in_order().map(info).collect();
    UcReply::Result(json!({ "seqLines": lines }))
}

/// `AsnCtiLineInfo`
fn info(user: &User) -> Value {
    json!({
        "iType": 1,
        "iLineOpenStatus": 2,
        "u8sLinePhoneNumber": user.line(),
        "u8sDescriptor": "",
        "u8sPhoneNumber": user.who.phone,
        "u8sLineLocationID": "",
        "iLineFeatures": 0,
        "iForwardFeaturesPBX": 0,
        "iForwardFeaturesSERVER": 0,
        "iForwardFeaturesUSER": 0,
    })
}

/// 1262: hear of the calls of a line.
pub(super) fn monitor(
    world: &mut UcWorld,
    session: &str,
    argument: &Value,
    times: TimeForm,
) -> UcReply {
    let Some(contact) = contact_of_line(world, argument) else {
        return UcReply::Error(INVALID_LINE, "invalid line");
    };
    let reference = format!("monitor-{contact}");
    if let Some(session) = world.sessions.get_mut(session) {
        session.monitored.insert(contact.clone(), reference.clone());
    }
    let Some(user) = world.users.get(&contact) else {
        return UcReply::Error(INVALID_LINE, "invalid line");
    };
    let calls = user.calls.iter();
    let calls: Vec<_> = calls
        .map(|(id, call)| line_events::call_information(user, id, call, times))
        .collect();
    UcReply::Result(json!({
        "u8sMonitorCrossRefID": reference,
        "lineInfo": info(user),
        "seqCalls": calls,
        "iDoNotDisturb": i32::from(user.line_do_not_disturb),
        "seqLineForwards": [],
        "remoteOfficeState": {"u8sController": "", "iEnabled": 0, "u8sDestination": ""},
    }))
}

/// 1263: no longer.
pub(super) fn forget(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    let reference = argument.get("u8sMonitorCrossRefID").and_then(Value::as_str);
    if let Some(session) = world.sessions.get_mut(session) {
        let other = |_: &String, of: &mut String| Some(of.as_str()) != reference;
        session.monitored.retain(other);
    }
    UcReply::empty()
}

/// 1264: do not disturb of a line; needs the same right as the presence.
pub(super) fn set_do_not_disturb(world: &mut UcWorld, argument: &Value, now: Timestamp) -> UcReply {
    let on = argument.get("bDoNotDisturb") == Some(&Value::Bool(true));
    let Some(contact) = contact_of_line(world, argument) else {
        return UcReply::Error(INVALID_LINE, "invalid line");
    };
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    world.change(&contact, now, |user| user.line_do_not_disturb = on);
    UcReply::empty()
}

/// 1510: a note for everybody to read.
pub(super) fn set_note(world: &mut UcWorld, argument: &Value, now: Timestamp) -> UcReply {
    let text = |name| {
        argument
            .pointer(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let contact = text("/customnote/u8sContactID").to_lowercase();
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    let note = text("/customnote/u8sNote");
    world.change(&contact, now, |user| note.clone_into(&mut user.note));
    UcReply::empty()
}

fn contact_of_line(world: &UcWorld, argument: &Value) -> Option<String> {
    let line = argument.get("u8sLinePhoneNumber")?.as_str()?;
    let found = world.in_order().find(|user| user.line() == line)?;
    Some(found.who.sip_uri.to_lowercase())
}
