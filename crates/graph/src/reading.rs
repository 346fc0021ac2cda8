//! The body of `getPresencesByUserId`, decoded in one pass and without a copy of known values.
//!
//! Most of a cycle's time is spent here. A page as Graph writes it goes entry by entry through
//! [`Template`]; any other page, and any other entry, is left to the JSON library.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::lenient::{Flag, Members, Object, Text, ignore};
use super::template::Template;
use super::{MAX_IDS, PresenceReading};
use model::presence::{EntraId, TeamsPresence};

/// Entries of so many looks are learnt: with and without a status message, out of office or not.
const TEMPLATES: usize = 4;

/// How many different unknown values one answer may report.
const UNKNOWN_LIMIT: usize = 32;

/// One page of entries.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<PresenceReading>,
    /// `@odata.nextLink`. Not documented for this call; honoured all the same.
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    value: Readings,
    #[serde(borrow, default, rename = "@odata.nextLink")]
    next: Text<'a>,
}

/// The entries with a usable id, each judged while it is read: no list of raw ones is made.
struct Readings(Vec<PresenceReading>);

impl<'de> Deserialize<'de> for Readings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ListVisitor;
        impl<'de> Visitor<'de> for ListVisitor {
            type Value = Readings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of presences")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut readings = Vec::with_capacity(MAX_IDS);
                while let Some(Object(entry)) = seq.next_element::<Object<Entry<'de>>>()? {
                    readings.extend(entry.reading());
                }
                Ok(Readings(readings))
            }
        }
        from.deserialize_seq(ListVisitor)
    }
}

#[derive(Default)]
pub(super) struct Entry<'a> {
    pub(super) id: Text<'a>,
    pub(super) availability: Text<'a>,
    pub(super) activity: Text<'a>,
    /// Of no use, but the one other value that differs from entry to entry.
    pub(super) sequence_number: Text<'a>,
    out_of_office: Object<OutOfOffice>,
}

#[derive(Default)]
struct OutOfOffice(Flag);

impl<'de: 'a, 'a> Members<'de> for Entry<'a> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "id" => self.id = map.next_value()?,
            "availability" => self.availability = map.next_value()?,
            "activity" => self.activity = map.next_value()?,
            "sequenceNumber" => self.sequence_number = map.next_value()?,
            "outOfOfficeSettings" => self.out_of_office = map.next_value()?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de> Members<'de> for OutOfOffice {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "isOutOfOffice" => self.0 = map.next_value()?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl Entry<'_> {
    pub(super) fn is_out_of_office(&self) -> bool {
        self.out_of_office.0.0.0.unwrap_or(false)
    }

    /// Nothing without a usable id.
    pub(super) fn reading(&self) -> Option<PresenceReading> {
        let id = EntraId::parse(self.id.as_deref()?).ok()?;
        let pair = self.availability.as_deref().zip(self.activity.as_deref());
        Some(PresenceReading {
            id,
            presence: pair
                .map(|(availability, activity)| TeamsPresence::parse(availability, activity)),
            out_of_office: self.is_out_of_office(),
        })
    }
}

/// Decodes one page. Entries without a usable id are left out (their users count as missing);
/// values that are documented nowhere are added to `unknown`, each once.
///
/// # Errors
/// Where the body as a whole is no such page; says why.
pub(super) fn parse_page(body: &[u8], unknown: &mut Vec<Arc<str>>) -> Result<Page, String> {
    // Checked as a whole, UTF-8 costs next to nothing; string by string it is a tenth of the
    // time. What is invalid may still stand where nobody looks.
    let text = str::from_utf8(body).ok();
    let page = match text.and_then(usual_page) {
        Some(entries) => Page {
            entries,
            next: None,
        },
        None => any_page(body)?,
    };
    let presences = page.entries.iter();
    for presence in presences.filter_map(|entry| entry.presence.as_ref()) {
        if !presence.availability.is_known() {
            note(unknown, presence.availability.as_str());
        }
        if !presence.activity.is_known() {
            note(unknown, presence.activity.as_str());
        }
    }
    Ok(page)
}

/// A page as Graph writes it: without spaces, the list last, no further page. Nothing where it is
/// not: then [`any_page`] says what it is.
fn usual_page(text: &str) -> Option<Vec<PresenceReading>> {
    let mut rest = list_of(text)?;
    let mut entries = Vec::with_capacity(MAX_IDS);
    let mut templates: Vec<Template<'_>> = Vec::new();
    loop {
        let known = templates.iter().find_map(|template| template.read(rest));
        let length = if let Some((reading, length)) = known {
            entries.push(reading);
            length
        } else {
            let mut reader = serde_json::Deserializer::from_str(rest).into_iter();
            let Object(entry): Object<Entry<'_>> = reader.next()?.ok()?;
            let length = reader.byte_offset();
            entries.extend(entry.reading());
            if templates.len() < TEMPLATES {
                templates.extend(Template::of(rest.get(..length)?, &entry));
            }
            length
        };
        rest = rest.get(length..)?;
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest == "]}" => return Some(entries),
            None => return None,
        }
    }
}

/// What comes after `"value":[`, where only `@odata` members with plain strings come before it.
fn list_of(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('{')?;
    loop {
        if let Some(list) = rest.strip_prefix(r#""value":["#) {
            return Some(list);
        }
        let member = rest.strip_prefix(r#""@odata.context":""#)?;
        let (context, more) = member.split_once('"')?;
        if context.contains('\\') {
            return None;
        }
        rest = more.strip_prefix(',')?;
    }
}

/// Whatever JSON there may be.
fn any_page(body: &[u8]) -> Result<Page, String> {
    let parsed: Result<Envelope<'_>, _> = match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    let envelope = parsed.map_err(|error| {
        let what = if error.is_eof() {
            "it ends in the middle"
        } else {
            "it is no list of presences"
        };
        format!("{what}, {} bytes", body.len())
    })?;
    let Readings(entries) = envelope.value;
    Ok(Page {
        entries,
        next: envelope.next.0.map(std::borrow::Cow::into_owned),
    })
}

fn note(unknown: &mut Vec<Arc<str>>, value: &str) {
    if unknown.len() < UNKNOWN_LIMIT && !unknown.iter().any(|known| **known == *value) {
        unknown.push(value.into());
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use model::presence::{Activity, Availability};

    const ID: &str = "fa8bf3dc-eca7-46b7-bad1-db199b62afc3";

    fn read(body: &str) -> (Vec<PresenceReading>, Vec<Arc<str>>) {
        let mut unknown = Vec::new();
        let page = parse_page(body.as_bytes(), &mut unknown).unwrap();
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
        assert_eq!(unknown, ["FutureValue".into(), "Zen".into()]);
    }

    #[rstest]
    #[case("", "ends in the middle")]
    #[case(r#"{"value":[{"id":"fa8b"#, "ends in the middle")]
    #[case(r#"{"value":7}"#, "no list")]
    #[case("{}", "no list")]
    #[case("[]", "no list")]
    fn a_body_that_is_no_page_says_so(#[case] body: &str, #[case] words: &str) {
        let why = parse_page(body.as_bytes(), &mut Vec::new()).unwrap_err();
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
        assert!(usual_page(&page).is_some());
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
                if let Some(short) = usual_page(page) {
                    let long = any_page(page.as_bytes()).unwrap();
                    proptest::prop_assert_eq!(short, long.entries);
                    proptest::prop_assert_eq!(long.next, None);
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(body in ".{0,400}") {
            let _ = parse_page(body.as_bytes(), &mut Vec::new());
        }

        #[test]
        fn any_strings_are_a_presence(a in ".*", b in ".*") {
            let body = serde_json::json!({"value": [{"id": ID, "availability": a, "activity": b}]});
            let (entries, _) = read(&body.to_string());
            proptest::prop_assert!(entries[0].presence.is_some());
        }
    }
}
