//! What a session that monitors a line is told.
//!
//! The members of the events are documented in part only; what is not is left out.

use serde_json::json;

use super::session::{Outgoing, UcSession, event};
use super::user::{CallPhase, User};

/// Tells a session that monitors the line what happened to its calls (1283) and to its do not
/// disturb (1281).
pub(super) fn tell(session: &UcSession, before: &User, after: &User) {
    for (id, call) in &after.calls {
        if before.calls.get(id) != Some(call) {
            session.send(call_event(after, id, call.phase));
        }
    }
    if before.line_do_not_disturb != after.line_do_not_disturb {
        let argument = json!({"u8sLinePhoneNumber": after.line(),
            "bDoNotDisturb": after.line_do_not_disturb});
        let name = "asnCtiNotifyLineDoNotDisturbChanged";
        session.send(Outgoing::Text(event(1281, name, &argument)));
    }
}

fn call_event(user: &User, id: &str, phase: CallPhase) -> Outgoing {
    let argument = json!({
        "u8sLinePhoneNumber": user.line(),
        "u8sConnectionID": id,
        "iReason": reason(phase),
    });
    let name = "asnCtiNotifyLineCallInformationChanged";
    Outgoing::Text(event(1283, name, &argument))
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
