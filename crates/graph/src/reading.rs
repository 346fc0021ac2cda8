//! The body of `getPresencesByUserId`, decoded in one pass and without a copy of known values.
//!
//! Most of a cycle's time is spent here. In a page as Graph writes it, an entry that is the same as
//! last time is only compared ([`Recall`]), and what is new goes through [`Template`]; any other
//! page, and any other entry, is left to the JSON library. What that does not take is mended, and
//! read record by record: see [`MendedPage`].

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::PresenceReading;
use super::entry::Entry;
use super::last_answer::Recall;
use super::lenient::{Object, Text};
use super::odd::{OddRecords, Oddity};
use super::page::MendedPage;
use super::template::{Template, place};
use model::limits::IDS_PER_REQUEST;

/// Entries of so many looks are learnt: with and without a status message, out of office or not.
const TEMPLATES: usize = 4;

/// How many different unknown values one answer may report.
const UNKNOWN_LIMIT: usize = 32;

/// One page of entries.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<PresenceReading>,
    /// `@odata.nextLink`. Not documented for this call; honoured all the same.
    pub(super) next: Option<String>,
    /// Entries that were left out, or read but for a part.
    pub(super) odd: OddRecords,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    value: Readings,
    #[serde(borrow, default, rename = "@odata.nextLink")]
    next: Text<'a>,
}

/// The entries with a usable id, each judged while it is read: no list of raw ones is made.
#[derive(Debug, Default, PartialEq, Eq)]
struct Readings {
    entries: Vec<PresenceReading>,
    odd: OddRecords,
    seen: usize,
}

impl Readings {
    fn with_room() -> Self {
        Self {
            entries: Vec::with_capacity(IDS_PER_REQUEST),
            ..Self::default()
        }
    }

    fn take(&mut self, entry: &Entry<'_>) {
        self.seen += 1;
        match entry.reading() {
            Some(reading) => self.entries.push(reading),
            None => self.odd.note(entry.id.as_deref(), self.seen, Oddity::NoId),
        }
    }

    fn into_page(self, next: Option<String>) -> Page {
        Page {
            entries: self.entries,
            next,
            odd: self.odd,
        }
    }
}

impl<'de> Deserialize<'de> for Readings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ListVisitor;
        impl<'de> Visitor<'de> for ListVisitor {
            type Value = Readings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of presences")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut readings = Readings::with_room();
                while let Some(Object(entry)) = seq.next_element::<Object<Entry<'de>>>()? {
                    readings.take(&entry);
                }
                Ok(readings)
            }
        }
        from.deserialize_seq(ListVisitor)
    }
}

/// Decodes one page. Entries without a usable id are left out (their users count as missing);
/// values that are documented nowhere are added to `unknown`, each once. What `recall` knows from
/// last time is not decoded again.
///
/// # Errors
/// Where the body as a whole is no such page; says why.
pub(super) fn parse_page(
    body: &[u8],
    recall: &mut Option<Recall<'_>>,
    unknown: &mut Vec<Arc<str>>,
) -> Result<Page, String> {
    // Checked as a whole, UTF-8 costs next to nothing; string by string it is a tenth of the
    // time. What is invalid may still stand where nobody looks.
    let text = str::from_utf8(body).ok();
    let page = match text.and_then(|text| usual_page(text, recall)) {
        Some(readings) => readings.into_page(None),
        None => any_page(body).map_or_else(|| mended_page(body), Ok)?,
    };
    let presences = page.entries.iter();
    for presence in presences.filter_map(|entry| entry.presence.as_ref()) {
        if !presence.availability.is_known() {
            note(unknown, presence.availability.as_str());
        }
        if !presence.activity.is_known() {
            note(unknown, presence.activity.as_str());
        }
    }
    Ok(page)
}

/// A page as Graph writes it: without spaces, the list last, no further page. Nothing where it is
/// not: then [`any_page`] says what it is.
fn usual_page(text: &str, recall: &mut Option<Recall<'_>>) -> Option<Readings> {
    let mut rest = list_of(text)?;
    let mut readings = Readings::with_room();
    let mut templates = Templates::default();
    loop {
        let last = recall.as_ref();
        let last = last.and_then(|it| it.read(rest.as_bytes(), &mut readings.entries));
        let length = if let Some(length) = last {
            readings.seen += 1;
            length
        } else {
            templates.read(rest, &mut readings, recall)?
        };
        rest = rest.get(length..)?;
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest == "]}" => return Some(readings),
            None => return None,
        }
    }
}

/// The looks of entries that a page has shown so far.
#[derive(Default)]
struct Templates<'a>(Vec<Template<'a>>);

impl<'a> Templates<'a> {
    /// Reads the entry that `text` begins with; its length in bytes.
    fn read(
        &mut self,
        text: &'a str,
        readings: &mut Readings,
        recall: &mut Option<Recall<'_>>,
    ) -> Option<usize> {
        let known = self.0.iter().find_map(|template| template.read(text));
        let Some(known) = known else {
            return self.decode(text, readings, recall);
        };
        if let (Some(recall), Some(bytes)) = (recall, text.as_bytes().get(..known.length)) {
            recall.keep(bytes, known.id_at, &known.reading);
        }
        readings.seen += 1;
        readings.entries.push(known.reading);
        Some(known.length)
    }

    /// The same by the JSON library; what has a look that is new is learnt.
    fn decode(
        &mut self,
        text: &'a str,
        readings: &mut Readings,
        recall: &mut Option<Recall<'_>>,
    ) -> Option<usize> {
        let mut reader = serde_json::Deserializer::from_str(text).into_iter();
        let Object(entry): Object<Entry<'_>> = reader.next()?.ok()?;
        let length = reader.byte_offset();
        let text = text.get(..length)?;
        if let (Some(recall), Some((id_at, _))) = (recall, place(text, &entry.id))
            && let Some(reading) = entry.reading()
        {
            recall.keep(text.as_bytes(), id_at, &reading);
        }
        readings.take(&entry);
        if self.0.len() < TEMPLATES {
            self.0.extend(Template::learn(text, &entry));
        }
        Some(length)
    }
}

/// What comes after `"value":[`, where only `@odata` members with plain strings come before it.
fn list_of(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('{')?;
    loop {
        if let Some(list) = rest.strip_prefix(r#""value":["#) {
            return Some(list);
        }
        let member = rest.strip_prefix(r#""@odata.context":""#)?;
        let (context, more) = member.split_once('"')?;
        if context.contains('\\') {
            return None;
        }
        rest = more.strip_prefix(',')?;
    }
}

/// Whatever JSON there may be.
fn any_page(body: &[u8]) -> Option<Page> {
    let parsed: Result<Envelope<'_>, _> = match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    let Envelope { value, next } = parsed.ok()?;
    Some(value.into_page(next.0.map(std::borrow::Cow::into_owned)))
}

/// Whatever there may be.
fn mended_page(body: &[u8]) -> Result<Page, String> {
    let page = MendedPage::from_body(body);
    let (parts, records) = page.parts("presences")?;
    let mut readings = Readings::with_room();
    for (nth, record) in (1..).zip(records) {
        let Object(entry): Object<Entry<'_>> =
            serde_json::from_str(record.get()).unwrap_or_default();
        let reading = entry.reading();
        let name = (entry.id.as_deref(), nth);
        page.note(&mut readings.odd, record, name, reading.is_none());
        readings.entries.extend(reading);
    }
    Ok(readings.into_page(parts.next.as_deref().map(ToOwned::to_owned)))
}

fn note(unknown: &mut Vec<Arc<str>>, value: &str) {
    if unknown.len() < UNKNOWN_LIMIT && !unknown.iter().any(|known| **known == *value) {
        unknown.push(value.into());
    }
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
