//! What a terminal sends beside keys, as it comes through a real one.

use rstest::rstest;

use super::terminal::{Seen, Terminal};

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
    terminal.press("\x03\x03");
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
    terminal.until_shown("/5 of 12");
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

const QUESTION: &str = "\x1b]11;?\x1b\\";

fn asked(terminal: &Terminal) -> usize {
    let seen = terminal.seen.0.lock().unwrap();
    String::from_utf8_lossy(&seen.bytes)
        .matches(QUESTION)
        .count()
}

/// Whether the selected row has the ground of the light theme (256 colours).
fn is_light(terminal: &Terminal) -> bool {
    has_light_ground(&terminal.seen.0.lock().unwrap())
}

pub(super) fn has_light_ground(seen: &Seen) -> bool {
    String::from_utf8_lossy(&seen.bytes).contains("48;5;189")
}

/// It is asked for once; the first frame does not wait for it, and the answer is no key.
#[rstest]
#[case::light(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\", true)]
#[case::dark(b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07", false)]
fn the_background_decides_about_the_theme(#[case] answer: &[u8], #[case] light: bool) {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    assert_eq!(asked(&terminal), 1);
    assert!(!is_light(&terminal));
    terminal.send(answer);
    terminal.press("u");
    terminal.until_shown("Lager Nord");
    terminal.press("u");
    terminal.until("the table, and the theme", |seen| {
        seen.text().contains("Anna Becker") && has_light_ground(seen) == light
    });
    // One more is none that we have asked for.
    terminal.send(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
    assert_eq!((asked(&terminal), is_light(&terminal)), (1, light));
}

#[test]
fn a_theme_that_is_named_holds_whatever_the_background_is() {
    let mut terminal = Terminal::console(&["--theme", "light"]);
    terminal.until_shown("q quit");
    assert!(is_light(&terminal));
    terminal.send(b"\x1b]11;rgb:0000/0000/0000\x1b\\");
    terminal.press("B");
    terminal.until_shown("Theme: mono");
    terminal.press("BB");
    terminal.until_shown("Theme: dark");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
}

/// Whoever quits at once does not find the answer on the command line of the shell.
#[test]
fn an_answer_that_comes_after_the_end_is_not_left_to_the_shell() {
    let mut command = portable_pty::CommandBuilder::new("/bin/sh");
    let script = r#""$0" && echo over && read -r line && echo "got <$line>""#;
    command.args(["-c", script]);
    command.arg(super::terminal::fixture());
    let mut terminal = Terminal::start(command);
    terminal.until("the question", |seen| {
        String::from_utf8_lossy(&seen.bytes).contains(QUESTION)
    });
    terminal.press("\x03\x03");
    terminal.send(b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\");
    terminal.until_shown("over");
    terminal.press("\n");
    terminal.until_shown("got <>");
}

/// A console of Linux, a printer: they would show the question.
#[test]
fn an_old_terminal_is_not_asked() {
    let mut command = portable_pty::CommandBuilder::new("/bin/sh");
    command.args(["-c", r#"TERM=linux exec "$0""#]);
    command.arg(super::terminal::fixture());
    let mut terminal = Terminal::start(command);
    terminal.until_shown("q quit");
    assert_eq!(asked(&terminal), 0);
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
}
