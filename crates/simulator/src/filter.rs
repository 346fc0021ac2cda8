//! The part of `$filter` that this tenant understands: `eq`, `startswith`, joined by `and`.

use super::tenant::Account;

/// One condition of a `$filter`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Clause {
    Equal(&'static str, String),
    Starts(&'static str, String),
}

/// All conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter(Vec<Clause>);

const PROPERTIES: [&str; 6] = [
    "accountEnabled",
    "displayName",
    "id",
    "mail",
    "userPrincipalName",
    "userType",
];

impl Filter {
    /// `$filter` taken apart; `None` when it is not understood.
    pub(super) fn parse(raw: Option<&str>) -> Option<Self> {
        match raw {
            None => Some(Self::default()),
            Some(raw) => raw
                .split(" and ")
                .map(clause)
                .collect::<Option<_>>()
                .map(Self),
        }
    }

    /// Whether the account is wanted.
    pub(super) fn takes(&self, account: &Account) -> bool {
        self.0.iter().all(|clause| match clause {
            Clause::Equal(name, value) => value_of(account, name) == *value,
            Clause::Starts(name, value) => value_of(account, name).starts_with(value),
        })
    }
}

fn clause(raw: &str) -> Option<Clause> {
    let raw = raw.trim();
    if let Some(inner) = raw
        .strip_prefix("startswith(")
        .or_else(|| raw.strip_prefix("startsWith("))
    {
        let (name, value) = inner.strip_suffix(')')?.split_once(',')?;
        return Some(Clause::Starts(property(name)?, literal(value)?));
    }
    let (name, value) = raw.split_once(" eq ")?;
    Some(Clause::Equal(property(name)?, literal(value)?))
}

fn property(name: &str) -> Option<&'static str> {
    let name = name.trim();
    let mut same = PROPERTIES.iter().filter(|p| p.eq_ignore_ascii_case(name));
    same.next().copied()
}

/// `'text'` with doubled apostrophes, `true`, `false`; compared without case.
fn literal(raw: &str) -> Option<String> {
    let raw = raw.trim();
    if raw == "true" || raw == "false" {
        return Some(raw.to_owned());
    }
    let inner = raw.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'").to_lowercase())
}

fn value_of(account: &Account, name: &str) -> String {
    match name {
        "accountEnabled" => account.enabled.to_string(),
        "displayName" => account.display_name.to_lowercase(),
        "id" => account.id.to_string(),
        "userType" if account.guest => "guest".to_owned(),
        "userType" => "member".to_owned(),
        _ => account.upn.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn account() -> Account {
        Account {
            id: uuid::Uuid::nil(),
            upn: "sinead.o'connor@x".into(),
            display_name: "Sinéad O'Connor".into(),
            given: "Sinéad",
            surname: "O'Connor",
            phone: String::new(),
            enabled: true,
            guest: false,
            teams: true,
            department: None,
        }
    }

    #[rstest]
    #[case("accountEnabled eq true", Some(true))]
    #[case("accountEnabled eq false", Some(false))]
    #[case("userPrincipalName eq 'Sinead.O''Connor@x'", Some(true))]
    #[case("startswith(displayName,'Sin') and userType eq 'Member'", Some(true))]
    #[case("startswith(displayName,'Sin') and userType eq 'Guest'", Some(false))]
    #[case("displayName ne 'x'", None)]
    #[case("shoeSize eq '44'", None)]
    fn filters(#[case] raw: &str, #[case] expected: Option<bool>) {
        let filter = Filter::parse(Some(raw));
        assert_eq!(filter.map(|f| f.takes(&account())), expected);
    }
}
