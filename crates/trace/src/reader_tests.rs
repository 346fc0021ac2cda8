use proptest::prelude::*;
use rstest::rstest;

use super::*;

const HEADER: &str = r#"{"n":1,"ms":0,"recording":{"format":1,"program":"0.1.0"}}"#;
const FRAME: &str = r#"{"n":2,"ms":5,"in":[{"x":1}]}"#;

#[test]
fn whole_lines_are_used_and_the_others_named() {
    let text = format!("{HEADER}\r\nnonsense\n\n{FRAME}\n{{\"n\":3,\"ms\":9,\"in\":[{{\"x\"");
    let recording = read(text.as_bytes()).unwrap();
    assert_eq!(recording.entries.len(), 2);
    let bad: Vec<_> = recording
        .bad
        .iter()
        .map(|bad| (bad.line, bad.cut_off))
        .collect();
    assert_eq!(bad, [(2, false), (5, true)]);
}

#[rstest]
#[case::empty("", Unreadable::Empty)]
#[case::blank("\n\n", Unreadable::Empty)]
#[case::something_else("{\"a\":1}\n{\"b\":2}\n", Unreadable::NoRecording)]
#[case::text("Dear partner,\n", Unreadable::NoRecording)]
#[case::later(
    "{\"n\":1,\"ms\":0,\"recording\":{\"format\":7,\"program\":\"9\"}}\n",
    Unreadable::Format(7)
)]
fn what_is_no_recording_is_refused(#[case] text: &str, #[case] why: Unreadable) {
    assert_eq!(read(text.as_bytes()), Err(why));
}

#[test]
fn a_damaged_first_line_costs_itself() {
    let text = format!("x{HEADER}\n{FRAME}\n{FRAME}\n");
    assert_eq!(read(text.as_bytes()).unwrap().entries.len(), 2);
}

proptest! {
    #[test]
    fn no_file_is_fatal(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = [HEADER.as_bytes(), b"\n", &bytes].concat();
        let recording = read(&text).unwrap();
        let lines = text.split(|byte| *byte == b'\n').count();
        prop_assert!(recording.entries.len() + recording.bad.len() <= lines);
    }
}
