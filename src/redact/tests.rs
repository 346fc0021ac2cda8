use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;
use rstest::rstest;

use super::known::{Known, Traces};
use super::*;

/// With everything in it that some notation writes otherwise.
const SECRET: &str = "k7~Qm+/=&%<z\"9XvB\\tR2'wL";
/// As long as a token of Entra's, and as dull.
const TOKEN: &str = "eyJ0eXAiOiJKV1QifQ.eyJyb2xlcyI6WyJQcmVzZW5jZS5SZWFkV3JpdGUuQWxsIl19.Zm9vYmFyLXNpZ25hdHVyZS1ieXRlcw";
const UMLAUTS: &str = "Pässwört für Jürgen";

fn known(secrets: &[&str]) -> Known {
    let traces: Vec<_> = secrets.iter().map(|secret| Traces::of(secret)).collect();
    Known::of(traces.iter())
}

fn clean(text: &str) -> String {
    without(&known(&[SECRET, TOKEN, UMLAUTS, "sEcr3t"]), text).into_owned()
}

/// Every byte in a notation of its own.
fn each(secret: &str, spell: impl Fn(u8) -> String) -> String {
    secret.bytes().map(spell).collect()
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

/// How servers, proxies, parsers and loggers give back what they were sent.
fn notations(secret: &str) -> Vec<(&'static str, String)> {
    let base64 = |text: &str| BASE64_STANDARD.encode(text);
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wrapped = |text: &str, by: usize| {
        let chars: Vec<char> = text.chars().collect();
        let lines = chars.chunks(by).map(|line| line.iter().collect::<String>());
        lines.collect::<Vec<_>>().join("\n")
    };
    let reversed: String = secret.chars().rev().collect();
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
            secret
                .chars()
                .map(|c| format!("%u{:04x}", u32::from(c)))
                .collect(),
        ),
        ("JSON", json(secret)),
        ("JSON with slashes", json(secret).replace('/', "\\/")),
        ("JSON in JSON", json(&json(secret))),
        (
            "JSON, all of it",
            secret
                .chars()
                .map(|c| format!("\\u{:04X}", u32::from(c)))
                .collect(),
        ),
        ("Rust", format!("{secret:?}")),
        ("Rust, all of it", secret.escape_unicode().to_string()),
        ("bytes in C", each(secret, |byte| format!("\\x{byte:02x}"))),
        ("octal", each(secret, |byte| format!("\\{byte:03o}"))),
        ("HTML", html(secret)),
        ("HTML twice", html(&html(secret))),
        (
            "HTML decimal",
            secret
                .chars()
                .map(|c| format!("&#{};", u32::from(c)))
                .collect(),
        ),
        (
            "HTML hexadecimal",
            secret
                .chars()
                .map(|c| format!("&#x{:X};", u32::from(c)))
                .collect(),
        ),
        (
            "HTML without ends",
            secret
                .chars()
                .map(|c| format!("&#{:05}", u32::from(c)))
                .collect(),
        ),
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
fn shows(text: &str, secret: &str) -> bool {
    let (text, secret) = (text.to_lowercase(), secret.to_lowercase());
    let secret: Vec<char> = secret.chars().collect();
    let mut pieces = secret
        .windows(8)
        .map(|piece| piece.iter().collect::<String>());
    pieces.any(|piece| text.contains(&piece))
}

#[rstest]
#[case::with_every_sign(SECRET)]
#[case::a_token(TOKEN)]
#[case::umlauts(UMLAUTS)]
fn no_notation_shows_a_secret(#[case] secret: &str) {
    let mut shown = Vec::new();
    for (name, spelt) in notations(secret) {
        for text in [
            spelt.clone(),
            format!("AADSTS9002313: rejected {spelt} end"),
            format!(r#"{{"error":"no","body":"client_secret={spelt}&scope=x"}}"#),
            format!("<title>Blocked</title>Your request: {spelt}</html>"),
        ] {
            let clean = clean(&text);
            if !clean.contains(REMOVED) || clean.contains(&spelt) || shows(&clean, secret) {
                shown.push((name, clean));
            }
        }
    }
    assert!(shown.is_empty(), "{shown:#?}");
}

#[rstest]
#[case::with_every_sign(SECRET, 12)]
#[case::a_token(TOKEN, 12)]
fn half_a_secret_is_one(#[case] secret: &str, #[case] least: usize) {
    for (from, to) in [
        (0, secret.len() / 2),
        (4, secret.len()),
        (secret.len() / 2, secret.len()),
    ] {
        let half = &secret[from..to];
        assert!(half.len() >= least);
        for (name, spelt) in notations(half) {
            let clean = clean(&format!("said {spelt} end"));
            assert!(clean.contains(REMOVED), "{name}: {clean}");
        }
    }
}

/// A server that cuts its message cuts what it quotes.
#[test]
fn a_cut_notation_is_read_up_to_the_cut() {
    for (name, spelt) in notations(TOKEN) {
        for cut in spelt.len() / 2..spelt.len() / 2 + 8 {
            let cut = spelt[..cut].trim_end();
            let clean = clean(&format!("said {cut}"));
            // Of a group that was cut a digit may stay.
            let rest = clean.strip_prefix("said [removed]");
            assert!(rest.is_some_and(|rest| rest.len() < 5), "{name}: {clean}");
        }
    }
}

#[rstest]
#[case::alone("sEcr3t", "[removed]")]
#[case::in_a_list("user:sEcr3t@proxy", "[removed]")]
#[case::in_base64("Basic dXNlcjpzRWNyM3Q, end", "Basic [removed] end")]
#[case::part_of_a_word("sEcr3tary", "sEcr3tary")]
fn a_short_secret_is_removed_as_a_whole(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(clean(text), expected);
}

#[rstest]
#[case("Entra refused the sign-in of the application: the client secret is wrong (AADSTS7000215)")]
#[case("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/oauth2/v2.0/token")]
#[case("7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11")]
#[case("Jürgen O'Neil 👩‍💻 & 100 % <größer>")]
#[case("k7~Qm+/")]
#[case("")]
fn everything_else_stays(#[case] text: &str) {
    assert_eq!(clean(text), text);
    assert!(matches!(without(&known(&[SECRET]), text), Cow::Borrowed(_)));
}

/// People choose such passwords; the sentences around them stay readable.
#[test]
fn our_own_words_are_no_secret() {
    let known = known(&[
        "Lampfield-Passwort-2026",
        "secret",
        "admin",
        "ab",
        "--------------",
    ]);
    let said = "lampfield: UCServer refused the password of admin: --------------";
    assert_eq!(without(&known, said), said);
    assert_eq!(
        without(&known, "is Lampfield-Passwort-2026 wrong"),
        "is [removed] wrong"
    );
    assert_eq!(
        without(&known, "is passwort-2026 wrong"),
        "is [removed] wrong"
    );
}

#[test]
fn what_the_process_has_hidden_is_hidden_and_old_tokens_are_forgotten() {
    let token = |number: u32| format!("Qz{number:04}-nobody-else-{number:04}-says-this");
    hide("W5-only-this-test-says-so");
    for number in 0..10 {
        hide_passing(Passing::DeviceCode, &token(number));
    }
    assert_eq!(redacted("is W5-only-this-test-says-so"), "is [removed]");
    assert!(is_secret(&token(9)));
    assert!(!is_secret("Qz0000-"));
    let held = SECRETS.read().unwrap();
    let passing = held.as_ref().map_or(0, |secrets| secrets.passing.len());
    assert!(passing <= 5 * REMEMBERED, "{passing}");
}

proptest! {
    /// Whatever notations one in the other, whatever stands around. (Base64 in another case is nothing
    /// any more, and nobody mirrors an encoded text.)
    #[test]
    fn no_wrapping_shows_a_secret(
        outer in 0_usize..44,
        inner in 0_usize..44,
        before in "[ -~]{0,20}",
        after in "[ -~äöü]{0,20}",
    ) {
        let (name, once) = notations(SECRET).swap_remove(inner);
        let (around, twice) = notations(&once).swap_remove(outer);
        let is_base64 = name.contains("base64") || name == "Basic";
        prop_assume!(!(around.contains("case") && is_base64));
        prop_assume!(!around.contains("backwards") || name == "as it is");
        let clean = clean(&format!("{before} {twice} {after}"));
        prop_assert!(!clean.contains(&twice), "{name}, {around}: {clean}");
    }

    #[test]
    fn nothing_is_fatal_and_twice_is_once(text in any::<String>()) {
        let once = clean(&text);
        prop_assert_eq!(clean(&once), once);
    }
}
