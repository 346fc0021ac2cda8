//! A page of a list that could not be read in one go: mended, and taken apart record by record, so
//! that one odd record costs itself alone.

use serde::de::MapAccess;
use serde_json::value::RawValue;

use super::lenient::{Members, Object, Text, ignore};
use super::odd::{OddRecords, Oddity};
use json::{Mended, mended};

/// A page as it came, mended.
pub(super) struct MendedPage {
    page: Mended,
    /// Of the body as it came.
    bytes: usize,
}

/// What stands in a page.
#[derive(Default)]
pub(super) struct Parts<'a> {
    list: Option<&'a RawValue>,
    pub(super) next: Text<'a>,
    pub(super) delta: Text<'a>,
}

impl<'de: 'a, 'a> Members<'de> for Parts<'a> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "value" => self.list = Some(map.next_value()?),
            "@odata.nextLink" => self.next = map.next_value()?,
            "@odata.deltaLink" => self.delta = map.next_value()?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl MendedPage {
    pub(super) fn from_body(body: &[u8]) -> Self {
        Self {
            page: mended(body),
            bytes: body.len(),
        }
    }

    /// The page's members and its records; `what` names these.
    ///
    /// # Errors
    /// Where it was cut off, or is no such page; says why.
    pub(super) fn parts(&self, what: &str) -> Result<(Parts<'_>, Vec<&RawValue>), String> {
        if !self.page.complete {
            return Err(format!("it ends in the middle, {} bytes", self.bytes));
        }
        let no_list = || format!("it is no list of {what}, {} bytes", self.bytes);
        let Object(parts): Object<Parts<'_>> =
            serde_json::from_str(&self.page.text).map_err(|_| no_list())?;
        let list = parts.list.map_or("", RawValue::get);
        let records = serde_json::from_str(list).map_err(|_| no_list())?;
        Ok((parts, records))
    }

    /// Takes note of a record: left out where nothing came of it, or read but for what was mended.
    pub(super) fn note(
        &self,
        odd: &mut OddRecords,
        record: &RawValue,
        (id, nth): (Option<&str>, usize),
        left_out: bool,
    ) {
        if left_out {
            odd.note(id, nth, Oddity::NoId);
        } else if self.page.touches(record.get()) {
            odd.note(id, nth, Oddity::Mended);
        }
    }
}
