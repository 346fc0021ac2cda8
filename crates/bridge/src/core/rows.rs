//! The rows as they are shown, shared with the snapshots, and which of them wait to be made anew.

use std::sync::Arc;

use model::snapshot::UserRow;

/// A row for every matched user, in the roster's order.
#[derive(Debug, Default)]
pub(super) struct Rows {
    shown: Arc<Vec<Arc<UserRow>>>,
    /// Those of the snapshot before, for their memory.
    spare: Arc<Vec<Arc<UserRow>>>,
    touched: Vec<usize>,
}

impl Rows {
    /// All rows.
    pub(super) fn shown(&self) -> Arc<Vec<Arc<UserRow>>> {
        Arc::clone(&self.shown)
    }

    /// The row at this place is to be made anew.
    pub(super) fn touch(&mut self, ix: usize) {
        self.touched.push(ix);
    }

    /// Those that are to be made anew; [`Rows::keep_list`] takes the list back.
    pub(super) fn take_touched(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.touched)
    }

    /// Keeps the memory of the list for the next step.
    pub(super) fn keep_list(&mut self, mut list: Vec<usize>) {
        list.clear();
        self.touched = list;
    }

    /// Shows this row at this place.
    pub(super) fn set(&mut self, ix: usize, row: Arc<UserRow>) {
        if let Some(place) = self.changeable().get_mut(ix) {
            *place = row;
        }
    }

    /// Shows these rows instead of all others.
    pub(super) fn replace(&mut self, rows: Vec<Arc<UserRow>>) {
        self.shown = Arc::new(rows);
    }

    /// The rows, to be changed. Where somebody still looks at them the change is made in a copy, in
    /// the memory of the snapshot before that: twenty new lists a second, each as large as all of
    /// them were, would leave holes between what stays.
    fn changeable(&mut self) -> &mut Vec<Arc<UserRow>> {
        if Arc::get_mut(&mut self.shown).is_none() {
            let mut copy = std::mem::take(&mut self.spare);
            match Arc::get_mut(&mut copy) {
                Some(spare) => spare.clone_from(&self.shown),
                None => copy = Arc::new(self.shown.to_vec()),
            }
            self.spare = std::mem::replace(&mut self.shown, copy);
        }
        Arc::make_mut(&mut self.shown)
    }

    /// Lets go of the rows that no snapshot shows any more.
    pub(super) fn drop_old(&mut self) {
        if let Some(spare) = Arc::get_mut(&mut self.spare) {
            spare.clear();
        }
    }
}
