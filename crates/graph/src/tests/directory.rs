//! The directory: pages, changes, and links that lead astray.

use rstest::rstest;
use serde_json::{Value, json};

use super::fake::{Fake, Reply};
use super::{graph, id};
use crate::{Directory, FailureKind};
use model::presence::EntraUser;
use model::string_pool::ArcStr;

const SELECT: &str =
    "$select=id,userPrincipalName,displayName,accountEnabled,userType,assignedPlans,department";

fn user(n: u128, name: &str) -> Value {
    json!({"id": id(n), "userPrincipalName": format!("u{n}@corp.example"), "displayName": name,
        "accountEnabled": true, "userType": "Member", "assignedPlans": []})
}

fn page(users: &[Value], link: &str, to: &str) -> Reply {
    Reply::json(200, &json!({"value": users, link: to}))
}

fn last(users: &[Value]) -> Reply {
    Reply::json(200, &json!({"value": users}))
}

/// A directory after its full list of users 1 and 2, whose next delta is at `/v1.0/d1`.
async fn filled(fake: &Fake) -> Directory {
    let delta = format!("{}/v1.0/d1", fake.base);
    fake.then([
        page(&[], "@odata.deltaLink", &delta),
        last(&[user(1, "Anna"), user(2, "Bert")]),
    ]);
    let mut directory = Directory::new(graph(fake).0);
    let list = directory.full().await.unwrap();
    assert_eq!(directory.take(list).len(), 2);
    directory
}

#[rstest]
#[case::whole("{base}/v1.0/users?$skiptoken=2")]
#[case::of_the_host("/v1.0/users?$skiptoken=2")]
#[case::of_the_page("?$skiptoken=2")]
#[tokio::test]
async fn the_full_list_follows_its_links_verbatim(#[case] third: &str) {
    let fake = Fake::start().await;
    let next = format!("{}/v1.0/users?$skiptoken=m~X%2f%3d", fake.base);
    let third = third.replace("{base}", &fake.base);
    fake.then([
        page(&[], "@odata.deltaLink", &format!("{}/v1.0/d", fake.base)),
        page(&[user(3, "C"), user(1, "A")], "@odata.nextLink", &next),
        page(&[], "@odata.nextLink", &third),
        last(&[user(2, "B"), user(1, "A again"), json!({"id": "broken"})]),
    ]);
    let directory = Directory::new(graph(&fake).0);
    // In a task of its own, as the program does it: its futures must be `Send`.
    let users = tokio::spawn(async move { directory.full().await });
    let list = users.await.unwrap().unwrap();
    let names: Vec<_> = list
        .users()
        .iter()
        .map(|user| &*user.display_name)
        .collect();
    assert_eq!(names, ["A again", "B", "C"]);
    let asked: Vec<_> = fake.asked().into_iter().map(|seen| seen.uri).collect();
    assert_eq!(
        asked,
        [
            format!("/v1.0/users/delta?{SELECT}&$deltatoken=latest"),
            format!("/v1.0/users?{SELECT}&$top=999"),
            "/v1.0/users?$skiptoken=m~X%2f%3d".into(),
            "/v1.0/users?$skiptoken=2".into(),
        ]
    );
}

#[tokio::test]
async fn changes_are_merged_and_replays_do_no_harm() {
    let fake = Fake::start().await;
    let mut directory = filled(&fake).await;
    let changes = [
        json!({"id": id(1), "displayName": "Anna Neu"}),
        user(3, "Carl"),
        json!({"id": id(2), "@removed": {"reason": "changed"}}),
        json!({"id": id(9), "@removed": {"reason": "deleted"}}),
    ];
    let (more, end) = (
        format!("{}/v1.0/d1b", fake.base),
        format!("{}/v1.0/d2", fake.base),
    );
    for _ in 0..2 {
        fake.then([
            page(&changes[..2], "@odata.nextLink", &more),
            page(&changes[2..], "@odata.deltaLink", &end),
        ]);
    }
    let first = directory.delta().await.unwrap();
    let users = first.users.users().unwrap();
    let names: Vec<_> = users.iter().map(|user| &*user.display_name).collect();
    assert_eq!((first.changed, names), (true, vec!["Anna Neu", "Carl"]));
    let again = directory.delta().await.unwrap();
    assert!(!again.changed);
    assert_eq!(again.users, first.users);
    let uris: Vec<_> = fake
        .asked()
        .into_iter()
        .skip(2)
        .map(|seen| seen.uri)
        .collect();
    assert_eq!(uris, ["/v1.0/d1", "/v1.0/d1b", "/v1.0/d2", "/v1.0/d1b"]);
}

#[tokio::test]
async fn a_department_has_one_name_however_many_work_in_it() {
    let fake = Fake::start().await;
    let of = |n: u128, department: &str| {
        let mut user = user(n, "Somebody");
        user["department"] = department.into();
        user
    };
    let delta = format!("{}/v1.0/d1", fake.base);
    fake.then([
        page(&[], "@odata.deltaLink", &delta),
        last(&[of(1, "Sales"), of(2, "Sales"), of(3, "IT")]),
    ]);
    let mut directory = Directory::new(graph(&fake).0);
    let list = directory.full().await.unwrap();
    let shares = |users: &[EntraUser], a: usize, b: usize| {
        let [a, b] = [a, b].map(|at| users[at].department.clone().unwrap());
        ArcStr::ptr_eq(&a, &b)
    };
    assert!(shares(list.users(), 0, 1) && !shares(list.users(), 0, 2));
    directory.take(list);
    let end = format!("{}/v1.0/d2", fake.base);
    let moved = json!({"id": id(3), "department": "Sales"});
    fake.then([page(&[moved, of(4, "IT")], "@odata.deltaLink", &end)]);
    let after = directory.delta().await.unwrap();
    let users = after.users.users().unwrap();
    assert!(after.changed && shares(&users, 0, 2));
    assert_eq!(users[3].department.as_deref(), Some("IT"));
}

#[tokio::test]
async fn somebody_removed_can_come_back() {
    let fake = Fake::start().await;
    let mut directory = filled(&fake).await;
    let end = format!("{}/v1.0/d2", fake.base);
    let gone = json!({"id": id(2), "@removed": {"reason": "changed"}});
    fake.then([page(&[gone, user(2, "Bert")], "@odata.deltaLink", &end)]);
    assert_eq!(directory.delta().await.unwrap().users.len(), 2);
}

#[tokio::test]
async fn any_trouble_with_a_delta_asks_for_the_full_list() {
    for trouble in [
        Reply::error(410, "resyncRequired", ""),
        Reply::error(400, "syncStateNotFound", "expired"),
        Reply::error(500, "x", ""),
        Reply::text(200, "text/html", "<html>"),
        Reply::text(200, "application/json", "{\"value\":[{"),
    ] {
        let fake = Fake::start().await;
        let mut directory = filled(&fake).await;
        fake.then([trouble]);
        let failure = directory.delta().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Resync, "{failure}");
        let asked = fake.asked().len();
        assert_eq!(
            directory.delta().await.unwrap_err().kind,
            FailureKind::Resync
        );
        assert_eq!(fake.asked().len(), asked, "the link is not used again");
        fake.then([Reply::empty(404), last(&[user(5, "E")])]);
        assert_eq!(directory.full().await.unwrap().users().len(), 1);
    }
}

#[tokio::test]
async fn a_link_to_another_host_is_refused_and_the_list_of_before_stays() {
    let (fake, thief) = (Fake::start().await, Fake::start().await);
    let mut directory = filled(&fake).await;
    fake.then([
        last(&[]),
        page(
            &[user(7, "G")],
            "@odata.nextLink",
            &format!("{}/v1.0/users", thief.base),
        ),
    ]);
    let failure = directory.full().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ForeignHost);
    assert!(thief.asked().is_empty());
    let end = format!("{}/v1.0/d2", fake.base);
    fake.then([page(&[], "@odata.deltaLink", &end)]);
    assert_eq!(directory.delta().await.unwrap().users.len(), 2);
}

#[tokio::test]
async fn a_list_that_is_not_taken_changes_nothing() {
    let fake = Fake::start().await;
    let mut directory = filled(&fake).await;
    let doubtful = format!("{}/v1.0/doubtful", fake.base);
    fake.then([page(&[], "@odata.deltaLink", &doubtful), last(&[])]);
    assert!(directory.full().await.unwrap().users().is_empty());
    let end = format!("{}/v1.0/d2", fake.base);
    fake.then([page(&[user(3, "C")], "@odata.deltaLink", &end)]);
    assert_eq!(directory.delta().await.unwrap().users.len(), 3);
    assert_eq!(fake.asked().last().unwrap().uri, "/v1.0/d1");
}

#[tokio::test]
async fn an_empty_link_leads_nowhere() {
    let fake = Fake::start().await;
    fake.then([last(&[]), page(&[user(1, "A")], "@odata.nextLink", "")]);
    let list = Directory::new(graph(&fake).0).full().await.unwrap();
    assert_eq!(list.users().len(), 1);
}

#[tokio::test]
async fn pages_in_a_circle_end() {
    let fake = Fake::start().await;
    let (a, b) = (
        format!("{}/v1.0/a", fake.base),
        format!("{}/v1.0/b", fake.base),
    );
    fake.then([last(&[])]);
    fake.then([&a, &b, &a, &b].map(|to| page(&[], "@odata.nextLink", to)));
    let failure = Directory::new(graph(&fake).0).full().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Garbled);
    assert!(failure.message.contains("leads back"), "{failure}");
}

#[tokio::test]
async fn a_missing_permission_names_the_directorys_own() {
    let fake = Fake::start().await;
    let words = "Insufficient privileges to complete the operation.";
    fake.then([1, 2].map(|_| Reply::error(403, "Authorization_RequestDenied", words)));
    let failure = Directory::new(graph(&fake).0).full().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Permission);
    assert!(failure.message.contains("lacks User.Read.All"), "{failure}");
}
