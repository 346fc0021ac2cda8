//! A server in the place of Entra, Graph and UCServer that gives back what it was sent, in a few other
//! notations with every answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::common::notations::notations;

/// With everything in them that some notation writes otherwise.
pub(super) const CLIENT_SECRET: &str = "k7~Qm+/=&%<z\"9XvB\\tR2'wL";
pub(super) const PASSWORD: &str = "Nw4#Tz&8<q+Lc/ Rä'5%xV";
pub(super) const DEVICE_CODE: &str = "DAQABIQEAAADnfolhJpSnRYB1SVj-Hgd8-device-1yx";
pub(super) const REFRESH_TOKEN: &str = "1.AXEA-q9Lk_refresh.token.of-anna~7Yw3Hs0PzU";
pub(super) const ALL: [&str; 4] = [CLIENT_SECRET, PASSWORD, DEVICE_CODE, REFRESH_TOKEN];
/// Notations in one answer.
pub(super) const AT_ONCE: usize = 4;

/// As Entra makes them; what is in it is no secret, its signature is.
pub(super) fn access_token() -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let claims =
        r#"{"roles":["Presence.ReadWrite.All","User.Read.All"],"scp":"Presence.Read.All"}"#;
    let head = r#"{"typ":"JWT","alg":"RS256","kid":"x"}"#;
    format!(
        "{}.{}.{}",
        part(head),
        part(claims),
        part("nobody may ever see this signature: 5Gh2Wq")
    )
}

/// Where the echo comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    EntraError,
    EntraPage,
    EntraRedirect,
    GraphError,
    GraphPage,
    GraphRedirect,
    GraphValues,
    UcServerRedirect,
    UcServerError,
    DeviceCode,
    RefreshToken,
}

pub(super) struct Echo {
    pub(super) from: From,
    pub(super) next: AtomicUsize,
    /// What was sent to us that nobody may see.
    pub(super) secrets: Mutex<Vec<String>>,
}

/// A form or a header, decoded.
pub(super) fn sent(headers: &HeaderMap, body: &Bytes) -> Vec<String> {
    let form =
        reqwest::Url::parse(&format!("http://x/?{}", String::from_utf8_lossy(body))).unwrap();
    let secret = ["client_secret", "device_code", "refresh_token"];
    let fields = form
        .query_pairs()
        .filter(|(name, _)| secret.contains(&name.as_ref()));
    let mut sent: Vec<String> = fields.map(|(_, value)| value.into_owned()).collect();
    let header = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let header = header.and_then(|value| value.split_once(' '));
    sent.extend(header.map(|(kind, value)| match kind {
        "Basic" => {
            let both = String::from_utf8(BASE64_STANDARD.decode(value).unwrap()).unwrap();
            both.split_once(':').unwrap().1.to_owned()
        }
        _ => value.to_owned(),
    }));
    sent
}

impl Echo {
    /// The next few notations of the secret.
    pub(super) fn some(&self, secret: &str) -> Vec<String> {
        let all = notations(secret);
        let at = self.next.fetch_add(AT_ONCE, Ordering::SeqCst);
        (at..at + AT_ONCE)
            .map(|at| all[at % all.len()].1.clone())
            .collect()
    }

    pub(super) fn rounds() -> usize {
        notations(CLIENT_SECRET).len().div_ceil(AT_ONCE)
    }
}

pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        // A header cannot hold everything; what it cannot is left out, as a server would.
        let value: String = value.chars().filter(|c| (' '..='~').contains(c)).collect();
        response = response.header(*name, value);
    }
    response.body(Body::from(body.to_owned())).unwrap()
}

pub(super) fn json_answer(status: u16, body: &Value) -> Response<Body> {
    answer(
        status,
        &[("content-type", "application/json")],
        &body.to_string(),
    )
}

pub(super) async fn serve(
    State(echo): State<Arc<Echo>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let sent = sent(&headers, &body);
    echo.secrets.lock().unwrap().extend(sent.clone());
    let path = uri.path();
    // Where nothing was sent, what the program knows: the server may have seen it elsewhere.
    let known = if path.starts_with("/ws/") {
        PASSWORD
    } else {
        CLIENT_SECRET
    };
    let secret = sent.first().cloned().unwrap_or_else(|| known.to_owned());
    if path.ends_with("/token") {
        return entra(&echo, &secret, &String::from_utf8_lossy(&body));
    }
    if path.ends_with("/devicecode") {
        return json_answer(
            200,
            &json!({"device_code": DEVICE_CODE, "user_code": "ABCD-1234",
            "verification_uri": "http://127.0.0.1/devicelogin", "expires_in": 900, "interval": 0}),
        );
    }
    if path.starts_with("/ws/") {
        return ucserver(&echo, path, &secret);
    }
    graph(&echo, &method, &uri, &secret)
}

pub(super) fn entra(echo: &Echo, secret: &str, form: &str) -> Response<Body> {
    let refuses = match echo.from {
        From::EntraError | From::EntraPage | From::EntraRedirect => true,
        From::DeviceCode => form.contains("device_code="),
        From::RefreshToken => form.contains("refresh_token="),
        _ => false,
    };
    if !refuses {
        return json_answer(
            200,
            &json!({"token_type": "Bearer", "expires_in": 3599,
            "access_token": access_token(), "refresh_token": REFRESH_TOKEN,
            "scope": "Presence.Read.All"}),
        );
    }
    let said = echo.some(secret);
    match echo.from {
        From::EntraPage => page(&said),
        From::EntraRedirect => redirect(&said),
        _ => {
            let body = json!({"error": said[0], "error_description":
                format!("AADSTS9002313: rejected client_secret={} and {}", said[1], said[2]),
                "error_codes": [9_002_313], "trace_id": said[3], "correlation_id": said[0]});
            let headers = [
                ("content-type", "application/json"),
                ("x-ms-request-id", &said[1]),
                ("www-authenticate", &said[2]),
            ];
            answer(400, &headers, &body.to_string())
        }
    }
}

pub(super) fn page(said: &[String]) -> Response<Body> {
    let body = format!("<html><title>Blocked {}</title>{}</html>", said[0], said[1]);
    answer(
        403,
        &[("content-type", "text/html"), ("request-id", &said[2])],
        &body,
    )
}

pub(super) fn redirect(said: &[String]) -> Response<Body> {
    let to = format!("https://elsewhere.example/?t={}", said[0]);
    answer(302, &[("location", &to), ("request-id", &said[1])], "")
}

pub(super) fn graph(echo: &Echo, method: &Method, uri: &Uri, secret: &str) -> Response<Body> {
    let said = echo.some(secret);
    match echo.from {
        From::GraphError => {
            let body = json!({"error": {"code": said[0], "message":
                format!("rejected Authorization: Bearer {} {}", said[1], said[2]),
                "innerError": {"request-id": said[3]}}});
            let headers = [
                ("content-type", "application/json"),
                ("request-id", said[2].as_str()),
            ];
            return answer(502, &headers, &body.to_string());
        }
        From::GraphPage => return page(&said),
        From::GraphRedirect => return redirect(&said),
        _ => {}
    }
    let id = "11111111-2222-4333-8444-555555555555";
    if method == Method::POST {
        let (availability, activity) = (&said[0], &said[1]);
        return json_answer(
            200,
            &json!({"value": [{"id": id, "availability": availability,
            "activity": activity}]}),
        );
    }
    if uri.path().ends_with("/delta") {
        return json_answer(
            200,
            &json!({"value": [], "@odata.deltaLink": uri.to_string()}),
        );
    }
    json_answer(
        200,
        &json!({"value": [{"id": id, "userPrincipalName": "anna@corp.example",
        "displayName": said[2], "accountEnabled": true, "userType": "Member"}]}),
    )
}

pub(super) fn ucserver(echo: &Echo, path: &str, secret: &str) -> Response<Body> {
    if path.ends_with("ucserverversion") {
        return json_answer(200, &json!({"ucserverprotocolversion": 70}));
    }
    let said = echo.some(secret);
    match echo.from {
        From::UcServerRedirect => json_answer(
            200,
            &json!({"serverRedirect":
            {"u8sRedirectTo": format!("https://elsewhere.example/{}", said[0])}}),
        ),
        _ => json_answer(
            401,
            &json!({"error": {"u8sErrorString": said[0], "details": said[1],
            "iErrorDetail": 101}}),
        ),
    }
}
