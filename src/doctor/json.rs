//! All checks as one object.

use serde::Serialize;

use super::check::Check;
use super::course::Course;
use super::finding::Status;
use model::presence::Lang;
use report::SCHEMA;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    checks: Vec<Entry<'a>>,
    ok: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'static str,
    status: Status,
    message: String,
    advice: Option<&'a str>,
    duration_ms: u64,
}

/// One object and a line end. Messages are in `lang`, everything else is for programs. What
/// belongs to a message follows in it, a line each.
///
/// # Errors
/// None that can happen: all of it is text and numbers.
pub fn doctor_json(course: &Course, lang: Lang) -> serde_json::Result<String> {
    let document = Document {
        schema: SCHEMA,
        checks: course
            .checks()
            .iter()
            .map(|check| entry(check, lang))
            .collect(),
        ok: course.is_ok(),
    };
    serde_json::to_string(&document).map(|json| json + "\n")
}

fn entry(check: &Check, lang: Lang) -> Entry<'_> {
    let finding = &check.finding;
    let lines: Vec<_> = std::iter::once(&finding.message)
        .chain(&finding.details)
        .map(|words| words.in_lang(lang))
        .filter(|line| !line.is_empty())
        .collect();
    Entry {
        name: check.name.as_str(),
        status: finding.status,
        message: lines.join("\n"),
        advice: finding.advice.as_ref().map(|advice| advice.in_lang(lang)),
        duration_ms: u64::try_from(check.took.as_millis()).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::{CheckName, Finding, Words};

    #[test]
    fn the_object_has_exactly_its_keys() {
        let mut course = Course::default();
        let finding = Finding::failed(Words::new("kaputt", "broken"), Words::new("tu", "do"));
        course.take(Check {
            name: CheckName::Dns,
            finding: finding.with(Words::same("in full")),
            took: Duration::from_millis(12),
        });
        assert_eq!(
            doctor_json(&course, Lang::En).unwrap(),
            "{\"schema\":1,\"checks\":[{\"name\":\"dns\",\"status\":\"failed\",\
             \"message\":\"broken\\nin full\",\"advice\":\"do\",\"duration_ms\":12}],\"ok\":false}\n"
        );
    }
}
