//! `calls.jsonl`: who is on the phone, one JSON object a line:
//! `{"user_name":"anna@corp.example","kind":"tapi","state":"connected"}`.
//!
//! An optional `"call_id"` tells two calls of one kind of one user apart; without it the kind is
//! the call's key. Unknown fields are ignored, so a richer log can be used as it is; kinds and states are
//! known in any case (`Connected`, `DoNotDisturb`), and a list of objects counts as its objects.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::{CallEvent, CallState};
use model::presence::{CallKind, MatchKey, UserName};
use model::source_fault::LineFault;
use model::text::{MESSAGE_LIMIT, harmless_name_up_to, harmless_up_to};

/// Longest line of `calls.jsonl` that is read, in bytes; a real one has about 100.
pub(super) const LINE_LIMIT: usize = 64 * 1024;

/// Longest `call_id` that is kept, in characters.
const KEY_LIMIT: usize = 128;

/// Longest piece of a broken line that is quoted, in characters.
const QUOTE_LIMIT: usize = 60;

#[derive(Deserialize)]
struct Raw<'a> {
    user_name: std::borrow::Cow<'a, str>,
    kind: std::borrow::Cow<'a, str>,
    state: std::borrow::Cow<'a, str>,
    #[serde(default)]
    call_id: Option<serde_json::Value>,
}

/// Longest user name that is taken, in characters: Entra's have at most 113.
const NAME_LIMIT: usize = 256;

/// So often a line that is torn is searched for the event behind the tear.
const TRIES: usize = 64;

/// Reads the events of one line: none where it is blank, more than one where line ends were lost.
/// A piece that cannot be read (torn by a crash) costs itself, and is handed out as the reason.
pub(super) fn events_in(line: &str, take: &mut dyn FnMut(Result<CallEvent, LineFault>)) {
    let mut rest = between_events(line);
    while !rest.is_empty() {
        let (event, end) = first(rest);
        take(event);
        rest = between_events(rest.get(end..).unwrap_or_default());
    }
}

/// Whether a line that has no end yet holds whole events and nothing that may still be written.
pub(super) fn is_whole(line: &str) -> bool {
    let mut last = false;
    events_in(line, &mut |event| last = event.is_ok());
    last
}

/// Without what may stand between two events: holes, byte order marks, the signs of lists.
pub(super) fn between_events(text: &str) -> &str {
    let is_between = |c| matches!(c, '\u{FEFF}' | ',' | '[' | ']');
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_between(c))
}

/// The first event, or why there is none, and where the next one may begin.
fn first(text: &str) -> (Result<CallEvent, LineFault>, usize) {
    let mut events = serde_json::Deserializer::from_str(text).into_iter::<Raw<'_>>();
    match events.next() {
        Some(Ok(raw)) => (event(&raw), events.byte_offset()),
        Some(Err(error)) => (Err(not_json(&error, text)), behind_the_broken(text)),
        None => (Err(LineFault::NoJson), text.len()),
    }
}

/// Where a whole object begins behind one that cannot be read; the end where there is none.
fn behind_the_broken(text: &str) -> usize {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    if let Some(Ok(_)) = values.next() {
        // It is JSON, only no event.
        return values.byte_offset();
    }
    let begins = text.match_indices('{').map(|(at, _)| at);
    let mut begins = begins.filter(|at| *at > 0).take(TRIES);
    let is_event = |at: &usize| {
        let text = text.get(*at..).unwrap_or_default();
        let mut events = serde_json::Deserializer::from_str(text).into_iter::<Raw<'_>>();
        matches!(events.next(), Some(Ok(_)))
    };
    begins.find(is_event).unwrap_or(text.len())
}

fn event(raw: &Raw<'_>) -> Result<CallEvent, LineFault> {
    let length = raw.user_name.chars().count();
    if length > NAME_LIMIT {
        return Err(LineFault::LongName {
            length,
            limit: NAME_LIMIT,
        });
    }
    let user_name = UserName::new(&raw.user_name);
    if user_name.as_str().is_empty() {
        return Err(LineFault::EmptyUserName);
    }
    let kind: CallKind = known(
        "kind",
        &raw.kind,
        "tapi, softphone, av_chat, meeting, manual",
    )?;
    let state: CallState = known(
        "state",
        &raw.state,
        "ringing, connected, ended, present, busy, absent, do_not_disturb",
    )?;
    if is_of_a_call(state) == (kind == CallKind::Manual) {
        let state = harmless_up_to(&raw.state, QUOTE_LIMIT).into();
        return Err(LineFault::WrongState { kind, state });
    }
    Ok(CallEvent {
        user_name,
        key: key(raw.call_id.as_ref(), kind),
        kind,
        state,
    })
}

/// serde's words name a column; the line's number is ours to name.
fn not_json(error: &serde_json::Error, text: &str) -> LineFault {
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or(&why);
    LineFault::NotAnEvent {
        said: harmless_up_to(why, MESSAGE_LIMIT).into(),
        quote: harmless_up_to(text, QUOTE_LIMIT).into(),
    }
}

fn known<T: Deserialize<'static>>(
    field: &'static str,
    raw: &str,
    known: &'static str,
) -> Result<T, LineFault> {
    let letters = |c: &char| c.is_alphanumeric();
    let is_it = |name: &&str| {
        let name = name.chars().filter(letters);
        name.eq(raw.chars().filter(letters).map(|c| c.to_ascii_lowercase()))
    };
    let name = known.split(", ").find(is_it).unwrap_or_default();
    let value = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
    T::deserialize(value).map_err(|_| LineFault::Unknown {
        field,
        raw: harmless_up_to(raw, QUOTE_LIMIT).into(),
        known,
    })
}

fn key(call_id: Option<&serde_json::Value>, kind: CallKind) -> Arc<str> {
    match call_id {
        Some(serde_json::Value::String(id)) if !id.trim().is_empty() => {
            harmless_name_up_to(id, KEY_LIMIT).into()
        }
        Some(serde_json::Value::Number(id)) => id.to_string().into(),
        _ => kind.as_str().into(),
    }
}

const fn is_of_a_call(state: CallState) -> bool {
    matches!(
        state,
        CallState::Ringing | CallState::Connected | CallState::Ended
    )
}

/// The calls that last, folded from all events so far. A presence set by hand is no call.
#[derive(Debug, Default)]
pub(super) struct CurrentCalls {
    calls: HashMap<(MatchKey, Arc<str>), (u64, CallEvent)>,
    /// Counts events, so that the calls come out in the order in which they began.
    events: u64,
}

impl CurrentCalls {
    /// Takes one event.
    pub(super) fn take(&mut self, event: &CallEvent) {
        let key = (event.user_name.key(), event.key.clone());
        self.events += 1;
        match event.state {
            CallState::Ended => {
                self.calls.remove(&key);
            }
            CallState::Ringing | CallState::Connected => {
                let began = self
                    .calls
                    .get(&key)
                    .map_or(self.events, |(began, _)| *began);
                self.calls.insert(key, (began, event.clone()));
            }
            _ => {}
        }
    }

    /// All calls that last, in the order in which they began.
    pub(super) fn all(&self) -> Vec<CallEvent> {
        let mut calls: Vec<_> = self.calls.values().collect();
        calls.sort_by_key(|(began, _)| *began);
        calls.into_iter().map(|(_, call)| call.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// What stands on a line of one event.
    fn parse(line: &[u8]) -> Result<Option<CallEvent>, String> {
        let mut seen = Vec::new();
        events_in(&String::from_utf8_lossy(line), &mut |event| {
            seen.push(event);
        });
        let first = seen.into_iter().next().transpose();
        first.map_err(|fault| words::line_fault(&fault, words::texts(words::Lang::En)))
    }

    /// The users of a line's events; a piece that cannot be read is a question mark.
    fn users(line: &str) -> Vec<String> {
        let mut seen = Vec::new();
        events_in(line, &mut |event| {
            seen.push(event.map_or("?".to_owned(), |event| event.user_name.as_str().to_owned()));
        });
        seen
    }

    const ANNA: &str = r#"{"user_name":"anna","kind":"tapi","state":"connected","x":{"y":[1]}}"#;
    const BERT: &str = r#"{"user_name":"bert","kind":"tapi","state":"ended"}"#;

    // vectordotdev/vector#18341, elastic/beats#22542, ozontech/file.d#912, gastownhall/gascity#5336.
    #[rstest]
    #[case::one(ANNA.to_owned(), &["anna"])]
    #[case::two(format!("{ANNA}{BERT}"), &["anna", "bert"])]
    #[case::list(format!("[{ANNA},{BERT}]"), &["anna", "bert"])]
    #[case::list_of_nothing("[]".to_owned(), &[])]
    #[case::list_of_something_else(format!("[1, {ANNA}]"), &["?", "anna"])]
    #[case::with_a_comma(format!("{ANNA}, {BERT},"), &["anna", "bert"])]
    #[case::old_macintosh(format!("{ANNA}\r{BERT}\r"), &["anna", "bert"])]
    #[case::hole_before(format!("\0\0\0{BERT}"), &["bert"])]
    #[case::hole_between(format!("{ANNA}\0\0{BERT}\0"), &["anna", "bert"])]
    #[case::mark_between(format!("{ANNA}\u{FEFF}{BERT}"), &["anna", "bert"])]
    #[case::torn(format!("{{\"user_name\":\"an{BERT}"), &["?", "bert"])]
    #[case::torn_with_a_hole(format!("{{\"user_na\0\0\0{ANNA}{BERT}"), &["?", "anna", "bert"])]
    #[case::end_of_a_torn_one(format!("nected\"}}{ANNA}"), &["?", "anna"])]
    #[case::no_event_between(format!("{ANNA}{{\"a\":1}}{BERT}"), &["anna", "?", "bert"])]
    #[case::text_before(format!("2026-11-26 12:00 INFO {ANNA}"), &["?", "anna"])]
    fn what_shares_a_line_counts_each_for_itself(#[case] line: String, #[case] want: &[&str]) {
        assert_eq!(users(&line), want);
    }

    #[rstest]
    #[case(ANNA, true)]
    #[case(ANNA.trim_end_matches('}'), false)]
    #[case(ANNA.strip_suffix('}').unwrap(), false)]
    #[case("{\"user_na", false)]
    #[case("", false)]
    fn a_line_without_an_end_is_whole_when_its_last_object_is(
        #[case] line: &str,
        #[case] whole: bool,
    ) {
        assert_eq!(is_whole(line), whole);
        assert_eq!(is_whole(&format!("{BERT}{line}")), whole || line.is_empty());
    }

    #[test]
    fn a_name_of_a_megabyte_is_no_name() {
        let line = ANNA.replace("anna", &"a".repeat(1 << 20));
        let error = parse(line.as_bytes()).unwrap_err();
        assert!(
            error.contains("1048576 characters long") && error.len() < 200,
            "{error}"
        );
    }

    fn event(line: &str) -> CallEvent {
        parse(line.as_bytes()).unwrap().unwrap()
    }

    #[rstest]
    #[case("tapi", "ringing", CallKind::Tapi, CallState::Ringing)]
    #[case("softphone", "connected", CallKind::Softphone, CallState::Connected)]
    #[case("av_chat", "ended", CallKind::AvChat, CallState::Ended)]
    #[case("meeting", "connected", CallKind::Meeting, CallState::Connected)]
    #[case("manual", "present", CallKind::Manual, CallState::Present)]
    #[case("manual", "busy", CallKind::Manual, CallState::Busy)]
    #[case("manual", "absent", CallKind::Manual, CallState::Absent)]
    #[case("manual", "do_not_disturb", CallKind::Manual, CallState::DoNotDisturb)]
    #[case("Tapi", "Connected", CallKind::Tapi, CallState::Connected)]
    #[case("AVCHAT", "ENDED", CallKind::AvChat, CallState::Ended)]
    #[case("Manual", "DoNotDisturb", CallKind::Manual, CallState::DoNotDisturb)]
    #[case("manual", "do-not-disturb", CallKind::Manual, CallState::DoNotDisturb)]
    fn every_kind_and_state_is_read(
        #[case] kind: &str,
        #[case] state: &str,
        #[case] want_kind: CallKind,
        #[case] want_state: CallState,
    ) {
        let line = format!(
            "{{\"user_name\":\"anna\",\"kind\":\"{kind}\",\"state\":\"{state}\",\"since\":7}}"
        );
        let event = event(&line);
        assert_eq!((event.kind, event.state), (want_kind, want_state));
        assert_eq!(&*event.key, want_kind.as_str());
    }

    #[test]
    fn a_call_id_tells_two_calls_apart() {
        let line = r#"{"user_name":"a","kind":"tapi","state":"ringing","call_id":"7/1"}"#;
        assert_eq!(&*event(line).key, "7/1");
        let line = r#"{"user_name":"a","kind":"tapi","state":"ringing","call_id":12}"#;
        assert_eq!(&*event(line).key, "12");
    }

    #[rstest]
    #[case("")]
    #[case("\r")]
    #[case("\u{FEFF}")]
    #[case("   ")]
    fn blank_lines_are_nothing(#[case] line: &str) {
        assert_eq!(parse(line.as_bytes()), Ok(None));
    }

    #[test]
    fn a_byte_order_mark_before_the_first_line_is_no_fault() {
        let line = "\u{FEFF}{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"ended\"}\r";
        assert!(parse(line.as_bytes()).unwrap().is_some());
    }

    #[rstest]
    #[case(&b"{\"user_name\":\"a\""[..], "EOF while parsing")]
    #[case(b"hello", "expected value in hello")]
    #[case(b"7", "invalid type")]
    #[case(
        b"{\"kind\":\"tapi\",\"state\":\"ended\"}",
        "missing field `user_name`"
    )]
    #[case(
        b"{\"user_name\":\" \",\"kind\":\"tapi\",\"state\":\"ended\"}",
        "user_name is empty"
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"fax\",\"state\":\"ended\"}",
        "unknown kind \"fax\" (known: tapi,"
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"held\"}",
        "unknown state \"held\""
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"busy\"}",
        "a tapi event cannot be \"busy\""
    )]
    #[case(
        b"{\"user_name\":\"a\",\"kind\":\"manual\",\"state\":\"ended\"}",
        "a manual event cannot be \"ended\""
    )]
    #[case(b"\xFF\xFE\x00", "expected value")]
    fn a_broken_line_says_what_is_wrong(#[case] line: &[u8], #[case] why: &str) {
        let error = parse(line).unwrap_err();
        assert!(error.contains(why), "{error}");
        assert!(!error.contains("at line"), "{error}");
    }

    #[test]
    fn invalid_utf8_in_an_unknown_field_does_not_lose_the_call() {
        let line = b"{\"user_name\":\"a\",\"kind\":\"tapi\",\"state\":\"ended\",\"who\":\"\xFC\"}";
        assert!(parse(line).unwrap().is_some());
    }

    #[test]
    fn calls_last_until_they_end() {
        let mut calls = CurrentCalls::default();
        for (user, kind, state) in [
            ("anna", "tapi", "ringing"),
            ("bert", "meeting", "connected"),
            ("Anna", "tapi", "connected"),
            ("carl", "manual", "busy"),
            ("dora", "tapi", "connected"),
            ("DORA", "tapi", "ended"),
        ] {
            let line =
                format!("{{\"user_name\":\"{user}\",\"kind\":\"{kind}\",\"state\":\"{state}\"}}");
            calls.take(&event(&line));
        }
        let all = calls.all();
        let names: Vec<_> = all.iter().map(|call| call.user_name.as_str()).collect();
        assert_eq!(names, ["Anna", "bert"]);
        assert_eq!(all[0].state, CallState::Connected);
    }

    proptest::proptest! {
        #[test]
        fn anything_may_stand_in_a_line(line: Vec<u8>) {
            let _ = parse(&line);
        }
    }
}
