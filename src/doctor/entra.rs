//! Entra's refusals in both languages.

use model::presence::Lang;
use words::{aadsts, texts};

/// Why and what to do, in German and English; nothing for a number that nobody explains.
pub(super) struct Explained {
    pub(super) de: (&'static str, &'static str),
    pub(super) en: (&'static str, &'static str),
}

pub(super) fn explained(code: u32) -> Option<Explained> {
    let de = aadsts(code, texts(Lang::De))?;
    let en = aadsts(code, texts(Lang::En))?;
    Some(Explained { de, en })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_explained_in_english_is_explained_in_german() {
        for code in graph::explained_aadsts() {
            let found = explained(code).expect("both languages have it");
            assert_ne!(found.de.0, found.en.0, "{code}");
            assert_eq!(Some(found.en), graph::aadsts_in_words(code), "{code}");
        }
    }
}
