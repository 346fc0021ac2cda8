//! What the environment says about the terminal. Read once, by the wiring; the rest is pure.

use base64::Engine;

use crate::theme::{ColorChoice, Depth, ThemeName};

/// The variables that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) no_color: bool,
    pub(crate) force_color: bool,
    pub(crate) term: String,
    pub(crate) colorterm: String,
    pub(crate) charset: String,
    pub(crate) tmux: bool,
}

impl Environment {
    /// As it is now.
    pub(crate) fn read() -> Self {
        let get = |name: &str| std::env::var(name).unwrap_or_default();
        let charset = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .map(get)
            .find(|value| !value.is_empty());
        Self {
            no_color: !get("NO_COLOR").is_empty(),
            force_color: !matches!(get("CLICOLOR_FORCE").as_str(), "" | "0"),
            term: get("TERM"),
            colorterm: get("COLORTERM"),
            charset: charset.unwrap_or_default(),
            tmux: !get("TMUX").is_empty(),
        }
    }

    /// Whether the terminal cannot show more than ASCII.
    pub(crate) fn is_ascii(&self) -> bool {
        let charset = self.charset.to_lowercase();
        !(charset.contains("utf-8") || charset.contains("utf8"))
    }

    /// The theme in force: without colours where there are none or none are wanted.
    pub(crate) fn theme(&self, wanted: ThemeName, choice: ColorChoice) -> ThemeName {
        let colours = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                self.force_color || (!self.no_color && !matches!(self.term.as_str(), "" | "dumb"))
            }
        };
        if colours { wanted } else { ThemeName::Mono }
    }

    /// How many colours there are.
    pub(crate) fn depth(&self) -> Depth {
        if matches!(self.colorterm.as_str(), "truecolor" | "24bit")
            || self.term.ends_with("-direct")
        {
            return Depth::True;
        }
        if self.term.contains("256color") {
            return Depth::Indexed;
        }
        Depth::Sixteen
    }
}

/// Puts text on the clipboard of the terminal that shows us, wherever it is; tmux passes it on.
pub(crate) fn osc52(text: &str, tmux: bool) -> Vec<u8> {
    let clean = model::text::harmless(text);
    let encoded = base64::engine::general_purpose::STANDARD.encode(clean.as_bytes());
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    if tmux {
        return format!("\x1bPtmux;\x1b{sequence}\x1b\\").into_bytes();
    }
    sequence.into_bytes()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("de_DE.UTF-8", false)]
    #[case("C.utf8", false)]
    #[case("C", true)]
    #[case("", true)]
    fn the_charset_decides_about_ascii(#[case] charset: &str, #[case] ascii: bool) {
        let env = Environment {
            charset: charset.into(),
            ..Environment::default()
        };
        assert_eq!(env.is_ascii(), ascii);
    }

    #[rstest]
    #[case("xterm-256color", "", Depth::Indexed)]
    #[case("xterm-256color", "truecolor", Depth::True)]
    #[case("linux", "", Depth::Sixteen)]
    fn the_depth_is_known(#[case] term: &str, #[case] colorterm: &str, #[case] depth: Depth) {
        let env = Environment {
            term: term.into(),
            colorterm: colorterm.into(),
            ..Environment::default()
        };
        assert_eq!(env.depth(), depth);
    }

    #[rstest]
    #[case(ColorChoice::Auto, true, "xterm", ThemeName::Mono)]
    #[case(ColorChoice::Always, true, "xterm", ThemeName::Dark)]
    #[case(ColorChoice::Never, false, "xterm", ThemeName::Mono)]
    #[case(ColorChoice::Auto, false, "dumb", ThemeName::Mono)]
    #[case(ColorChoice::Auto, false, "xterm", ThemeName::Dark)]
    fn no_color_is_kept(
        #[case] choice: ColorChoice,
        #[case] no_color: bool,
        #[case] term: &str,
        #[case] theme: ThemeName,
    ) {
        let env = Environment {
            no_color,
            term: term.into(),
            ..Environment::default()
        };
        assert_eq!(env.theme(ThemeName::Dark, choice), theme);
    }

    #[test]
    fn the_clipboard_gets_harmless_text() {
        assert_eq!(osc52("a\x1bb", false), b"\x1b]52;c;YWI=\x07");
        assert!(osc52("a", true).starts_with(b"\x1bPtmux;\x1b\x1b]52"));
    }
}
