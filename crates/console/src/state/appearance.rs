//! How everything looks and reads.

use jiff::tz::TimeZone;

use crate::glyphs::{ASCII, Glyphs, UTF8};
use crate::keys::Keymap;
use crate::settings::{ConsoleSettings, NamedFilter};
use crate::theme::{Depth, Theme, ThemeChoice, ThemeName};
use model::presence::Lang;
use words::{Texts, ascii_texts, texts};

/// How everything looks and reads. Only the theme changes while the console runs.
#[derive(Debug)]
pub(crate) struct Appearance {
    pub(crate) lang: Lang,
    pub(crate) texts: &'static Texts,
    pub(crate) glyphs: &'static Glyphs,
    /// Nothing but ASCII is drawn.
    pub(crate) ascii: bool,
    pub(crate) theme: Theme,
    /// Which theme is wanted.
    pub(crate) choice: ThemeChoice,
    /// Where there are no colours, or none are wanted, there is one theme only.
    pub(crate) colors: bool,
    /// The theme that fits the background, as far as it is known.
    fitting: ThemeName,
    depth: Depth,
    pub(crate) zone: TimeZone,
    pub(crate) keymap: Keymap,
    pub(crate) filters: Vec<NamedFilter>,
}

impl Appearance {
    pub(crate) fn new(
        lang: Lang,
        ascii: bool,
        theme: ThemeName,
        depth: Depth,
        zone: TimeZone,
    ) -> Self {
        Self {
            lang,
            texts: if ascii {
                ascii_texts(lang)
            } else {
                texts(lang)
            },
            glyphs: if ascii { &ASCII } else { &UTF8 },
            ascii,
            theme: Theme::new(theme, depth),
            choice: ThemeChoice::Named(theme),
            colors: theme != ThemeName::Mono,
            fitting: ThemeName::Dark,
            depth,
            zone,
            keymap: Keymap::default(),
            filters: Vec::new(),
        }
    }

    /// From now on the theme is this one.
    pub(crate) fn choose(&mut self, choice: ThemeChoice) {
        self.choice = choice;
        let name = match choice {
            _ if !self.colors => ThemeName::Mono,
            ThemeChoice::Auto => self.fitting,
            ThemeChoice::Named(name) => name,
        };
        self.theme = Theme::new(name, self.depth);
    }

    /// The theme that fits the background of the terminal is this one.
    pub(crate) fn fit(&mut self, theme: ThemeName) {
        self.fitting = theme;
        self.choose(self.choice);
    }

    /// The same with the administrator's keys and filters.
    pub(crate) fn with(self, settings: ConsoleSettings) -> Self {
        Self {
            keymap: settings.keymap,
            filters: settings.filters,
            ..self
        }
    }
}
