//! Which member of the interface may stay as it is. Everything else becomes a pseudonym: a member
//! that nobody has heard of may hold anything.

/// What is done with the value of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// A password, a token, a session: nothing of it.
    Drop,
    /// A bit mask or a counter of the interface: whole numbers of 32 bits stay.
    Mask,
    /// An enumeration of the interface: numbers up to [`LARGEST_ENUM`] stay.
    Enum,
    /// The name of a type or of an operation: an identifier of the interface stays.
    Identifier,
    /// A point in time: moved.
    Time,
    /// A pseudonym.
    Unknown,
}

/// `eCallState` has the largest values: 512.
pub(crate) const LARGEST_ENUM: i64 = 1024;
/// A number that says nothing about anybody, whatever it counts.
pub(crate) const LARGEST_ANONYMOUS: i64 = 99;

/// A part of the name of whatever holds a credential.
const CREDENTIALS: [&str; 18] = [
    "password",
    "passwd",
    "passwort",
    "kennwort",
    "pwd",
    "secret",
    "token",
    "credential",
    "credetial",
    "session",
    "auth",
    "jwt",
    "cookie",
    "ticket",
    "apikey",
    "api_key",
    "privatekey",
    "epid",
];

/// Masks and counters, by their names in the ASN.1.
const MASKS: [&str; 27] = [
    "iPresenceState",
    "iChangedFlags",
    "iEventFlagsToSubscribe",
    "iContactDetailsReturnFilter",
    "iContactFeatureSet",
    "iStaticRights",
    "iStaticRights2",
    "iMonitorAccessRights",
    "iMonitorLineRights",
    "iUserStaticRights",
    "iUserStaticRights2",
    "iState",
    "iFeatures",
    "iForwardFeaturesPBX",
    "invokeID",
    "invokedID",
    "operationID",
    "dwState",
    "iTTL",
    "iRetryInSeconds",
    "iServerBusyTimeout",
    "ServerBusyTimeout",
    "iOpenState",
    "userDynamicRights",
    "iFlags",
    "dwFlags",
    "iCtiServerUser",
];

/// Enumerations and small numbers, by their names in the ASN.1.
const ENUMS: [&str; 34] = [
    "resultValue",
    "error_value",
    "invokeProblem",
    "iErrorDetail",
    "ucserverprotocolversion",
    "iClientProtocolVersion",
    "iProtocolVersion",
    "eAbsentState",
    "iAbsentState",
    "eReachability",
    "iReachability",
    "eType",
    "iType",
    "eCallState",
    "iCallState",
    "eCallType",
    "iCallType",
    "eJournalCallType",
    "iJournalCallType",
    "iAction",
    "iDoNotDisturb",
    "iStatus",
    "iSensitivity",
    "iEnabled",
    "iActiveUsersOnly",
    "iFilterOnlineState",
    "iMaxResults",
    "iLimitReached",
    "iCtiEnabled",
    "eClientCapabilities",
    "reason",
    "result",
    "iResult",
    "clientappid",
];

/// What is done with the value of a member of this name, and, within it, with what has no name of
/// its own.
pub(crate) fn policy(name: &str) -> Policy {
    let lower = name.to_ascii_lowercase();
    if CREDENTIALS.iter().any(|part| lower.contains(part)) {
        Policy::Drop
    } else if matches!(name, "_type" | "operationName") {
        Policy::Identifier
    } else if MASKS.contains(&name) {
        Policy::Mask
    } else if ENUMS.contains(&name) {
        Policy::Enum
    } else if is_time(name) {
        Policy::Time
    } else {
        Policy::Unknown
    }
}

/// `stTimeTo`, `stStart`, `stServerTime`.
pub(crate) fn is_time(name: &str) -> bool {
    let behind = name.strip_prefix("st").and_then(|rest| rest.chars().next());
    behind.is_some_and(|letter| letter.is_ascii_uppercase())
}

/// Whether the name itself may stay: an identifier, and no number, address or name of somebody.
pub(crate) fn is_identifier(name: &str) -> bool {
    const LONGEST: usize = 64;
    let mut letters = name.chars();
    let begins = letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    begins
        && name.len() <= LONGEST
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !has_number(name)
}

/// Whether the value is a name of the interface: `AsnPresenceV2`, `asnUpdatePresenceV2`, `WsError`.
pub(crate) fn is_interface_name(text: &str) -> bool {
    let rest = ["asn", "Asn", "Ws", "ENet"]
        .iter()
        .find_map(|start| text.strip_prefix(start));
    let is_camel = rest
        .and_then(|rest| rest.chars().next())
        .is_some_and(|c| c.is_ascii_uppercase());
    is_camel && is_identifier(text)
}

/// `iStaticRights2` and `asnLoginV2` are names; a number, a session or a token has more digits.
fn has_number(name: &str) -> bool {
    const MOST: usize = 2;
    let name = name.strip_prefix("u8s").unwrap_or(name);
    name.bytes().filter(u8::is_ascii_digit).count() > MOST
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("u8sAdminPassword", Policy::Drop)]
    #[case("sToken", Policy::Drop)]
    #[case("sessionid", Policy::Drop)]
    #[case("sAuthCredetials", Policy::Drop)]
    #[case("iPresenceState", Policy::Mask)]
    #[case("eCallState", Policy::Enum)]
    #[case("iCallState", Policy::Enum)]
    #[case("stTimeTo", Policy::Time)]
    #[case("state", Policy::Unknown)]
    #[case("u8sDisplayName", Policy::Unknown)]
    fn a_member_is_known_by_its_name(#[case] name: &str, #[case] expected: Policy) {
        assert_eq!(policy(name), expected);
    }

    #[rstest]
    #[case("iSomethingNew", true)]
    #[case("externalPresenceStates", true)]
    #[case("iStaticRights2", true)]
    #[case("anna@corp.example", false)]
    #[case("sip:anna", false)]
    #[case("Anna Adler", false)]
    #[case("4711", false)]
    #[case("tel4930123", false)]
    #[case("0af3a000a0aaaaa0aa00a00aaaaaaaaa", false)]
    #[case("u8sSIPURI", true)]
    #[case("", false)]
    fn a_name_stays_where_it_is_one(#[case] name: &str, #[case] stays: bool) {
        assert_eq!(is_identifier(name), stays);
    }
}
