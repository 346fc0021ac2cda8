//! What stands in place of a text or a number: the same for the same, of the same form, and from
//! another recording another.

use sha2::{Digest, Sha256};

/// Keeps the salt; the salt is never written anywhere.
#[derive(Clone)]
pub(crate) struct Pseudonyms {
    salt: [u8; 32],
}

/// Schemes of addresses; another one becomes `uri`.
const SCHEMES: [&str; 11] = [
    "sip", "sips", "tel", "im", "pres", "xmpp", "mailto", "http", "https", "ws", "wss",
];
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// No country has this code, so no pseudonym is anybody's number.
const NOBODYS_COUNTRY: &str = "999";

impl Pseudonyms {
    pub(crate) const fn new(salt: [u8; 32]) -> Self {
        Self { salt }
    }

    /// In place of a text: an address for an address, a number for a number, a word for all else.
    pub(crate) fn text(&self, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            return String::new();
        }
        if let Some((scheme, rest)) = uri(text) {
            return self.uri(scheme, rest);
        }
        if let Some((local, domain)) = address(text) {
            return self.address(local, domain);
        }
        if is_phone(text) {
            return self.phone(text);
        }
        format!("x-{}", self.word(text))
    }

    /// In place of a whole number: far from those that stay as they are.
    pub(crate) fn number(&self, digits: &str) -> u64 {
        900_000_000 + self.hash(digits.trim_start_matches('-')) % 99_999_999
    }

    fn uri(&self, scheme: &str, rest: &str) -> String {
        let lower = scheme.to_ascii_lowercase();
        let scheme = SCHEMES.iter().find(|known| **known == lower);
        let scheme = scheme.copied().unwrap_or("uri");
        let rest = rest.trim_start_matches('/');
        // Parameters and paths: nobody reads them, and anything may stand there.
        let rest = rest.split(['/', '?', ';', '#']).next().unwrap_or_default();
        let rest = match rest.split_once('@') {
            Some((local, domain)) => self.address(local, domain),
            None if is_phone(rest) => self.phone(rest),
            None => format!("x-{}", self.word(rest)),
        };
        format!("{scheme}:{rest}")
    }

    fn address(&self, local: &str, domain: &str) -> String {
        let local = if is_phone(local) {
            self.phone(local)
        } else {
            format!("u-{}", self.word(local))
        };
        format!("{local}@d-{}.example", self.word(domain))
    }

    /// However it is written: blanks, brackets and dashes are not what makes a number.
    fn phone(&self, text: &str) -> String {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let plus = if text.starts_with('+') { "+" } else { "" };
        let number = self.hash(&digits) % 1_000_000_000;
        format!("{plus}{NOBODYS_COUNTRY}{number:09}")
    }

    /// Eight letters.
    fn word(&self, text: &str) -> String {
        let mut hash = self.hash(&text.to_lowercase());
        let mut word = String::with_capacity(8);
        for _ in 0..8 {
            let letter = usize::try_from(hash % 32).unwrap_or_default();
            word.push(LETTERS.get(letter).copied().map_or('a', char::from));
            hash /= 32;
        }
        word
    }

    fn hash(&self, text: &str) -> u64 {
        let mut hasher = Sha256::new();
        hasher.update(self.salt);
        hasher.update(text.as_bytes());
        hasher.update(self.salt);
        let hash = hasher.finalize();
        hash.iter()
            .take(8)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

/// Scheme and rest, where this is a URI without blanks.
fn uri(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() >= 2 && scheme.chars().all(|c| c.is_ascii_alphabetic());
    (is_scheme && !rest.is_empty() && !text.contains(char::is_whitespace)).then_some((scheme, rest))
}

fn address(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.rsplit_once('@')?;
    (!local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace))
        .then_some((local, domain))
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 2
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || " +-/().".contains(c))
}

/// Whether a text is one that [`Pseudonyms::text`] makes: for looking through a recording.
pub(crate) fn is_pseudonym(text: &str) -> bool {
    let text = text.split_once(':').map_or(text, |(scheme, rest)| {
        let known = scheme == "uri" || SCHEMES.contains(&scheme);
        if known { rest } else { text }
    });
    match text.split_once('@') {
        Some((local, domain)) => {
            let domain = domain
                .strip_prefix("d-")
                .and_then(|d| d.strip_suffix(".example"));
            is_local(local) && domain.is_some_and(is_word)
        }
        None => is_local(text),
    }
}

fn is_local(text: &str) -> bool {
    let word = text.strip_prefix("x-").or_else(|| text.strip_prefix("u-"));
    word.is_some_and(is_word) || is_nobodys_number(text)
}

fn is_word(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| LETTERS.contains(&byte))
}

fn is_nobodys_number(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    let number = text.strip_prefix(NOBODYS_COUNTRY);
    number.is_some_and(|rest| rest.len() == 9 && rest.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn one() -> Pseudonyms {
        Pseudonyms::new([7; 32])
    }

    /// The form of a pseudonym: letters become `a`, digits `0`.
    fn form(text: &str) -> String {
        let shape = |c: char| match c {
            '0'..='9' => '0',
            other => other,
        };
        let mut form = one().text(text);
        for part in ["x-", "u-", "d-"] {
            if let Some(at) = form.find(part) {
                form.replace_range(at + 2..at + 10, "w");
            }
        }
        form.chars().map(shape).collect()
    }

    #[rstest]
    #[case("sip:anna@corp.example", "sip:u-w@d-w.example")]
    #[case("SIP:Anna@Corp.example", "sip:u-w@d-w.example")]
    #[case("tel:+49 30 100@pbx", "x-w")]
    #[case("tel:+4930100@pbx", "tel:+000000000000@d-w.example")]
    #[case("tel:+4930100", "tel:+000000000000")]
    #[case("anna@corp.example", "u-w@d-w.example")]
    #[case("+49 (30) 100-17", "+000000000000")]
    #[case("4711", "000000000000")]
    #[case("https://ucserver:7225/x?y=z", "https:x-w")]
    #[case("group:lampfield", "uri:x-w")]
    #[case("Anna Adler", "x-w")]
    #[case("  ", "")]
    fn a_pseudonym_has_the_form_of_what_it_stands_for(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(form(text), expected);
        assert!(
            text.trim().is_empty() || is_pseudonym(&one().text(text)),
            "{}",
            one().text(text)
        );
    }

    #[rstest]
    #[case("sip:anna@corp.example", "SIP:ANNA@CORP.example", true)]
    #[case("+49 30 100", "+4930100", true)]
    #[case("anna@corp.example", "bernd@corp.example", false)]
    fn the_same_is_the_same(#[case] a: &str, #[case] b: &str, #[case] same: bool) {
        assert_eq!(one().text(a) == one().text(b), same);
        assert_ne!(one().text(a), Pseudonyms::new([8; 32]).text(a));
    }

    #[test]
    fn address_and_contact_still_belong_together() {
        let (user, contact) = (
            one().text("anna@corp.example"),
            one().text("sip:anna@corp.example"),
        );
        assert_eq!(contact, format!("sip:{user}"));
        let bare = one().text("anna");
        assert_eq!(bare.get(2..), user.get(2..10));
    }

    #[rstest]
    #[case("Anna")]
    #[case("x-anna")]
    #[case("u-annaadle@corp.example")]
    #[case("+4930123456")]
    fn what_is_no_pseudonym_is_known(#[case] text: &str) {
        assert!(!is_pseudonym(text));
    }
}
