//! What a terminal sends beside keys, as it comes through a real one.

use rstest::rstest;

use super::terminal::Terminal;

/// A row a kind, NUL where one write ends; `keyboard/tests.rs` of the console has them all, cut everywhere.
/// tmux/tmux#4846, zellij-org/zellij#5138, NousResearch/hermes-agent#30218.
#[rstest]
#[case::osc(b"\x1b]11;rgb:1e1e/2e2e/3e3e\x1b\\")]
#[case::osc_in_pieces(b"\x1b]11;rgb:1e\x001e/2e2e/3e3e\x1b\x00\\")]
#[case::dcs(b"\x1bP>|WezTerm 20240203-110809-5046fc22\x1b\\")]
#[case::apc(b"\x1b_Gi=31;OK\x1b\\")]
#[case::title(b"\x1b]lWriting\x1b\\")]
#[case::attributes(b"\x1b[?62;4c\x1b[>84;0;0c\x1bP!|7E565445\x1b\\")]
#[case::reports(b"\x1b[24;80R\x1b[?2026;2$y\x1b[?997;1n\x1b[48;24;80;1;1t\x1b[?1u")]
#[case::focus_and_mouse(b"\x1b[I\x1b[O\x1b[<0;1;1M\x1b[M !!")]
#[case::eight_bit(b"\x9d11;rgb:qqqq/qqqq/qqqq\x9c")]
#[case::no_utf_8(b"\xff\xe4")]
fn what_a_terminal_answers_changes_nothing(#[case] pieces: &[u8]) {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    let before = terminal.seen.0.lock().unwrap().text();
    for piece in pieces.split(|byte| *byte == 0) {
        terminal.send(piece);
    }
    // What came before is done when this is shown.
    terminal.press("u");
    terminal.until_shown("Lager Nord");
    terminal.press("u");
    terminal.until("the same screen", |seen| seen.text() == before);
    terminal.press("qy");
    assert_eq!(terminal.ended(), 0);
}

/// anomalyco/opentui#1256, QwenLM/qwen-code#3181.
#[rstest]
#[case::paste(b"\x1b[200~some text")]
#[case::osc(b"\x1b]11;rgb:")]
#[case::dcs(b"\x1bP>|xterm")]
#[case::csi(b"\x1b[?62;")]
fn ctrl_c_ends_it_within_what_has_no_end(#[case] begin: &[u8]) {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    terminal.send(begin);
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

#[test]
fn a_paste_is_text_where_text_is_typed_and_nothing_elsewhere() {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    terminal.press("\x1b[200~q\x1b[201~/\x1b[200~is:call\x1b[201~");
    terminal.until_shown("5/12");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
}

/// anomalyco/opencode#25253: said as what it is, and the plain sequence goes out too.
#[rstest]
#[case::nothing_between("", "en", "Sent to the terminal", false)]
#[case::tmux("/tmp/tmux-0/default,1,0", "de", "An das Terminal geschickt", true)]
fn what_is_copied_is_sent_plain_too(
    #[case] tmux: &str,
    #[case] lang: &str,
    #[case] said: &str,
    #[case] wrapped: bool,
) {
    let mut command = portable_pty::CommandBuilder::new(super::terminal::fixture());
    command.args(["--lang", lang]);
    command.env("KEEP_TMUX", "1");
    command.env("TMUX", tmux);
    let mut terminal = Terminal::start(command);
    terminal.until_shown("Anna Becker");
    terminal.press("y");
    terminal.until_shown(said);
    let seen = terminal.seen.0.lock().unwrap();
    let bytes = String::from_utf8_lossy(&seen.bytes);
    assert!(bytes.contains("\x1b]52;c;"), "no plain sequence");
    assert_eq!(bytes.contains("\x1bPtmux;\x1b\x1b]52;c;"), wrapped);
}
