//! Which lines are taken, and which are usage errors.

use rstest::rstest;

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    let words = std::iter::once("lampfield").chain(line.split_whitespace());
    Cli::parse_from(words.map(OsString::from))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[rstest]
#[case("")]
#[case("--demo --users 50 --seed 7")]
#[case("--demo --theme light --config x.toml")]
#[case("--theme auto")]
#[case("snapshot --demo --users 50")]
#[case("--demo snapshot --format csv --lang de --color never --ascii")]
#[case("run --for 30s --observe --log-level debug")]
#[case("--log-level debug run --config x.toml")]
#[case("watch --for 1h30m --format json")]
#[case("doctor --user a@b.example --write")]
#[case("doctor --record x.jsonl")]
#[case("doctor --record x.jsonl --for 10m --write --user a@b.example")]
#[case("doctor --show-recording x.jsonl --format json")]
#[case("mapping --format json")]
#[case("login")]
#[case("config init --config /tmp/x.toml")]
#[case("config check")]
#[case("simulator --replay x.jsonl --ucserver-port 0")]
#[case("simulator --graph-port 0 --ucserver-port 0 --users 10 --seed 1 --scenario day")]
fn the_documented_lines_are_taken(#[case] line: &str) {
    parse(line).unwrap();
}

#[rstest]
#[case("--users 5")]
#[case("snapshot --seed 5")]
#[case("--demo snapshot --config x.toml")]
#[case("--demo --users 0")]
#[case("run --for 0s")]
#[case("run --for 30")]
#[case("run --for -- -5s")]
#[case("snapshot --format yaml")]
#[case("--lang fr")]
#[case("--theme pink")]
#[case("doctor --write")]
#[case("doctor --for 10m")]
#[case("doctor --record x --show-recording y")]
#[case("doctor --user a@b --write --observe")]
#[case("--observe doctor --user a@b --write")]
#[case("config")]
#[case("simulator --replay x.jsonl --scenario day")]
#[case("frobnicate")]
#[case("--client-secret x")]
fn anything_else_is_a_usage_error(#[case] line: &str) {
    assert_eq!(parse(line).unwrap_err().exit_code(), 2);
}

#[rstest]
#[case("30s", 30)]
#[case("5m", 300)]
#[case("1h30m", 5400)]
fn durations_read_as_people_write_them(#[case] text: &str, #[case] seconds: u64) {
    assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)));
}

#[rstest]
#[case(ColorArg::Auto, true, false, true)]
#[case(ColorArg::Auto, true, true, false)]
#[case(ColorArg::Auto, false, false, false)]
#[case(ColorArg::Always, false, true, true)]
#[case(ColorArg::Never, true, false, false)]
fn colours_follow_the_flag_then_the_terminal(
    #[case] choice: ColorArg,
    #[case] terminal: bool,
    #[case] no_color: bool,
    #[case] on: bool,
) {
    assert_eq!(choice.is_on(terminal, no_color), on);
}

#[test]
fn watch_speaks_json_to_programs() {
    let args = WatchArgs {
        for_: None,
        source: SourceArgs::default(),
        format: None,
    };
    assert_eq!(args.format(false), WatchFormat::Json);
    assert_eq!(args.format(true), WatchFormat::Lines);
}
