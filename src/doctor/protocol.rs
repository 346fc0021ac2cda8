//! What a recording of UCServer's protocol settles, as a table and as JSON; and what is in one.

use serde::Serialize;

use super::phone::say;
use model::presence::Lang;
use model::text::harmless;
use report::{Look, Paint, SCHEMA};
use trace::{Audit, BadLine, Row, Unreadable, Verdict};
use words::{OpenQuestion, fill, open_questions, recording_texts};

/// A row of each question, with what answers it or how it can be answered.
#[must_use]
pub fn rows_text(rows: &[Row], look: &Look) -> String {
    let texts = recording_texts();
    let heading =
        [&texts.verdict, &texts.line, &texts.question].map(|text| look.worded(say(text, look)));
    let [verdict, line, question] = heading;
    let heading = format!("{verdict:<13}{line:>6}  {question}");
    let mut text = format!("{}\n", look.paint(Some(Paint::Title), &heading));
    for row in rows {
        text.push_str(&row_text(row, look));
    }
    text
}

fn row_text(row: &Row, look: &Look) -> String {
    let texts = recording_texts();
    let (verdict, paint) = match row.verdict {
        Verdict::Open => (&texts.open, None),
        Verdict::Confirmed => (&texts.confirmed, Some(Paint::Good)),
        Verdict::Contradicted => (&texts.contradicted, Some(Paint::Red)),
    };
    let verdict = format!("{:<13}", look.worded(say(verdict, look)));
    let line = row.line.map(|line| line.to_string()).unwrap_or_default();
    let asked = asked(row);
    let question = asked.map_or(row.question.key(), |asked| say(&asked.question, look));
    let below = match (row.verdict, asked) {
        (Verdict::Open, Some(asked)) => say(&asked.how, look).to_owned(),
        _ => format!("{}: {}", say(&texts.seen, look), row.seen),
    };
    let (question, below) = (look.worded(question), look.worded(harmless(&below)));
    let verdict = look.paint(paint, &verdict);
    format!("{verdict}{line:>6}  {question}\n{:21}{below}\n", "")
}

fn asked(row: &Row) -> Option<&'static OpenQuestion> {
    let key = row.question.key();
    open_questions().iter().find(|asked| asked.key == key)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    lines: u64,
    rows: Vec<RowEntry<'a>>,
}

#[derive(Serialize)]
struct RowEntry<'a> {
    key: &'static str,
    result: &'static str,
    line: Option<u64>,
    seen: &'a str,
    question: &'a str,
    assumed: &'a str,
    how: &'a str,
}

/// The same as one object and a line end; texts are in `lang`.
///
/// # Errors
/// None that can happen: all of it is text and numbers.
pub fn rows_json(rows: &[Row], lines: u64, lang: Lang) -> serde_json::Result<String> {
    let document = Document {
        schema: SCHEMA,
        lines,
        rows: rows.iter().map(|row| entry(row, lang)).collect(),
    };
    serde_json::to_string(&document).map(|json| json + "\n")
}

fn entry(row: &Row, lang: Lang) -> RowEntry<'_> {
    let asked = asked(row);
    let text = |part: fn(&OpenQuestion) -> &words::BothTexts| {
        asked.map_or("", |asked| part(asked).in_lang(lang))
    };
    RowEntry {
        key: row.question.key(),
        result: match row.verdict {
            Verdict::Open => "open",
            Verdict::Confirmed => "confirmed",
            Verdict::Contradicted => "contradicted",
        },
        line: row.line,
        seen: &row.seen,
        question: text(|asked| &asked.question),
        assumed: text(|asked| &asked.assumed),
        how: text(|asked| &asked.how),
    }
}

/// What is in a recording: how much, what stands there as it is, and whatever is no pseudonym.
#[must_use]
pub fn audit_text(audit: &Audit, look: &Look) -> String {
    let texts = recording_texts();
    let contents = fill(
        say(&texts.contents, look),
        &[
            ("lines", &audit.lines),
            ("seconds", &(audit.lasted_ms / 1_000)),
            ("pseudonyms", &audit.pseudonyms),
        ],
    );
    let mut lines = vec![contents];
    lines.extend(audit.bad.iter().map(|bad| bad_line(*bad, look)));
    for (text, line) in &audit.others {
        let text = harmless(text);
        lines.push(fill(
            say(&texts.something_else, look),
            &[("line", line), ("text", &text)],
        ));
    }
    lines.push(say(&texts.nothing_else, look).to_owned());
    let words: Vec<_> = audit.words.keys().map(String::as_str).collect();
    lines.push(harmless(&words.join(" ")).into_owned());
    let lines: Vec<_> = lines.iter().map(|line| look.worded(line)).collect();
    format!("{}\n\n", lines.join("\n"))
}

/// A line of a recording that is left out.
#[must_use]
pub fn bad_line(bad: BadLine, look: &Look) -> String {
    let texts = recording_texts();
    let text = if bad.cut_off {
        &texts.cut_line
    } else {
        &texts.bad_line
    };
    fill(say(text, look), &[("line", &bad.line)])
}

/// Why a file is no recording that could be read.
#[must_use]
pub fn unreadable(file: &str, why: Unreadable, look: &Look) -> String {
    let texts = recording_texts();
    let (text, format) = match why {
        Unreadable::Empty => (&texts.empty, 0),
        Unreadable::NoRecording => (&texts.no_recording, 0),
        Unreadable::Format(format) => (&texts.format, format),
    };
    let values: [(&str, &dyn std::fmt::Display); 3] = [
        ("file", &file),
        ("format", &format),
        ("ours", &trace::FORMAT),
    ];
    fill(say(text, look), &values)
}

#[cfg(test)]
mod tests {
    use trace::{Evidence, Question};

    use super::*;

    fn look(lang: Lang) -> Look {
        Look {
            lang,
            ..Look::default()
        }
    }

    #[test]
    fn every_question_has_its_words_and_every_row_its_question() {
        let keys: Vec<_> = open_questions()
            .iter()
            .map(|asked| asked.key.as_str())
            .collect();
        let asked: Vec<_> = Question::ALL
            .iter()
            .map(|question| question.key())
            .collect();
        assert_eq!(keys, asked);
    }

    /// The table of the documentation is this one.
    #[test]
    fn the_documentation_has_every_row() {
        let page = include_str!("../../docs/ucserver.md");
        let code = |keys: &str| {
            let keys = keys
                .split(", ")
                .filter(|key| !key.is_empty() && !key.starts_with("none"));
            keys.map(|key| format!("`{key}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        for asked in open_questions() {
            let texts =
                [&asked.question, &asked.assumed, &asked.how].map(|text| text.in_lang(Lang::En));
            let (function, setting) = (code(&asked.function), code(&asked.setting));
            let row = format!("| {} | {function} | {setting} |\n", texts.join(" | "));
            assert!(page.contains(&row), "docs/ucserver.md lacks:\n{row}");
        }
    }

    #[test]
    fn an_open_row_says_how_it_is_settled_and_a_settled_one_what_was_seen() {
        let mut rows = Evidence::default().rows();
        rows[2].verdict = Verdict::Contradicted;
        rows[2].line = Some(17);
        rows[2].seen = "eJournalCallType 9\u{1b}[2J".to_owned();
        let text = rows_text(&rows, &look(Lang::De));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 2 * Question::ALL.len());
        assert!(
            lines[5].starts_with("widerlegt        17  Ist ein Anruf"),
            "{}",
            lines[5]
        );
        assert!(
            lines[6].ends_with("gesehen: eJournalCallType 9[2J"),
            "{}",
            lines[6]
        );
        assert!(lines[1].starts_with("offen"), "{}", lines[1]);
        assert!(lines[2].contains("annehmen"), "{}", lines[2]);
        let json = rows_json(&rows, 40, Lang::En).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["rows"][2]["result"], "contradicted");
        assert_eq!(
            (&json["rows"][2]["line"], &json["lines"]),
            (&17.into(), &40.into())
        );
    }
}
