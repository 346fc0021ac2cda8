//! Tables and keys that nobody knows: what is probably meant.

use serde_spanned::Spanned;
use toml::de::DeValue;

use super::fault::said;
use super::keys::{self, KEYS, LITERAL_SECRETS};
use words::{Value, Words};

/// What is said of something at the top of the file that nobody knows.
pub(super) fn unknown_section(typed: &str, value: &Spanned<DeValue<'_>>) -> Words {
    if value.get_ref().as_table().is_some() {
        if let Some(meant) = keys::nearest(typed, keys::sections()) {
            return said(|t| &t.faults.unknown_table_meant, &[("meant", &meant)]);
        }
        let tables = keys::sections().join("], [");
        return said(|t| &t.faults.unknown_table, &[("tables", &tables)]);
    }
    match KEYS.iter().find(|key| key.name == typed) {
        Some(key) => said(|t| &t.faults.key_belongs, &[("table", &key.section)]),
        None => said(|t| &t.faults.key_without_table, &[]),
    }
}

/// What is said of a key that its table does not have.
pub(super) fn unknown_key(section: &str, typed: &str) -> Words {
    let literal = LITERAL_SECRETS
        .iter()
        .find(|(table, name, _)| *table == section && *name == typed);
    if let Some((_, _, [one, other])) = literal {
        let instead = said(|t| &t.faults.or, &[("one", one), ("other", other)]);
        return said(|t| &t.faults.literal_secret, &[("instead", &instead)]);
    }
    let here = KEYS.iter().filter(|key| key.section == section);
    if let Some(meant) = keys::nearest(typed, here.map(|key| key.name)) {
        return said(|t| &t.faults.unknown_key_meant, &[("meant", &meant)]);
    }
    if let Some(key) = KEYS.iter().find(|key| key.name == typed) {
        return said(|t| &t.faults.key_belongs, &[("table", &key.section)]);
    }
    let here = KEYS.iter().filter(|key| key.section == section);
    let names: Vec<_> = here.map(|key| key.name).collect();
    let values: [(&str, &dyn Value); 2] = [("table", &section), ("keys", &names.join(", "))];
    said(|t| &t.faults.unknown_key, &values)
}
