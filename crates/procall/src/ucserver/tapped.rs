//! Where somebody may listen: the WebSocket, and every exchange over HTTP. Where nobody does, it
//! costs a look at an empty place.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, Stream};
use reqwest::header::HeaderMap;
use reqwest::{Request, RequestBuilder};
use serde_json::Value;
use tokio_rustls::rustls::ClientConnection;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use trace::{Direction, HttpExchange, Tap};

use super::login::Duplex;

/// Whoever listens, if anybody.
pub(super) type Listener = Option<Arc<dyn Tap>>;

/// Version and cipher of a TLS connection.
pub(super) type TlsNote = (String, String);

/// The open WebSocket.
pub(crate) struct Socket {
    stream: WebSocketStream<Box<dyn Duplex>>,
    tap: Listener,
}

impl Socket {
    pub(super) fn new(
        stream: WebSocketStream<Box<dyn Duplex>>,
        tap: Listener,
        tls: Option<&TlsNote>,
    ) -> Self {
        if let Some(tap) = &tap {
            tap.opened(tls.map(|(version, cipher)| (version.as_str(), cipher.as_str())));
        }
        Self { stream, tap }
    }

    /// Says good-bye.
    pub(crate) async fn close(&mut self, frame: Option<CloseFrame>) -> Result<(), SocketError> {
        self.stream.close(frame).await
    }

    fn note(&self, direction: Direction, message: &Message) {
        let Some(tap) = &self.tap else { return };
        match message {
            Message::Text(text) => tap.frame(direction, text.as_bytes()),
            // Text, too: see `untyped`.
            Message::Binary(bytes) => tap.frame(direction, bytes),
            _ => {}
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(tap) = &self.tap {
            tap.closed();
        }
    }
}

impl Stream for Socket {
    type Item = Result<Message, SocketError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(Pin::new(&mut self.stream).poll_next(cx));
        if let Some(Ok(message)) = &next {
            self.note(Direction::In, message);
        }
        Poll::Ready(next)
    }
}

impl Sink<Message> for Socket {
    type Error = SocketError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.stream).poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Self::Error> {
        self.note(Direction::Out, &message);
        Pin::new(&mut self.stream).start_send(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

/// A request that was sent, for whoever listens.
pub(super) struct Note {
    tap: Arc<dyn Tap>,
    request: Request,
}

/// What is needed of a request before it goes; nothing where nobody listens.
pub(super) fn note(tap: &Listener, request: &RequestBuilder) -> Option<Note> {
    let tap = Arc::clone(tap.as_ref()?);
    let request = request.try_clone()?.build().ok()?;
    Some(Note { tap, request })
}

impl Note {
    /// The answer has come; without a status there was none.
    pub(super) fn answered(&self, status: Option<u16>, headers: &HeaderMap, answer: &[u8]) {
        let url = self.request.url();
        let query: Vec<_> = url.query_pairs().collect();
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let body = self.request.body().and_then(reqwest::Body::as_bytes);
        let body: Option<Value> = body.map(json::tree);
        self.tap.exchange(&HttpExchange {
            method: self.request.method().as_str(),
            path: url.path(),
            query: &query,
            headers: &pairs(self.request.headers()),
            request: body.as_ref(),
            status,
            answer_headers: &pairs(headers),
            answer,
        });
    }
}

/// A request that was not answered.
pub(super) fn unanswered(note: Option<&Note>) {
    if let Some(note) = note {
        note.answered(None, &HeaderMap::new(), b"");
    }
}

/// What a TLS connection has agreed on.
pub(super) fn tls_note(connection: &ClientConnection) -> Option<TlsNote> {
    let version = connection.protocol_version()?.as_str()?;
    let suite = connection.negotiated_cipher_suite()?.suite();
    Some((
        version.to_owned(),
        suite.as_str().unwrap_or_default().to_owned(),
    ))
}

fn pairs(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect()
}
