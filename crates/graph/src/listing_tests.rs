use rstest::rstest;
use serde_json::{Value, json};

use super::*;

const ID: &str = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";

fn one(entry: &Value) -> Option<UserChange> {
    let page = parse_users(json!({"value": [entry]}).to_string().as_bytes());
    page.unwrap().changes.into_iter().next()
}

fn user(entry: &Value) -> EntraUser {
    one(entry).and_then(|change| change.applied(None)).unwrap()
}

#[rstest]
#[case(json!([{"servicePlanId": TEAMS1, "service": "TeamspaceAPI", "capabilityStatus": "Enabled"}]), Some(true))]
#[case(json!([{"servicePlanId": TEAMS1.to_uppercase(), "capabilityStatus": "enabled"}]), Some(true))]
#[case(json!([{"service": "TeamspaceAPI", "capabilityStatus": "Enabled"}]), Some(true))]
#[case(json!([{"service": "exchange", "capabilityStatus": "Enabled"}, {"service": "TeamspaceAPI", "capabilityStatus": "Enabled"}]), Some(true))]
#[case(json!([{"servicePlanId": TEAMS1, "capabilityStatus": "Deleted"}]), Some(false))]
#[case(json!([{"servicePlanId": TEAMS1, "capabilityStatus": null}, null, 7]), Some(false))]
#[case(json!([{"service": "exchange", "capabilityStatus": "Enabled"}]), Some(false))]
#[case(json!([]), Some(false))]
#[case(json!(null), None)]
#[case(json!("x"), None)]
fn the_teams_plan_is_found(#[case] plans: Value, #[case] expected: Option<bool>) {
    let entry = json!({"id": ID, "userPrincipalName": "a@b.example", "assignedPlans": plans});
    assert_eq!(user(&entry).teams_plan, expected);
}

#[test]
fn what_graph_does_not_say_is_assumed_harmless() {
    let user = user(&json!({"id": ID, "userPrincipalName": " a@b.example "}));
    assert_eq!(
        (user.upn.as_str(), &*user.display_name),
        ("a@b.example", "a@b.example")
    );
    assert_eq!(
        (user.enabled, user.guest, user.teams_plan),
        (true, false, None)
    );
}

#[test]
fn names_are_made_harmless() {
    let user = user(&json!({"id": ID, "userPrincipalName": "a@b.example",
        "displayName": "J\u{fc}rgen\u{202e}\u{1b}[2J", "userType": "guest", "accountEnabled": false}));
    assert_eq!(&*user.display_name, "Jürgen[2J");
    assert_eq!((user.guest, user.enabled), (true, false));
}

#[rstest]
#[case(json!(null))]
#[case(json!({"userPrincipalName": "a@b.example"}))]
#[case(json!({"id": "7", "userPrincipalName": "a@b.example"}))]
fn an_entry_without_id_is_left_out(#[case] entry: Value) {
    assert_eq!(one(&entry), None);
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let before = user(
        &json!({"id": ID, "userPrincipalName": "a@b.example", "displayName": "A",
        "accountEnabled": false, "userType": "Guest", "assignedPlans": []}),
    );
    let renamed = one(&json!({"id": ID, "displayName": "B"})).unwrap();
    let after = renamed.clone().applied(Some(&before)).unwrap();
    assert_eq!(&*after.display_name, "B");
    assert_eq!(
        EntraUser {
            display_name: "A".into(),
            ..after
        },
        before
    );
    assert_eq!(renamed.applied(None), None);
}

#[rstest]
#[case::told(json!({"department": "Vertrieb"}), Some("Vertrieb"))]
#[case::not_named(json!({}), Some("IT"))]
#[case::taken_away(json!({"department": null}), None)]
#[case::blank(json!({"department": "  "}), None)]
#[case::odd(json!({"department": 7}), None)]
#[case::harmless(json!({"department": " Verk\u{1b}[2Jauf "}), Some("Verk[2Jauf"))]
fn a_department_stays_until_the_page_says_otherwise(
    #[case] change: Value,
    #[case] after: Option<&str>,
) {
    let before = json!({"id": ID, "userPrincipalName": "a@b.example", "department": "IT"});
    let mut entry = change;
    entry["id"] = ID.into();
    let user = one(&entry).unwrap().applied(Some(&user(&before)));
    assert_eq!(user.unwrap().department.as_deref(), after);
}

/// serde-rs/json#827, jenkinsci/azure-ad-plugin#167: one half of an emoji costs everybody.
#[rstest]
#[case::high_half(br#""displayName":"Anna \ud83d""#, "Anna \u{fffd}")]
#[case::low_half(br#""displayName":"\udc00Anna""#, "\u{fffd}Anna")]
#[case::wrong_order(br#""displayName":"\udc00\ud83dAnna""#, "\u{fffd}\u{fffd}Anna")]
#[case::raw_byte(b"\"displayName\":\"Ann\xe4\"", "Ann\u{fffd}")]
#[case::line_break(b"\"displayName\":\"An\nna\"", "An na")]
#[case::number(br#""displayName":1e999"#, "a@b.example")]
#[case::deep(br#""displayName":[[[[{"a":[[[]]]}]]]]"#, "a@b.example")]
#[case::twice(br#""displayName":"A","displayName":"B""#, "B")]
#[case::plans(
    br#""displayName":"Anna","assignedPlans":[null,7,"\ud83d",{"service":"\ud83d"}]"#,
    "Anna"
)]
#[case::kind(br#""displayName":"Anna","userType":"\ud83d""#, "Anna")]
fn one_odd_member_costs_nobody_else(#[case] member: &[u8], #[case] name: &str) {
    let other =
        br#"{"id":"00000000-0000-0000-0000-000000000002","userPrincipalName":"c@d.example"}"#;
    let own = [
        br#"{"id":""#,
        ID.as_bytes(),
        br#"","userPrincipalName":"a@b.example","#,
        member,
        b"}",
    ]
    .concat();
    let body = [
        &br#"{"value":["#[..],
        &other[..],
        b",",
        &own[..],
        br#",null],"@odata.nextLink":"https://x/y"}"#,
    ]
    .concat();
    let page = parse_users(&body).unwrap();
    assert_eq!(page.next.as_deref(), Some("https://x/y"));
    let users: Vec<_> = page
        .changes
        .into_iter()
        .filter_map(|change| change.applied(None))
        .collect();
    assert_eq!(users.len(), 2);
    assert_eq!(&*users[1].display_name, name);
    assert!(
        page.odd
            .as_slice()
            .iter()
            .any(|odd| &*odd.who == "number 3")
    );
}

#[rstest]
#[case(json!("false"), false)]
#[case(json!("False"), false)]
#[case(json!(0), false)]
#[case(json!("true"), true)]
#[case(json!(1), true)]
#[case(json!(null), true)]
#[case(json!(7), true)]
#[case(json!("soon"), true)]
fn a_truth_value_may_be_a_word_or_a_number(#[case] value: Value, #[case] enabled: bool) {
    let entry = json!({"id": ID, "userPrincipalName": "a@b.example", "accountEnabled": value});
    assert_eq!(user(&entry).enabled, enabled);
}

proptest::proptest! {
    #[test]
    fn no_bytes_are_fatal(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = parse_users(&body);
    }
}
