//! The directory: listing, counting, one user, and what has changed.

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::directory::{Entry, Fate};
use super::fault::FaultKind;
use super::filter::Filter;
use super::query::field;
use super::reply::{Refused, Reply};
use super::user_json::{Selection, user};
use model::limits::USERS_PER_PAGE;

/// Users on a page of /users when nobody says.
const USUAL_PAGE: usize = 100;

/// `GET /users`
pub(super) fn list(call: &Call<'_>) -> Reply {
    list_page(call).unwrap_or_else(Refused::reply)
}

/// Where a listing goes on. Opaque to clients; `empty` pages hold nobody.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Skip {
    from: usize,
    empty: bool,
}

fn list_page(call: &Call<'_>) -> Result<Reply, Refused> {
    let top = page_size(call)?;
    let selection = selection(call)?;
    let filter = filter(call)?;
    let skip: Skip = match field(&call.query, "$skiptoken") {
        None => Skip {
            from: 0,
            empty: false,
        },
        Some(token) => opened(token).ok_or_else(|| bad_token(call))?,
    };
    if call
        .fault(|k| matches!(k, FaultKind::EmptyDirectory).then_some(()))
        .is_some()
    {
        return Ok(page(call, "users", Vec::new(), None, Some(0)));
    }
    let directory = call.world.directory();
    let all = directory
        .here()
        .filter(|entry| filter.takes(&entry.account));
    let total = all.clone().count();
    let size = if skip.empty { 0 } else { top };
    let users: Vec<Value> = all
        .skip(skip.from)
        .take(size)
        .map(|entry| user(&entry.account, &selection))
        .collect();
    let end = skip.from + users.len();
    let next = (end < total).then_some(Skip {
        from: end,
        empty: call.world.settings.empty_pages && skip.from == 0 && !skip.empty,
    });
    let next = next.map(|skip| next_link(call, "users", "$skiptoken", &sealed(&skip)));
    let wants_count = skip.from == 0 && field(&call.query, "$count") == Some("true");
    Ok(page(
        call,
        "users",
        users,
        next,
        wants_count.then_some(total),
    ))
}

fn page_size(call: &Call<'_>) -> Result<usize, Refused> {
    let Some(raw) = field(&call.query, "$top") else {
        return Ok(USUAL_PAGE);
    };
    let size = raw
        .parse()
        .ok()
        .filter(|n| (1..=USERS_PER_PAGE).contains(n));
    size.ok_or_else(|| {
        let message = format!(
            "Invalid page size specified: '{raw}'. Must be between 1 and {USERS_PER_PAGE} inclusive."
        );
        Refused::from(call.error(400, "Request_BadRequest", &message))
    })
}

fn selection(call: &Call<'_>) -> Result<Selection, Refused> {
    let selection = Selection::parse(field(&call.query, "$select"));
    let selection = selection.map(|selection| selection.basic(call.sees_only_basics()));
    selection.map_err(|unknown| {
        if unknown == "aboutMe" {
            return Refused::from(call.error(501, "NotImplemented", "Not implemented."));
        }
        let message =
            format!("Could not find a property named '{unknown}' on type 'microsoft.graph.user'.");
        Refused::from(call.error(400, "BadRequest", &message))
    })
}

fn filter(call: &Call<'_>) -> Result<Filter, Refused> {
    let refused = || {
        Refused::from(call.error(
            400,
            "Request_UnsupportedQuery",
            "Unsupported or invalid query filter clause specified.",
        ))
    };
    Filter::parse(field(&call.query, "$filter")).ok_or_else(refused)
}

fn bad_token(call: &Call<'_>) -> Refused {
    Refused::from(call.error(
        400,
        "Directory_ExpiredPageToken",
        "The specified page token value has expired or is invalid.",
    ))
}

/// A page, with the faults that falsify its nextLink.
fn page(
    call: &Call<'_>,
    what: &str,
    users: Vec<Value>,
    next: Option<String>,
    count: Option<usize>,
) -> Reply {
    let mut body = Map::new();
    let context = format!("{}/v1.0/$metadata#{what}", call.world.origin);
    body.insert("@odata.context".into(), context.into());
    if let Some(count) = count {
        body.insert("@odata.count".into(), count.into());
    }
    if let Some(next) = falsified(call, what).or(next) {
        body.insert("@odata.nextLink".into(), next.into());
    }
    body.insert("value".into(), users.into());
    Reply::value(200, &Value::Object(body)).with("x-ms-resource-unit", "1")
}

/// The nextLink that a fault puts in the place of the true one.
fn falsified(call: &Call<'_>, what: &str) -> Option<String> {
    call.fault(|kind| match kind {
        FaultKind::NextLinkLoop => {
            let query = call.raw_query;
            Some(format!("{}/v1.0/{what}?{query}", call.world.origin))
        }
        FaultKind::NextLinkForeign { to } => Some(to.clone()),
        _ => None,
    })
}

/// The same request, going on at `token`.
fn next_link(call: &Call<'_>, path: &str, name: &str, token: &str) -> String {
    let keep = call.raw_query.split('&').filter(|part| {
        let part = part.to_ascii_lowercase().replace("%24", "$");
        !part.is_empty() && !part.starts_with("$skiptoken") && !part.starts_with("$deltatoken")
    });
    let token = format!("{name}={token}");
    let query: Vec<&str> = keep.chain([token.as_str()]).collect();
    format!("{}/v1.0/{path}?{}", call.world.origin, query.join("&"))
}

fn sealed<T: Serialize>(token: &T) -> String {
    let text = serde_json::to_vec(token).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(text)
}

fn opened<T: for<'de> Deserialize<'de>>(token: &str) -> Option<T> {
    let text = URL_SAFE_NO_PAD.decode(token).ok()?;
    serde_json::from_slice(&text).ok()
}

/// `GET /users/$count`: an advanced query, so it wants the header.
pub(super) fn count(call: &Call<'_>) -> Reply {
    let eventual = call
        .header("consistencylevel")
        .is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
    if !eventual {
        return call.error(
            400,
            "Request_BadRequest",
            "$count is not currently supported without ConsistencyLevel: eventual.",
        );
    }
    match filter(call) {
        Err(refused) => refused.reply(),
        Ok(filter) => {
            let directory = call.world.directory();
            let n = directory
                .here()
                .filter(|e| filter.takes(&e.account))
                .count();
            Reply::text(200, "text/plain", Bytes::from(n.to_string()))
        }
    }
}

/// `GET /users/{id or UPN}`
pub(super) fn one(call: &Call<'_>) -> Reply {
    let selection = match selection(call) {
        Ok(selection) => selection,
        Err(refused) => return refused.reply(),
    };
    let directory = call.world.directory();
    let Some(entry) = directory.find(call.subject) else {
        let message = format!(
            "Resource '{}' does not exist or one of its queried reference-property objects are not present.",
            call.subject
        );
        return call.error(404, "Request_ResourceNotFound", &message);
    };
    Reply::value(200, &user(&entry.account, &selection))
}

/// Where a delta goes on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Mark {
    /// Changes after this version; 0 = everybody.
    since: u64,
    /// The version at which this round began.
    until: u64,
    /// Users of this round already told.
    from: usize,
    issued: Timestamp,
}

/// `GET /users/delta`
pub(super) fn delta(call: &Call<'_>) -> Reply {
    delta_page(call).unwrap_or_else(Refused::reply)
}

fn delta_page(call: &Call<'_>) -> Result<Reply, Refused> {
    let selection = selection(call)?;
    let directory = call.world.directory();
    let mark = mark(call, directory.version)?;
    let changed = directory.entries.iter().filter(|entry| match mark.since {
        0 => entry.fate == Fate::Here,
        since => entry.version > since,
    });
    let total = changed.clone().count();
    let size = call.world.settings.delta_page.max(1);
    let mut users: Vec<Value> = changed
        .skip(mark.from)
        .take(size)
        .map(|entry| told(entry, &selection))
        .collect();
    let end = mark.from + users.len();
    if call.world.settings.delta_replays && mark.since > 0 {
        // Told twice on purpose: the documentation allows it.
        users.extend(users.first().cloned());
    }
    let issued = call.world.clock.now();
    if end < total {
        let next = Mark {
            from: end,
            issued,
            ..mark
        };
        let link = next_link(call, "users/delta", "$skiptoken", &sealed(&next));
        return Ok(page(call, "users/delta", users, Some(link), None));
    }
    Ok(last_delta_page(
        call,
        &users,
        Mark {
            since: mark.until,
            until: 0,
            from: 0,
            issued,
        },
    ))
}

fn last_delta_page(call: &Call<'_>, users: &[Value], next: Mark) -> Reply {
    if let Some(astray) = falsified(call, "users/delta") {
        return page(call, "users/delta", users.to_vec(), Some(astray), None);
    }
    let link = next_link(call, "users/delta", "$deltatoken", &sealed(&next));
    let body = json!({
        "@odata.context": format!("{}/v1.0/$metadata#users", call.world.origin),
        "@odata.deltaLink": link,
        "value": users,
    });
    Reply::value(200, &body)
}

/// Where this request goes on, or why it cannot.
fn mark(call: &Call<'_>, version: u64) -> Result<Mark, Refused> {
    let issued = call.world.clock.now();
    let begin = |since| Mark {
        since,
        until: version,
        from: 0,
        issued,
    };
    if let Some(token) = field(&call.query, "$skiptoken") {
        return opened(token).ok_or_else(|| bad_token(call));
    }
    let mark: Mark = match field(&call.query, "$deltatoken") {
        None | Some("") => return Ok(begin(0)),
        // Nobody: only what changes from now on.
        Some("latest") => return Ok(begin(version)),
        Some(token) => opened(token).ok_or_else(|| lost(call))?,
    };
    let forced = call.fault(|kind| match kind {
        FaultKind::ResyncGone => Some(gone(call)),
        FaultKind::SyncStateNotFound => Some(lost(call)),
        _ => None,
    });
    let life = u64::from(call.world.settings.delta_lifetime_s);
    let over = model::clock::elapsed(mark.issued, issued).as_secs() >= life;
    match forced.or_else(|| over.then(|| lost(call))) {
        Some(refused) => Err(refused),
        None => Ok(begin(mark.since)),
    }
}

fn lost(call: &Call<'_>) -> Refused {
    Refused::from(call.error(
        400,
        "syncStateNotFound",
        "The sync state generation is not found; a full synchronization is required.",
    ))
}

fn gone(call: &Call<'_>) -> Refused {
    let location = format!("{}/v1.0/users/delta?$deltatoken=", call.world.origin);
    let message = "Resync required. Replace any local items with the server's version.";
    call.error(410, "resyncRequired", message)
        .with("location", location)
        .into()
}

fn told(entry: &Entry, selection: &Selection) -> Value {
    let reason = match entry.fate {
        Fate::Here => return user(&entry.account, selection),
        Fate::Binned => "changed",
        Fate::Gone => "deleted",
    };
    json!({"id": entry.account.id, "@removed": {"reason": reason}})
}
