//! What the console keeps: across every new snapshot, and from run to run.

use portable_pty::CommandBuilder;

use super::keyboard::has_light_ground;
use super::terminal::Terminal;
use crate::common::program::Site;

fn start(site: &Site) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--lang", "en", "--config"]);
    command.arg(site.path("lampfield.toml"));
    command.env("SECRET", site.secret());
    command.env("XDG_STATE_HOME", site.folder.path());
    command.cwd(site.folder.path());
    Terminal::start(command)
}

/// The name in the first row of the table.
fn first(terminal: &Terminal) -> String {
    let seen = terminal.seen.0.lock().unwrap();
    let text = seen.parser.screen().contents();
    let row = text.lines().nth(4).unwrap_or_default();
    row.chars().skip(3).take(18).collect()
}

#[test]
fn the_sort_is_there_again_after_a_refresh_and_after_a_restart() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let site = runtime.block_on(Site::with_users(30, ""));
    let mut terminal = start(&site);
    terminal.until_shown("1/30");
    terminal.until_shown("sort NAME▴");
    let lowest = first(&terminal);
    // The selected row stays selected: it is the last one now.
    terminal.press("O");
    terminal.until_shown("sort NAME▾");
    terminal.until_shown("30/30");
    terminal.press("g");
    terminal.until_shown(" 1/30");
    terminal.until("another first row", |seen| {
        let text = seen.parser.screen().contents();
        let row = text.lines().nth(4);
        row.is_some_and(|row| !row.contains(lowest.trim_end()))
    });
    let highest = first(&terminal);
    assert!(highest.to_lowercase() > lowest.to_lowercase());
    terminal.press("R");
    terminal.until_shown("Reading everybody again");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);

    let mut again = start(&site);
    again.until_shown("1/30");
    again.until_shown("sort NAME▾");
    assert_eq!(first(&again), highest, "and the rows are in that order");
    again.press("oqy");
    assert_eq!(again.ended(), 0);

    let mut last = start(&site);
    last.until_shown("1/30");
    last.until_shown("sort TEAMS▴");
    last.press("\x03\x03");
    assert_eq!(last.ended(), 0);
}

#[test]
fn a_theme_that_was_chosen_by_key_is_there_again_after_a_restart() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let site = runtime.block_on(Site::with_users(30, ""));
    let mut terminal = start(&site);
    terminal.until_shown("1/30");
    terminal.press("BB");
    terminal.until_shown("Theme: light");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);

    let mut again = start(&site);
    again.until_shown("1/30");
    again.until("the ground of the light theme", has_light_ground);
    again.press("B");
    again.until_shown("Theme: mono");
    again.press("\x03\x03");
    assert_eq!(again.ended(), 0);
}
