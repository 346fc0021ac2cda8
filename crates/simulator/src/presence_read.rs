//! Reading presence: many at once, and one.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use jiff::Timestamp;
use rand::seq::SliceRandom;
use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::directory::Fate;
use super::fault::FaultKind;
use super::reply::Reply;
use super::settings::IdPolicy;
use super::user_presence::{UserPresence, unknown};
use model::limits::IDS_PER_REQUEST;

#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    ids: Vec<Cow<'a, str>>,
}

/// `POST /communications/getPresencesByUserId`
pub(super) fn many(call: &Call<'_>) -> Reply {
    let Some(ids) = ids(call.body) else {
        return call.error(400, "BadRequest", "Bad Request");
    };
    let presences = match presences(call, &ids) {
        Ok(presences) => presences,
        Err(status) => return Reply::of_status(status, call.trace),
    };
    let now = call.world.clock.now();
    let mut parts: Vec<Bytes> = presences
        .iter()
        .filter_map(|(id, presence)| entry(call, *id, presence.as_deref(), now))
        .collect();
    // The order is not documented: nobody is to rely on it.
    parts.shuffle(&mut call.world.dice());
    Reply::json(200, listed(call, &parts))
}

/// The ids of a request; `None` when it is not one that Graph takes. Asked twice, answered once.
fn ids(body: &Bytes) -> Option<Vec<Uuid>> {
    let asked: Asked<'_> = serde_json::from_slice(body).ok()?;
    if asked.ids.is_empty() || asked.ids.len() > IDS_PER_REQUEST {
        return None;
    }
    let mut seen = FxHashSet::default();
    let mut ids = Vec::with_capacity(asked.ids.len());
    for raw in &asked.ids {
        let id = Uuid::try_parse(raw).ok()?;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    Some(ids)
}

type Found = (Uuid, Option<Arc<UserPresence>>);

/// The presences of these ids; an id without one by the settings, or the status that fails all.
fn presences(call: &Call<'_>, ids: &[Uuid]) -> Result<Vec<Found>, u16> {
    let settings = &call.world.settings;
    let directory = call.world.directory();
    let mut presences = Vec::with_capacity(ids.len());
    for id in ids {
        let entry = directory.by_id(*id).filter(|e| e.fate == Fate::Here);
        let policy = match entry {
            Some(entry) if entry.account.has_presence() => {
                presences.push((*id, Some(Arc::clone(&entry.presence))));
                continue;
            }
            Some(_) => settings.without_teams,
            None => settings.unknown_ids,
        };
        match policy {
            IdPolicy::Omit => {}
            IdPolicy::PresenceUnknown => presences.push((*id, None)),
            IdPolicy::NotFound => return Err(404),
            IdPolicy::ServerError => return Err(500),
        }
    }
    Ok(presences)
}

/// One user's JSON, after the faults that change values; `None` = left out.
fn entry(
    call: &Call<'_>,
    id: Uuid,
    presence: Option<&UserPresence>,
    now: Timestamp,
) -> Option<Bytes> {
    let style = &call.world.style;
    let Some(presence) = presence else {
        return Some(unknown(id, style));
    };
    let mut json = None;
    for met in call.faults.iter().filter(|met| met.kind.is_of_values()) {
        if !met.concerns(id, |name| call.world.id_of(name)) {
            continue;
        }
        match &met.kind {
            FaultKind::Missing => return None,
            FaultKind::ReadLag { seconds } => {
                let lag = Duration::from_secs(u64::from(*seconds));
                json = Some(presence.json_before(now, lag, style));
            }
            kind => {
                let true_json = json.unwrap_or_else(|| presence.json(now, style));
                json = Some(falsified(&true_json, kind));
            }
        }
    }
    Some(json.unwrap_or_else(|| presence.json(now, style)))
}

fn falsified(json: &Bytes, kind: &FaultKind) -> Bytes {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(json) else {
        return json.clone();
    };
    match kind {
        FaultKind::Value {
            availability,
            activity,
        } => {
            fields.insert("availability".into(), json!(availability));
            fields.insert("activity".into(), json!(activity));
        }
        FaultKind::NullFields => {
            let others = fields.iter_mut().filter(|(name, _)| *name != "id");
            others.for_each(|(_, value)| *value = Value::Null);
        }
        FaultKind::MissingFields => fields.retain(|name, _| name == "id" || name == "activity"),
        FaultKind::ExtraFields => {
            fields.insert("workLocation".into(), json!({"workLocationType": "remote"}));
            fields.insert("lastSeen".into(), json!({"device": ["Mobile", null, 7]}));
        }
        _ => {}
    }
    Value::Object(fields).to_string().into()
}

fn listed(call: &Call<'_>, parts: &[Bytes]) -> Bytes {
    let size: usize = parts.iter().map(|part| part.len() + 1).sum();
    let mut body = Vec::with_capacity(size + 160);
    body.extend_from_slice(b"{\"@odata.context\":\"");
    body.extend_from_slice(call.world.origin.as_bytes());
    body.extend_from_slice(b"/v1.0/$metadata#Collection(microsoft.graph.presence)\",\"value\":[");
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        body.extend_from_slice(part);
    }
    body.extend_from_slice(b"]}");
    body.into()
}

/// `GET /users/{id}/presence` and `GET /communications/presences/{id}`: by object id only.
pub(super) fn one(call: &Call<'_>) -> Reply {
    let Ok(id) = Uuid::try_parse(call.subject) else {
        return call.error(404, "NotFound", "The user id is no object id.");
    };
    let presences = match presences(call, &[id]) {
        Ok(presences) => presences,
        Err(status) => return Reply::of_status(status, call.trace),
    };
    let now = call.world.clock.now();
    let found = presences
        .first()
        .and_then(|(id, presence)| entry(call, *id, presence.as_deref(), now));
    found.map_or_else(
        || Reply::of_status(404, call.trace),
        |json| Reply::json(200, json),
    )
}
