//! Several tenants in one configuration: each is a site, in a `[[site]]` of the main file or in a
//! file of its own that `include` names.
//!
//! What a site does not say itself holds as it stands at the top of the main file. What is wrong with
//! one of them costs that one alone; what is wrong with the main file costs all.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::environment::Environment;
use super::fault::{Fault, Faults, Position, said};
use super::layer::Layer;
use super::load::{Document, distrusted, of_layers};
use super::model::{AttachSocket, Config, Procall};
use super::reader::Reader;
use bridge::file_stem;
use files::{PrivateGroups, Trusted, trust_found};
use words::Words;

/// Keys at the top of the main file that make several tenants of it.
pub(super) const OF_MAIN: &[&str] = &["site", "include"];

/// Keys of a `[[site]]` besides its tables.
const OF_SITE: &[&str] = &["name"];

/// So long a name may be: it names folders.
const LONGEST_NAME: usize = 60;

/// What a configuration holds.
#[derive(Debug)]
pub enum Configured {
    /// One tenant.
    One(Box<Config>),
    /// Several, in the order of the file.
    Several(Vec<SiteConfig>),
}

/// One tenant of several.
#[derive(Debug)]
pub struct SiteConfig {
    /// Names it in messages, for `--site` and in the folder of its log.
    pub name: String,
    /// Its configuration, or what is wrong with it.
    pub config: Result<Config, Faults>,
}

impl Configured {
    /// The one that is asked for; without a name the only one there is.
    ///
    /// # Errors
    /// What is wrong with it, or which ones there are.
    pub fn chosen(self, file: &Path, name: Option<&str>) -> Result<Config, Faults> {
        let sites = match (self, name) {
            (Self::One(config), None) => return Ok(*config),
            (Self::One(_), Some(_)) => {
                return Err(Fault::of_file(file, said(|t| t.faults.no_sites, &[])).into());
            }
            (Self::Several(sites), _) => sites,
        };
        let names: Vec<_> = sites.iter().map(|site| site.name.as_str()).collect();
        let names = names.join(", ");
        let only = sites.len() == 1;
        let mut sites = sites.into_iter();
        let found = match name {
            Some(name) => sites.find(|site| site.name == name),
            None => sites.next().filter(|_| only),
        };
        let message = match name {
            Some(name) => said(
                |t| t.faults.no_such_site,
                &[("name", &name), ("names", &names)],
            ),
            None => said(|t| t.faults.which_site, &[("names", &names)]),
        };
        found.ok_or_else(|| Fault::of_file(file, message))?.config
    }

    /// Everything that is wrong with any of them.
    #[must_use]
    pub fn faults(&self) -> Option<Faults> {
        let Self::Several(sites) = self else {
            return None;
        };
        let wrong = sites.iter().filter_map(|site| site.config.as_ref().err());
        Faults::from_list(wrong.flat_map(|faults| faults.all().to_vec()).collect())
    }
}

/// A site that was read, and where it begins.
struct Read {
    site: SiteConfig,
    file: PathBuf,
    position: Position,
}

/// Whether this file holds several tenants.
pub(super) fn are_several(root: &DeTable<'_>) -> bool {
    let mut names = root.keys();
    names.any(|name| OF_MAIN.contains(&&**name.get_ref()))
}

/// All sites of a main file without syntax errors.
///
/// # Errors
/// What is wrong with the main file itself.
pub(super) fn several(main: Layer<'_>, env: &Environment) -> Result<Vec<SiteConfig>, Faults> {
    let mut faults = Vec::new();
    let mut read = inline(main, env, &mut faults);
    for file in included(main, env, &mut faults) {
        read.push(of_file(&file, main, env));
    }
    if read.is_empty() && faults.is_empty() {
        faults.push(fault(main, 0, "site", said(|t| t.faults.no_site_list, &[])));
    }
    match Faults::from_list(faults) {
        Some(faults) => Err(faults),
        None => Ok(kept_apart(read)),
    }
}

/// A fault of the main file itself.
fn fault(main: Layer<'_>, at: usize, key: &str, message: Words) -> Fault {
    Fault::of_key(main.file, Position::at_offset(main.text, at), key, message)
}

fn key<'a>(root: &'a DeTable<'a>, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
    let mut entries = root.iter();
    entries.find_map(|(key, value)| (key.get_ref() == name).then_some(value))
}

/// Those that stand in the main file.
fn inline(main: Layer<'_>, env: &Environment, faults: &mut Vec<Fault>) -> Vec<Read> {
    let Some(value) = key(main.root, "site") else {
        return Vec::new();
    };
    let start = value.span().start;
    let Some(tables) = value.get_ref().as_array() else {
        let message = said(|t| t.faults.no_site_list, &[]);
        faults.push(fault(main, start, "site", message));
        return Vec::new();
    };
    let mut read = Vec::new();
    for value in tables {
        let start = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            let message = said(|t| t.faults.no_site_list, &[]);
            faults.push(fault(main, start, "site", message));
            continue;
        };
        match named(table) {
            Ok(name) => {
                let own = Layer {
                    root: table,
                    start,
                    besides: OF_SITE,
                    ..main
                };
                read.push(of_layer(name, own, main, env));
            }
            Err(message) => faults.push(fault(main, start, "site.name", message)),
        }
    }
    read
}

fn named<'a>(table: &'a DeTable<'a>) -> Result<&'a str, Words> {
    let name = key(table, "name").and_then(|value| value.get_ref().as_str());
    name.filter(|name| is_name(name))
        .ok_or_else(|| said(|t| t.faults.site_name, &[]))
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    name.len() <= LONGEST_NAME
        && letters.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && letters.all(fits)
}

fn of_layer(name: &str, own: Layer<'_>, main: Layer<'_>, env: &Environment) -> Read {
    let config = of_layers(Reader::of_site(name, own, main, env), main);
    Read {
        site: SiteConfig {
            name: name.to_owned(),
            config: config.map(|config| Config {
                site: Some(name.to_owned()),
                ..config
            }),
        },
        file: own.file.to_owned(),
        position: Position::at_offset(own.text, own.start),
    }
}

/// The files that `include` names, in their order.
fn included(main: Layer<'_>, env: &Environment, faults: &mut Vec<Fault>) -> Vec<PathBuf> {
    let Some(value) = key(main.root, "include") else {
        return Vec::new();
    };
    let start = value.span().start;
    let folder = main.file.parent().unwrap_or_else(|| Path::new(""));
    let found = match value.get_ref().as_str() {
        Some(pattern) => {
            let itself = env.directory().join(main.file);
            let found = matching(&env.directory().join(folder), pattern.trim());
            found.map(|mut files| {
                files.retain(|file| *file != itself);
                files
            })
        }
        None => Err(said(|t| t.faults.include, &[])),
    };
    found.unwrap_or_else(|message| {
        faults.push(fault(main, start, "include", message));
        Vec::new()
    })
}

/// Only the pattern has signs of its own: the folder is a name like any other.
fn matching(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, Words> {
    let whole = if Path::new(pattern).is_absolute() {
        pattern.to_owned()
    } else {
        let folder = glob::Pattern::escape(&folder.to_string_lossy());
        format!("{}/{pattern}", folder.trim_end_matches('/'))
    };
    let odd = |_| said(|t| t.faults.include, &[]);
    let found = glob::glob(&whole).map_err(odd)?;
    let found: Vec<_> = found
        .map(|path| path.unwrap_or_else(|why| why.path().to_owned()))
        .collect();
    if found.is_empty() {
        return Err(said(|t| t.faults.include_none, &[("pattern", &pattern)]));
    }
    Ok(found)
}

fn of_file(file: &Path, main: Layer<'_>, env: &Environment) -> Read {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let site = |config| Read {
        site: SiteConfig {
            name: stem.clone().into_owned(),
            config,
        },
        file: file.to_owned(),
        position: Position { line: 1, column: 1 },
    };
    if !is_name(&stem) {
        let message = said(|t| t.faults.site_name, &[]);
        return site(Err(Fault::of_file(file, message).into()));
    }
    let document = match trusted(file, env).and_then(|()| Document::read(file, env)) {
        Ok(document) => document,
        Err(faults) => return site(Err(faults)),
    };
    let (root, syntax) = document.parsed();
    if let Some(faults) = Faults::from_list(syntax) {
        return site(Err(document.explained(faults)));
    }
    let root = root.get_ref();
    let own = Layer {
        root,
        file,
        text: document.text(),
        ..main
    };
    if let Some(name) = OF_MAIN.iter().find(|name| key(root, name).is_some()) {
        let at = key(root, name).map_or(0, |value| value.span().start);
        let message = said(|t| t.faults.sites_in_site, &[]);
        return site(Err(fault(own, at, name, message).into()));
    }
    let read = of_layer(
        &stem,
        Layer {
            besides: &[],
            ..own
        },
        main,
        env,
    );
    let explained = read.site.config.map_err(|it| document.explained(it));
    site(explained)
}

/// Whoever may write such a file decides which other files are sent as secrets, and where.
fn trusted(file: &Path, env: &Environment) -> Result<(), Faults> {
    let trusted = Trusted::of_us(env.get("SUDO_UID"));
    trust_found(file, trusted, &PrivateGroups::of_system()).map_err(|why| distrusted(file, &why))
}

/// Refuses what would be in another site's way: the first in the file keeps it.
fn kept_apart(read: Vec<Read>) -> Vec<SiteConfig> {
    let mut taken: BTreeMap<(&'static str, String), String> = BTreeMap::new();
    let mut kept = Vec::new();
    for Read {
        mut site,
        file,
        position,
    } in read
    {
        let claims = claims(&site);
        let clash = claims
            .iter()
            .find_map(|claim| Some((claim.0, taken.get(claim)?)));
        if let Some((key, other)) = clash {
            let message = said(|t| t.faults.same_as_site, &[("other", other)]);
            let key = format!("site {}, {key}", site.name);
            site.config = Err(Fault::of_key(&file, position, &key, message).into());
        } else {
            let name = &site.name;
            taken.extend(claims.into_iter().map(|claim| (claim, name.clone())));
        }
        kept.push(site);
    }
    kept
}

/// What no two sites can have.
fn claims(site: &SiteConfig) -> Vec<(&'static str, String)> {
    let mut claims = vec![("site.name", site.name.to_lowercase())];
    let Ok(config) = &site.config else {
        return claims;
    };
    let tenant = file_stem(&config.tenant.tenant_id).to_lowercase();
    claims.push(("tenant.tenant_id", tenant));
    let out = match &config.procall {
        Procall::File(files) => files.presence_out.as_deref(),
        Procall::UcServer(_) => None,
    };
    let socket = match &config.attach.socket {
        AttachSocket::At(path) => Some(path.as_path()),
        _ => None,
    };
    let paths = [
        ("log.directory", Some(config.log.directory.as_path())),
        ("attach.socket", socket),
        ("metrics.textfile", config.metrics.textfile.as_deref()),
        ("procall.presence_out", out),
    ];
    let paths = paths
        .into_iter()
        .filter_map(|(key, path)| Some((key, resolved(path?))));
    claims.extend(paths);
    let listen = config.metrics.listen.map(|address| address.to_string());
    claims.extend(listen.map(|address| ("metrics.listen", address)));
    claims
}

/// The place itself, whatever it is called: what is not there yet is followed by its name alone.
fn resolved(path: &Path) -> String {
    let found = std::fs::canonicalize(path);
    let path = found.unwrap_or_else(|_| {
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                Component::ParentDir => drop(plain.pop()),
                Component::CurDir => {}
                other => plain.push(other),
            }
        }
        plain
    });
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
#[path = "sites_tests.rs"]
mod tests;
