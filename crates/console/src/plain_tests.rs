use super::*;
use crate::fixture;
use model::presence::TeamsPresence;
use model::snapshot::{Mode, PollView};
use ratatui::crossterm::event::KeyCode;

fn plain() -> Plain {
    Plain::new(Lang::En, true, TimeZone::UTC)
}

#[test]
fn mode_and_coverage_come_first_and_once() {
    let mut plain = plain();
    let snapshot = fixture::snapshot();
    let lines = plain.lines(&snapshot, fixture::now());
    assert_eq!(
        lines[0],
        "13:04:07  lampfield  WRITING  19 users = 12 matched + 6 unmatched + 1 excluded"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("write fails now and then")),
        "{lines:?}"
    );
    let users = lines.iter().filter(|line| line.contains("@corp.example"));
    assert_eq!(users.count(), 12, "{lines:#?}");
    assert!(plain.lines(&snapshot, fixture::now()).is_empty());
}

/// What a bridge learns at its start is said together.
#[test]
fn the_head_waits_for_the_first_cycle() {
    let mut plain = plain();
    let whole = fixture::snapshot();
    let blank = Snapshot::empty(Arc::clone(&whole.tenant), fixture::now());
    let early = Snapshot {
        coverage: Arc::clone(&whole.coverage),
        ..blank.clone()
    };
    assert_eq!(plain.due(), None);
    for snapshot in [&blank, &early] {
        assert!(plain.lines(snapshot, fixture::now()).is_empty());
    }
    assert!(plain.due().is_some_and(|due| due > fixture::now()));
    let lines = plain.lines(&whole, fixture::now());
    assert_eq!(of(&lines, "lampfield  ").len(), 1, "{lines:?}");
    assert_eq!(plain.due(), None);
}

/// One that takes the place of another learns everything anew.
#[test]
fn the_next_bridge_is_waited_for_as_well() {
    let mut plain = plain();
    let whole = fixture::snapshot();
    plain.lines(&whole, fixture::now());
    let mut tenant = (*whole.tenant).clone();
    tenant.bridge.pid += 1;
    let blank = Snapshot::empty(Arc::new(tenant), fixture::now());
    assert!(plain.lines(&blank, fixture::now()).is_empty());
    let next = Snapshot {
        tenant: Arc::clone(&blank.tenant),
        ..whole
    };
    assert!(plain.lines(&next, fixture::now()).is_empty(), "as before");
}

#[test]
fn nobody_waits_for_the_head_for_long_and_trouble_does_not_wait() {
    let blank = Snapshot::empty(Arc::default(), fixture::now());
    let mut slow = plain();
    slow.lines(&blank, fixture::now());
    let due = slow.due().unwrap();
    assert_eq!(slow.lines(&blank, due).len(), 1);
    let mut failing = blank.clone();
    failing.links = Arc::new(model::snapshot::Links {
        procall_silent_since: Some(fixture::now()),
        ..model::snapshot::Links::default()
    });
    let lines = plain().lines(&failing, fixture::now());
    assert_eq!(lines.len(), 2, "{lines:?}");
}

fn of<'a>(lines: &'a [String], user: &str) -> Vec<&'a str> {
    let named = lines.iter().filter(|line| line.contains(user));
    named.map(|line| line.split_once("  ").unwrap().1).collect()
}

#[test]
fn each_user_is_said_once_with_a_name_for_every_field() {
    let lines = plain().lines(&fixture::snapshot(), fixture::now());
    assert_eq!(
        of(&lines, "bernd.kowalski"),
        [
            "User: bernd.kowalski@corp.example; Name: Bernd Kowalski; Teams: Busy/InACall; \
          ProCall: busy, in a call; Lamp: neutral; Calls: TAPI connected; \
          Lease: Busy/InACall, confirmed; \
          Note: Teams shows our call: the lamp stays as it was"
        ]
    );
    assert_eq!(
        of(&lines, "zoe.nguyen").len(),
        1,
        "and so is everybody else: {lines:#?}"
    );
}

#[test]
fn nobody_is_said_before_everybody_was_read() {
    let mut plain = plain();
    let mut early = fixture::snapshot();
    let whole = early.clone();
    let mut marks: Vec<_> = early.reads.iter().collect();
    marks[3] = ReadMark::default();
    early.reads = Arc::new(marks.into_iter().collect());
    let lines = plain.lines(&early, fixture::now());
    assert!(of(&lines, "@corp.example").is_empty(), "{lines:?}");
    let lines = plain.lines(&whole, fixture::now());
    assert_eq!(of(&lines, "@corp.example").len(), 12);
}

#[test]
fn whoever_changes_is_said_anew_and_whoever_is_only_older_is_not() {
    let mut plain = plain();
    let mut snapshot = fixture::snapshot();
    plain.lines(&snapshot, fixture::now());
    let change = |snapshot: &mut Snapshot, at: usize, change: fn(&mut UserRow)| {
        change(Arc::make_mut(&mut Arc::make_mut(&mut snapshot.rows)[at]));
    };
    change(&mut snapshot, 0, |row| row.since = None);
    change(&mut snapshot, 1, |row| {
        row.lease.as_mut().unwrap().renewals += 1;
    });
    assert!(plain.lines(&snapshot, fixture::now()).is_empty());
    change(&mut snapshot, 0, |row| {
        row.teams = Some(TeamsPresence::parse("Away", "Away"));
    });
    let lines = plain.lines(&snapshot, fixture::now());
    assert_eq!((lines.len(), of(&lines, "Teams: Away/Away").len()), (1, 1));
}

/// There are no keys where there is no screen: neither what is wrong nor what to do names one.
#[test]
fn no_key_is_spoken_of() {
    let keys: Vec<char> = crate::keys::BINDINGS
        .iter()
        .flat_map(|row| row.keys)
        .filter_map(|key| match key.1 {
            KeyCode::Char(c) if key.0.is_empty() => Some(c),
            _ => None,
        })
        .collect();
    for lang in [Lang::De, Lang::En] {
        let t = texts(lang);
        let of_problems = [t.problems.all(), t.causes.all(), t.aadsts.all()].concat();
        let notes = t.advice.all().into_iter().chain(t.obstacles.all());
        let notes = notes.filter(|(name, _)| !name.ends_with("_do"));
        for (name, text) in of_problems.into_iter().chain(notes) {
            let without_values = text.split('{').map(|part| match part.split_once('}') {
                Some((_, rest)) => rest,
                None => part,
            });
            let text: String = without_values.collect();
            // Letters of the shell and a version, not of the console.
            let others = ["ulimit -n", "ulimit -u", "TLS 1.2"];
            let text = others
                .iter()
                .fold(text, |text, other| text.replace(other, ""));
            let alone = |word: &str| {
                let mut letters = word.chars();
                letters.next().filter(|_| letters.next().is_none())
            };
            let words = text.split(|c: char| !c.is_alphanumeric());
            let spoken = words.filter_map(alone).find(|c| keys.contains(c));
            assert_eq!(spoken, None, "{lang:?} {name}: {text}");
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            let named = words.find(|word| ["Enter", "Esc", "Space"].contains(word));
            assert_eq!(named, None, "{lang:?} {name}: {text}");
            for sign in ["(+)", "(-)", "(!)", "(?)"] {
                assert!(!text.contains(sign), "{lang:?} {name}: {text}");
            }
        }
    }
}

#[test]
fn trouble_is_said_when_it_comes_and_when_it_is_over_not_every_second() {
    let mut plain = plain();
    let good = fixture::snapshot();
    plain.lines(&good, fixture::now());
    let mut dead = good.clone();
    let silence = |seconds| PollView {
        last_good_at: Some(fixture::now() - jiff::SignedDuration::from_secs(seconds)),
        ..(*good.poll).clone()
    };
    dead.poll = Arc::new(silence(40));
    dead.mode = Mode::Paused;
    let lines = plain.lines(&dead, fixture::now());
    assert!(lines[0].contains("PAUSED"), "{lines:?}");
    assert!(
        lines[1].contains(
            "! No good answer from Graph for 40s; the values of all 12 users are old -> Network"
        ),
        "{lines:?}"
    );
    dead.poll = Arc::new(silence(95));
    assert!(plain.lines(&dead, fixture::now()).is_empty());
    let lines = plain.lines(&good, fixture::now());
    assert!(
        lines[1].contains("over: No good answer from Graph"),
        "{lines:?}"
    );
}
