//! Everything that an answer can be instead of an answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rstest::rstest;
use serde_json::json;

use super::fake::{Fake, Raw, Reply, raw};
use super::{clock, graph, id, settings};
use crate::{Failure, FailureKind, Graph, Priority, SetupError, Timeouts};
use model::clock::{Clock, elapsed};

async fn read(graph: &Graph) -> Result<usize, Failure> {
    let due = Timestamp::UNIX_EPOCH;
    let answer = graph.read_presences(&[id(1)], due, Priority::Poll).await;
    answer.outcome.map(|entries| entries.len())
}

async fn failure_of(reply: Reply) -> Failure {
    let fake = Fake::answering([reply]).await;
    read(&graph(&fake).0).await.unwrap_err()
}

#[rstest]
#[case(
    400,
    "BadRequest",
    "too many ids",
    FailureKind::Rejected,
    "too many ids"
)]
#[case(
    403,
    "Forbidden",
    "",
    FailureKind::Permission,
    "lacks Presence.ReadWrite.All (403: Forbidden)"
)]
#[case(403, "", "", FailureKind::Permission, "admin consent")]
#[case(
    404,
    "NotFound",
    "gone",
    FailureKind::NotFound,
    "does not know the user"
)]
#[case(405, "x", "y", FailureKind::Rejected, "405")]
#[case(407, "x", "y", FailureKind::Network, "proxy")]
#[case(408, "x", "y", FailureKind::Timeout, "408")]
#[case(410, "x", "y", FailureKind::Rejected, "410")]
#[case(
    429,
    "TooManyRequests",
    "slow down",
    FailureKind::Throttled,
    "too many requests"
)]
#[case(
    500,
    "generalException",
    "",
    FailureKind::Server,
    "trouble at Microsoft"
)]
#[case(502, "x", "y", FailureKind::Server, "502")]
#[case(503, "ServiceUnavailable", "", FailureKind::Server, "503")]
#[case(504, "x", "y", FailureKind::Server, "504")]
#[case(509, "x", "y", FailureKind::Throttled, "509")]
#[tokio::test]
async fn every_status_has_its_kind_and_its_words(
    #[case] status: u16,
    #[case] code: &str,
    #[case] message: &str,
    #[case] kind: FailureKind,
    #[case] words: &str,
) {
    let failure = failure_of(Reply::error(status, code, message)).await;
    assert_eq!(
        (failure.kind, failure.status),
        (kind, Some(status)),
        "{failure}"
    );
    assert!(failure.message.contains(words), "{failure}");
    assert!(failure.message.contains("read presence"), "{failure}");
    assert_eq!(failure.request_id.unwrap().to_string(), "inner-id");
}

#[tokio::test]
async fn a_refusal_reads_like_advice() {
    let reply = Reply::error(403, "Forbidden", "").with("request-id", "r-9");
    let failure = failure_of(reply).await;
    assert_eq!(
        &*failure.message,
        "Graph refused to read presence: the application lacks Presence.ReadWrite.All \
         (403: Forbidden). Grant it under API permissions (type Application) and give admin \
         consent; it is in the next token (request-id r-9)"
    );
}

#[rstest]
#[case(json!({"error": {"innererror": {"innererror": {"request-id": "deep"}}}}), "deep")]
#[case(json!({"error": {"code": 7, "message": null, "innerError": {"request-id": "x\u{1b}[2J"}}}), "x[2J")]
#[tokio::test]
async fn the_request_id_is_found_wherever_it_is(
    #[case] body: serde_json::Value,
    #[case] expected: &str,
) {
    let failure = failure_of(Reply::json(400, &body)).await;
    assert_eq!(failure.request_id.unwrap().to_string(), expected);
}

#[rstest]
#[case(
    Reply::text(200, "text/html", "<html><title>Sign in to Wi\u{1b}Fi</title>"),
    FailureKind::Garbled,
    "Sign in to WiFi"
)]
#[case(
    Reply::text(200, "application/json", " <!doctype html>"),
    FailureKind::Garbled,
    "proxy"
)]
#[case(
    Reply::text(200, "text/plain", "blocked"),
    FailureKind::Garbled,
    "not JSON"
)]
#[case(
    Reply::text(200, "application/json", "{\"value\":[{\"id\":"),
    FailureKind::Garbled,
    "ends in the middle"
)]
#[case(
    Reply::text(200, "application/json", "[1,2"),
    FailureKind::Garbled,
    "cut off or damaged"
)]
#[case(Reply::empty(200), FailureKind::Garbled, "ends in the middle")]
#[case(
    Reply::text(403, "text/html", "<html>Blocked"),
    FailureKind::Garbled,
    "let this host through"
)]
#[case(
    Reply::text(502, "text/html", "<html>Bad Gateway"),
    FailureKind::Server,
    "502"
)]
#[case(
    Reply::text(407, "text/html", "<html>"),
    FailureKind::Network,
    "user name and password"
)]
#[tokio::test]
async fn what_is_no_graph_answer_is_called_so(
    #[case] reply: Reply,
    #[case] kind: FailureKind,
    #[case] words: &str,
) {
    let failure = failure_of(reply).await;
    assert_eq!(failure.kind, kind, "{failure}");
    assert!(failure.message.contains(words), "{failure}");
}

#[tokio::test]
async fn an_answer_beyond_8_mib_is_not_read() {
    let body = format!("{{\"value\":[],\"x\":\"{}\"}}", "y".repeat(9 << 20));
    let failure = failure_of(Reply::text(200, "application/json", &body)).await;
    assert_eq!(failure.kind, FailureKind::Garbled);
    assert!(failure.message.contains("8 MiB"), "{failure}");
}

#[rstest]
#[case("10", 10)]
#[case("0.5", 1)]
#[case("9999", 300)]
#[case("Mon, 02 Mar 2026 08:00:42 GMT", 42)]
#[tokio::test]
async fn retry_after_freezes_every_request(#[case] header: &str, #[case] seconds: u64) {
    let fake =
        Fake::answering([Reply::error(429, "TooManyRequests", "").with("retry-after", header)])
            .await;
    let (graph, clock) = graph(&fake);
    let failure = read(&graph).await.unwrap_err();
    assert_eq!(failure.retry_after, Some(Duration::from_secs(seconds)));
    let mut budget = graph.watch_budget();
    let view = budget.wait_for(|view| view.throttled_until.is_some());
    let view = tokio::time::timeout(Duration::from_secs(30), view).await;
    let until = view.unwrap().unwrap().throttled_until.unwrap();
    assert_eq!(elapsed(clock.now(), until).as_secs(), seconds);

    let mut next = Box::pin(read(&graph));
    let early = tokio::time::timeout(Duration::from_millis(30), &mut next).await;
    assert!(
        early.is_err() && fake.asked().len() == 1,
        "sent during the freeze"
    );
    clock.advance(Duration::from_secs(seconds));
    assert_eq!(next.await.unwrap(), 0);
}

#[tokio::test]
async fn a_gateways_429_without_json_is_heeded_as_well() {
    let page = Reply::text(429, "text/html", "<html>slow down").with("retry-after", "20");
    let failure = failure_of(page).await;
    assert_eq!(failure.kind, FailureKind::Throttled);
    assert_eq!(failure.retry_after, Some(Duration::from_secs(20)));
}

#[tokio::test]
async fn after_an_overload_the_next_request_takes_a_new_connection() {
    let fake = Fake::start().await;
    let (graph, _clock) = graph(&fake);
    for _ in 0..8 {
        read(&graph).await.unwrap();
    }
    fake.then([Reply::error(503, "ServiceUnavailable", "")]);
    assert_eq!(read(&graph).await.unwrap_err().kind, FailureKind::Server);
    read(&graph).await.unwrap();
    let ports: Vec<_> = fake.asked().iter().map(|seen| seen.port).collect();
    let (new, old) = ports.split_last().unwrap();
    assert!(
        old.windows(2).any(|two| two[0] == two[1]),
        "connections are kept: {old:?}"
    );
    assert!(!old.contains(new), "{new} in {old:?}");
}

#[rstest]
#[case(301)]
#[case(302)]
#[case(307)]
#[case(308)]
#[tokio::test]
async fn a_redirect_to_another_host_is_refused_and_the_token_stays(#[case] status: u16) {
    let thief = Fake::start().await;
    let elsewhere = format!("{}/v1.0/x", thief.base);
    let fake = Fake::answering([Reply::empty(status).with("location", &elsewhere)]).await;
    let failure = read(&graph(&fake).0).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.status),
        (FailureKind::ForeignHost, Some(status))
    );
    assert!(thief.asked().is_empty());
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_once_and_stays_a_post() {
    let fake = Fake::answering([Reply::empty(302).with("location", "/v1.0/moved")]).await;
    let (graph, _clock) = graph(&fake);
    assert_eq!(read(&graph).await.unwrap(), 0);
    let [first, second] = fake.asked().try_into().unwrap();
    assert_eq!(
        (second.method.as_str(), &*second.uri),
        ("POST", "/v1.0/moved")
    );
    assert_eq!(second.body, first.body);

    let circle = || Reply::empty(302).with("location", "/v1.0/again");
    fake.then([circle(), circle()]);
    assert_eq!(read(&graph).await.unwrap_err().kind, FailureKind::Garbled);
}

const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{\"value\":[";

#[rstest]
#[case(Raw::Close(HEAD), FailureKind::Garbled, "cut off")]
#[case(Raw::Close(""), FailureKind::Network, "no connection")]
#[case(
    Raw::Close(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"
    ),
    FailureKind::Garbled,
    "damaged"
)]
#[case(
    Raw::Close("SSH-2.0-OpenSSH_9.9\r\n"),
    FailureKind::Network,
    "no connection"
)]
#[case(Raw::Reset(""), FailureKind::Network, "no connection")]
#[case(Raw::Reset(HEAD), FailureKind::Network, "broke in the middle")]
#[case(Raw::Drip(HEAD), FailureKind::Timeout, "did not end in time")]
#[case(Raw::Silent, FailureKind::Timeout, "did not answer in time")]
#[tokio::test]
async fn a_broken_connection_has_its_kind(
    #[case] behaviour: Raw,
    #[case] kind: FailureKind,
    #[case] words: &str,
) {
    let mut settings = settings(&raw(behaviour).await);
    if kind == FailureKind::Timeout {
        settings.timeouts = Timeouts {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(1),
            total: Duration::from_millis(1500),
        };
    }
    let graph = Graph::new(&settings, clock()).unwrap();
    let failure = read(&graph).await.unwrap_err();
    assert_eq!(failure.kind, kind, "{failure}");
    assert!(failure.message.contains(words), "{failure}");
}

#[tokio::test]
async fn nobody_listening_is_said_with_the_host() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let graph = Graph::new(&settings(&base), clock()).unwrap();
    let failure = graph.renew_token().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(failure.message.contains("127.0.0.1"), "{failure}");
    assert!(failure.message.contains("refused"), "{failure}");
}

#[tokio::test]
async fn a_wrong_clock_is_noticed_and_named_when_it_matters() {
    let theirs = "Mon, 02 Mar 2026 07:50:00 GMT";
    let refused = || Reply::error(401, "InvalidAuthenticationToken", "").with("date", theirs);
    let fake = Fake::answering([refused(), refused()]).await;
    let (graph, _clock) = graph(&fake);
    let failure = read(&graph).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert!(
        failure.message.contains("599 s ahead of Microsoft's"),
        "{failure}"
    );
    assert_eq!(*graph.watch_clock_skew().borrow(), Some(599_000));
}

/// A certificate authority: what clients trust, and a server's TLS configuration under it.
fn authority() -> (String, Arc<rustls::ServerConfig>) {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let anchor = params.self_signed(&key).unwrap().pem();
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
    let server = server
        .signed_by(&server_key, &Issuer::new(params, key))
        .unwrap();
    let provider = tls::provider();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], server_key.into())
        .unwrap();
    (anchor, Arc::new(config))
}

/// An https server that answers every request with a token; returns its base.
fn https(config: Arc<rustls::ServerConfig>) -> String {
    use std::io::{Read, Write};
    const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\
        Content-Length: 64\r\n\r\n{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"a.b.c\"}";
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, socket.unwrap());
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(ANSWER.as_bytes());
                let _ = stream.flush();
            }
        }
    });
    base
}

#[tokio::test]
async fn a_further_trust_anchor_is_trusted_and_a_missing_one_is_named() {
    let ((anchor, config), (other, _)) = (authority(), authority());
    let base = https(config);
    let with = |pem: &str| {
        let mut settings = settings(&base);
        settings.ca_pem = Some(pem.as_bytes().to_vec());
        Graph::new(&settings, clock())
    };
    with(&anchor).unwrap().renew_token().await.unwrap();
    let failure = with(&other).unwrap().renew_token().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    // The setting is set: its name would be no advice.
    assert!(
        failure.message.contains("are given do not vouch"),
        "{failure}"
    );
    assert!(!failure.message.contains("ca_file"), "{failure}");
    assert!(matches!(
        with("no certificate"),
        Err(SetupError::TrustAnchor(_))
    ));
}
