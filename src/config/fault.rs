//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use model::presence::Lang;
use model::text::{harmless, harmless_path};
use words::{ConfigTexts, Value, Words};

/// One of the texts about the configuration, with `values` in the place of their names.
pub(super) fn said(
    entry: fn(&'static ConfigTexts) -> &'static str,
    values: &[(&str, &dyn Value)],
) -> Words {
    Words::of_config(entry, values)
}

/// A place in a text file, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

impl Position {
    fn shown(self) -> String {
        format!(":{}:{}", self.line, self.column)
    }

    /// The position of the byte at `offset`; the end of the text where `offset` lies beyond.
    #[must_use]
    pub fn at_offset(text: &str, offset: usize) -> Self {
        let before = text
            .char_indices()
            .take_while(|(at, _)| *at < offset)
            .map(|(_, c)| c);
        before.fold(Self { line: 1, column: 1 }, |at, c| match c {
            '\n' => Self {
                line: at.line + 1,
                column: 1,
            },
            _ => Self {
                column: at.column + 1,
                ..at
            },
        })
    }
}

/// One thing that is wrong. Never contains the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file; nothing where the fault is not in a file.
    pub file: Option<PathBuf>,
    /// Where in the file; nothing where the whole file is meant.
    pub position: Option<Position>,
    /// The key as `section.key`; nothing where no key is meant.
    pub key: Option<String>,
    /// What is wrong and what is expected.
    pub message: Words,
}

impl Fault {
    /// A fault of a whole file.
    #[must_use]
    pub fn of_file(file: &Path, message: impl Into<Words>) -> Self {
        Self {
            file: Some(file.to_owned()),
            position: None,
            key: None,
            message: message.into(),
        }
    }

    /// A fault of one key.
    #[must_use]
    pub fn of_key(file: &Path, position: Position, key: &str, message: impl Into<Words>) -> Self {
        Self {
            file: Some(file.to_owned()),
            position: Some(position),
            key: Some(harmless(key).into_owned()),
            message: message.into(),
        }
    }
}

impl Fault {
    /// The whole line: place, key, and in this language what is wrong.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> String {
        format!("{}{}", self.place(), self.message.in_lang(lang))
    }

    /// The same in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::new(self.in_lang(Lang::De), self.in_lang(Lang::En))
    }

    fn place(&self) -> String {
        let mut place = String::new();
        if let Some(file) = &self.file {
            place.push_str(&harmless_path(file));
            place.push_str(&self.position.map_or_else(String::new, Position::shown));
            place.push_str(": ");
        }
        if let Some(key) = &self.key {
            place.push_str(key);
            place.push_str(": ");
        }
        place
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_lang(Lang::En))
    }
}

/// Everything that is wrong: at least one fault, in the order of the file.
///
/// Displayed, it is one message: the first fault, and how many more there are.
/// [`Faults::report`] names them all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults, sorted by place; `None` where there are none.
    #[must_use]
    pub fn from_list(mut faults: Vec<Fault>) -> Option<Self> {
        faults.sort_by(|one, other| (&one.file, one.position).cmp(&(&other.file, other.position)));
        faults.dedup();
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    /// The first of them, in both languages, and how many more there are.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::new(self.in_lang(Lang::De), self.in_lang(Lang::En))
    }

    /// One line a fault.
    #[must_use]
    pub fn report(&self) -> String {
        self.report_in(Lang::En)
    }

    /// One line a fault, in this language.
    #[must_use]
    pub fn report_in(&self, lang: Lang) -> String {
        let lines: Vec<_> = self.0.iter().map(|fault| fault.in_lang(lang)).collect();
        lines.join("\n")
    }

    /// One message in this language: the first fault, and how many more there are.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> String {
        let Some((first, more)) = self.0.split_first() else {
            return String::new();
        };
        let first = first.in_lang(lang);
        if more.is_empty() {
            return first;
        }
        let more = said(|t| t.faults.and_more, &[("n", &more.len())]);
        format!("{first}\n{}", more.in_lang(lang))
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_lang(Lang::En))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, 1, 1)]
    #[case(2, 1, 2)] // "ä" has two bytes but is one column
    #[case(3, 2, 1)]
    #[case(99, 2, 2)]
    fn positions_count_lines_and_characters(
        #[case] offset: usize,
        #[case] line: usize,
        #[case] column: usize,
    ) {
        assert_eq!(
            Position::at_offset("ä\nb", offset),
            Position { line, column }
        );
    }

    #[test]
    fn the_one_message_names_the_first_fault_and_counts_the_others() {
        let at = |line| {
            let place = Position { line, column: 1 };
            Fault::of_key(Path::new("l.toml"), place, "poll.interval", "too short")
        };
        let faults = Faults::from_list(vec![at(9), at(4)]).unwrap();
        assert_eq!(
            faults.to_string(),
            "l.toml:4:1: poll.interval: too short\nand 1 more; all of them: lampfield config check"
        );
        assert_eq!(faults.report().lines().count(), 2);
        assert!(Faults::from_list(Vec::new()).is_none());
    }

    #[test]
    fn a_fault_cannot_carry_control_characters() {
        let fault = Fault::of_file(Path::new("a\u{1b}[2J"), "b\u{202e}c");
        assert_eq!(fault.to_string(), "a[2J: bc");
    }
}
