//! The mappings, row by row.

use rstest::rstest;

use super::*;
use Lamp::{Neutral, Red, Yellow};
use ProcallPresence::{BusyInACall, DoNotDisturb, Unchanged};

fn rule(availability: &str, activity: &str) -> &'static Rule {
    Mapping::built_in().rule_for(Some(&TeamsPresence::parse(availability, activity)))
}

/// estos' page, row by row and by its names.
#[rstest]
#[case("Verfügbar", "Available", "Available", Unchanged, Neutral, "Anwesend")]
#[case("Beschäftigt", "Busy", "Busy", Unchanged, Red, "Beschäftigt")]
#[case(
    "Nicht stören",
    "DoNotDisturb",
    "DoNotDisturb",
    DoNotDisturb,
    Red,
    "Nicht stören"
)]
#[case(
    "Bin gleich zurück",
    "BeRightBack",
    "BeRightBack",
    Unchanged,
    Yellow,
    "Abwesend"
)]
#[case("Als abwesend anzeigen", "Away", "Away", Unchanged, Yellow, "Abwesend")]
#[case(
    "Als offline anzeigen",
    "Offline",
    "OffWork",
    Unchanged,
    Neutral,
    "offline/nicht bekannt"
)]
#[case(
    "In einer Besprechung",
    "Busy",
    "InACall",
    BusyInACall,
    Red,
    "im Gespräch"
)]
#[case(
    "Bildschirmfreigabe",
    "DoNotDisturb",
    "Presenting",
    DoNotDisturb,
    Red,
    "Nicht stören"
)]
#[case("Termin (beschäftigt)", "Busy", "Busy", Unchanged, Red, "Beschäftigt")]
#[case(
    "Termin (Besprechung)",
    "Busy",
    "InAMeeting",
    Unchanged,
    Red,
    "Besprechung"
)]
#[case(
    "1:1 Anruf oder Videochat",
    "Busy",
    "InACall",
    BusyInACall,
    Red,
    "im Gespräch"
)]
fn estos_table_teams_to_procall(
    #[case] shown: &str,
    #[case] availability: &str,
    #[case] activity: &str,
    #[case] procall: ProcallPresence,
    #[case] lamp: Lamp,
    #[case] tooltip: &str,
) {
    let row = Mapping::built_in()
        .teams_rows()
        .iter()
        .find(|row| row.shown.de == shown)
        .expect("the row is in the table");
    assert!(!row.open, "estos has this row");
    assert_eq!(
        (row.procall, row.lamp, row.tooltip.de.as_str()),
        (procall, lamp, tooltip)
    );
    let found = rule(availability, activity);
    assert_eq!(
        (found.procall, found.lamp, found.tooltip.de.as_str()),
        (procall, lamp, tooltip)
    );
    assert!(!found.open);
}

#[test]
fn estos_has_eleven_rows_and_they_come_first() {
    let rows = Mapping::built_in().teams_rows();
    assert_eq!(rows.iter().take_while(|row| !row.open).count(), 11);
    assert_eq!(rows.iter().filter(|row| !row.open).count(), 11);
}

#[rstest]
#[case("Busy", "InAConferenceCall", BusyInACall, Red, false)]
#[case("DoNotDisturb", "Focusing", DoNotDisturb, Red, false)]
#[case("DoNotDisturb", "UrgentInterruptionsOnly", DoNotDisturb, Red, false)]
#[case("DoNotDisturb", "InACall", DoNotDisturb, Red, false)]
#[case("DoNotDisturb", "SomethingNew", DoNotDisturb, Red, false)]
#[case("Offline", "Offline", Unchanged, Neutral, false)]
#[case("PresenceUnknown", "PresenceUnknown", Unchanged, Neutral, true)]
#[case("AvailableIdle", "Inactive", Unchanged, Neutral, false)]
#[case("Available", "AvailableInactive", Unchanged, Neutral, false)]
#[case("Available", "OutOfOffice", Unchanged, Neutral, false)]
#[case("Away", "OutOfOffice", Unchanged, Yellow, false)]
#[case("BusyIdle", "Inactive", Unchanged, Red, false)]
#[case("Busy", "SomethingNew", Unchanged, Red, false)]
#[case("inACall", "", BusyInACall, Red, false)]
#[case("SomethingNew", "AsWell", Unchanged, Neutral, true)]
#[case("", "", Unchanged, Neutral, true)]
fn rows_that_estos_leaves_open(
    #[case] availability: &str,
    #[case] activity: &str,
    #[case] procall: ProcallPresence,
    #[case] lamp: Lamp,
    #[case] unknown: bool,
) {
    let found = rule(availability, activity);
    assert_eq!(
        (found.procall, found.lamp, found.unknown),
        (procall, lamp, unknown)
    );
    assert!(found.open, "{} is not in estos' table", found.name);
}

#[test]
fn no_answer_is_unknown() {
    let found = Mapping::built_in().rule_for(None);
    assert!(found.unknown);
    assert_eq!(found.procall, Unchanged);
    assert_eq!(found.name, "unknown");
}

/// estos' second table, row by row.
#[rstest]
#[case("manual", &[CallKind::Manual], None)]
#[case("real_time", &[CallKind::Tapi, CallKind::Softphone, CallKind::AvChat], Some(CallActivity::InACall))]
#[case("meeting", &[CallKind::Meeting], Some(CallActivity::InAConferenceCall))]
#[case("appointment_microsoft_365", &[], None)]
#[case("appointment_other", &[], None)]
fn estos_table_procall_to_teams(
    #[case] name: &str,
    #[case] kinds: &[CallKind],
    #[case] writes: Option<CallActivity>,
) {
    let row = Mapping::built_in()
        .procall_rows()
        .iter()
        .find(|row| row.name == name)
        .expect("the row is in the table");
    assert_eq!(row.kinds, kinds);
    assert_eq!(row.writes, writes);
}

#[rstest]
#[case(
    "[tooltips]\n[[teams]]\nname='a'\nshown={de='',en=''}\nprocall='unchanged'\nlamp='red'\ntooltip='x'\n[[procall]]\nname=''\nshown={de='',en=''}\nkinds=[]\nreason={de='',en=''}",
    "tooltip x"
)]
#[case("teams = 3", "cannot be read")]
fn a_broken_mapping_is_refused(#[case] text: &str, #[case] why: &str) {
    let error = Mapping::parse(text).expect_err("it is broken").to_string();
    assert!(error.contains(why), "{error}");
}

#[test]
fn two_rows_with_one_key_must_agree() {
    let text = include_str!("../../../../../assets/mapping.toml").replacen(
        "lamp = \"red\"\ntooltip = \"busy\"",
        "lamp = \"yellow\"\ntooltip = \"busy\"",
        1,
    );
    let error = Mapping::parse(&text).expect_err("busy and appointment_busy disagree");
    assert!(
        matches!(error, MappingError::Contradiction { .. }),
        "{error}"
    );
}
