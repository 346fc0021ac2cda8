use model::snapshot::{Lack, Missing, PastView, Seen};

use super::*;

fn moment() -> Timestamp {
    fixture::now() - jiff::SignedDuration::from_mins(10)
}

fn past(size: (u16, u16), kind: Kind, lang: Lang, lack: Option<Lack>) -> State {
    let mut snapshot = fixture::snapshot();
    snapshot.seen = Seen::Past(PastView {
        moment: moment(),
        speed: if lack.is_some() { 10 } else { 0 },
        lack,
        live: true,
    });
    state_of(snapshot, size, kind, lang)
}

#[rstest]
#[case("past", Lang::En)]
#[case("past_de", Lang::De)]
fn the_past_at_80x24(#[case] name: &str, #[case] lang: Lang) {
    let state = past((80, 24), Kind::Colour, lang, None);
    insta::assert_debug_snapshot!(format!("screen_{name}"), drawn(&state, fixture::now()));
}

/// On every screen, in every form, with and without colours.
#[rstest]
fn nobody_takes_the_past_for_the_present(
    #[values((160, 50), (80, 24), (40, 10), (39, 9), (30, 6))] size: (u16, u16),
    #[values(Kind::Colour, Kind::Mono, Kind::Ascii)] kind: Kind,
    #[values("", "⏎", "u", "!", "t", "T", "?")] screen: &str,
) {
    let mut state = past(size, kind, Lang::En, None);
    keys(&mut state, screen);
    let shown = text(&drawn(&state, fixture::now()));
    assert!(shown.contains(" REPLAY "), "{shown}");
    let time = moment().strftime("%H:%M:%S").to_string();
    assert!(shown.contains(&time), "{shown}");
    for live in ["live 0s", "live 1s", "WRITING"] {
        assert!(!shown.contains(live), "{live} in\n{shown}");
    }
    assert_eq!(title(&state), "lampfield REPLAY");
}

#[rstest]
#[case(Missing::Damaged, Lang::En, "10x  damaged until")]
#[case(Missing::NotRecorded, Lang::En, "10x  not recorded until")]
#[case(Missing::NotRecorded, Lang::De, "10x  nicht aufgezeichnet bis")]
fn what_is_missing_stands_in_the_header(
    #[case] why: Missing,
    #[case] lang: Lang,
    #[case] says: &str,
) {
    let lack = Lack {
        from: moment(),
        to: Some(fixture::now()),
        why,
    };
    let state = past((80, 24), Kind::Colour, lang, Some(lack));
    let shown = text(&drawn(&state, fixture::now()));
    let header = shown.lines().next().unwrap();
    assert!(header.contains(says), "{header}");
}
