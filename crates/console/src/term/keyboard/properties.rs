//! What holds for every stream of bytes.

use proptest::prelude::*;

use super::tests::whole_replies;
use super::*;

/// Keys as terminals write them; a bare ESC is left to the table, it is a matter of time.
const KEYS: &[&[u8]] = &[
    b"q",
    b"R",
    b"\r",
    b"\t",
    b"\x7f",
    b"\x1a",
    b"\xc3\xa4",
    b"\xe2\x82\xac",
    b"\xf0\x9f\x91\xa9",
    b"\x1b[A",
    b"\x1bOB",
    b"\x1b[5~",
    b"\x1b[1;5C",
    b"\x1b[[B",
    b"\x1bOP",
    b"\x1b[97;5u",
    b"\x1b[200~pasted \x1b[A\x1b[201~",
    b"\x1bx",
    b"\x9bD",
];

fn key() -> impl Strategy<Value = &'static [u8]> {
    proptest::sample::select(KEYS)
}

fn reply() -> impl Strategy<Value = &'static [u8]> {
    proptest::sample::select(whole_replies().collect::<Vec<_>>())
}

/// Bytes of all kinds, more often those that begin and end something.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        key().prop_map(<[u8]>::to_vec),
        reply().prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 1..8),
        proptest::sample::select(b"\x1b[]P_^XOM\\\x07\x9b\x9c\x9d\x03\x18~;0".to_vec())
            .prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn all_at_once(bytes: &[u8]) -> Vec<Typed> {
    Keyboard::new(Timestamp::UNIX_EPOCH).step(bytes, Timestamp::UNIX_EPOCH)
}

proptest! {
    #[test]
    fn it_does_not_matter_where_reads_end(bytes in bytes(), cuts in proptest::collection::vec(1_usize..9, 1..40)) {
        let mut keyboard = Keyboard::new(Timestamp::UNIX_EPOCH);
        let (mut typed, mut rest) = (Vec::new(), bytes.as_slice());
        for length in cuts.iter().cycle() {
            let (read, later) = rest.split_at((*length).min(rest.len()));
            typed.extend(keyboard.step(read, Timestamp::UNIX_EPOCH));
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(typed, all_at_once(&bytes));
    }

    #[test]
    fn a_reply_between_keys_changes_nothing(
        sequences in proptest::collection::vec((key(), proptest::option::of(reply())), 0..20),
    ) {
        let keys: Vec<u8> = sequences.iter().flat_map(|(key, _)| *key).copied().collect();
        let with_replies: Vec<u8> = sequences
            .iter()
            .flat_map(|(key, reply)| [*key, reply.unwrap_or_default()].concat())
            .collect();
        let typed = all_at_once(&with_replies).into_iter();
        let typed = typed.filter(|typed| !matches!(typed, Typed::Background(_)));
        prop_assert_eq!(typed.collect::<Vec<_>>(), all_at_once(&keys));
    }

    #[test]
    fn every_ctrl_c_comes_out_at_once(bytes in bytes()) {
        let mut keyboard = Keyboard::new(Timestamp::UNIX_EPOCH);
        let ctrl_c = Typed::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        for byte in bytes {
            let typed = keyboard.step(&[byte], Timestamp::UNIX_EPOCH);
            if byte == CTRL_C {
                prop_assert_eq!(typed.last(), Some(&ctrl_c));
            }
        }
    }

    #[test]
    fn after_a_moment_every_keyboard_is_free_and_holds_little(bytes in bytes()) {
        let mut keyboard = Keyboard::new(Timestamp::UNIX_EPOCH);
        keyboard.step(&bytes, Timestamp::UNIX_EPOCH);
        prop_assert!(keyboard.held() <= unended::PASTE_LIMIT + PARAMETERS);
        let later = advance(Timestamp::UNIX_EPOCH, SILENCE);
        keyboard.step(&[], later);
        prop_assert_eq!(keyboard.deadline(), None);
        let q = Typed::Key(KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE));
        prop_assert_eq!(keyboard.step(b"q", later), [q]);
    }
}
