//! A list that is empty for nearly everybody.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list for what few of 20,000 users have: eight bytes where it is empty. Clones share what is in it.
pub struct Few<T>(Option<Arc<Vec<T>>>);

impl<T> From<Vec<T>> for Few<T> {
    fn from(all: Vec<T>) -> Self {
        Self((!all.is_empty()).then(|| Arc::new(all)))
    }
}

impl<T, const N: usize> From<[T; N]> for Few<T> {
    fn from(all: [T; N]) -> Self {
        Vec::from(all).into()
    }
}

impl<T: Clone> From<&[T]> for Few<T> {
    fn from(all: &[T]) -> Self {
        all.to_vec().into()
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        Vec::from_iter(all).into()
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Clone for Few<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_ref().map_or(&[], |all| all)
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Serialize> Serialize for Few<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn none_takes_a_word_and_is_the_list_that_it_was() {
        assert_eq!(size_of::<Few<[u64; 9]>>(), size_of::<usize>());
        for all in [vec![], vec![1, 2, 3]] {
            let few = Few::from(all.clone());
            assert_eq!(*few, all);
            assert_eq!(few, all.iter().copied().collect());
            let text = serde_json::to_string(&few).expect("JSON");
            assert_eq!(text, serde_json::to_string(&all).expect("JSON"));
            assert_eq!(few, serde_json::from_str(&text).expect("the same"));
        }
    }
}
