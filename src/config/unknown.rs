//! Tables and keys that nobody knows: what is probably meant.

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::said;
use super::keys::{self, FOREIGN_SECTIONS, KEYS, LITERAL_SECRETS};
use super::layer::Layer;
use super::reader::{Place, Reader};
use words::{Value, Words};

impl<'a> Reader<'a> {
    /// Keeps a fault for each table and key that nobody knows.
    pub(super) fn refuse_unknown(&mut self) {
        for (at, layer) in self.layers.clone().into_iter().enumerate() {
            self.refuse_unknown_at(at, layer);
        }
    }

    fn refuse_unknown_at(&mut self, layer: usize, it: Layer<'a>) {
        let names = it.root.iter();
        for (name, value) in names.filter(|(name, _)| !it.besides.contains(&&**name.get_ref())) {
            let section = name.get_ref().as_ref();
            let offset = name.span().start;
            let here = Place { layer, offset };
            let Some(known) = keys::sections().into_iter().find(|known| *known == section) else {
                self.fault_at(here, section, unknown_section(section, value));
                continue;
            };
            let of_all = self.site().is_some() && layer == 0 && FOREIGN_SECTIONS.contains(&known);
            match value.get_ref().as_table() {
                Some(_) if of_all => {
                    let message = said(|t| t.faults.not_in_site, &[("table", &known)]);
                    self.fault_at(here, known, message);
                }
                Some(_) if FOREIGN_SECTIONS.contains(&known) => {}
                Some(table) => self.refuse_unknown_in(known, table, layer),
                None => {
                    let message = said(|t| t.faults.no_table, &[("table", &known)]);
                    self.fault_at(here, known, message);
                }
            }
        }
    }

    fn refuse_unknown_in(&mut self, section: &'static str, table: &DeTable<'_>, layer: usize) {
        for name in table.keys() {
            let typed = name.get_ref().as_ref();
            if keys::key(section, typed).is_some() {
                continue;
            }
            let path = format!("{section}.{typed}");
            let offset = name.span().start;
            self.fault_at(Place { layer, offset }, &path, unknown_key(section, typed));
        }
    }
}

/// What is said of something at the top of the file that nobody knows.
fn unknown_section(typed: &str, value: &Spanned<DeValue<'_>>) -> Words {
    if value.get_ref().as_table().is_some() {
        if let Some(meant) = keys::nearest(typed, keys::sections()) {
            return said(|t| t.faults.unknown_table_meant, &[("meant", &meant)]);
        }
        let tables = keys::sections().join("], [");
        return said(|t| t.faults.unknown_table, &[("tables", &tables)]);
    }
    match KEYS.iter().find(|key| key.name == typed) {
        Some(key) => said(|t| t.faults.key_belongs, &[("table", &key.section)]),
        None => said(|t| t.faults.key_without_table, &[]),
    }
}

/// What is said of a key that its table does not have.
fn unknown_key(section: &str, typed: &str) -> Words {
    let literal = LITERAL_SECRETS
        .iter()
        .find(|(table, name, _)| *table == section && *name == typed);
    if let Some((_, _, [one, other])) = literal {
        let instead = said(|t| t.faults.or, &[("one", one), ("other", other)]);
        return said(|t| t.faults.literal_secret, &[("instead", &instead)]);
    }
    let here = KEYS.iter().filter(|key| key.section == section);
    if let Some(meant) = keys::nearest(typed, here.map(|key| key.name)) {
        return said(|t| t.faults.unknown_key_meant, &[("meant", &meant)]);
    }
    if let Some(key) = KEYS.iter().find(|key| key.name == typed) {
        return said(|t| t.faults.key_belongs, &[("table", &key.section)]);
    }
    let here = KEYS.iter().filter(|key| key.section == section);
    let names: Vec<_> = here.map(|key| key.name).collect();
    let values: [(&str, &dyn Value); 2] = [("table", &section), ("keys", &names.join(", "))];
    said(|t| t.faults.unknown_key, &values)
}
