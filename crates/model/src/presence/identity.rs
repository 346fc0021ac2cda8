//! Who somebody is: four names that are easy to confuse, so each is a type of its own.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::read_text;
use crate::string_pool::{ArcStr, Substr};
use crate::text::harmless;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(deserialize_with = "read_text::shared")] Substr);

        impl $name {
            /// Takes the name as it came, without surrounding space and control characters.
            #[must_use]
            pub fn new(raw: &str) -> Self {
                Self(harmless(raw.trim()).as_ref().into())
            }

            /// The name as it is shown.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form in which two names are compared: Unicode NFC, lower case.
            #[must_use]
            pub fn key(&self) -> MatchKey {
                // Most names are their own key: then both are one text in memory.
                let own = self.0.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase());
                if own {
                    return MatchKey(self.0.clone());
                }
                MatchKey::new(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name_type! {
    /// The user name in UCServer's user administration.
    UserName
}
name_type! {
    /// The user principal name in Entra.
    Upn
}
name_type! {
    /// A contact's SIP URI in UCServer. Never assume that it equals the UPN.
    ContactUri
}

impl UserName {
    /// A name that was one already, at another place in memory.
    pub(super) const fn as_it_stands(text: Substr) -> Self {
        Self(text)
    }

    /// The same name and these texts in one block of memory, for what is kept of 20,000 users: a block of its own takes
    /// as much again as a short text.
    #[must_use]
    pub fn beside<const N: usize>(&self, texts: [&str; N]) -> (Self, [Substr; N]) {
        let all = ArcStr::from([self.as_str(), &texts.concat()].concat());
        let mut end = self.as_str().len();
        let name = Self(all.substr(..end));
        let texts = texts.map(|text| {
            let start = end;
            end += text.len();
            all.substr(start..end)
        });
        (name, texts)
    }
}

/// A name as it is compared: Unicode NFC, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MatchKey(Substr);

impl MatchKey {
    /// The comparison form of any name.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let raw = raw.trim();
        if raw.is_ascii() {
            return Self(raw.to_ascii_lowercase().into());
        }
        // Lower-casing can leave a decomposed form (İ), so normalise afterwards once more.
        Self(
            raw.nfc()
                .collect::<String>()
                .to_lowercase()
                .nfc()
                .collect::<String>()
                .into(),
        )
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The object id of an Entra user: the only key that the presence calls take.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntraId(pub Uuid);

impl EntraId {
    /// Reads a GUID.
    ///
    /// # Errors
    /// When `raw` is no GUID.
    pub fn parse(raw: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(raw)
            .or_else(|_| Uuid::parse_str(raw.trim()))
            .map(Self)
    }
}

impl fmt::Display for EntraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for EntraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Anna@Corp.Example", "anna@corp.example")]
    #[case("ju\u{308}rgen@corp.example", "JÜRGEN@corp.example")]
    #[case(" o'neil@corp.example ", "O'Neil@corp.example")]
    fn names_match_whatever_their_case_and_composition(#[case] a: &str, #[case] b: &str) {
        assert_eq!(UserName::new(a).key(), Upn::new(b).key());
    }

    #[test]
    fn texts_beside_a_name_are_what_they_were() {
        let anna = UserName::new("anna");
        let (name, texts) = anna.beside(["Änna", "", "12"]);
        assert_eq!(name, anna);
        assert_eq!(texts, ["Änna", "", "12"]);
        assert!(ArcStr::ptr_eq(name.0.parent(), texts[2].parent()));
    }

    #[test]
    fn different_names_stay_different() {
        assert_ne!(
            UserName::new("anna").key(),
            Upn::new("anna@corp.example").key()
        );
    }

    proptest::proptest! {
        #[test]
        fn a_key_is_its_own_key(raw in proptest::prelude::any::<String>()) {
            let key = MatchKey::new(&raw);
            proptest::prop_assert_eq!(MatchKey::new(key.as_str()), key);
        }
    }
}
