//! What may be odd about a matched user, each a note on the screen: they come and go independently
//! of each other.

/// One thing that is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Oddity {
    /// The last good read is too old.
    Stale = 1,
    /// The last answer had no entry.
    Missing = 1 << 1,
    /// The state changes more often than a person changes it.
    Flapping = 1 << 2,
    /// InACall from Graph is being held back as ours.
    EchoHeld = 1 << 3,
    /// Graph says nothing that we understand.
    Unknown = 1 << 4,
}

/// All of them.
const ALL: [Oddity; 5] = [
    Oddity::Stale,
    Oddity::Missing,
    Oddity::Flapping,
    Oddity::EchoHeld,
    Oddity::Unknown,
];

/// What is odd about a user. One byte: it is kept 20,000 times, where an unchanged reading looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Oddities(u8);

impl Oddities {
    /// Whether this is odd.
    pub(super) const fn has(self, oddity: Oddity) -> bool {
        self.0 & oddity as u8 != 0
    }

    /// Whether anything is odd.
    pub(super) const fn any(self) -> bool {
        self.0 != 0
    }

    /// This is odd from now on, or not any more; whether it was until now.
    pub(super) const fn set(&mut self, oddity: Oddity, on: bool) -> bool {
        let before = self.has(oddity);
        if on {
            self.0 |= oddity as u8;
        } else {
            self.0 &= !(oddity as u8);
        }
        before
    }

    /// All that is odd.
    pub(super) fn iter(self) -> impl Iterator<Item = Oddity> {
        ALL.into_iter().filter(move |oddity| self.has(*oddity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_and_goes_by_itself() {
        let mut all = Oddities::default();
        for oddity in ALL {
            assert!(!all.set(oddity, true) && all.has(oddity));
        }
        assert_eq!(all.iter().collect::<Vec<_>>(), ALL);
        for oddity in ALL {
            assert!(all.any() && all.set(oddity, false) && !all.has(oddity));
        }
        assert!(!all.any());
    }
}
