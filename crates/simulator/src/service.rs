//! The request service that Entra and Graph share: every request comes in here, meets the faults
//! in force, is checked and counted, and is handed to the handler of its route.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use axum::http::request::Parts;
use jiff::SignedDuration;
use uuid::Uuid;

use super::call::Call;
use super::control_guard::is_foreign;
use super::fault::{FaultKind, On, RetryAfter};
use super::faults::Met;
use super::journal::Recorded;
use super::query::fields;
use super::reply::{Reply, Trace};
use super::route::Route;
use super::settings::RetryForm;
use super::wire::Line;
use super::world::{World, allowed, roles_for};
use super::{
    control_http, directory_api, discovery, entra, entra_device, entra_refusal, presence_read,
    presence_write,
};

/// Longest request body.
const BODY_LIMIT: usize = 4 << 20;

/// Answers one request.
pub(super) async fn serve(
    State(world): State<Arc<World>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response<Body> {
    line.slow_to(0);
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return Response::new(Body::empty());
    };
    if let Some(path) = parts.uri.path().strip_prefix("/_control") {
        if is_foreign(&parts) {
            return control_http::refused();
        }
        return control_http::serve(&world, &parts.method, path, &body);
    }
    let route = Route::parse(&parts.method, parts.uri.path());
    let faults = faults_for(&world, &route, &body);
    let trace = trace(&world, &parts, &faults);
    world.journal.arrive(route.endpoint, world.clock.wire());
    travel(world.settings.latency_ms, trace.request_id).await;
    let reply = answer(&world, &route, &parts, &body, &trace, &faults).await;
    let reply = reply.map(|reply| spoil(reply, &faults, &line));
    let status = reply.as_ref().map_or(0, |reply| reply.status);
    enter(&world, &route, &parts, body, &trace, status);
    reply.map_or_else(
        || {
            line.cut();
            Response::new(Body::empty())
        },
        |reply| reply.finish(&trace),
    )
}

/// The way to the server and back, where the tenant is to have one.
async fn travel(typical_ms: u32, die: Uuid) {
    // Even a sleep of nothing takes a turn of the timer.
    if typical_ms > 0 {
        tokio::time::sleep(latency(typical_ms, die)).await;
    }
}

/// How long this answer takes on its way; the request id is the die, so that a seed makes a day.
fn latency(typical_ms: u32, die: Uuid) -> Duration {
    let (_, first, second, _) = die.as_fields();
    let share = f64::from(first) / f64::from(u16::MAX);
    let slow = second & 0x0fff < 0x0fff / 20;
    let times = if slow {
        1.4 + 2.6 * share
    } else {
        0.6 + 0.8 * share
    };
    Duration::from_millis(typical_ms.into()).mul_f64(times)
}

/// The faults in force for this request: about a user when the path names them, or the list
/// of ids has theirs.
fn faults_for(world: &World, route: &Route, body: &Bytes) -> Vec<Met> {
    world.meet(route.endpoint, |user| {
        let id = world.id_of(user).map(|id| id.to_string());
        let is_meant = |name: &str| {
            name.eq_ignore_ascii_case(user)
                || id
                    .as_deref()
                    .is_some_and(|id| name.eq_ignore_ascii_case(id))
        };
        if let Some(subject) = &route.subject {
            return is_meant(subject);
        }
        let listed = String::from_utf8_lossy(body).to_lowercase();
        listed.contains(id.as_deref().unwrap_or(&user.to_lowercase()))
    })
}

fn trace(world: &World, parts: &Parts, faults: &[Met]) -> Trace {
    let skew = faults.iter().find_map(|met| match met.kind {
        FaultKind::ClockSkew { seconds } => Some(SignedDuration::from_secs(i64::from(seconds))),
        _ => None,
    });
    let wire = world.clock.wire();
    let client = parts.headers.get("client-request-id");
    Trace {
        request_id: world.guid(),
        client_request_id: client.and_then(|id| id.to_str().ok()).map(str::to_owned),
        date: wire
            .saturating_add(skew.unwrap_or_default())
            .unwrap_or(wire),
    }
}

/// The answer; `None` = the connection is reset.
async fn answer(
    world: &World,
    route: &Route,
    parts: &Parts,
    body: &Bytes,
    trace: &Trace,
    faults: &[Met],
) -> Option<Reply> {
    let call = Call {
        world,
        endpoint: route.endpoint,
        subject: route.subject.as_deref().unwrap_or_default(),
        query: fields(parts.uri.query().unwrap_or_default()),
        raw_query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body,
        trace,
        faults,
    };
    for met in faults {
        match &met.kind {
            FaultKind::Delay { ms } => tokio::time::sleep(Duration::from_millis(*ms)).await,
            FaultKind::Reset => return None,
            kind => {
                if let Some(reply) = instead(&call, kind) {
                    return Some(reply);
                }
            }
        }
    }
    if route.endpoint == On::Token {
        return Some(entra::token(
            world,
            call.subject,
            &parts.headers,
            body,
            trace,
        ));
    }
    if route.endpoint == On::DeviceCode {
        return Some(entra_device::begin(world, call.subject, body, trace));
    }
    if let Some(reply) = discovery::answer(world, parts.uri.path(), trace) {
        return Some(reply);
    }
    let reply = refused(&call).unwrap_or_else(|| of_room(&call));
    let lost = faults.iter().any(|met| met.kind == FaultKind::AnswerLost);
    (!lost).then_some(reply)
}

/// What a fault answers instead of the tenant.
fn instead(call: &Call<'_>, kind: &FaultKind) -> Option<Reply> {
    let reply = match kind {
        FaultKind::Status {
            status,
            retry_after,
        } => Reply::of_status(*status, call.trace).retry_after(*retry_after, call.trace.date),
        FaultKind::Html { status } => Reply::html(*status),
        FaultKind::Redirect { to } => Reply::empty(302).with("location", to.as_str()),
        FaultKind::Entra { code } if call.endpoint.is_entra() => {
            let app = call.world.client_id.to_string();
            entra_refusal::refusal(call.world, *code, &app, call.subject, call.trace)
        }
        FaultKind::SlowDown => entra_refusal::slow_down(),
        FaultKind::HugeBody { mib } => {
            let size = usize::try_from(*mib).unwrap_or(1) << 20;
            let body = format!(r#"{{"value":["{}"]}}"#, "x".repeat(size));
            Reply::json(200, body.into())
        }
        _ => return None,
    };
    Some(reply)
}

/// Token, role and limits, in this order.
fn refused(call: &Call<'_>) -> Option<Reply> {
    let granted = match call.granted() {
        Ok(granted) => granted,
        Err(message) => return Some(unauthenticated(call, message)),
    };
    let lacks = call.fault(|kind| matches!(kind, FaultKind::RolesMissing).then_some(()));
    if lacks.is_some() || !allowed(&granted, roles_for(call.endpoint)) {
        return Some(forbidden(call));
    }
    if call.endpoint.is_presence() {
        return call.world.presence_wait().map(|wait| throttled(call, wait));
    }
    let units = 1 + u32::from(!call.raw_query.contains("select="));
    let wait = call.world.directory_wait(units)?;
    let scope = format!(
        "Tenant_Application/ReadWrite/{}/{}",
        call.world.client_id, call.world.tenant_id
    );
    Some(
        throttled(call, wait)
            .with("x-ms-throttle-scope", scope)
            .with("x-ms-throttle-information", "ResourceUnitLimitExceeded"),
    )
}

fn unauthenticated(call: &Call<'_>, message: &str) -> Reply {
    let challenge = format!(
        r#"Bearer realm="", authorization_uri="{}/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000""#,
        call.world.origin
    );
    call.error(401, "InvalidAuthenticationToken", message)
        .with("www-authenticate", challenge)
}

/// Presence says nothing at all (spec section 2.10), the directory does (section 6).
fn forbidden(call: &Call<'_>) -> Reply {
    if call.endpoint.is_presence() {
        return call.error(403, "Forbidden", "");
    }
    call.error(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

fn throttled(call: &Call<'_>, wait: Duration) -> Reply {
    let whole = u32::try_from(wait.as_millis().div_ceil(1_000).max(1)).unwrap_or(30);
    let form = match call.world.settings.retry_form {
        RetryForm::Seconds => Some(RetryAfter::Seconds(whole)),
        RetryForm::Decimal => Some(RetryAfter::Decimal(wait.as_secs_f64().max(0.1))),
        RetryForm::HttpDate => Some(RetryAfter::HttpDate(whole)),
        RetryForm::Absent => None,
    };
    Reply::of_status(429, call.trace).retry_after(form, call.trace.date)
}

fn of_room(call: &Call<'_>) -> Reply {
    match call.endpoint {
        On::Users => directory_api::list(call),
        On::UsersCount => directory_api::count(call),
        On::Delta => directory_api::delta(call),
        On::User => directory_api::one(call),
        On::Presences => presence_read::many(call),
        On::OnePresence => presence_read::one(call),
        On::Set => presence_write::set(call),
        On::Clear => presence_write::clear(call),
        On::Prefer => presence_write::prefer(call),
        On::Unprefer => presence_write::unprefer(call),
        On::StatusMessage => presence_write::status_message(call),
        _ => call.error(
            400,
            "BadRequest",
            "Resource not found for the segment, or the request is only valid with delegated authentication flow.",
        ),
    }
}

/// What faults do to an answer that was good.
fn spoil(mut reply: Reply, faults: &[Met], line: &Line) -> Reply {
    for met in faults {
        match &met.kind {
            FaultKind::Truncated => reply.body = reply.body.slice(..reply.body.len() / 2),
            FaultKind::WrongContentType => reply.content_type = Some("text/plain"),
            FaultKind::SlowDrip { bytes_per_s } => line.slow_to((*bytes_per_s).max(1)),
            _ => {}
        }
    }
    reply
}

fn enter(world: &World, route: &Route, parts: &Parts, body: Bytes, trace: &Trace, status: u16) {
    if matches!(route.endpoint, On::Set | On::Clear) {
        let write = presence_write::recorded(world, route, &parts.headers, &body, status);
        world.journal.enter_write(write);
    }
    let kept = [
        "content-type",
        "consistencylevel",
        "prefer",
        "accept-encoding",
    ];
    let headers = kept.iter().filter_map(|name| {
        let value = parts.headers.get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), value.to_owned()))
    });
    let recorded = Recorded {
        at: world.clock.wire(),
        endpoint: route.endpoint.as_str(),
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        status,
        request_id: trace.request_id,
        client_request_id: trace.client_request_id.clone(),
        headers: headers.collect::<BTreeMap<_, _>>(),
        body: String::new(),
    };
    world.journal.enter(route.endpoint, recorded, body);
}
