//! The estos table, end to end: what is done in Teams, and what procall.jsonl says of it.

use crate::common::*;
use lampfield::presence::Lang;
use lampfield::simulator::TeamsAct;
use rstest::rstest;

fn by_hand(availability: &str) -> TeamsAct {
    TeamsAct::Manual {
        availability: Some(availability.to_owned()),
        activity: None,
    }
}

/// estos' table, row by row: what is done in Teams, and procall.jsonl's last line about it.
#[rstest]
#[case::german(Lang::De)]
#[case::english(Lang::En)]
#[tokio::test]
async fn every_row_of_the_estos_table_reaches_procall(#[case] lang: Lang) {
    let mut stage = Setting {
        lang,
        ..Setting::default()
    }
    .open()
    .await;
    stage.until_read().await;
    let rows = estos_rows();
    for (who, (act, ..)) in (0..).map(Who).zip(&rows) {
        stage.teams(who, act.clone());
    }
    stage.cycles().await;
    stage.cycles().await;
    let available = ["available", "unchanged", "neutral", "Anwesend", "Present"];
    for (who, (_, expected)) in (0..).map(Who).zip(rows) {
        let is_a_change = expected != available;
        let lines = if is_a_change {
            vec![available, expected]
        } else {
            vec![available]
        };
        stage
            .until_true(expected[0], || stage.told(who).len() == lines.len())
            .await;
        let told = stage.told(who);
        assert_eq!(told.len(), lines.len(), "on change only");
        for (line, [rule, procall, lamp, de, en]) in told.iter().zip(lines) {
            let at = line["at"].as_str().unwrap();
            let tooltip = if lang == Lang::De { de } else { en };
            let text = format!(
                r#"{{"at":"{at}","user_name":"{}","procall_presence":"{procall}","lamp":"{lamp}","tooltip":"{tooltip}","rule":"{rule}"}}"#,
                stage.name(who)
            );
            assert!(
                stage.out_text().lines().any(|found| found == text),
                "{text}"
            );
            assert!(
                at.len() == 24 && at.ends_with('Z'),
                "{at}: UTC with milliseconds"
            );
        }
    }
    assert!(
        stage.control().writes().is_empty(),
        "nothing of Teams goes back to Teams"
    );
}

type Row = (TeamsAct, [&'static str; 5]);

/// Rule, ProCall presence, lamp, tooltip in German and English.
fn estos_rows() -> Vec<Row> {
    let meeting = TeamsAct::Appointment { meeting: true };
    let appointment = TeamsAct::Appointment { meeting: false };
    let in_a_call = [
        "in_a_meeting",
        "busy_in_a_call",
        "red",
        "im Gespräch",
        "in a call",
    ];
    let dnd = "do_not_disturb";
    vec![
        (
            TeamsAct::Active,
            ["available", "unchanged", "neutral", "Anwesend", "Present"],
        ),
        (
            by_hand("Busy"),
            ["busy", "unchanged", "red", "Beschäftigt", "Busy"],
        ),
        (
            by_hand("DoNotDisturb"),
            [dnd, dnd, "red", "Nicht stören", "Do not disturb"],
        ),
        (
            by_hand("BeRightBack"),
            ["be_right_back", "unchanged", "yellow", "Abwesend", "Absent"],
        ),
        (
            by_hand("Away"),
            ["appear_away", "unchanged", "yellow", "Abwesend", "Absent"],
        ),
        (
            by_hand("Offline"),
            [
                "appear_offline",
                "unchanged",
                "neutral",
                "offline/nicht bekannt",
                "offline/unknown",
            ],
        ),
        (TeamsAct::Meeting, in_a_call),
        (
            TeamsAct::Present,
            ["presenting", dnd, "red", "Nicht stören", "Do not disturb"],
        ),
        (
            appointment,
            ["busy", "unchanged", "red", "Beschäftigt", "Busy"],
        ),
        (
            meeting,
            [
                "appointment_meeting",
                "unchanged",
                "red",
                "Besprechung",
                "Meeting",
            ],
        ),
        (TeamsAct::Call, in_a_call),
    ]
}
