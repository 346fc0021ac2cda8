//! Where values may stand.

use std::ops::Range;
use std::path::Path;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

/// The top of a file, or the table of one site in it.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
    pub(super) root: &'a DeTable<'a>,
    /// The byte of the text with which it begins.
    pub(super) start: usize,
    /// The text has syntax errors: what seems to be missing may be there.
    pub(super) partial: bool,
    /// Further keys at its top, which are read elsewhere.
    pub(super) besides: &'static [&'static str],
}

impl<'a> Layer<'a> {
    pub(super) fn section_key(&self, section: &str) -> Option<Range<usize>> {
        let mut entries = self.root.iter();
        entries.find_map(|(key, _)| (key.get_ref() == section).then(|| key.span()))
    }

    pub(super) fn section(&self, section: &str) -> Option<&'a DeTable<'a>> {
        let mut entries = self.root.iter();
        entries
            .find_map(|(key, value)| (key.get_ref() == section).then_some(value))?
            .get_ref()
            .as_table()
    }

    pub(super) fn value(&self, section: &str, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let mut entries = self.section(section)?.iter();
        entries.find_map(|(key, value)| (key.get_ref() == name).then_some(value))
    }
}
