//! What the interface leaves open.

/// A question that a recording may answer: a row of the table in `docs/ucserver.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// Which names does the server know, and how are its calls shaped?
    ServerKind,
    /// Does every call that the flag tells of stand in the list of calls?
    CallsInList,
    /// Is a desk phone's call told as TAPI?
    TapiCall,
    /// Does hold keep the call?
    Hold,
    /// Is a call with the softphone told as one?
    SoftphoneCall,
    /// Is an audio or video chat told as one?
    AvCall,
    /// Is a ProCall Meeting seen by its flag?
    MeetingFlag,
    /// Is a presence that is set by hand seen?
    ManualPresence,
    /// Is the end of the client seen?
    LogOff,
    /// Does an update of the calls hold changes or everything?
    CallUpdates,
    /// Is an empty list of calls sent, or left out?
    EmptyCalls,
    /// Does `iAction` tell added, changed, deleted?
    ActionValues,
    /// How are Teams' states coded?
    ExternalState,
    /// Does a call in Teams raise the flag "in a call"?
    TeamsCallFlag,
    /// May the administrator log in over UCWeb?
    AdminLogIn,
    /// Does UCWeb tell its protocol version?
    ProtocolVersion,
    /// Is the application id accepted?
    ClientAppId,
    /// Does UCWeb send `Date`?
    DateHeader,
    /// Where does "busy" or a redirection stand?
    BusyOrRedirect,
    /// How long does a session live without a sign of life?
    SessionLife,
    /// How many contacts may a subscription name?
    SubscriptionSize,
    /// Are times texts or numbers?
    Times,
    /// Does flag 8 of a subscription bring rights?
    RightsFlag,
    /// Does a UCWeb that has lost its UCServer refuse a question, or not answer it?
    ServerGone,
    /// Which right does setting a presence need?
    SetRight,
    /// Does a manual presence end when we said?
    EndAsWritten,
    /// How is the manual presence wrapped that is asked for?
    AbsentRead,
    /// Are users of other nodes visible?
    OtherNodes,
    /// Which TLS does UCWeb speak?
    TlsVersion,
}

impl Question {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 29] = [
        Self::ServerKind,
        Self::CallsInList,
        Self::TapiCall,
        Self::Hold,
        Self::SoftphoneCall,
        Self::AvCall,
        Self::MeetingFlag,
        Self::ManualPresence,
        Self::TeamsCallFlag,
        Self::ExternalState,
        Self::LogOff,
        Self::CallUpdates,
        Self::EmptyCalls,
        Self::ActionValues,
        Self::AdminLogIn,
        Self::ProtocolVersion,
        Self::ClientAppId,
        Self::DateHeader,
        Self::BusyOrRedirect,
        Self::SessionLife,
        Self::SubscriptionSize,
        Self::Times,
        Self::RightsFlag,
        Self::ServerGone,
        Self::SetRight,
        Self::EndAsWritten,
        Self::AbsentRead,
        Self::OtherNodes,
        Self::TlsVersion,
    ];

    /// Its name in tables and files.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ServerKind => "server_kind",
            Self::CallsInList => "calls_in_list",
            Self::TapiCall => "tapi_call",
            Self::Hold => "hold",
            Self::SoftphoneCall => "softphone_call",
            Self::AvCall => "av_call",
            Self::MeetingFlag => "meeting_flag",
            Self::ManualPresence => "manual_presence",
            Self::LogOff => "log_off",
            Self::CallUpdates => "call_updates",
            Self::EmptyCalls => "empty_calls",
            Self::ActionValues => "action_values",
            Self::ExternalState => "external_state",
            Self::TeamsCallFlag => "teams_call_flag",
            Self::AdminLogIn => "admin_log_in",
            Self::ProtocolVersion => "protocol_version",
            Self::ClientAppId => "client_app_id",
            Self::DateHeader => "date_header",
            Self::BusyOrRedirect => "busy_or_redirect",
            Self::SessionLife => "session_life",
            Self::SubscriptionSize => "subscription_size",
            Self::Times => "times",
            Self::RightsFlag => "rights_flag",
            Self::ServerGone => "server_gone",
            Self::SetRight => "set_right",
            Self::EndAsWritten => "end_as_written",
            Self::AbsentRead => "absent_read",
            Self::OtherNodes => "other_nodes",
            Self::TlsVersion => "tls_version",
        }
    }
}
