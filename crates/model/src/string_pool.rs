//! Equal strings kept once.

use std::sync::Arc;

use rustc_hash::FxHashSet;

/// The strings that were seen: whoever asks for an equal one gets the same. For what many of
/// 20,000 users have in common, as the name of a department.
#[derive(Clone, Debug, Default)]
pub struct StringPool(FxHashSet<Arc<str>>);

impl StringPool {
    /// The string that is kept for this one: itself, where it is the first of its kind.
    pub fn share(&mut self, text: Arc<str>) -> Arc<str> {
        if let Some(kept) = self.0.get(&text) {
            return Arc::clone(kept);
        }
        self.0.insert(Arc::clone(&text));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_are_one() {
        let mut pool = StringPool::default();
        let [first, second, other] = ["Sales", "Sales", "IT"].map(|it| pool.share(it.into()));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!((&*first, &*other), ("Sales", "IT"));
    }
}
