//! The operations that the server has: number, name, since when, and what their argument must hold.

use super::grammar::Member;
use super::records as record;
use super::version::{Generation, UcServerVersion};

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    OwnContact,
    Token,
    VerifyToken,
    AdminLogin,
    Profiles,
    Profile,
    FindUsers,
    MonitorContent,
    ForgetMonitorContent,
    Subscribe,
    Unsubscribe,
    SetAbsent,
    GetAbsent,
    ResetAbsent,
    EnumerateLines,
    MonitorStart,
    MonitorStop,
    LineDoNotDisturb,
    SetNote,
    /// An event: no answer.
    KeepAlive,
    /// An event: no answer.
    LogOff,
}

impl Task {
    /// Whether it is an event, which nobody answers.
    pub(super) const fn is_event(self) -> bool {
        matches!(self, Self::KeepAlive | Self::LogOff)
    }
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    /// 0: the number is not published, only the name finds it.
    id: u64,
    pub(super) name: &'static str,
    /// The spelling of the answer.
    pub(super) generation: Generation,
    pub(super) task: Task,
    pub(super) argument: &'static [Member],
    /// The type of the result.
    pub(super) result: &'static str,
}

const fn op(
    id: u64,
    name: &'static str,
    task: Task,
    argument: &'static [Member],
    result: &'static str,
) -> Operation {
    Operation {
        id,
        name,
        generation: Generation::Older,
        task,
        argument,
        result,
    }
}

/// Added in August 2024.
const fn new(
    id: u64,
    name: &'static str,
    task: Task,
    argument: &'static [Member],
    result: &'static str,
) -> Operation {
    Operation {
        generation: Generation::Newer,
        ..op(id, name, task, argument, result)
    }
}

const OPERATIONS: [Operation; 28] = [
    op(100, "asnKeepAlive", Task::KeepAlive, record::KEEP_ALIVE, ""),
    op(
        1706,
        "asnTransportKeepAlive",
        Task::KeepAlive,
        record::KEEP_ALIVE,
        "",
    ),
    op(1001, "asnLogoff", Task::LogOff, record::NOTHING, ""),
    op(
        0,
        "asnGetLoggedInContact",
        Task::OwnContact,
        record::NOTHING,
        "AsnGetLoggedInContactResult",
    ),
    new(
        1008,
        "asnGetLoggedInContactV2",
        Task::OwnContact,
        record::NOTHING,
        "AsnGetLoggedInContactV2Result",
    ),
    op(
        0,
        "asnGetUserToken",
        Task::Token,
        record::TOKEN,
        "AsnGetUserTokenResult",
    ),
    new(
        1007,
        "asnGetUserTokenV2",
        Task::Token,
        record::TOKEN,
        "AsnGetUserTokenV2Result",
    ),
    op(
        0,
        "asnTokenVerify",
        Task::VerifyToken,
        record::OLD_VERIFY,
        "AsnTokenVerifyResult",
    ),
    new(
        1719,
        "asnTokenVerifyV2",
        Task::VerifyToken,
        record::VERIFY,
        "AsnTokenVerifyResult",
    ),
    op(
        2904,
        "asnAdminLogin",
        Task::AdminLogin,
        record::ADMIN_LOGIN,
        "AsnAdminLoginResult",
    ),
    op(
        2905,
        "asnAdminGetUserProfile",
        Task::Profile,
        record::PROFILE,
        "AsnAdminGetUserProfileResult",
    ),
    op(
        2911,
        "asnAdminFindUser",
        Task::FindUsers,
        record::FIND_USER,
        "AsnAdminFindUserResult",
    ),
    op(
        2913,
        "asnAdminGetUserProfiles",
        Task::Profiles,
        record::PROFILES,
        "AsnAdminGetUserProfilesResult",
    ),
    op(
        4620,
        "asnGetAndSubscribeAdministrativeMonitorContent",
        Task::MonitorContent,
        record::MONITOR_CONTENT,
        "AsnGetAndSubscribeAdministrativeMonitorContentResult",
    ),
    op(
        4621,
        "asnUnsubscribeAdministrativeMonitorContent",
        Task::ForgetMonitorContent,
        record::NOTHING,
        "AsnUnsubscribeAdministrativeMonitorContentResult",
    ),
    // The gaps among the published numbers suggest it.
    op(
        4502,
        "asnGetAndSubscribePresence",
        Task::Subscribe,
        record::SUBSCRIBE,
        "AsnGetAndSubscribePresenceResult",
    ),
    new(
        4505,
        "asnGetAndSubscribePresenceV2",
        Task::Subscribe,
        record::SUBSCRIBE,
        "AsnGetAndSubscribePresenceV2Result",
    ),
    op(
        4503,
        "asnUnsubscribePresence",
        Task::Unsubscribe,
        record::UNSUBSCRIBE,
        "AsnUnsubscribePresenceResult",
    ),
    op(
        0,
        "asnAbsentStateSetUser",
        Task::SetAbsent,
        record::OLD_SET_ABSENT,
        "AsnAbsentStateSetUserResult",
    ),
    new(
        1128,
        "asnSetUserAbsentState",
        Task::SetAbsent,
        record::SET_ABSENT,
        "AsnSetUserAbsentStateResult",
    ),
    new(
        1129,
        "asnGetUserAbsentState",
        Task::GetAbsent,
        record::GET_ABSENT,
        "AsnGetUserAbsentStateResult",
    ),
    op(
        0,
        "asnAbsentStateReset",
        Task::ResetAbsent,
        record::RESET_ABSENT,
        "AsnAbsentStateResetResult",
    ),
    new(
        1130,
        "asnResetUserAbsentState",
        Task::ResetAbsent,
        record::RESET_ABSENT,
        "AsnResetUserAbsentStateResult",
    ),
    op(
        1260,
        "asnCtiEnumPhoneLines",
        Task::EnumerateLines,
        record::ENUMERATE_LINES,
        "AsnCtiEnumPhoneLinesResult",
    ),
    op(
        1262,
        "asnCtiLineMonitorStart",
        Task::MonitorStart,
        record::MONITOR_START,
        "AsnCtiLineMonitorStartResult",
    ),
    op(
        1263,
        "asnCtiLineMonitorStop",
        Task::MonitorStop,
        record::MONITOR_STOP,
        "AsnCtiLineMonitorStopResult",
    ),
    op(
        1264,
        "asnCtiLineSetDoNotDisturb",
        Task::LineDoNotDisturb,
        record::LINE_DO_NOT_DISTURB,
        "AsnCtiLineSetDoNotDisturbResult",
    ),
    op(
        1510,
        "asnCustomNoteSet",
        Task::SetNote,
        record::SET_NOTE,
        "AsnCustomNoteSetResult",
    ),
];

/// The operation that is meant: by its number, by its name only where the number is 0.
pub(super) fn find(version: UcServerVersion, id: u64, name: &str) -> Option<&'static Operation> {
    let is_meant = |operation: &&Operation| {
        if id == 0 {
            operation.name == name
        } else {
            operation.id == id
        }
    };
    let found = OPERATIONS.iter().find(is_meant)?;
    version.knows(found.generation).then_some(found)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1129, "", Some("asnGetUserAbsentState"))]
    #[case(0, "asnGetUserAbsentState", Some("asnGetUserAbsentState"))]
    #[case(0, "asnAbsentStateReset", Some("asnAbsentStateReset"))]
    #[case::the_number_decides(
        4503,
        "asnGetAndSubscribePresenceV2",
        Some("asnUnsubscribePresence")
    )]
    #[case::an_unknown_number_with_a_name(7, "asnLogoff", None)]
    #[case::nothing_at_all(0, "", None)]
    fn the_number_finds_it_and_the_name_only_without_one(
        #[case] id: u64,
        #[case] name: &str,
        #[case] found: Option<&str>,
    ) {
        let operation = find(UcServerVersion::V2, id, name);
        assert_eq!(operation.map(|operation| operation.name), found);
    }

    #[test]
    fn an_older_server_has_nothing_that_was_added() {
        for operation in &OPERATIONS {
            let is_new = operation.generation == Generation::Newer;
            let by_name = find(UcServerVersion::V1, 0, operation.name);
            let by_id = find(UcServerVersion::V1, operation.id, operation.name);
            assert_eq!((by_name.is_none(), by_id.is_none()), (is_new, is_new));
            assert!(find(UcServerVersion::Mixed, 0, operation.name).is_some());
        }
    }
}
