//! How text for people is to look.

use jiff::tz::TimeZone;

use model::presence::Lang;
use words::{Texts, ascii_texts, spelled, texts};

/// A sign, and what stands for it where there is only ASCII.
#[derive(Clone, Copy, Debug)]
pub struct Sign {
    /// For terminals that speak UTF-8.
    pub utf8: &'static str,
    /// For the others.
    pub ascii: &'static str,
}

/// A lease that another status hides.
pub const MASKED: Sign = Sign {
    utf8: "▒",
    ascii: "M",
};

/// A lease of which nothing came.
pub const NO_EFFECT: Sign = Sign {
    utf8: "✗",
    ascii: "X",
};

/// How text for people is to look. Never changes JSON and CSV.
#[derive(Clone, Debug)]
pub struct Look {
    /// Width of the terminal in cells; nothing where there is none: nothing is cut.
    pub width: Option<usize>,
    /// The language of every word.
    pub lang: Lang,
    /// Whether colours help; they never carry anything alone.
    pub color: bool,
    /// ASCII characters only, as far as names allow.
    pub ascii: bool,
    /// In which the times of `watch` are shown.
    pub zone: TimeZone,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: None,
            lang: Lang::En,
            color: false,
            ascii: false,
            zone: TimeZone::UTC,
        }
    }
}

impl Look {
    /// The texts of the language.
    #[must_use]
    pub fn texts(&self) -> &'static Texts {
        texts(self.lang)
    }

    /// The texts of the language, spelled out where there is only ASCII.
    #[must_use]
    pub fn spelled_texts(&self) -> &'static Texts {
        if self.ascii {
            return ascii_texts(self.lang);
        }
        self.texts()
    }

    /// Words of ours, spelled out where there is only ASCII.
    #[must_use]
    pub fn worded(&self, text: impl Into<String>) -> String {
        let text = text.into();
        if self.ascii { spelled(&text) } else { text }
    }

    /// The one of the two that fits.
    pub(super) const fn sign(&self, sign: Sign) -> &'static str {
        if self.ascii { sign.ascii } else { sign.utf8 }
    }

    /// What stands for text that was cut off.
    pub(super) const fn ellipsis(&self) -> &'static str {
        if self.ascii { "~" } else { "…" }
    }

    /// `text` in this style where colours are on.
    #[must_use]
    pub fn paint(&self, style: Option<Paint>, text: &str) -> String {
        match style {
            Some(style) if self.color => format!("\x1b[{}m{text}\x1b[0m", style.sgr()),
            _ => text.to_owned(),
        }
    }
}

/// A style, by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// The title of a table or a section.
    Title,
    /// What is as it should be.
    Good,
    /// Wrong, or a red lamp.
    Red,
    /// Odd, or a yellow lamp.
    Yellow,
    /// Not of today.
    Stale,
}

impl Paint {
    const fn sgr(self) -> &'static str {
        match self {
            Self::Title => "1",
            Self::Good => "32",
            Self::Red => "31",
            Self::Yellow => "33",
            Self::Stale => "2",
        }
    }
}
