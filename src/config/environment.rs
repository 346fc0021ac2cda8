//! The surroundings of the process, taken once.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use model::presence::Lang;

use crate::words::shows_more_than_ascii;

/// Environment variables and working directory. May hold secrets: its Debug shows no values.
#[derive(Clone)]
pub struct Environment {
    variables: HashMap<String, String>,
    directory: PathBuf,
    secrets: Secrets,
}

/// Which secrets are read for a configuration; the others are empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    All,
    /// What `[cluster]` names.
    OfEngine,
    None,
}

impl Environment {
    /// Those of this process. Variables that are no Unicode are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            variables,
            directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            secrets: Secrets::All,
        }
    }

    /// An environment of these variables, in this directory.
    #[must_use]
    pub fn new<'a>(
        directory: impl Into<PathBuf>,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            variables: variables.into_iter().map(owned).collect(),
            directory: directory.into(),
            secrets: Secrets::All,
        }
    }

    /// The same for whoever looks at a bridge that runs already: no secret is read for it, so that
    /// none need be there. What a configuration names as one is empty.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        Self {
            secrets: Secrets::None,
            ..self.clone()
        }
    }

    /// The same for whoever looks at the tenants that the engine of a cluster knows: only what is needed to
    /// ask it is read.
    #[must_use]
    pub fn with_secrets_of_engine(&self) -> Self {
        Self {
            secrets: Secrets::OfEngine,
            ..self.clone()
        }
    }

    /// Whether secrets that this table names are read, see [`Environment::without_secrets`].
    pub(super) fn reads_secrets_of(&self, section: &str) -> bool {
        match self.secrets {
            Secrets::All => true,
            Secrets::OfEngine => section == super::cluster::CLUSTER,
            Secrets::None => false,
        }
    }

    /// The value of a variable; nothing where it is unset or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// Gives a variable this value, for whoever is handed this environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// A terminal that knows no control sequences: nothing is drawn on it, and nothing coloured.
    #[must_use]
    pub fn is_dumb_terminal(&self) -> bool {
        self.get("TERM") == Some("dumb")
    }

    /// A terminal on which letters and signs outside of ASCII become others, as the locale says.
    #[must_use]
    pub fn is_ascii_terminal(&self) -> bool {
        !shows_more_than_ascii(|name| self.get(name))
    }

    /// The working directory.
    #[must_use]
    pub fn directory(&self) -> &std::path::Path {
        &self.directory
    }

    /// A directory of the XDG base directory specification: `$variable/lampfield`, else
    /// `$HOME/<fallback>/lampfield`. Relative values are ignored, as the specification asks.
    pub(super) fn xdg(&self, variable: &str, fallback: &str) -> Option<PathBuf> {
        let named = self.get(variable).map(PathBuf::from);
        let base = named.filter(|path| path.is_absolute()).or_else(|| {
            let home = self.get("HOME").map(PathBuf::from)?;
            home.is_absolute().then(|| home.join(fallback))
        })?;
        Some(base.join("lampfield"))
    }

    /// The language that `LC_ALL`, `LC_MESSAGES` or `LANG` ask for: German, else English.
    #[must_use]
    pub fn lang(&self) -> Lang {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| self.get(name))
            .unwrap_or_default()
            .to_ascii_lowercase();
        let german = asked == "de" || asked.starts_with("de_") || asked.starts_with("de.");
        if german { Lang::De } else { Lang::En }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[("LANG", "de_DE.UTF-8")], Lang::De)]
    #[case(&[("LANG", "de_AT.UTF-8"), ("LC_ALL", "C")], Lang::En)]
    #[case(&[("LC_MESSAGES", "de"), ("LANG", "en_GB.UTF-8")], Lang::De)]
    #[case(&[("LC_ALL", ""), ("LANG", "de.utf8")], Lang::De)]
    #[case(&[("LANG", "den_CA")], Lang::En)]
    #[case(&[], Lang::En)]
    fn the_language_follows_the_locale(#[case] vars: &[(&str, &str)], #[case] lang: Lang) {
        assert_eq!(Environment::new("/", vars.iter().copied()).lang(), lang);
    }

    #[test]
    fn debug_shows_no_values() {
        let env = Environment::new("/", [("SECRET", "hunter2")]);
        assert!(!format!("{env:?}").contains("hunter2"));
    }

    #[test]
    fn relative_xdg_directories_are_ignored() {
        let env = Environment::new("/", [("XDG_STATE_HOME", "state"), ("HOME", "/home/a")]);
        assert_eq!(
            env.xdg("XDG_STATE_HOME", ".local/state"),
            Some(PathBuf::from("/home/a/.local/state/lampfield"))
        );
    }
}
