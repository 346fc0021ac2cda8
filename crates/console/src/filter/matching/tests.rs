use std::sync::Arc;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use rstest::rstest;

use crate::columns::{COLUMNS, WidthClass};
use crate::drawing::Drawing;
use crate::filter::{Expr, Sight, Subject, parse, quoted};
use crate::fixture;
use crate::others;
use crate::privacy::Names;
use crate::state::Appearance;
use crate::theme::{Depth, ThemeName};
use model::presence::{CallActivity, CallKind, Lang, Mapping, ProcallPresence};
use model::procall::Obstacle;
use model::snapshot::{CallView, LeasePhase, LeaseView, Note, Snapshot, UserRow, Verdict};

fn look(lang: Lang, ascii: bool) -> Appearance {
    Appearance::new(lang, ascii, ThemeName::Dark, Depth::Sixteen, TimeZone::UTC)
}

fn drawing(look: &Appearance, hidden: bool) -> Drawing<'_> {
    Drawing {
        now: fixture::now(),
        t: look.texts,
        glyphs: look.glyphs,
        theme: &look.theme,
        names: Names { hidden },
        zone: &look.zone,
        wall_ahead: jiff::SignedDuration::ZERO,
        roots: model::problem::Roots::of(&fixture::snapshot(), fixture::now()),
        ascii: look.ascii,
        frozen: true,
        deadline: std::cell::Cell::new(None),
    }
}

/// The names of the rows that a filter shows.
fn shown(snapshot: &Snapshot, typed: &str, look: &Appearance, class: WidthClass) -> Vec<String> {
    let expr = parse(typed).unwrap_or_else(|why| panic!("{typed}: {why:?}"));
    let ctx = drawing(look, false);
    let sight = Sight {
        now: fixture::now(),
        interval: snapshot.poll.interval,
        drawn: Some((&ctx, class)),
    };
    let rows = snapshot.rows.iter().zip(snapshot.reads.iter());
    let rows = rows.filter(|(row, read)| {
        let subject = Subject {
            row,
            read: *read,
            sight: &sight,
        };
        expr.holds(&subject)
    });
    rows.map(|(row, _)| row.user_name.as_str().to_owned())
        .collect()
}

#[rstest]
#[case("", 12)]
#[case("is:call", 5)]
#[case("is:lease", 4)]
#[case("is:masked", 1)]
#[case("teams:dnd", 2)]
#[case("lamp:yellow", 2)]
#[case("teams:busy !teams:inacall", 2)]
#[case("~^J.rgen", 1)]
#[case("Jürgen | anna", 2)]
#[case("ANNA", 0)]
#[case("lat>500ms", 1)]
#[case("verdict:no_effect", 1)]
#[case("muller", 1)]
#[case("mueller", 1)]
#[case("weiss", 1)]
#[case("Mu\u{308}ller", 1)]
#[case("Busy/InACall", 2)]
#[case("TAPI", 2)]
#[case("call:TAPI", 2)]
#[case("lamp:red", 5)]
#[case("lamp:rot", 5)]
#[case("lampe:Rot", 5)]
#[case("●", 5)]
#[case("verdict:verdeckt", 1)]
#[case("prüfergebnis:verdeckt", 1)]
#[case("teams:\"Nicht stören\"", 1)]
#[case("beschäftigt", 2)]
#[case("procall:stören", 2)]
#[case("note:unbekannt", 1)]
#[case("lease:bestätigt", 1)]
#[case("lease=4:38", 4)]
#[case("4:38", 4)]
#[case("age=31s", 1)]
#[case("age>=31s", 1)]
#[case("age>31s", 0)]
#[case("age<=30s", 11)]
#[case("age:31s", 1)]
#[case("31s", 1)]
#[case("lat=640ms", 1)]
#[case("640ms", 1)]
#[case("calls:1", 4)]
#[case("calls>=1 renewals<=1", 4)]
#[case("nobody", 0)]
fn filters_show(#[case] typed: &str, #[case] count: usize) {
    let look = look(Lang::En, false);
    let rows = shown(&fixture::snapshot(), typed, &look, WidthClass::Wide);
    assert_eq!(rows.len(), count, "{typed}: {rows:?}");
}

#[rstest]
#[case("lager", &["lager.nord@corp.example"])]
#[case("lagernord@corp", &["lager.nord@corp.example"])]
#[case("name:gast", &["extern.gast@corp.example"])]
#[case("reason:disabled", &["uwe.alt@corp.example"])]
#[case("grund:gast", &["extern.gast@corp.example"])]
#[case("is:excluded", &["tuer@corp.example"])]
#[case("turspr", &["tuer@corp.example"])]
#[case("lager | is:excluded", &["lager.nord@corp.example", "tuer@corp.example"])]
#[case("lager !empfang", &["lager.nord@corp.example"])]
#[case("!lager", &[])]
#[case("!is:call", &[])]
#[case("is:wrong", &[])]
#[case("lager is:call", &[])]
#[case("", &[])]
fn who_has_no_row_is_looked_for_by_name(#[case] typed: &str, #[case] found: &[&str]) {
    let snapshot = fixture::snapshot();
    let expr = parse(typed).unwrap();
    let others = others::all(&snapshot).filter(|other| expr.looks_for(*other));
    let names: Vec<_> = others
        .map(|other| other.procall.user_name.as_str())
        .collect();
    assert_eq!(names, found, "{typed}");
}

const CLASSES: [WidthClass; 3] = [WidthClass::Narrow, WidthClass::Medium, WidthClass::Wide];

/// Rows as they come, with everything on them that can be.
fn any_row() -> impl Strategy<Value = Arc<UserRow>> {
    let notes = [
        Note::WriteFailing(Arc::new("403".into())),
        Note::NoEffect,
        Note::Masked("Away/Away".into()),
        Note::Obstacle(Obstacle::ForeignPresence),
        Note::Obstacle(Obstacle::CallNotUnderstood),
        Note::Stale,
        Note::Missing,
        Note::Unknown("PresenceUnknown".into()),
        Note::Flapping,
        Note::EchoHeld,
        Note::WouldWrite(CallActivity::InACall),
        Note::Paused,
    ];
    let base = prop::sample::select(fixture::snapshot().rows.to_vec());
    let name = prop_oneof![
        "\\PC{0,20}",
        Just("Müller, Anna (Ö|\"x\")".to_owned()),
        Just("Weißer 山田 👩‍💻".to_owned()),
        Just("Zoe\u{308}".to_owned()),
        Just("-> !~ a:b <c> = \\".to_owned()),
    ];
    let call = (0_usize..5, any::<bool>(), 0_i64..100_000, any::<bool>());
    let calls = prop::option::of(call);
    let lease = prop::option::of((0_usize..5, 0_usize..4, -10_i64..700));
    let note = prop::option::of(prop::sample::select(notes.to_vec()));
    let rule =
        prop::sample::select((0..Mapping::built_in().teams_rows().len()).collect::<Vec<_>>());
    let phone = prop::sample::select(vec!["", "+49 30 5550 101", "(030) 1-2|3"]);
    let held = prop::sample::select(vec![
        ProcallPresence::Unchanged,
        ProcallPresence::DoNotDisturb,
        ProcallPresence::BusyInACall,
    ]);
    (base, name, calls, lease, note, rule, phone, held).prop_map(
        |(base, name, call, lease, note, rule, phone, procall)| {
            let name = model::text::harmless(name.trim()).into_owned();
            Arc::new(UserRow {
                display_name: name.as_str().into(),
                phone: phone.into(),
                calls: call.into_iter().map(call_view).collect(),
                lease: lease.map(lease_view).map(Box::new),
                notes: note.into_iter().collect(),
                rule: (&Mapping::built_in().teams_rows()[rule]).into(),
                procall,
                ..UserRow::clone(&base)
            })
        },
    )
}

fn call_view((kind, connected, since, stale): (usize, bool, i64, bool)) -> CallView {
    let kinds = [
        CallKind::Tapi,
        CallKind::Softphone,
        CallKind::AvChat,
        CallKind::Meeting,
        CallKind::Manual,
    ];
    let since = fixture::now() - jiff::SignedDuration::from_secs(since);
    CallView {
        kind: kinds[kind],
        connected,
        since,
        stale_since: stale.then_some(since),
    }
}

fn lease_view((phase, verdict, left): (usize, usize, i64)) -> LeaseView {
    let phases = [
        LeasePhase::Observed,
        LeasePhase::Setting,
        LeasePhase::Held,
        LeasePhase::Clearing,
        LeasePhase::Settling,
    ];
    let verdicts = [
        Verdict::Pending,
        Verdict::Confirmed,
        Verdict::Masked,
        Verdict::NoEffect,
    ];
    let rows = fixture::snapshot().rows;
    let any = rows.iter().find_map(|row| row.lease.clone()).unwrap();
    LeaseView {
        phase: phases[phase],
        verdict: verdicts[verdict],
        expires_at: fixture::now() + jiff::SignedDuration::from_secs(left),
        ..*any
    }
}

/// What stands in the cells of a row.
fn cells(snapshot: &Snapshot, look: &Appearance, class: WidthClass, hidden: bool) -> Vec<String> {
    let ctx = drawing(look, hidden);
    let sight = Sight {
        now: fixture::now(),
        interval: snapshot.poll.interval,
        drawn: Some((&ctx, class)),
    };
    let subject = Subject {
        row: &snapshot.rows[0],
        read: snapshot.read_mark(0),
        sight: &sight,
    };
    let cells = COLUMNS.iter().filter_map(|column| subject.cell(column.id));
    cells.filter(|cell| !cell.trim().is_empty()).collect()
}

fn finds(
    snapshot: &Snapshot,
    typed: &str,
    look: &Appearance,
    class: WidthClass,
    hidden: bool,
) -> bool {
    let Ok(expr) = parse(typed) else {
        return false;
    };
    let ctx = drawing(look, hidden);
    let sight = Sight {
        now: fixture::now(),
        interval: snapshot.poll.interval,
        drawn: Some((&ctx, class)),
    };
    expr != Expr::All
        && expr.holds(&Subject {
            row: &snapshot.rows[0],
            read: snapshot.read_mark(0),
            sight: &sight,
        })
}

proptest! {
    /// For every text on a row there is a filter that finds the row: the text, quoted.
    #[test]
    fn every_text_on_a_row_finds_it(
        row in any_row(),
        at in 0_usize..12,
        ascii in any::<bool>(),
        german in any::<bool>(),
        hidden in any::<bool>(),
    ) {
        let mut snapshot = fixture::snapshot();
        let read = snapshot.read_mark(at);
        snapshot.rows = Arc::new(vec![row]);
        snapshot.reads = Arc::new([read].into_iter().collect());
        let look = look(if german { Lang::De } else { Lang::En }, ascii);
        for class in CLASSES {
            for cell in cells(&snapshot, &look, class, hidden) {
                let typed = quoted(&cell);
                prop_assert!(finds(&snapshot, &typed, &look, class, hidden), "{}", typed);
                // Each word of it as well, and as it stands where it means nothing else.
                for word in cell.split_whitespace() {
                    let typed = quoted(word);
                    prop_assert!(finds(&snapshot, &typed, &look, class, hidden), "{}", typed);
                    if !word.contains(['"', '|', '!', '~', ':', '<', '>', '=']) {
                        prop_assert!(finds(&snapshot, word, &look, class, hidden), "{}", word);
                    }
                }
            }
        }
    }
}
