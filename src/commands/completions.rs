//! `completions`: what a shell needs to complete commands and flags.

use clap_complete::Shell;
use eyre::Report;

use crate::config::{Cli, CompletionShell, Environment, Exit};
use crate::wiring::output::say;
use words::Lang;

/// Prints the script for this shell, made from the command line's definition.
pub(super) fn completions(
    cli: &Cli,
    env: &Environment,
    shell: CompletionShell,
) -> Result<Exit, Report> {
    say(&script(shell, cli.lang(env)))
}

fn script(shell: CompletionShell, lang: Lang) -> String {
    let shell = match shell {
        CompletionShell::Bash => Shell::Bash,
        CompletionShell::Zsh => Shell::Zsh,
        CompletionShell::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::definition(lang), "lampfield", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(CompletionShell::Bash)]
    #[case(CompletionShell::Zsh)]
    #[case(CompletionShell::Fish)]
    fn the_script_is_as_it_was(#[case] shell: CompletionShell) {
        insta::assert_snapshot!(format!("completions_{shell:?}"), script(shell, Lang::En));
    }

    /// What bash offers at the end of this line.
    fn offered(line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split(' ').collect();
        let last = words.len() - 1;
        let ask = format!(
            "{}\nCOMP_WORDS=({})\nCOMP_CWORD={last}\n\
             _lampfield lampfield '{}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script(CompletionShell::Bash, Lang::En),
            words
                .iter()
                .map(|word| format!("'{word}'"))
                .collect::<Vec<_>>()
                .join(" "),
            words[last],
            words[last - 1],
        );
        let Ok(bash) = Command::new("bash").args(["-c", &ask]).output() else {
            println!("skipped: there is no bash");
            return Vec::new();
        };
        let said = String::from_utf8_lossy(&bash.stdout).into_owned();
        said.lines().map(str::to_owned).collect()
    }

    #[rstest]
    #[case("lampfield sn", "snapshot")]
    #[case("lampfield snapshot --fo", "--format")]
    #[case("lampfield snapshot --format j", "json")]
    #[case("lampfield config ch", "check")]
    #[case("lampfield completions f", "fish")]
    fn bash_completes(#[case] line: &str, #[case] word: &str) {
        assert_eq!(offered(line), [word]);
    }
}
