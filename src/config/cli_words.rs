//! The command line in the language of whoever calls: help from `words`, and what is wrong with a
//! line. What to take and what not is the definition's alone.

use std::collections::HashMap;
use std::fmt;

use clap::builder::{Resettable, StyledStr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use words::{Lang, ProgramTexts, Value, Words, fill};

/// Why a value or a line is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsageFault(pub(super) Words);

impl fmt::Display for UsageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.in_lang(Lang::En))
    }
}

impl std::error::Error for UsageFault {}

/// Help texts by name: `run_for` is the flag `--for` of `run`, `flag_demo` one of all commands.
struct Help {
    lang: Lang,
    texts: HashMap<&'static str, &'static str>,
}

impl Help {
    fn new(lang: Lang) -> Self {
        let texts = ProgramTexts::in_lang(lang).help.all();
        let named = |(name, text): (&'static str, _)| {
            (name.split_once('.').map_or(name, |(_, name)| name), text)
        };
        Self {
            lang,
            texts: texts.into_iter().map(named).collect(),
        }
    }

    fn text(&self, name: &str) -> Option<&'static str> {
        self.texts.get(name).copied()
    }
}

/// The definition with its help in this language.
pub(super) fn in_lang(mut whole: Command, lang: Lang) -> Command {
    whole.build();
    localized(whole, "", &Help::new(lang))
}

fn localized(command: Command, path: &str, help: &Help) -> Command {
    let name = if path.is_empty() { "about" } else { path };
    let mut command = command;
    if let Some(about) = help.text(name) {
        let long = help.text(&format!("{name}_long"));
        let long = long.map_or_else(|| about.to_owned(), |long| format!("{about}\n\n{long}"));
        command = command.about(about).long_about(long);
    }
    if path.is_empty() {
        command = command.after_help(help.text("after").unwrap_or_default());
    }
    let command = headed(command, help);
    let command = command.mut_args(|arg| localized_arg(arg, path, help));
    command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        if name == "help" {
            return sub.about(help.text("command_help").unwrap_or_default());
        }
        let below = [path, &name].join(if path.is_empty() { "" } else { "_" });
        localized(sub, &below, help)
    })
}

/// Headings are clap's own in English.
fn headed(command: Command, help: &Help) -> Command {
    if help.lang == Lang::En {
        return command;
    }
    let (options, commands) = (help.text("heading_options"), help.text("heading_commands"));
    let place = command.get_bin_name().unwrap_or("lampfield").to_owned();
    let mut parts = vec![place.as_str(), help.text("usage_flags").unwrap_or_default()];
    if command.has_subcommands() {
        parts.push(help.text("usage_command").unwrap_or_default());
    }
    let usage = help.text("usage").unwrap_or_default();
    command
        .subcommand_help_heading(commands.unwrap_or_default())
        .override_usage(StyledStr::from(parts.join(" ")))
        .help_template(format!(
            "{{about-with-newline}}\n{usage}: {{usage}}\n\n{{all-args}}{{after-help}}"
        ))
        .mut_args(|arg| match arg.get_help_heading() {
            Some(_) => arg.help_heading(help.text("heading_global")),
            None => arg.help_heading(options),
        })
}

fn localized_arg(arg: Arg, path: &str, help: &Help) -> Arg {
    let id = arg.get_id().as_str().trim_end_matches('_').to_owned();
    let own = help.text(&format!("{path}_{id}"));
    let Some(text) = own.or_else(|| help.text(&format!("flag_{id}"))) else {
        return arg;
    };
    if help.lang == Lang::En {
        return arg.help(text);
    }
    let mut text = text.to_owned();
    let list = |texts: Vec<String>| texts.join(", ");
    let default = arg.get_default_values();
    let default = list(default.iter().map(|v| v.to_string_lossy().into()).collect());
    if !default.is_empty() && arg.get_action().takes_values() {
        let told = help.text("default").unwrap_or_default();
        text = format!("{text} {}", fill(told, &[("value", &default)]));
    }
    let values = arg.get_possible_values();
    let values = list(
        values
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect(),
    );
    if !values.is_empty() && arg.get_action().takes_values() {
        let told = help.text("values").unwrap_or_default();
        text = format!("{text} {}", fill(told, &[("values", &values)]));
    }
    arg.help(text)
        .long_help(Resettable::Reset)
        .hide_default_value(true)
        .hide_possible_values(true)
}

/// What is wrong with a line, in both languages; nothing where clap alone has words for it.
pub(super) fn told(error: &clap::Error) -> Option<Words> {
    let quoted = |kind| error.get(kind).map(|value| format!("'{}'", shown(value)));
    let argument = quoted(ContextKind::InvalidArg).unwrap_or_default();
    let command = quoted(ContextKind::InvalidSubcommand).unwrap_or_default();
    let value = quoted(ContextKind::InvalidValue).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::UnknownArgument => {
            Words::say(|t| t.usage.unknown_argument, &[("argument", &argument)])
        }
        ErrorKind::InvalidSubcommand => {
            Words::say(|t| t.usage.unknown_command, &[("command", &command)])
        }
        ErrorKind::MissingSubcommand => {
            Words::say(|t| t.usage.missing_command, &[("command", &command)])
        }
        ErrorKind::MissingRequiredArgument => {
            Words::say(|t| t.usage.missing_argument, &[("argument", &argument)])
        }
        ErrorKind::InvalidValue if value == "''" => {
            Words::say(|t| t.usage.missing_value, &[("argument", &argument)])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            wrong_value(error, &argument, &value)
        }
        ErrorKind::ArgumentConflict => conflict(&argument, &quoted(ContextKind::PriorArg)?),
        _ => return None,
    };
    let what = Words::say(|t| t.usage.error, &[("what", &what)]);
    Some(what.then(&Words::say(|t| t.usage.more, &[])))
}

/// The same flag twice, or two that exclude each other.
fn conflict(argument: &str, prior: &str) -> Words {
    if argument == prior {
        return Words::say(|t| t.usage.too_often, &[("argument", &argument)]);
    }
    let values: [(&str, &dyn Value); 2] = [("argument", &argument), ("other", &prior)];
    Words::say(|t| t.usage.either, &values)
}

fn wrong_value(error: &clap::Error, argument: &str, value: &str) -> Words {
    let values: [(&str, &dyn Value); 2] = [("value", &value), ("argument", &argument)];
    let what = Words::say(|t| t.usage.wrong_value, &values);
    let fault = std::error::Error::source(error).and_then(|why| why.downcast_ref());
    if let Some(UsageFault(why)) = fault {
        return what.because(why);
    }
    match error.get(ContextKind::ValidValue).map(shown) {
        Some(values) if !values.is_empty() => what.because(&Words::say(
            |t| t.usage.possible_values,
            &[("values", &values)],
        )),
        _ => what,
    }
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(texts) => texts.join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use rstest::rstest;

    use super::super::{Cli, NotRun};
    use super::*;

    fn german(line: &str) -> NotRun {
        let words = std::iter::once("lampfield").chain(line.split_whitespace());
        Cli::parse_in(words.map(Into::into), Lang::De).expect_err("it is not run")
    }

    #[rstest]
    #[case("--help", "Aufruf: lampfield [SCHALTER] [BEFEHL]")]
    #[case("--help", "Schalter für alle Befehle:")]
    #[case("snapshot --help", "[Standard: table] [möglich: table, json, csv]")]
    #[case("config init --help", "überschreibt nie")]
    #[case("config --help", "Befehle:")]
    fn help_is_german(#[case] line: &str, #[case] says: &str) {
        let NotRun::Clap(help) = german(line) else {
            panic!("help is no error")
        };
        let said = help.render().to_string();
        assert!(said.contains(says), "{said}");
        for english in ["Usage:", "Print ", "Options:", "Commands:", "[default"] {
            assert!(!said.contains(english), "{english}: {said}");
        }
    }

    #[rstest]
    #[case("--clowd", "Fehler: '--clowd' ist unbekannt")]
    #[case("frobnicate", "den Befehl 'frobnicate' gibt es nicht")]
    #[case("--lang fr", "erwartet wird de oder en")]
    #[case("run --for 0s", "erwartet wird eine Dauer wie 30s")]
    #[case("snapshot --format yaml", "[möglich: table, json, csv]")]
    #[case("--demo snapshot --config x", "die Konsole der Demo")]
    #[case("--demo --demo", "steht mehrmals da")]
    #[case(
        "why x --socket s --direct",
        "entweder '--socket <PATH>' oder '--direct', nicht beides"
    )]
    #[case("doctor --write", "es fehlt '--user <UPN>'")]
    fn what_is_wrong_is_said_in_german(#[case] line: &str, #[case] says: &str) {
        let NotRun::Told(said) = german(line) else {
            panic!("clap's own words are English")
        };
        assert!(said.contains(says), "{said}");
    }

    #[test]
    fn every_command_and_flag_has_its_help_in_words() {
        let help = Help::new(Lang::De);
        let mut whole = Cli::command();
        whole.build();
        let mut all = vec![(String::new(), &whole)];
        let mut count = 0;
        while let Some((path, command)) = all.pop() {
            let name = if path.is_empty() { "about" } else { &path };
            assert!(help.text(name).is_some(), "{name}");
            for arg in command.get_arguments() {
                let id = arg.get_id().as_str().trim_end_matches('_');
                let known = help.text(&format!("{path}_{id}"));
                let known = known.or_else(|| help.text(&format!("flag_{id}")));
                assert!(known.is_some(), "{path} {id}");
                count += 1;
            }
            for sub in command
                .get_subcommands()
                .filter(|sub| sub.get_name() != "help")
            {
                let joint = if path.is_empty() { "" } else { "_" };
                all.push(([&path, sub.get_name()].join(joint), sub));
            }
        }
        assert!(count > 50, "{count}");
    }
}
