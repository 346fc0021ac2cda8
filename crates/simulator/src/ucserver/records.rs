//! The records of the interface, with their mandatory members: asked of every request, and sent
//! in every answer and event. From the published interface and, for what was renamed in August
//! 2024, its documentation.

use super::grammar::Shape::{Choice, Flag, List, Null, Params, Record, Text, Time, Whole};
use super::grammar::{Member, may, must};

/// No member at all.
pub(super) const NOTHING: &[Member] = &[];

/// `AsnTransportKeepAliveArgument`
pub(super) const KEEP_ALIVE: &[Member] = &[must("dummy", Null)];

/// `AsnNegotiateServerConnectionArgument`, in the body of a request for a session.
pub(super) const SESSION_BODY: &[Member] = &[must(
    "negotiate",
    Record(&[
        must("iClientProtocolVersion", Whole),
        may("optionalParams", Params),
    ]),
)];

/// `AsnGetUserTokenArgument`
pub(super) const TOKEN: &[Member] = &[may("iType", Whole), may("iTTL", Whole)];

/// `AsnTokenVerifyArgument`
pub(super) const OLD_VERIFY: &[Member] = &[must("sToken", Text)];

/// `AsnTokenVerifyV2Argument`
pub(super) const VERIFY: &[Member] = &[must("u8sToken", Text)];

/// `AsnAdminLoginArgument`
pub(super) const ADMIN_LOGIN: &[Member] = &[
    must("u8sAdminUsername", Text),
    must(
        "adminPassword",
        Choice(&[
            must("u8sAdminPassword", Text),
            must("u8sAdminPasswordCrypted", Text),
        ]),
    ),
];

/// `AsnAdminGetUserProfilesArgument`
pub(super) const PROFILES: &[Member] = &[
    must("iActiveUsersOnly", Whole),
    must("iFilterOnlineState", Whole),
];

/// `AsnAdminGetUserProfileArgument`
pub(super) const PROFILE: &[Member] = &[must(
    "identifier",
    Choice(&[
        must("defaultprofile", Null),
        must("u8sClientUsername", Text),
    ]),
)];

/// `AsnAdminFindUserArgument`
pub(super) const FIND_USER: &[Member] = &[
    must(
        "find",
        Choice(&[must("all", Null), must("u8sPhoneNumber", Text)]),
    ),
    must("iMaxResults", Whole),
];

/// `AsnGetAndSubscribeAdministrativeMonitorContentArgument`
pub(super) const MONITOR_CONTENT: &[Member] = &[may("iEventFlagsToSubscribe", Whole)];

/// `AsnGetAndSubscribePresenceArgument`
pub(super) const SUBSCRIBE: &[Member] = &[
    must("seqContactIDs", List(&Text)),
    may("iEventFlagsToSubscribe", Whole),
    may("iContactDetailsReturnFilter", Whole),
    may("bOpenOnlyInternalContacts", Flag),
    may("bDontRequestPermissions", Flag),
];

/// `AsnUnsubscribePresenceArgument`
pub(super) const UNSUBSCRIBE: &[Member] = &[must("seqContactIDs", List(&Text))];

/// `AsnAbsentState`
pub(super) const OLD_ABSENT: &[Member] = &[
    must("u8sContactId", Text),
    must("u8sUsername", Text),
    must("stTimeFrom", Time),
    must("stTimeTo", Time),
    must("iAbsentState", Whole),
    must("u8sMessage", Text),
    must("u8sAbsentReason", Text),
    must("iPresenceState", Whole),
    may("optionalParams", Params),
];

/// `AsnAbsentStateV2`
pub(super) const ABSENT: &[Member] = &[
    must("u8sContactId", Text),
    must("eAbsentState", Whole),
    may("iPresenceState", Whole),
    may("stTimeFrom", Time),
    may("stTimeTo", Time),
    may("eReachability", Whole),
    may(
        "externalPresenceStates",
        List(&Record(&[
            must("u8sUserName", Text),
            must("iState", Whole),
            must("eType", Whole),
        ])),
    ),
];

/// `AsnAbsentStateSetUserArgument`
pub(super) const OLD_SET_ABSENT: &[Member] = &[must("absentstate", Record(OLD_ABSENT))];

/// `AsnSetUserAbsentStateArgument`
pub(super) const SET_ABSENT: &[Member] = &[must("absentstate", Record(ABSENT))];

/// `AsnGetUserAbsentStateArgument`
pub(super) const GET_ABSENT: &[Member] = &[must("contactId", Text)];

/// `AsnResetUserAbsentStateArgument`, `AsnAbsentStateResetArgument`
pub(super) const RESET_ABSENT: &[Member] = &[must("u8sContactId", Text)];

/// `AsnCustomNote`
pub(super) const NOTE: &[Member] = &[
    must("u8sContactID", Text),
    must("u8sUsername", Text),
    must("u8sNote", Text),
];

/// `AsnCustomNoteSetArgument`
pub(super) const SET_NOTE: &[Member] = &[must("customnote", Record(NOTE))];

/// `AsnCtiEnumPhoneLinesArgument`
pub(super) const ENUMERATE_LINES: &[Member] = &[
    must("typeofLines", Whole),
    must("attachChangeNotify", Whole),
];

/// `AsnCtiLineMonitorStartArgument`
pub(super) const MONITOR_START: &[Member] = &[must("u8sLinePhoneNumber", Text)];

/// `AsnCtiLineMonitorStopArgument`
pub(super) const MONITOR_STOP: &[Member] = &[must("u8sMonitorCrossRefID", Text)];

/// `AsnCtiLineSetDoNotDisturbArgument`
pub(super) const LINE_DO_NOT_DISTURB: &[Member] = &[
    must("u8sLinePhoneNumber", Text),
    must("bDoNotDisturb", Flag),
];
