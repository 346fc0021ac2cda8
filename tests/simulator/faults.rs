//! The simulator's faults over a real socket: each must look to a client exactly as it would
//! in the field.

use std::time::Duration;

use crate::bench::bench;
use lampfield::simulator::{Fault, FaultKind, On, RetryAfter, Settings};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

#[tokio::test]
async fn a_reset_looks_like_a_reset_and_the_next_request_works() {
    let bench = bench(Settings::default()).await;
    bench.fault(Fault::new(FaultKind::Reset).on(On::Presences).times(1));
    let ids = [bench.id(0)];
    assert!(bench.read(&ids).await.is_err());
    assert_eq!(bench.read(&ids).await.unwrap().status(), 200);
    let counters = bench.running.control().counters();
    assert_eq!(counters.by_endpoint["presences"][&0], 1);
}

#[tokio::test]
async fn a_drip_is_slow_and_ends_with_the_fault() {
    let bench = bench(Settings::default()).await;
    let ids: Vec<String> = (0..20).map(|n| bench.id(n)).collect();
    bench.fault(Fault::new(FaultKind::SlowDrip { bytes_per_s: 50 }).times(1));
    let mut answer = bench.read(&ids).await.unwrap();
    let whole = async { while answer.chunk().await.unwrap().is_some() {} };
    let patience = Duration::from_millis(400);
    assert!(tokio::time::timeout(patience, whole).await.is_err());
    assert_eq!(bench.values(&ids).await.len(), 20);
}

#[rstest]
#[case(Some(RetryAfter::Seconds(10)), Some("10"))]
#[case(Some(RetryAfter::Decimal(0.5)), Some("0.5"))]
#[case(None, None)]
#[tokio::test]
async fn a_429_carries_the_wanted_form(
    #[case] form: Option<RetryAfter>,
    #[case] expected: Option<&str>,
) {
    let bench = bench(Settings::default()).await;
    bench.fault(Fault::new(FaultKind::throttled(form)).on(On::Presence));
    let answer = bench.read(&[bench.id(0)]).await.unwrap();
    assert_eq!(answer.status(), 429);
    let header = answer.headers().get("retry-after");
    assert_eq!(header.map(|h| h.to_str().unwrap()), expected);
}

#[tokio::test]
async fn bodies_are_spoilt_in_every_way() {
    let bench = bench(Settings::default()).await;
    let ids = [bench.id(0)];
    let once = |kind| bench.fault(Fault::new(kind).on(On::Presences).times(1));
    once(FaultKind::Truncated);
    let text = bench.read(&ids).await.unwrap().text().await.unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_err());
    once(FaultKind::Html { status: 200 });
    let answer = bench.read(&ids).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("<html>"));
    once(FaultKind::WrongContentType);
    let answer = bench.read(&ids).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain");
    once(FaultKind::Redirect {
        to: "http://elsewhere.example/".into(),
    });
    let answer = bench.read(&ids).await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "http://elsewhere.example/");
    once(FaultKind::HugeBody { mib: 3 });
    let text = bench.read(&ids).await.unwrap().text().await.unwrap();
    assert!(text.len() > 3 << 20);
    once(FaultKind::ClockSkew { seconds: -3_600 });
    let answer = bench.read(&ids).await.unwrap();
    let date = answer.headers()["date"].to_str().unwrap();
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date);
    let behind = bench.running.control().now().duration_since(date.unwrap());
    assert!((3_590..3_700).contains(&behind.as_secs()));
}

#[tokio::test]
async fn one_bad_id_fails_its_chunk_and_no_other() {
    let bench = bench(Settings::default()).await;
    let bad = bench.running.control().matched()[3].upn.clone().unwrap();
    bench.fault(
        Fault::new(FaultKind::status(500))
            .on(On::Presences)
            .for_user(&bad),
    );
    let with: Vec<String> = (0..5).map(|n| bench.id(n)).collect();
    let without: Vec<String> = (5..10).map(|n| bench.id(n)).collect();
    assert_eq!(bench.read(&with).await.unwrap().status(), 500);
    assert_eq!(bench.read(&without).await.unwrap().status(), 200);
}

#[tokio::test]
async fn values_of_one_user_can_be_odd_null_missing_extra_or_old() {
    let bench = bench(Settings::default()).await;
    let upn = bench.running.control().matched()[0].upn.clone().unwrap();
    let ids = [bench.id(0)];
    let once = |kind| bench.fault(Fault::new(kind).on(On::Presences).for_user(&upn).times(1));
    once(FaultKind::Value {
        availability: Some("FutureValue".into()),
        activity: None,
    });
    let odd = bench.values(&ids).await;
    assert_eq!(odd[0]["availability"], "FutureValue");
    assert_eq!(odd[0]["activity"], Value::Null);
    once(FaultKind::NullFields);
    assert_eq!(
        bench.values(&ids).await[0]["outOfOfficeSettings"],
        Value::Null
    );
    once(FaultKind::MissingFields);
    assert!(bench.values(&ids).await[0].get("availability").is_none());
    once(FaultKind::ExtraFields);
    assert!(bench.values(&ids).await[0].get("lastSeen").is_some());
    once(FaultKind::Missing);
    assert!(bench.values(&ids).await.is_empty());
    let control = bench.running.control();
    control.advance(Duration::from_mins(2));
    let call = serde_json::from_str(r#"{"do":"call"}"#).unwrap();
    control.teams(&upn, &call).unwrap();
    once(FaultKind::ReadLag { seconds: 30 });
    assert_eq!(bench.values(&ids).await[0]["activity"], "Available");
    assert_eq!(bench.values(&ids).await[0]["activity"], "InACall");
}

#[tokio::test]
async fn next_links_can_lead_astray() {
    let bench = bench(Settings::default()).await;
    let next = async |kind| {
        bench.fault(Fault::new(kind).on(On::Users).times(1));
        let answer = bench.try_send(Method::GET, "/users?$top=5", None).await;
        let text = answer.unwrap().text().await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        (
            body["@odata.nextLink"].as_str().map(str::to_owned),
            body["value"].clone(),
        )
    };
    let own = format!("{}/users?$top=5", bench.running.ready().graph_base);
    assert_eq!(next(FaultKind::NextLinkLoop).await.0, Some(own));
    let to = "http://evil.example/v1.0/users".to_owned();
    let foreign = FaultKind::NextLinkForeign { to: to.clone() };
    assert_eq!(next(foreign).await.0, Some(to));
    assert_eq!(next(FaultKind::EmptyDirectory).await, (None, json!([])));
}
