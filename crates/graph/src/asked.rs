//! The users that a request asks for: the body that says so, and who of them a text is.

use model::presence::EntraId;
use rustc_hash::{FxBuildHasher, FxHashMap};
use uuid::fmt::Hyphenated;

const HEAD: &[u8] = b"{\"ids\":[\"";
const BETWEEN: &[u8] = b"\",\"";
const END: &[u8] = b"\"]}";

/// From one id in the body to the next, in bytes.
const STEP: usize = Hyphenated::LENGTH + BETWEEN.len();

/// A GUID as text: how it is asked for, and how Graph answers.
pub(super) type IdText = [u8; Hyphenated::LENGTH];

/// `{"ids":["…","…"]}`, written in one go: a GUID needs no escapes.
pub(super) fn read_body(ids: &[EntraId]) -> Vec<u8> {
    let mut text = [0; Hyphenated::LENGTH];
    let mut body = Vec::with_capacity(HEAD.len() + ids.len() * STEP + END.len());
    body.extend_from_slice(HEAD);
    for (n, id) in ids.iter().enumerate() {
        if n > 0 {
            body.extend_from_slice(BETWEEN);
        }
        body.extend_from_slice(id.0.hyphenated().encode_lower(&mut text).as_bytes());
    }
    if ids.is_empty() {
        body.pop();
        body.extend_from_slice(b"]}");
    } else {
        body.extend_from_slice(END);
    }
    body
}

/// Finds who of the users asked for a text is, by the bytes of the body that asked for them: no GUID is
/// read.
pub(super) struct Asked<'a> {
    ids: &'a [EntraId],
    places: FxHashMap<&'a IdText, usize>,
}

impl<'a> Asked<'a> {
    /// For the `ids` that [`read_body`] made `body` of.
    pub(super) fn new(ids: &'a [EntraId], body: &'a [u8]) -> Self {
        let mut places = FxHashMap::with_capacity_and_hasher(ids.len(), FxBuildHasher);
        // Whoever is nobody is not looked for. It also fetches the ids in order, ahead of the leaps.
        let somebody = ids.iter().enumerate().filter(|(_, id)| !id.0.is_nil());
        for (at, _) in somebody {
            if let Some(text) = text_at(body, at) {
                places.entry(text).or_insert(at);
            }
        }
        Self { ids, places }
    }

    /// The place in the request of the user whose id this is.
    pub(super) fn place(&self, id: &IdText) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Who was asked for at this place.
    pub(super) fn id(&self, at: usize) -> Option<EntraId> {
        self.ids.get(at).copied()
    }

    /// How many were asked for.
    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }
}

/// The id in a body at this place.
fn text_at(body: &[u8], at: usize) -> Option<&IdText> {
    body.get(HEAD.len() + at * STEP..)?.first_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use uuid::Uuid;

    fn text(id: EntraId) -> IdText {
        id.to_string().into_bytes().try_into().unwrap()
    }

    #[rstest]
    #[case::nobody(0)]
    #[case::one(1)]
    #[case::full(650)]
    fn everybody_asked_for_is_found_and_nobody_else(#[case] count: usize) {
        // Ids that count up, at either end.
        for shift in [0, 96] {
            let ids: Vec<_> = (1..=count)
                .map(|n| EntraId(Uuid::from_u128((n as u128) << shift)))
                .collect();
            let body = read_body(&ids);
            let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(said, serde_json::json!({ "ids": ids }));
            let asked = Asked::new(&ids, &body);
            for (at, id) in ids.iter().enumerate() {
                assert_eq!(asked.place(&text(*id)), Some(at));
                assert_eq!(asked.id(at), Some(*id));
            }
            assert_eq!(asked.place(&text(EntraId(Uuid::nil()))), None);
            assert_eq!((asked.id(count), asked.len()), (None, count));
        }
    }

    #[test]
    fn who_is_asked_for_twice_stands_where_they_were_asked_for_first() {
        let id = EntraId(Uuid::from_u128(7));
        let ids = [id, id];
        let body = read_body(&ids);
        assert_eq!(Asked::new(&ids, &body).place(&text(id)), Some(0));
    }
}
