//! The id of an answer.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The `request-id` of an answer: what Microsoft's support asks for first.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub IdText);

/// Text that is nearly always a GUID, and then kept as one: 20,000 users remember some ten each.
/// Shown exactly as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct IdText(Id);

#[derive(Clone, PartialEq, Eq)]
enum Id {
    Guid(Uuid),
    Text(Arc<str>),
}

impl From<&str> for IdText {
    fn from(raw: &str) -> Self {
        let guid = Uuid::try_parse(raw).ok();
        let as_it_came = |guid: &Uuid| {
            let mut buffer = Uuid::encode_buffer();
            *guid.hyphenated().encode_lower(&mut buffer) == *raw
        };
        Self(match guid.filter(as_it_came) {
            Some(guid) => Id::Guid(guid),
            None => Id::Text(raw.into()),
        })
    }
}

impl From<Uuid> for IdText {
    fn from(guid: Uuid) -> Self {
        Self(Id::Guid(guid))
    }
}

impl IdText {
    /// The GUID, where it is written as one is.
    #[must_use]
    pub fn guid(&self) -> Option<Uuid> {
        match &self.0 {
            Id::Guid(guid) => Some(*guid),
            Id::Text(_) => None,
        }
    }
}

impl From<String> for IdText {
    fn from(raw: String) -> Self {
        raw.as_str().into()
    }
}

impl fmt::Display for IdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Id::Guid(guid) => fmt::Display::fmt(guid, f),
            Id::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for IdText {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IdText {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(from)?.as_str().into())
    }
}

impl RequestId {
    /// Whether it is one of Microsoft's, and nothing that somebody has put in its place.
    #[must_use]
    pub fn is_guid(&self) -> bool {
        self.0.guid().is_some()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shown_as_it_came() {
        for raw in [
            "7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11",
            "7F1C2F0E-51C5-4A83-9D1E-0C6F6A4B2D11",
            "7f1c2f0e51c54a839d1e0c6f6a4b2d11",
            "42",
            "",
        ] {
            let id = RequestId(raw.into());
            assert_eq!(id.to_string(), raw);
            assert_eq!(serde_json::json!(id), raw);
        }
    }
}
