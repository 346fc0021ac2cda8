//! HTTP and the WebSocket of a replayed UCServer. Whoever asks is let in: what a recording held of
//! passwords was dropped where it was made.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;
use trace::Said;

use super::Replay;
use super::script::HttpAnswer;
use super::stage::Stage;
use crate::upgrade::to_websocket;
use model::clock::Clock;

/// A UCServer that says what a real one has said. Ends when dropped.
#[derive(Debug)]
pub(crate) struct ReplayServer {
    url: String,
    task: JoinHandle<()>,
}

impl Drop for ReplayServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared {
    stage: Mutex<Stage>,
    clock: Arc<dyn Clock>,
}

impl Shared {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplayServer {
    /// Opens it on 127.0.0.1 (port 0: any free one); events come by this clock.
    ///
    /// # Errors
    /// When the port cannot be listened on.
    pub(crate) async fn open(
        replay: &Replay,
        port: u16,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(bind).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            stage: Mutex::new(Stage::new(Arc::clone(&replay.0))),
            clock,
        });
        let router = router(shared);
        let task = tokio::spawn(async move {
            // It ends with its task only.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, task })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/ws/client/ucserverversion", any(version))
        .route("/ws/client/createsession", any(create))
        .route("/ws/client/destroysession", any(destroy))
        .route("/ws/client/websocket", get(websocket))
        .route("/ws/client/websocket/", get(websocket))
        .with_state(shared)
}

type Parameters = Query<HashMap<String, String>>;

async fn version(State(shared): State<Arc<Shared>>) -> Response {
    let answer = shared.stage().version();
    response(answer)
}

async fn create(State(shared): State<Arc<Shared>>) -> Response {
    let answer = shared.stage().log_in();
    response(answer)
}

fn response(answer: HttpAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, Json(answer.body)).into_response();
    let offers = answer.offers.and_then(|offers| offers.parse().ok());
    if let Some(offers) = offers {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, offers);
    }
    response
}

async fn destroy(State(shared): State<Arc<Shared>>, query: Parameters) -> Response {
    let id = query.get("ucsessionid").cloned().unwrap_or_default();
    shared.stage().end(&id);
    Json(json!({})).into_response()
}

async fn websocket(
    State(shared): State<Arc<Shared>>,
    query: Parameters,
    request: Request,
) -> Response {
    let id = query.get("x-ucsessionid").cloned().unwrap_or_default();
    if !shared.stage().has(&id) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    to_websocket(
        request,
        |upgraded| async move { play(&shared, upgraded).await },
    )
}

/// One client: its requests are answered, and events come when they are due.
async fn play(shared: &Shared, upgraded: Upgraded) {
    let mut socket =
        WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let mut subscribed = FxHashSet::default();
    let mut next = shared.stage().first_event(shared.clock.now());
    loop {
        let due = shared.stage().due(next);
        let wait = async {
            match due {
                Some(due) => shared.clock.reach(due).await,
                None => std::future::pending().await,
            }
        };
        let said = tokio::select! {
            message = socket.next() => match message {
                Some(Ok(message)) => answer(shared, &message, &mut subscribed),
                _ => return,
            },
            () = wait => {
                let event = shared.stage().event(next, &subscribed, shared.clock.now());
                next += 1;
                event
            }
        };
        let Some(said) = said else { continue };
        let frame = Message::text(json!([said]).to_string());
        if socket.send(frame).await.is_err() {
            return;
        }
    }
}

fn answer(shared: &Shared, message: &Message, subscribed: &mut FxHashSet<String>) -> Option<Value> {
    let Message::Text(text) = message else {
        return None;
    };
    let frame: Value = serde_json::from_str(text).ok()?;
    let asked = trace::messages(&frame).next()?;
    let Said::Invoke { name, argument } = asked.said else {
        return None;
    };
    if asked.id == trace::Message::EVENT {
        return None;
    }
    let now = shared.clock.now();
    let answer = shared
        .stage()
        .answer(asked.id, name, argument, subscribed, now);
    Some(answer)
}
