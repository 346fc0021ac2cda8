//! What the screens say in particular cases.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::layout::Size;
use rstest::rstest;

use super::{Kind, drawn, keys, state, state_of, text};
use crate::fixture;
use crate::msg::Msg;
use crate::state::{Appearance, State};
use crate::theme::{Depth, ThemeName};
use crate::update::update;
use model::clock::advance;
use model::presence::Lang;
use model::procall::Obstacle;
use model::snapshot::{LeasePhase, Note, Seen, Snapshot, TenantView, UserRow};

/// The fixture with another row in the place of Anna Becker's, the first one.
fn with_anna(change: impl FnOnce(&mut UserRow)) -> Snapshot {
    let mut snapshot = fixture::snapshot();
    let mut rows = (*snapshot.rows).clone();
    change(Arc::make_mut(&mut rows[0]));
    snapshot.rows = Arc::new(rows);
    snapshot
}

#[test]
fn a_held_echo_is_no_problem_and_only_why_tells_of_it() {
    let mut state = state((80, 40), Kind::Colour, Lang::En);
    keys(&mut state, "j");
    assert!(!text(&drawn(&state, fixture::now())).contains("echo held"));
    assert!(!state.problems.iter().any(|problem| {
        problem
            .user
            .as_ref()
            .is_some_and(|user| user.as_str().starts_with("bernd"))
    }));
    keys(&mut state, "⏎");
    assert!(text(&drawn(&state, fixture::now())).contains("lampfield itself has written"));
}

#[test]
fn the_end_of_the_settling_window_is_counted_down() {
    let snapshot = with_anna(|row| {
        let mut lease = fixture::snapshot().rows[1].lease.clone().unwrap();
        lease.phase = LeasePhase::Settling;
        lease.expires_at = advance(fixture::now(), Duration::from_secs(14));
        row.lease = Some(lease);
    });
    let mut state = state_of(snapshot, (80, 24), Kind::Colour, Lang::En);
    let table = text(&drawn(&state, fixture::now()));
    assert!(table.contains("~ 0:14"), "{table}");
    keys(&mut state, "⏎");
    let why = text(&drawn(&state, fixture::now()));
    assert!(why.contains("just ended"), "{why}");
}

#[rstest]
#[case(Obstacle::CallsHidden, "rights", "the right Business or more")]
#[case(Obstacle::MayNotSetPresence, "rights", "the right Team or Personal")]
#[case(Obstacle::SetPresenceRefused, "refused", "UCServer refused")]
#[case(Obstacle::CallNotUnderstood, "which call?", "no call of its list")]
#[case(Obstacle::NotVisible, "rights", "shows lampfield nothing")]
fn what_procall_puts_in_the_way_is_said_with_its_remedy(
    #[case] obstacle: Obstacle,
    #[case] word: &str,
    #[case] said: &str,
) {
    let snapshot = with_anna(|row| {
        row.notes = [Note::Obstacle(obstacle)].into();
        row.teams_right = Some(false);
    });
    let mut state = state_of(snapshot, (80, 30), Kind::Colour, Lang::En);
    let table = text(&drawn(&state, fixture::now()));
    assert!(
        table
            .lines()
            .any(|line| line.contains("Anna") && line.contains(word)),
        "{table}"
    );
    keys(&mut state, "⏎");
    let why = text(&drawn(&state, fixture::now()));
    assert!(
        why.contains(said) && why.contains("no Teams right"),
        "{why}"
    );
    keys(&mut state, "!");
    let problems = text(&drawn(&state, fixture::now()));
    assert!(problems.contains(said), "{problems}");
}

/// It is told where somebody asks why, and nobody is alarmed by it.
#[test]
fn a_presence_set_by_hand_in_procall_is_a_fact_and_no_problem() {
    let snapshot = with_anna(|row| {
        row.notes = [Note::Obstacle(Obstacle::ForeignPresence)].into();
    });
    let before = state((80, 30), Kind::Colour, Lang::En).problems.len();
    let mut state = state_of(snapshot, (80, 30), Kind::Colour, Lang::En);
    assert_eq!(state.problems.len(), before);
    keys(&mut state, "⏎");
    let why = text(&drawn(&state, fixture::now()));
    assert!(why.contains("leaves it alone"), "{why}");
    keys(&mut state, "␛!");
    let problems = text(&drawn(&state, fixture::now()));
    assert!(!problems.contains("leaves it alone"), "{problems}");
    keys(&mut state, "␛4");
    let wrong = text(&drawn(&state, fixture::now()));
    assert!(!wrong.contains("Anna"), "{wrong}");
}

#[rstest]
#[case(Lang::En)]
#[case(Lang::De)]
fn the_demo_says_that_it_is_one_at_80_columns(#[case] lang: Lang) {
    let mut snapshot = fixture::snapshot();
    snapshot.tenant = Arc::new(TenantView {
        demo: true,
        ..(*snapshot.tenant).clone()
    });
    let mut state = state_of(snapshot, (80, 24), Kind::Colour, lang);
    keys(&mut state, " ");
    let shown = text(&drawn(&state, fixture::now()));
    let header = shown.lines().next().unwrap();
    assert!(header.contains(" DEMO "), "{header}");
    assert!(!shown.contains("no token"), "{shown}");
}

#[rstest]
#[case(Seen::Own, Lang::En, None)]
#[case(Seen::Attached { watchers: 2 }, Lang::En, Some("attached  "))]
#[case(Seen::Attached { watchers: 2 }, Lang::De, Some("verbunden  "))]
#[case(Seen::Lost { since: fixture::now() - jiff::SignedDuration::from_secs(12) }, Lang::En, Some("THE BRIDGE HAS ENDED since 12s"))]
#[case(Seen::Lost { since: fixture::now() - jiff::SignedDuration::from_secs(12) }, Lang::De, Some("DIE BRÜCKE IST BEENDET seit 12s"))]
fn whose_picture_it_is_stands_in_the_header_at_80_columns(
    #[case] seen: Seen,
    #[case] lang: Lang,
    #[case] words: Option<&str>,
) {
    let snapshot = Snapshot {
        seen,
        ..fixture::snapshot()
    };
    let mut state = state_of(fixture::snapshot(), (80, 24), Kind::Colour, lang);
    update(
        &mut state,
        Msg::Snapshot(Arc::new(snapshot)),
        fixture::now(),
    );
    let shown = text(&drawn(&state, fixture::now()));
    let header = shown.lines().next().unwrap();
    match words {
        Some(words) => assert!(header.contains(words), "{header}"),
        None => assert!(!header.contains("attached"), "{header}"),
    }
}

#[test]
fn the_header_of_a_bridge_that_has_ended_says_nothing_of_what_it_does() {
    let mut state = state_of(fixture::snapshot(), (120, 30), Kind::Colour, Lang::En);
    let head = |state: &State| {
        let shown = text(&drawn(state, fixture::now()));
        shown.lines().take(3).collect::<Vec<_>>().join("\n")
    };
    let alive = head(&state);
    assert!(
        alive.contains("WRITING") && alive.contains("next"),
        "{alive}"
    );
    update(&mut state, Msg::BridgeEnded, fixture::now());
    let ended = head(&state);
    assert!(
        !ended.contains("WRITING") && !ended.contains("next"),
        "{ended}"
    );
    assert!(!ended.contains('●'), "no hop is known to be well: {ended}");
}

#[test]
fn log_lines_are_in_the_time_of_the_machine() {
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    let look = Appearance::new(Lang::En, false, ThemeName::Dark, Depth::Sixteen, zone);
    let size = Size {
        width: 80,
        height: 24,
    };
    let mut state = State::new(look, size, Arc::new(fixture::snapshot()));
    let mut line = fixture::log_lines().remove(0);
    line.level = tracing::Level::WARN;
    let utc = line
        .at
        .to_zoned(TimeZone::UTC)
        .strftime("%H:%M:%S")
        .to_string();
    let local = line.at.to_zoned(TimeZone::fixed(jiff::tz::offset(1)));
    let local = local.strftime("%H:%M:%S").to_string();
    update(&mut state, Msg::Log(line), fixture::now());
    let shown = text(&drawn(&state, fixture::now()));
    assert!(shown.contains(&local) && !shown.contains(&utc), "{shown}");
}

#[test]
fn a_held_echo_says_where_the_rule_in_force_comes_from() {
    for (lang, words) in [
        (
            Lang::En,
            [
                "our own call, held back",
                "the last state from Teams itself",
            ],
        ),
        (
            Lang::De,
            [
                "unser eigener Anruf, festgehalten",
                "letzter Zustand aus Teams selbst",
            ],
        ),
    ] {
        let mut state = state((80, 40), Kind::Colour, lang);
        keys(&mut state, "j⏎");
        let shown = text(&drawn(&state, fixture::now()));
        let shown: Vec<&str> = shown.split_whitespace().collect();
        let shown = shown.join(" ");
        for wanted in words {
            assert!(shown.contains(wanted), "{wanted} in {shown}");
        }
    }
}

/// Beside the table, and in two columns, there is less room than a line of its own has.
#[rstest]
#[case((160, 50), "j")]
#[case((120, 40), "j⏎")]
#[case((40, 60), "j⏎")]
fn what_does_not_fit_goes_on_in_the_next_line(#[case] size: (u16, u16), #[case] pressed: &str) {
    let mut snapshot = fixture::snapshot();
    let mut rows = (*snapshot.rows).clone();
    Arc::make_mut(&mut rows[1]).teams_right = Some(true);
    snapshot.rows = Arc::new(rows);
    let mut state = state_of(snapshot, size, Kind::Colour, Lang::De);
    keys(&mut state, pressed);
    let shown = text(&drawn(&state, fixture::now()));
    for wanted in ["festgehalten", "das Recht"] {
        assert!(shown.contains(wanted), "{wanted} in\n{shown}");
    }
}

#[test]
fn words_of_the_mapping_are_spelled_out_in_ascii() {
    let mut state = state((80, 40), Kind::Ascii, Lang::De);
    keys(&mut state, "⏎");
    let shown = text(&drawn(&state, fixture::now()));
    assert!(shown.contains("Regel     Verfuegbar"), "{shown}");
}

#[test]
fn remedies_are_wrapped_and_never_cut() {
    let mut state = state((40, 40), Kind::Colour, Lang::De);
    keys(&mut state, "u");
    let shown = text(&drawn(&state, fixture::now()));
    let words: Vec<&str> = shown.split_whitespace().collect();
    let words = words.join(" ");
    let wanted =
        "Den ProCall-Benutzernamen an den Benutzerprinzipalnamen (UPN) in Entra angleichen.";
    assert!(words.contains(wanted), "{shown}");
}

#[rstest]
#[case("⏎")]
#[case("T")]
fn numbers_have_the_decimal_sign_of_the_language(#[case] screen: &str) {
    let mut snapshot = fixture::snapshot();
    let mut poll = (*snapshot.poll).clone();
    poll.latency.p95 = Duration::from_millis(1_240);
    snapshot.poll = Arc::new(poll);
    for (lang, number) in [(Lang::En, "p95 1.2s"), (Lang::De, "p95 1,2s")] {
        let mut state = state_of(snapshot.clone(), (160, 50), Kind::Colour, lang);
        keys(&mut state, "jj");
        keys(&mut state, screen);
        let shown = text(&drawn(&state, fixture::now()));
        assert!(shown.contains(number), "{shown}");
        let decimal = shown.replace(number, "").replace("3.1 s", "");
        let other = if lang == Lang::De { "3.1s" } else { "3,1s" };
        assert!(!decimal.contains(other), "{shown}");
    }
}

#[rstest]
#[case("C", &["Columns", "[x] NAME", "[ ] PHONE", "Esc done"])]
#[case("F", &["Named filters", "[console.filters]"])]
#[case("e", &["file (.csv or .json): lampfield-20261123-130407.csv", "Esc back"])]
#[case("?/visible⏎", &["write the visible rows to a file"])]
#[case("?/zzz⏎", &["Nothing here says zzz."])]
#[case("!", &["⏎ open"])]
#[case("2", &["Esc clear"])]
#[case("w", &["y yes"])]
#[case("T", &["+ - interval", "640ms│"])]
fn what_is_in_front_says_what_it_is(#[case] pressed: &str, #[case] said: &[&str]) {
    for size in [(80, 24), (160, 50)] {
        let mut state = state(size, Kind::Colour, Lang::En);
        keys(&mut state, pressed);
        let shown = text(&drawn(&state, fixture::now()));
        for wanted in said {
            assert!(shown.contains(wanted), "{wanted} in\n{shown}");
        }
    }
}
