//! The rows of a picture as they are written. Most of 20,000 users have the rest of their row in common with many
//! others: that is said once, and a user is a list without names of its parts. It is a third of the bytes of a row for
//! each, and as much of the time until the first one is shown.

use std::hash::Hash;
use std::sync::Arc;

use model::presence::{EntraId, UserName};
use model::snapshot::{RowChange, UserRow};
use model::stamp::Stamp;
use model::string_pool::Substr;
use rustc_hash::FxHashMap;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Default, Serialize, Deserialize)]
struct Rows<Line> {
    /// What users have alike, as the difference from a row of whom nothing is known.
    alike: Vec<RowChange>,
    users: Vec<Line>,
}

/// Who a user is, since when they are what they are, what they have alike with others, and what they have alone.
#[derive(Serialize)]
struct Written<'a>(
    &'a UserName,
    &'a str,
    &'a str,
    EntraId,
    [Option<Stamp>; 2],
    usize,
    Option<RowChange>,
);

/// The same, read.
#[derive(Deserialize)]
struct Read(
    UserName,
    #[serde(deserialize_with = "model::read_text::shared")] Substr,
    #[serde(deserialize_with = "model::read_text::shared")] Substr,
    EntraId,
    [Option<Stamp>; 2],
    usize,
    Option<Box<RowChange>>,
);

pub(crate) fn serialize<S: Serializer>(rows: &[Arc<UserRow>], to: S) -> Result<S::Ok, S::Error> {
    let mut places = FxHashMap::default();
    let mut all = Rows {
        alike: Vec::new(),
        users: Vec::with_capacity(rows.len()),
    };
    for row in rows {
        let place = *places.entry(alike(row)).or_insert_with(|| {
            all.alike.push(alike_part(row));
            all.alike.len() - 1
        });
        all.users.push(Written(
            &row.user_name,
            &row.display_name,
            &row.phone,
            row.entra_id,
            [row.since, row.procall_since],
            place,
            own_part(row),
        ));
    }
    all.serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<Arc<UserRow>>, D::Error> {
    let Rows { alike, users } = Rows::<Read>::deserialize(from)?;
    let row = |user| {
        let Read(user_name, display_name, phone, entra_id, [since, procall_since], place, own) =
            user;
        let alike = alike
            .get(place)
            .ok_or_else(|| D::Error::custom("a place that there is not"))?;
        let mut row = UserRow {
            since,
            procall_since,
            ..UserRow::named(user_name, display_name, phone, entra_id)
        };
        alike.clone().apply(&mut row);
        if let Some(own) = own {
            own.apply(&mut row);
        }
        Ok(Arc::new(row))
    };
    users.into_iter().map(row).collect()
}

/// What tells whether two users have the same [`alike_part`].
fn alike(row: &UserRow) -> impl Hash + Eq + use<'_> {
    let UserRow {
        user_name: _,
        display_name: _,
        phone: _,
        entra_id: _,
        since: _,
        procall_since: _,
        calls: _,
        lease: _,
        notes: _,
        history: _,
        department,
        teams,
        out_of_office,
        rule,
        procall,
        shows,
        shown_before,
        paused,
        cleared,
        teams_right,
    } = row;
    let teams = teams.as_ref().map(|teams| (teams.codes(), &*rule.name));
    let seen = (teams, out_of_office, procall, shows, shown_before);
    (department, seen, paused, cleared, teams_right)
}

fn alike_part(row: &UserRow) -> RowChange {
    let (name, entra_id) = (row.user_name.clone(), row.entra_id);
    let nothing = UserRow {
        since: row.since,
        procall_since: row.procall_since,
        ..UserRow::named(name, row.display_name.clone(), row.phone.clone(), entra_id)
    };
    RowChange {
        calls: None,
        lease: None,
        notes: None,
        ..RowChange::between(&nothing, row)
    }
}

/// What hardly two users have alike; nothing where there is none of it.
fn own_part(row: &UserRow) -> Option<RowChange> {
    let own = RowChange {
        calls: (!row.calls.is_empty()).then(|| row.calls.clone()),
        lease: row.lease.is_some().then(|| row.lease.clone()),
        notes: (!row.notes.is_empty()).then(|| row.notes.clone()),
        ..RowChange::default()
    };
    (!own.is_empty()).then_some(own)
}
