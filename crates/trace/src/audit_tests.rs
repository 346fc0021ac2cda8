use serde_json::json;

use super::super::reader::read;
use super::*;

fn audited(lines: &[Value]) -> Audit {
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    audit(&read(lines.join("\n").as_bytes()).unwrap())
}

fn header() -> Value {
    json!({"n": 1, "ms": 0, "recording": {"format": 1, "program": "0.1.0"}})
}

#[test]
fn nothing_but_pseudonyms_is_said_to_be_so() {
    let frame = json!([{"invoke": {"operationName": "asnUpdatePresence", "argument": {
        "_type": "AsnUpdatePresenceArgument", "u8sContactId": "sip:u-abcdefgh@d-abcdefgh.example",
        "u8sNote": "x-abcdefgh", "u8sPhone": "+999123456789", "u8sToken": "[dropped]", "u8sEmpty": "",
        "stTimeTo": "2000-01-01T00:10:00.000Z", "iNew": 900_000_001_i64}}}]);
    let audit = audited(&[
        header(),
        json!({"n": 2, "ms": 1_500, "step": {"step": "ring"}}),
        json!({"n": 3, "ms": 2_500, "in": frame}),
    ]);
    assert_eq!(audit.others, BTreeMap::new());
    assert_eq!(
        (audit.lines, audit.lasted_ms, audit.pseudonyms),
        (3, 2_500, 3)
    );
    assert!(audit.words.contains_key("asnUpdatePresence"));
}

#[test]
fn whatever_else_stands_there_is_named_with_its_line() {
    let audit = audited(&[
        header(),
        json!({"n": 2, "ms": 1, "in": {"u8sNote": "Anna", "sip:anna@corp.example": 1}}),
        json!({"n": 3, "ms": 1, "in": {"u8sPhone": "+4930123456", "at": "2026-11-26T07:00:00Z"}}),
    ]);
    let others: Vec<_> = audit
        .others
        .iter()
        .map(|(text, line)| (text.as_str(), *line))
        .collect();
    let expected = [
        ("+4930123456", 3),
        ("2026-11-26T07:00:00Z", 3),
        ("Anna", 2),
        ("sip:anna@corp.example", 2),
    ];
    assert_eq!(others, expected);
}
