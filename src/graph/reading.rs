//! The body of `getPresencesByUserId`, decoded in one pass and without a copy of known values.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::MapAccess;

use super::PresenceReading;
use super::lenient::{Flag, Members, Object, Text, ignore};
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
    #[serde(borrow)]
    value: Vec<Object<Entry<'a>>>,
    #[serde(borrow, default, rename = "@odata.nextLink")]
    next: Text<'a>,
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
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        let what = if error.is_eof() {
            "it ends in the middle"
        } else {
            "it is no list of presences"
        };
        format!("{what}, {} bytes", body.len())
    })?;
    let entries: Vec<_> = envelope
        .value
        .iter()
        .filter_map(|entry| entry.0.reading())
        .collect();
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
