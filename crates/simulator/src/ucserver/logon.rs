//! Who gets a session: passwords, tokens, and what stands in the answer.

use std::collections::HashMap;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::faults::{BusyPlace, RedirectPlace};
use super::grammar;
use super::own::own_contact;
use super::presence::{Spelling, add};
use super::records::SESSION_BODY;
use super::session::UcSession;
use super::times::TimeForm;
use super::version::UcServerVersion;
use super::world::{UcAccount, UcWorld};

/// `AsnLogonErrorEnum`: unknown user or wrong password.
pub(super) const WRONG_PASSWORD: i64 = 101;
/// `AsnLogonErrorEnum`: the versions do not fit; what is answered to a body that cannot be read.
const WRONG_VERSION: i64 = 104;
/// `AsnLogonErrorEnum`: not enabled on this server; what goes with a home server.
const NOT_ENABLED: i64 = 107;

/// Why there is no session.
#[derive(Debug)]
pub(super) enum Refusal {
    /// `AsnLogonError` with this number.
    Logon(i64, Value),
    /// Passwords are not taken here.
    NegotiateOnly,
    /// No UCServer behind UCWeb.
    NotAttached,
    /// 200, but no session in it.
    Body(Value),
}

/// A session that was made.
#[derive(Debug)]
pub(super) struct LoggedIn {
    /// The id of the session.
    pub(super) session: String,
    /// The whole answer, for whoever did not ask for a simple one.
    pub(super) answer: Value,
}

/// Makes a session, or says why not.
pub(super) fn log_in(
    world: &mut UcWorld,
    headers: &HeaderMap,
    query: &HashMap<String, String>,
    body: &[u8],
    now: Timestamp,
) -> Result<LoggedIn, Refusal> {
    if world.faults.not_attached {
        return Err(Refusal::NotAttached);
    }
    if let Err(why) = read_body(body, world.faults.times) {
        world.violation("createsession", &why);
        return Err(Refusal::Logon(
            WRONG_VERSION,
            logon_error(WRONG_VERSION, ""),
        ));
    }
    if let Some(elsewhere) = sent_away(world, now) {
        return Err(elsewhere);
    }
    let account = account(world, headers, query)?;
    world.counts.logins += 1;
    let session = uuid::Uuid::new_v4().simple().to_string();
    let answer = answer(world, &session, &account, now);
    let made = UcSession {
        account,
        valid: true,
        ..UcSession::default()
    };
    world.sessions.insert(session.clone(), made);
    Ok(LoggedIn { session, answer })
}

/// A body may be left out; one that is there has the older negotiation's shape.
fn read_body(body: &[u8], times: TimeForm) -> Result<(), String> {
    if body.is_empty() {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| "the body is no JSON")?;
    grammar::check(SESSION_BODY, &body, times)
}

fn account(
    world: &mut UcWorld,
    headers: &HeaderMap,
    query: &HashMap<String, String>,
) -> Result<String, Refusal> {
    let refused = |world: &mut UcWorld, code, user: &str| {
        world.counts.refused_logins += 1;
        Err(Refusal::Logon(code, logon_error(code, user)))
    };
    let shown = authenticate(world, headers, query);
    if world.faults.negotiate_only && shown.by_password {
        world.counts.refused_logins += 1;
        return Err(Refusal::NegotiateOnly);
    }
    match (world.faults.login_error, shown.account) {
        (Some(code), account) => refused(world, code, &account.unwrap_or_default()),
        (None, None) => refused(world, WRONG_PASSWORD, ""),
        (None, Some(account)) => Ok(account),
    }
}

/// What somebody has shown of himself.
#[derive(Default)]
struct Shown {
    account: Option<String>,
    by_password: bool,
}

fn authenticate(
    world: &mut UcWorld,
    headers: &HeaderMap,
    query: &HashMap<String, String>,
) -> Shown {
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let given = |name: &str| query.get(name).cloned();
    if let Some(token) = header("x-uctoken").or_else(|| given("token")) {
        return by_token(world, &token);
    }
    match header("authorization") {
        Some(value) if value.starts_with("Basic ") => by_password(world, basic(&value).as_ref()),
        Some(value) => {
            let token = value.split_once(' ').map(|(_, token)| token);
            by_token(world, token.unwrap_or_default())
        }
        None => by_password(world, given("user").zip(given("pass")).as_ref()),
    }
}

fn by_password(world: &UcWorld, shown: Option<&(String, String)>) -> Shown {
    let right = |account: &&UcAccount| {
        let (user, password) = (&account.user, &account.password);
        shown.is_some_and(|(u, p)| u == user && p == password)
    };
    let found = world.accounts.iter().find(right);
    Shown {
        account: found.map(|account| account.user.clone()),
        by_password: true,
    }
}

fn by_token(world: &mut UcWorld, token: &str) -> Shown {
    if world.faults.refuse_tokens {
        return Shown::default();
    }
    let account = world.tokens.get(token).cloned();
    world.counts.token_logins += u64::from(account.is_some());
    Shown {
        account,
        by_password: false,
    }
}

fn basic(value: &str) -> Option<(String, String)> {
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Busy, or at home elsewhere.
fn sent_away(world: &mut UcWorld, now: Timestamp) -> Option<Refusal> {
    let is_new = world.version() == UcServerVersion::V2;
    if let Some(seconds) = world.faults.busy {
        let usual = if is_new {
            BusyPlace::Login
        } else {
            BusyPlace::Params
        };
        let mut body = match world.faults.busy_place.unwrap_or(usual) {
            BusyPlace::Login => json!({"serverBusy": {"iRetryInSeconds": seconds}}),
            BusyPlace::Negotiation => json!({"busy": {"iServerBusyTimeout": seconds}}),
            BusyPlace::Params => negotiated(
                &json!({"ServerBusyTimeout": seconds}),
                world.faults.times,
                now,
            ),
        };
        world.next_params().write(&mut body);
        return Some(Refusal::Body(body));
    }
    let to = world.faults.redirect.clone()?;
    let usual = if is_new {
        RedirectPlace::Login
    } else {
        RedirectPlace::LogonError
    };
    match world.faults.redirect_place.unwrap_or(usual) {
        RedirectPlace::Login => Some(Refusal::Body(
            json!({"serverRedirect": {"u8sRedirectTo": to}}),
        )),
        RedirectPlace::LogonError => {
            let mut error = logon_error(NOT_ENABLED, "");
            let home = json!({"optionalParams": {"HomeServer": to}});
            if let Some(inner) = error.get_mut("error") {
                add(inner, home);
            }
            world.next_params().write(&mut error);
            Some(Refusal::Logon(NOT_ENABLED, error))
        }
    }
}

/// The session, what was negotiated, and whose it is.
fn answer(world: &mut UcWorld, session: &str, account: &str, now: Timestamp) -> Value {
    let times = world.faults.times;
    let spelling = Spelling {
        generation: world.version().events(),
        times,
    };
    let mut answer = negotiated(&json!({"serverVersion": "8.0.1.1"}), times, now);
    add(
        &mut answer,
        json!({
            "sessionid": session,
            "ownContact": own_contact(account, spelling),
        }),
    );
    world.next_params().write(&mut answer);
    answer
}

/// `AsnNegotiateServerConnectionResult`
fn negotiated(params: &Value, times: TimeForm, now: Timestamp) -> Value {
    json!({
        "iServerProtocolVersion": 70,
        "iServerUMSecurityOption": 0,
        "iServerTLSSecurityOption": 0,
        "sServerAuthentication": "",
        "stServerTime": times.write(Some(now)),
        "optionalParams": params,
    })
}

/// `AsnLogonError` as UCWeb hands it on.
fn logon_error(code: i64, user: &str) -> Value {
    json!({
        "error": {"_type": "AsnLogonError", "iErrorDetail": code, "sAuthCredetials": "",
            "u8sErrorString": "logon failed", "u8sFailedUser": user},
        "error_value": 0,
        "invokedID": 1,
        "sessionID": "",
    })
}
