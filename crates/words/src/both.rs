//! One text in both languages.

use std::borrow::Cow;
use std::fmt::Display;

use model::presence::Lang;
use model::redact::redacted;
use model::text::harmless;

use crate::causes::{cause, told};
use crate::config::ConfigTexts;
use crate::fill::{fill, names};
use crate::program::ProgramTexts;
use crate::refusals::refusal;
use crate::sources::source_warning;
use crate::texts::{AttachTexts, FleetTexts, ReplayTexts, texts};
use model::cause::{Cause, Trouble};
use model::file_fault::FileRefusal;
use model::source_fault::SourceWarning;

/// The same in both languages, for what is found before it is known who reads it. Harmless text
/// without a secret: whoever quotes one, it ends here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    de: String,
    en: String,
}

/// What stands in a text in the place of a name: a number or name, or a text in both languages.
pub trait Value {
    /// As it is said in this language.
    fn in_lang(&self, lang: Lang) -> Cow<'_, str>;
}

impl<T: Display> Value for T {
    fn in_lang(&self, _: Lang) -> Cow<'_, str> {
        self.to_string().into()
    }
}

impl Value for Words {
    fn in_lang(&self, lang: Lang) -> Cow<'_, str> {
        Self::in_lang(self, lang).into()
    }
}

impl Words {
    /// What a library or server says in English, which stands in quotation marks in a German
    /// sentence.
    #[must_use]
    pub fn quoted(english: impl AsRef<str>) -> Self {
        Self::new(format!("„{}“", english.as_ref()), english)
    }

    /// German and English.
    #[must_use]
    pub fn new(de: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        Self {
            de: redacted(&harmless(de.as_ref())).into_owned(),
            en: redacted(&harmless(en.as_ref())).into_owned(),
        }
    }

    /// What is the same in both: a path, a server's own words.
    #[must_use]
    pub fn same(text: impl AsRef<str>) -> Self {
        Self::new(&text, &text)
    }

    /// The entry that `entry` takes in each language, with `values` in the place of their names.
    #[must_use]
    pub fn filled<'t>(entry: impl Fn(Lang) -> &'t str, values: &[(&str, &dyn Value)]) -> Self {
        let said = |lang| {
            let values: Vec<_> = values
                .iter()
                .map(|(name, value)| (*name, value.in_lang(lang)))
                .collect();
            let values: Vec<_> = values
                .iter()
                .map(|(name, value)| (*name, value as &dyn Display))
                .collect();
            debug_assert!(is_complete(entry(lang), &values), "{}", entry(lang));
            fill(entry(lang), &values)
        };
        Self::new(said(Lang::De), said(Lang::En))
    }

    /// What went wrong, and what to do.
    #[must_use]
    pub fn of_cause(of: &Cause) -> (Self, Self) {
        let (de, en) = (cause(of, texts(Lang::De)), cause(of, texts(Lang::En)));
        (Self::new(de.0, en.0), Self::new(de.1, en.1))
    }

    /// The English sentence that the log has, and in German the cause.
    #[must_use]
    pub fn told(trouble: &Trouble) -> Self {
        let in_lang = |lang| told(&trouble.cause, &trouble.message, texts(lang));
        Self::new(in_lang(Lang::De), in_lang(Lang::En))
    }

    /// This, and one sentence more.
    #[must_use]
    pub fn then(&self, more: &Self) -> Self {
        Self {
            de: format!("{}. {}", self.de, more.de),
            en: format!("{}. {}", self.en, more.en),
        }
    }

    /// This, and that as well: in one line.
    #[must_use]
    pub fn beside(&self, more: &Self) -> Self {
        Self {
            de: format!("{}; {}", self.de, more.de),
            en: format!("{}; {}", self.en, more.en),
        }
    }

    /// This, because of that.
    #[must_use]
    pub fn because(&self, why: &Self) -> Self {
        Self {
            de: format!("{}: {}", self.de, why.de),
            en: format!("{}: {}", self.en, why.en),
        }
    }

    /// Why a file is not to be used.
    #[must_use]
    pub fn of_refusal(why: &FileRefusal) -> Self {
        Self::new(refusal(why, Lang::De), refusal(why, Lang::En))
    }

    /// What the operating system reports. In English as it says it itself.
    #[must_use]
    pub fn of_io(error: &std::io::Error) -> Self {
        Self::of_refusal(&FileRefusal::of_io(error))
    }

    /// What a ProCall source has passed over.
    #[must_use]
    pub fn of_warning(of: &SourceWarning) -> Self {
        let said = |lang| source_warning(of, texts(lang));
        Self::new(said(Lang::De), said(Lang::En))
    }

    /// The entry that `entry` takes of the program's texts, with `values`.
    #[must_use]
    pub fn say(
        entry: fn(&'static ProgramTexts) -> &'static str,
        values: &[(&str, &dyn Value)],
    ) -> Self {
        Self::filled(|lang| entry(ProgramTexts::in_lang(lang)), values)
    }

    /// The entry that `entry` takes of what is said of the configuration, with `values`.
    #[must_use]
    pub fn of_config(
        entry: fn(&'static ConfigTexts) -> &'static str,
        values: &[(&str, &dyn Value)],
    ) -> Self {
        Self::filled(|lang| entry(ConfigTexts::in_lang(lang)), values)
    }

    /// The entry that `entry` takes of what is said of a bridge in another process, with `values`.
    #[must_use]
    pub fn of_attach(
        entry: fn(&'static AttachTexts) -> &'static str,
        values: &[(&str, &dyn Value)],
    ) -> Self {
        Self::filled(|lang| entry(&texts(lang).attach), values)
    }

    /// The entry that `entry` takes of what is said of all bridges, with `values`.
    #[must_use]
    pub fn of_fleet(
        entry: fn(&'static FleetTexts) -> &'static str,
        values: &[(&str, &dyn Value)],
    ) -> Self {
        Self::filled(|lang| entry(&texts(lang).fleet), values)
    }

    /// The entry that `entry` takes of what is said of a recording, with `values`.
    #[must_use]
    pub fn of_replay(
        entry: fn(&'static ReplayTexts) -> &'static str,
        values: &[(&str, &dyn Value)],
    ) -> Self {
        Self::filled(|lang| entry(&texts(lang).replay), values)
    }

    /// In this language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }
}

/// Whether there is a value for every name.
fn is_complete(template: &str, values: &[(&str, &dyn Display)]) -> bool {
    names(template).all(|name| values.iter().any(|(known, _)| *known == name))
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self::same(text)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::same(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_harmless() {
        let words = Words::same("a\u{1b}[2J\nb");
        assert_eq!(words.in_lang(Lang::En), "a[2J b");
    }

    #[test]
    fn a_text_within_a_text_is_in_the_same_language() {
        let outer = |lang| match lang {
            Lang::De => "{n} mal {what}",
            Lang::En => "{n} times {what}",
        };
        let words = Words::filled(
            outer,
            &[("n", &2), ("what", &Words::new("Anmeldung", "log-in"))],
        );
        assert_eq!(words.in_lang(Lang::De), "2 mal Anmeldung");
        assert_eq!(words.in_lang(Lang::En), "2 times log-in");
    }
}
