//! What a row may be: `is:call`.

use super::fields::plain;
use super::subject::Subject;
use crate::others::Other;
use model::snapshot::Verdict;
use words::{Lang, Texts, texts};

/// What a row, or a user without one, may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Call,
    Lease,
    Wrong,
    Stale,
    Masked,
    Paused,
    Unmatched,
    Excluded,
}

impl Kind {
    /// All of them, in the order of the help.
    pub(crate) const ALL: [Self; 8] = [
        Self::Call,
        Self::Lease,
        Self::Wrong,
        Self::Stale,
        Self::Masked,
        Self::Paused,
        Self::Unmatched,
        Self::Excluded,
    ];

    /// The word in a filter, the same in every language.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Lease => "lease",
            Self::Wrong => "wrong",
            Self::Stale => "stale",
            Self::Masked => "masked",
            Self::Paused => "paused",
            Self::Unmatched => "unmatched",
            Self::Excluded => "excluded",
        }
    }

    /// More words for it in a language, with spaces between them.
    fn also(self, t: &Texts) -> &str {
        match self {
            Self::Call => t.kinds.call,
            Self::Lease => t.kinds.lease,
            Self::Wrong => t.kinds.wrong,
            Self::Stale => t.kinds.stale,
            Self::Masked => t.kinds.masked,
            Self::Paused => t.kinds.paused,
            Self::Unmatched => t.kinds.unmatched,
            Self::Excluded => t.kinds.excluded,
        }
    }

    /// All words for it in a language.
    pub(crate) fn words(self, t: &Texts) -> impl Iterator<Item = &str> {
        [self.word()]
            .into_iter()
            .chain(self.also(t).split_whitespace())
    }

    /// The kind of this word, in any language.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let wanted = plain(word);
        let is_it = |kind: &Self| {
            let mut langs = [Lang::En, Lang::De].into_iter();
            langs.any(|lang| kind.words(texts(lang)).any(|known| plain(known) == wanted))
        };
        Self::ALL.into_iter().find(is_it)
    }

    /// Whether a row is of this kind.
    pub(super) fn holds(self, it: &Subject<'_>) -> bool {
        let row = it.row;
        match self {
            Self::Call => row.is_on_the_phone(),
            Self::Lease => row.lease.is_some(),
            Self::Wrong => row.notes.iter().any(model::problem::is_wrong) || it.is_stale(),
            Self::Stale => it.is_stale(),
            Self::Masked => it.held_verdict() == Some(Verdict::Masked),
            Self::Paused => row.paused,
            Self::Unmatched | Self::Excluded => false,
        }
    }

    /// Whether a user without a row is.
    pub(super) const fn holds_for(self, other: Other<'_>) -> bool {
        match self {
            Self::Unmatched => other.reason.is_some(),
            Self::Excluded => other.reason.is_none(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_two_kinds() {
        for kind in Kind::ALL {
            for lang in [Lang::En, Lang::De] {
                for word in kind.words(texts(lang)) {
                    assert_eq!(Kind::from_word(word), Some(kind), "{word}");
                }
            }
        }
    }
}
