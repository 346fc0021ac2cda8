//! A session of a client, and what its socket is told.

use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What a socket is told to do.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// Send this text as it is.
    Text(String),
    /// Send a binary frame.
    Binary(Vec<u8>),
    /// Close without a word.
    Drop,
}

/// A session of a client.
#[derive(Debug, Default)]
pub(super) struct UcSession {
    pub(super) account: String,
    pub(super) is_admin: bool,
    pub(super) valid: bool,
    pub(super) watches_groups: bool,
    pub(super) subscribed: FxHashSet<String>,
    /// Contacts whose line it listens to.
    pub(super) monitored: FxHashSet<String>,
    pub(super) socket: Option<mpsc::UnboundedSender<Outgoing>>,
}

impl UcSession {
    pub(super) fn send(&self, outgoing: Outgoing) {
        if let Some(socket) = &self.socket {
            // A socket that is gone needs no news.
            let _ = socket.send(outgoing);
        }
    }
}

/// An event, wrapped in an array as UCWeb does it.
pub(super) fn event(id: u32, name: &str, argument: &Value) -> String {
    let invoke = json!({"invokeID": 99_999, "operationID": id, "operationName": name,
        "argument": argument});
    json!([{ "invoke": invoke }]).to_string()
}
