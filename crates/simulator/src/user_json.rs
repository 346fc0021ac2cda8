//! An account as Graph tells it.

use serde_json::{Map, Value, json};

use super::tenant::Account;

/// The service plan TEAMS1 (spec section 4).
const TEAMS1: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";
/// Exchange Online, which everybody has.
const EXCHANGE: &str = "efb87545-963c-4e0d-99df-69c6916d9eb0";

/// What comes without `$select`.
const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What can be selected besides.
const MORE: [&str; 8] = [
    "accountEnabled",
    "assignedLicenses",
    "assignedPlans",
    "companyName",
    "department",
    "mailNickname",
    "userType",
    "createdDateTime",
];

/// What User.ReadBasic.All shows; the others come as null.
const BASIC: [&str; 7] = [
    "displayName",
    "givenName",
    "id",
    "mail",
    "photo",
    "surname",
    "userPrincipalName",
];

/// The properties a client wants, and whether it may see more than the basic ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    names: Vec<&'static str>,
    basic: bool,
}

impl Selection {
    /// `$select` taken apart; the first name that there is not as the error.
    pub(super) fn parse(raw: Option<&str>) -> Result<Self, String> {
        let Some(raw) = raw.filter(|raw| !raw.is_empty()) else {
            return Ok(Self::from_names(USUAL.to_vec()));
        };
        let known = |name: &str| {
            let all = USUAL.iter().chain(&MORE);
            let mut same = all.filter(|known| known.eq_ignore_ascii_case(name.trim()));
            same.next().copied().ok_or_else(|| name.trim().to_owned())
        };
        raw.split(',')
            .map(known)
            .collect::<Result<_, _>>()
            .map(Self::from_names)
    }

    const fn from_names(names: Vec<&'static str>) -> Self {
        Self {
            names,
            basic: false,
        }
    }

    /// Only what User.ReadBasic.All shows.
    #[must_use]
    pub(super) fn basic(self, basic: bool) -> Self {
        Self { basic, ..self }
    }
}

/// The account with these properties; the id always.
pub(super) fn user(account: &Account, selection: &Selection) -> Value {
    let mut fields = Map::new();
    fields.insert("id".into(), json!(account.id));
    for name in &selection.names {
        let hidden = selection.basic && !BASIC.contains(name);
        let value = if hidden {
            Value::Null
        } else {
            property(account, name)
        };
        fields.insert((*name).into(), value);
    }
    Value::Object(fields)
}

fn property(account: &Account, name: &str) -> Value {
    match name {
        "id" => json!(account.id),
        "displayName" => json!(account.display_name),
        "givenName" => json!(account.given),
        "surname" => json!(account.surname),
        "userPrincipalName" | "mail" => json!(account.upn),
        "mailNickname" => json!(account.upn.split('@').next()),
        "businessPhones" => json!([account.phone]),
        "accountEnabled" => json!(account.enabled),
        "userType" => json!(if account.guest { "Guest" } else { "Member" }),
        "department" => json!(account.department),
        "companyName" => json!("Nordlicht GmbH"),
        "preferredLanguage" => json!("de-DE"),
        "createdDateTime" => json!("2021-03-01T08:00:00Z"),
        "assignedLicenses" => json!([]),
        "assignedPlans" => plans(account),
        _ => Value::Null,
    }
}

fn plans(account: &Account) -> Value {
    let plan = |service: &str, id: &str, on: bool| {
        json!({
            "assignedDateTime": "2021-03-01T08:00:00Z",
            "capabilityStatus": if on { "Enabled" } else { "Deleted" },
            "service": service,
            "servicePlanId": id,
        })
    };
    json!([
        plan("exchange", EXCHANGE, true),
        plan("TeamspaceAPI", TEAMS1, account.teams),
    ])
}
