//! The body of `getPresencesByUserId`, decoded in one pass and without a copy of known values.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::lenient::{Flag, Members, Object, Text, ignore};
use super::{MAX_IDS, PresenceReading};
use crate::presence::{EntraId, TeamsPresence};

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
struct Entry<'a> {
    id: Text<'a>,
    availability: Text<'a>,
    activity: Text<'a>,
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
    fn reading(&self) -> Option<PresenceReading> {
        let id = EntraId::parse(self.id.as_deref()?).ok()?;
        let pair = self.availability.as_deref().zip(self.activity.as_deref());
        Some(PresenceReading {
            id,
            presence: pair
                .map(|(availability, activity)| TeamsPresence::parse(availability, activity)),
            out_of_office: self.out_of_office.0.0.0.unwrap_or(false),
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
    for presence in entries.iter().filter_map(|entry| entry.presence.as_ref()) {
        if !presence.availability.is_known() {
            note(unknown, presence.availability.as_str());
        }
        if !presence.activity.is_known() {
            note(unknown, presence.activity.as_str());
        }
    }
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
    use crate::presence::{Activity, Availability};

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
