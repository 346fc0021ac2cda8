//! One page of `/users` or `/users/delta`, decoded as it is read: of the service plans only
//! "Teams or not" is kept.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::MapAccess;

use super::lenient::{Any, Flag, Fold, Members, Object, Text, ignore};
use super::odd::{OddRecords, Oddity};
use super::page::MendedPage;
use model::presence::{EntraId, EntraUser, Upn};
use model::text::harmless_up_to;

/// The service plan TEAMS1. Government and education plans have other ids; their service is
/// `TeamspaceAPI` all the same.
const TEAMS1: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";
const TEAMS_SERVICE: &str = "TeamspaceAPI";
/// Longest display name that is kept (Entra's own limit is 256).
const NAME_LIMIT: usize = 256;
/// Longest department that is kept (Entra's own limit is 64).
const DEPARTMENT_LIMIT: usize = 64;

/// A page: what it says of users, and where it goes on.
#[derive(Debug, Default)]
pub(super) struct UserPage {
    pub(super) changes: Vec<UserChange>,
    /// `@odata.nextLink`: another page.
    pub(super) next: Option<String>,
    /// `@odata.deltaLink`: the end, and where the next changes are asked for.
    pub(super) delta: Option<String>,
    /// Users who were left out, or read but for a part.
    pub(super) odd: OddRecords,
}

/// What a page says of one user. In a delta, members may be missing: they did not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserChange {
    pub(super) id: EntraId,
    /// `@removed`, whatever the reason: soft-deleted users have no presence either.
    pub(super) removed: bool,
    upn: Option<Upn>,
    display_name: Option<Arc<str>>,
    enabled: Option<bool>,
    guest: Option<bool>,
    teams_plan: Option<bool>,
    /// Empty where the page says that there is none.
    department: Option<Arc<str>>,
}

impl UserChange {
    /// Whether it is a user of whom nothing is known yet and who is not named.
    pub(super) const fn is_nameless(&self) -> bool {
        self.upn.is_none() && !self.removed
    }

    /// The user after this change; nothing where one without a UPN is new.
    pub(super) fn applied(self, before: Option<&EntraUser>) -> Option<EntraUser> {
        let upn = self.upn.or_else(|| before.map(|user| user.upn.clone()))?;
        let display_name = self
            .display_name
            .or_else(|| before.map(|user| Arc::clone(&user.display_name)))
            .unwrap_or_else(|| upn.as_str().into());
        Some(EntraUser {
            id: self.id,
            upn,
            display_name,
            enabled: self
                .enabled
                .unwrap_or_else(|| before.is_none_or(|user| user.enabled)),
            guest: self
                .guest
                .unwrap_or_else(|| before.is_some_and(|user| user.guest)),
            teams_plan: self
                .teams_plan
                .or_else(|| before.and_then(|user| user.teams_plan)),
            department: match self.department {
                Some(told) => Some(told).filter(|told| !told.is_empty()),
                None => before.and_then(|user| user.department.clone()),
            },
        })
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    value: Vec<Object<Entry<'a>>>,
    #[serde(borrow, default, rename = "@odata.nextLink")]
    next: Text<'a>,
    #[serde(borrow, default, rename = "@odata.deltaLink")]
    delta: Text<'a>,
}

#[derive(Default)]
struct Entry<'a> {
    id: Text<'a>,
    upn: Text<'a>,
    display_name: Text<'a>,
    enabled: Flag,
    user_type: Text<'a>,
    plans: Any<TeamsPlan>,
    department: Option<Text<'a>>,
    removed: bool,
}

/// Whether a list of plans holds an enabled Teams plan.
#[derive(Clone, Copy, Debug, Default)]
struct TeamsPlan(bool);

#[derive(Default)]
struct Plan<'a> {
    id: Text<'a>,
    service: Text<'a>,
    status: Text<'a>,
}

impl<'de: 'a, 'a> Members<'de> for Entry<'a> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "id" => self.id = map.next_value()?,
            "userPrincipalName" => self.upn = map.next_value()?,
            "displayName" => self.display_name = map.next_value()?,
            "accountEnabled" => self.enabled = map.next_value()?,
            "userType" => self.user_type = map.next_value()?,
            "assignedPlans" => self.plans = map.next_value()?,
            "department" => self.department = Some(map.next_value()?),
            "@removed" => {
                ignore(map)?;
                self.removed = true;
            }
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Members<'de> for Plan<'a> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "servicePlanId" => self.id = map.next_value()?,
            "service" => self.service = map.next_value()?,
            "capabilityStatus" => self.status = map.next_value()?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de> Fold<'de> for TeamsPlan {
    type Element = Object<Plan<'de>>;

    fn take(&mut self, Object(plan): Object<Plan<'de>>) {
        let is = |text: &Text<'_>, wanted: &str| {
            text.as_deref()
                .is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        };
        let teams = is(&plan.id, TEAMS1) || is(&plan.service, TEAMS_SERVICE);
        self.0 |= teams && is(&plan.status, "Enabled");
    }
}

impl Entry<'_> {
    fn change(&self) -> Option<UserChange> {
        let id = EntraId::parse(self.id.as_deref()?).ok()?;
        let upn = self.upn.as_deref().map(Upn::new);
        Some(UserChange {
            id,
            removed: self.removed,
            upn: upn.filter(|upn| !upn.as_str().is_empty()),
            display_name: self
                .display_name
                .as_deref()
                .map(|name| harmless_up_to(name, NAME_LIMIT).into()),
            enabled: self.enabled.0,
            guest: self
                .user_type
                .as_deref()
                .map(|kind| kind.eq_ignore_ascii_case("Guest")),
            teams_plan: self.plans.0.map(|plan| plan.0),
            department: self.department.as_ref().map(department),
        })
    }
}

/// Empty where there is none.
fn department(text: &Text<'_>) -> Arc<str> {
    let text = text.as_deref().unwrap_or_default();
    harmless_up_to(text, DEPARTMENT_LIMIT).trim().into()
}

/// Decodes one page. Entries without a usable id are left out.
///
/// # Errors
/// Where the body as a whole is no such page; says why.
pub(super) fn parse_users(body: &[u8]) -> Result<UserPage, String> {
    usual_users(body).map_or_else(|| mended_users(body), Ok)
}

fn usual_users(body: &[u8]) -> Option<UserPage> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).ok()?;
    let mut page = UserPage {
        next: envelope.next.as_deref().map(ToOwned::to_owned),
        delta: envelope.delta.as_deref().map(ToOwned::to_owned),
        ..UserPage::default()
    };
    for (nth, Object(entry)) in (1..).zip(envelope.value) {
        match entry.change() {
            Some(change) => page.changes.push(change),
            None => page.odd.note(entry.id.as_deref(), nth, Oddity::NoId),
        }
    }
    Some(page)
}

fn mended_users(body: &[u8]) -> Result<UserPage, String> {
    let mended = MendedPage::from_body(body);
    let (parts, records) = mended.parts("users")?;
    let mut page = UserPage {
        next: parts.next.as_deref().map(ToOwned::to_owned),
        delta: parts.delta.as_deref().map(ToOwned::to_owned),
        ..UserPage::default()
    };
    for (nth, record) in (1..).zip(records) {
        let Object(entry): Object<Entry<'_>> =
            serde_json::from_str(record.get()).unwrap_or_default();
        let change = entry.change();
        let name = (entry.id.as_deref(), nth);
        mended.note(&mut page.odd, record, name, change.is_none());
        page.changes.extend(change);
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
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
}
