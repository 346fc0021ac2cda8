//! `man`: the manual page, made from the command line's definition.

use std::io;

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use eyre::Report;

use crate::config::{Cli, Environment, Exit};
use crate::wiring::output::say;
use words::{ProgramTexts, fill};

/// Prints one page with every command and its flags.
pub(super) fn man(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let lang = cli.lang(env);
    let texts = ProgramTexts::in_lang(lang);
    say(&page(&Cli::definition(lang), texts)?)
}

fn page(whole: &Command, texts: &ProgramTexts) -> io::Result<String> {
    let t = &texts.man;
    let man = Man::new(whole.clone()).manual(t.title);
    let mut page = Page {
        texts,
        roff: String::new(),
    };
    page.part(None, |to| man.render_title(to))?;
    page.part(Some(t.name), |to| man.render_name_section(to))?;
    page.part(Some(t.synopsis), |to| man.render_synopsis_section(to))?;
    page.part(Some(t.description), |to| man.render_description_section(to))?;
    page.part(None, |to| man.render_options_section(to))?;
    page.heading(t.commands);
    for command in whole.get_subcommands() {
        page.command("lampfield", command);
    }
    page.part(Some(t.notes), |to| man.render_extra_section(to))?;
    Ok(page.roff)
}

/// A page as far as it is written.
struct Page<'a> {
    texts: &'a ProgramTexts,
    roff: String,
}

impl Page<'_> {
    /// Adds what `render` writes; under this heading in place of clap's, which is English.
    fn part(
        &mut self,
        heading: Option<&str>,
        render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut part = Vec::new();
        render(&mut part)?;
        let part = String::from_utf8_lossy(&part).into_owned();
        match heading.zip(part.split_once(".SH ")) {
            Some((heading, (before, titled))) => {
                let rest = titled.split_once('\n').map_or("", |(_, rest)| rest);
                self.roff.push_str(before);
                self.heading(heading);
                self.roff.push_str(rest);
            }
            None => self.roff.push_str(&part),
        }
        Ok(())
    }

    fn heading(&mut self, heading: &str) {
        self.roff
            .push_str(&Roff::new().control("SH", [heading]).to_roff());
    }

    /// A command and those below it: what it is for and the flags that it has alone.
    fn command(&mut self, above: &str, command: &Command) {
        if command.get_name() == "help" {
            return;
        }
        let name = format!("{above} {}", command.get_name());
        for below in command.get_subcommands() {
            self.command(&name, below);
        }
        if command.has_subcommands() {
            return;
        }
        let about = command.get_long_about().or_else(|| command.get_about());
        let about = about.map(ToString::to_string).unwrap_or_default();
        let mut roff = Roff::new();
        roff.control("SS", [name.as_str()]);
        for paragraph in about.split("\n\n") {
            roff.control("PP", []).text([roman(paragraph)]);
        }
        for arg in command.get_arguments().filter(|arg| is_own(arg)) {
            roff.control("TP", []).text([bold(arg.to_string())]);
            roff.text([roman(self.help(arg))]);
        }
        self.roff.push_str(&roff.to_roff());
    }

    /// What a flag is for, what holds without it, and what it takes.
    fn help(&self, arg: &Arg) -> String {
        let help = &self.texts.help;
        let mut said = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let mut add = |template: &str, name: &str, values: Vec<String>| {
            if !values.is_empty() {
                said = format!("{said} {}", fill(template, &[(name, &values.join(", "))]));
            }
        };
        let takes_values = arg.get_action().takes_values();
        if takes_values && !arg.is_hide_default_value_set() {
            let values = arg.get_default_values().iter();
            let values = values.map(|value| value.to_string_lossy().into());
            add(help.default, "value", values.collect());
        }
        if takes_values && !arg.is_hide_possible_values_set() {
            let values = arg.get_possible_values().into_iter();
            let values = values.map(|value| value.get_name().to_owned());
            add(help.values, "values", values.collect());
        }
        said
    }
}

/// Whether a flag belongs to a command alone, and says more than that there is help.
fn is_own(arg: &Arg) -> bool {
    !arg.is_global_set() && !matches!(arg.get_id().as_str(), "help" | "version")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command as Process, Stdio};

    use rstest::rstest;
    use words::Lang;

    use super::*;

    fn manual(lang: Lang) -> String {
        page(&Cli::definition(lang), ProgramTexts::in_lang(lang)).unwrap()
    }

    #[rstest]
    #[case(Lang::En)]
    #[case(Lang::De)]
    fn the_page_is_as_it_was(#[case] lang: Lang) {
        let version = format!("lampfield {}", env!("CARGO_PKG_VERSION"));
        insta::assert_snapshot!(
            format!("manual_{lang:?}"),
            manual(lang).replace(&version, "lampfield VERSION")
        );
    }

    /// groff is on nearly every machine that reads manual pages; without it this says so.
    #[rstest]
    #[case(Lang::En)]
    #[case(Lang::De)]
    fn a_formatter_has_nothing_against_it(#[case] lang: Lang) {
        let groff = Process::new("groff")
            .args(["-man", "-Kutf8", "-Tutf8", "-ww", "-z"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut groff) = groff else {
            println!("skipped: there is no groff");
            return;
        };
        let mut input = groff.stdin.take().unwrap();
        input.write_all(manual(lang).as_bytes()).unwrap();
        drop(input);
        let done = groff.wait_with_output().unwrap();
        assert!(done.status.success());
        assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    }

    #[test]
    fn every_command_and_flag_is_in_it() {
        let text = manual(Lang::De).replace('\\', "");
        let whole = Cli::definition(Lang::De);
        let mut all: Vec<&Command> = whole.get_subcommands().collect();
        while let Some(command) = all.pop() {
            if command.get_name() == "help" {
                continue;
            }
            all.extend(command.get_subcommands());
            let flags = command.get_arguments().filter_map(Arg::get_long);
            for flag in flags.chain([command.get_name()]) {
                assert!(text.contains(flag), "{} {flag}", command.get_name());
            }
        }
    }
}
