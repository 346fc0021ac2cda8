use std::sync::Arc;

use super::*;
use crate::asked::read_body;
use crate::reading::parse_page;
use model::presence::{EntraId, TeamsPresence};
use uuid::Uuid;

const ENTRY: &str = r#"{"id":"ID","availability":"Busy","activity":"InAMeeting","outOfOfficeSettings":{"message":null,"isOutOfOffice":true},"statusMessage":null,"sequenceNumber":"A0002"}"#;

fn ids(count: u128) -> Vec<EntraId> {
    (1..=count).map(|n| EntraId(Uuid::from_u128(n))).collect()
}

fn entry(id: EntraId) -> String {
    ENTRY.replace("ID", &id.to_string())
}

fn parse(ids: &[EntraId], page: &str, last: &mut LastAnswer) -> Vec<PresenceReading> {
    let body = read_body(ids);
    let mut recall = Some(Recall::new(Asked::new(ids, &body), last));
    let mut unknown: Vec<Arc<str>> = Vec::new();
    let page = parse_page(page.as_bytes(), &mut recall, &mut unknown).unwrap();
    page.entries
}

fn page(entries: &[String]) -> String {
    format!(
        r#"{{"@odata.context":"x","value":[{}]}}"#,
        entries.join(",")
    )
}

/// Were it decoded, the pair would be the one of the page, not the one put in its place.
#[test]
fn what_is_said_once_more_is_not_decoded() {
    let ids = ids(3);
    let mut last = LastAnswer::default();
    let first: Vec<_> = ids.iter().map(|id| entry(*id)).collect();
    let read = parse(&ids, &page(&first), &mut last);
    let away = TeamsPresence::parse("Away", "Away");
    for kept in &mut last.entries {
        assert_eq!(Some(TeamsPresence::of_codes(kept.codes)), read[0].presence);
        kept.codes = away.codes();
    }
    let mut second: Vec<_> = first.into_iter().rev().collect();
    second[1] = second[1].replace("A0002", "A0003");
    let again = parse(&ids, &page(&second), &mut last);
    let said: Vec<_> = again.iter().map(|it| (it.id, &it.presence)).collect();
    let away = Some(away);
    let busy = &read[0].presence;
    assert_eq!(
        said,
        [(ids[2], &away), (ids[1], busy), (ids[0], &away)],
        "only the one whose sequence number is another is decoded"
    );
    assert!(again.iter().all(|it| it.out_of_office));
}

#[test]
fn an_entry_in_which_any_byte_is_another_is_another() {
    let ids = ids(1);
    let body = read_body(&ids);
    let mut last = LastAnswer::default();
    let whole = entry(ids[0]);
    let reading = &parse(&ids, &page(std::slice::from_ref(&whole)), &mut last)[0];
    let recall = Recall::new(Asked::new(&ids, &body), &mut last);
    let mut read = Vec::new();
    let same = recall.read(format!("{whole},{{}}").as_bytes(), &mut read);
    assert_eq!((same, &read), (Some(whole.len()), &vec![reading.clone()]));
    for at in 0..whole.len() {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] ^= 1;
        assert_eq!(recall.read(&bytes, &mut read), None, "{at}");
        let cut = &whole.as_bytes()[..at];
        assert_eq!(recall.read(cut, &mut read), None, "{at}");
    }
    assert_eq!(read.len(), 1);
}

/// An entry says twice whose it is: the JSON library takes the last, and so it must be kept, if at
/// all, under that one.
#[test]
fn nobody_gets_the_entry_of_another() {
    let ids = ids(2);
    let mut last = LastAnswer::default();
    let twice = format!(
        r#"{{"id":"{}","id":"{}","availability":"Busy","activity":"Busy"}}"#,
        ids[0], ids[1]
    );
    for _ in 0..3 {
        let read = parse(&ids, &page(std::slice::from_ref(&twice)), &mut last);
        assert_eq!(read[0].id, ids[1]);
        // Asked for in another order, the places are those of others.
        let turned = [ids[1], ids[0]];
        let read = parse(&turned, &page(&[twice.clone(), entry(ids[0])]), &mut last);
        assert_eq!((read[0].id, read[1].id), (ids[1], ids[0]));
    }
}

#[test]
fn sixteen_bytes_a_user_are_kept() {
    assert_eq!(size_of::<LastEntry>(), 16);
}
