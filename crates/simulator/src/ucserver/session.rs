//! A session of a client, and what its socket is told.

use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::presence::add;

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
    /// The server still has it; a socket may outlive it.
    pub(super) valid: bool,
    pub(super) watches_groups: bool,
    /// Contacts with the flags of the events that were asked for.
    pub(super) subscribed: FxHashMap<String, u32>,
    /// Contacts whose line it listens to, with the cross reference of that monitor.
    pub(super) monitored: FxHashMap<String, String>,
    pub(super) socket: Option<mpsc::UnboundedSender<Outgoing>>,
}

impl UcSession {
    /// Tells the socket to do something, whether the session is over or not.
    pub(super) fn send(&self, outgoing: Outgoing) {
        if let Some(socket) = &self.socket {
            // A socket that is gone needs no news.
            let _ = socket.send(outgoing);
        }
    }

    /// An event; nobody hears of anything in a session that is over.
    pub(super) fn tell(&self, text: &str) {
        if self.valid {
            self.send(Outgoing::Text(text.to_owned()));
        }
    }
}

/// An event, wrapped in an array as UCWeb does it; its argument says its type.
pub(super) fn event(id: u32, name: &str, mut argument: Value) -> String {
    let type_name = name.strip_prefix("asn").unwrap_or(name);
    add(
        &mut argument,
        json!({"_type": format!("Asn{type_name}Argument")}),
    );
    let invoke = json!({"invokeID": 99_999, "operationID": id, "operationName": name,
        "argument": argument});
    json!([{ "invoke": invoke }]).to_string()
}
