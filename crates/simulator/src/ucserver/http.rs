//! UCWeb's HTTP side: version, sessions, one-off calls, and the upgrade to the WebSocket.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Shared;
use super::operations::{self};
use super::reply::UcReply;
use super::session::UcSession;
use super::socket;
use super::world::UcWorld;

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
    let attached = shared.with(|world| !world.faults.not_attached);
    if !attached || query.get("ucsid").is_some_and(|id| id != "local") {
        return not_attached();
    }
    Json(json!({"ucserverprotocolversion": 70})).into_response()
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
    if serde_json::from_slice::<Value>(&body).is_err() && !body.is_empty() {
        return logon_error(104, "");
    }
    let answer = shared.with(|world| log_in(world, &headers, &query));
    match answer {
        Ok((id, account)) if simple => {
            drop(account);
            Json(json!({ "sessionid": id })).into_response()
        }
        Ok((id, account)) => Json(json!({
            "sessionid": id,
            "ownContact": {"u8sContactId": format!("sip:{account}"),
                "asnRemoteContact": {"u8sCtiServerUserName": account}},
        }))
        .into_response(),
        Err(Refusal::Logon(code, user)) if quiet || code != 101 => logon_error(code, &user),
        Err(Refusal::Logon(..)) => challenge(),
        Err(Refusal::NotAttached) => not_attached(),
        Err(Refusal::Body(body)) => Json(body).into_response(),
    }
}

enum Refusal {
    Logon(i64, String),
    NotAttached,
    Body(Value),
}

fn log_in(
    world: &mut UcWorld,
    headers: &HeaderMap,
    query: &HashMap<String, String>,
) -> Result<(String, String), Refusal> {
    if world.faults.not_attached {
        return Err(Refusal::NotAttached);
    }
    if let Some(seconds) = world.faults.busy {
        return Err(Refusal::Body(
            json!({"serverBusy": {"iRetryInSeconds": seconds}}),
        ));
    }
    if let Some(to) = &world.faults.redirect {
        return Err(Refusal::Body(
            json!({"serverRedirect": {"u8sRedirectTo": to}}),
        ));
    }
    let Some(account) = authenticate(world, headers, query) else {
        world.counts.refused_logins += 1;
        let code = world.faults.login_error.unwrap_or(101);
        return Err(Refusal::Logon(code, String::new()));
    };
    if let Some(code) = world.faults.login_error {
        world.counts.refused_logins += 1;
        return Err(Refusal::Logon(code, account));
    }
    world.counts.logins += 1;
    let id = uuid::Uuid::new_v4().simple().to_string();
    let session = UcSession {
        account: account.clone(),
        valid: true,
        ..UcSession::default()
    };
    world.sessions.insert(id.clone(), session);
    Ok((id, account))
}

fn authenticate(
    world: &mut UcWorld,
    headers: &HeaderMap,
    query: &HashMap<String, String>,
) -> Option<String> {
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    if let Some(token) = header("x-uctoken").or_else(|| query.get("token").cloned()) {
        return by_token(world, &token);
    }
    let (user, password) = match header("authorization") {
        Some(value) if value.starts_with("Basic ") => basic(&value)?,
        Some(value) => {
            let token = value.split_once(' ')?.1.to_owned();
            return by_token(world, &token);
        }
        None => (query.get("user")?.clone(), query.get("pass")?.clone()),
    };
    let right =
        |account: &&super::world::UcAccount| account.user == user && account.password == password;
    world.accounts.iter().find(right).map(|a| a.user.clone())
}

fn by_token(world: &mut UcWorld, token: &str) -> Option<String> {
    if world.faults.refuse_tokens {
        return None;
    }
    let account = world.tokens.get(token).cloned()?;
    world.counts.token_logins += 1;
    Some(account)
}

fn basic(value: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn challenge() -> Response {
    let offers = [(header::WWW_AUTHENTICATE, "Negotiate, NTLM, Basic")];
    (StatusCode::UNAUTHORIZED, offers).into_response()
}

fn logon_error(code: i64, user: &str) -> Response {
    let error = json!({
        "error": {"_type": "AsnLogonError", "iErrorDetail": code, "sAuthCredetials": "",
            "u8sErrorString": "logon failed", "u8sFailedUser": user},
        "error_value": 0,
        "invokedID": 1,
        "sessionID": "",
    });
    (StatusCode::BAD_REQUEST, Json(error)).into_response()
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
    let Ok((id, _)) = shared.with(|world| log_in(world, &headers, &query)) else {
        return challenge();
    };
    let response = reply_over_http(&shared, &id, &operation, &body);
    shared.with(|world| world.sessions.remove(&id));
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
    let now = shared.now();
    let reply = shared.with(|world| operations::answer(world, id, operation, &argument, now));
    match reply {
        UcReply::Result(result) => Json(result).into_response(),
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
    mut request: Request,
) -> Response {
    let id = query.get("x-ucsessionid").cloned().unwrap_or_default();
    if !shared.with(|world| world.sessions.get(&id).is_some_and(|s| s.valid)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY);
    let Some(accept) = key.map(|key| derive_accept_key(key.as_bytes())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            socket::serve(shared, id, upgraded).await;
        }
    });
    let headers = [
        (header::CONNECTION, "upgrade".to_owned()),
        (header::UPGRADE, "websocket".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}
