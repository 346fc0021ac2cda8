//! A ProCall that is silent: every place that shows something of it says so.

use std::sync::Arc;

use super::*;
use model::snapshot::{CallView, UserRow};

/// Nothing heard of ProCall for a minute and a half, and one call that was connected before.
fn silent() -> Snapshot {
    let mut snapshot = fixture::snapshot();
    let heard = fixture::now() - jiff::SignedDuration::from_secs(90);
    snapshot.links = Arc::new(Links {
        procall: Link {
            status: LinkStatus::Down,
            last_ok: Some(heard),
            last_error: Some((fixture::now(), "no route to ucserver".into())),
            ..Link::default()
        },
        procall_silent_since: Some(heard),
        ..(*snapshot.links).clone()
    });
    let stale = |row: &Arc<UserRow>| {
        let calls = row.calls.iter().map(|call| CallView {
            stale_since: Some(heard),
            ..call.clone()
        });
        Arc::new(UserRow {
            calls: calls.collect(),
            ..UserRow::clone(row)
        })
    };
    snapshot.rows = Arc::new(snapshot.rows.iter().map(stale).collect());
    snapshot
}

/// What this screen shows, with single spaces.
fn shown(pressed: &str, size: (u16, u16), lang: Lang) -> String {
    let mut state = state_of(silent(), size, Kind::Colour, lang);
    keys(&mut state, pressed);
    let shown = text(&drawn(&state, fixture::now()));
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_header_does_not_say_live() {
    let head = shown("", (80, 24), Lang::En);
    assert!(head.contains("ProCall SILENT 1m"), "{head}");
    assert!(!head.contains("live"), "{head}");
    let head = shown("", (80, 24), Lang::De);
    assert!(head.contains("ProCall SCHWEIGT 1m"), "{head}");
}

#[test]
fn a_call_is_doubtful_and_has_the_age_of_what_is_known() {
    let table = shown("", (160, 50), Lang::En);
    assert!(table.contains("TAPI? 1m"), "{table}");
    assert!(!table.contains("TAPI 3m"), "{table}");
}

#[test]
fn the_hop_is_broken_and_does_not_fail_now_and_then() {
    let page = shown("t", (80, 24), Lang::En);
    let broken = "BROKEN: ProCall, calls + presence: no answer for 1m; no route to ucserver";
    assert!(page.contains(broken), "{page}");
    assert!(!page.contains("now and then: ProCall"), "{page}");
}

#[test]
fn the_first_problem_says_what_follows_from_it() {
    let page = shown("p", (160, 50), Lang::En);
    let what = "Nothing heard of ProCall for 1m: its calls are stale, no lease is renewed";
    assert!(page.contains(what), "{page}");
}
