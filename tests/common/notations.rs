//! How servers, proxies, parsers and loggers give back what they were sent. Shared by the tests of the
//! redactor and of the whole program.

#![allow(unreachable_pub, dead_code)]

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// Every byte in a notation of its own.
fn each(secret: &str, spell: impl Fn(u8) -> String) -> String {
    secret.bytes().map(spell).collect()
}

fn each_char(secret: &str, spell: impl Fn(char) -> String) -> String {
    secret.chars().map(spell).collect()
}

fn percent(secret: &str) -> String {
    each(secret, |byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    })
}

fn html(secret: &str) -> String {
    secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
}

fn json(secret: &str) -> String {
    serde_json::to_string(secret)
        .unwrap()
        .trim_matches('"')
        .to_owned()
}

/// Each notation with its name.
pub fn notations(secret: &str) -> Vec<(&'static str, String)> {
    [signs(secret), blocks(secret)].concat()
}

/// Those that write a character as a few others.
fn signs(secret: &str) -> Vec<(&'static str, String)> {
    vec![
        ("as it is", secret.to_owned()),
        ("percent", percent(secret)),
        ("percent, lower case", percent(secret).to_lowercase()),
        ("percent twice", percent(&percent(secret))),
        ("percent three times", percent(&percent(&percent(secret)))),
        (
            "percent, all of it",
            each(secret, |byte| format!("%{byte:02x}")),
        ),
        ("form", percent(secret).replace("%20", "+")),
        (
            "old JavaScript",
            each_char(secret, |c| format!("%u{:04x}", u32::from(c))),
        ),
        ("JSON", json(secret)),
        ("JSON with slashes", json(secret).replace('/', "\\/")),
        ("JSON in JSON", json(&json(secret))),
        (
            "JSON, all of it",
            each_char(secret, |c| format!("\\u{:04X}", u32::from(c))),
        ),
        ("Rust", format!("{secret:?}")),
        ("Rust, all of it", secret.escape_unicode().to_string()),
        ("bytes in C", each(secret, |byte| format!("\\x{byte:02x}"))),
        ("octal", each(secret, |byte| format!("\\{byte:03o}"))),
        ("HTML", html(secret)),
        ("HTML twice", html(&html(secret))),
        (
            "HTML decimal",
            each_char(secret, |c| format!("&#{};", u32::from(c))),
        ),
        (
            "HTML hexadecimal",
            each_char(secret, |c| format!("&#x{:X};", u32::from(c))),
        ),
        (
            "HTML without ends",
            each_char(secret, |c| format!("&#{:05}", u32::from(c))),
        ),
    ]
}

fn wrapped(text: &str, by: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let lines = chars.chunks(by).map(|line| line.iter().collect::<String>());
    lines.collect::<Vec<_>>().join("\n")
}

/// Those that write the whole in another alphabet or order.
fn blocks(secret: &str) -> Vec<(&'static str, String)> {
    let base64 = |text: &str| BASE64_STANDARD.encode(text);
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let reversed: String = secret.chars().rev().collect();
    vec![
        (
            "quoted printable",
            each(secret, |byte| format!("={byte:02X}")),
        ),
        ("base64", base64(secret)),
        ("base64url", BASE64_URL_SAFE_NO_PAD.encode(secret)),
        ("base64 behind one", base64(&format!("x{secret}"))),
        ("base64 behind two", base64(&format!("xy{secret}"))),
        ("base64 twice", base64(&base64(secret))),
        ("base64, wrapped", wrapped(&base64(secret), 12)),
        ("base64 of UTF-16", BASE64_STANDARD_NO_PAD.encode(utf16)),
        (
            "base64 of a form",
            base64(&format!("client_secret={}", percent(secret))),
        ),
        ("base64, percent", percent(&base64(secret))),
        ("Basic", base64(&format!("client:{secret}"))),
        ("hexadecimal", each(secret, |byte| format!("{byte:02x}"))),
        (
            "hexadecimal, apart",
            each(secret, |byte| format!("{byte:02X} ")),
        ),
        (
            "hexadecimal, colons",
            each(secret, |byte| format!("{byte:02X}:")),
        ),
        ("a GUID of it", each(secret, |byte| format!("{byte:02x}-"))),
        ("numbers", format!("{:?}", secret.as_bytes())),
        (
            "numbers in hexadecimal",
            each(secret, |byte| format!("0x{byte:02x}, ")),
        ),
        ("upper case", secret.to_uppercase()),
        ("lower case", secret.to_lowercase()),
        ("backwards", reversed.clone()),
        ("backwards in base64", base64(&reversed)),
        ("wrapped", wrapped(secret, 7)),
        ("letters apart", wrapped(secret, 1)),
    ]
}

/// Whether eight characters of the secret in a row can be had back from the text: the same question,
/// asked without any of the code above.
pub fn shows(text: &str, secret: &str) -> bool {
    let (text, secret) = (text.to_lowercase(), secret.to_lowercase());
    let secret: Vec<char> = secret.chars().collect();
    shows_piece(&text, &secret, 8)
}

/// Whether so many characters of `spelt` in a row stand in the text. By `memchr`, because the standard
/// library's search is slow where it is not optimised.
pub fn shows_piece(text: &str, spelt: &[char], length: usize) -> bool {
    spelt.windows(length).any(|piece| {
        let piece: String = piece.iter().collect();
        memchr::memmem::find(text.as_bytes(), piece.as_bytes()).is_some()
    })
}
