//! What Tab makes of the word before the cursor: fields, their values, kinds and names.

use super::fields::{FIELDS, Field, FieldRow, plain};
use super::kinds::Kind;
use super::quantity::Unit;
use super::quoted;
use super::vocabulary::Known;
use crate::others;

/// So many are offered; whoever wants another one types a letter more.
const MOST: usize = 40;

/// What the end of a line may become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Completion {
    /// Where the word begins that is completed, in bytes.
    pub(crate) start: usize,
    /// What may stand there instead.
    pub(crate) candidates: Vec<String>,
}

/// What the text before the cursor may go on with.
pub(crate) fn complete(before: &str, known: &Known<'_>) -> Completion {
    let start = last_term(before);
    let term = before.get(start..).unwrap_or_default();
    let bare = term.trim_start_matches('!');
    let start = start + term.len() - bare.len();
    let operator = bare
        .find([':', '<', '>', '='])
        .filter(|_| !bare.starts_with('"'));
    let Some(at) = operator else {
        return Completion {
            start,
            candidates: words(bare, known),
        };
    };
    let (word, rest) = bare.split_at(at);
    let stem = rest.trim_start_matches([':', '<', '>', '=']);
    Completion {
        start: start + bare.len() - stem.len(),
        candidates: values(word, rest.starts_with(':'), stem, known),
    }
}

/// Where the last word begins: behind the last space or bar that is not quoted.
fn last_term(before: &str) -> usize {
    let (mut start, mut in_quotes, mut escaped) = (0, false, false);
    for (at, c) in before.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_quotes => escaped = true,
            '"' => in_quotes = !in_quotes,
            c if !in_quotes && (c.is_whitespace() || c == '|') => start = at + c.len_utf8(),
            _ => {}
        }
    }
    start
}

/// Fields, and once something is typed the names of people.
fn words(typed: &str, known: &Known<'_>) -> Vec<String> {
    let t = known.t;
    let fields = FIELDS.iter().filter_map(|row| {
        let best = best_word(row.words(t), typed);
        best.map(|word| format!("{word}{}", operator(row)))
    });
    let is = best_word(["is", t.fields.is].map(str::to_owned).into_iter(), typed);
    let mut all: Vec<String> = fields.chain(is.map(|is| format!("{is}:"))).collect();
    if !typed.is_empty() {
        all.extend(people(typed, known));
    }
    all.truncate(MOST);
    all
}

/// A field's own word, or the first of its others that begins so.
fn best_word(mut words: impl Iterator<Item = String>, typed: &str) -> Option<String> {
    let wanted = plain(typed);
    words.find(|word| plain(word).starts_with(&wanted))
}

/// What follows the field mostly.
fn operator(row: &FieldRow) -> &'static str {
    let shown = row.column != Some("poll") && row.column != Some("age");
    match row.measure {
        Some(_) if row.column.is_none() || !shown => ">",
        _ => ":",
    }
}

fn people(typed: &str, known: &Known<'_>) -> Vec<String> {
    let stem = typed.trim_start_matches('"');
    let rows = known.snapshot.rows.iter().map(|row| &*row.display_name);
    let others = others::all(known.snapshot).map(|other| &*other.procall.display_name);
    let wanted = plain(stem);
    let mut fitting: Vec<String> = rows
        .chain(others)
        .filter(|name| plain(name).starts_with(&wanted))
        .take(MOST)
        .map(quoted)
        .collect();
    fitting.sort_unstable();
    fitting.dedup();
    fitting
}

fn values(word: &str, colon: bool, stem: &str, known: &Known<'_>) -> Vec<String> {
    let bare = stem.trim_start_matches('"');
    if colon && plain(word) == plain(known.t.fields.is) || plain(word) == "is" {
        return fitting(kinds(bare, known), bare);
    }
    let Some(field) = Field::from_word(word) else {
        return Vec::new();
    };
    let measured = field
        .0
        .measure
        .filter(|_| !colon || field.0.column.is_none());
    match measured {
        Some(measure) => fitting(examples(measure.unit), bare),
        None if colon => fitting((field.0.values)(known), bare),
        None => Vec::new(),
    }
}

fn kinds(typed: &str, known: &Known<'_>) -> Vec<String> {
    let words = |kind: &Kind| {
        let words = kind.words(known.t).map(str::to_owned);
        best_word(words, typed)
    };
    Kind::ALL.iter().filter_map(words).collect()
}

fn examples(unit: Unit) -> Vec<String> {
    let all: &[&str] = match unit {
        Unit::Count => &["0", "1", "2"],
        Unit::Millis => &["100ms", "500ms", "1s"],
        Unit::Seconds => &["10s", "1m", "1m30s", "5m"],
    };
    all.iter().map(|text| (*text).to_owned()).collect()
}

/// Those that begin so, each once.
fn fitting(all: Vec<String>, typed: &str) -> Vec<String> {
    let wanted = plain(typed);
    let mut some: Vec<String> = Vec::new();
    for value in all {
        if plain(&value).starts_with(&wanted) && !some.contains(&value) {
            some.push(value);
        }
    }
    some.truncate(MOST);
    some.iter().map(|value| quoted(value)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::filter::parse;
    use crate::fixture;
    use words::{Lang, texts};

    fn completed(before: &str, lang: Lang) -> (usize, Vec<String>) {
        let snapshot = fixture::snapshot();
        let known = Known {
            t: texts(lang),
            snapshot: &snapshot,
        };
        let found = complete(before, &known);
        (found.start, found.candidates)
    }

    #[rstest]
    #[case("la", 0, &["lamp:", "lat>", "\"Lager Nord\""])]
    #[case("anna !ver", 6, &["verdict:"])]
    #[case("is:ma", 3, &["masked"])]
    #[case("lamp:r", 5, &["red"])]
    #[case("anna | lamp:", 12, &["red", "yellow", "neutral"])]
    #[case("age>1m", 4, &["1m", "1m30s"])]
    #[case("call:ta", 5, &["TAPI"])]
    #[case("procall:do", 8, &["\"do not disturb\""])]
    #[case("name:carla", 5, &["\"Carla Müller\""])]
    #[case("\"carla m", 0, &["\"Carla Müller\""])]
    #[case("lager", 0, &["\"Lager Nord\""])]
    #[case("nobody:", 7, &[])]
    fn tab_offers(#[case] before: &str, #[case] start: usize, #[case] offered: &[&str]) {
        let (at, candidates) = completed(before, Lang::En);
        assert_eq!(
            (at, candidates),
            (start, offered.iter().map(|&it| it.to_owned()).collect())
        );
    }

    #[rstest]
    #[case("lam", &["lamp:"])]
    #[case("lampe:r", &["rot", "red"])]
    #[case("ist:ver", &["veraltet", "verdeckt"])]
    fn tab_offers_german_words(#[case] before: &str, #[case] wanted: &[&str]) {
        let (_, candidates) = completed(before, Lang::De);
        for word in wanted {
            assert!(
                candidates.iter().any(|it| it == word),
                "{word} in {candidates:?}"
            );
        }
    }

    /// Whatever is offered reads.
    #[test]
    fn every_offer_is_read() {
        for lang in [Lang::En, Lang::De] {
            for row in FIELDS {
                let before = format!("{}:", row.word);
                let (at, candidates) = completed(&before, lang);
                for offered in candidates {
                    let text = format!("{}{offered}", before.split_at(at).0);
                    assert!(parse(&text).is_ok(), "{text}");
                }
            }
        }
    }
}
