//! Everything can be read: each role in each theme, with 16, 256 and all colours, on its background
//! and on the selected row. The numbers are those of WCAG 2 (contrast of normal text: 4.5).

use rstest::rstest;

use super::*;

const ROLES: [Role; 17] = [
    Role::Text,
    Role::Muted,
    Role::Title,
    Role::Heading,
    Role::Selected,
    Role::Good,
    Role::Warning,
    Role::Bad,
    Role::Accent,
    Role::Badge,
    Role::LampNeutral,
    Role::LampRed,
    Role::LampYellow,
    Role::Stale,
    Role::Changed,
    Role::Key,
    Role::FilterError,
];

const DEPTHS: [Depth; 3] = [Depth::Sixteen, Depth::Indexed, Depth::True];

type Rgb = [u8; 3];

/// The sixteen colours of a terminal, by default.
type Palette16 = [Rgb; 16];

const fn rgb(hex: u32) -> Rgb {
    let [_, r, g, b] = hex.to_be_bytes();
    [r, g, b]
}

const fn palette(hex: [u32; 16]) -> Palette16 {
    let mut colours = [[0; 3]; 16];
    let mut at = 0;
    while at < 16 {
        colours[at] = rgb(hex[at]);
        at += 1;
    }
    colours
}

/// xterm, and with it most of what is called xterm.
const XTERM: Palette16 = palette([
    0x00_0000, 0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, 0xe5_e5e5,
    0x7f_7f7f, 0xff_0000, 0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff, 0xff_ffff,
]);

/// The console of Linux.
const VGA: Palette16 = palette([
    0x00_0000, 0xaa_0000, 0x00_aa00, 0xaa_5500, 0x00_00aa, 0xaa_00aa, 0x00_aaaa, 0xaa_aaaa,
    0x55_5555, 0xff_5555, 0x55_ff55, 0xff_ff55, 0x55_55ff, 0xff_55ff, 0x55_ffff, 0xff_ffff,
]);

/// Windows Terminal.
const CAMPBELL: Palette16 = palette([
    0x0c_0c0c, 0xc5_0f1f, 0x13_a10e, 0xc1_9c00, 0x00_37da, 0x88_1798, 0x3a_96dd, 0xcc_cccc,
    0x76_7676, 0xe7_4856, 0x16_c60c, 0xf9_f1a5, 0x3b_78ff, 0xb4_009e, 0x61_d6d6, 0xf2_f2f2,
]);

/// PuTTY.
const PUTTY: Palette16 = palette([
    0x00_0000, 0xbb_0000, 0x00_bb00, 0xbb_bb00, 0x00_00bb, 0xbb_00bb, 0x00_bbbb, 0xbb_bbbb,
    0x55_5555, 0xff_5555, 0x55_ff55, 0xff_ff55, 0x55_55ff, 0xff_55ff, 0x55_ffff, 0xff_ffff,
]);

/// Of the 256: the first sixteen are the terminal's own, the rest is the same everywhere.
fn indexed(number: u8, own: &Palette16) -> Rgb {
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match number {
        0..16 => own[usize::from(number)],
        16..232 => {
            let n = number - 16;
            [level(n / 36), level(n / 6 % 6), level(n % 6)]
        }
        _ => [8 + 10 * (number - 232); 3],
    }
}

fn ansi(color: Color) -> usize {
    let order = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    order.iter().position(|it| *it == color).unwrap()
}

/// What a terminal may make of a colour: bold ones of the first eight are bright in many.
fn seen(color: Color, bold: bool, own: &Palette16) -> Vec<Rgb> {
    match color {
        Color::Rgb(r, g, b) => vec![[r, g, b]],
        Color::Indexed(number) => vec![indexed(number, own)],
        named => {
            let at = ansi(named);
            let mut all = vec![own[at]];
            all.extend((bold && at < 8).then(|| own[at + 8]));
            all
        }
    }
}

/// Relative luminance.
fn luminance(color: Rgb) -> f64 {
    let [r, g, b] = color.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// A terminal: its sixteen colours, its background and its usual ink.
struct Terminal {
    own: &'static Palette16,
    ground: Rgb,
    ink: Rgb,
}

fn terminals(name: ThemeName) -> Vec<Terminal> {
    let with = |own: &'static Palette16, ground, ink| Terminal { own, ground, ink };
    let own = [&XTERM, &VGA, &CAMPBELL, &PUTTY];
    let dark = own.map(|own| with(own, own[0], own[7]));
    let light = own.map(|own| with(own, own[15], own[0]));
    match name {
        ThemeName::Dark => dark.into(),
        ThemeName::Light => light.into(),
        ThemeName::Mono => dark.into_iter().chain(light).collect(),
    }
}

/// Every ratio of ink to ground that this role has there.
fn ratios(style: Style, under: Option<Color>, terminal: &Terminal) -> Vec<f64> {
    let bold = style.add_modifier.contains(Modifier::BOLD);
    let ground = style.bg.or(under);
    let grounds = ground.map_or_else(
        || vec![terminal.ground],
        |color| seen(color, false, terminal.own),
    );
    let inks = style.fg.map_or_else(
        || vec![terminal.ink],
        |color| seen(color, bold, terminal.own),
    );
    let pairs = inks
        .iter()
        .flat_map(|ink| grounds.iter().map(move |ground| (*ink, *ground)));
    pairs.map(|(ink, ground)| contrast(ink, ground)).collect()
}

#[rstest]
fn every_role_can_be_read_in_every_theme_at_every_depth(
    #[values(ThemeName::Dark, ThemeName::Light, ThemeName::Mono)] name: ThemeName,
) {
    for (depth, terminal) in DEPTHS
        .into_iter()
        .flat_map(|depth| terminals(name).into_iter().map(move |it| (depth, it)))
    {
        let theme = Theme::new(name, depth);
        for role in ROLES {
            let style = theme.style(role);
            assert!(
                !style.add_modifier.contains(Modifier::DIM),
                "how dim nobody knows"
            );
            // Reversed, ink and ground change places: the ratio is the same.
            for ratio in ratios(style, None, &terminal) {
                assert!(ratio >= 4.5, "{name:?} {depth:?} {role:?}: {ratio:.2}");
            }
        }
    }
}

/// The row that is selected has a ground of its own, and then an ink of its own: a theme that was
/// chosen for another background cannot hide it.
#[rstest]
fn the_selected_row_can_be_read_in_every_theme_at_every_depth(
    #[values(ThemeName::Dark, ThemeName::Light, ThemeName::Mono)] name: ThemeName,
) {
    for depth in DEPTHS {
        let theme = Theme::new(name, depth);
        let selected = theme.style(Role::Selected);
        if selected.bg.is_none() {
            assert!(
                selected.add_modifier.contains(Modifier::REVERSED),
                "{name:?} {depth:?}"
            );
            continue;
        }
        assert!(selected.fg.is_some(), "{name:?} {depth:?}");
        for role in ROLES.into_iter().filter(|role| *role != Role::Selected) {
            let mut style = theme.style(role);
            style.fg = style.fg.or(selected.fg);
            for terminal in terminals(name) {
                for ratio in ratios(style, selected.bg, &terminal) {
                    assert!(ratio >= 4.5, "{name:?} {depth:?} {role:?}: {ratio:.2}");
                }
            }
        }
    }
}

/// Backgrounds that are neither black nor white: those of popular schemes.
#[rstest]
#[case(ThemeName::Dark, &[0x1e_1e1e, 0x00_2b36, 0x28_2a36, 0x2e_3436])]
#[case(ThemeName::Light, &[0xff_ffff, 0xfd_f6e3, 0xee_eeec, 0xfa_fafa])]
fn the_larger_palettes_can_be_read_on_popular_backgrounds(
    #[case] name: ThemeName,
    #[case] grounds: &[u32],
) {
    for (depth, ground) in [Depth::Indexed, Depth::True]
        .into_iter()
        .flat_map(|depth| grounds.iter().map(move |ground| (depth, *ground)))
    {
        for role in ROLES {
            let style = Theme::new(name, depth).style(role);
            let Some(color) = style.fg.filter(|_| style.bg.is_none()) else {
                continue;
            };
            let ink = seen(color, false, &XTERM)[0];
            let ratio = contrast(ink, rgb(ground));
            assert!(
                ratio >= 4.5,
                "{name:?} {depth:?} {role:?} on {ground:06x}: {ratio:.2}"
            );
        }
    }
}

#[test]
fn mono_has_no_colour_at_any_depth() {
    for depth in DEPTHS {
        for role in ROLES {
            let style = Theme::new(ThemeName::Mono, depth).style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }
}

/// What a colour says is said at every depth.
#[test]
fn a_role_of_state_is_coloured_at_every_depth() {
    use Role::{Accent, Bad, FilterError, Good, LampRed, LampYellow, Warning};
    for name in [ThemeName::Dark, ThemeName::Light] {
        for role in [Good, Warning, Bad, Accent, LampRed, LampYellow, FilterError] {
            for depth in DEPTHS {
                let style = Theme::new(name, depth).style(role);
                assert!(style.fg.is_some(), "{name:?} {role:?} {depth:?}");
            }
        }
    }
}

#[test]
fn a_key_goes_through_all_themes_and_round() {
    let mut choice = ThemeChoice::default();
    let names: Vec<&str> = (0..5)
        .map(|_| {
            let name = choice.as_str();
            choice = choice.next();
            name
        })
        .collect();
    assert_eq!(names, ["auto", "dark", "light", "mono", "auto"]);
    for choice in ThemeChoice::ALL {
        assert_eq!(ThemeChoice::from_name(choice.as_str()), Some(choice));
    }
    assert_eq!(ThemeChoice::from_name("pink"), None);
}
