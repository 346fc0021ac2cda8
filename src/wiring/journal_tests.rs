use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use super::*;
use crate::bridge::{LineKind, LogLine, LogSink as _, LogTarget, Notice};
use crate::config::{Config, parse};
use crate::presence::UserName;
use crate::wiring::log_sinks::LogSinks;

const PATIENCE: Duration = Duration::from_secs(20);

fn listen(place: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(place).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// The next entry that is not empty.
fn received(socket: &UnixDatagram) -> String {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = socket.recv(&mut buffer).unwrap();
        if read > 0 {
            return String::from_utf8(buffer[..read].to_vec()).unwrap();
        }
    }
}

fn config(folder: &Path, extra: &str) -> Config {
    std::fs::write(folder.join("users.csv"), "user_name,display_name,phone\n").unwrap();
    let folder = folder.display();
    let text = format!(
        "[tenant]\ntenant_id = \"contoso.example\"\nclient_id = \"11111111-2222-3333-4444-555555555555\"\n\
         client_secret_env = \"SECRET\"\n[procall]\nusers_file = \"{folder}/users.csv\"\n\
         [state]\ndirectory = \"{folder}\"\n[log]\ndirectory = \"{folder}\"\n{extra}"
    );
    let env = Environment::new("/site", [("SECRET", "abcdefgh~ijklmnop")]);
    parse(Path::new("lampfield.toml"), &text, &env).unwrap()
}

/// The sinks of a bridge that a service manager has started.
fn sinks(folder: &Path, extra: &str, journal: &JournalSink) -> LogSinks {
    let config = config(folder, extra);
    let lines = journal.lines();
    LogSinks::open(&config, Timestamp::UNIX_EPOCH, lines, Some(journal.clone())).unwrap()
}

fn line(message: &str) -> LogLine {
    LogLine::of_bridge(Level::INFO, message.to_owned())
}

fn notice(message: &str, line: Option<Level>) -> Notice {
    Notice {
        level: Level::ERROR,
        message: message.to_owned(),
        line,
    }
}

#[test]
fn what_the_bridge_says_has_its_user_its_tenant_and_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("socket");
    let socket = listen(&place);
    let journal = JournalSink::at(&place).unwrap();
    let mut sinks = sinks(folder.path(), "", &journal);
    let said = LogLine {
        user: Some(UserName::new("anna@corp.example")),
        target: LogTarget::Set,
        ..line("clear accepted")
    };
    sinks.log(Timestamp::UNIX_EPOCH, said.with(LineKind::LeaseCleared));
    let entry = received(&socket);
    for field in [
        "MESSAGE=anna@corp.example: clear accepted",
        "MESSAGE_ID=df1fda38b9e74f4092e4ec3aca6f8d79",
        "LAMPFIELD_USER=anna@corp.example",
        "LAMPFIELD_TENANT=contoso.example",
        "LAMPFIELD_PART=set",
        "PRIORITY=6",
    ] {
        assert!(entry.lines().any(|line| line == field), "{field}: {entry}");
    }
}

#[test]
fn a_site_of_several_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("socket");
    let socket = listen(&place);
    let journal = JournalSink::at(&place).unwrap();
    let mut sinks = sinks(folder.path(), "", &journal.of_site("kiel"));
    sinks.log(Timestamp::UNIX_EPOCH, line("started"));
    sinks.notify(&notice("lost", None));
    for message in ["MESSAGE=kiel: started", "MESSAGE=kiel: lost"] {
        let entry = received(&socket);
        let has = |field: &str| entry.lines().any(|line| line == field);
        assert!(has(message) && has("LAMPFIELD_SITE=kiel"), "{entry}");
    }
}

/// A secret of ours that a server gives back is in no field.
#[test]
fn no_secret_gets_into_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("socket");
    let socket = listen(&place);
    let journal = JournalSink::at(&place).unwrap();
    let mut sinks = sinks(folder.path(), "", &journal);
    let id = crate::graph::RequestId("abcdefgh~ijklmnop".into());
    let said = line("the server says abcdefgh~ijklmnop");
    let values = LineValues::NONE.of_request(Some(&id));
    sinks.log(Timestamp::UNIX_EPOCH, said.with(values));
    sinks.notify(&notice("and abcdefgh~ijklmnop again", None));
    for _ in 0..2 {
        let entry = received(&socket);
        assert!(!entry.contains("ijklmnop"), "{entry}");
    }
}

#[test]
fn what_is_in_the_log_and_told_to_the_operator_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("socket");
    let socket = listen(&place);
    let journal = JournalSink::at(&place).unwrap();
    let mut sinks = sinks(folder.path(), "level = \"warn\"", &journal);
    sinks.notify(&notice("first: in the log too", Some(Level::WARN)));
    sinks.notify(&notice("second: only here", None));
    sinks.notify(&notice("third: the log leaves it out", Some(Level::INFO)));
    let entries = [received(&socket), received(&socket)];
    assert!(entries[0].starts_with("MESSAGE=second"), "{entries:?}");
    assert!(entries[1].starts_with("MESSAGE=third"), "{entries:?}");
}

#[test]
fn notices_stay_away_where_the_configuration_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("socket");
    let socket = listen(&place);
    let journal = JournalSink::at(&place).unwrap();
    let mut sinks = sinks(folder.path(), "system_log = false", &journal);
    sinks.notify(&notice("unwanted", None));
    sinks.log(Timestamp::UNIX_EPOCH, line("as ever"));
    assert!(received(&socket).starts_with("MESSAGE=as ever"));
}

#[test]
fn a_journal_that_stands_still_holds_nobody_up_and_hears_what_it_has_missed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("socket");
    let socket = listen(&place);
    let journal = JournalSink::at(&place).unwrap();
    let mut sinks = sinks(folder.path(), "", &journal);
    // Far more than its socket and our queue hold; who waits would wait for ever.
    let said = WAITING + 2_000;
    for _ in 0..said {
        sinks.log(Timestamp::UNIX_EPOCH, line("again"));
    }
    journal.last_lines(Duration::ZERO);
    let mut heard = 0;
    let dropped = loop {
        let entry = received(&socket);
        if !entry.starts_with("MESSAGE=again\n") {
            break entry;
        }
        heard += 1;
    };
    let expected = format!("MESSAGE={} lines dropped", said - heard);
    assert!(dropped.starts_with(&expected), "{dropped}, heard: {heard}");
}

#[test]
fn without_a_journal_stderr_stays_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    assert!(JournalSink::at(&folder.path().join("socket")).is_none());
    let env = Environment::new("/site", [("JOURNAL_STREAM", "1:1")]);
    assert!(JournalSink::of_stderr(&env).is_none());
}
