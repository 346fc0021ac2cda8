//! Writing presence: sessions of the app, and what a user prefers.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde_json::Value;
use uuid::Uuid;

use super::call::Call;
use super::directory::Fate;
use super::fault::On;
use super::journal::{Verb, Write};
use super::presence_sessions::{Holder, Pair, Preferred};
use super::reply::{Refused, Reply};
use super::route::Route;
use super::user_presence::UserPresence;
use super::world::World;
use model::clock::advance;
use model::limits::{LONGEST_EXPIRATION, SHORTEST_EXPIRATION};

const DAY: Duration = Duration::from_hours(24);

/// `…/setPresence`
pub(super) fn set(call: &Call<'_>) -> Reply {
    set_session(call).unwrap_or_else(Refused::reply)
}

fn set_session(call: &Call<'_>) -> Result<Reply, Refused> {
    let body = object(call)?;
    let holder = session(call, &body)?;
    let pair = pair(call, &body, &Pair::SETTABLE)?;
    let lasting = match text(&body, "expirationDuration") {
        None => SHORTEST_EXPIRATION,
        Some(raw) => duration(raw)
            .filter(|d| (SHORTEST_EXPIRATION..=LONGEST_EXPIRATION).contains(d))
            .ok_or_else(|| bad(call, "expirationDuration must be between PT5M and PT4H."))?,
    };
    let now = call.world.clock.now();
    let presence = presence(call)?;
    presence.change(now, |sessions| {
        sessions.set(holder, pair, Some(lasting), now);
    });
    Ok(Reply::empty(200))
}

/// `…/clearPresence`: 404 when there is no such session.
pub(super) fn clear(call: &Call<'_>) -> Reply {
    clear_session(call).unwrap_or_else(Refused::reply)
}

fn clear_session(call: &Call<'_>) -> Result<Reply, Refused> {
    let body = object(call)?;
    let holder = session(call, &body)?;
    let now = call.world.clock.now();
    if presence(call)?.change(now, |sessions| sessions.clear(holder, now)) {
        return Ok(Reply::empty(200));
    }
    Ok(call.error(404, "NotFound", "The presence session does not exist."))
}

/// `…/setUserPreferredPresence`
pub(super) fn prefer(call: &Call<'_>) -> Reply {
    prefer_pair(call).unwrap_or_else(Refused::reply)
}

fn prefer_pair(call: &Call<'_>) -> Result<Reply, Refused> {
    let body = object(call)?;
    let pair = pair(call, &body, &Pair::PREFERABLE)?;
    let lasting = match text(&body, "expirationDuration") {
        None => usual_life(pair),
        Some(raw) => {
            duration(raw).ok_or_else(|| bad(call, "expirationDuration is no ISO 8601 duration."))?
        }
    };
    let now = call.world.clock.now();
    let until = advance(now, lasting);
    presence(call)?.change(now, |sessions| {
        sessions.preferred = Some(Preferred { pair, until });
    });
    Ok(Reply::empty(200))
}

/// How long a choice by hand lasts when nobody says (spec section 2.7).
pub(super) fn usual_life(pair: Pair) -> Duration {
    match pair {
        Pair::BUSY | Pair::DND => DAY,
        _ => DAY * 7,
    }
}

/// `…/clearUserPreferredPresence`: a success also when there is nothing to take back.
pub(super) fn unprefer(call: &Call<'_>) -> Reply {
    let now = call.world.clock.now();
    match presence(call) {
        Ok(presence) => presence.change(now, |sessions| sessions.preferred = None),
        Err(refused) => return refused.reply(),
    }
    Reply::empty(200)
}

/// `…/setStatusMessage`
pub(super) fn status_message(call: &Call<'_>) -> Reply {
    let body = match object(call) {
        Ok(body) => body,
        Err(refused) => return refused.reply(),
    };
    let content = body.pointer("/statusMessage/message/content");
    let content = content.and_then(Value::as_str).filter(|c| !c.is_empty());
    let now = call.world.clock.now();
    match presence(call) {
        Ok(presence) => presence.change(now, |sessions| {
            sessions.status_message = content.map(str::to_owned);
        }),
        Err(refused) => return refused.reply(),
    }
    Reply::empty(200)
}

fn bad(call: &Call<'_>, message: &str) -> Refused {
    Refused::from(call.error(400, "BadRequest", message))
}

fn object(call: &Call<'_>) -> Result<Value, Refused> {
    let body: Option<Value> = serde_json::from_slice(call.body).ok();
    body.filter(Value::is_object)
        .ok_or_else(|| bad(call, "The request body is no JSON object."))
}

fn text<'b>(body: &'b Value, name: &str) -> Option<&'b str> {
    body.get(name)?.as_str()
}

/// The session is always the one of the calling app.
fn session(call: &Call<'_>, body: &Value) -> Result<Holder, Refused> {
    let named = text(body, "sessionId").and_then(|id| Uuid::try_parse(id).ok());
    if named == Some(call.world.client_id) {
        return Ok(Holder::App(call.world.client_id));
    }
    let message = "The sessionId must be the application id of the caller.";
    Err(bad(call, message))
}

fn pair(call: &Call<'_>, body: &Value, allowed: &[Pair]) -> Result<Pair, Refused> {
    let availability = text(body, "availability").unwrap_or_default();
    let activity = text(body, "activity").unwrap_or_default();
    Pair::among(allowed, availability, activity).ok_or_else(|| {
        bad(
            call,
            "The availability and activity combination is invalid.",
        )
    })
}

/// The user's presence; a name instead of an object id, or a user without Teams, has none
/// (what Graph does then is undocumented).
fn presence(call: &Call<'_>) -> Result<Arc<UserPresence>, Refused> {
    let id = Uuid::try_parse(call.subject).ok();
    let directory = call.world.directory();
    id.and_then(|id| directory.by_id(id))
        .filter(|entry| entry.fate == Fate::Here && entry.account.has_presence())
        .map(|entry| Arc::clone(&entry.presence))
        .ok_or_else(|| Refused::from(call.error(404, "NotFound", "The user was not found.")))
}

/// An ISO 8601 duration; a day has 24 hours.
fn duration(raw: &str) -> Option<Duration> {
    if !raw.starts_with('P') {
        return None;
    }
    let span: Span = raw.parse().ok()?;
    let exact = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(exact)
        .ok()
        .filter(|_| exact > SignedDuration::ZERO)
}

/// A write for the journal.
pub(super) fn recorded(
    world: &World,
    route: &Route,
    headers: &HeaderMap,
    body: &Bytes,
    status: u16,
) -> Write {
    let mut bearer = DefaultHasher::new();
    headers.get(AUTHORIZATION).hash(&mut bearer);
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let owned = |name| text(&body, name).map(str::to_owned);
    let entra_id = route.subject.clone().unwrap_or_default();
    let upn = world
        .directory()
        .find(&entra_id)
        .map(|entry| entry.account.upn.clone());
    let pair = text(&body, "availability")
        .zip(text(&body, "activity"))
        .map(|(availability, activity)| format!("{availability}/{activity}"));
    Write {
        at: world.clock.wire(),
        entra_id,
        upn,
        verb: match route.endpoint {
            On::Set => Verb::Set,
            _ => Verb::Clear,
        },
        pair,
        session_id: owned("sessionId"),
        expiration: owned("expirationDuration"),
        status,
        bearer: bearer.finish(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("PT5M", Some(300))]
    #[case("PT300S", Some(300))]
    #[case("PT1H30M", Some(5_400))]
    #[case("PT4H", Some(14_400))]
    #[case("P1D", Some(86_400))]
    #[case("5m", None)]
    #[case("PT0S", None)]
    #[case("-PT5M", None)]
    #[case("", None)]
    fn durations_are_iso_8601(#[case] raw: &str, #[case] seconds: Option<u64>) {
        assert_eq!(duration(raw).map(|d| d.as_secs()), seconds);
    }
}
