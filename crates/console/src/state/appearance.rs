//! How everything looks and reads.

use jiff::tz::TimeZone;

use crate::glyphs::{ASCII, Glyphs, UTF8};
use crate::keys::Keymap;
use crate::settings::{ConsoleSettings, NamedFilter};
use crate::theme::{Depth, Theme, ThemeName};
use model::presence::Lang;
use words::{Texts, ascii_texts, texts};

/// How everything looks and reads; does not change while the console runs.
#[derive(Debug)]
pub(crate) struct Appearance {
    #[allow(dead_code)]
    pub(crate) lang: Lang,
    pub(crate) texts: &'static Texts,
    pub(crate) glyphs: &'static Glyphs,
    /// Nothing but ASCII is drawn.
    pub(crate) ascii: bool,
    pub(crate) theme: Theme,
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
            zone,
            keymap: Keymap::default(),
            filters: Vec::new(),
        }
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
