//! The example, the table of keys and what the code reads are the same.

use std::collections::BTreeSet;

use rstest::rstest;

use super::super::super::example::EXAMPLE;
use super::super::super::keys::{KEYS, Key};
use super::super::*;
use super::{GOOD_PROCALL, GOOD_TENANT, faults, parsed, place};

/// The example with the keys that one has to fill in, and with every comment that is a key.
fn filled_example(source: &str) -> String {
    let is_key = |line: &str| {
        KEYS.iter()
            .any(|key| line.starts_with(&format!("{} = ", key.name)))
    };
    let lines = EXAMPLE.lines().map(|line| {
        let bare = line.strip_prefix("# ").filter(|bare| is_key(bare));
        bare.unwrap_or(line)
    });
    // One of each group of alternatives, and files that exist.
    let dropped = [
        "client_secret_env",
        "client_secret_file",
        "password_env",
        "admin_password_env",
        "pin_sha256",
        "webhook",
        "webhook_env",
    ];
    let kept = lines.filter(|line| {
        let name = line.split(" =").next().unwrap_or_default();
        !dropped.contains(&name)
    });
    kept.collect::<Vec<_>>()
        .join("\n")
        .replace("tenant_id = \"\"", "tenant_id = \"contoso.com\"")
        .replace(
            "client_id = \"\"",
            "client_id = \"7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b\"",
        )
        .replace("source = \"file\"", &format!("source = \"{source}\""))
        .replace("lampfield.crt", "cert.pem")
        .replace("lampfield.key", "key.pem")
        .replace("proxy-ca.pem", "cert.pem")
        .replace("ucserver-ca.pem", "cert.pem")
        .replace("engine-ca.pem", "cert.pem")
        .replace("\"/etc/lampfield/engine-password\"", "\"secret\"")
        .replace("\"ucserver-password\"", "\"secret\"")
        .replace("ucserver-admin-password", "secret")
        .replace("\"/etc/lampfield/webhook\"", "\"webhook\"")
}

#[rstest]
fn the_example_holds_with_every_key_in_force(#[values("file", "ucserver")] source: &str) {
    parsed(&filled_example(source)).unwrap_or_else(|faults| panic!("{}", faults.report()));
}

#[test]
fn the_example_as_written_lacks_only_what_nobody_else_can_know() {
    let report = faults(&EXAMPLE.replace("users.csv", "mine.csv"));
    let keys: Vec<_> = report
        .lines()
        .filter_map(|line| line.split(": ").nth(1))
        .collect();
    let lacking = [
        "tenant.tenant_id",
        "tenant.client_id",
        "tenant.client_secret_env",
        "procall.users_file",
    ];
    assert_eq!(keys, lacking);
}

#[test]
fn the_example_has_every_key_under_its_table() {
    let mut section = String::new();
    let mut found = BTreeSet::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
        }
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if let Some((name, _)) = bare.split_once(" = ") {
            found.insert(format!("{section}.{name}"));
        }
    }
    for key in KEYS {
        assert!(
            found.contains(&key.path()),
            "{} is not in the example",
            key.path()
        );
    }
}

/// What the code asks for and what the table of keys knows are the same.
#[test]
fn every_key_that_is_known_is_read() {
    let (_directory, env) = place();
    let mut asked = BTreeSet::new();
    let secret = format!("{GOOD_TENANT}{GOOD_PROCALL}");
    let file = "[tenant]\nclient_secret_file = \"secret\"\n".to_owned();
    for text in [
        secret,
        file,
        filled_example("file"),
        filled_example("ucserver"),
    ] {
        let (root, _) = DeTable::parse_recoverable(&text);
        let file = Path::new("lampfield.toml");
        let mut reader = Reader::of_file(
            Layer {
                file,
                text: &text,
                root: root.get_ref(),
                start: 0,
                partial: false,
                besides: &[],
            },
            &env,
        );
        Sections::read(&mut reader);
        asked.extend(reader.finish().1);
    }
    let known: BTreeSet<_> = KEYS.iter().map(|key| (key.section, key.name)).collect();
    assert_eq!(asked, known);
}

/// What must be there for a source, table by table.
const NEEDED: &[(&str, &str)] = &[
    (
        "tenant",
        "tenant_id = \"contoso.com\"\nclient_id = \"7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b\"\n\
         client_secret_env = \"SECRET\"\n",
    ),
    ("procall", "users_file = \"users.csv\"\n"),
    (
        "ucserver",
        "url = \"https://ucserver.example:7225\"\nuser = \"lampfield\"\npassword_env = \"SECRET\"\n",
    ),
];

/// A configuration with only what must be there, or with every default of a row as a value as well.
fn with_defaults(source: &str, written: bool) -> String {
    let mut lines = Vec::new();
    for section in [
        "tenant", "poll", "set", "procall", "ucserver", "log", "state",
    ] {
        lines.push(format!("[{section}]"));
        let needed = NEEDED.iter().find(|(table, _)| *table == section);
        lines.push(needed.map_or("", |(_, lines)| lines).to_owned());
        for key in KEYS.iter().filter(|key| key.section == section) {
            let value = key.default_value().filter(|_| written);
            if key.name == "source" {
                lines.push(format!("source = \"{source}\""));
            } else if let Some(value) = value {
                lines.push(format!("{} = {value}", key.name));
            }
        }
    }
    lines.join("\n")
}

/// The defaults that the rows name, in messages and README, are those in force.
#[rstest]
fn a_default_that_is_written_changes_nothing(#[values("file", "ucserver")] source: &str) {
    let (_directory, env) = place();
    let read = |written| {
        let text = with_defaults(source, written);
        let config = parse(Path::new("lampfield.toml"), &text, &env);
        format!(
            "{:?}",
            config.unwrap_or_else(|faults| panic!("{}", faults.report()))
        )
    };
    assert_eq!(read(true), read(false));
    assert!(with_defaults(source, true).lines().count() > 35);
}

/// Where the example shows a key that is off, it shows its default; where there is none, an example.
#[test]
fn the_example_shows_the_defaults() {
    let shown = |key: &Key| {
        let line = format!("# {} = ", key.name);
        let table = format!("[{}]\n", key.section);
        let (_, rest) = EXAMPLE.split_once(&table)?;
        rest.lines().find_map(|text| text.strip_prefix(&line))
    };
    let mut count = 0;
    for key in KEYS {
        let Some(default) = key.default_value().filter(|value| *value != "[]") else {
            continue;
        };
        assert_eq!(shown(key), Some(default), "{}", key.path());
        count += 1;
    }
    assert!(count > 20, "{count}");
}
