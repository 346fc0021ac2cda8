//! The console in a real terminal: what it leaves behind, and what ends it.

mod keyboard;
mod memory;
mod program;
mod stalled;
pub(crate) mod terminal;

use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, native_pty_system};
use rstest::rstest;
use terminal::{Terminal, fixture, size};

#[test]
fn it_shows_the_users_and_quits_without_a_trace() {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("Anna Becker");
    terminal.until_shown("q quit");
    terminal.press("qy");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

#[test]
fn it_filters_as_one_types() {
    let mut terminal = Terminal::console(&["--lang", "de"]);
    terminal.until_shown("1/12");
    terminal.press("/is:call");
    terminal.until_shown("/5 von 12");
    terminal.press("\r");
    terminal.until_shown("Warum?");
    terminal.press("\x1b");
    terminal.until_shown("Filter: alle");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn sigterm_ends_it_and_restores() {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    rustix::process::kill_process(terminal.pid(), rustix::process::Signal::TERM).unwrap();
    assert_eq!(terminal.ended(), 143);
    terminal.assert_restored();
}

#[test]
fn a_panic_restores_before_it_is_printed() {
    let mut terminal = Terminal::console(&["--panic"]);
    terminal.until_shown("q quit");
    terminal.press("R");
    assert_eq!(terminal.ended(), 101);
    terminal.assert_restored();
    terminal.until_shown("the test asked for a panic");
}

#[test]
fn sighup_ends_it_and_restores_what_is_still_there() {
    let mut terminal = Terminal::console(&["--live"]);
    terminal.until_shown("q quit");
    rustix::process::kill_process(terminal.pid(), rustix::process::Signal::HUP).unwrap();
    assert_eq!(terminal.ended(), 129);
    terminal.assert_restored();
}

/// Closes the terminal under the program, as a broken SSH connection does; how long the program
/// lived on.
fn hang_up(command: CommandBuilder) -> (u32, Duration) {
    let pair = native_pty_system().openpty(size(24, 80)).unwrap();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut drawn = Vec::new();
    while !String::from_utf8_lossy(&drawn).contains("Anna Becker") {
        let mut chunk = [0; 4_096];
        let count = reader.read(&mut chunk).unwrap();
        assert!(count > 0, "it ended before it drew");
        drawn.extend_from_slice(&chunk[..count]);
    }
    drop(reader);
    drop(pair.master);
    let gone = Instant::now();
    let code = child.wait().unwrap().exit_code();
    (code, gone.elapsed())
}

#[test]
fn it_ends_when_the_terminal_is_gone() {
    let mut command = CommandBuilder::new(fixture());
    command.args(["--live"]);
    command.env("TERM", "xterm-256color");
    let (code, lived_on) = hang_up(command);
    assert_eq!(code, 129);
    assert!(lived_on < Duration::from_secs(2), "{lived_on:?}");
}

/// Under a wrapper that ignores SIGHUP nobody may send a signal: the hang-up itself is seen.
#[test]
fn it_ends_under_a_wrapper_when_the_terminal_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("code");
    let mut command = CommandBuilder::new("sh");
    let script = "trap '' HUP; \"$0\" --live; echo $? > \"$1\"";
    let (program, file) = (fixture(), result.clone());
    command.args([
        "-c",
        script,
        program.to_str().unwrap(),
        file.to_str().unwrap(),
    ]);
    command.env("TERM", "xterm-256color");
    let (_, lived_on) = hang_up(command);
    assert_eq!(std::fs::read_to_string(&result).unwrap().trim(), "129");
    assert!(lived_on < Duration::from_secs(2), "{lived_on:?}");
}

/// By its own key, and by a signal from outside: the shell gets its screen back.
#[rstest::rstest]
#[case::by_key(None)]
#[case::by_signal(Some(rustix::process::Signal::TSTP))]
fn it_goes_to_the_background_and_comes_back(#[case] signal: Option<rustix::process::Signal>) {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    command.env("PS1", "shell> ");
    let mut terminal = Terminal::start(command);
    terminal.until_shown("shell>");
    terminal.press(&format!("{}\r", fixture().to_str().unwrap()));
    terminal.until_shown("q quit");
    match signal {
        None => terminal.press("\x1a"),
        Some(signal) => {
            // The job leads its process group, which has the terminal.
            let group = terminal.master.as_ref().unwrap().process_group_leader();
            let group = rustix::process::Pid::from_raw(group.unwrap()).unwrap();
            rustix::process::kill_process(group, signal).unwrap();
        }
    }
    terminal.until("the shell", |seen| {
        !seen.parser.screen().alternate_screen()
            && seen.parser.screen().contents().contains("Stopped")
            && seen
                .parser
                .screen()
                .contents()
                .trim_end()
                .ends_with("shell>")
    });
    terminal.press("fg\r");
    terminal.until("the console again", |seen| {
        seen.parser.screen().alternate_screen()
            && seen.parser.screen().contents().contains("Anna Becker")
    });
    terminal.press("\x03\x03");
    // Its prompt, not only its screen: until then the console still reads the keyboard.
    terminal.until("the shell again", |seen| {
        let screen = seen.parser.screen();
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("shell>")
    });
}

#[test]
fn it_survives_a_storm_of_sizes() {
    let mut terminal = Terminal::console(&["--live"]);
    terminal.until_shown("q quit");
    for step in 0..60_u16 {
        let size = size(1 + step * 7 % 50, 1 + step * 13 % 170);
        terminal.master.as_ref().unwrap().resize(size).unwrap();
    }
    {
        let mut seen = terminal.seen.0.lock().unwrap();
        seen.parser
            .screen_mut()
            .set_size(30.try_into().unwrap(), 100.try_into().unwrap());
    }
    terminal
        .master
        .as_ref()
        .unwrap()
        .resize(size(30, 100))
        .unwrap();
    terminal.press("u");
    terminal.until_shown("Lager Nord");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

#[test]
fn no_color_means_no_colour_and_the_selection_stays_visible() {
    let mut command = CommandBuilder::new(fixture());
    command.env("KEEP_NO_COLOR", "1");
    command.env("NO_COLOR", "1");
    let mut terminal = Terminal::start(command);
    terminal.until_shown("Anna Becker");
    terminal.until_shown("q quit");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
    let seen = terminal.seen.0.lock().unwrap();
    let text = String::from_utf8_lossy(&seen.bytes);
    for parameter in text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        let (parameter, rest) = rest.split_at(end);
        rest.starts_with('m').then_some(parameter)
    }) {
        for number in parameter.split(';').filter_map(|n| n.parse::<u16>().ok()) {
            assert!(
                !matches!(number, 30..=38 | 40..=48 | 90..=107),
                "colour {parameter}"
            );
        }
    }
    assert!(text.contains("\x1b[7m"), "the selection is not reversed");
}

/// As `ssh -t host lampfield` has it: stopped, it could never be continued.
#[test]
fn without_a_shell_it_does_not_stop() {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    terminal.press("\x1au");
    terminal.until_shown("Lager Nord");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

/// Two letters of UTF-8 in place of each umlaut are what a terminal of Latin 1 would show.
#[rstest]
#[case(&["--help"], "Traegt Praesenz")]
#[case(&["nosuch"], "Fehler: den Befehl")]
#[case(&["run"], "lampfield init richtet eine ein")]
#[case(&["mapping"], "Gespraech")]
#[case(&["check"], "keine Bruecke gefunden")]
#[case(&["--demo", "--plain"], "zugeordnet")]
fn a_terminal_of_latin_1_gets_words_that_it_can_show(#[case] args: &[&str], #[case] says: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(args);
    command.cwd(home.path());
    command.env("HOME", home.path());
    let mut terminal = Terminal::start_in("de_DE.ISO-8859-1", command);
    terminal.until(says, |seen| {
        String::from_utf8_lossy(&seen.bytes).contains(says)
    });
    terminal.press("\x03");
    terminal.ended();
    let seen = terminal.seen.0.lock().unwrap();
    let text = String::from_utf8_lossy(&seen.bytes);
    let of_names = |line: &&str| args.contains(&"--plain") && !line.contains("zugeordnet");
    let ours = text.lines().filter(|line| !of_names(line));
    for line in ours {
        assert!(line.is_ascii(), "{line}");
    }
}
