//! The administrator's part of the client interface, and the groups that he assigns.

use serde_json::{Value, json};

use super::presence::STATIC_RIGHTS;
use super::reply::{DENIED, UcReply};
use super::user::User;
use super::world::{UcAccount, UcWorld};

/// `iErrorDetail`: no such user.
const NO_SUCH_USER: i64 = 1;

/// 2904: for the rest of the session.
pub(super) fn log_in(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    let user = argument.get("u8sAdminUsername").and_then(Value::as_str);
    let password = argument.pointer("/adminPassword/u8sAdminPassword");
    let password = password.and_then(Value::as_str);
    let right = |admin: &UcAccount| {
        Some(admin.user.as_str()) == user && Some(admin.password.as_str()) == password
    };
    let is_admin = world.admin.as_ref().is_some_and(right);
    if let Some(session) = world.sessions.get_mut(session) {
        session.is_admin = is_admin;
    }
    UcReply::Result(json!({"result": i32::from(!is_admin)}))
}

/// Only after the administrator's log-in.
pub(super) fn only(
    world: &UcWorld,
    session: &str,
    answer: impl FnOnce(&UcWorld) -> UcReply,
) -> UcReply {
    if world.sessions.get(session).is_some_and(|s| s.is_admin) {
        return answer(world);
    }
    UcReply::Error(DENIED, "administrator log-in required")
}

/// 2913: everybody.
pub(super) fn profiles(world: &UcWorld) -> UcReply {
    let users: Vec<_> = world.in_order().map(profile).collect();
    UcReply::Result(json!({ "userProfiles": users }))
}

/// 2905: one user, or the default profile.
pub(super) fn profile_of(world: &UcWorld, argument: &Value) -> UcReply {
    let name = argument.pointer("/identifier/u8sClientUsername");
    let contact = name
        .and_then(Value::as_str)
        .and_then(|name| world.contact_of(name));
    let user = contact.and_then(|contact| world.users.get(contact));
    user.map_or(UcReply::Error(NO_SUCH_USER, "no such user"), |user| {
        UcReply::Result(json!({"userProfile": profile(user)}))
    })
}

/// `AsnUserProfile`
fn profile(user: &User) -> Value {
    let who = &user.who;
    json!({
        "iEnabled": 1,
        "u8sDNPath": "",
        "u8sUserName": who.user_name,
        "u8sSIPURI": who.sip_uri,
        "u8sobjectGUID": "",
        "u8sPhoneNumber": who.phone,
        "u8sPhoneSecondary": "",
        "userMonitorLineList": [],
        "iMonitorLineRights": 0,
        "u8sSAMAccountName": "",
        "u8sPassword": "",
        "u8sCallRecordingNumber": "",
        "u8sMailboxNumber": "",
        "u8sHomeServer": "",
        "iUserStaticRights": STATIC_RIGHTS,
        "iUserStaticRights2": user.static_rights_2(),
        "userDynamicRights": [],
        "asnUserContact": {"u8sDisplayName": who.display_name},
        "asnUserPropertyBag": {"asnProperties": []},
    })
}

/// 2911: a short list.
pub(super) fn find_users(world: &UcWorld) -> UcReply {
    let light = |user: &User| {
        json!({"u8sDNPath": "", "u8sUserName": user.who.user_name, "u8sFirstName": "",
            "u8sLastName": "", "u8sDisplayName": user.who.display_name,
            "u8sPhonePrimary": user.who.phone, "u8sPhoneSecondary": "", "iCtiEnabled": 1})
    };
    let users: Vec<_> = world.in_order().map(light).collect();
    UcReply::Result(json!({"userlist": users, "iLimitReached": 0}))
}

/// 4620: the groups that are assigned; their changes as well, unless 0 is asked for.
pub(super) fn groups(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    let flags = argument
        .get("iEventFlagsToSubscribe")
        .and_then(Value::as_i64);
    if let Some(session) = world.sessions.get_mut(session) {
        session.watches_groups = flags != Some(0);
    }
    let groups: Vec<_> = world.group().into_iter().collect();
    UcReply::Result(json!({ "listAdministrativeMonitorGroups": groups }))
}

/// 4621: no more changes.
pub(super) fn forget_groups(world: &mut UcWorld, session: &str) -> UcReply {
    if let Some(session) = world.sessions.get_mut(session) {
        session.watches_groups = false;
    }
    UcReply::Result(json!({"bSuccess": true}))
}
