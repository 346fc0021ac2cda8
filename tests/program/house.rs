//! Rules of the house about what it is built from, read from `deny.toml`: one version of each big
//! crate, and only licences that are on the list. `cargo deny` checks the same where it is
//! installed; this holds everywhere.
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use rstest::rstest;
use serde::Deserialize;

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    deny_multiple_versions: bool,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

fn deny() -> Deny {
    toml::from_str(include_str!("../../deny.toml")).expect("deny.toml holds what this test reads")
}

/// What is built on this machine, from the lock file, without the network.
fn packages() -> Vec<Package> {
    let version = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .args(["--filter-platform", host.expect("rustc names its host")])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {why}");
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    metadata.packages
}

#[test]
fn there_is_one_version_of_each_big_crate() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        versions
            .entry(package.name)
            .or_default()
            .insert(package.version);
    }
    let deny = deny();
    assert!(deny.bans.deny.len() >= 8);
    for Ban {
        name,
        deny_multiple_versions,
    } in deny.bans.deny
    {
        let found = &versions[&name];
        assert!(deny_multiple_versions);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
    }
}

#[test]
fn every_licence_is_on_the_list() {
    let allowed = deny().licenses.allow;
    for package in packages() {
        let license = package.license.unwrap_or_default();
        assert!(
            allows(&license, &allowed),
            "{} {} is licensed {license:?}: not in deny.toml",
            package.name,
            package.version
        );
    }
}

#[test]
fn everything_comes_from_the_registry() {
    for package in packages() {
        let source = package.source.as_deref();
        assert!(
            source.is_none_or(|source| source.contains("crates.io-index")),
            "{}: {source:?}",
            package.name
        );
    }
}

/// Whether an SPDX expression can be met with these licences; `/` is the old way to write OR.
fn allows(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any_of(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let met = any_of(words, allowed);
        return words.next_if_eq(&")").is_some() && met;
    }
    let mut license = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        license = format!("{license} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&license)
}

#[rstest]
#[case("MIT", true)]
#[case("MIT/Apache-2.0", true)]
#[case("GPL-3.0 OR MIT", true)]
#[case("GPL-3.0", false)]
#[case("MIT AND GPL-3.0", false)]
#[case("ISC AND (Apache-2.0 OR GPL-3.0)", true)]
#[case("ISC AND (GPL-2.0 OR GPL-3.0)", false)]
#[case("Apache-2.0 WITH LLVM-exception", true)]
#[case("GPL-2.0 WITH Classpath-exception-2.0", false)]
#[case("(MIT", false)]
#[case("", false)]
fn expressions_are_read_as_spdx_means_them(#[case] expression: &str, #[case] allowed: bool) {
    assert_eq!(allows(expression, &deny().licenses.allow), allowed);
}

/// A file that is opened by name can be a link, a pipe or a device that somebody has put there: one
/// room knows how to open it, and nobody else does.
#[test]
fn files_are_opened_in_one_room_only() {
    const OPENS: [&str; 15] = [
        "File::open",
        "File::create",
        "File::options",
        "OpenOptions",
        "DirBuilder",
        "fs::read(",
        "fs::read_to_string",
        "fs::write",
        "fs::copy",
        "fs::rename",
        "fs::remove_file",
        "fs::create_dir",
        "fs::hard_link",
        "::from_path(",
        "fchown(",
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for file in sources(root) {
        let name = file
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        if name.contains("files/") || name.contains("tests") {
            continue;
        }
        checked += 1;
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("\nmod tests {").next().unwrap();
        for opens in OPENS {
            let allowed = ALLOWED
                .iter()
                .any(|(file, call)| name.ends_with(file) && *call == opens);
            assert!(
                allowed || !product.contains(opens),
                "{name}: {opens}; files are opened by files::OpenRules"
            );
        }
    }
    assert!(checked > 200, "{checked} files");
}

/// The kernel's own files, and the terminal: nobody can put them there. A socket is bound, not opened.
const ALLOWED: [(&str, &str); 5] = [
    ("attach/src/place.rs", "fs::rename"),
    ("attach/src/place.rs", "fs::remove_file"),
    ("term/stopping.rs", "fs::read_to_string"),
    ("console/src/ignored.rs", "fs::read_to_string"),
    ("term/tty.rs", "File::options"),
];

/// A German sentence in the code is a sentence that English lacks, or that stands twice.
#[test]
fn no_german_stands_outside_the_locales() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in sources(root) {
        let name = file.to_string_lossy().into_owned();
        let of_people = name.ends_with("simulator/src/names.rs") || name.contains("fixture");
        if of_people || name.contains("tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let literals = product.split('"').skip(1).step_by(2);
        let german = literals.filter(|literal| literal.contains(['ä', 'ö', 'ü', 'ß']));
        assert_eq!(german.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
    }
}

/// A text that is not named anywhere is a text that nobody reads. Those of keys, checks and help are
/// found by the names of keys, checks and flags.
#[test]
fn every_text_is_said_somewhere() {
    const BY_NAME: [&str; 10] = [
        "help", "checks", "tenant", "poll", "set", "procall", "ucserver", "log", "state", "attach",
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = root.join("crates/words/src");
    let lists = ["config.rs", "doctor.rs", "program.rs"].map(|name| listed.join(name));
    let code = sources(root)
        .into_iter()
        .filter(|file| !lists.contains(file));
    let mut named = BTreeSet::new();
    for file in code {
        let text = std::fs::read_to_string(file).unwrap();
        let after_dots = text.split('.').skip(1);
        named.extend(after_dots.map(|rest| {
            let mut words = rest.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.next().unwrap_or_default().to_owned()
        }));
    }
    for room in ["config", "doctor", "program"] {
        let file = root.join(format!("assets/locales/{room}.en.toml"));
        let text = std::fs::read_to_string(file).unwrap();
        let texts: toml::Table = text.parse().unwrap();
        let by_name = |section: &str| {
            let by_name = BY_NAME.contains(&section) && (room, section) != ("doctor", "ucserver");
            by_name || (room, section) == ("config", "alerts")
        };
        for (section, entries) in texts.iter().filter(|(section, _)| !by_name(section)) {
            for name in entries.as_table().unwrap().keys() {
                assert!(named.contains(name), "{room}: {section}.{name}");
            }
        }
    }
}

/// The product's source files, wherever its rooms are.
fn sources(root: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut folders = vec![root.join("src"), root.join("crates")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files
}
