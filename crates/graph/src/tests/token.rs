//! The token: asked for, kept, renewed, refused.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rstest::rstest;
use serde_json::{Value, json};

use super::fake::{Fake, Reply, Seen, grant};
use super::{CLIENT_ID, SECRET, clock, graph, id, settings};
use crate::{Credential, Failure, FailureKind, Graph, Priority, SetupError};
use clocks::ManualClock;
use model::clock::Clock;

async fn read(graph: &Graph, clock: &ManualClock) -> Result<usize, Failure> {
    let ids = [id(1)];
    let answer = graph.read_presences(&ids, clock.now(), Priority::Poll);
    answer.await.outcome.map(|entries| entries.len())
}

/// Which token a request carried: the part before the first dot.
fn which(seen: &Seen) -> &str {
    let token = seen.header("authorization").trim_start_matches("Bearer ");
    token.split('.').next().unwrap()
}

fn refused(code: u64) -> Reply {
    Reply::json(
        401,
        &json!({"error": "invalid_client", "error_codes": [code], "trace_id": "trace",
            "error_description": format!("AADSTS{code}: no. Secret was {SECRET}\r\nTrace ID: x")}),
    )
}

#[tokio::test]
async fn a_secret_is_sent_as_the_documentation_says() {
    let fake = Fake::start().await;
    let (graph, clock) = graph(&fake);
    graph.renew_token().await.unwrap();
    let seen = &fake.token_requests()[0];
    assert_eq!(seen.uri, "/tenant.example/oauth2/v2.0/token");
    let form = seen.form();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["client_id"], CLIENT_ID);
    assert_eq!(form["client_secret"], SECRET);
    assert_eq!(form["scope"], format!("{}/.default", fake.base));
    assert_eq!(seen.header("authorization"), "");

    let view = graph.watch_token().borrow().clone();
    assert_eq!(view.renewed_at, Some(clock.now()));
    assert_eq!(
        view.expires_at.unwrap().as_second() - clock.now().as_second(),
        3600
    );
    assert_eq!(&*view.roles[0], "Presence.ReadWrite.All");
    assert_eq!(view.failure, None);
}

/// A certificate and its RSA key, PEM.
fn certificate() -> (String, String) {
    certificate_of(include_str!("../../../../tests/keys/rsa_1.pem"))
}

/// A certificate of somebody else.
fn other_certificate() -> String {
    certificate_of(include_str!("../../../../tests/keys/rsa_2.pem")).0
}

fn certificate_of(key_pem: &str) -> (String, String) {
    let key = rcgen::KeyPair::from_pem(key_pem).unwrap();
    let params = rcgen::CertificateParams::new(vec!["lampfield.example".into()]).unwrap();
    (params.self_signed(&key).unwrap().pem(), key_pem.to_owned())
}

/// Header and claims of an assertion whose signature is checked against the certificate.
fn verified(assertion: &str, certificate_pem: &str) -> (Value, Value) {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let der = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).unwrap();
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    webpki::EndEntityCert::try_from(&der)
        .unwrap()
        .verify_signature(
            webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
            signed.as_bytes(),
            &signature,
        )
        .unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    (json_of(header), json_of(claims))
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn with_certificate(base: &str, certificate: &str, key: &str) -> crate::Settings {
    crate::Settings {
        credential: Credential::Certificate {
            certificate_pem: certificate.as_bytes().to_vec(),
            private_key_pem: key.into(),
        },
        ..settings(base)
    }
}

#[tokio::test]
async fn a_certificate_signs_an_assertion_that_its_public_key_verifies() {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use sha2::Digest;

    let fake = Fake::start().await;
    let ((pem, key), other) = (certificate(), other_certificate());
    // Of a bundle the fitting one is used, and the key file may hold the certificate as well.
    let settings = with_certificate(&fake.base, &format!("{other}{pem}"), &format!("{pem}{key}"));
    let clock = clock();
    let graph = Graph::new(&settings, Arc::clone(&clock) as _).unwrap();
    graph.renew_token().await.unwrap();

    let form = fake.token_requests()[0].form();
    assert!(!form.contains_key("client_secret"));
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let (header, claims) = verified(&form["client_assertion"], &pem);
    let audience = format!("{}/tenant.example/oauth2/v2.0/token", fake.base);
    assert_eq!(claims["aud"], audience);
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&der));
    assert_eq!(header["alg"], "PS256");
    assert_eq!(header["x5t#S256"], thumbprint);
    assert_eq!(header["typ"], "JWT");
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!(CLIENT_ID), &json!(CLIENT_ID))
    );
    assert_eq!(claims["nbf"], clock.now().as_second());
    assert_eq!(claims["exp"], clock.now().as_second() + 300);
    assert!(uuid::Uuid::parse_str(claims["jti"].as_str().unwrap()).is_ok());
}

#[tokio::test]
async fn an_assertion_is_dated_by_entras_clock_where_ours_is_wrong() {
    let fake = Fake::start().await;
    let theirs = "Mon, 02 Mar 2026 09:00:00 GMT";
    fake.entra([refused(700_024).with("date", theirs)]);
    let (pem, key) = certificate();
    let graph = Graph::new(&with_certificate(&fake.base, &pem, &key), clock()).unwrap();
    let failure = graph.renew_token().await.unwrap_err();
    assert!(failure.message.contains("clock is wrong"), "{failure}");
    graph.renew_token().await.unwrap();
    let assertion = fake.token_requests()[1].form()["client_assertion"].clone();
    let (_, claims) = verified(&assertion, &pem);
    assert_eq!(
        claims["nbf"],
        "2026-03-02T09:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_second()
    );
}

#[test]
fn files_that_do_not_fit_are_refused_before_anything_is_sent() {
    let ((pem, key), other) = (certificate(), other_certificate());
    let ec = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let locked = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let graph = |certificate: &str, key: &str| {
        let settings = with_certificate("http://127.0.0.1:9", certificate, key);
        Graph::new(&settings, clock()).map(drop).unwrap_err()
    };
    assert_eq!(graph(&other, &key), SetupError::KeyMismatch);
    assert!(matches!(graph(&key, &key), SetupError::Certificate(_)));
    assert!(matches!(graph("", &key), SetupError::Certificate(_)));
    assert!(matches!(graph(&pem, &pem), SetupError::PrivateKey(_)));
    assert!(
        matches!(graph(&pem, &ec), SetupError::PrivateKey(why) if why.in_lang(words::Lang::En).contains("RSA"))
    );
    assert!(
        matches!(graph(&pem, &locked), SetupError::PrivateKey(why) if why.in_lang(words::Lang::En).contains("encrypted"))
    );
}

#[tokio::test]
async fn fifty_callers_share_one_renewal() {
    let fake = Fake::start().await;
    let (graph, clock) = graph(&fake);
    let reads: Vec<_> = (0..50)
        .map(|_| {
            let (graph, clock) = (graph.clone(), Arc::clone(&clock));
            tokio::spawn(async move { read(&graph, &clock).await })
        })
        .collect();
    for one in reads {
        one.await.unwrap().unwrap();
    }
    assert_eq!((fake.token_requests().len(), fake.asked().len()), (1, 50));
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_without_anybody_waiting() {
    let fake = Fake::start().await;
    let (graph, clock) = graph(&fake);
    read(&graph, &clock).await.unwrap();
    clock.advance(Duration::from_mins(50));
    read(&graph, &clock).await.unwrap();
    assert_eq!(fake.token_requests().len(), 1);
    let mut view = graph.watch_token();
    clock.advance(Duration::from_mins(5));
    read(&graph, &clock).await.unwrap();
    assert!(
        fake.asked()[2]
            .header("authorization")
            .starts_with("Bearer head1.")
    );
    let renewed = view.wait_for(|view| view.renewed_at == Some(clock.now()));
    tokio::time::timeout(Duration::from_secs(30), renewed)
        .await
        .unwrap()
        .unwrap();
    read(&graph, &clock).await.unwrap();
    assert!(
        fake.asked()[3]
            .header("authorization")
            .starts_with("Bearer head2.")
    );
}

#[tokio::test]
async fn an_expired_token_is_never_sent() {
    let fake = Fake::start().await;
    let (graph, clock) = graph(&fake);
    read(&graph, &clock).await.unwrap();
    clock.advance(Duration::from_hours(1));
    read(&graph, &clock).await.unwrap();
    assert!(
        fake.asked()[1]
            .header("authorization")
            .starts_with("Bearer head2.")
    );
}

#[tokio::test]
async fn a_401_costs_one_renewal_and_one_retry() {
    let no = || Reply::error(401, "InvalidAuthenticationToken", "expired");
    let fake = Fake::answering([no()]).await;
    let (graph, clock) = graph(&fake);
    assert_eq!(read(&graph, &clock).await.unwrap(), 0);
    let tokens: Vec<_> = fake
        .asked()
        .iter()
        .map(|seen| which(seen).to_owned())
        .collect();
    assert_eq!(tokens, ["head1", "head2"]);

    fake.then([no(), no()]);
    let failure = read(&graph, &clock).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.status),
        (FailureKind::Unauthorized, Some(401))
    );
    assert_eq!((fake.asked().len(), fake.token_requests().len()), (4, 3));

    // Entra is not asked again and again while Graph goes on refusing.
    fake.then([no()]);
    assert_eq!(
        read(&graph, &clock).await.unwrap_err().kind,
        FailureKind::Unauthorized
    );
    assert_eq!((fake.asked().len(), fake.token_requests().len()), (5, 3));
    clock.advance(Duration::from_secs(5));
    fake.then([no()]);
    assert_eq!(read(&graph, &clock).await.unwrap(), 0);
    assert_eq!(fake.token_requests().len(), 4);
}

#[tokio::test]
async fn refused_credentials_are_not_tried_in_a_hurry_but_at_once_when_asked() {
    let fake = Fake::start().await;
    fake.entra([refused(7_000_222), refused(7_000_222), refused(7_000_222)]);
    let (graph, clock) = graph(&fake);
    for _ in 0..20 {
        let answer = graph
            .read_presences(&[id(1)], clock.now(), Priority::Poll)
            .await;
        assert_eq!(answer.outcome.unwrap_err().kind, FailureKind::Credentials);
        assert_eq!(answer.timing.first_byte, None);
    }
    assert_eq!(
        graph
            .clear_presence(id(1), graph.admit(Priority::Clear).await)
            .await
            .sent_at,
        None
    );
    assert_eq!(fake.token_requests().len(), 1);
    clock.advance(Duration::from_secs(5));
    read(&graph, &clock).await.unwrap_err();
    clock.advance(Duration::from_secs(9));
    read(&graph, &clock).await.unwrap_err();
    assert_eq!(fake.token_requests().len(), 2);

    graph.renew_token().await.unwrap_err();
    let told = graph.watch_token().borrow().failure.clone().unwrap();
    assert!(
        told.message.contains("secret expired (AADSTS7000222)"),
        "{told}"
    );
    graph.renew_token().await.unwrap();
    assert_eq!(graph.watch_token().borrow().failure, None);
    read(&graph, &clock).await.unwrap();
    assert_eq!(
        graph.watch_budget().borrow().used_30s,
        1,
        "nothing else went to Graph"
    );
}

#[rstest]
#[case(Reply::text(200, "text/html", "<html>portal"), FailureKind::Garbled)]
#[case(
    Reply::text(200, "application/json", "{\"access_token\":\"x"),
    FailureKind::Garbled
)]
#[case(Reply::json(200, &json!({"token_type": "Bearer"})), FailureKind::Garbled)]
#[case(Reply::json(200, &json!({"token_type": "Bearer", "access_token": "a\nb"})), FailureKind::Garbled)]
#[case(Reply::empty(500), FailureKind::Server)]
#[case(Reply::text(503, "text/html", "<html>"), FailureKind::Server)]
#[case(Reply::json(429, &json!({"error": "temporarily_unavailable", "error_codes": [90_055]})), FailureKind::Throttled)]
#[case(Reply::empty(302).with("location", "https://portal.example/login"), FailureKind::ForeignHost)]
#[case(Reply::json(200, &json!({"error": "invalid_client", "error_codes": [7_000_222]})), FailureKind::Credentials)]
#[tokio::test]
async fn what_is_no_token_is_called_so(#[case] reply: Reply, #[case] kind: FailureKind) {
    let fake = Fake::start().await;
    fake.entra([reply]);
    let (graph, clock) = graph(&fake);
    let failure = read(&graph, &clock).await.unwrap_err();
    assert_eq!(failure.kind, kind, "{failure}");
    assert!(fake.asked().is_empty());
}

/// A proxy may change the head of an answer, not what it says.
#[rstest]
#[case(200, "text/html; charset=utf-16")]
#[case(201, "application/json")]
#[tokio::test]
async fn a_token_is_taken_whatever_the_head_says(#[case] status: u16, #[case] kind: &str) {
    let fake = Fake::start().await;
    let token = json!({"token_type": "Bearer", "access_token": "a.b.c", "expires_in": 3_599});
    fake.entra([Reply::text(status, kind, &token.to_string())]);
    let (graph, clock) = graph(&fake);
    read(&graph, &clock).await.unwrap();
}

#[tokio::test]
async fn a_failed_early_renewal_does_not_take_the_good_token_away() {
    let fake = Fake::start().await;
    fake.entra([grant(1, 3600), Reply::empty(500)]);
    let (graph, clock) = graph(&fake);
    read(&graph, &clock).await.unwrap();
    clock.advance(Duration::from_mins(55));
    let mut view = graph.watch_token();
    read(&graph, &clock).await.unwrap();
    let failed = view.wait_for(|view| view.failure.is_some());
    tokio::time::timeout(Duration::from_secs(30), failed)
        .await
        .unwrap()
        .unwrap();
    read(&graph, &clock).await.unwrap();
    assert!(view.borrow().expires_at.is_some());
}

#[tokio::test]
async fn neither_secret_nor_token_is_ever_shown() {
    let fake = Fake::start().await;
    fake.entra([refused(1)]);
    let (graph, clock) = graph(&fake);
    let mut shown = format!("{:?}", settings(&fake.base));
    let failure = graph.renew_token().await.unwrap_err();
    write!(
        shown,
        "{failure}{failure:?}{:?}",
        graph.watch_token().borrow()
    )
    .unwrap();
    graph.renew_token().await.unwrap();
    read(&graph, &clock).await.unwrap();
    let seen = fake.asked();
    let token = seen[0]
        .header("authorization")
        .trim_start_matches("Bearer ")
        .to_owned();
    fake.then([Reply::error(400, "x", &format!("I do not like {token}"))]);
    let failure = read(&graph, &clock).await.unwrap_err();
    write!(
        shown,
        "{failure}{failure:?}{:?}",
        graph.watch_token().borrow()
    )
    .unwrap();
    assert!(shown.contains("I do not like"), "{shown}");
    let first_part = token.split('.').next().unwrap();
    for hidden in [SECRET, &token, first_part] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[tokio::test]
async fn a_write_that_is_always_refused_does_not_renew_the_token_each_time() {
    let fake = Fake::start().await;
    let (graph, clock) = graph(&fake);
    let no = || Reply::error(401, "ServiceError", "An error has occurred.");
    for _ in 0..10 {
        read(&graph, &clock).await.unwrap();
        fake.then([no(), no()]);
        let failure = graph
            .clear_presence(id(1), graph.admit(Priority::Clear).await)
            .await
            .outcome
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unauthorized);
        while read(&graph, &clock).await.is_err() {}
    }
    assert_eq!(fake.token_requests().len(), 2);
}

/// Whatever is said of a token's life: where one came it is used, and Entra is asked every few
/// seconds at most.
#[rstest]
#[case(json!(0))]
#[case(json!(1))]
#[case(json!(-1))]
#[case(json!(0.5))]
#[case(json!("3599"))]
#[case(json!("soon"))]
#[case(json!(31_536_000))]
#[case(json!(1e300))]
#[case(json!(u64::MAX))]
#[case(json!([3599]))]
#[case(json!(true))]
#[case(json!(null))]
#[tokio::test]
async fn no_lifetime_makes_a_storm_of_token_requests(#[case] life: Value) {
    let fake = Fake::start().await;
    let answer = json!({"token_type": "Bearer", "access_token": "a.e30.c", "expires_in": life});
    fake.entra((0..60).map(|_| Reply::json(200, &answer)));
    fake.then((0..60).map(|_| Reply::json(200, &json!({"value": []}))));
    let (graph, clock) = graph(&fake);
    for _ in 0..60 {
        read(&graph, &clock).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let asked = fake.token_requests().len();
    assert!(asked <= 13, "{asked} token requests in a minute");
}
