//! What may be odd about a matched user, each a note on the screen: they come and go independently
//! of each other.

/// One thing that is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum UserFlag {
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
const ALL: [UserFlag; 5] = [
    UserFlag::Stale,
    UserFlag::Missing,
    UserFlag::Flapping,
    UserFlag::EchoHeld,
    UserFlag::Unknown,
];

/// What is odd about a user. One byte: it is kept 20,000 times, where an unchanged reading looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UserFlags(u8);

impl UserFlags {
    /// Whether this is odd.
    pub(super) const fn has(self, flag: UserFlag) -> bool {
        self.0 & flag as u8 != 0
    }

    /// Whether anything is odd.
    pub(super) const fn any(self) -> bool {
        self.0 != 0
    }

    /// This is odd from now on, or not any more; whether it was until now.
    pub(super) const fn set(&mut self, flag: UserFlag, on: bool) -> bool {
        let before = self.has(flag);
        if on {
            self.0 |= flag as u8;
        } else {
            self.0 &= !(flag as u8);
        }
        before
    }

    /// All that is odd.
    pub(super) fn iter(self) -> impl Iterator<Item = UserFlag> {
        ALL.into_iter().filter(move |flag| self.has(*flag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_and_goes_by_itself() {
        let mut all = UserFlags::default();
        for flag in ALL {
            assert!(!all.set(flag, true) && all.has(flag));
        }
        assert_eq!(all.iter().collect::<Vec<_>>(), ALL);
        for flag in ALL {
            assert!(all.any() && all.set(flag, false) && !all.has(flag));
        }
        assert!(!all.any());
    }
}
