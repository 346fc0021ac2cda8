//! An object that is written over several lines, as PowerShell's `ConvertTo-Json` does unless it is told not to.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::calls::{LINE_LIMIT, between_events};

/// So many lines are gathered of one object; a real one has about five. With each, the whole is looked at anew.
const LINES: u64 = 200;

/// The lines of an object whose end has not been seen yet.
#[derive(Debug, Default)]
pub(super) struct SpreadObject {
    text: String,
    /// Of its first line.
    number: u64,
}

impl SpreadObject {
    /// What is to be read now that this line has come, and the number of its first line; nothing while
    /// an object goes on.
    pub(super) fn add<'t>(&mut self, line: &'t str, number: u64) -> Option<(Cow<'t, str>, u64)> {
        if !self.is_begun() {
            if !begins(line) {
                return Some((line.into(), number));
            }
            self.number = number;
        }
        self.text.push_str(line);
        self.text.push('\n');
        let has_room = self.text.len() < LINE_LIMIT && number.saturating_sub(self.number) < LINES;
        if has_room && is_unfinished(&self.text) {
            return None;
        }
        Some((self.take().into(), self.number))
    }

    /// It, and what else stands behind it.
    pub(super) fn with<'t>(&self, rest: &'t str) -> Cow<'t, str> {
        if self.is_begun() {
            format!("{}{rest}", self.text).into()
        } else {
            rest.into()
        }
    }

    /// What there is of it, which nothing more comes to.
    pub(super) fn end(&mut self) -> Option<(String, u64)> {
        self.is_begun().then(|| (self.take(), self.number))
    }

    const fn is_begun(&self) -> bool {
        !self.text.is_empty()
    }

    fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// Whether an object goes on behind this line: a line that was torn hardly ever ends where a writer breaks lines.
fn begins(line: &str) -> bool {
    line.trim_end().ends_with(['{', '[', ',']) && is_unfinished(line)
}

/// Whether the last object has no end yet.
fn is_unfinished(text: &str) -> bool {
    let text = between_events(text);
    let mut objects = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    objects
        .find_map(Result::err)
        .is_some_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// What is to be read of these lines, each with the number of its first one; what is still gathered at the end
    /// after a bar.
    fn read(lines: &[&str]) -> Vec<String> {
        let mut spread = SpreadObject::default();
        let mut seen = Vec::new();
        for (line, number) in lines.iter().zip(1..) {
            let text = spread.add(line, number);
            seen.extend(text.map(|(text, number)| format!("{number}: {}", text.replace('\n', ""))));
        }
        let rest = spread.end();
        seen.extend(rest.map(|(text, number)| format!("| {number}: {}", text.replace('\n', ""))));
        seen
    }

    #[rstest]
    #[case::line_by_line(&["{\"a\":1}", "", "x"], &["1: {\"a\":1}", "2: ", "3: x"])]
    #[case::spread(&["{", "\"a\":  1,", "\"b\":  {", "}", "}", "{}"], &["1: {\"a\":  1,\"b\":  {}}", "6: {}"])]
    #[case::list(&["[", "{", "\"a\":1", "},", "{", "}", "]"], &["1: [", "2: {\"a\":1},", "5: {}", "7: ]"])]
    #[case::behind_another(&["{\"a\":1}{", "}"], &["1: {\"a\":1}{}"])]
    #[case::torn(&["{\"a\":\"x", "{\"b\":1}"], &["1: {\"a\":\"x", "2: {\"b\":1}"])]
    #[case::torn_where_one_goes_on(&["{\"a\":1,", "{\"b\":1}"], &["1: {\"a\":1,{\"b\":1}"])]
    #[case::never_ended(&["{", "\"a\":1,"], &["| 1: {\"a\":1,"])]
    fn an_object_is_read_as_a_whole(#[case] lines: &[&str], #[case] want: &[&str]) {
        assert_eq!(read(lines), want);
    }

    #[test]
    fn an_object_without_an_end_is_not_gathered_for_ever() {
        let mut spread = SpreadObject::default();
        let line = format!("\"a\":\"{}\",", "x".repeat(1_000));
        let mut lines = std::iter::once("{").chain(std::iter::repeat(line.as_str()));
        let text = lines.find_map(|line| spread.add(line, 1).map(|(text, _)| text.len()));
        assert!(text.is_some_and(|length| length < LINE_LIMIT + line.len() + 2));
        let mut lines = std::iter::once("{\"a\":[")
            .chain(std::iter::repeat("1,"))
            .zip(1..);
        let read = lines.find(|(line, number)| spread.add(line, *number).is_some());
        assert_eq!(read.map(|(_, number)| number), Some(LINES + 1));
    }
}
