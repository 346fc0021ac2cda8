//! The numbers for a Prometheus that asks: one answer over HTTP, and no other.
//!
//! Through hyper, which is here anyway for Graph and for the demo. Few may ask at a time and none for
//! long: whoever is slow costs itself.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Level;

use super::{Trouble, Watched};
use crate::report::{Exposition, metrics};

/// How many may ask at a time.
const CONNECTIONS: usize = 8;

/// How long a connection may last, and what is asked for must have come in a third of it.
const WITHIN: Duration = Duration::from_secs(10);
const ASKED_WITHIN: Duration = Duration::from_secs(3);

/// A question is not longer, in bytes (the least that hyper takes).
const QUESTION: usize = 8 << 10;

/// How long until the next try, where the port is somebody else's or descriptors are used up.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Answers as long as this is the tenant's bridge, for ever.
pub(super) async fn keep(address: SocketAddr, mut watched: Watched) {
    let mut trouble = Trouble::default();
    loop {
        let bridge = watched.until(|it| !it.mode.is_beside_bridge());
        if bridge.await.is_none() {
            return;
        }
        let listening = TcpListener::bind(address).await;
        let listening = listening.map_err(|why| why.to_string());
        match listening {
            Ok(listener) => {
                trouble = Trouble::default();
                let message = format!("metrics are at http://{address}/metrics");
                watched.say(Level::INFO, message).await;
                let answered = watched.clone();
                tokio::select! {
                    () = answer_all(&listener, &answered) => {}
                    // Ended or beside another one: looked at above.
                    _ = watched.until(|it| it.mode.is_beside_bridge()) => {}
                }
            }
            Err(why) => {
                if let Some(Err(why)) = trouble.news(Err(why)) {
                    let message = format!("nobody can ask for metrics at {address}: {why}");
                    watched.say(Level::WARN, message).await;
                }
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    }
}

async fn answer_all(listener: &TcpListener, watched: &Watched) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // Broken off where this is not the bridge any more.
    let mut asking = JoinSet::new();
    loop {
        while asking.try_join_next().is_some() {}
        // Never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let watched = watched.clone();
                asking.spawn(async move {
                    let _place = place;
                    let _ = tokio::time::timeout(WITHIN, converse(stream, watched)).await;
                });
            }
            Err(_) => tokio::time::sleep(AGAIN_AFTER).await,
        }
    }
}

async fn converse(stream: TcpStream, watched: Watched) {
    let answer = service_fn(move |request: Request<_>| {
        let answer = answer(&request, &watched);
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(ASKED_WITHIN)
        .keep_alive(false)
        .max_buf_size(QUESTION)
        .serve_connection(TokioIo::new(stream), answer);
    // Whoever breaks off has not read it.
    let _ = serving.await;
}

fn answer<B>(request: &Request<B>, watched: &Watched) -> Response<String> {
    if request.uri().path() != "/metrics" {
        return refusal(StatusCode::NOT_FOUND, "only /metrics is here\n");
    }
    if request.method() != Method::GET {
        let mut refused = refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n");
        let allowed = HeaderValue::from_static("GET");
        refused.headers_mut().insert(ALLOW, allowed);
        return refused;
    }
    let how = wanted(request.headers());
    let Ok(text) = metrics(&watched.latest(), watched.clock.now(), how) else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "");
    };
    written(StatusCode::OK, how.content_type(), text)
}

/// `OpenMetrics`, unless whoever asks knows the older format alone.
fn wanted(headers: &HeaderMap) -> Exposition {
    let accepted = headers.get_all(ACCEPT).iter();
    let accepted: Vec<_> = accepted.filter_map(|value| value.to_str().ok()).collect();
    let accepts = |kind: &str| accepted.iter().any(|value| value.contains(kind));
    let older = accepts("text/plain") && !accepts("application/openmetrics-text");
    if older {
        Exposition::Text
    } else {
        Exposition::OpenMetrics
    }
}

fn refusal(status: StatusCode, why: &str) -> Response<String> {
    written(status, "text/plain; charset=utf-8", why.to_owned())
}

fn written(status: StatusCode, content: &'static str, text: String) -> Response<String> {
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let content = HeaderValue::from_static(content);
    response.headers_mut().insert(CONTENT_TYPE, content);
    response
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing(&[], Exposition::OpenMetrics)]
    #[case::anything(&["*/*"], Exposition::OpenMetrics)]
    #[case::prometheus(
        &["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4"],
        Exposition::OpenMetrics
    )]
    #[case::two_lines(&["text/plain", "application/openmetrics-text"], Exposition::OpenMetrics)]
    #[case::older(&["text/plain;version=0.0.4"], Exposition::Text)]
    fn whoever_asks_gets_what_they_read(#[case] accept: &[&'static str], #[case] how: Exposition) {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, HeaderValue::from_static(value));
        }
        assert_eq!(wanted(&headers), how);
    }
}
