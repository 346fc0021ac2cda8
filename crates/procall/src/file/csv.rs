//! Records of a CSV file (RFC 4180), each with the line that it begins on. Pure.
//!
//! A quoted field may hold line ends (addresses and titles of Active Directory, Alt+Enter in Excel:
//! pnp/PnP#252, andersmelander/better-translation-manager#63). A quotation mark that is never closed
//! spoils its line alone: a record goes over several lines only where they make a good one.

use std::iter::Peekable;
use std::str::Chars;

use model::source_fault::LineFault;

/// No record goes over more lines.
const LINES: usize = 50;

/// No record that goes over several lines is longer, in bytes.
const LENGTH: usize = 16 * 1024;

/// One record: the number of its first line, and its fields or why there are none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) fields: Result<Vec<String>, LineFault>,
}

/// The records of a text whose lines end in `\n`.
pub(super) struct Records<'a> {
    rest: &'a str,
    line: u64,
    pub(super) separator: char,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
            separator: ',',
        }
    }

    /// The next line as it stands, without taking it.
    pub(super) fn peek_line(&self) -> Option<&'a str> {
        let line = self.rest.split('\n').next()?;
        (!self.rest.is_empty()).then_some(line)
    }

    /// Leaves out the next line.
    pub(super) fn skip_line(&mut self) {
        let length = self.peek_line().map_or(0, str::len);
        self.take(length, 1);
    }

    fn take(&mut self, length: usize, lines: usize) {
        let rest = self.rest.get(length..).unwrap_or_default();
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
        self.line += lines as u64;
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let (first, number) = (self.peek_line()?, self.line);
        let mut lines = 1;
        let mut length = first.len();
        let mut fields = fields(first, self.separator);
        while fields == Err(Broken::NotClosed) && lines < LINES && length < LENGTH {
            let Some(more) = self.rest.get(length + 1..) else {
                break;
            };
            length += 1 + more.split('\n').next().map_or(0, str::len);
            lines += 1;
            fields = self::fields(self.rest.get(..length).unwrap_or_default(), self.separator);
        }
        if fields.is_err() {
            (lines, length) = (1, first.len());
        }
        self.take(length, lines);
        Some(Record {
            line: number,
            fields: fields.map_err(|_| LineFault::Quote),
        })
    }
}

/// Why a record has no fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// A quoted field goes on: on the next line, perhaps.
    NotClosed,
    /// A quotation mark where none can be.
    Quote,
}

/// The fields of a record, trimmed.
fn fields(record: &str, separator: char) -> Result<Vec<String>, Broken> {
    if !record.contains('"') {
        // Nearly every record.
        return Ok(record
            .split(separator)
            .map(|field| field.trim().to_owned())
            .collect());
    }
    let mut fields = Vec::new();
    let mut chars = record.chars().peekable();
    loop {
        fields.push(field(&mut chars, separator)?);
        if chars.next().is_none() {
            return Ok(fields);
        }
    }
}

/// One field, up to its separator. People write `anna, "Doe, Anna"`: spaces before a quotation mark
/// are none of the field.
fn field(chars: &mut Peekable<Chars<'_>>, separator: char) -> Result<String, Broken> {
    let is_space = |c: &char| *c != separator && matches!(c, ' ' | '\t' | '\u{A0}');
    while chars.next_if(is_space).is_some() {}
    if chars.next_if_eq(&'"').is_some() {
        let field = quoted(chars)?;
        while chars.next_if(is_space).is_some() {}
        let ends = chars.peek().is_none_or(|c| *c == separator);
        return if ends { Ok(field) } else { Err(Broken::Quote) };
    }
    let mut field = String::new();
    while let Some(c) = chars.next_if(|c| *c != separator) {
        field.push(c);
    }
    // `Bert "the Bear" Doe` is a name; one mark alone is a mistake.
    if field.matches('"').count() % 2 == 1 {
        return Err(Broken::Quote);
    }
    Ok(field.trim().to_owned())
}

/// What stands between quotation marks; two of them are one.
fn quoted(chars: &mut Peekable<Chars<'_>>) -> Result<String, Broken> {
    let mut field = String::new();
    loop {
        match chars.next() {
            None => return Err(Broken::NotClosed),
            Some('"') if chars.next_if_eq(&'"').is_none() => return Ok(field.trim().to_owned()),
            Some(c) => field.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The records in brackets, fields with `|` between them.
    fn read(text: &str) -> String {
        let record = |record: Record| {
            let fields = record
                .fields
                .map_or("?".to_owned(), |fields| fields.join("|"));
            format!("{}[{}]", record.line, fields.replace('\n', "/"))
        };
        Records::new(text).map(record).collect()
    }

    #[rstest]
    #[case::plain("a,b\nc,d\n", "1[a|b]2[c|d]")]
    #[case::no_line_end("a,b\nc,d", "1[a|b]2[c|d]")]
    #[case::empty_fields("a,,\n,,", "1[a||]2[||]")]
    #[case::quoted("\"a, b\",\"c\"\n", "1[a, b|c]")]
    #[case::marks("\"a \"\"b\"\"\",c", "1[a \"b\"|c]")]
    #[case::spaces_round_marks(" \"a\" , \"b\" ", "1[a|b]")]
    #[case::marks_within_a_name("a \"the\" b,c", "1[a \"the\" b|c]")]
    #[case::line_end("\"a\nb\",c\nd,e", "1[a/b|c]3[d|e]")]
    #[case::several_line_ends("x,\"a\n\n\"\"b\"\",\nc\"\ny", "1[x|a//\"b\",/c]5[y]")]
    #[case::never_closed("a,\"b,1\nc,d,2\ne,f,3\n", "1[?]2[c|d|2]3[e|f|3]")]
    #[case::never_closed_before_a_quoted("a,\"b,1\nc,\"d\",2\n", "1[?]2[c|d|2]")]
    #[case::never_closed_at_the_end("a,b\nc,\"d", "1[a|b]2[?]")]
    #[case::closed_and_goes_on("a,\"b\"c,d\ne", "1[?]2[e]")]
    #[case::one_mark_within("a,b\"c\nd", "1[?]2[d]")]
    #[case::nothing("", "")]
    fn records_are_read_as_rfc_4180_has_them(#[case] text: &str, #[case] want: &str) {
        assert_eq!(read(text), want);
    }

    #[test]
    fn a_mark_that_is_never_closed_does_not_read_the_rest_again_and_again() {
        let text = "a,\"b\n".repeat(20_000);
        assert_eq!(
            Records::new(&text)
                .filter(|record| record.fields.is_err())
                .count(),
            20_000
        );
    }

    proptest::proptest! {
        #[test]
        fn every_line_is_in_one_record(text in "[a\",\n ]{0,60}") {
            let mut next = 1;
            for record in Records::new(&text) {
                proptest::prop_assert!(record.line >= next);
                next = record.line + 1;
            }
        }
    }
}
