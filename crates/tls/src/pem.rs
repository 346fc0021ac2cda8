//! Certificates and keys in PEM, however the file has lost its line ends.
//!
//! A block is clear from its two markers alone, so what a password manager, a variable or a web form
//! has made of the lines between them is mended: joined to one line, `\n` in letters, spaces.
//! Whatever stands outside the blocks is a comment. A parser is given only what was mended here, and
//! what is wrong is said without a byte of the file: it may be a key.

use std::error::Error;
use std::fmt;

use words::{Lang, Words};

/// What the file is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `CERTIFICATE`.
    Certificate,
    /// `PRIVATE KEY` of any form.
    PrivateKey,
}

/// Why there is no block that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PemError {
    /// No block of this kind.
    Missing(Kind),
    /// A block begins and does not end.
    Unended,
    /// Something else than base64 between the markers.
    Damaged,
    /// A key with a pass phrase.
    Encrypted,
}

impl PemError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Missing(Kind::Certificate) => Words::say(|t| t.errors.pem_no_certificate, &[]),
            Self::Missing(Kind::PrivateKey) => Words::say(|t| t.errors.pem_no_key, &[]),
            Self::Unended => Words::say(|t| t.errors.pem_unended, &[]),
            Self::Damaged => Words::say(|t| t.errors.pem_damaged, &[]),
            Self::Encrypted => Words::say(|t| t.errors.pem_encrypted, &[]),
        }
    }
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().in_lang(Lang::En))
    }
}

impl Error for PemError {}

impl Kind {
    /// Whether blocks of this label are meant.
    fn is(self, label: &str) -> bool {
        match self {
            Self::Certificate => label == CERTIFICATE || label == "X509 CERTIFICATE",
            Self::PrivateKey => label.ends_with("PRIVATE KEY"),
        }
    }
}

const CERTIFICATE: &str = "CERTIFICATE";
const BEGIN: &str = "-----BEGIN";
const END: &str = "-----END";
const DASHES: &str = "-----";
/// Characters of base64 on a line (RFC 7468).
const LINE: usize = 64;

/// Labels with a space in them, which a file without white space has lost.
const LABELS: [&str; 6] = [
    CERTIFICATE,
    "X509 CERTIFICATE",
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
];

/// A block without its line ends.
struct Block {
    label: String,
    body: String,
}

/// The blocks of this kind, each as RFC 7468 has it; of a certificate's file also nothing else, so
/// that no parser sees the key that may stand beside it.
///
/// # Errors
/// Where there is none, or one that cannot be used.
pub fn mended(text: &str, kind: Kind) -> Result<String, PemError> {
    let mut mended = String::with_capacity(text.len());
    for block in blocks(text, kind)? {
        mended.push_str(&block.spelt());
    }
    if mended.is_empty() {
        return Err(PemError::Missing(kind));
    }
    Ok(mended)
}

/// The bodies of all private keys in it: what must never be shown, whatever the file is used for.
#[must_use]
pub fn key_bodies(text: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    for part in text.split(BEGIN).skip(1) {
        let Some((label, rest)) = part.split_once(DASHES) else {
            continue;
        };
        let (body, _) = rest.split_once(END).unwrap_or((rest, ""));
        if squeezed(label).ends_with("PRIVATEKEY") {
            bodies.push(squeezed(&without_heads(&without_letters(body))));
        }
    }
    bodies
}

fn blocks(text: &str, kind: Kind) -> Result<Vec<Block>, PemError> {
    let mut blocks = Vec::new();
    for part in text.split(BEGIN).skip(1) {
        let Some((label, rest)) = part.split_once(DASHES) else {
            continue;
        };
        let label = label_of(label);
        if !kind.is(&label) {
            continue;
        }
        let whole = rest.split_once(END).map(|(body, _)| body);
        if label.contains("ENCRYPTED") || whole.unwrap_or(rest).contains("ENCRYPTED") {
            return Err(PemError::Encrypted);
        }
        let body = whole.ok_or(PemError::Unended)?;
        let body = squeezed(&without_letters(body));
        if body.is_empty() || !body.bytes().all(is_base64) {
            return Err(PemError::Damaged);
        }
        let label = match kind {
            Kind::Certificate => CERTIFICATE.to_owned(),
            Kind::PrivateKey => label,
        };
        blocks.push(Block { label, body });
    }
    Ok(blocks)
}

fn label_of(raw: &str) -> String {
    let raw = without_letters(raw);
    let bare = squeezed(&raw);
    let known = LABELS.iter().find(|label| squeezed(label) == bare);
    known.map_or_else(|| raw.trim().to_owned(), |label| (*label).to_owned())
}

/// Line ends that have become letters: `\n`, `\r\n`, `\\n`, and the `\` of a shell's continued line.
fn without_letters(text: &str) -> String {
    let text = text.replace("\\r", "\n").replace("\\n", "\n");
    text.replace('\\', "\n")
}

/// Without the heads of an encrypted key (RFC 1421, `Proc-Type: 4,ENCRYPTED`), which are no secret: hidden, they would
/// take those words out of every text.
fn without_heads(body: &str) -> String {
    let mut rest = String::new();
    let mut words = body.split_whitespace();
    while let Some(word) = words.next() {
        if word.ends_with(':') {
            words.next();
        } else {
            rest.push_str(word);
        }
    }
    rest
}

/// Without white space, invisible characters and quotation marks.
fn squeezed(text: &str) -> String {
    let text = model::text::harmless(text);
    let is_gap = |c: &char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '\u{A0}');
    text.chars().filter(|c| !is_gap(c)).collect()
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

impl Block {
    fn spelt(&self) -> String {
        let Self { label, body } = self;
        let mut text = format!("{BEGIN} {label}{DASHES}\n");
        let mut rest = body.as_str();
        while !rest.is_empty() {
            // ASCII: see `is_base64`.
            let (line, more) = rest
                .split_at_checked(LINE.min(rest.len()))
                .unwrap_or((rest, ""));
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        text + &format!("{END} {label}{DASHES}\n")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const KEY: &str = include_str!("../../../tests/keys/rsa_1.pem");

    fn certificate() -> String {
        let made = rcgen::generate_simple_self_signed(["pem.example".to_owned()]);
        made.unwrap().cert.pem()
    }

    /// What tools make of the lines: 1Password/load-secrets-action#123, coollabsio/coolify#6384,
    /// auth0/node-jsonwebtoken#642 (a variable with `\n`), googleapis/google-auth-library-nodejs#1110.
    fn worn(pem: &str) -> Vec<(&'static str, String)> {
        let lines: Vec<&str> = pem.lines().collect();
        vec![
            ("as it is", pem.to_owned()),
            ("in one line", lines.join("")),
            ("with spaces", lines.join(" ")),
            ("with letters", lines.join("\\n")),
            ("with letters twice", lines.join("\\\\n")),
            ("with letters of Windows", lines.join("\\r\\n")),
            ("of Windows", lines.join("\r\n")),
            ("of an old Mac", lines.join("\r")),
            ("continued", lines.join("\\\n")),
            ("in quotation marks", format!("\"{}\"", lines.join("\\n"))),
            ("as a list", format!("[\"{}\"]", lines.join("\", \""))),
            ("indented", lines.join("\n    ")),
            ("empty lines between", lines.join("\n\n")),
            ("no white space at all", squeezed(pem)),
            ("a mark at its head", format!("\u{FEFF}{pem}")),
            (
                "comments around",
                format!("Bag Attributes\n  x: 1\n{pem}# end"),
            ),
        ]
    }

    #[test]
    fn a_key_is_read_however_worn() {
        for (name, text) in worn(KEY) {
            let mended = mended(&text, Kind::PrivateKey).unwrap();
            assert_eq!(mended.trim(), KEY.trim(), "{name}");
        }
    }

    #[test]
    fn a_certificate_is_read_however_worn_and_the_key_beside_it_is_left_out() {
        let pem = certificate().replace("\r\n", "\n");
        for (name, text) in worn(&pem) {
            for whole in [format!("{KEY}{text}"), format!("{text}\n{KEY}")] {
                let mended = mended(&whole, Kind::Certificate).unwrap();
                assert_eq!(mended.trim(), pem.trim(), "{name}");
                assert_eq!(key_bodies(&whole).len(), 1);
            }
        }
    }

    #[rstest]
    #[case::nothing("", PemError::Missing(Kind::PrivateKey))]
    #[case::a_certificate(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        PemError::Missing(Kind::PrivateKey)
    )]
    #[case::cut_off("-----BEGIN PRIVATE KEY-----\nAAAA", PemError::Unended)]
    #[case::no_base64(
        "-----BEGIN PRIVATE KEY-----\nAA*AA\n-----END PRIVATE KEY-----",
        PemError::Damaged
    )]
    #[case::empty(
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
        PemError::Damaged
    )]
    #[case::two_in_one(
        "-----BEGIN PRIVATE KEY-----AAAA-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----",
        PemError::Unended
    )]
    #[case::encrypted(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
        PemError::Encrypted
    )]
    #[case::encrypted_the_old_way(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nAAAA\n-----END RSA PRIVATE KEY-----",
        PemError::Encrypted
    )]
    fn what_is_no_key_is_refused_in_words(#[case] text: &str, #[case] expected: PemError) {
        let refused = mended(text, Kind::PrivateKey).unwrap_err();
        assert_eq!(refused, expected);
        assert!(!refused.to_string().contains("AAAA"), "{refused}");
    }

    const BLOCK: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

    #[rstest]
    #[case::as_it_is("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")]
    #[case::windows("\u{FEFF}-----BEGIN CERTIFICATE-----\r\nAA==\r\n-----END CERTIFICATE-----\r\n")]
    #[case::old_macintosh("-----BEGIN CERTIFICATE-----\rAA==\r-----END CERTIFICATE-----")]
    #[case::comments(
        "Bag Attributes: ENCRYPTED\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\nü ENCRYPTED\n"
    )]
    #[case::indented("  -----BEGIN CERTIFICATE-----\n\tAA== \n  -----END CERTIFICATE-----")]
    fn only_the_blocks_of_a_pem_file_count(#[case] text: &str) {
        assert_eq!(mended(text, Kind::Certificate).unwrap(), BLOCK);
    }

    /// `type a.pem b.pem > both.pem` on Windows.
    #[test]
    fn a_mark_may_stand_before_each_block() {
        let two = format!("\u{FEFF}{BLOCK}\u{FEFF}{BLOCK}");
        let mended = mended(&two, Kind::Certificate).unwrap();
        assert_eq!(mended, format!("{BLOCK}{BLOCK}"));
    }

    #[rstest]
    #[case::as_it_is("\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,12AB\n\nAAAA\nBB==\n")]
    #[case::flattened(" Proc-Type: 4,ENCRYPTED DEK-Info: AES-128-CBC,12AB AAAA BB== ")]
    #[case::escaped("\\nProc-Type: 4,ENCRYPTED\\nDEK-Info: AES-128-CBC,12AB\\n\\nAAAA\\nBB==\\n")]
    fn the_heads_of_an_encrypted_key_are_no_secret(#[case] body: &str) {
        let key = format!("-----BEGIN RSA PRIVATE KEY-----{body}-----END RSA PRIVATE KEY-----");
        assert_eq!(key_bodies(&key), ["AAAABB=="]);
    }

    #[test]
    fn the_bodies_of_keys_are_found_whatever_became_of_them() {
        let body = squeezed(
            KEY.split_once("KEY-----")
                .unwrap()
                .1
                .split_once(END)
                .unwrap()
                .0,
        );
        for (name, text) in worn(KEY) {
            assert_eq!(key_bodies(&text).join("|"), body, "{name}");
        }
        let cut = KEY.split_once(END).unwrap().0;
        assert_eq!(key_bodies(cut), [body]);
    }
}
