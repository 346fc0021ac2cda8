//! Where each row stands by name, kept from snapshot to snapshot: names hardly ever change, and to
//! compare 20,000 of them letter by letter takes longer than all the rest of a frame.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::columns::fold;
use model::snapshot::UserRow;

/// The places of a snapshot's rows by display name, then by user name, so the order is total.
#[derive(Debug, Default)]
pub(crate) struct ByName {
    /// The rows that `places` is of.
    rows: Arc<Vec<Arc<UserRow>>>,
    places: Vec<u32>,
}

impl ByName {
    /// Takes newer rows. Costs next to nothing where nobody came, went or is called otherwise.
    pub(crate) fn update(&mut self, rows: &Arc<Vec<Arc<UserRow>>>) {
        if Arc::ptr_eq(&self.rows, rows) {
            return;
        }
        if !have_same_names(&self.rows, rows) {
            self.places = places(rows);
        }
        self.rows = Arc::clone(rows);
    }

    /// Which of these two rows comes first.
    pub(crate) fn compare(&self, a: usize, b: usize) -> Ordering {
        self.places.get(a).cmp(&self.places.get(b))
    }
}

fn have_same_names(before: &[Arc<UserRow>], now: &[Arc<UserRow>]) -> bool {
    let same = |(a, b): (&Arc<UserRow>, &Arc<UserRow>)| {
        Arc::ptr_eq(a, b) || (a.display_name == b.display_name && a.user_name == b.user_name)
    };
    before.len() == now.len() && before.iter().zip(now).all(same)
}

/// A name while it is sorted.
struct Name {
    /// Its first letters as a number: most names differ in them.
    begins: u64,
    /// Where its letters are.
    letters: Range<usize>,
    row: usize,
}

fn places(rows: &[Arc<UserRow>]) -> Vec<u32> {
    let mut letters = String::with_capacity(rows.len() * 16);
    let each = rows.iter().enumerate();
    let mut names: Vec<Name> = each
        .map(|(row, user)| name(row, user, &mut letters))
        .collect();
    let text = |name: &Name| letters.get(name.letters.clone());
    let user = |name: &Name| rows.get(name.row).map(|row| &row.user_name);
    names.sort_unstable_by(|a, b| {
        let by_letters = a.begins.cmp(&b.begins).then_with(|| text(a).cmp(&text(b)));
        by_letters.then_with(|| user(a).cmp(&user(b)))
    });
    let mut places = vec![0; rows.len()];
    for (place, name) in (0..).zip(&names) {
        if let Some(of_row) = places.get_mut(name.row) {
            *of_row = place;
        }
    }
    places
}

fn name(row: usize, user: &UserRow, letters: &mut String) -> Name {
    let start = letters.len();
    fold(&user.display_name, letters);
    let mut first = [0; 8];
    let bytes = letters.bytes().skip(start);
    for (to, byte) in first.iter_mut().zip(bytes) {
        *to = byte;
    }
    Name {
        begins: u64::from_be_bytes(first),
        letters: start..letters.len(),
        row,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::columns::compare_text;
    use crate::fixture;

    fn named(names: &[String]) -> Arc<Vec<Arc<UserRow>>> {
        let rows = fixture::crowd(names.len()).rows;
        let rows = rows.iter().zip(names).map(|(row, name)| {
            Arc::new(UserRow {
                display_name: name.as_str().into(),
                ..UserRow::clone(row)
            })
        });
        Arc::new(rows.collect())
    }

    proptest! {
        /// Also where names begin alike, end early, or are renamed later.
        #[test]
        fn rows_are_ordered_as_their_names_are(
            names in prop::collection::vec("[aAäÄbzß \u{0}é山.]{0,10}", 0..24),
            renamed in prop::option::of((any::<prop::sample::Index>(), "[aAäÄbzß]{0,9}")),
        ) {
            let mut names = names;
            let mut by_name = ByName::default();
            by_name.update(&named(&names));
            if let Some((at, name)) = renamed.filter(|_| !names.is_empty()) {
                let at = at.index(names.len());
                names[at] = name;
                by_name.update(&named(&names));
            }
            let rows = named(&names);
            for (a, one) in rows.iter().enumerate() {
                for (b, other) in rows.iter().enumerate() {
                    let expected = compare_text(&one.display_name, &other.display_name)
                        .then_with(|| one.user_name.cmp(&other.user_name));
                    prop_assert_eq!(by_name.compare(a, b), expected);
                }
            }
        }
    }

    #[test]
    fn a_row_that_is_new_and_called_as_before_keeps_all_places() {
        let names = ["Zoë", "Anna", "Émile"].map(str::to_owned);
        let mut by_name = ByName::default();
        by_name.update(&named(&names));
        let before = by_name.places.as_ptr();
        by_name.update(&named(&names));
        assert_eq!(by_name.places, [2, 0, 1]);
        assert_eq!(by_name.places.as_ptr(), before);
    }
}
