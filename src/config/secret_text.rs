//! What a secret is of what stands in its file. Pure.
//!
//! Editors and shells of Windows leave byte order marks and line ends, web pages zero-width spaces:
//! Entra answers "wrong secret" to a secret with one of them, and nobody sees why.

use super::fault::said;
use super::keys::Entry;
use model::redact;
use words::{Value, Words};

/// Where a secret comes from decides what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretKind {
    /// Entra makes it up: it holds no space, so spaces round it are not of it.
    ClientSecret,
    /// A person chose it: a space may be a part of it.
    Password,
}

/// Of programs, of English and of German; Entra makes up no secret with one.
const QUOTES: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“')];

impl SecretKind {
    /// Of the key that names it.
    pub(super) fn for_section(section: &str) -> Self {
        if section == "tenant" {
            Self::ClientSecret
        } else {
            Self::Password
        }
    }

    fn allows(self, c: char) -> bool {
        self == Self::Password && c == ' '
    }
}

/// The secret without what nobody sees round it; empty where nothing else is there.
///
/// # Errors
/// In an administrator's words, where something that cannot be a part of it stands within. They
/// never repeat the secret.
pub(super) fn secret_in(text: &str, kind: SecretKind) -> Result<&str, Words> {
    let unseen = |c: char| is_unseen(c) && !kind.allows(c);
    let secret = text.trim_matches(unseen);
    if let Some(more) = more_than_secret(secret, kind) {
        return Err(said(more, &[]));
    }
    match secret.chars().find(|c| unseen(*c) || *c == '\u{FFFD}') {
        None => Ok(secret),
        Some('\r' | '\n') => Err(said(|t| t.faults.secret_lines, &[])),
        Some('\u{FFFD}') => Err(said(|t| t.faults.secret_no_text, &[])),
        Some(odd) => {
            let (what, code) = (said(name(odd), &[]), format!("U+{:04X}", u32::from(odd)));
            let values: [(&str, &dyn Value); 2] = [("what", &what), ("code", &code)];
            Err(said(|t| t.faults.secret_odd, &values))
        }
    }
}

/// What stands there in place of a secret alone.
fn more_than_secret(text: &str, kind: SecretKind) -> Option<Entry> {
    let is_assigned = text.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim_end().to_ascii_lowercase();
        ["secret", "password"].iter().any(|end| name.ends_with(end))
    });
    let is_quoted = QUOTES.iter().any(|(open, close)| {
        text.strip_prefix(*open)
            .is_some_and(|rest| rest.ends_with(*close))
    });
    if text.starts_with("-----BEGIN ") {
        Some(|t| t.faults.secret_pem)
    } else if is_assigned {
        Some(|t| t.faults.secret_assigned)
    } else if is_quoted && kind == SecretKind::ClientSecret {
        Some(|t| t.faults.secret_quoted)
    } else {
        None
    }
}

/// A secret that somebody has typed, for a key of this section, as it is kept.
///
/// # Errors
/// In an administrator's words, without the secret, where it cannot be one.
pub(crate) fn typed_secret(text: &str, section: &str) -> Result<String, Words> {
    let secret = secret_in(text, SecretKind::for_section(section));
    let secret = secret.map_err(|why| said(|t| t.faults.secret_typed, &[("why", &why)]))?;
    if secret.trim().is_empty() {
        return Err(said(|t| t.faults.secret_typed_empty, &[]));
    }
    redact::hide(secret);
    Ok(secret.to_owned())
}

/// Spaces of all kinds, control characters, and what takes no room on a screen.
fn is_unseen(c: char) -> bool {
    let formats = matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}' | '\u{FFFE}' | '\u{FFFF}'
        | '\u{E0000}'..='\u{E0FFF}');
    formats || c.is_control() || c.is_whitespace()
}

fn name(odd: char) -> Entry {
    match odd {
        ' ' => |t| t.faults.odd_space,
        '\t' => |t| t.faults.odd_tab,
        '\0' => |t| t.faults.odd_nul,
        '\u{A0}' => |t| t.faults.odd_no_break,
        '\u{200B}'..='\u{200D}' | '\u{2060}' => |t| t.faults.odd_zero_width,
        '\u{FEFF}' => |t| t.faults.odd_byte_order,
        _ => |t| t.faults.odd_invisible,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    // thephpleague/oauth2-client#840, Azure-Samples/active-directory-b2c-dotnetcore-webapp#43,
    // auth0/custom-social-connections#11 (a space behind it).
    #[rstest]
    #[case::as_it_is("s~e.c")]
    #[case::line_end("s~e.c\n")]
    #[case::windows("\u{FEFF}s~e.c\r\n")]
    #[case::several_line_ends("\n\ns~e.c\n\n")]
    #[case::spaces(" \ts~e.c \u{A0}")]
    #[case::zero_width("\u{200B}s~e.c\u{200B}\u{2060}\n")]
    #[case::nul("s~e.c\0\0")]
    #[case::marks_of_a_web_page("\u{202A}s~e.c\u{202C}")]
    #[case::end_of_file_of_dos("s~e.c\u{1A}")]
    fn what_nobody_sees_round_a_secret_is_not_of_it(#[case] text: &str) {
        assert_eq!(secret_in(text, SecretKind::ClientSecret), Ok("s~e.c"));
    }

    #[rstest]
    #[case("ab\u{200B}cd", "a zero-width space (U+200B)")]
    #[case("ab\u{FEFF}cd", "a byte order mark (U+FEFF)")]
    #[case("ab\0cd", "a NUL (U+0000)")]
    #[case("ab cd", "a space (U+0020)")]
    #[case("ab\u{A0}cd", "a no-break space (U+00A0)")]
    #[case("ab\u{AD}cd", "an invisible character (U+00AD)")]
    #[case("ab\ncd", "more than one line")]
    #[case("ab\r\ncd", "more than one line")]
    #[case("ab\u{FFFD}cd", "no text")]
    #[case("\"abcd\"\n", "quotation marks")]
    #[case("'abcd'", "quotation marks")]
    #[case("„abcd“", "quotation marks")]
    #[case("LAMPFIELD_CLIENT_SECRET=abcd\n", "a name before the secret")]
    #[case("export X_SECRET=\"ab cd\"", "a name before the secret")]
    #[case("client_secret = \"abcd\"\n", "a name before the secret")]
    #[case(
        "-----BEGIN PRIVATE KEY-----\nabcd\n-----END PRIVATE KEY-----\n",
        "certificate_file"
    )]
    fn what_stands_within_is_named_and_the_secret_is_not(#[case] text: &str, #[case] why: &str) {
        let error = secret_in(text, SecretKind::ClientSecret).unwrap_err();
        let error = error.in_lang(words::Lang::En);
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("ab") && !error.contains("cd"), "{error}");
    }

    // The last one is of the kind that Entra made up before 2020.
    #[rstest]
    #[case("a=b")]
    #[case("secretly")]
    #[case("\"ab")]
    #[case("3Kd=:qp5[rT.xSecret")]
    fn what_may_be_a_secret_is_one(#[case] text: &str) {
        assert_eq!(secret_in(text, SecretKind::ClientSecret), Ok(text));
    }

    #[test]
    fn a_password_may_hold_spaces() {
        let password = secret_in(" p w \n", SecretKind::Password);
        assert_eq!(password, Ok(" p w "));
        let quoted = secret_in("\"pw\"", SecretKind::Password);
        assert_eq!(quoted, Ok("\"pw\""), "somebody may have chosen that");
        assert!(secret_in("p\u{A0}w", SecretKind::Password).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_error_holds_a_piece_of_the_secret(a in "[!-~]{4,20}", odd in "[\u{200B} \n\0\u{A0}]", b in "[!-~]{4,20}") {
            let error = secret_in(&format!("{a}{odd}{b}"), SecretKind::ClientSecret).unwrap_err();
            let error = [words::Lang::De, words::Lang::En].map(|lang| error.in_lang(lang).to_owned()).join(" ");
            let words = error.split_whitespace().any(|word| word == a || word == b);
            proptest::prop_assert!(!words);
        }
    }
}
