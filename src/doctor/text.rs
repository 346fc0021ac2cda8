//! One check as a person reads it: mark, title, sentence; below it what belongs to it and what to
//! do.

use unicode_width::UnicodeWidthStr as _;

use super::check::Check;
use super::checks::CheckName;
use super::course::Course;
use super::finding::{Status, Words, say};
use report::{Look, Paint};

/// Narrower than this nothing is wrapped: it would be a column of single words.
const NARROWEST: usize = 50;

/// The lines of one check, with a line end.
#[must_use]
pub fn check_text(check: &Check, look: &Look) -> String {
    let finding = &check.finding;
    let (mark, paint) = mark(finding.status, look);
    let title = look.worded(check.name.title().in_lang(look.lang));
    let indent = mark.width() + 1 + title_width(look) + 1;
    let gap = " ".repeat(title_width(look).saturating_sub(title.width()));
    let message = wrapped(&finding.message, "", indent, look);
    let mut text = format!("{} {title}{gap} {message}\n", look.paint(paint, mark));
    let said = |detail: &&Words| !detail.in_lang(look.lang).is_empty();
    let details = finding.details.iter().filter(said);
    let details = details.map(|detail| (detail, ""));
    let arrow = if look.ascii { "-> " } else { "→ " };
    let advice = finding.advice.iter().map(|advice| (advice, arrow));
    for (words, before) in details.chain(advice) {
        text.push_str(&" ".repeat(indent));
        text.push_str(&wrapped(words, before, indent, look));
        text.push('\n');
    }
    text
}

/// The last line: how it went as a whole.
#[must_use]
pub fn summary_text(course: &Course, look: &Look) -> String {
    let failed = course.count(Status::Failed);
    let (skipped, warnings) = (course.count(Status::Skipped), course.count(Status::Warning));
    let said = if course.was_interrupted() {
        say(|t| t.course.interrupted, &[])
    } else if failed + skipped + warnings == 0 {
        say(|t| t.course.all_well, &[])
    } else {
        say(
            |t| t.course.counted,
            &[
                ("failed", &failed),
                ("warnings", &warnings),
                ("skipped", &skipped),
            ],
        )
    };
    let said = look.worded(said.in_lang(look.lang));
    format!("\n{}\n", look.paint(Some(Paint::Title), &said))
}

const fn mark(status: Status, look: &Look) -> (&'static str, Option<Paint>) {
    match (status, look.ascii) {
        (Status::Ok, false) => ("✓", Some(Paint::Good)),
        (Status::Ok, true) => ("+", Some(Paint::Good)),
        (Status::Warning, _) => ("!", Some(Paint::Yellow)),
        (Status::Failed, false) => ("✗", Some(Paint::Red)),
        (Status::Failed, true) => ("x", Some(Paint::Red)),
        (Status::Skipped, _) => ("-", Some(Paint::Stale)),
    }
}

fn title_width(look: &Look) -> usize {
    let titles = CheckName::all().map(CheckName::title);
    titles
        .map(|title| look.worded(title.in_lang(look.lang)).width())
        .max()
        .unwrap_or_default()
}

/// The words in lines that fit beside `indent`; all but the first begin with it.
pub(crate) fn wrapped(words: &Words, before: &str, indent: usize, look: &Look) -> String {
    let text = look.worded(words.in_lang(look.lang));
    let text = format!("{before}{text}");
    let room = look.width.map(|width| width.saturating_sub(indent + 1));
    let Some(room) = room.filter(|room| room + indent >= NARROWEST) else {
        return text;
    };
    let (mut lines, mut used) = (String::new(), 0);
    for word in text.split(' ') {
        let width = word.width();
        if used > 0 && used + 1 + width > room {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent + before.width()));
            used = before.width();
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += width;
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::Finding;
    use model::presence::Lang;

    fn check(status: Status) -> Check {
        let message = Words::new(
            "Der Schlüssel ist „falsch“ und das ist ein langer Satz, der umbrochen wird",
            "The key is wrong, and this is a long sentence that has to be broken somewhere",
        );
        let finding = Finding::failed(message, Words::new("Neu anlegen", "Make a new one"));
        Check {
            name: CheckName::Token,
            finding: Finding { status, ..finding }.with(Words::same("in full")),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn a_check_reads_from_mark_to_advice() {
        let look = Look {
            width: Some(64),
            ..Look::default()
        };
        assert_eq!(
            check_text(&check(Status::Failed), &look),
            "\
✗ Token             The key is wrong, and this is a long
                    sentence that has to be broken somewhere
                    in full
                    → Make a new one
"
        );
    }

    #[test]
    fn the_ascii_twin_is_ascii() {
        for status in [Status::Ok, Status::Warning, Status::Failed, Status::Skipped] {
            for lang in [Lang::De, Lang::En] {
                let look = Look {
                    ascii: true,
                    lang,
                    ..Look::default()
                };
                let text = check_text(&check(status), &look);
                assert!(text.is_ascii(), "{text}");
            }
        }
    }

    #[test]
    fn the_last_line_counts() {
        let mut course = Course::default();
        assert_eq!(summary_text(&course, &Look::default()), "\nAll is well.\n");
        course.take(check(Status::Failed));
        assert_eq!(
            summary_text(&course, &Look::default()),
            "\n1 failed, 0 warnings, 0 skipped.\n"
        );
    }
}
