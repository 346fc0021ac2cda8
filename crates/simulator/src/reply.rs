//! Answers, in the shapes of Graph and Entra.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};

use super::fault::RetryAfter;

/// What Graph sends with JSON.
const ODATA_JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// An answer before it goes out.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Bytes,
}

/// What makes an answer unmistakable in a support case.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub(super) request_id: uuid::Uuid,
    pub(super) client_request_id: Option<String>,
    /// By the machine's clock, a clock-skew fault included.
    pub(super) date: Timestamp,
}

/// An answer that ends a request early.
#[derive(Debug)]
pub(super) struct Refused(Box<Reply>);

impl From<Reply> for Refused {
    fn from(reply: Reply) -> Self {
        Self(Box::new(reply))
    }
}

impl Refused {
    pub(super) fn reply(self) -> Reply {
        *self.0
    }
}

impl Reply {
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: None,
            body: Bytes::new(),
        }
    }

    pub(super) fn json(status: u16, body: Bytes) -> Self {
        Self {
            content_type: Some(ODATA_JSON),
            body,
            ..Self::empty(status)
        }
    }

    pub(super) fn value(status: u16, value: &Value) -> Self {
        Self::json(status, value.to_string().into())
    }

    pub(super) fn text(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            content_type: Some(content_type),
            body: body.into(),
            ..Self::empty(status)
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Graph's error object.
    pub(super) fn error(status: u16, code: &str, message: &str, trace: &Trace) -> Self {
        let date = trace.date.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let client = trace.client_request_id.clone();
        let request = trace.request_id.to_string();
        let inner = json!({
            "date": date,
            "request-id": request,
            "client-request-id": client.unwrap_or_else(|| request.clone()),
        });
        let error = json!({"code": code, "message": message, "innerError": inner});
        Self::value(status, &json!({ "error": error }))
    }

    /// The error that usually comes with this status; 403 of presence has no message at all.
    pub(super) fn of_status(status: u16, trace: &Trace) -> Self {
        let (code, message) = match status {
            400 => ("BadRequest", "The request is invalid."),
            401 => (
                "InvalidAuthenticationToken",
                "Access token validation failure.",
            ),
            403 => ("Forbidden", ""),
            404 => ("NotFound", "Resource could not be found."),
            429 => ("TooManyRequests", "Please retry again later."),
            503 => ("ServiceUnavailable", "The service is unavailable."),
            504 => ("GatewayTimeout", "The gateway timed out."),
            502 => ("BadGateway", "Bad gateway."),
            _ => ("InternalServerError", "An internal server error occurred."),
        };
        Self::error(status, code, message, trace)
    }

    /// A page of somebody in between.
    pub(super) fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Webfilter</title></head>\
            <body><h1>Zugriff gesperrt</h1><p>Bitte melden Sie sich am Proxy an.</p></body></html>";
        Self::text(status, "text/html; charset=utf-8", page)
    }

    /// With a `Retry-After`, where there is to be one.
    pub(super) fn retry_after(self, form: Option<RetryAfter>, date: Timestamp) -> Self {
        match form {
            None => self,
            Some(RetryAfter::Seconds(s)) => self.with("retry-after", s.to_string()),
            Some(RetryAfter::Decimal(s)) => self.with("retry-after", s.to_string()),
            Some(RetryAfter::HttpDate(s)) => {
                let ahead = std::time::Duration::from_secs(u64::from(s));
                let at = model::clock::advance(date, ahead);
                self.with("retry-after", http_date(at))
            }
        }
    }

    /// The answer with everything Graph puts on every answer.
    pub(super) fn finish(self, trace: &Trace) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let request_id = trace.request_id.to_string();
        let client = trace.client_request_id.clone();
        let mut headers = self.headers;
        headers.push(("date", http_date(trace.date)));
        headers.push(("client-request-id", client.unwrap_or(request_id.clone())));
        headers.push(("request-id", request_id));
        headers.push(("x-ms-ags-diagnostic", DIAGNOSTIC.to_owned()));
        if let Some(content_type) = self.content_type {
            headers.push(("content-type", content_type.to_owned()));
        }
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

const DIAGNOSTIC: &str = r#"{"ServerInfo":{"DataCenter":"Germany West Central","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"FR1PEPF000LAMP"}}"#;

/// As in `Date`: RFC 9110.
pub(super) fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_reads_as_http_wants_it() {
        assert_eq!(
            http_date(Timestamp::UNIX_EPOCH),
            "Thu, 01 Jan 1970 00:00:00 GMT"
        );
    }
}
