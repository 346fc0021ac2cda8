//! Equal strings kept once.

pub use arcstr::{ArcStr, Substr};
use rustc_hash::FxHashSet;

/// The strings that were seen: whoever asks for an equal one gets the same. For what many of
/// 20,000 users have in common, as the name of a department. An [`ArcStr`] takes eight bytes in each of them, where an
/// `Arc<str>` would take sixteen.
#[derive(Clone, Debug, Default)]
pub struct StringPool(FxHashSet<ArcStr>);

impl StringPool {
    /// The string that is kept for this one: itself, where it is the first of its kind.
    pub fn share(&mut self, text: ArcStr) -> ArcStr {
        if let Some(kept) = self.0.get(&text) {
            return kept.clone();
        }
        self.0.insert(text.clone());
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
        assert!(ArcStr::ptr_eq(&first, &second));
        assert_eq!((&*first, &*other), ("Sales", "IT"));
    }
}
