//! What a session that monitors a line is told.

use serde_json::{Value, json};

use super::session::{UcSession, event};
use super::times::TimeForm;
use super::user::{CallPhase, LineCall, User};

/// Tells a session that monitors the line what happened to its calls (1283) and to its do not
/// disturb (1281).
pub(super) fn tell(
    session: &UcSession,
    reference: &str,
    before: &User,
    after: &User,
    times: TimeForm,
) {
    for (id, call) in &after.calls {
        if before.calls.get(id) != Some(call) {
            let argument = json!({
                "u8sMonitorCrossRefID": reference,
                "u8sLinePhoneNumber": after.line(),
                "reason": reason(call.phase),
                "callinformation": call_information(after, id, call, times),
            });
            session.tell(&event(
                1283,
                "asnCtiNotifyLineCallInformationChanged",
                argument,
            ));
        }
    }
    if before.line_do_not_disturb != after.line_do_not_disturb {
        let argument = json!({
            "u8sMonitorCrossRefID": reference,
            "u8sLinePhoneNumber": after.line(),
            "iDoNotDisturb": i32::from(after.line_do_not_disturb),
        });
        session.tell(&event(
            1281,
            "asnCtiNotifyLineDoNotDisturbChanged",
            argument,
        ));
    }
}

/// `AsnCtiCallInformation`
pub(super) fn call_information(user: &User, id: &str, call: &LineCall, times: TimeForm) -> Value {
    json!({
        "u8sLinePhoneNumber": user.line(),
        "u8sConnectionID": id,
        "iCallState": call.phase.wire(),
        "iCallType": 0,
        "iDisconnectedReason": 0,
        "iFeatures": 0,
        "bOutbound": call.outbound,
        "bInternal": false,
        "bCallerIDBlocked": false,
        "iCallRecordingState": 0,
        "bConferenceCtlr": false,
        "u8sConferenceCtlrID": "",
        "u8sLocalNumberSC": user.who.phone,
        "u8sRemoteNumberSC": call.number,
        "iRemoteContactSource": 0,
        "projectPinRule": {
            "u8sProjectName": "", "u8sProjectPin": "", "iProjectType": 0,
            "bAssociatedCallIsPrivateCall": false, "u8sLocationID": "",
            "u8sUserEnteredPin": "", "u8sUserEnteredUserID": "",
        },
        "u8sNote": "",
        "u8sTrackerID": format!("t-{id}"),
        "utcCallCreated": times.write(None),
        "utcCallConnected": times.write(None),
        "utcCallDisconnected": times.write(None),
        "bIsUnknownHoldContact": false,
    })
}

/// Documented are 3 connected, 4 conferenced, 5 hold, 11 disconnected; 0 stands for the others.
const fn reason(phase: CallPhase) -> i64 {
    match phase {
        CallPhase::Connected => 3,
        CallPhase::Conferenced => 4,
        CallPhase::Hold => 5,
        CallPhase::Disconnected => 11,
        CallPhase::Offering | CallPhase::Dialing | CallPhase::Ringback => 0,
    }
}
