//! The tenant: who works here, in Entra and in ProCall, and why some do not match. Seeded and
//! pure: same seed, same tenant.

use base64::Engine as _;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use uuid::Uuid;

use super::names::{DOMAIN, Name, somebody};
use super::replay::Played;

/// An account in Entra.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) upn: String,
    pub(super) display_name: String,
    pub(super) given: &'static str,
    pub(super) surname: &'static str,
    pub(super) phone: String,
    pub(super) enabled: bool,
    pub(super) guest: bool,
    /// A Teams service plan is enabled.
    pub(super) teams: bool,
    pub(super) department: Option<String>,
}

impl Account {
    /// Whether Graph has a presence for it.
    pub(super) const fn has_presence(&self) -> bool {
        self.teams && !self.guest
    }
}

/// A user of ProCall, and the simulator's own knowledge of what must become of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// ProCall's user name.
    pub user_name: String,
    /// The name people know.
    pub display_name: String,
    /// The telephone extension.
    pub phone: String,
    /// Taken out by the administrator.
    pub excluded: bool,
    /// The account of the same name, where there is exactly one.
    pub entra_id: Option<Uuid>,
    /// The account's UPN.
    pub upn: Option<String>,
    /// Why the user must not match: `no_entra_user`, `several_entra_users`,
    /// `several_procall_users`, `guest`, `disabled`, `no_teams_presence`. `None` also for the
    /// excluded.
    pub unmatched: Option<&'static str>,
}

impl Person {
    /// Whether a bridge carries this user's presence.
    #[must_use]
    pub const fn matches(&self) -> bool {
        !self.excluded && self.unmatched.is_none()
    }
}

/// The tenant as it is at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tenant {
    pub(super) id: Uuid,
    pub(super) client_id: Uuid,
    pub(super) client_secret: String,
    pub(super) accounts: Vec<Account>,
    pub(super) people: Vec<Person>,
}

/// Below this many users everybody matches: a handful is for looking at one thing.
const ALL_MATCH_BELOW: usize = 20;

/// What becomes of one line of users.csv.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Matched,
    Excluded,
    NoAccount,
    TwoAccounts,
    TwoPeople,
    Guest,
    Disabled,
    NoPlan,
}

impl Fate {
    const fn unmatched(self) -> Option<&'static str> {
        match self {
            Self::Matched | Self::Excluded => None,
            Self::NoAccount => Some("no_entra_user"),
            Self::TwoAccounts => Some("several_entra_users"),
            Self::TwoPeople => Some("several_procall_users"),
            Self::Guest => Some("guest"),
            Self::Disabled => Some("disabled"),
            Self::NoPlan => Some("no_teams_presence"),
        }
    }
}

/// The fates of `users` lines: of every reason one in a hundred, but at least one.
fn fates(users: usize, everyone_matches: bool) -> Vec<Fate> {
    let mut fates = Vec::with_capacity(users + 2);
    if !everyone_matches && users >= ALL_MATCH_BELOW {
        let share = (users / 100).max(1);
        for fate in [
            Fate::NoAccount,
            Fate::TwoAccounts,
            Fate::TwoPeople,
            Fate::Guest,
            Fate::Disabled,
            Fate::NoPlan,
            Fate::Excluded,
        ] {
            // A pair of the same name takes two lines.
            let lines = share * (1 + usize::from(fate == Fate::TwoPeople));
            fates.extend(std::iter::repeat_n(fate, lines));
        }
    }
    fates.resize(users.max(fates.len()), Fate::Matched);
    fates
}

/// The tenant of this size and seed.
pub(super) fn found(users: usize, seed: u64, everyone_matches: bool) -> Tenant {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tenant = Tenant {
        id: guid(&mut rng),
        client_id: guid(&mut rng),
        client_secret: secret(&mut rng),
        accounts: Vec::with_capacity(users + users / 10),
        people: Vec::with_capacity(users),
    };
    let mut fates = fates(users, everyone_matches);
    shuffle(&mut fates, &mut rng);
    let mut waiting = None;
    for (n, fate) in fates.into_iter().enumerate() {
        let name = somebody(n, &mut rng);
        match (fate, waiting.take()) {
            (Fate::TwoPeople, None) => {
                waiting = Some(tenant.people.len());
                tenant.hire(n, &name, fate, &mut rng);
            }
            (Fate::TwoPeople, Some(first)) => tenant.double(first, n),
            (fate, first) => {
                waiting = first;
                tenant.hire(n, &name, fate, &mut rng);
            }
        }
    }
    tenant.add_strangers(users, &mut rng);
    tenant
}

/// The tenant of a recording: everybody in it has an account of the same name.
pub(super) fn of_recording(people: &[Played], seed: u64) -> Tenant {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tenant = Tenant {
        id: guid(&mut rng),
        client_id: guid(&mut rng),
        client_secret: secret(&mut rng),
        accounts: Vec::with_capacity(people.len()),
        people: Vec::with_capacity(people.len()),
    };
    for one in people {
        tenant.hire_played(one, &mut rng);
    }
    tenant
}

impl Tenant {
    fn hire_played(&mut self, one: &Played, rng: &mut ChaCha8Rng) {
        let account = Account {
            id: guid(rng),
            upn: one.user_name.clone(),
            display_name: one.display_name.clone(),
            given: "",
            surname: "",
            phone: one.phone.clone(),
            enabled: true,
            guest: false,
            teams: true,
            department: None,
        };
        self.people.push(Person {
            user_name: one.user_name.clone(),
            display_name: one.display_name.clone(),
            phone: one.phone.clone(),
            excluded: false,
            entra_id: Some(account.id),
            upn: Some(account.upn.clone()),
            unmatched: None,
        });
        self.accounts.push(account);
    }

    fn hire(&mut self, n: usize, name: &Name, fate: Fate, rng: &mut ChaCha8Rng) {
        let upn = format!("{}@{DOMAIN}", name.alias);
        let account = (fate != Fate::NoAccount).then(|| account(n, name, &upn, fate, rng));
        if let Some(account) = &account {
            self.accounts.push(account.clone());
            if fate == Fate::TwoAccounts {
                let id = guid(rng);
                self.accounts.push(Account {
                    id,
                    ..account.clone()
                });
            }
        }
        let has_one = account.is_some() && fate != Fate::TwoAccounts;
        self.people.push(Person {
            user_name: spelt_differently(&upn, n),
            display_name: name.display.clone(),
            phone: (100 + n).to_string(),
            excluded: fate == Fate::Excluded,
            entra_id: account.as_ref().filter(|_| has_one).map(|a| a.id),
            upn: account.filter(|_| has_one).map(|a| a.upn),
            unmatched: fate.unmatched(),
        });
    }

    /// A second user of the name of `first`, on another phone.
    fn double(&mut self, first: usize, n: usize) {
        if let Some(person) = self.people.get(first).cloned() {
            self.people.push(Person {
                phone: (100 + n).to_string(),
                display_name: format!("{} (Labor)", person.display_name),
                ..person
            });
        }
    }

    /// Accounts that ProCall does not know: rooms, service accounts, other sites.
    fn add_strangers(&mut self, users: usize, rng: &mut ChaCha8Rng) {
        let first = self.people.len();
        for n in first..first + users / 10 {
            let name = somebody(n, rng);
            let upn = format!("{}@{DOMAIN}", name.alias);
            let stranger = account(n, &name, &upn, Fate::Matched, rng);
            self.accounts.push(stranger);
        }
    }
}

fn account(n: usize, name: &Name, upn: &str, fate: Fate, rng: &mut ChaCha8Rng) -> Account {
    Account {
        id: guid(rng),
        upn: upn.to_owned(),
        display_name: name.display.clone(),
        given: name.given,
        surname: name.surname,
        phone: format!("+49 40 555 {}", 100 + n),
        enabled: fate != Fate::Disabled,
        guest: fate == Fate::Guest,
        teams: fate != Fate::NoPlan,
        department: department(n),
    }
}

/// Departments of different size; of every seventeenth person Entra knows none.
const DEPARTMENTS: [&str; 9] = [
    "Vertrieb",
    "Produktion",
    "Lager & Versand",
    "Vertrieb",
    "Kundendienst",
    "Produktion",
    "IT",
    "Buchhaltung",
    "Verwaltung",
];

/// By the number alone: the names of a seed stay what they are.
fn department(n: usize) -> Option<String> {
    let of_person = DEPARTMENTS.iter().cycle().nth(n % DEPARTMENTS.len());
    of_person.filter(|_| n % 17 != 16).map(ToString::to_string)
}

/// Every ninth user name is written with capitals, as administrators do.
fn spelt_differently(upn: &str, n: usize) -> String {
    if n % 9 != 4 {
        return upn.to_owned();
    }
    let mut up = true;
    upn.chars()
        .map(|c| {
            let spelt = if up { c.to_ascii_uppercase() } else { c };
            up = matches!(c, '.' | '-' | '@');
            spelt
        })
        .collect()
}

/// A GUID of version 4 from the dice.
pub(super) fn guid(rng: &mut ChaCha8Rng) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A secret as Entra makes them: with characters that break when not URL-encoded.
fn secret(rng: &mut ChaCha8Rng) -> String {
    let mut bytes = [0; 24];
    rng.fill_bytes(&mut bytes);
    let random = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    format!("x8Q~+/={random}")
}

fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for i in (1..items.len()).rev() {
        items.swap(i, rng.gen_range(0..=i));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_tenant_of_40_has_every_reason_once() {
        let tenant = found(40, 7, false);
        let mut reasons = BTreeMap::new();
        for person in &tenant.people {
            let reason = person.unmatched.unwrap_or("-");
            *reasons.entry(reason).or_insert(0) += 1;
        }
        assert_eq!(tenant.people.len(), 40);
        let expected = [
            ("-", 33),
            ("disabled", 1),
            ("guest", 1),
            ("no_entra_user", 1),
            ("no_teams_presence", 1),
            ("several_entra_users", 1),
            ("several_procall_users", 2),
        ];
        assert_eq!(reasons, BTreeMap::from(expected));
        assert_eq!(tenant.people.iter().filter(|p| p.excluded).count(), 1);
    }

    #[test]
    fn the_same_seed_is_the_same_tenant() {
        assert_eq!(found(40, 3, false), found(40, 3, false));
        assert_ne!(found(40, 3, false), found(40, 4, false));
    }

    #[test]
    fn a_handful_all_match() {
        assert!(found(3, 1, false).people.iter().all(Person::matches));
    }

    #[test]
    fn matched_people_have_one_account_of_their_name() {
        let tenant = found(400, 1, false);
        for person in tenant.people.iter().filter(|p| p.matches()) {
            let same = |a: &&Account| a.upn.eq_ignore_ascii_case(&person.user_name);
            let found: Vec<_> = tenant.accounts.iter().filter(same).collect();
            assert_eq!(found.len(), 1, "{person:?}");
            assert_eq!(Some(found[0].id), person.entra_id);
        }
    }
}
