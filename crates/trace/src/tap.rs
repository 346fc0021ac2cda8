//! What the connector hands over while somebody records: everything as it is, secrets included.

use std::fmt::Debug;

use serde_json::Value;

use super::message::Direction;

/// One request over HTTP and its answer.
#[derive(Clone, Copy, Debug)]
pub struct HttpExchange<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// The path; never the host.
    pub path: &'a str,
    /// Names and values of the query.
    pub query: &'a [(&'a str, &'a str)],
    /// Names and values of the headers that the connector itself has set.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body of the request.
    pub request: Option<&'a Value>,
    /// The status of the answer; nothing where there was none.
    pub status: Option<u16>,
    /// Names and values of the answer's headers.
    pub answer_headers: &'a [(&'a str, &'a str)],
    /// The body of the answer, as bytes.
    pub answer: &'a [u8],
}

/// Whoever listens to the connection. Called where something is sent or received, so it must not
/// wait: no disk, no lock that somebody holds for long.
pub trait Tap: Send + Sync + Debug {
    /// A request over HTTP was answered, or not.
    fn exchange(&self, exchange: &HttpExchange<'_>);

    /// The WebSocket is open. `tls` is version and cipher, where there is TLS.
    fn opened(&self, tls: Option<(&str, &str)>);

    /// The WebSocket is closed, by whomever.
    fn closed(&self);

    /// A frame with a message in it, as it is.
    fn frame(&self, direction: Direction, frame: &[u8]);
}
