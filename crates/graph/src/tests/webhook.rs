//! Alerts to a server that is not Microsoft's.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use rstest::rstest;

use super::super::{Failure, SetupError, Timeouts, Webhook};
use super::clock;
use super::fake::{Fake, Reply};
use model::cause::Cause;

const SECRET_PATH: &str = "/services/T04/aZ81kQ55mPx3?sig=q7Rt-92xLw";

fn webhook(base: &str) -> Result<Webhook, SetupError> {
    let url: Url = format!("{base}{SECRET_PATH}").parse().unwrap();
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        ..Timeouts::default()
    };
    Webhook::new(&url, None, timeouts, clock() as Arc<_>)
}

async fn post(fake: &Fake) -> Result<(), Failure> {
    webhook(&fake.base).unwrap().post(r#"{"schema":1}"#).await
}

fn failed(outcome: Result<(), Failure>) -> Failure {
    let failure = outcome.unwrap_err();
    let shown = format!("{failure:?}");
    assert!(!shown.contains("aZ81kQ55mPx3"), "{shown}");
    assert!(!shown.contains("q7Rt"), "{shown}");
    failure
}

#[rstest]
#[case::ok(200)]
#[case::accepted(202)]
#[case::nothing(204)]
#[tokio::test]
async fn it_is_posted_once_as_json_and_any_success_will_do(#[case] status: u16) {
    let fake = Fake::answering([Reply::text(status, "text/html", "<html>ok")]).await;
    post(&fake).await.unwrap();
    let [seen] = &*fake.asked() else {
        panic!("{:?}", fake.asked());
    };
    assert_eq!((&*seen.uri, seen.method.as_str()), (SECRET_PATH, "POST"));
    assert_eq!(seen.header("content-type"), "application/json");
    assert_eq!(seen.body, r#"{"schema":1}"#);
    assert_eq!(seen.header("authorization"), "", "no token of ours");
}

#[rstest]
#[case::gone(410)]
#[case::forbidden(403)]
#[case::broken(503)]
#[case::moved_elsewhere_on_the_host(302)]
#[tokio::test]
async fn any_other_answer_is_a_failure_with_host_and_status(#[case] status: u16) {
    let reply = Reply::text(status, "text/plain", "aZ81kQ55mPx3 is no hook");
    let fake = Fake::answering([reply.with("location", "/login")]).await;
    let failure = failed(post(&fake).await);
    let host = "127.0.0.1".into();
    assert_eq!(failure.cause, Cause::Webhook { host, status });
    assert!(failure.message.contains("127.0.0.1 answers"), "{failure}");
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_known() {
    let busy = Reply::empty(429).with("retry-after", "17");
    let fake = Fake::answering([busy]).await;
    let failure = failed(post(&fake).await);
    assert_eq!(failure.retry_after, Some(Duration::from_secs(17)));
}

#[tokio::test]
async fn a_redirect_stays_on_the_host() {
    let moved = Reply::empty(308).with("location", "/services/new");
    let fake = Fake::answering([moved, Reply::empty(200)]).await;
    post(&fake).await.unwrap();
    let asked = fake.asked();
    let last = asked.last().unwrap();
    assert_eq!(
        (&*last.uri, &*last.body),
        ("/services/new", r#"{"schema":1}"#)
    );
    let other = Fake::start().await;
    // The same machine under another name and port is another host.
    let away = format!("{}/steal", other.base.replace("127.0.0.1", "localhost"));
    for status in [302, 307] {
        let fake = Fake::answering([Reply::empty(status).with("location", &away)]).await;
        let failure = failed(post(&fake).await);
        assert_eq!(failure.cause, Cause::ForeignHost("localhost".into()));
    }
    assert!(other.asked().is_empty(), "it went to another host");
}

#[tokio::test]
async fn nobody_there_is_a_failure_of_the_connection() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let outcome = webhook(&base).unwrap().post("{}").await;
    assert!(matches!(failed(outcome).cause, Cause::Connection(_)));
}

#[test]
fn plain_http_leaves_no_machine() {
    let refused = webhook("http://hooks.example").err().unwrap();
    assert!(matches!(refused, SetupError::PlainHttp { .. }));
    assert!(!refused.to_string().contains("aZ81"), "{refused}");
}
