//! A key that does nothing, or not yet, says so.

use super::*;
use model::cause::{Cause, Trouble};
use model::snapshot::{ClusterView, EngineView, LinkStatus, Mode, ObserveReason, Seen, Snapshot};
use words::Words;

fn show(state: &mut State, change: impl FnOnce(&mut Snapshot)) {
    let mut snapshot = fixture::snapshot();
    change(&mut snapshot);
    update(state, Msg::Snapshot(Arc::new(snapshot)), fixture::now());
}

fn notice(state: &State) -> &str {
    state.notice.as_ref().map_or("", |notice| &*notice.text)
}

#[rstest]
#[case("R", "Microsoft throttles, it waits for 0:12: Reading everybody again")]
#[case(
    "r",
    "Microsoft throttles, it waits for 0:12: Reading anna.becker@corp.example again"
)]
fn while_microsoft_throttles_a_read_says_that_it_waits(#[case] key: &str, #[case] said: &str) {
    let mut state = state(80, 24);
    show(&mut state, |snapshot| {
        let until = fixture::now() + jiff::SignedDuration::from_secs(12);
        snapshot.budget.throttled_until = Some(until);
    });
    assert_eq!(type_keys(&mut state, key).len(), 1, "it is asked for");
    assert_eq!(notice(&state), said);
    show(&mut state, |snapshot| {
        snapshot.budget.throttled_until = Some(fixture::now());
    });
    type_keys(&mut state, key);
    assert!(notice(&state).starts_with("Reading "), "it is over");
}

#[test]
fn clearing_where_there_is_no_lease_says_so() {
    let mut state = state(80, 24);
    assert_eq!(type_keys(&mut state, "x"), []);
    let none = "anna.becker@corp.example has no lease: there is nothing to clear.";
    assert_eq!(notice(&state), none);
    show(&mut state, |snapshot| snapshot.leases.held = 0);
    assert_eq!(type_keys(&mut state, "X"), []);
    let none = "There are no leases: there is nothing to clear.";
    assert_eq!((notice(&state), state.question.is_none()), (none, true));
}

#[rstest]
#[case("who.txt")]
#[case("who")]
#[case("csv")]
fn a_wrong_ending_keeps_what_was_typed(#[case] typed: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, "e");
    let control_u = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL);
    update(&mut state, Msg::Key(control_u), fixture::now());
    assert_eq!(type_keys(&mut state, &format!("{typed}⏎")), []);
    let prompt = state.prompt.as_ref().map(|prompt| prompt.input.text());
    assert_eq!(prompt.as_deref(), Some(typed));
    let screen = draw_text(&state, fixture::now());
    let why = format!("{typed}  the name must end in .csv or .json");
    assert!(screen.contains(&why), "{screen}");
    let written = type_keys(&mut state, ".JSON⏎");
    let wanted = format!("{typed}.JSON");
    assert!(matches!(&written[..], [Effect::Write { file, .. }] if *file == wanted));
}

#[rstest]
#[case("2", "Nobody is on the phone.")]
#[case("3", "There are no leases.")]
#[case("4", "Nothing is wrong with any user.")]
#[case("/nobody⏎", "No user fits the filter.")]
fn a_filter_that_finds_nobody_says_what_that_means(#[case] keys: &str, #[case] said: &str) {
    let mut state = state(80, 24);
    show(&mut state, |snapshot| {
        let quiet = snapshot.rows.iter().take(1).cloned();
        snapshot.rows = Arc::new(quiet.collect());
        snapshot.reads = Arc::new(snapshot.reads.iter().take(1).collect());
    });
    type_keys(&mut state, keys);
    let screen = draw_text(&state, fixture::now());
    assert!(
        screen.contains(&format!("{said} Esc shows all.")),
        "{screen}"
    );
}

/// A member that stands by, and does not hear of its leader any more.
fn cut_off(snapshot: &mut Snapshot) {
    snapshot.mode = Mode::Observing(ObserveReason::Standby);
    snapshot.cluster = Some(Arc::new(ClusterView {
        leader: None,
        fence: 1,
        members: Arc::default(),
        engine: EngineView::Lost {
            since: fixture::now(),
            trouble: Trouble::new(Cause::Entra { code: 0 }, "silent"),
        },
    }));
}

#[rstest]
#[case("R")]
#[case("r")]
#[case("-")]
fn without_the_engine_no_command_gets_to_the_leader_and_that_is_said(#[case] key: &str) {
    let mut state = state(80, 24);
    show(&mut state, cut_off);
    assert_eq!(type_keys(&mut state, key), []);
    let none = "Without the engine the leader hears of no command: nothing was asked.";
    assert_eq!(notice(&state), none);
    show(&mut state, |_| {});
    assert_eq!(type_keys(&mut state, "R").len(), 1, "it is back");
}

#[test]
fn whoever_is_not_heard_any_more_does_not_show_graph_broken() {
    let hour = jiff::SignedDuration::from_hours(1);
    let graph = |change: fn(&mut Snapshot)| {
        let mut snapshot = fixture::snapshot();
        change(&mut snapshot);
        crate::hops::graph_read(&snapshot, fixture::now() + hour).status
    };
    assert_eq!(
        graph(|_| {}),
        LinkStatus::Down,
        "nothing has answered since"
    );
    assert_ne!(graph(cut_off), LinkStatus::Down);
    let lost = |snapshot: &mut Snapshot| {
        let since = fixture::now();
        snapshot.seen = Seen::Lost { since };
    };
    assert_ne!(graph(lost), LinkStatus::Down);
}

#[test]
fn a_level_that_is_not_recorded_says_so() {
    let mut state = state(80, 24);
    type_keys(&mut state, "⇥>");
    assert_eq!(notice(&state), "debug is not recorded: log.level is info");
    let screen = draw_text(&state, fixture::now());
    assert!(screen.contains("debug not recorded"), "{screen}");
    type_keys(&mut state, "<<");
    assert!(!draw_text(&state, fixture::now()).contains("not recorded · "));

    show(&mut state, |snapshot| {
        let tenant = Arc::make_mut(&mut snapshot.tenant);
        tenant.log_level = Some("debug".into());
    });
    state.notice = None;
    type_keys(&mut state, ">>");
    assert_eq!(
        (state.ours.level, notice(&state)),
        (tracing::Level::DEBUG, "")
    );
}

/// Of those that the walk comes by: whose row a filter hides is not among them.
#[test]
fn walking_through_problems_counts() {
    let mut state = state(80, 24);
    let all = state.problems.len();
    let steps: Vec<_> = (1..=all)
        .map(|_| {
            type_keys(&mut state, "n");
            notice(&state)
                .split(':')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    let counted: Vec<_> = (1..=all).map(|n| format!("{n} of {all}")).collect();
    assert_eq!(steps, counted);

    type_keys(&mut state, "/carla⏎");
    let of_others = |problem: &&crate::problems::Problem| {
        let user = problem.user.as_ref();
        user.is_some_and(|user| !user.as_str().starts_with("carla"))
    };
    let hidden = state.problems.iter().filter(of_others).count();
    assert!(hidden > 0);
    type_keys(&mut state, "n");
    let of = format!(" of {}: ", all - hidden);
    assert!(notice(&state).contains(&of), "{}", notice(&state));
}

/// Beside it everything grows and shrinks.
#[test]
fn the_sparkline_keeps_its_place_at_80x24() {
    let line = |state: &State| {
        let screen = draw_text(state, fixture::now());
        screen.lines().nth(1).unwrap_or_default().to_owned()
    };
    let mut state = state(80, 24);
    let steps = &line(&state).chars().skip(10).take(8).collect::<String>();
    assert!(steps.chars().all(|c| ('▁'..='█').contains(&c)), "{steps}");
    for (millis, errors, throttled) in [(1, 0, 0), (1_234, 0, 0), (980, 12, 25), (12_345, 140, 299)]
    {
        show(&mut state, |snapshot| {
            let poll = Arc::make_mut(&mut snapshot.poll);
            let took = Duration::from_millis(millis);
            (poll.latency.p50, poll.latency.p95, poll.late) = (took, took, took);
            poll.errors_last_minute = errors;
            let until = fixture::now() + jiff::SignedDuration::from_secs(throttled);
            snapshot.budget.throttled_until = (throttled > 0).then_some(until);
        });
        let line = line(&state);
        let place: String = line.chars().skip(10).take(8).collect();
        assert_eq!(&place, steps, "{line}");
    }
}

/// Whoever cannot see a question must not be held up by it.
#[test]
fn a_question_is_seen_on_the_smallest_screen() {
    let mut state = state(19, 3);
    assert_eq!(type_keys(&mut state, "q"), []);
    let screen = draw_text(&state, fixture::now());
    assert!(screen.contains("Enter y yes"), "{screen}");
    assert_eq!(type_keys(&mut state, "y"), [Effect::Quit]);
}

/// The system's own words only in English.
#[rstest]
#[case(Lang::En, "Not written: a.csv: No space left on device (os error 28)")]
#[case(
    Lang::De,
    "Nicht geschrieben: a.csv: kein Platz mehr auf dem Gerät (os error 28)"
)]
fn why_a_file_is_not_written_is_said_in_either_language(
    #[case] lang: Lang,
    #[case] expected: &str,
) {
    let look = Appearance::new(lang, false, ThemeName::Dark, Depth::Sixteen, TimeZone::UTC);
    let size = Size {
        width: 80,
        height: 24,
    };
    let mut state = State::new(look, size, Arc::new(fixture::snapshot()));
    let full = std::io::Error::from_raw_os_error(28);
    let why = Words::same("a.csv").because(&Words::of_io(&full));
    update(&mut state, Msg::Wrote(Err(why)), fixture::now());
    assert_eq!(state.notice.unwrap().text, expected);
}
