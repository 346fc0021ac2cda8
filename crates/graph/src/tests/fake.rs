//! A server that answers by script and remembers what it was asked.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The client's port: another one is another connection.
    pub(super) port: u16,
    pub(super) method: Method,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The members of a form body, decoded.
    pub(super) fn form(&self) -> HashMap<String, String> {
        let url = reqwest::Url::parse(&format!("http://x/?{}", self.body)).unwrap();
        url.query_pairs().into_owned().collect()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", &body.to_string())
    }

    pub(super) fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), content_type.into())],
            body: body.into(),
        }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// Graph's error object.
    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json(
            status,
            &json!({"error": {"code": code, "message": message,
                "innerError": {"request-id": "inner-id", "date": "2026-03-02T08:00:00"}}}),
        )
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// A token as Entra answers it; the token's payload is `{"roles":[...]}`.
pub(super) fn grant(n: usize, expires_in: u64) -> Reply {
    use base64::Engine;
    let payload = json!({"roles": ["Presence.ReadWrite.All", "User.Read.All"], "n": n});
    let payload = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(payload.to_string());
    let token = format!("head{n}.{payload}.signature");
    Reply::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": token}),
    )
}

#[derive(Default)]
struct Script {
    graph: VecDeque<Reply>,
    entra: VecDeque<Reply>,
    seen: Vec<Seen>,
    grants: usize,
}

/// See the head of the file. Unscripted requests get an empty page, or a token for an hour.
#[derive(Clone)]
pub(super) struct Fake {
    pub(super) base: String,
    script: Arc<Mutex<Script>>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&script));
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, script }
    }

    pub(super) async fn answering(replies: impl IntoIterator<Item = Reply>) -> Self {
        let fake = Self::start().await;
        fake.then(replies);
        fake
    }

    pub(super) fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.script.lock().unwrap().graph.extend(replies);
    }

    pub(super) fn entra(&self, replies: impl IntoIterator<Item = Reply>) {
        self.script.lock().unwrap().entra.extend(replies);
    }

    /// Every request to Graph.
    pub(super) fn asked(&self) -> Vec<Seen> {
        self.seen(false)
    }

    /// Every request for a token.
    pub(super) fn token_requests(&self) -> Vec<Seen> {
        self.seen(true)
    }

    fn seen(&self, token: bool) -> Vec<Seen> {
        let script = self.script.lock().unwrap();
        let wanted = script.seen.iter();
        wanted
            .filter(|seen| is_token(&seen.uri) == token)
            .cloned()
            .collect()
    }
}

fn is_token(uri: &str) -> bool {
    uri.contains("/oauth2/")
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut script = script.lock().unwrap();
    let uri = uri.to_string();
    let reply = if is_token(&uri) {
        script.grants += 1;
        let n = script.grants;
        script.entra.pop_front().unwrap_or_else(|| grant(n, 3600))
    } else {
        let empty = || Reply::json(200, &json!({"value": []}));
        script.graph.pop_front().unwrap_or_else(empty)
    };
    script.seen.push(Seen {
        port: peer.port(),
        method,
        uri,
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let mut response = (StatusCode::from_u16(reply.status).unwrap(), reply.body).into_response();
    response.headers_mut().remove("content-type");
    for (name, value) in reply.headers {
        let name = axum::http::HeaderName::try_from(name).unwrap();
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// How a [`raw`] server behaves after it has read a request to Graph.
#[derive(Clone, Copy, Debug)]
pub(super) enum Raw {
    /// Writes these bytes and closes.
    Close(&'static str),
    /// Writes these bytes and resets the connection.
    Reset(&'static str),
    /// Writes these bytes, then one more byte every 20 ms without end.
    Drip(&'static str),
    /// Takes the request and never answers.
    Silent,
}

/// A server below HTTP. Token requests are answered properly.
pub(super) async fn raw(behaviour: Raw) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(behave(stream, behaviour));
        }
    });
    base
}

async fn behave(mut stream: TcpStream, behaviour: Raw) {
    let head = read_request(&mut stream).await;
    if is_token(&head) {
        let token = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"a.b.c"}"#;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            token.len()
        );
        let _ = stream.write_all((head + token).as_bytes()).await;
        return;
    }
    match behaviour {
        Raw::Close(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
        }
        Raw::Reset(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            stream.set_zero_linger().unwrap();
        }
        Raw::Drip(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        Raw::Silent => std::future::pending().await,
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let n = stream.read(&mut piece).await.unwrap_or(0);
        all.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(n > 0, "the request ended early");
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        if n == 0 || body.len() >= length.unwrap_or(0) {
            return head.to_owned();
        }
    }
}
