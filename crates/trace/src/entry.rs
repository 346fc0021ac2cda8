//! A line of a recording.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The number of the line, from 1. Where lines were lost on the way to the disk it is larger
    /// than the place in the file.
    pub n: u64,
    /// Milliseconds since the beginning of the recording.
    pub ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The first line.
    Recording(RecordingHeader),
    /// A request over HTTP, and its answer.
    Http(HttpEntry),
    /// The WebSocket was opened or closed.
    Socket(SocketEntry),
    /// A frame of the server.
    In(Value),
    /// A frame of ours.
    Out(Value),
    /// A frame of the server that is no JSON.
    Odd(Odd),
    /// Whoever is at the phone does something, or has done it.
    Step(StepEntry),
    /// So many lines were lost here, because the disk was too slow.
    Dropped(u64),
}

/// The first line: which format, and which lampfield has written it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingHeader {
    /// [`super::FORMAT`].
    pub format: u32,
    /// The version of lampfield.
    pub program: String,
}

/// A request over HTTP, and its answer, redacted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpEntry {
    /// `GET` or `POST`.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query by name.
    pub query: BTreeMap<String, String>,
    /// Our headers by name, in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body of the request.
    pub request: Value,
    /// The status of the answer; nothing where there was none.
    pub status: Option<u16>,
    /// The answer's headers by name, in lower case: only those that tell something.
    pub answer_headers: BTreeMap<String, String>,
    /// The body of the answer.
    pub answer: Value,
}

/// The WebSocket was opened or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketEntry {
    /// Opened, or closed.
    pub open: bool,
    /// Version of TLS and cipher, where it was opened with TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
}

/// A frame that is no JSON: what it was, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Odd {
    /// Text or bytes.
    pub kind: OddKind,
    /// Bytes of the frame.
    pub bytes: usize,
}

/// How a frame that is no JSON was marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OddKind {
    /// As text.
    Text,
    /// As bytes.
    Binary,
}

/// A step at the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The desk phone rings.
    Ring,
    /// The call is answered.
    Answer,
    /// It is put on hold.
    Hold,
    /// It ends.
    End,
    /// A call with ProCall's softphone.
    Softphone,
    /// An audio or video chat.
    AvChat,
    /// A ProCall Meeting.
    Meeting,
    /// A presence is set by hand.
    Manual,
    /// A call in Teams.
    TeamsCall,
    /// The ProCall client is ended.
    LogOff,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 10] = [
        Self::Ring,
        Self::Answer,
        Self::Hold,
        Self::End,
        Self::Softphone,
        Self::AvChat,
        Self::Meeting,
        Self::Manual,
        Self::TeamsCall,
        Self::LogOff,
    ];

    /// Its name in a recording.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Answer => "answer",
            Self::Hold => "hold",
            Self::End => "end",
            Self::Softphone => "softphone",
            Self::AvChat => "av_chat",
            Self::Meeting => "meeting",
            Self::Manual => "manual",
            Self::TeamsCall => "teams_call",
            Self::LogOff => "log_off",
        }
    }
}

/// A step begins, or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEntry {
    /// Which.
    pub step: Step,
    /// Nothing while it begins; whether it was done, or left out, when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
}
