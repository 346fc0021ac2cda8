//! Presence read and written.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::fake::{Fake, Reply};
use super::{CLIENT_ID, graph, id};
use crate::{FailureKind, LastAnswer, PresenceReading, Priority};
use model::clock::Clock;
use model::presence::SettablePair;

#[tokio::test]
async fn a_read_asks_for_the_ids_and_brings_the_entries() {
    let page = json!({"value": [
        {"id": id(2), "availability": "Busy", "activity": "InACall"},
        {"id": id(1), "availability": "Strange", "activity": "Available"},
    ]});
    let fake = Fake::answering([Reply::json(200, &page).with("request-id", "r-1")]).await;
    let (graph, clock) = graph(&fake);
    let due = clock.now();
    clock.advance(Duration::from_millis(40));
    let answer = graph
        .read_presences(&[id(1), id(2)], due, Priority::Poll)
        .await;

    let entries = answer.outcome.unwrap();
    assert_eq!((entries[0].id, entries[1].id), (id(2), id(1)));
    assert_eq!(answer.request_id.unwrap().to_string(), "r-1");
    assert_eq!(answer.unknown_values, [Arc::<str>::from("Strange")]);
    assert_eq!(answer.timing.lateness(), Duration::from_millis(40));
    assert!(answer.timing.first_byte.is_some());

    let seen = &fake.asked()[0];
    assert_eq!(seen.uri, "/v1.0/communications/getPresencesByUserId");
    assert_eq!(seen.json(), json!({"ids": [id(1), id(2)]}));
    assert!(seen.header("authorization").starts_with("Bearer head1."));
    assert_eq!(seen.header("content-type"), "application/json");
    assert!(seen.header("accept-encoding").contains("gzip"));
    assert!(uuid::Uuid::parse_str(seen.header("client-request-id")).is_ok());
}

#[tokio::test]
async fn what_the_next_answer_says_anew_is_read_anew() {
    let fake = Fake::start().await;
    let entry = |n, pair: &str| json!({"id": id(n), "availability": pair, "activity": pair});
    let answer = |second: &str| {
        let value = [entry(1, "Busy"), entry(2, second)];
        Reply::json(200, &json!({ "value": value }))
    };
    fake.then([
        answer("Away"),
        answer("Away"),
        Reply::error(503, "ServiceUnavailable", "later"),
        answer("Offline"),
        answer("Away"),
    ]);
    let (graph, clock) = graph(&fake);
    let mut last = LastAnswer::default();
    let mut said = Vec::new();
    for _ in 0..5 {
        let ids = [id(1), id(2)];
        let read = graph.read_presences_again(&ids, clock.now(), Priority::Poll, &mut last);
        let pair = |it: &PresenceReading| it.presence.as_ref().unwrap().availability.to_string();
        let outcome = read.await.outcome;
        said.push(outcome.map_or_else(
            |failure| format!("{:?}", failure.kind),
            |entries| entries.iter().map(pair).collect::<Vec<_>>().join(" "),
        ));
    }
    let expected = [
        "Busy Away",
        "Busy Away",
        "Server",
        "Busy Offline",
        "Busy Away",
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn further_pages_are_followed_on_this_host_only() {
    let fake = Fake::start().await;
    let next = format!("{}/v1.0/more?$skiptoken=a%2Fb", fake.base);
    let entry = |n| json!({"id": id(n), "availability": "Away", "activity": "Away"});
    fake.then([
        Reply::json(200, &json!({"value": [entry(1)], "@odata.nextLink": next})),
        Reply::json(200, &json!({"value": [entry(2)]})),
        Reply::json(
            200,
            &json!({"value": [], "@odata.nextLink": "https://evil.example/x"}),
        ),
    ]);
    let (graph, clock) = graph(&fake);
    let read = || graph.read_presences(&[], clock.now(), Priority::Poll);
    assert_eq!(read().await.outcome.unwrap().len(), 2);
    assert_eq!(fake.asked()[1].uri, "/v1.0/more?$skiptoken=a%2Fb");
    let failure = read().await.outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ForeignHost);
    assert!(failure.message.contains("evil.example"), "{failure}");
}

#[tokio::test]
async fn set_and_clear_carry_the_application_id_as_session() {
    let fake = Fake::answering([
        Reply::empty(200).with("request-id", "r-set"),
        Reply::empty(200),
    ])
    .await;
    let (graph, clock) = graph(&fake);
    let five = Duration::from_mins(5);
    let set = graph
        .set_presence(
            id(7),
            SettablePair::InACall,
            five,
            graph.admit(Priority::Set).await,
        )
        .await;
    assert_eq!(set.sent_at, Some(clock.now()));
    let accepted = set.outcome.unwrap();
    assert_eq!(accepted.request_id.unwrap().to_string(), "r-set");
    let cleared = graph
        .clear_presence(id(7), graph.admit(Priority::Clear).await)
        .await
        .outcome
        .unwrap();
    assert!(!cleared.already_gone);

    let [set, clear] = fake.asked().try_into().unwrap();
    assert_eq!(
        set.uri,
        format!("/v1.0/users/{}/presence/setPresence", id(7))
    );
    assert_eq!(
        set.json(),
        json!({"sessionId": CLIENT_ID, "availability": "Busy", "activity": "InACall",
            "expirationDuration": "PT5M"})
    );
    assert_eq!(
        clear.uri,
        format!("/v1.0/users/{}/presence/clearPresence", id(7))
    );
    assert_eq!(clear.json(), json!({"sessionId": CLIENT_ID}));
}

#[tokio::test]
async fn clearing_what_is_not_there_is_success_but_a_proxys_404_is_not() {
    let fake = Fake::answering([
        Reply::error(404, "NotFound", "no session").with("request-id", "r-404"),
        Reply::empty(404),
        Reply::text(404, "text/html", "<html><title>Blocked</title></html>"),
        Reply::text(200, "text/html", "<html>Welcome to the hotel</html>"),
    ])
    .await;
    let (graph, _clock) = graph(&fake);
    let first = graph
        .clear_presence(id(1), graph.admit(Priority::Clear).await)
        .await
        .outcome
        .unwrap();
    assert!(first.already_gone);
    assert_eq!(first.request_id.unwrap().to_string(), "r-404");
    assert!(
        graph
            .clear_presence(id(1), graph.admit(Priority::Clear).await)
            .await
            .outcome
            .unwrap()
            .already_gone
    );
    for _ in 0..2 {
        let failure = graph
            .clear_presence(id(1), graph.admit(Priority::Clear).await)
            .await
            .outcome
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Garbled);
        assert!(failure.message.contains("proxy"), "{failure}");
    }
}

#[tokio::test]
async fn one_budget_is_shared_by_all_clones() {
    let fake = Fake::start().await;
    let (graph, clock) = graph(&fake);
    let mut view = graph.watch_budget();
    let other = graph.clone();
    other
        .clear_presence(id(1), other.admit(Priority::Clear).await)
        .await
        .outcome
        .unwrap();
    graph
        .read_presences(&[id(1)], clock.now(), Priority::Poll)
        .await
        .outcome
        .unwrap();
    let both = view.wait_for(|view| view.used_30s == 2);
    let both = tokio::time::timeout(Duration::from_secs(30), both).await;
    assert_eq!(both.unwrap().unwrap().limit_30s, 1500);
}
