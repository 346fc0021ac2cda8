//! Colour by meaning. A theme says how each [`Role`] looks; the terminal's depth decides which of
//! its colours is used. State is never said by colour alone: [`super::glyphs`] says it as well.

use std::sync::LazyLock;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use words::Tone;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where the terminal has it and `NO_COLOR` is not set.
    #[default]
    Auto,
    /// Whatever the environment says.
    Always,
    /// Never: bold, dim, underlined and reversed only.
    Never,
}

/// A set of colours that can be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    /// For dark backgrounds. With 16 colours the terminal's own palette decides.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// No colours: bold, reverse and underline only.
    Mono,
}

/// Which theme is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    /// The one that fits the background of the terminal, as far as the terminal says.
    #[default]
    Auto,
    /// This one.
    Named(ThemeName),
}

impl ThemeChoice {
    /// All of them, in the order in which a key goes through them.
    pub const ALL: [Self; 4] = [
        Self::Auto,
        Self::Named(ThemeName::Dark),
        Self::Named(ThemeName::Light),
        Self::Named(ThemeName::Mono),
    ];

    /// Its name in the configuration and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Named(ThemeName::Dark) => "dark",
            Self::Named(ThemeName::Light) => "light",
            Self::Named(ThemeName::Mono) => "mono",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// The one after it.
    pub(crate) fn next(self) -> Self {
        let mut after = Self::ALL.into_iter().cycle().skip_while(|it| *it != self);
        after.nth(1).unwrap_or_default()
    }
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// The sixteen names: they follow the user's own palette.
    #[default]
    Sixteen,
    /// The palette of 256.
    Indexed,
    /// 24-bit colours, as in the theme's definition.
    True,
}

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Text,
    Muted,
    Title,
    Heading,
    Selected,
    Good,
    Warning,
    Bad,
    Accent,
    Badge,
    LampNeutral,
    LampRed,
    LampYellow,
    Stale,
    Changed,
    Key,
    FilterError,
}

impl Role {
    /// How a sentence looks on the screen.
    pub(crate) const fn of(tone: Tone) -> Self {
        match tone {
            Tone::Text => Self::Text,
            Tone::Muted => Self::Muted,
            Tone::Accent => Self::Accent,
            Tone::Good => Self::Good,
            Tone::Warning => Self::Warning,
            Tone::Bad => Self::Bad,
        }
    }
}

/// Style of every [`Role`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Palette {
    text: Look,
    muted: Look,
    title: Look,
    heading: Look,
    selected: Look,
    good: Look,
    warning: Look,
    bad: Look,
    accent: Look,
    badge: Look,
    lamp_neutral: Look,
    lamp_red: Look,
    lamp_yellow: Look,
    stale: Look,
    changed: Look,
    key: Look,
    filter_error: Look,
}

// The attributes of a terminal are independent switches.
#[allow(clippy::struct_excessive_bools)]
/// One role: a colour for each depth, or none, and attributes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Look {
    #[serde(deserialize_with = "color")]
    ansi: Option<Color>,
    indexed: Option<u8>,
    #[serde(deserialize_with = "color")]
    rgb: Option<Color>,
    /// What is behind it, instead of reversed, where there are enough colours for a quiet one.
    ground_indexed: Option<u8>,
    #[serde(deserialize_with = "color")]
    ground_rgb: Option<Color>,
    bold: bool,
    reversed: bool,
    underlined: bool,
}

/// A colour by name or as `#rrggbb`.
fn color<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Color>, D::Error> {
    let name = String::deserialize(from)?;
    name.parse().map(Some).map_err(serde::de::Error::custom)
}

/// A palette at a depth: what the view asks for styles.
#[derive(Clone, Debug)]
pub(crate) struct Theme {
    palette: &'static Palette,
    depth: Depth,
}

static DARK: LazyLock<Palette> =
    LazyLock::new(|| read(include_str!("../../../assets/themes/dark.toml")));
static LIGHT: LazyLock<Palette> =
    LazyLock::new(|| read(include_str!("../../../assets/themes/light.toml")));
static MONO: LazyLock<Palette> =
    LazyLock::new(|| read(include_str!("../../../assets/themes/mono.toml")));

fn read(asset: &str) -> Palette {
    // The assets are part of the binary and a test reads all three.
    #[allow(clippy::expect_used)]
    toml::from_str(asset).expect("assets/themes is complete")
}

impl Theme {
    /// The theme of this name at this depth.
    pub(crate) fn new(name: ThemeName, depth: Depth) -> Self {
        let palette = match name {
            ThemeName::Dark => &*DARK,
            ThemeName::Light => &*LIGHT,
            ThemeName::Mono => &*MONO,
        };
        Self { palette, depth }
    }

    /// Whether it has no colours at all.
    #[cfg(test)]
    pub(crate) fn is_mono(&self) -> bool {
        std::ptr::eq(self.palette, &raw const *MONO)
    }

    /// How this role looks.
    pub(crate) fn style(&self, role: Role) -> Style {
        self.palette.look(role).style(self.depth)
    }
}

impl Palette {
    const fn look(&self, role: Role) -> &Look {
        match role {
            Role::Text => &self.text,
            Role::Muted => &self.muted,
            Role::Title => &self.title,
            Role::Heading => &self.heading,
            Role::Selected => &self.selected,
            Role::Good => &self.good,
            Role::Warning => &self.warning,
            Role::Bad => &self.bad,
            Role::Accent => &self.accent,
            Role::Badge => &self.badge,
            Role::LampNeutral => &self.lamp_neutral,
            Role::LampRed => &self.lamp_red,
            Role::LampYellow => &self.lamp_yellow,
            Role::Stale => &self.stale,
            Role::Changed => &self.changed,
            Role::Key => &self.key,
            Role::FilterError => &self.filter_error,
        }
    }
}

impl Look {
    fn style(&self, depth: Depth) -> Style {
        let color = match depth {
            Depth::Sixteen => self.ansi,
            Depth::Indexed => self.indexed.map(Color::Indexed),
            Depth::True => self.rgb,
        };
        let ground = match depth {
            Depth::Sixteen => None,
            Depth::Indexed => self.ground_indexed.map(Color::Indexed),
            Depth::True => self.ground_rgb,
        };
        let attributes = [
            (self.bold, Modifier::BOLD),
            (self.reversed && ground.is_none(), Modifier::REVERSED),
            (self.underlined, Modifier::UNDERLINED),
        ];
        let mut style = Style::new();
        style.fg = color;
        style.bg = ground;
        attributes
            .into_iter()
            .filter(|(on, _)| *on)
            .fold(style, |style, (_, modifier)| style.add_modifier(modifier))
    }
}

#[cfg(test)]
mod tests;
