//! The control over HTTP, under `/_control`. No token: it listens on loopback only, and takes nothing
//! from web pages ([`super::control_guard`]).
//!
//! | request | body | effect |
//! | --- | --- | --- |
//! | `POST /fault` | a [`super::Fault`]: `{"kind":"status","status":429,"retry_after":{"seconds":10},"on":"presences","user":"…","times":3,"after_s":0,"for_s":20,"chance":1}` | it goes wrong from now on |
//! | `GET /faults`, `DELETE /faults` | | what goes wrong; nothing any more |
//! | `GET /ucserver` | | its version, its faults, what it has seen, and what estos' own decoder would have thrown for |
//! | `POST /ucserver/fault` | a [`super::ucserver::UcFault`]: `{"kind":"login_error","code":129,"after_s":0,"for_s":20}`, `{"kind":"drop_sockets"}` | UCServer goes wrong |
//! | `DELETE /ucserver/faults` | | it is well again |
//! | `POST /clock` | `{"advance_s":300}` | the tenant's time moves forward |
//! | `GET /users` | | ProCall's users and why they must not match |
//! | `GET /user/{upn}` | | sessions, what is shown, calls |
//! | `POST /user/{upn}/teams` | a [`super::TeamsAct`]: `{"do":"call"}`, `{"do":"manual","availability":"Away"}` | the user does it in Teams |
//! | `POST /user/{user name}/call` | `{"kind":"tapi","state":"connected"}` | it happens in ProCall |
//! | `GET /requests`, `DELETE /requests` | | counters, last requests, writes; counting anew |
//! | `POST /roles` | `{"roles":["User.Read.All"]}` | the app's roles in new tokens |
//! | `DELETE /tokens` | | every token is refused |
//! | `GET /device` | | codes of device sign-ins that wait |
//! | `POST /device` | `{"approve":"anna@…"}` or `{}` | the user consents; declines |
//! | `DELETE /device` | | every user is signed out |

use axum::body::{Body, Bytes};
use axum::http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use std::sync::Arc;
use std::time::Duration;

use super::control::Control;
use super::query::segment;
use super::script::PbxCall;
use super::world::{ControlError, World};

#[derive(Deserialize)]
struct Advance {
    advance_s: f64,
}

#[derive(Deserialize)]
struct Roles {
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct Decide {
    approve: Option<String>,
}

/// One request to the control.
#[derive(Clone, Copy)]
struct Asked<'a> {
    control: &'a Control,
    method: &'a str,
    /// The path behind `/_control`, taken apart.
    parts: &'a [&'a str],
    body: &'a Bytes,
}

enum Refused {
    NotFound(String),
    Malformed(String),
}

impl From<ControlError> for Refused {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::NoSuchUser(_) => Self::NotFound(error.to_string()),
            _ => Self::Malformed(error.to_string()),
        }
    }
}

/// Answers one request to the control.
pub(super) fn serve(
    world: &Arc<World>,
    method: &Method,
    path: &str,
    body: &Bytes,
) -> Response<Body> {
    let control = Control {
        world: Arc::clone(world),
    };
    let parts: Vec<String> = path
        .split('/')
        .filter(|p| !p.is_empty())
        .map(segment)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let asked = Asked {
        control: &control,
        method: method.as_str(),
        parts: &parts,
        body,
    };
    let (status, value) = match steered(asked) {
        Ok(value) => (StatusCode::OK, value),
        Err(Refused::NotFound(why)) => (StatusCode::NOT_FOUND, json!({ "error": why })),
        Err(Refused::Malformed(why)) => (StatusCode::BAD_REQUEST, json!({ "error": why })),
    };
    answer(status, &value)
}

/// What a page in a browser gets.
pub(super) fn refused() -> Response<Body> {
    let why = "the control takes requests from programs on this machine, none from web pages: Host and Origin must be its own";
    answer(StatusCode::FORBIDDEN, &json!({ "error": why }))
}

fn answer(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let json = axum::http::HeaderValue::from_static("application/json");
    response.headers_mut().insert("content-type", json);
    response
}

fn steered(asked: Asked<'_>) -> Result<Value, Refused> {
    let Asked {
        control,
        method,
        parts,
        body,
    } = asked;
    match (method, parts) {
        ("POST", ["fault"]) => control.fault(read(body)?),
        ("DELETE", ["faults"]) => control.clear_faults(),
        ("GET", ["faults"]) => return Ok(json!(control.faults())),
        ("POST", ["clock"]) => {
            let by = Duration::try_from_secs_f64(read::<Advance>(body)?.advance_s);
            let by = by.map_err(|e| Refused::Malformed(e.to_string()))?;
            return Ok(json!({ "now": control.advance(by) }));
        }
        ("POST", ["roles"]) => {
            let roles: Roles = read(body)?;
            control.set_roles(&roles.roles.iter().map(String::as_str).collect::<Vec<_>>());
        }
        ("DELETE", ["tokens"]) => control.expire_tokens(),
        ("GET", ["device"]) => return Ok(json!(control.device_codes())),
        ("POST", ["device"]) => {
            let decided = match read::<Decide>(body)?.approve {
                Some(upn) => control.approve_device(&upn),
                None => control.decline_device(),
            };
            return Ok(json!({ "decided": decided }));
        }
        ("DELETE", ["device"]) => control.revoke_sign_ins(),
        (_, ["ucserver", rest @ ..]) => return about_ucserver(asked, rest),
        _ => return about_users(asked),
    }
    Ok(json!({}))
}

fn about_ucserver(asked: Asked<'_>, parts: &[&str]) -> Result<Value, Refused> {
    let Asked {
        control,
        method,
        body,
        ..
    } = asked;
    let none = || Refused::NotFound("this tenant has no UCServer".into());
    let server = control.ucserver().ok_or_else(none)?;
    match (method, parts) {
        ("GET", []) => {}
        ("POST", ["fault"]) => server.fault(read(body)?),
        ("DELETE", ["faults"]) => server.clear_faults(),
        _ => return Err(Refused::NotFound("the control has no such thing".into())),
    }
    Ok(json!({
        "version": server.version(),
        "faults": server.faults(),
        "counts": server.counts(),
        "violations": server.violations(),
    }))
}

fn about_users(asked: Asked<'_>) -> Result<Value, Refused> {
    let Asked {
        control,
        method,
        parts,
        body,
    } = asked;
    match (method, parts) {
        ("GET", ["users"]) => Ok(json!(control.users())),
        ("GET", ["user", user]) => Ok(json!(control.user(user)?)),
        ("POST", ["user", user, "teams"]) => {
            control.teams(user, &read(body)?)?;
            Ok(json!(control.user(user)?))
        }
        ("POST", ["user", user, "call"]) => {
            let call: PbxCall = read(body)?;
            Ok(json!(control.call(user, call.kind, call.state)?))
        }
        ("GET", ["requests"]) => Ok(json!({
            "counters": control.counters(),
            "requests": control.requests(),
            "writes": control.writes(),
        })),
        ("DELETE", ["requests"]) => {
            control.forget_requests();
            Ok(json!({}))
        }
        _ => Err(Refused::NotFound("the control has no such thing".into())),
    }
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|e| Refused::Malformed(e.to_string()))
}
