//! Every key of the configuration file in one table: it drives the checks, the suggestions for
//! misspelt keys, the messages that say what is expected, and the tables of docs/configuration.md.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

use super::fault::said;
use words::{ConfigTexts, Lang, Words};

/// One of the texts about the configuration.
pub(super) type Entry = fn(&'static ConfigTexts) -> &'static str;

/// A key of the configuration file.
#[derive(Debug)]
pub struct Key {
    /// The table it stands in.
    pub section: &'static str,
    /// The name, without the section.
    pub name: &'static str,
    takes: Takes,
    without: Without,
    about: Entry,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
enum Takes {
    /// `true` or `false`.
    Flag,
    /// A whole number within these, both included.
    Whole(u32, u32),
    /// A duration within these, both included.
    Time(&'static str, &'static str),
    /// A duration within these, both included, where its words say more.
    Within(&'static str, &'static str, Entry),
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// What these words say.
    Said(Entry),
}

/// What holds without the key.
#[derive(Clone, Copy, Debug)]
enum Without {
    /// This value, as it is written in the file.
    Value(&'static str),
    /// What these words say.
    Said(Entry),
    /// It is required with this source.
    RequiredWith(&'static str),
}

impl Key {
    /// `section.name`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// What it takes: goes behind "expected" in a fault.
    #[must_use]
    pub fn expected(&self) -> Words {
        match self.takes {
            Takes::Flag => said(|t| t.takes.flag, &[]),
            Takes::Whole(from, to) => said(|t| t.takes.whole, &[("from", &from), ("to", &to)]),
            Takes::Time(from, to) => said(|t| t.takes.time, &[("from", &from), ("to", &to)]),
            Takes::OneOf(names) => one_of(names),
            Takes::Within(_, _, entry) | Takes::Said(entry) => said(entry, &[]),
        }
    }

    /// What holds without it, in words.
    #[must_use]
    pub fn default(&self) -> Words {
        match self.without {
            Without::Value(value) => value.into(),
            Without::Said(entry) => said(entry, &[]),
            Without::RequiredWith(source) => {
                said(|t| t.without.required_with, &[("source", &source)])
            }
        }
    }

    /// The value that holds without it, as it is written in the file; nothing where it is no value.
    #[must_use]
    pub const fn default_value(&self) -> Option<&'static str> {
        match self.without {
            Without::Value(value) => Some(value),
            _ => None,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn about(&self) -> Words {
        said(self.about, &[])
    }

    /// The range of a whole number.
    pub(super) const fn whole(&self) -> Option<RangeInclusive<u32>> {
        match self.takes {
            Takes::Whole(from, to) => Some(from..=to),
            _ => None,
        }
    }

    /// The range of a duration.
    pub(super) fn time(&self) -> Option<RangeInclusive<Duration>> {
        let (Takes::Time(from, to) | Takes::Within(from, to, _)) = self.takes else {
            return None;
        };
        let time = |text: &str| Duration::try_from(text.parse::<SignedDuration>().ok()?).ok();
        Some(time(from)?..=time(to)?)
    }

    /// The names that it takes.
    pub(super) const fn names(&self) -> &'static [&'static str] {
        match self.takes {
            Takes::OneOf(names) => names,
            _ => &[],
        }
    }
}

fn one_of(names: &[&str]) -> Words {
    let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let Some((last, others)) = quoted.split_last() else {
        return Words::default();
    };
    said(
        |t| t.takes.one_of,
        &[("names", &others.join(", ")), ("last", last)],
    )
}

/// Tables whose content somebody else checks.
pub(super) const FOREIGN_SECTIONS: &[&str] = &["console"];

/// Keys that people write a secret into, and what they should use instead.
pub(super) const LITERAL_SECRETS: &[(&str, &str, [&str; 2])] = &[
    (
        "tenant",
        "client_secret",
        ["client_secret_env", "client_secret_file"],
    ),
    (
        "tenant",
        "secret",
        ["client_secret_env", "client_secret_file"],
    ),
    ("ucserver", "password", ["password_env", "password_file"]),
    ("cluster", "password", ["password_env", "password_file"]),
    (
        "ucserver",
        "admin_password",
        ["admin_password_env", "admin_password_file"],
    ),
];

macro_rules! keys {
    ($($section:ident { $($name:ident: $takes:expr, $without:expr;)* })*) => {
        /// All keys, in the order of the example file.
        pub const KEYS: &[Key] = &[$($(Key {
            section: stringify!($section),
            name: stringify!($name),
            takes: $takes,
            without: $without,
            about: |t| &t.$section.$name,
        },)*)*];
    };
}

use Takes::{Flag, OneOf, Time, Whole, Within};
use Without::{RequiredWith, Value};

/// What its words say.
const fn takes(entry: Entry) -> Takes {
    Takes::Said(entry)
}

/// What its words say.
const fn without(entry: Entry) -> Without {
    Without::Said(entry)
}

const REQUIRED: Without = Without::Said(|t| t.without.required);
const CREDENTIAL: Without = Without::Said(|t| t.without.one_credential);
const PASSWORD: Without = Without::Said(|t| t.without.one_password);
const NONE: Without = Without::Said(|t| t.without.none);
const OF_CLOUD: Without = Without::Said(|t| t.without.cloud);

keys! {
    tenant {
        tenant_id: takes(|t| t.takes.tenant), REQUIRED;
        client_id: takes(|t| t.takes.client), REQUIRED;
        client_secret_env: takes(|t| t.takes.secret_variable), CREDENTIAL;
        client_secret_file: takes(|t| t.takes.secret_file), CREDENTIAL;
        certificate_file: takes(|t| t.takes.certificate_file), CREDENTIAL;
        private_key_file: takes(|t| t.takes.key_file), CREDENTIAL;
        cloud: OneOf(&["global", "us-gov-l4", "us-gov-l5"]), Value("\"global\"");
        authority: takes(|t| t.takes.authority), OF_CLOUD;
        graph_base: takes(|t| t.takes.graph_base), OF_CLOUD;
        ca_file: takes(|t| t.takes.certificates), NONE;
        read_with: OneOf(&["application", "delegated"]), Value("\"application\"");
    }
    poll {
        interval: Time("1s", "10m"), Value("\"5s\"");
        requests_per_30s: Whole(1, 10_000), Value("1500");
    }
    set {
        enabled: Flag, Value("true");
        expiration: takes(|t| t.takes.expiration), Value("\"5m\"");
        renew_before: Within("10s", "299s 999ms", |t| t.takes.renew_before), Value("\"2m\"");
    }
    procall {
        source: OneOf(&["file", "ucserver"]), Value("\"file\"");
        users_file: takes(|t| t.takes.users_file), RequiredWith("file");
        events_file: takes(|t| t.takes.file), NONE;
        presence_out: takes(|t| t.takes.new_file), NONE;
    }
    ucserver {
        url: takes(|t| t.takes.ucweb), RequiredWith("ucserver");
        ucsid: takes(|t| t.takes.ucsid), Value("\"local\"");
        user: takes(|t| t.takes.user), RequiredWith("ucserver");
        password_env: takes(|t| t.takes.password_variable), PASSWORD;
        password_file: takes(|t| t.takes.password_file), PASSWORD;
        admin_user: takes(|t| t.takes.administrator), NONE;
        admin_password_env: takes(|t| t.takes.admin_password_variable), NONE;
        admin_password_file: takes(|t| t.takes.admin_password_file), NONE;
        ca_file: takes(|t| t.takes.certificates), NONE;
        pin_sha256: takes(|t| t.takes.pin), NONE;
        users: OneOf(&["admin", "monitor", "list"]), without(|t| t.without.users);
        contacts: takes(|t| t.takes.contacts), Value("[]");
        exclude: takes(|t| t.takes.user_names), Value("[]");
        write_presence: Flag, Value("false");
        despite_native: Flag, Value("false");
        lease: Time("2m", "1h"), Value("\"10m\"");
        refresh: Time("1m", "24h"), Value("\"30m\"");
        redirect_hosts: takes(|t| t.takes.hosts), Value("[]");
        reuse_token: Flag, Value("true");
        client_app_id: Whole(1, 999), Value("15");
        keep_alive: Time("5s", "30s"), Value("\"20s\"");
        batch: Whole(1, 500), Value("50");
        parallel_batches: Whole(1, 16), Value("4");
        call_lists: OneOf(&["changes", "complete"]), Value("\"changes\"");
    }
    log {
        directory: takes(|t| t.takes.directory), Value("\"logs\"");
        level: OneOf(&["trace", "debug", "info", "warn", "error"]), Value("\"info\"");
        max_size_mb: Whole(1, 1024), Value("10");
        keep: Whole(1, 1000), Value("5");
        archive: Flag, Value("false");
        format: OneOf(&["text", "json"]), Value("\"text\"");
        system_log: Flag, Value("true");
        follow: takes(|t| t.takes.pattern), NONE;
    }
    state {
        directory: takes(|t| t.takes.directory), without(|t| t.without.state);
    }
    attach {
        socket: takes(|t| t.takes.socket), without(|t| t.without.socket);
        group: takes(|t| t.takes.group), NONE;
        operators: Flag, Value("false");
    }
    metrics {
        textfile: takes(|t| t.takes.prom_file), NONE;
        listen: takes(|t| t.takes.listen), NONE;
    }
    history {
        keep: Time("0s", "744h"), Value("\"24h\"");
        max_size_mb: Whole(10, 100_000), Value("200");
        names: Flag, Value("true");
    }
    cluster {
        url: takes(|t| t.takes.engine), NONE;
        password_env: takes(|t| t.takes.password_variable), NONE;
        password_file: takes(|t| t.takes.password_file), NONE;
        ca_file: takes(|t| t.takes.certificates), NONE;
        prefix: takes(|t| t.takes.prefix), Value("\"lampfield\"");
        engine_lost: OneOf(&["observe", "alone"]), Value("\"observe\"");
    }
    alerts {
        command: takes(|t| t.takes.command), NONE;
        webhook: takes(|t| t.takes.webhook), NONE;
        webhook_env: takes(|t| t.takes.webhook_variable), NONE;
        webhook_file: takes(|t| t.takes.webhook_file), NONE;
        after: Time("0s", "24h"), Value("\"1m\"");
    }
}

/// The key `section.name`.
pub(super) fn key(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.section == section && key.name == name)
}

/// The tables of the file, in the order of the example, foreign ones last.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<_> = KEYS.iter().map(|key| key.section).collect();
    sections.extend(FOREIGN_SECTIONS);
    sections.dedup();
    sections
}

/// The candidate that `typed` most likely means: at most a third of its letters may differ.
pub(super) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('-', "_");
    let limit = (typed.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// All keys as Markdown tables: those of docs/configuration.md.
#[must_use]
pub fn keys_as_markdown() -> String {
    let mut page = String::new();
    let mut section = "";
    for key in KEYS {
        if key.section != section {
            section = key.section;
            let _ = write!(
                page,
                "\n### `[{section}]`\n\n| key | takes | default | what for |\n| --- | --- | --- | --- |\n"
            );
        }
        let cells = [key.expected(), key.default(), key.about()];
        let cells = cells.each_ref().map(|cell| cell.in_lang(Lang::En));
        let _ = writeln!(page, "| `{}` | {} |", key.name, cells.join(" | "));
    }
    page
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("tenat_id", Some("tenant_id"))]
    #[case("client-id", Some("client_id"))]
    #[case("Cloud", Some("cloud"))]
    #[case("clowd", Some("cloud"))]
    #[case("colours", None)]
    #[case("x", None)]
    fn misspelt_keys_find_their_key(#[case] typed: &str, #[case] meant: Option<&str>) {
        let names = KEYS.iter().map(|key| key.name);
        assert_eq!(nearest(typed, names), meant);
    }

    #[test]
    fn the_page_of_the_configuration_has_every_key() {
        let page = include_str!("../../docs/configuration.md");
        let (_, rest) = page
            .split_once("<!-- keys -->\n")
            .expect("a mark where they begin");
        let (keys, _) = rest
            .split_once("<!-- /keys -->")
            .expect("a mark where they end");
        assert_eq!(keys, keys_as_markdown());
    }

    #[test]
    fn no_key_stands_twice() {
        let mut paths: Vec<_> = KEYS.iter().map(Key::path).collect();
        paths.sort();
        let all = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), all);
    }
}
