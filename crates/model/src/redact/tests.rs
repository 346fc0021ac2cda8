use proptest::prelude::*;
use rstest::rstest;

use super::known::{Known, Traces};
use super::*;
use spelt::{notations, shows};

#[path = "../../../../tests/common/notations.rs"]
mod spelt;

/// With everything in it that some notation writes otherwise.
const SECRET: &str = "k7~Qm+/=&%<z\"9XvB\\tR2'wL";
/// As long as a token of Entra's, and as dull.
const TOKEN: &str = "eyJ0eXAiOiJKV1QifQ.eyJyb2xlcyI6WyJQcmVzZW5jZS5SZWFkV3JpdGUuQWxsIl19.Zm9vYmFyLXNpZ25hdHVyZS1ieXRlcw";
const UMLAUTS: &str = "Pässwört für Jürgen";

fn known(secrets: &[&str]) -> Known {
    let traces: Vec<_> = secrets
        .iter()
        .map(|secret| Traces::of_secret(secret))
        .collect();
    Known::from_traces(traces.iter())
}

fn clean(text: &str) -> String {
    without(&known(&[SECRET, TOKEN, UMLAUTS, "sEcr3t"]), text).into_owned()
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
        let half = secret.get(from..to).unwrap();
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
            let cut = spelt.get(..cut).unwrap().trim_end();
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
        hide_passing(Passing::DeviceCode, "https://one.example", &token(number));
        hide_passing(Passing::DeviceCode, "https://two.example", &token(100));
    }
    for number in 0..10 {
        hide_passing(
            Passing::DeviceCode,
            "https://two.example",
            &token(number + 100),
        );
    }
    assert_eq!(redacted("is W5-only-this-test-says-so"), "is [removed]");
    assert!(is_secret(&token(109)));
    assert!(is_secret(&token(9)), "what another server gave");
    assert!(!is_secret("Qz0000-") && !is_secret("Qz0100-"));
    let held = SECRETS.read().unwrap();
    let mut passing = held.iter().flat_map(|secrets| secrets.passing.values());
    assert!(passing.all(|of_server| of_server.len() <= REMEMBERED));
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
