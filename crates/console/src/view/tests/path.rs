//! The way of a presence: which hop is broken is obvious, also while a request hangs.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;

use super::{Kind, drawn, keys, state, state_of, text};
use crate::fixture;
use model::clock::advance;
use model::presence::Lang;
use model::snapshot::{Link, LinkStatus, Links};

#[rstest]
#[case(Lang::En, &["Teams client", "Graph", "Entra", "lampfield", "ProCall", "log"])]
#[case(Lang::De, &["Teams-Client", "Graph", "Entra", "lampfield", "ProCall", "Log"])]
fn every_station_is_on_the_way_in_its_order(#[case] lang: Lang, #[case] stations: &[&str]) {
    let mut state = state((80, 24), Kind::Colour, lang);
    keys(&mut state, "t");
    let shown = text(&drawn(&state, fixture::now()));
    let ways = |line: &&str| stations.iter().all(|name| line.contains(name));
    let way = shown
        .lines()
        .find(ways)
        .unwrap_or_else(|| panic!("{shown}"));
    let places: Vec<usize> = stations.iter().filter_map(|name| way.find(name)).collect();
    assert!(places.is_sorted(), "{way}");
    assert!(
        !shown.contains("PgDn"),
        "all of it is on one screen: {shown}"
    );
}

#[test]
fn a_hop_that_hangs_is_broken_before_its_request_fails() {
    let mut snapshot = fixture::snapshot();
    let poll = Arc::make_mut(&mut snapshot.poll);
    poll.running_since = poll.next_at;
    let mut state = state_of(snapshot, (80, 24), Kind::Colour, Lang::En);
    keys(&mut state, "t");
    let shown = text(&drawn(
        &state,
        advance(fixture::now(), Duration::from_secs(20)),
    ));
    for wanted in [
        "NO ANSWER 22s",
        "running 17s",
        "BROKEN: Graph, read: no answer for 22s",
        "✗ read",
        "✗  ✗ lampfield",
    ] {
        assert!(shown.contains(wanted), "{wanted} in\n{shown}");
    }
}

/// Another interval, a throttle or a bridge that is slow to tell: none of them is a poll that hangs.
#[test]
fn a_poll_that_is_due_and_does_not_run_counts_nothing() {
    let state = state((80, 24), Kind::Colour, Lang::En);
    let at = |seconds| advance(fixture::now(), Duration::from_secs(seconds));
    let header = text(&drawn(&state, at(9)));
    assert!(header.contains("next now"), "{header}");
    assert!(!header.contains("running"), "{header}");
}

#[test]
fn when_all_is_well_one_sentence_says_so() {
    let mut snapshot = fixture::snapshot();
    let mut links = (*snapshot.links).clone();
    links.graph_write = links.graph_read.clone();
    snapshot.links = Arc::new(links);
    let mut state = state_of(snapshot, (80, 24), Kind::Colour, Lang::En);
    keys(&mut state, "t");
    let shown = text(&drawn(&state, fixture::now()));
    assert!(shown.contains("Every hop works."), "{shown}");
}

#[test]
fn the_words_of_the_last_error_are_there_in_full() {
    let mut snapshot = fixture::snapshot();
    let words = "UCServer refused the log-in: the password is wrong or has expired; \
                 the account is left alone for 15 minutes";
    snapshot.links = Arc::new(Links {
        procall: Link {
            status: LinkStatus::Down,
            last_error: Some((fixture::now(), words.into())),
            ..Link::default()
        },
        ..(*snapshot.links).clone()
    });
    for size in [(80, 24), (160, 50)] {
        let mut state = state_of(snapshot.clone(), size, Kind::Colour, Lang::En);
        keys(&mut state, "t");
        let shown = text(&drawn(&state, fixture::now()));
        let words: Vec<&str> = shown.split_whitespace().collect();
        let words = words.join(" ");
        assert!(words.contains("left alone for 15 minutes"), "{shown}");
        assert!(
            shown.contains("BROKEN: ProCall, calls + presence"),
            "{shown}"
        );
    }
}

#[test]
fn a_large_screen_also_has_the_last_polls_and_the_last_trouble() {
    let mut state = state((160, 50), Kind::Colour, Lang::En);
    keys(&mut state, "t");
    let shown = text(&drawn(&state, fixture::now()));
    for wanted in [
        "640ms│",
        "Last warnings",
        "no answer within 5 s",
        "masked by",
    ] {
        assert!(shown.contains(wanted), "{wanted} in\n{shown}");
    }
}
