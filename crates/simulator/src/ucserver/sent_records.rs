//! The records that the server sends: results and events, by the name of their type.

use super::grammar::Shape::{Flag, List, Params, Record, Text, Time, Whole};
use super::grammar::{Member, may, must};
use super::records::{ABSENT, NOTE, NOTHING, OLD_ABSENT};

const REMOTE: &[Member] = &[
    may("u8sCtiServerUserName", Text),
    may("u8sDisplayName", Text),
    may("u8sPhoneBusiness", Text),
];

const APPOINTMENT: &[Member] = &[
    must("u8sEntryID", Text),
    must("u8sOwner", Text),
    must("u8sDataSource", Text),
    must("stStart", Time),
    must("stEnd", Time),
    must("iDuration", Whole),
    must("u8sSubject", Text),
    must("u8sText", Text),
    must("bAllDay", Flag),
    must("iStatus", Whole),
    must("u8sCategory", Text),
    must("iImportance", Whole),
    must("iSensitivity", Whole),
    must("bIsValid", Flag),
];

const LINE: &[Member] = &[
    must("u8sLinePhoneNumber", Text),
    must("u8sLineNumber", Text),
    must("iState", Whole),
    must("iDoNotDisturb", Whole),
    must("iForwardFeaturesPBX", Whole),
];

/// `AsnPresenceCall`
const OLD_CALL: &[Member] = &[
    must("iAction", Whole),
    must("u8sConnectionID", Text),
    must("u8sLinePhoneNumber", Text),
    must("u8sLineNumber", Text),
    must("u8sCurrentNumberSC", Text),
    must("iCallState", Whole),
    must("iFeatures", Whole),
    must("iOutbound", Whole),
    must("iInternal", Whole),
    must("iCallType", Whole),
    may("optionalParams", Params),
];

/// `AsnPresenceCallV2`
const CALL: &[Member] = &[
    must("iAction", Whole),
    must("u8sConnectionID", Text),
    must("u8sLinePhoneNumber", Text),
    must("u8sLineNumber", Text),
    must("u8sCurrentNumberSC", Text),
    must("u8sTrackerID", Text),
    must("eCallState", Whole),
    must("iFeatures", Whole),
    must("bOutbound", Flag),
    must("bInternal", Flag),
    must("eCallType", Whole),
    must("eJournalCallType", Whole),
];

/// `AsnPresence`
const OLD_PRESENCE: &[Member] = &[
    must("u8sContactId", Text),
    may("iPresenceState", Whole),
    may("asnRemoteContact", Record(REMOTE)),
    may("iContactFeatureSet", Whole),
    may("iStaticRights", Whole),
    may("iStaticRights2", Whole),
    may("iMonitorAccessRights", Whole),
    may("asnAbsentState", Record(OLD_ABSENT)),
    may("asnCustomNote", Record(NOTE)),
    may("seqActualAppointments", List(&Record(APPOINTMENT))),
    may("seqPhoneLines", List(&Record(LINE))),
    may("seqCalls", List(&Record(OLD_CALL))),
    may("optionalParams", Params),
];

/// `AsnPresenceV2`
const PRESENCE: &[Member] = &[
    must("u8sContactId", Text),
    may("iPresenceState", Whole),
    may("asnRemoteContact", Record(REMOTE)),
    may("iContactFeatureSet", Whole),
    may("iStaticRights", Whole),
    may("iStaticRights2", Whole),
    may("iMonitorAccessRights", Whole),
    may("asnAbsentState", Record(ABSENT)),
    may("asnCustomNote", Record(NOTE)),
    may("seqActualAppointments", List(&Record(APPOINTMENT))),
    may("seqPhoneLines", List(&Record(LINE))),
    may("seqCalls", List(&Record(CALL))),
];

const BAG: &[Member] = &[must("asnProperties", List(&Record(NOTHING)))];

/// `AsnContact`
const OLD_CONTACT: &[Member] = &[
    must("u8sContactId", Text),
    must("iContactFeatureSet", Whole),
    must("iPresenceState", Whole),
    must("iStaticRights", Whole),
    must("iMonitorAccessRights", Whole),
    must("asnRemoteContact", Record(REMOTE)),
    must("seqPhoneLines", List(&Record(NOTHING))),
    must("asnAbsentState", Record(OLD_ABSENT)),
    must("asnCustomNote", Record(NOTE)),
    must("seqActualAppointments", List(&Record(APPOINTMENT))),
    must("asnNextAppointment", Record(APPOINTMENT)),
    must("asnUserPropertyBag", Record(BAG)),
    may("optionalParams", Params),
];

/// `AsnContactV2`
const CONTACT: &[Member] = &[
    must("u8sContactId", Text),
    must("iContactFeatureSet", Whole),
    must("iPresenceState", Whole),
    must("iStaticRights", Whole),
    must("iStaticRights2", Whole),
    must("iMonitorAccessRights", Whole),
    must("asnRemoteContact", Record(REMOTE)),
    must("seqPhoneLines", List(&Record(NOTHING))),
    must("asnAbsentState", Record(ABSENT)),
    must("asnCustomNote", Record(NOTE)),
    must("seqActualAppointments", List(&Record(APPOINTMENT))),
    must("asnNextAppointment", Record(APPOINTMENT)),
    must("asnUserPropertyBag", Record(BAG)),
];

/// `AsnUserProfile`
const USER_PROFILE: &[Member] = &[
    must("iEnabled", Whole),
    must("u8sDNPath", Text),
    must("u8sUserName", Text),
    must("u8sSIPURI", Text),
    must("u8sobjectGUID", Text),
    must("u8sPhoneNumber", Text),
    must("u8sPhoneSecondary", Text),
    must("userMonitorLineList", List(&Record(NOTHING))),
    must("iMonitorLineRights", Whole),
    must("u8sSAMAccountName", Text),
    must("u8sPassword", Text),
    must("u8sCallRecordingNumber", Text),
    must("u8sMailboxNumber", Text),
    must("u8sHomeServer", Text),
    must("iUserStaticRights", Whole),
    may("iUserStaticRights2", Whole),
    must("userDynamicRights", List(&Record(NOTHING))),
    must("asnUserContact", Record(REMOTE)),
    must("asnUserPropertyBag", Record(BAG)),
];

/// `AsnAdminFindUserProfile`
const FOUND_USER: &[Member] = &[
    must("u8sDNPath", Text),
    must("u8sUserName", Text),
    must("u8sFirstName", Text),
    must("u8sLastName", Text),
    must("u8sDisplayName", Text),
    must("u8sPhonePrimary", Text),
    must("u8sPhoneSecondary", Text),
    must("iCtiEnabled", Whole),
];

/// `AsnAdministrativeMonitorGroup`
const GROUP: &[Member] = &[
    must("u8sGroupURI", Text),
    must("u8sGroupName", Text),
    must("listContactIDs", List(&Text)),
];

/// `AsnCtiLineInfo`
const LINE_INFO: &[Member] = &[
    must("iType", Whole),
    must("iLineOpenStatus", Whole),
    must("u8sLinePhoneNumber", Text),
    must("u8sDescriptor", Text),
    must("u8sPhoneNumber", Text),
    must("u8sLineLocationID", Text),
    must("iLineFeatures", Whole),
    must("iForwardFeaturesPBX", Whole),
    must("iForwardFeaturesSERVER", Whole),
    must("iForwardFeaturesUSER", Whole),
];

/// `AsnCtiCallInformation`
const LINE_CALL: &[Member] = &[
    must("u8sLinePhoneNumber", Text),
    must("u8sConnectionID", Text),
    must("iCallState", Whole),
    must("iCallType", Whole),
    must("iDisconnectedReason", Whole),
    must("iFeatures", Whole),
    must("bOutbound", Flag),
    must("bInternal", Flag),
    must("bCallerIDBlocked", Flag),
    must("iCallRecordingState", Whole),
    must("bConferenceCtlr", Flag),
    must("u8sConferenceCtlrID", Text),
    must("u8sLocalNumberSC", Text),
    must("u8sRemoteNumberSC", Text),
    must("iRemoteContactSource", Whole),
    must(
        "projectPinRule",
        Record(&[
            must("u8sProjectName", Text),
            must("u8sProjectPin", Text),
            must("iProjectType", Whole),
            must("bAssociatedCallIsPrivateCall", Flag),
            must("u8sLocationID", Text),
            must("u8sUserEnteredPin", Text),
            must("u8sUserEnteredUserID", Text),
        ]),
    ),
    must("u8sNote", Text),
    must("u8sTrackerID", Text),
    must("utcCallCreated", Time),
    must("utcCallConnected", Time),
    must("utcCallDisconnected", Time),
    must("bIsUnknownHoldContact", Flag),
];

const DONE: &[Member] = &[must("bSuccess", Flag)];
const OWN: &[Member] = &[
    must("u8sLoggedInUser", Text),
    must("ownContact", Record(CONTACT)),
];
const OLD_OWN: &[Member] = &[
    must("u8sLoggedInUser", Text),
    must("ownContact", Record(OLD_CONTACT)),
];
const TOKEN: &[Member] = &[must("sToken", Text)];

/// Every result and event by its type.
const TYPES: &[(&str, &[Member])] = &[
    ("AsnGetLoggedInContactV2Result", OWN),
    ("AsnGetLoggedInContactResult", OLD_OWN),
    ("AsnGetUserTokenResult", TOKEN),
    ("AsnGetUserTokenV2Result", TOKEN),
    (
        "AsnTokenVerifyResult",
        &[
            must("stValidTo", Time),
            must("iType", Whole),
            must("u8sDNPath", Text),
            must("u8sUserName", Text),
            must("u8sSIPURI", Text),
            must("u8sobjectGUID", Text),
            must("u8sPhoneNumber", Text),
            must("u8sPhoneSecondary", Text),
            must("u8sCallRecordingNumber", Text),
            must("u8sMailboxNumber", Text),
            must("u8sHomeServer", Text),
            must("iUserStaticRights", Whole),
            must("asnUserContact", Record(REMOTE)),
            must("asnUserPropertyBag", Record(BAG)),
        ],
    ),
    ("AsnAdminLoginResult", &[must("result", Whole)]),
    (
        "AsnAdminGetUserProfilesResult",
        &[must("userProfiles", List(&Record(USER_PROFILE)))],
    ),
    (
        "AsnAdminGetUserProfileResult",
        &[must("userProfile", Record(USER_PROFILE))],
    ),
    (
        "AsnAdminFindUserResult",
        &[
            must("userlist", List(&Record(FOUND_USER))),
            must("iLimitReached", Whole),
        ],
    ),
    (
        "AsnGetAndSubscribeAdministrativeMonitorContentResult",
        &[must(
            "listAdministrativeMonitorGroups",
            List(&Record(GROUP)),
        )],
    ),
    ("AsnUnsubscribePresenceResult", &[must("iResult", Whole)]),
    (
        "AsnGetAndSubscribePresenceResult",
        &[must("seqSubscribedPresence", List(&Record(OLD_PRESENCE)))],
    ),
    (
        "AsnGetAndSubscribePresenceV2Result",
        &[must("seqSubscribedPresence", List(&Record(PRESENCE)))],
    ),
    ("AsnSetUserAbsentStateResult", DONE),
    ("AsnAbsentStateSetUserResult", DONE),
    ("AsnUnsubscribeAdministrativeMonitorContentResult", DONE),
    (
        "AsnGetUserAbsentStateResult",
        &[must("absentstate", Record(ABSENT))],
    ),
    ("AsnResetUserAbsentStateResult", NOTHING),
    ("AsnAbsentStateResetResult", NOTHING),
    ("AsnCustomNoteSetResult", NOTHING),
    ("AsnCtiLineSetDoNotDisturbResult", NOTHING),
    ("AsnCtiLineMonitorStopResult", NOTHING),
    (
        "AsnCtiEnumPhoneLinesResult",
        &[must("seqLines", List(&Record(LINE_INFO)))],
    ),
    (
        "AsnCtiLineMonitorStartResult",
        &[
            must("u8sMonitorCrossRefID", Text),
            must("lineInfo", Record(LINE_INFO)),
            must("seqCalls", List(&Record(LINE_CALL))),
            must("iDoNotDisturb", Whole),
            must("seqLineForwards", List(&Record(NOTHING))),
            must(
                "remoteOfficeState",
                Record(&[
                    must("u8sController", Text),
                    must("iEnabled", Whole),
                    must("u8sDestination", Text),
                ]),
            ),
        ],
    ),
    (
        "AsnUpdatePresenceArgument",
        &[
            must("presence", Record(OLD_PRESENCE)),
            must("iChangedFlags", Whole),
        ],
    ),
    (
        "AsnUpdatePresenceV2Argument",
        &[
            must("presence", Record(PRESENCE)),
            must("iChangedFlags", Whole),
        ],
    ),
    ("AsnRemovePresenceArgument", &[must("u8sContactID", Text)]),
    (
        "AsnAdministrativeMonitorContentGroupAddedArgument",
        &[must("adminMonitorGroupAdded", Record(GROUP))],
    ),
    (
        "AsnAdministrativeMonitorContentGroupChangedArgument",
        &[must("adminMonitorGroupChanged", Record(GROUP))],
    ),
    (
        "AsnAdministrativeMonitorContentGroupRemovedArgument",
        &[must("adminMonitorGroupRemoved", Record(GROUP))],
    ),
    (
        "AsnCtiNotifyLineDoNotDisturbChangedArgument",
        &[
            must("u8sMonitorCrossRefID", Text),
            must("u8sLinePhoneNumber", Text),
            must("iDoNotDisturb", Whole),
        ],
    ),
    (
        "AsnCtiNotifyLineCallInformationChangedArgument",
        &[
            must("u8sMonitorCrossRefID", Text),
            must("u8sLinePhoneNumber", Text),
            must("reason", Whole),
            must("callinformation", Record(LINE_CALL)),
        ],
    ),
];

/// What the type must hold, if anybody has written it down.
pub(super) fn of_type(name: &str) -> Option<&'static [Member]> {
    let found = TYPES.iter().find(|(one, _)| *one == name);
    found.map(|(_, members)| *members)
}
