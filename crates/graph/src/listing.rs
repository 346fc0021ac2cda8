//! One page of `/users` or `/users/delta`, decoded as it is read: of the service plans only
//! "Teams or not" is kept.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::MapAccess;

use super::lenient::{Any, Flag, Fold, Members, Object, Text, ignore};
use super::odd::{OddRecords, Oddity};
use super::page::MendedPage;
use model::presence::{EntraId, EntraUser, Upn};
use model::string_pool::ArcStr;
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
    department: Option<ArcStr>,
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
fn department(text: &Text<'_>) -> ArcStr {
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
#[path = "listing_tests.rs"]
mod tests;
