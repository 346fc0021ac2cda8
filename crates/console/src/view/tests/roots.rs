//! One cause is one problem, on every screen: the header, the list, the topology, why?, the hints
//! in the table and the plain lines.

use std::sync::Arc;

use super::*;
use crate::plain::Plain;
use model::answer::{Failure, FailureKind};
use model::cause::{Cause, Trouble};
use model::snapshot::{DirectoryView, Note, UserRow};

/// The client secret has expired: every request fails for want of a token.
pub(super) fn without_secret() -> Snapshot {
    let mut snapshot = fixture::snapshot();
    let cause = Cause::Entra { code: 7_000_222 };
    let trouble = Trouble::new(cause.clone(), "No token: the client secret expired");
    let failure = Failure::new(FailureKind::Credentials, "no token").because(cause);
    let broken = |link: &Link| Link {
        status: LinkStatus::Down,
        last_error: Some((fixture::now(), trouble.clone())),
        ..link.clone()
    };
    let links = Arc::clone(&snapshot.links);
    snapshot.links = Arc::new(Links {
        entra: broken(&links.entra),
        graph_read: broken(&links.graph_read),
        graph_write: broken(&links.graph_write),
        ..(*links).clone()
    });
    snapshot.token.failure = Some(failure.clone());
    snapshot.directory = Arc::new(DirectoryView {
        failure: Some(Arc::new(failure)),
        ..(*snapshot.directory).clone()
    });
    snapshot.poll = Arc::new(PollView {
        down: Some(trouble.clone()),
        last_good_at: Some(fixture::now() - jiff::SignedDuration::from_secs(95)),
        errors_last_minute: 12,
        late_p95: Duration::from_secs(9),
        ..(*snapshot.poll).clone()
    });
    let fails = |row: &Arc<UserRow>| {
        let notes = [Note::WriteFailing(Arc::new(trouble.clone())), Note::Stale];
        Arc::new(UserRow {
            notes: notes.into(),
            ..UserRow::clone(row)
        })
    };
    snapshot.rows = Arc::new(snapshot.rows.iter().map(fails).collect());
    snapshot.unmatched = Arc::default();
    let coverage = Arc::make_mut(&mut snapshot.coverage);
    coverage.unmatched.clear();
    coverage.procall_users = coverage.matched + coverage.excluded;
    snapshot
}

/// With single spaces.
fn shown(pressed: &str, size: (u16, u16), lang: Lang) -> String {
    let mut state = state_of(without_secret(), size, Kind::Colour, lang);
    keys(&mut state, pressed);
    let shown = text(&drawn(&state, fixture::now()));
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

const SENTENCE: [(Lang, &str); 2] = [
    (
        Lang::En,
        "No valid token: Entra refuses the sign-in: the client secret expired (AADSTS7000222); 12 users affected",
    ),
    (
        Lang::De,
        "Kein gültiges Token: Entra lehnt die Anmeldung ab: der geheime Clientschlüssel ist abgelaufen (AADSTS7000222); 12 Benutzer betroffen",
    ),
];

#[test]
fn the_list_has_one_problem_with_one_sentence_and_its_own_remedy() {
    for (lang, sentence) in SENTENCE {
        for size in [(80, 24), (160, 50)] {
            let page = shown("!", size, lang);
            assert!(page.contains(sentence), "{page}");
            assert_eq!(page.matches("AADSTS7000222").count(), 1, "{page}");
        }
    }
    let state = state_of(without_secret(), (80, 24), Kind::Colour, Lang::En);
    let [problem] = state.problems.as_slice() else {
        panic!("{:?}", state.problems);
    };
    assert!(problem.remedy.contains("Create a new one"), "{problem:?}");
}

#[rstest]
#[case(Lang::En, ["NO ANSWER 1m", "CANNOT WRITE", "token REFUSED"], ["live", "WRITING", "token 58m"])]
#[case(Lang::De, ["KEINE ANTWORT 1m", "KANN NICHT SCHREIBEN", "Token ABGELEHNT"], ["aktuell", "SCHREIBT", "Token 58m"])]
fn the_header_says_nothing_that_is_not_so(
    #[case] lang: Lang,
    #[case] said: [&str; 3],
    #[case] not: [&str; 3],
) {
    for size in [(80, 24), (160, 50)] {
        let screen = shown("", size, lang);
        for wanted in said {
            assert!(screen.contains(wanted), "{wanted} in {screen}");
        }
        for wrong in not {
            assert!(!screen.contains(wrong), "{wrong} in {screen}");
        }
        assert!(screen.contains("▲ 1"), "{screen}");
    }
}

#[test]
fn the_topology_names_the_hop_that_is_the_root() {
    let page = shown("t", (80, 24), Lang::En);
    assert!(page.contains("BROKEN: Entra, token:"), "{page}");
    assert!(!page.contains("BROKEN: Graph"), "{page}");
    assert_eq!(page.matches("follows from: Entra").count(), 2, "{page}");
    assert_eq!(page.matches("last error").count(), 1, "{page}");
}

#[test]
fn why_says_what_it_follows_from_and_nothing_twice() {
    let page = shown("⏎", (80, 40), Lang::En);
    assert!(page.contains("This follows from: No valid token"), "{page}");
    assert!(!page.contains("The last write to Teams failed"), "{page}");
    assert!(!page.contains("more than three poll intervals"), "{page}");
}

#[test]
fn no_row_has_a_hint_of_what_concerns_all() {
    for lang in [Lang::En, Lang::De] {
        let table = shown("", (160, 50), lang);
        for hint in ["write fails", "stale", "Schreibfehler", "veraltet"] {
            assert!(!table.contains(hint), "{hint} in {table}");
        }
    }
}

#[test]
fn the_plain_lines_say_it_once() {
    let mut plain = Plain::new(Lang::En, true, jiff::tz::TimeZone::UTC);
    let lines = plain.lines(&without_secret(), fixture::now());
    assert!(lines[0].contains("CANNOT WRITE"), "{lines:?}");
    let told = |line: &&String| line.contains("! ");
    assert_eq!(lines.iter().filter(told).count(), 1, "{lines:?}");
}

#[test]
fn a_frozen_picture_is_not_live() {
    let mut state = state((80, 24), Kind::Colour, Lang::En);
    assert!(text(&drawn(&state, fixture::now())).contains("live"));
    keys(&mut state, " ");
    let shown = text(&drawn(&state, fixture::now()));
    let header = shown.lines().next().unwrap();
    assert!(
        header.contains("FROZEN") && !header.contains("live"),
        "{header}"
    );
}

/// A source that has trouble is not well until it says so.
#[test]
fn a_procall_that_is_gone_is_not_live_either() {
    let mut snapshot = fixture::snapshot();
    let links = Arc::make_mut(&mut snapshot.links);
    links.procall.status = LinkStatus::Degraded;
    links.procall.last_error = Some((fixture::now(), "calls.jsonl is gone".into()));
    let mut state = state_of(snapshot, (80, 24), Kind::Colour, Lang::En);
    let screen = text(&drawn(&state, fixture::now()));
    assert!(
        screen.contains("ProCall DOWN") && !screen.contains("live"),
        "{screen}"
    );
    keys(&mut state, "!");
    let page = text(&drawn(&state, fixture::now()));
    let first = page.lines().nth(4).unwrap();
    assert!(
        first.contains("ProCall does not work: calls.jsonl"),
        "{page}"
    );
}
