//! `[poll]`, `[set]`, `[log]`, `[state]`, `[attach]`, `[metrics]`, `[history]` and `[console]`.
//! `[alerts]` has a file of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use toml::de::DeTable;

use super::fault::{Position, said};
use super::model::{
    Attach, AttachSocket, ConsoleTable, History, Log, LogFormat, LogLevel, Metrics, Observe, Poll,
    Set, State,
};
use super::reader::Reader;

/// Reads `[poll]`. A wrong value leaves a fault behind and the default here.
pub(super) fn poll(reader: &mut Reader<'_>) -> Poll {
    let default = Poll::default();
    let interval = reader.duration("poll", "interval");
    let requests = reader.integer("poll", "requests_per_30s");
    Poll {
        interval: interval.map_or(default.interval, |(interval, _)| interval),
        requests_per_30s: requests.unwrap_or(default.requests_per_30s),
    }
}

/// Reads `[set]`: whether and how presence is written.
pub(super) fn set(reader: &mut Reader<'_>) -> Set {
    let default = Set::default();
    let enabled = reader.boolean("set", "enabled").unwrap_or(true);
    if let Some((text, spot)) = reader.text("set", "expiration")
        && text.parse().ok() != jiff::SignedDuration::try_from(default.expiration).ok()
    {
        reader.unexpected(spot, &said(|t| t.faults.expiration, &[("found", &text)]));
    }
    let renew_before = reader.duration("set", "renew_before");
    Set {
        observe: (!enabled).then_some(Observe::Config),
        expiration: default.expiration,
        renew_before: renew_before.map_or(default.renew_before, |(before, _)| before),
    }
}

/// Reads `[log]`: where the log goes, how large it gets, what it says.
pub(super) fn log(reader: &mut Reader<'_>) -> Log {
    let default = Log::in_directory(log_directory(reader));
    let level = reader.choice(
        "log",
        "level",
        &LogLevel::ALL.map(|level| (level.as_str(), level)),
    );
    let max_size_mb = reader.integer("log", "max_size_mb");
    let keep = reader.integer("log", "keep");
    let follow = reader.path("log", "follow").map(|(path, _)| path);
    Log {
        level: level.unwrap_or(default.level),
        max_size_mb: max_size_mb.unwrap_or(default.max_size_mb),
        keep: keep.unwrap_or(default.keep),
        archive: reader.boolean("log", "archive").unwrap_or(default.archive),
        format: reader
            .choice(
                "log",
                "format",
                &LogFormat::ALL.map(|format| (format.as_str(), format)),
            )
            .unwrap_or(default.format),
        system_log: reader
            .boolean("log", "system_log")
            .unwrap_or(default.system_log),
        follow: follow.map(|path| path.to_string_lossy().into_owned()),
        ..default
    }
}

/// Where the log goes. Each site that does not name a folder of its own has one in that of all.
fn log_directory(reader: &mut Reader<'_>) -> PathBuf {
    let spot = reader.spot("log", "directory");
    let named = reader.directory("log", "directory");
    let folder = named.unwrap_or_else(|| reader.resolve_default("logs"));
    match reader.site() {
        Some(site) if !spot.is_some_and(|spot| reader.is_sites_own(spot)) => folder.join(site),
        _ => folder,
    }
}

/// Reads `[state]`; `None` where no directory can be derived.
pub(super) fn state(reader: &mut Reader<'_>) -> Option<State> {
    let named = reader.directory("state", "directory");
    let directory = named.or_else(|| reader.env.xdg("XDG_STATE_HOME", ".local/state"));
    if directory.is_none() {
        let why = said(|t| t.faults.missing_no_home, &[]);
        reader.missing("state", "directory", &why);
    }
    directory.map(|directory| State { directory })
}

/// Reads `[attach]`.
pub(super) fn attach(reader: &mut Reader<'_>) -> Attach {
    let socket = match reader.text_or_empty("attach", "socket") {
        None => AttachSocket::Default,
        Some(("", _)) => AttachSocket::None,
        Some((path, spot)) => AttachSocket::At(reader.resolve(path, spot)),
    };
    let group = reader.text("attach", "group");
    Attach {
        socket,
        group: group.map(|(group, _)| group.to_owned()),
        operators: reader.boolean("attach", "operators").unwrap_or_default(),
    }
}

/// Reads `[metrics]`.
pub(super) fn metrics(reader: &mut Reader<'_>) -> Metrics {
    Metrics {
        textfile: textfile(reader),
        listen: listen(reader),
    }
}

/// `node_exporter` reads no file of another name. Its folder need not be there: that somebody else's
/// program is not installed yet keeps no bridge from its work.
fn textfile(reader: &mut Reader<'_>) -> Option<PathBuf> {
    let (path, spot) = reader.file("metrics", "textfile")?;
    if path.extension().is_none_or(|extension| extension != "prom") {
        let found = path.file_name().unwrap_or_default().display();
        reader.unexpected(spot, &format!("\"{found}\"").into());
    }
    Some(path)
}

fn listen(reader: &mut Reader<'_>) -> Option<SocketAddr> {
    let (text, spot) = reader.text("metrics", "listen")?;
    let address = text.parse().ok();
    if address.is_none() {
        reader.unexpected(spot, &format!("\"{text}\"").into());
    }
    address
}

/// Reads `[history]`.
pub(super) fn history(reader: &mut Reader<'_>) -> History {
    let default = History::default();
    let keep = reader.duration("history", "keep");
    let max_size_mb = reader.integer("history", "max_size_mb");
    History {
        keep: keep.map_or(default.keep, |(keep, _)| keep),
        max_size_mb: max_size_mb.unwrap_or(default.max_size_mb),
        names: reader.boolean("history", "names").unwrap_or(default.names),
    }
}

/// Takes `[console]` as it stands, with the line of each of its keys.
pub(super) fn console(text: &str, root: &DeTable<'_>) -> Option<ConsoleTable> {
    let table = root
        .iter()
        .find(|(key, _)| key.get_ref() == "console")
        .and_then(|(_, value)| value.get_ref().as_table())?;
    let mut lines = BTreeMap::new();
    collect_lines(text, "", table, &mut lines);
    let whole: toml::Table = toml::from_str(text).ok()?;
    let plain = whole.get("console").and_then(toml::Value::as_table)?;
    Some(ConsoleTable {
        table: plain.clone(),
        lines,
    })
}

fn collect_lines(
    text: &str,
    prefix: &str,
    table: &DeTable<'_>,
    lines: &mut BTreeMap<String, usize>,
) {
    for (key, value) in table {
        let path = format!("{prefix}{}", key.get_ref());
        if let Some(below) = value.get_ref().as_table() {
            collect_lines(text, &format!("{path}."), below, lines);
        }
        lines.insert(path, Position::at_offset(text, key.span().start).line);
    }
}
