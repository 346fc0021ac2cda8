//! The screens of the documentation: as text and as pictures, drawn as the program draws them.

use std::sync::Arc;

use console::{Depth, Rendering, ThemeName, fixture};
use model::presence::Lang;

use crate::svg;

/// A screen of the documentation: name, size, keys that lead to it.
type Shot = (&'static str, (u16, u16), &'static str);

const SHOTS: [Shot; 9] = [
    ("table", (80, 24), "jj"),
    ("why", (80, 24), "jj⏎"),
    ("problems", (80, 24), "!"),
    ("topology", (80, 24), "t"),
    ("timing", (80, 24), "T"),
    ("unmatched", (80, 24), "u"),
    ("filter", (80, 24), "/is:call lamp:red"),
    ("columns", (80, 24), "C"),
    ("wide", (160, 50), "jj"),
];

/// The screens of the documentation, each with the name of its file: as text, and as a picture in
/// colour on dark and on light ground. Drawn from a fixed snapshot, so that they change only where
/// the console does.
pub(crate) fn screens() -> Vec<(String, String)> {
    SHOTS.iter().flat_map(files).collect()
}

fn files(shot: &Shot) -> [(String, String); 3] {
    let (name, (width, height), _) = shot;
    let dark = shoot(shot, ThemeName::Dark);
    let light = shoot(shot, ThemeName::Light);
    let title = format!("lampfield, the console: {name}, {width}x{height}");
    let name = format!("{name}-{width}x{height}");
    [
        (format!("{name}.txt"), text(&dark)),
        (
            format!("{name}.svg"),
            svg::picture(dark.buffer(), svg::DARK, &title),
        ),
        (
            format!("{name}-light.svg"),
            svg::picture(light.buffer(), svg::LIGHT, &title),
        ),
    ]
}

fn shoot((_, (width, height), keys): &Shot, theme: ThemeName) -> Rendering {
    let now = fixture::now();
    let size = (*width, *height);
    let snapshot = Arc::new(fixture::snapshot());
    let mut picture = Rendering::with(theme, Depth::True, size, snapshot, Lang::En);
    for line in fixture::log_lines() {
        picture.log(line, now);
    }
    picture.press(keys, now);
    picture.frame(now);
    picture
}

fn text(picture: &Rendering) -> String {
    let lines = picture.lines();
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n") + "\n"
}

/// `readme` with a picture between each `<!-- screen NAME -->` and the `<!-- /screen -->` after it,
/// in the colours that its reader has chosen; as it is where there are no marks.
pub(crate) fn with_screens(readme: &str) -> String {
    SHOTS.iter().fold(readme.to_owned(), |readme, shot| {
        with_screen(&readme, shot).unwrap_or(readme)
    })
}

fn with_screen(readme: &str, (name, (width, height), _): &Shot) -> Option<String> {
    const END: &str = "<!-- /screen -->";
    let begin = format!("<!-- screen {name} -->\n");
    let (before, rest) = readme.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    let file = format!("docs/screens/{name}-{width}x{height}");
    let picture = format!(
        "<picture>\n  <source media=\"(prefers-color-scheme: light)\" srcset=\"{file}-light.svg\">\n  \
         <img src=\"{file}.svg\" alt=\"The console: {name}\">\n</picture>\n"
    );
    Some(format!("{before}{begin}{picture}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    const AGAIN: &str = "run: cargo xtask pages";

    #[test]
    fn the_pictures_in_the_documentation_are_up_to_date() {
        let folder = root().join("docs/screens");
        let shots = screens();
        for (name, picture) in &shots {
            let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(kept == *picture, "{name} is not up to date; {AGAIN}");
        }
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), shots.len());
    }

    #[test]
    fn the_readme_shows_the_screens() {
        let path = root().join("README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        for shown in ["table-80x24.svg", "why-80x24.svg"] {
            assert!(readme.contains(shown), "{shown}; {AGAIN}");
        }
        assert_eq!(with_screens(&readme), readme, "{AGAIN}");
    }

    #[test]
    fn a_readme_without_marks_stays_as_it_is() {
        assert_eq!(with_screens("# lampfield\n"), "# lampfield\n");
    }
}
