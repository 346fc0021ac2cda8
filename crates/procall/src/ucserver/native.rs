//! Whether estos' own Teams integration works on this server: as long as it shows something for
//! any contact. That it was switched off is told by no event that is known, so some of the
//! contacts that it shows are read again every half minute.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use model::clock::advance;
use model::presence::MatchKey;

/// Between two looks: with the answers well within a minute.
const BETWEEN_LOOKS: Duration = Duration::from_secs(30);

/// The contacts for which estos' own integration shows something. Pure.
#[derive(Debug, Default)]
pub(super) struct NativeWatch {
    shown_by: BTreeSet<MatchKey>,
    /// It was told to work.
    works: bool,
    look_at: Option<Timestamp>,
    /// The contacts of the last look.
    looked_at: Vec<MatchKey>,
}

impl NativeWatch {
    /// What this contact shows now.
    pub(super) fn note(&mut self, key: &MatchKey, shows: bool) {
        if !shows {
            self.shown_by.remove(key);
        } else if !self.shown_by.contains(key) {
            self.shown_by.insert(key.clone());
        }
    }

    /// Everybody who shows it, anew.
    pub(super) fn replace(&mut self, shown_by: BTreeSet<MatchKey>) {
        self.shown_by = shown_by;
    }

    /// Whether it works now, where that is another answer than the last time.
    pub(super) fn news(&mut self, now: Timestamp) -> Option<bool> {
        let works = !self.shown_by.is_empty();
        if std::mem::replace(&mut self.works, works) == works {
            return None;
        }
        self.look_at = works.then(|| advance(now, BETWEEN_LOOKS));
        self.looked_at.clear();
        Some(works)
    }

    /// When somebody is to be read again.
    pub(super) const fn next_due(&self) -> Option<Timestamp> {
        self.look_at
    }

    /// At most `most` contacts to read again, if it is time.
    pub(super) fn look(&mut self, most: usize, now: Timestamp) -> Vec<MatchKey> {
        if self.look_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.look_at = Some(advance(now, BETWEEN_LOOKS));
        self.looked_at = self.shown_by.iter().take(most.max(1)).cloned().collect();
        self.looked_at.clone()
    }

    /// The last look was answered: where it found nobody any more, the next ones follow at once.
    pub(super) fn looked(&mut self, now: Timestamp) {
        let looked_at = std::mem::take(&mut self.looked_at);
        let none_left = !looked_at.iter().any(|key| self.shown_by.contains(key));
        if self.works && !looked_at.is_empty() && none_left {
            self.look_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn key(n: usize) -> MatchKey {
        MatchKey::new(&format!("sip:user{n}@x"))
    }

    fn watch(contacts: usize) -> NativeWatch {
        let mut watch = NativeWatch::default();
        for n in 0..contacts {
            watch.note(&key(n), true);
        }
        assert_eq!(watch.news(at(0)), Some(true));
        watch
    }

    #[test]
    fn it_is_told_once_each_time() {
        let mut watch = watch(2);
        assert_eq!(watch.news(at(1)), None);
        watch.note(&key(0), false);
        assert_eq!(watch.news(at(2)), None, "one is left");
        watch.note(&key(1), false);
        assert_eq!(watch.news(at(3)), Some(false));
        assert_eq!(watch.next_due(), None);
    }

    #[test]
    fn some_are_looked_at_again_every_half_minute() {
        let mut watch = watch(5);
        assert!(watch.look(2, at(29)).is_empty());
        assert_eq!(watch.look(2, at(30)), [key(0), key(1)]);
        watch.looked(at(31));
        assert_eq!(watch.next_due(), Some(at(60)), "they still show it");
    }

    #[test]
    fn where_nobody_shows_it_any_more_everybody_is_looked_at_at_once() {
        let mut watch = watch(5);
        let mut looks = 0;
        while watch.next_due().is_some() {
            let due = watch.next_due().unwrap().max(at(30));
            for key in watch.look(2, due) {
                watch.note(&key, false);
            }
            watch.looked(due);
            watch.news(due);
            looks += 1;
            assert_eq!(due, at(30));
        }
        assert_eq!(looks, 3);
    }
}
