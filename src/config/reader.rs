//! Takes values out of a parsed TOML document and keeps a fault for everything that is not as it
//! should be, so that one pass finds them all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Url;
use serde_spanned::Spanned;
use toml::de::DeValue;

use super::address::safe_url;
use super::environment::Environment;
use super::fault::{Fault, Position, said};
use super::keys::{self, Entry, Key};
use super::layer::Layer;
use super::together::said_together;
use words::{Value, Words};

/// Where a value stands, so that a later check can still point at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    key: &'static Key,
    place: Place,
}

/// A byte of one of the layers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) layer: usize,
    pub(super) offset: usize,
}

/// A value and where it stands.
pub(super) type At<T> = (T, Spot);

/// The document, and what was found wrong with it so far.
pub(super) struct Reader<'a> {
    /// What is not in the first layer is looked for in the next.
    pub(super) layers: Vec<Layer<'a>>,
    /// The name of the site whose own values the first layer has.
    site: Option<&'a str>,
    /// Where environment variables and the user's directories come from.
    pub(super) env: &'a Environment,
    faults: Vec<Fault>,
    asked: BTreeSet<(&'static str, &'static str)>,
}

impl<'a> Reader<'a> {
    /// For a file that is one tenant's.
    pub(super) fn of_file(whole: Layer<'a>, env: &'a Environment) -> Self {
        Self {
            layers: vec![whole],
            site: None,
            env,
            faults: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    /// For one site of several; what it does not say itself is as all sites have it.
    pub(super) fn of_site(
        name: &'a str,
        own: Layer<'a>,
        of_all: Layer<'a>,
        env: &'a Environment,
    ) -> Self {
        Self {
            layers: vec![own, of_all],
            site: Some(name),
            ..Self::of_file(own, env)
        }
    }

    /// The name of the site, where there are several.
    pub(super) const fn site(&self) -> Option<&'a str> {
        self.site
    }

    /// What was wrong, and which keys were asked for.
    pub(super) fn finish(self) -> (Vec<Fault>, BTreeSet<(&'static str, &'static str)>) {
        (self.faults, self.asked)
    }

    /// Keeps a fault of the value at `spot`.
    pub(super) fn fault(&mut self, spot: Spot, message: Words) {
        self.fault_at(spot.place, &spot.key.path(), message);
    }

    /// Keeps a fault of the value at `spot` that there is nothing more to say of.
    pub(super) fn fault_of(&mut self, spot: Spot, entry: Entry) {
        self.fault(spot, said(entry, &[]));
    }

    /// Keeps a fault: this is not what the key takes.
    pub(super) fn unexpected(&mut self, spot: Spot, found: &Words) {
        let values: [(&str, &dyn Value); 2] =
            [("expected", &spot.key.expected()), ("found", found)];
        self.fault(spot, said(|t| t.faults.expected, &values));
    }

    /// The same, where what was found is one of our own texts.
    pub(super) fn unexpected_of(&mut self, spot: Spot, found: Entry) {
        self.unexpected(spot, &said(found, &[]));
    }

    /// Keeps a fault: the key is not there but should be. Points at its table.
    pub(super) fn missing(&mut self, section: &'static str, name: &'static str, why: &Words) {
        self.asked.insert((section, name));
        if self.is_partial() || self.is_no_table(section) {
            return;
        }
        let expected = keys::key(section, name).map(Key::expected);
        let expected = expected.unwrap_or_else(|| said(|t| t.faults.a_value, &[]));
        let values: [(&str, &dyn Value); 2] = [("why", why), ("expected", &expected)];
        let message = said(|t| t.faults.missing, &values);
        let key = format!("{section}.{name}");
        self.fault_at(self.place_of(section), &key, message);
    }

    /// Keeps a fault of a whole table.
    pub(super) fn fault_in_section(&mut self, section: &'static str, message: Words) {
        if self.is_partial() || self.is_no_table(section) {
            return;
        }
        self.fault_at(self.place_of(section), section, message);
    }

    fn is_partial(&self) -> bool {
        self.layers.iter().any(|layer| layer.partial)
    }

    /// Something else has the table's name: a fault of its own, behind which all keys are missing.
    fn is_no_table(&self, section: &str) -> bool {
        let mut layers = self.layers.iter();
        layers.any(|layer| layer.section_key(section).is_some() && layer.section(section).is_none())
    }

    /// Where the table begins, or would be missed first.
    fn place_of(&self, section: &str) -> Place {
        let own = self.layers.first();
        let table = own.and_then(|own| own.section_key(section));
        let start = own.map_or(0, |own| own.start);
        let offset = table.map_or(start, |span| span.start);
        Place { layer: 0, offset }
    }

    /// Keeps a fault of what stands here, which is called so.
    pub(super) fn fault_at(&mut self, place: Place, key: &str, message: Words) {
        let Some(layer) = self.layers.get(place.layer) else {
            return;
        };
        let position = Position::at_offset(layer.text, place.offset);
        let fault = match self.site.filter(|_| place.layer == 0) {
            Some(site) => {
                let key = format!("site {site}, {key}");
                Fault::of_key(layer.file, position, &key, message)
            }
            None => Fault::of_key(layer.file, position, key, message),
        };
        self.faults.push(fault);
    }

    fn value(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<&'a Spanned<DeValue<'a>>>> {
        self.asked.insert((section, name));
        let key = keys::key(section, name)?;
        let said = |layer: &Layer<'a>| layer.value(section, name);
        // Of what is said together, the site says all or nothing.
        let together = |layer: &Layer<'a>| {
            let mut names = said_together(section, name).iter();
            names.any(|name| layer.value(section, name).is_some())
        };
        let mut layers = self.layers.iter().enumerate();
        let (layer, it) = layers.find(|(_, it)| said(it).is_some() || together(it))?;
        let value = said(it)?;
        let offset = value.span().start;
        let place = Place { layer, offset };
        Some((value, Spot { key, place }))
    }

    /// Whether the value is the site's own, and not one of all.
    pub(super) const fn is_sites_own(&self, spot: Spot) -> bool {
        self.site.is_some() && spot.place.layer == 0
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
            self.unexpected_of(spot, |t| t.faults.empty_text);
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

    /// A whole number within the key's range.
    pub(super) fn integer(&mut self, section: &'static str, name: &'static str) -> Option<u32> {
        let (value, spot) = self.value(section, name)?;
        let range = spot.key.whole()?;
        let integer = value.get_ref().as_integer();
        let number =
            integer.and_then(|found| u32::from_str_radix(found.as_str(), found.radix()).ok());
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            self.unexpected(spot, &described(value.get_ref()));
        }
        fits
    }

    /// A duration within the key's range.
    pub(super) fn duration(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<At<Duration>> {
        let (text, spot) = self.text(section, name)?;
        let range = spot.key.time()?;
        let parsed = text.parse::<SignedDuration>().ok();
        let fits = parsed
            .and_then(|found| Duration::try_from(found).ok())
            .filter(|found| range.contains(found));
        if fits.is_none() {
            self.unexpected(spot, &format!("\"{text}\"").into());
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
        debug_assert!(
            choices.iter().map(|(name, _)| name).eq(spot.key.names()),
            "the row of {section}.{name} names other values"
        );
        let found = choices.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names = choices.iter().map(|(name, _)| *name);
            let found = match keys::nearest(text, names) {
                Some(meant) => said(
                    |t| t.faults.did_you_mean,
                    &[("found", &text), ("meant", &meant)],
                ),
                None => format!("\"{text}\"").into(),
            };
            self.unexpected(spot, &found);
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
        Some((self.resolve(text, spot), spot))
    }

    /// The path of a directory, or of nothing yet: it is made when needed.
    pub(super) fn directory(
        &mut self,
        section: &'static str,
        name: &'static str,
    ) -> Option<PathBuf> {
        let (path, spot) = self.path(section, name)?;
        if path.exists() && !path.is_dir() {
            self.unexpected_of(spot, |t| t.faults.a_file);
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
            self.unexpected_of(spot, |t| t.faults.a_directory);
        }
        Some((path, spot))
    }

    /// A path that stands here: a relative one starts at the file's folder.
    pub(super) fn resolve(&self, path: &str, at: Spot) -> PathBuf {
        self.resolve_in(self.layers.get(at.place.layer), path)
    }

    /// A path that stands nowhere: as if in the main file.
    pub(super) fn resolve_default(&self, path: &str) -> PathBuf {
        self.resolve_in(self.layers.last(), path)
    }

    fn resolve_in(&self, layer: Option<&Layer<'_>>, path: &str) -> PathBuf {
        let folder = layer.and_then(|layer| layer.file.parent());
        let folder = folder.unwrap_or_else(|| Path::new(""));
        self.env.directory().join(folder).join(path)
    }

    /// An URL that may carry secrets: https, or http to loopback.
    pub(super) fn url(&mut self, section: &'static str, name: &'static str) -> Option<At<Url>> {
        let (text, spot) = self.text(section, name)?;
        match safe_url(text) {
            Ok(url) => Some((url, spot)),
            Err(why) => {
                self.unexpected(spot, &why);
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
                    let offset = item.span().start;
                    let place = Place {
                        offset,
                        ..spot.place
                    };
                    let here = Spot { place, ..spot };
                    self.unexpected(here, &described(item.get_ref()));
                }
            }
        }
        Some((found, spot))
    }
}

/// What a value is, without a text that might be a secret.
fn described(value: &DeValue<'_>) -> Words {
    match value {
        DeValue::Integer(number) => number.to_string().into(),
        DeValue::Float(number) => number.to_string().into(),
        DeValue::Boolean(value) => value.to_string().into(),
        DeValue::String(text) if text.trim().is_empty() => said(|t| t.faults.empty_text, &[]),
        DeValue::String(_) => said(|t| t.faults.a_text, &[]),
        DeValue::Datetime(_) => said(|t| t.faults.a_date, &[]),
        DeValue::Array(_) => said(|t| t.faults.a_list, &[]),
        DeValue::Table(_) => said(|t| t.faults.a_table, &[]),
    }
}
