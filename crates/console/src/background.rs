//! The background of the terminal, as it tells when it is asked (OSC 11), and which theme fits it.
//! Pure.

use super::theme::ThemeName;

/// Asks for it. Terminals that do not know it swallow it; those that are known not to are not
/// asked.
pub(crate) const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// Longest answer that is looked at: `11;rgba:ffff/ffff/ffff/ffff`.
pub(crate) const LONGEST: usize = 32;

/// The relative luminance (WCAG 2) at which black and white are read equally well.
const MIDDLE: f64 = 0.179;

/// A colour: red, green and blue, each from 0 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Background([u16; 3]);

impl Background {
    /// From what stands between OSC and its end; nothing where it answers something else.
    pub(crate) fn from_answer(answer: &[u8]) -> Option<Self> {
        let answer = std::str::from_utf8(answer).ok()?.strip_prefix("11;")?;
        let (model, parts) = answer.split_once(':')?;
        let count = match model {
            "rgb" => 3,
            "rgba" => 4,
            _ => return None,
        };
        let parts: Option<Vec<u16>> = parts.split('/').map(part).collect();
        match parts?.as_slice() {
            parts @ [red, green, blue, ..] if parts.len() == count => {
                Some(Self([*red, *green, *blue]))
            }
            _ => None,
        }
    }

    /// The theme that can be read on it.
    pub(crate) fn theme(self) -> ThemeName {
        if self.luminance() > MIDDLE {
            ThemeName::Light
        } else {
            ThemeName::Dark
        }
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let c = f64::from(part) / f64::from(u16::MAX);
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// One to four hexadecimal digits, which stand for a part of the most that they can say
/// (`XParseColor`).
fn part(digits: &str) -> Option<u16> {
    let known = (1..=4).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| known)?;
    let most = (1_u32 << (digits.len() * 4)) - 1;
    u16::try_from(value * u32::from(u16::MAX) / most).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::xterm("11;rgb:ffff/ffff/ffff", ThemeName::Light)]
    #[case::short("11;rgb:00/00/00", ThemeName::Dark)]
    #[case::one_digit("11;rgb:f/f/e", ThemeName::Light)]
    #[case::with_alpha("11;rgba:fdfd/f6f6/e3e3/ffff", ThemeName::Light)]
    #[case::solarized_dark("11;rgb:0000/2b2b/3636", ThemeName::Dark)]
    #[case::dracula("11;rgb:2828/2a2a/3636", ThemeName::Dark)]
    #[case::grey("11;rgb:bbbb/bbbb/bbbb", ThemeName::Light)]
    #[case::blue("11;rgb:0000/0000/ffff", ThemeName::Dark)]
    fn the_theme_fits_the_background(#[case] answer: &str, #[case] theme: ThemeName) {
        let background = Background::from_answer(answer.as_bytes()).unwrap();
        assert_eq!(background.theme(), theme);
    }

    #[rstest]
    #[case("10;rgb:ffff/ffff/ffff")]
    #[case("11;?")]
    #[case("11;rgb:ffff/ffff")]
    #[case("11;rgb:ffff/ffff/ffff/ffff")]
    #[case("11;rgb:fffff/0/0")]
    #[case("11;rgb:+f/0/0")]
    #[case("11;rgb://")]
    #[case("52;c;YQ==")]
    #[case("")]
    fn anything_else_is_no_background(#[case] answer: &str) {
        assert_eq!(Background::from_answer(answer.as_bytes()), None);
    }
}
