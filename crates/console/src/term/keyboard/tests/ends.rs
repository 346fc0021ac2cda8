//! What has a beginning, and perhaps no end.

use super::*;

/// anomalyco/opentui#1256, QwenLM/qwen-code#3181, justrach/codegraff#532.
#[rstest]
#[case::whole(b"\x1b[200~one\r\ntwo\x1b[201~q", "paste(one\r\ntwo) q")]
#[case::empty(b"\x1b[200~\x1b[201~q", "paste() q")]
#[case::eight_bit(b"\x9b200~a\xc4\x9bb\x9b201~q", "paste(aěb) q")]
#[case::pieces(b"\x1b[20|0~te|xt\x1b|[20|1|~q", "paste(text) q")]
#[case::sequences_inside(b"\x1b[200~\x1b[A\x1b[20\x1b\x1b[201~q", "paste(\x1b[A\x1b[20\x1b) q")]
#[case::replies_inside(
    b"\x1b[200~a\x1b]11;rgb:0/0/0\x07b\x1b[201~",
    "paste(a\x1b]11;rgb:0/0/0\x07b)"
)]
#[case::no_utf_8(b"\x1b[200~\xff\xe4\x1b[201~q", "paste(\u{fffd}\u{fffd}) q")]
#[case::without_end(b"\x1b[200~text", "paste(text)")]
#[case::end_cut_off(b"\x1b[200~text\x1b[201", "paste(text)")]
#[case::end_without_begin(b"\x1b[201~q", "q")]
#[case::ctrl_c_inside(b"\x1b[200~te\x03xt\x1b[201~q", "Ctrl-c paste(text) q")]
fn pasted_text_is_one(#[case] reads: &[u8], #[case] wanted: &str) {
    assert_eq!(typed(&cut(reads), SILENCE / 2), wanted);
}

#[test]
fn a_paste_without_its_end_frees_the_keyboard() {
    let mut typist = Typist::new();
    typist.send(b"\x1b[200~some text");
    typist.wait(just_before(SILENCE));
    assert_eq!(typist.typed(), "");
    typist.wait(Duration::from_millis(1));
    assert_eq!(typist.typed(), "paste(some text)");
    typist.send(b"q");
    assert_eq!(typist.typed(), "q");
}

/// Whoever hammers on a dead keyboard must not keep it dead.
#[rstest]
#[case::paste(b"\x1b[200~some text")]
#[case::osc(b"\x1b]11;rgb:")]
#[case::dcs(b"\x1bP>|xterm")]
#[case::eight_bit(b"\x9f")]
fn hammering_does_not_keep_it_dead(#[case] begin: &[u8]) {
    let mut typist = Typist::new();
    typist.send(begin);
    for _ in 0..60 {
        typist.wait(TRICKLE / 50);
        typist.send(b"x");
    }
    assert!(typist.typed().ends_with(" x x x"), "{:?}", typist.typed);
}

#[test]
fn a_large_paste_over_a_slow_line_stays_a_paste() {
    let mut typist = Typist::new();
    typist.send(b"\x1b[200~");
    for _ in 0..100 {
        typist.send(&[b'x'; 1_000]);
        typist.wait(SILENCE / 2);
    }
    typist.send(b"\x1b[201~q");
    let typed = typist.typed();
    assert_eq!(typed.len(), "paste() q".len() + unended::PASTE_LIMIT);
    assert!(typed.ends_with(" q"));
}

#[rstest]
#[case::osc(b"\x1b]52;c;")]
#[case::dcs(b"\x1bP1+r")]
#[case::csi(b"\x1b[?")]
#[case::paste(b"\x1b[200~")]
fn what_never_ends_takes_no_memory(#[case] begin: &[u8]) {
    let mut typist = Typist::new();
    typist.send(begin);
    for _ in 0..1_000 {
        typist.send(&[b'1'; 4_096]);
    }
    assert!(typist.keyboard.held() <= unended::PASTE_LIMIT + PARAMETERS);
}

/// Strings whose end was lost: the next sequence and the next moment free the keyboard.
#[rstest]
#[case(b"\x1b]11;rgb:1e1e|\x1b[A", 0, "Up")]
#[case(b"\x1b]11;rgb:1e1e|q", 1_000, "q")]
#[case(b"\x1b]11;rgb:1e1e\x1b|q", 1_000, "q")]
#[case(b"\x1b]11;rgb:1e1e\x18|q", 0, "Ctrl-x q")]
#[case(b"\x1b]11;rgb\x1bP1+r\x1b\\|q", 0, "q")]
#[case(b"\x1b[?62;|\r", 0, "Enter")]
#[case(b"\x1b[?62;|\x1b[A", 0, "Up")]
#[case(b"\x1b[<35;93;|q", 1_000, "q")]
#[case::x10(b"\x1b[M |q", 1_000, "q")]
#[case::x10_cut_by_a_key(b"\x1b[M |\x1b[A", 0, "Up")]
#[case::x10_wide_at_its_end(b"\x1b[M !\xc4|q", 0, "q")]
fn a_lost_end_costs_a_moment(#[case] reads: &[u8], #[case] pause: u64, #[case] wanted: &str) {
    assert_eq!(typed(&cut(reads), Duration::from_millis(pause)), wanted);
}

#[rstest]
#[case(b"\x1b")]
#[case(b"\x1b[")]
#[case(b"\x1b[1;5")]
#[case(b"\x1bO")]
#[case(b"\x1b[[")]
#[case(b"\x1b[M ")]
#[case(b"\x1b]11;rgb:")]
#[case(b"\x1b]11;rgb:\x1b")]
#[case(b"\x1bP>|")]
#[case(b"\x1b_G")]
#[case(b"\x1b^")]
#[case(b"\x1bX")]
#[case(b"\x1b[200~text")]
#[case(b"\x1b[200~text\x1b[20")]
#[case(b"\xe2\x82")]
#[case(b"\x9b")]
#[case(b"\x9d")]
fn ctrl_c_acts_at_once_within_anything(#[case] begin: &[u8]) {
    let mut typist = Typist::new();
    typist.send(begin);
    typist.send(b"\x03");
    assert!(
        typist.typed().ends_with("Ctrl-c"),
        "{}",
        begin.escape_ascii()
    );
}
