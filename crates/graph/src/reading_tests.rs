use rstest::rstest;

use super::*;
use crate::asked::{Asked, read_body};
use crate::last_answer::LastAnswer;
use model::presence::{Activity, Availability, EntraId, TeamsPresence};

const ID: &str = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";

fn read(body: &str) -> (Vec<PresenceReading>, Vec<Arc<str>>) {
    let mut unknown = Vec::new();
    let page = parse_page(body.as_bytes(), &mut None, &mut unknown).unwrap();
    (page.entries, unknown)
}

#[test]
fn the_documented_example_is_read() {
    let (entries, unknown) = read(&format!(
        r#"{{"@odata.context":"x","value":[{{"id":"{ID}","availability":"Busy",
        "activity":"InAMeeting","outOfOfficeSettings":{{"message":null,"isOutOfOffice":true}},
        "statusMessage":{{"message":{{"content":"\u00fc"}}}},"sequenceNumber":"A0123"}}]}}"#
    ));
    let expected = PresenceReading {
        id: EntraId::parse(ID).unwrap(),
        presence: Some(TeamsPresence {
            availability: Availability::BUSY,
            activity: Activity::IN_A_MEETING,
        }),
        out_of_office: true,
    };
    assert_eq!((entries, unknown), (vec![expected], vec![]));
}

#[rstest]
#[case(r#""availability":null,"activity":"Busy""#)]
#[case(r#""activity":"Busy""#)]
#[case(r#""availability":7,"activity":"Busy""#)]
#[case(r#""availability":"Busy","activity":{"a":[1]}"#)]
#[case(r#""availability":["Busy"],"activity":true"#)]
#[case(r#""availability":"Busy","activity":1.5e3"#)]
fn values_of_a_wrong_type_are_missing_not_fatal(#[case] members: &str) {
    let (entries, _) = read(&format!(
        r#"{{"value":[{{"id":"{ID}",{members},"outOfOfficeSettings":"soon"}}]}}"#
    ));
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (&entries[0].presence, entries[0].out_of_office),
        (&None, false)
    );
}

#[test]
fn a_broken_entry_leaves_the_others_alone() {
    let (entries, _) = read(&format!(
        r#"{{"value":[null,7,"x",[],{{}},{{"id":"no guid"}},{{"id":null}},
        {{"id":"{ID}","availability":"Away","activity":"Away"}}]}}"#
    ));
    assert_eq!(entries.len(), 1);
}

#[test]
fn unknown_values_are_kept_and_reported_once() {
    let one = format!(r#"{{"id":"{ID}","availability":"Future\u001bValue","activity":"Zen"}}"#);
    let (entries, unknown) = read(&format!(r#"{{"value":[{one},{one}]}}"#));
    let shown = entries[0].presence.as_ref().unwrap().to_string();
    assert_eq!(shown, "FutureValue/Zen");
    assert_eq!(unknown, [Arc::<str>::from("FutureValue"), "Zen".into()]);
}

#[rstest]
#[case("", "ends in the middle")]
#[case(r#"{"value":[{"id":"fa8b"#, "ends in the middle")]
#[case(r#"{"value":7}"#, "no list")]
#[case("{}", "no list")]
#[case("[]", "no list")]
fn a_body_that_is_no_page_says_so(#[case] body: &str, #[case] words: &str) {
    let why = parse_page(body.as_bytes(), &mut None, &mut Vec::new()).unwrap_err();
    assert!(why.contains(words), "{why}");
}

/// Entries as they come in turn: plain, out of office, with a status message, unknown values,
/// nulls, other orders, escapes, wrong types, members twice.
const ENTRIES: [&str; 12] = [
    r#"{"id":"ID","availability":"Available","activity":"Available","outOfOfficeSettings":{"message":null,"isOutOfOffice":false},"statusMessage":null,"sequenceNumber":"A0001"}"#,
    r#"{"id":"ID","availability":"Busy","activity":"InAMeeting","outOfOfficeSettings":{"message":null,"isOutOfOffice":false},"statusMessage":null,"sequenceNumber":"A0002"}"#,
    r#"{"id":"ID","availability":"Away","activity":"Away","outOfOfficeSettings":{"message":"x","isOutOfOffice":true},"statusMessage":null,"sequenceNumber":"A3"}"#,
    r#"{"id":"ID","availability":"Away","activity":"Away","outOfOfficeSettings":{"message":null,"isOutOfOffice":false},"statusMessage":{"message":{"content":"a \"b\" }],"}},"sequenceNumber":"A3"}"#,
    r#"{"id":"ID","availability":"Fu\u0074ure","activity":"Zen","sequenceNumber":"A\"3"}"#,
    r#"{"id":"ID","availability":null,"activity":"Zen"}"#,
    r#"{"activity":"Busy","id":"ID","availability":"Busy"}"#,
    r#"{"activity":"Away","id":"ID","availability":"Away"}"#,
    r#"{"id":"no guid","availability":"Busy","activity":"Busy"}"#,
    r#"{"id":"ID","id":"ID","availability":"Busy","activity":"Busy","activity":"Away"}"#,
    r#"{ "id":"ID","availability":"Busy","activity":"Busy" }"#,
    "null",
];

#[test]
fn entries_that_look_alike_are_recognised() {
    let page = format!(
        r#"{{"@odata.context":"x","value":[{}]}}"#,
        ENTRIES.join(",")
    );
    assert!(usual_page(&page, &mut None).is_some());
}

proptest::proptest! {
    /// Whatever is read entry by entry, the JSON library reads the same.
    #[test]
    fn the_short_cut_leads_to_the_same_place(
        picks in proptest::collection::vec((0..ENTRIES.len(), 0u128..9), 0..20),
        cut in 0usize..4000,
        tail in proptest::sample::select(vec!["]}", "]", "]}}", "] }", "],\"@odata.nextLink\":\"x\"}"]),
    ) {
        let entries: Vec<_> = picks
            .iter()
            .map(|(at, id)| ENTRIES[*at].replace("ID", &uuid::Uuid::from_u128(*id).to_string()))
            .collect();
        let whole = format!(r#"{{"@odata.context":"x","value":[{}{tail}"#, entries.join(","));
        for page in [whole.as_str(), whole.get(..cut).unwrap_or(&whole)] {
            if let Some(short) = usual_page(page, &mut None) {
                let long = any_page(page.as_bytes()).unwrap();
                proptest::prop_assert_eq!((short.entries, short.odd), (long.entries, long.odd));
                proptest::prop_assert_eq!(long.next, None);
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(body in ".{0,400}") {
        let _ = parse_page(body.as_bytes(), &mut None, &mut Vec::new());
    }

    #[test]
    fn any_strings_are_a_presence(a in ".*", b in ".*") {
        let body = serde_json::json!({"value": [{"id": ID, "availability": a, "activity": b}]});
        let (entries, _) = read(&body.to_string());
        proptest::prop_assert!(entries[0].presence.is_some());
    }
}

/// What a record can look like that is not as the documentation has it, `ID` its own id:
/// isaacrlevin/presencelight#154, vitale232/pico_status, microsoftgraph/microsoft-graph-docs#14306.
const SPOILT: [&[u8]; 22] = [
    b"null",
    b"7",
    b"[]",
    b"{}",
    br#"{"id":null,"availability":"Busy","activity":"Busy"}"#,
    br#"{"id":"ID","availability":"\ud83d","activity":"Busy"}"#,
    br#"{"id":"ID","availability":"Busy","activity":"\udc00\ud83d"}"#,
    br#"{"id":"ID","availability":"Busy","activity":"Busy","statusMessage":{"message":{"content":"party \ud83d"}}}"#,
    b"{\"id\":\"ID\",\"availability\":\"B\xfcsy\",\"activity\":\"Busy\"}",
    b"{\"id\":\"ID\",\"availability\":\"Bu\nsy\",\"activity\":\"Busy\"}",
    br#"{"id":"ID","availability":1e999,"activity":NaN}"#,
    br#"{"id":"ID","availability":3,"activity":-1.5}"#,
    br#"{"id":"ID","availability":"Busy","activity":Busy}"#,
    br#"{"id":"ID","id":"ID","availability":"Busy","availability":null,"activity":"Busy"}"#,
    br#"{"id":"\ud83d","availability":"Busy","activity":"Busy"}"#,
    br#"{"id":"ID","availability":"Busy","activity":"Busy","outOfOfficeSettings":"soon"}"#,
    br#"{"id":"ID","availability":"Busy","activity":"Busy",}"#,
    br#"{"id":"ID","availability":,"activity":"Busy"}"#,
    br#"{"id":"ID","availability":"Busy","x\q":"\u12"}"#,
    br#"{"id":"ID","\ud83d":1,"availability":"Busy","activity":"Busy"}"#,
    br#"{"id":{"a":"ID"},"availability":["Busy"]}"#,
    br#"{"id":"ID","availability":"Busy","activity":"Busy","x":DEEP}"#,
];

fn spoilt(which: usize, id: &str) -> Vec<u8> {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let raw = SPOILT[which];
    let mut record = Vec::new();
    let mut rest = raw;
    while let Some(byte) = rest.first() {
        if let Some(more) = rest.strip_prefix(b"DEEP") {
            record.extend_from_slice(deep.as_bytes());
            rest = more;
        } else if let Some(more) = rest.strip_prefix(b"\"ID\"") {
            record.extend_from_slice(format!("\"{id}\"").as_bytes());
            rest = more;
        } else {
            record.push(*byte);
            rest = &rest[1..];
        }
    }
    record
}

fn page_of(records: &[Vec<u8>]) -> Vec<u8> {
    let list = records.join(&b","[..]);
    [br#"{"@odata.context":"x","value":["#, &list[..], b"]}"].concat()
}

fn good(id: &str) -> Vec<u8> {
    ENTRIES[0].replace("ID", id).into_bytes()
}

#[test]
fn whatever_one_record_is_the_others_are_read() {
    let (left, own, right) = (
        EntraId::parse(ID).unwrap(),
        uuid::Uuid::from_u128(1),
        uuid::Uuid::from_u128(2),
    );
    for which in 0..SPOILT.len() {
        let records = [
            good(ID),
            spoilt(which, &own.to_string()),
            good(&right.to_string()),
        ];
        let page = parse_page(&page_of(&records), &mut None, &mut Vec::new()).unwrap();
        let read: Vec<_> = page.entries.iter().map(|entry| entry.id).collect();
        assert!(
            read.contains(&left) && read.contains(&EntraId(right)),
            "{which}: {read:?}"
        );
        // Either it is read, or it is named.
        let own_is_read = read.contains(&EntraId(own));
        assert!(own_is_read || page.odd.as_slice().len() == 1, "{which}");
    }
}

#[rstest]
#[case::mended(5, "00000000-0000-0000-0000-000000000001", Oddity::Mended)]
#[case::no_record(0, "number 2", Oddity::NoId)]
#[case::half_an_id(14, "\u{fffd}", Oddity::NoId)]
fn what_is_odd_is_named(#[case] which: usize, #[case] who: &str, #[case] what: Oddity) {
    let own = uuid::Uuid::from_u128(1).to_string();
    let records = [good(ID), spoilt(which, &own)];
    let page = parse_page(&page_of(&records), &mut None, &mut Vec::new()).unwrap();
    let [odd] = page.odd.as_slice() else {
        panic!("{:?}", page.odd);
    };
    assert_eq!((&*odd.who, odd.what), (who, what));
}

#[rstest]
#[case::braces(format!("{{{}}}", ID.to_uppercase()))]
#[case::capitals(ID.to_uppercase())]
#[case::no_hyphens(ID.replace('-', ""))]
#[case::urn(format!("urn:uuid:{ID}"))]
#[case::spaces(format!(" {ID} "))]
fn an_id_is_one_however_it_is_written(#[case] id: String) {
    let page = parse_page(&page_of(&[good(&id)]), &mut None, &mut Vec::new()).unwrap();
    assert_eq!(page.entries[0].id, EntraId::parse(ID).unwrap());
}

proptest::proptest! {
    /// Any records spoilt in any way: all others are read as before.
    #[test]
    fn the_others_are_read_as_before(
        picks in proptest::collection::vec(proptest::option::of(0..SPOILT.len()), 1..30),
    ) {
        let id = |n: usize| uuid::Uuid::from_u128(n as u128 + 1).to_string();
        let whole: Vec<_> = (0..picks.len()).map(|n| good(&id(n))).collect();
        let before = parse_page(&page_of(&whole), &mut None, &mut Vec::new()).unwrap().entries;
        let records: Vec<_> = picks.iter().enumerate()
            .map(|(n, spoil)| spoil.map_or_else(|| good(&id(n)), |which| spoilt(which, &id(n))))
            .collect();
        let after = parse_page(&page_of(&records), &mut None, &mut Vec::new()).unwrap().entries;
        for (n, entry) in before.iter().enumerate() {
            if picks[n].is_none() {
                proptest::prop_assert!(after.contains(entry), "{n}");
            }
        }
    }

    #[test]
    fn no_bytes_are_fatal(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = parse_page(&body, &mut None, &mut Vec::new());
    }
}

/// Any of the above, by one number.
fn any_record(which: usize, id: u128) -> Vec<u8> {
    let id = uuid::Uuid::from_u128(id).to_string();
    match ENTRIES.get(which) {
        Some(entry) => entry.replace("ID", &id).into_bytes(),
        None => spoilt(which - ENTRIES.len(), &id),
    }
}

proptest::proptest! {
    /// Whatever answers come one after the other - users twice, missing or not asked for, in any
    /// order, members in any order and with spaces, odd records: what is only compared is what
    /// would be decoded.
    #[test]
    fn what_is_recalled_is_what_would_be_decoded(
        first in proptest::collection::vec((0..ENTRIES.len(), 0u128..9), 1..12),
        rounds in proptest::collection::vec(
            (0usize..12, 0usize..3, proptest::collection::vec(
                (0usize..12, 0..ENTRIES.len() + SPOILT.len(), 0u128..9), 0..3)),
            1..6,
        ),
        spoil in proptest::bool::ANY,
    ) {
        let mut last = LastAnswer::default();
        let mut now = first;
        for (turn, asked_from, changes) in rounds {
            let ids: Vec<_> = (asked_from as u128..8).map(|n| EntraId(uuid::Uuid::from_u128(n))).collect();
            let body = read_body(&ids);
            let len = now.len();
            now.rotate_left(turn % len);
            for (at, which, id) in changes {
                if spoil || which < ENTRIES.len() {
                    now[at % len] = (which, id);
                }
            }
            let records: Vec<_> = now.iter().map(|(which, id)| any_record(*which, *id)).collect();
            let page = page_of(&records);
            for _ in 0..2 {
                let mut recall = Some(Recall::new(Asked::new(&ids, &body), &mut last));
                let (mut new, mut all_new) = (Vec::new(), Vec::new());
                let short = parse_page(&page, &mut recall, &mut new).unwrap();
                let long = parse_page(&page, &mut None, &mut all_new).unwrap();
                proptest::prop_assert_eq!(short.entries, long.entries);
                proptest::prop_assert_eq!((short.odd, short.next, new), (long.odd, long.next, all_new));
            }
        }
    }
}
