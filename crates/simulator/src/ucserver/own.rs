//! The session's own account: its contact, its tokens.

use serde_json::{Value, json};

use super::presence::{STATIC_RIGHTS, Spelling, add, appointment};
use super::reply::UcReply;
use super::version::Generation;
use super::world::UcWorld;

/// `eOFFLINE`: no client of a person is behind a service account.
const OFFLINE: i64 = 0x0800_0000;

/// 1008: who is logged in.
pub(super) fn contact(world: &UcWorld, session: &str, spelling: Spelling) -> UcReply {
    let user = account(world, session);
    UcReply::Result(json!({
        "u8sLoggedInUser": user,
        "ownContact": own_contact(&user, spelling),
    }))
}

/// `AsnContact` or `AsnContactV2` of the account: every member is mandatory.
pub(super) fn own_contact(user: &str, spelling: Spelling) -> Value {
    let uri = format!("sip:{user}");
    let times = spelling.times;
    let mut contact = json!({
        "u8sContactId": uri,
        "iContactFeatureSet": 0,
        "iPresenceState": OFFLINE,
        "iStaticRights": STATIC_RIGHTS,
        "iMonitorAccessRights": 0,
        "asnRemoteContact": {"u8sCtiServerUserName": user, "u8sDisplayName": user},
        "seqPhoneLines": [],
        "asnCustomNote": {"u8sContactID": uri, "u8sUsername": user, "u8sNote": ""},
        "seqActualAppointments": [],
        "asnNextAppointment": appointment(&uri, None, times),
        "asnUserPropertyBag": {"asnProperties": []},
    });
    let rest = match spelling.generation {
        Generation::Newer => json!({
            "iStaticRights2": 0,
            "asnAbsentState": {"u8sContactId": uri, "eAbsentState": 0},
        }),
        Generation::Older => json!({
            "asnAbsentState": {
                "u8sContactId": uri, "u8sUsername": user,
                "stTimeFrom": times.write(None), "stTimeTo": times.write(None),
                "iAbsentState": 0, "u8sMessage": "", "u8sAbsentReason": "",
                "iPresenceState": OFFLINE,
            },
            "optionalParams": {"iStaticRights2": 0},
        }),
    };
    add(&mut contact, rest);
    contact
}

/// 1007: a token that opens sessions, unless one for identification alone (0) is asked for.
pub(super) fn token(world: &mut UcWorld, session: &str, argument: &Value) -> UcReply {
    let account = account(world, session);
    let number = world.tokens.len();
    let token = format!("jwt-{number}-{}", uuid::Uuid::new_v4().simple());
    let opens_sessions = argument.get("iType").and_then(Value::as_i64) != Some(0);
    if opens_sessions {
        world.tokens.insert(token.clone(), account);
    }
    UcReply::Result(json!({ "sToken": token }))
}

/// 1719: whose token it is.
pub(super) fn verify(world: &UcWorld, argument: &Value, spelling: Spelling) -> UcReply {
    let text = |name| argument.get(name).and_then(Value::as_str);
    let token = text("u8sToken").or_else(|| text("sToken"));
    let Some(user) = token.and_then(|token| world.tokens.get(token)) else {
        return UcReply::Error(1, "no such token");
    };
    UcReply::Result(json!({
        "stValidTo": spelling.times.write(None),
        "iType": 1,
        "u8sDNPath": "",
        "u8sUserName": user,
        "u8sSIPURI": format!("sip:{user}"),
        "u8sobjectGUID": "",
        "u8sPhoneNumber": "",
        "u8sPhoneSecondary": "",
        "u8sCallRecordingNumber": "",
        "u8sMailboxNumber": "",
        "u8sHomeServer": "",
        "iUserStaticRights": STATIC_RIGHTS,
        "asnUserContact": {"u8sCtiServerUserName": user},
        "asnUserPropertyBag": {"asnProperties": []},
    }))
}

fn account(world: &UcWorld, session: &str) -> String {
    let session = world.sessions.get(session);
    session.map(|s| s.account.clone()).unwrap_or_default()
}
