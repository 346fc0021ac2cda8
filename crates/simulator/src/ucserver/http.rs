//! UCWeb's HTTP side: version, sessions, one-off calls, and the upgrade to the WebSocket.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::json;

use super::Shared;
use super::logon::{Refusal, WRONG_PASSWORD, log_in};
use super::operations::{self, Asked};
use super::reply::UcReply;
use super::socket;
use crate::upgrade::to_websocket;

type Parameters = Query<HashMap<String, String>>;

/// All routes.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/ws/client/ucserverversion", any(version))
        .route("/ws/client/createsession", any(create))
        .route("/ws/client/destroysession", any(destroy))
        .route("/ws/client/websocket", get(websocket))
        .route("/ws/client/websocket/", get(websocket))
        .route("/ws/client/{operation}", any(call))
        .route("/ws/direct/{operation}", any(direct))
        .layer(axum::middleware::map_response_with_state(
            Arc::clone(&shared),
            dated,
        ))
        .with_state(shared)
}

/// `Date` in the server's own time.
async fn dated(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    let date = shared
        .now()
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    if let Ok(date) = header::HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

async fn version(State(shared): State<Arc<Shared>>, query: Parameters) -> Response {
    let (gone, as_text) = shared.look(|world| {
        let faults = &world.faults;
        (faults.not_attached, faults.version_as_text)
    });
    if gone || query.get("ucsid").is_some_and(|id| id != "local") {
        return not_attached();
    }
    let version = if as_text { json!("70") } else { json!(70) };
    Json(json!({ "ucserverprotocolversion": version })).into_response()
}

async fn create(
    State(shared): State<Arc<Shared>>,
    query: Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let quiet = headers.contains_key("x-no401") || query.contains_key("no401");
    let simple = headers.contains_key("x-simple");
    if headers.get("x-ucsid").is_none_or(|id| id != "local") {
        return not_attached();
    }
    let now = shared.now();
    match shared.with(|world| log_in(world, &headers, &query, &body, now)) {
        Ok(made) if simple => Json(json!({ "sessionid": made.session })).into_response(),
        Ok(made) => Json(made.answer).into_response(),
        Err(refusal) => refused(refusal, quiet),
    }
}

/// Whoever asked for quiet gets no challenge for a wrong password.
fn refused(refusal: Refusal, quiet: bool) -> Response {
    match refusal {
        Refusal::Logon(WRONG_PASSWORD, _) if !quiet => challenge("Negotiate, NTLM, Basic"),
        Refusal::Logon(_, error) => (StatusCode::BAD_REQUEST, Json(error)).into_response(),
        Refusal::NegotiateOnly => challenge("Negotiate"),
        Refusal::NotAttached => not_attached(),
        Refusal::Body(body) => Json(body).into_response(),
    }
}

fn challenge(offers: &'static str) -> Response {
    let offers = [(header::WWW_AUTHENTICATE, offers)];
    (StatusCode::UNAUTHORIZED, offers).into_response()
}

fn not_attached() -> Response {
    let error = json!({"error": {"_type": "WsError", "iErrorDetail": 119,
        "details": "", "u8sErrorString": "UCServer not attached"}});
    (StatusCode::BAD_GATEWAY, Json(error)).into_response()
}

async fn destroy(State(shared): State<Arc<Shared>>, query: Parameters) -> Response {
    let id = query.get("ucsessionid").cloned().unwrap_or_default();
    let found = shared.with(|world| {
        let found = world.sessions.remove(&id).is_some();
        world.counts.destroyed += u64::from(found);
        found
    });
    if found {
        Json(json!({})).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let id = headers.get("x-ucsessionid").and_then(|id| id.to_str().ok());
    let Some(id) = id.map(str::to_owned) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    reply_over_http(&shared, &id, &operation, &body)
}

/// A call with its own log-in: a session that lasts for one operation.
async fn direct(
    State(shared): State<Arc<Shared>>,
    Path(operation): Path<String>,
    query: Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = shared.now();
    let made = match shared.with(|world| log_in(world, &headers, &query, &[], now)) {
        Ok(made) => made,
        Err(refusal) => return refused(refusal, false),
    };
    let response = reply_over_http(&shared, &made.session, &operation, &body);
    shared.with(|world| world.sessions.remove(&made.session));
    response
}

fn reply_over_http(shared: &Shared, id: &str, operation: &str, body: &[u8]) -> Response {
    let argument = if body.is_empty() {
        json!({})
    } else {
        match serde_json::from_slice(body) {
            Ok(argument) => argument,
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        }
    };
    let asked = Asked {
        session: id,
        id: 0,
        name: operation,
        argument: &argument,
        now: shared.now(),
    };
    match shared.with(|world| operations::answer_over_http(world, asked)) {
        UcReply::Result(result) => Json(result).into_response(),
        UcReply::Nothing => Json(json!({})).into_response(),
        UcReply::Error(code, text) => {
            let error = json!({"_type": "AsnRequestError", "iErrorDetail": code,
                "u8sErrorString": text});
            (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
        }
        UcReply::Reject(problem, text) => {
            let reject = json!({"reject": {"invokeProblem": problem}, "details": text});
            (StatusCode::BAD_REQUEST, Json(reject)).into_response()
        }
    }
}

async fn websocket(
    State(shared): State<Arc<Shared>>,
    query: Parameters,
    request: Request,
) -> Response {
    let id = query.get("x-ucsessionid").cloned().unwrap_or_default();
    let (valid, refused) = shared.look(|world| {
        let valid = world.sessions.get(&id).is_some_and(|s| s.valid);
        (valid, world.faults.refuse_sockets)
    });
    if refused {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if !valid {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    to_websocket(request, |upgraded| socket::serve(shared, id, upgraded))
}
