//! What the simulated server answers to each operation.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::lines;
use super::reply::{DENIED, MISTYPED, NO_SESSION, UNKNOWN, UcReply};
use super::user::{Level, ManualPresence, User};
use super::world::{GROUP, UcWorld};

/// Names that servers from before August 2024 do not know.
const NEWER: [&str; 6] = [
    "asnGetLoggedInContactV2",
    "asnGetUserTokenV2",
    "asnTokenVerifyV2",
    "asnGetAndSubscribePresenceV2",
    "asnSetUserAbsentState",
    "asnResetUserAbsentState",
];

/// Answers one request of a session.
pub(super) fn answer(
    world: &mut UcWorld,
    session: &str,
    name: &str,
    argument: &Value,
    now: Timestamp,
) -> UcReply {
    world.expire(now);
    if !world.sessions.get(session).is_some_and(|s| s.valid) {
        return UcReply::Reject(NO_SESSION, "invalid session id");
    }
    let reply = if world.faults.old_names && NEWER.contains(&name) {
        None
    } else {
        dispatch(world, session, name, argument, now)
    };
    match &reply {
        None => world.counts.unknown_operations += 1,
        Some(UcReply::Reject(MISTYPED, _)) => world.counts.bad_arguments += 1,
        Some(_) => {}
    }
    reply.unwrap_or(UcReply::Reject(UNKNOWN, "unrecognized operation"))
}

fn dispatch(
    world: &mut UcWorld,
    session: &str,
    name: &str,
    argument: &Value,
    now: Timestamp,
) -> Option<UcReply> {
    let reply = match name {
        "asnGetLoggedInContactV2" | "asnGetLoggedInContact" => own_contact(world, session),
        "asnGetUserTokenV2" | "asnGetUserToken" => token(world, session, argument),
        "asnTokenVerifyV2" | "asnTokenVerify" => verify(world, argument),
        "asnLogoff" => log_off(world, session),
        "asnAdminLogin" if !world.faults.no_admin_interface => {
            admin_login(world, session, argument)
        }
        "asnAdminGetUserProfiles" => as_admin(world, session, profiles),
        "asnAdminGetUserProfile" => as_admin(world, session, |world| profile_of(world, argument)),
        "asnAdminFindUser" => as_admin(world, session, find_users),
        "asnGetAndSubscribeAdministrativeMonitorContent" => groups(world, session),
        "asnUnsubscribeAdministrativeMonitorContent" => forget_groups(world, session),
        "asnGetAndSubscribePresenceV2" | "asnGetAndSubscribePresence" => {
            subscribe(world, session, argument, now)
        }
        "asnUnsubscribePresence" => unsubscribe(world, session, argument),
        "asnSetUserAbsentState" | "asnAbsentStateSetUser" => set_absent(world, argument, now),
        "asnGetUserAbsentState" => get_absent(world, argument),
        "asnResetUserAbsentState" | "asnAbsentStateReset" => reset_absent(world, argument, now),
        "asnCtiEnumPhoneLines" => lines::enumerate(world),
        "asnCtiLineMonitorStart" => lines::monitor(world, session, argument, true),
        "asnCtiLineMonitorStop" => lines::monitor(world, session, argument, false),
        "asnCtiLineSetDoNotDisturb" => lines::set_do_not_disturb(world, argument, now),
        "asnCustomNoteSet" => lines::set_note(world, argument, now),
        _ => return None,
    };
    Some(reply)
}

/// An event of the client; it is not answered.
pub(super) fn event(world: &mut UcWorld, name: &str) {
    match name {
        "asnTransportKeepAlive" | "asnKeepAlive" => world.counts.keep_alives += 1,
        _ => world.counts.unknown_operations += 1,
    }
}

fn own_contact(world: &UcWorld, session: &str) -> UcReply {
    let user = world.sessions.get(session).map(|s| s.account.clone());
    UcReply::Result(json!({
        "_type": "AsnGetLoggedInContactV2Result",
        "u8sLoggedInUser": user,
        "ownContact": {"u8sContactId": format!("sip:{}", user.unwrap_or_default()),
            "iPresenceState": 0x0800_0000},
    }))
}

fn token(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    if argument.get("iType").and_then(Value::as_i64).is_none() {
        return UcReply::Reject(MISTYPED, "iType is missing");
    }
    let account = world.sessions.get(session).map(|s| s.account.clone());
    let token = format!(
        "jwt-{}-{}",
        world.tokens.len(),
        uuid::Uuid::new_v4().simple()
    );
    world
        .tokens
        .insert(token.clone(), account.unwrap_or_default());
    UcReply::Result(json!({ "sToken": token }))
}

fn verify(world: &UcWorld, argument: &Value) -> UcReply {
    let known = |token: &str| world.tokens.contains_key(token);
    let valid = argument
        .get("sToken")
        .and_then(Value::as_str)
        .is_some_and(known);
    UcReply::Result(json!({ "bValid": valid }))
}

fn log_off(world: &mut UcWorld, session: &str) -> UcReply {
    if let Some(session) = world.sessions.get_mut(session) {
        session.valid = false;
    }
    UcReply::Result(json!({}))
}

fn admin_login(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    let user = argument.get("u8sAdminUsername").and_then(Value::as_str);
    let password = argument.pointer("/adminPassword/u8sAdminPassword");
    let (Some(user), Some(password)) = (user, password.and_then(Value::as_str)) else {
        return UcReply::Reject(MISTYPED, "u8sAdminUsername or adminPassword is missing");
    };
    let right = |admin: &super::world::UcAccount| admin.user == user && admin.password == password;
    let is_admin = world.admin.as_ref().is_some_and(right);
    if let Some(session) = world.sessions.get_mut(session) {
        session.is_admin = is_admin;
    }
    UcReply::Result(json!({"result": i32::from(!is_admin)}))
}

fn as_admin(world: &UcWorld, session: &str, answer: impl FnOnce(&UcWorld) -> UcReply) -> UcReply {
    if world.sessions.get(session).is_some_and(|s| s.is_admin) {
        return answer(world);
    }
    UcReply::Error(DENIED, "administrator log-in required")
}

fn profiles(world: &UcWorld) -> UcReply {
    let users: Vec<_> = world.in_order().map(profile).collect();
    UcReply::Result(json!({ "userProfiles": users }))
}

fn profile(user: &User) -> Value {
    let who = &user.who;
    json!({
        "iEnabled": 1,
        "u8sUserName": who.user_name,
        "u8sSIPURI": who.sip_uri,
        "u8sPhoneNumber": who.phone,
        "iUserStaticRights": 8,
        "iUserStaticRights2": if who.teams_right { 8192 } else { 0 },
        "asnUserContact": {"u8sDisplayName": who.display_name},
    })
}

fn profile_of(world: &UcWorld, argument: &Value) -> UcReply {
    let name = argument
        .pointer("/identifier/u8sClientUsername")
        .and_then(Value::as_str);
    let Some(name) = name else {
        return UcReply::Reject(MISTYPED, "identifier is missing");
    };
    let user = world
        .contact_of(name)
        .and_then(|contact| world.users.get(contact));
    user.map_or(UcReply::Error(1, "no such user"), |user| {
        UcReply::Result(json!({"userProfile": profile(user)}))
    })
}

fn find_users(world: &UcWorld) -> UcReply {
    let light = |user: &User| {
        json!({"u8sUserName": user.who.user_name, "u8sDisplayName": user.who.display_name,
            "u8sPhonePrimary": user.who.phone, "iCtiEnabled": 1})
    };
    let users: Vec<_> = world.in_order().map(light).collect();
    UcReply::Result(json!({"userlist": users, "iLimitReached": 0}))
}

fn groups(world: &mut UcWorld, session: &str) -> UcReply {
    if let Some(session) = world.sessions.get_mut(session) {
        session.watches_groups = true;
    }
    UcReply::Result(json!({"listAdministrativeMonitorGroups": [{
        "u8sGroupURI": GROUP,
        "u8sGroupName": "lampfield",
        "listContactIDs": world.contacts_of_group(),
    }]}))
}

fn forget_groups(world: &mut UcWorld, session: &str) -> UcReply {
    if let Some(session) = world.sessions.get_mut(session) {
        session.watches_groups = false;
    }
    UcReply::Result(json!({}))
}

fn contacts(argument: &Value) -> Option<Vec<String>> {
    let list = argument.get("seqContactIDs")?.as_array()?;
    list.iter()
        .map(|one| one.as_str().map(str::to_lowercase))
        .collect()
}

fn subscribe(world: &mut UcWorld, session: &str, argument: &Value, now: Timestamp) -> UcReply {
    let Some(contacts) = contacts(argument) else {
        return UcReply::Reject(MISTYPED, "seqContactIDs is no list of strings");
    };
    world.counts.subscriptions += 1;
    let poison = world
        .faults
        .poisoned_contact
        .as_ref()
        .map(|c| c.to_lowercase());
    if poison.is_some_and(|poison| contacts.contains(&poison)) {
        return UcReply::Error(100, "internal error");
    }
    if argument.get("bDontRequestPermissions") != Some(&Value::Bool(true)) {
        world.counts.challenges += 1;
    }
    let old = world.faults.old_names;
    let mut shown = Vec::new();
    for contact in contacts {
        let Some(user) = world.users.get(&contact) else {
            continue;
        };
        if user.who.level == Level::None {
            continue;
        }
        shown.push(whole_presence(user, old, now));
        if let Some(session) = world.sessions.get_mut(session) {
            session.subscribed.insert(contact);
        }
    }
    UcReply::Result(json!({ "seqSubscribedPresence": shown }))
}

fn whole_presence(user: &User, old: bool, now: Timestamp) -> Value {
    let members = user.members(user.who.level, old, now);
    let mut presence: Map<_, _> = members
        .into_iter()
        .map(|(name, (_, value))| (name.to_owned(), value))
        .collect();
    presence.insert("u8sContactId".to_owned(), json!(user.who.sip_uri));
    if user.who.level >= Level::Business {
        let calls = user.call_list().into_values().collect();
        presence.insert("seqCalls".to_owned(), calls);
    }
    Value::Object(presence)
}

fn unsubscribe(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    let Some(contacts) = contacts(argument) else {
        return UcReply::Reject(MISTYPED, "seqContactIDs is no list of strings");
    };
    world.counts.unsubscriptions += 1;
    if let Some(session) = world.sessions.get_mut(session) {
        for contact in contacts {
            session.subscribed.remove(&contact);
        }
    }
    UcReply::Result(json!({}))
}

fn set_absent(world: &mut UcWorld, argument: &Value, now: Timestamp) -> UcReply {
    let Some((contact, manual)) = absent_argument(argument) else {
        return UcReply::Reject(MISTYPED, "absentstate cannot be read");
    };
    if let Some(detail) = world.faults.refuse_absent {
        return UcReply::Error(detail, "refused");
    }
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    world.counts.absent_set += 1;
    let manual = Some(manual).filter(|manual| !matches!(manual.state, 0 | 4));
    world.change(&contact, now, |user| user.manual = manual);
    UcReply::Result(json!({"bSuccess": true}))
}

fn absent_argument(argument: &Value) -> Option<(String, ManualPresence)> {
    let absent = argument.get("absentstate")?;
    let contact = absent.get("u8sContactId")?.as_str()?.to_lowercase();
    let state = absent
        .get("eAbsentState")
        .or_else(|| absent.get("iAbsentState"));
    let until = match absent.get("stTimeTo") {
        Some(until) => Some(until.as_str()?.parse().ok()?),
        None => None,
    };
    Some((
        contact,
        ManualPresence {
            state: state?.as_i64()?,
            until,
        },
    ))
}

fn get_absent(world: &mut UcWorld, argument: &Value) -> UcReply {
    let Some(contact) = argument.get("contactId").and_then(Value::as_str) else {
        return UcReply::Reject(MISTYPED, "contactId is missing");
    };
    world.counts.absent_read += 1;
    match world.users.get(&contact.to_lowercase()) {
        Some(user) => UcReply::Result(json!({"absentstate": user.absent(false)})),
        None => UcReply::Error(1, "no such contact"),
    }
}

fn reset_absent(world: &mut UcWorld, argument: &Value, now: Timestamp) -> UcReply {
    let Some(contact) = argument.get("u8sContactId").and_then(Value::as_str) else {
        return UcReply::Reject(MISTYPED, "u8sContactId is missing");
    };
    let contact = contact.to_lowercase();
    if !world.may_set(&contact) {
        return UcReply::Error(DENIED, "access denied");
    }
    world.counts.absent_reset += 1;
    world.change(&contact, now, |user| user.manual = None);
    UcReply::Result(json!({"bSuccess": true}))
}
