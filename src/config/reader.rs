//! Takes values out of a parsed TOML document and keeps a fault for everything that is not as it
//! should be, so that one pass finds them all.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Url;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::address::safe_url;
use super::environment::Environment;
use super::fault::{Fault, Position};
use super::keys::{self, FOREIGN_SECTIONS, KEYS, Key, LITERAL_SECRETS};

/// Where a value stands, so that a later check can still point at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    key: &'static Key,
    offset: usize,
}

/// A value and where it stands.
pub(super) type At<T> = (T, Spot);

/// The document, and what was found wrong with it so far.
pub(super) struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    root: &'a DeTable<'a>,
    /// Where environment variables and the user's directories come from.
    pub(super) env: &'a Environment,
    /// The text has syntax errors: what seems to be missing may be there.
    partial: bool,
    faults: Vec<Fault>,
    asked: BTreeSet<(&'static str, &'static str)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        file: &'a Path,
        text: &'a str,
        root: &'a DeTable<'a>,
        env: &'a Environment,
        partial: bool,
    ) -> Self {
        Self {
            file,
            text,
            root,
            env,
            partial,
            faults: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    /// What was wrong, and which keys were asked for.
    pub(super) fn finish(self) -> (Vec<Fault>, BTreeSet<(&'static str, &'static str)>) {
        (self.faults, self.asked)
    }

    /// Keeps a fault of the value at `spot`.
    pub(super) fn fault(&mut self, spot: Spot, message: &str) {
        self.fault_at(spot.offset, &spot.key.path(), message);
    }

    /// Keeps a fault: this is not what the key takes.
    pub(super) fn unexpected(&mut self, spot: Spot, found: &str) {
        self.fault(
            spot,
            &format!("expected {}; found {found}", spot.key.expected),
        );
    }

    /// Keeps a fault: the key is not there but should be. Points at its table.
    pub(super) fn missing(&mut self, section: &'static str, name: &'static str, why: &str) {
        self.asked.insert((section, name));
        if self.partial || self.is_no_table(section) {
            return;
        }
        let expected = keys::key(section, name).map_or("a value", |key| key.expected);
        let offset = self.section_key(section).map_or(0, |span| span.start);
        let message = format!("missing{why}; expected {expected}");
        self.fault_at(offset, &format!("{section}.{name}"), &message);
    }

    /// Keeps a fault of a whole table.
    pub(super) fn fault_in_section(&mut self, section: &'static str, message: &str) {
        if self.partial || self.is_no_table(section) {
            return;
        }
        let offset = self.section_key(section).map_or(0, |span| span.start);
        self.fault_at(offset, section, message);
    }

    /// Something else has the table's name: a fault of its own, behind which all keys are missing.
    fn is_no_table(&self, section: &str) -> bool {
        self.section_key(section).is_some() && self.section(section).is_none()
    }

    fn fault_at(&mut self, offset: usize, key: &str, message: &str) {
        let position = Position::at_offset(self.text, offset);
        self.faults
            .push(Fault::of_key(self.file, position, key, message));
    }

    fn section_key(&self, section: &str) -> Option<Range<usize>> {
        let mut entries = self.root.iter();
        entries.find_map(|(key, _)| (key.get_ref() == section).then(|| key.span()))
    }

    fn section(&self, section: &str) -> Option<&'a DeTable<'a>> {
        let mut entries = self.root.iter();
        entries
            .find_map(|(key, value)| (key.get_ref() == section).then_some(value))?
            .get_ref()
            .as_table()
    }

    /// Keeps a fault for each table and key that nobody knows.
    pub(super) fn refuse_unknown(&mut self) {
        for (name, value) in self.root {
            let section = name.get_ref().as_ref();
            let Some(known) = keys::sections().into_iter().find(|known| *known == section) else {
                self.fault_at(name.span().start, section, &unknown_section(section, value));
                continue;
            };
            match value.get_ref().as_table() {
                Some(_) if FOREIGN_SECTIONS.contains(&known) => {}
                Some(table) => self.refuse_unknown_in(known, table),
                None => {
                    let message = format!("expected a table: a line [{known}] with its keys below");
                    self.fault_at(name.span().start, known, &message);
                }
            }
        }
    }

    fn refuse_unknown_in(&mut self, section: &'static str, table: &DeTable<'_>) {
        for name in table.keys() {
            let typed = name.get_ref().as_ref();
            if keys::key(section, typed).is_some() {
                continue;
            }
            let path = format!("{section}.{typed}");
            self.fault_at(name.span().start, &path, &unknown_key(section, typed));
        }
    }

    fn value(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<&'a Spanned<DeValue<'a>>>> {
        self.asked.insert((section, name));
        let key = keys::key(section, name)?;
        let mut entries = self.section(section)?.iter();
        let (_, value) = entries.find(|(key, _)| key.get_ref() == name)?;
        let offset = value.span().start;
        Some((value, Spot { key, offset }))
    }

    /// Whether the key is there at all.
    pub(super) fn spot(&mut self, section: &'static str, name: &'static str) -> Option<Spot> {
        self.value(section, name).map(|(_, spot)| spot)
    }

    /// A string that is not empty.
    pub(super) fn text(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<&'a str>> {
        let (text, spot) = self.text_or_empty(section, name)?;
        if text.is_empty() {
            self.unexpected(spot, "an empty text");
            return None;
        }
        Some((text, spot))
    }

    /// A text, for keys where an empty one means "none".
    pub(super) fn text_or_empty(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<&'a str>> {
        let (value, spot) = self.value(section, name)?;
        let Some(text) = value.get_ref().as_str() else {
            self.unexpected(spot, &described(value.get_ref()));
            return None;
        };
        Some((text.trim(), spot))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, section: &'static str, name: &'static str) -> Option<bool> {
        let (value, spot) = self.value(section, name)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.unexpected(spot, &described(value.get_ref()));
        }
        found
    }

    /// A whole number within a range.
    pub(super) fn integer(
        &mut self,
        section: &'static str,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let (value, spot) = self.value(section, name)?;
        let integer = value.get_ref().as_integer();
        let number =
            integer.and_then(|found| u32::from_str_radix(found.as_str(), found.radix()).ok());
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            self.unexpected(spot, &described(value.get_ref()));
        }
        fits
    }

    /// A duration within a range.
    pub(super) fn duration(
        &mut self,
        section: &'static str,
        name: &'static str,
        range: RangeInclusive<Duration>,
    ) -> Option<At<Duration>> {
        let (text, spot) = self.text(section, name)?;
        let parsed = text.parse::<SignedDuration>().ok();
        let fits = parsed
            .and_then(|found| Duration::try_from(found).ok())
            .filter(|found| range.contains(found));
        if fits.is_none() {
            self.unexpected(spot, &format!("\"{text}\""));
        }
        Some((fits?, spot))
    }

    /// One of several names.
    pub(super) fn choice<T: Copy>(
        &mut self,
        section: &'static str,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let (text, spot) = self.text(section, name)?;
        let found = choices.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names = choices.iter().map(|(name, _)| *name);
            let meant = keys::nearest(text, names)
                .map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"));
            self.unexpected(spot, &format!("\"{text}\"{meant}"));
        }
        found.map(|(_, value)| *value)
    }

    /// A path; relative ones start at the configuration file's directory.
    pub(super) fn path(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<PathBuf>> {
        let (text, spot) = self.text(section, name)?;
        Some((self.resolve(text), spot))
    }

    /// The path of a directory, or of nothing yet: it is made when needed.
    pub(super) fn directory(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<PathBuf> {
        let (path, spot) = self.path(section, name)?;
        if path.exists() && !path.is_dir() {
            self.unexpected(spot, "a file");
        }
        Some(path)
    }

    /// The path of a file, or of nothing yet.
    pub(super) fn file(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<PathBuf>> {
        let (path, spot) = self.path(section, name)?;
        if path.is_dir() {
            self.unexpected(spot, "a directory");
        }
        Some((path, spot))
    }

    /// A path of the file: a relative one starts at the file's folder.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        let directory = self.file.parent().unwrap_or_else(|| Path::new(""));
        self.env.directory().join(directory).join(path)
    }

    /// An URL that may carry secrets: https, or http to loopback.
    pub(super) fn url(&mut self, section: &'static str, name: &'static str) -> Option<At<Url>> {
        let (text, spot) = self.text(section, name)?;
        match safe_url(text) {
            Ok(url) => Some((url, spot)),
            Err(why) => {
                self.unexpected(spot, why);
                None
            }
        }
    }

    /// A list of strings, none of them empty.
    pub(super) fn list(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<Vec<&'a str>>> {
        let (value, spot) = self.value(section, name)?;
        let Some(array) = value.get_ref().as_array() else {
            self.unexpected(spot, &described(value.get_ref()));
            return None;
        };
        let mut found = Vec::new();
        for item in array {
            match item.get_ref().as_str().map(str::trim) {
                Some(text) if !text.is_empty() => found.push(text),
                _ => {
                    let here = Spot {
                        offset: item.span().start,
                        ..spot
                    };
                    self.unexpected(here, &described(item.get_ref()));
                }
            }
        }
        Some((found, spot))
    }
}

/// What a value is, without a text that might be a secret.
fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::String(text) if text.trim().is_empty() => "an empty text".to_owned(),
        DeValue::String(_) => "a text".to_owned(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn unknown_section(typed: &str, value: &Spanned<DeValue<'_>>) -> String {
    if value.get_ref().as_table().is_some() {
        let meant = keys::nearest(typed, keys::sections());
        return match meant {
            Some(meant) => format!("unknown table; did you mean [{meant}]?"),
            None => format!(
                "unknown table; there are [{}]",
                keys::sections().join("], [")
            ),
        };
    }
    match KEYS.iter().find(|key| key.name == typed) {
        Some(key) => format!("this key belongs under [{}]", key.section),
        None => "unknown key; every key stands under a table such as [tenant]".to_owned(),
    }
}

fn unknown_key(section: &str, typed: &str) -> String {
    let literal = LITERAL_SECRETS
        .iter()
        .find(|(table, name, _)| *table == section && *name == typed);
    if let Some((_, _, instead)) = literal {
        return format!(
            "a secret does not belong in this file, where backups and colleagues see it; \
             expected {instead} instead. Replace the secret: this one has been written down"
        );
    }
    let here = KEYS.iter().filter(|key| key.section == section);
    if let Some(meant) = keys::nearest(typed, here.map(|key| key.name)) {
        return format!("unknown key; did you mean {meant}?");
    }
    if let Some(key) = KEYS.iter().find(|key| key.name == typed) {
        return format!("this key belongs under [{}]", key.section);
    }
    let here = KEYS.iter().filter(|key| key.section == section);
    let names: Vec<_> = here.map(|key| key.name).collect();
    format!("unknown key; [{section}] has {}", names.join(", "))
}
