//! A user as presence on the wire, in either spelling.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::params;
use super::times::TimeForm;
use super::user::{Level, LineCall, User};
use super::version::Generation;

/// How something is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    pub(super) generation: Generation,
    pub(super) times: TimeForm,
}

/// Members with the flag (`AsnPresenceSubscriptionFlags`) that asks for each and announces it.
pub(super) type Members = BTreeMap<&'static str, (u32, Value)>;

/// `ePresenceSubscriptionPhoneCalls`
pub(super) const CALLS: u32 = 256;

/// The right "Teams" among `iStaticRights2`.
const TEAMS_RIGHT: i64 = 8192;

/// `iStaticRights`: web services, the client, lines, presence.
pub(super) const STATIC_RIGHTS: i64 = 4 | 8 | 64 | 2048;

/// `iAction` of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Added = 0,
    Changed = 1,
    Deleted = 2,
}

impl User {
    /// Everything but the calls that somebody with `level` gets to see, in this spelling.
    pub(super) fn members(&self, level: Level, spelling: Spelling, now: Timestamp) -> Members {
        let rights = self.static_rights_2();
        let mut members = Members::from([
            ("iPresenceState", (1, json!(self.presence_state(now)))),
            ("asnRemoteContact", (2, self.remote_contact())),
            ("iContactFeatureSet", (8, json!(level.features()))),
            ("iStaticRights", (8, json!(STATIC_RIGHTS))),
            ("iStaticRights2", (8, json!(rights))),
            ("iMonitorAccessRights", (8, json!(level.mask()))),
            ("asnAbsentState", (16, self.absent(spelling, now))),
            ("asnCustomNote", (32, self.note())),
        ]);
        if spelling.generation == Generation::Older {
            members.insert(params::NAME, (8, json!({ "iStaticRights2": rights })));
        }
        if level >= Level::Business {
            let appointments = self.appointments(spelling.times);
            members.insert("seqActualAppointments", (64, appointments));
            members.insert("seqPhoneLines", (128, self.lines()));
        }
        members
    }

    pub(super) const fn static_rights_2(&self) -> i64 {
        if self.who.teams_right { TEAMS_RIGHT } else { 0 }
    }

    pub(super) fn remote_contact(&self) -> Value {
        json!({
            "u8sCtiServerUserName": self.who.user_name,
            "u8sDisplayName": self.who.display_name,
            "u8sPhoneBusiness": self.who.phone,
        })
    }

    pub(super) fn note(&self) -> Value {
        json!({"u8sContactID": self.who.sip_uri, "u8sUsername": self.who.display_name,
            "u8sNote": self.note})
    }

    /// The manual presence.
    pub(super) fn absent(&self, spelling: Spelling, now: Timestamp) -> Value {
        match spelling.generation {
            Generation::Older => self.older_absent(spelling.times, now),
            Generation::Newer => self.newer_absent(spelling.times, now),
        }
    }

    /// `AsnAbsentState`: states of other providers have no place in it.
    fn older_absent(&self, times: TimeForm, now: Timestamp) -> Value {
        json!({
            "u8sContactId": self.who.sip_uri,
            "u8sUsername": self.who.display_name,
            "stTimeFrom": times.write(None),
            "stTimeTo": times.write(self.manual.and_then(|manual| manual.until)),
            "iAbsentState": self.absent_state(),
            "u8sMessage": "",
            "u8sAbsentReason": "",
            "iPresenceState": self.presence_state(now),
            "optionalParams": {"iReachability": 0},
        })
    }

    /// `AsnAbsentStateV2`: times only where something is set.
    fn newer_absent(&self, times: TimeForm, now: Timestamp) -> Value {
        let mut absent = json!({
            "u8sContactId": self.who.sip_uri,
            "eAbsentState": self.absent_state(),
            "iPresenceState": self.presence_state(now),
        });
        if let Some(manual) = self.manual {
            let (from, to) = (times.write(None), times.write(manual.until));
            let set = json!({"stTimeFrom": from, "stTimeTo": to, "eReachability": 0});
            add(&mut absent, set);
        }
        if let Some(state) = self.external {
            let of_user = json!({"u8sUserName": self.who.user_name, "iState": state, "eType": 0});
            add(&mut absent, json!({ "externalPresenceStates": [of_user] }));
        }
        absent
    }

    fn absent_state(&self) -> i64 {
        self.manual.map_or(0, |manual| manual.state)
    }

    pub(super) fn appointments(&self, times: TimeForm) -> Value {
        let entry = |(from, to)| appointment(&self.who.sip_uri, Some((from, to)), times);
        self.appointment.map(entry).into_iter().collect()
    }

    pub(super) fn lines(&self) -> Value {
        json!([{
            "u8sLinePhoneNumber": self.line(),
            "u8sLineNumber": self.who.phone,
            "iState": 1,
            "iDoNotDisturb": i32::from(self.line_do_not_disturb),
            "iForwardFeaturesPBX": 0,
        }])
    }

    /// The calls as `AsnPresenceCall` or `AsnPresenceCallV2`, by connection id.
    pub(super) fn call_list(&self, generation: Generation) -> BTreeMap<&str, Value> {
        let written = |(id, call)| (String::as_str(id), self.call(id, call, generation));
        self.calls.iter().map(written).collect()
    }

    fn call(&self, id: &str, call: &LineCall, generation: Generation) -> Value {
        let mut members = json!({
            "iAction": Action::Added as i64,
            "u8sConnectionID": id,
            "u8sLinePhoneNumber": self.line(),
            "u8sLineNumber": self.who.phone,
            "u8sCurrentNumberSC": call.number,
            "iFeatures": 0,
        });
        let rest = match generation {
            Generation::Older => json!({
                "iCallState": call.phase.wire(),
                "iOutbound": i32::from(call.outbound),
                "iInternal": 0,
                "iCallType": 0,
                "optionalParams": {
                    "TrackerID": format!("t-{id}"),
                    "eJournalCallType": call.medium.journal(),
                },
            }),
            Generation::Newer => json!({
                "u8sTrackerID": format!("t-{id}"),
                "eCallState": call.phase.wire(),
                "bOutbound": call.outbound,
                "bInternal": false,
                "eCallType": 0,
                "eJournalCallType": call.medium.journal(),
            }),
        };
        add(&mut members, rest);
        members
    }
}

/// The state of a call, in its spelling.
pub(super) const fn call_state(generation: Generation) -> &'static str {
    match generation {
        Generation::Older => "iCallState",
        Generation::Newer => "eCallState",
    }
}

/// `AsnAppointmentEntry`; nothing is an entry that is not valid.
pub(super) fn appointment(
    owner: &str,
    when: Option<(Timestamp, Timestamp)>,
    times: TimeForm,
) -> Value {
    let minutes = when.map_or(0, |(from, to)| from.duration_until(to).as_mins());
    json!({
        "u8sEntryID": if when.is_some() { "appointment-1" } else { "" },
        "u8sOwner": owner,
        "u8sDataSource": "simulator",
        "stStart": times.write(when.map(|(from, _)| from)),
        "stEnd": times.write(when.map(|(_, to)| to)),
        "iDuration": minutes,
        "u8sSubject": "",
        "u8sText": "",
        "bAllDay": false,
        "iStatus": if when.is_some() { 2 } else { 0 },
        "u8sCategory": "",
        "iImportance": 1,
        "iSensitivity": 0,
        "bIsValid": when.is_some(),
    })
}

/// The whole presence, as far as the filter of the request and the rights allow.
pub(super) fn whole(user: &User, spelling: Spelling, filter: u32, now: Timestamp) -> Value {
    let members = user.members(user.who.level, spelling, now).into_iter();
    let mut presence: Map<_, _> = members
        .filter(|(_, (flag, _))| filter & flag != 0)
        .map(|(name, (_, value))| (name.to_owned(), value))
        .collect();
    presence.insert("u8sContactId".to_owned(), json!(user.who.sip_uri));
    if user.who.level >= Level::Business && filter & CALLS != 0 {
        let calls = user.call_list(spelling.generation).into_values().collect();
        presence.insert("seqCalls".to_owned(), calls);
    }
    Value::Object(presence)
}

/// Adds the members of one object to another.
pub(super) fn add(object: &mut Value, members: Value) {
    if let (Some(object), Value::Object(members)) = (object.as_object_mut(), members) {
        object.extend(members);
    }
}
