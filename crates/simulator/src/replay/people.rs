//! Who works where the recording was made: its pseudonyms are their names.

use std::collections::BTreeMap;

use serde_json::Value;
use trace::{Said, messages};

use super::script::Script;

/// Somebody of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Played {
    pub(crate) user_name: String,
    pub(crate) display_name: String,
    pub(crate) phone: String,
}

/// Everybody who has a user name, by it, in the order of the names.
pub(super) fn people(script: &Script) -> Vec<Played> {
    let mut people = BTreeMap::<String, Played>::new();
    for profile in profiles(script) {
        let contact = profile.get("asnUserContact").unwrap_or(&Value::Null);
        let name = text(profile, "u8sUserName");
        take(
            &mut people,
            name,
            text(contact, "u8sDisplayName"),
            text(profile, "u8sPhoneNumber"),
        );
    }
    let shown = script
        .shown
        .values()
        .flatten()
        .map(|(_, presence)| presence);
    for contact in shown.filter_map(|presence| presence.get("asnRemoteContact")) {
        let name = text(contact, "u8sCtiServerUserName");
        let phone = text(contact, "u8sPhoneBusiness");
        take(&mut people, name, text(contact, "u8sDisplayName"), phone);
    }
    people.into_values().collect()
}

fn profiles(script: &Script) -> Vec<&Value> {
    let answers = script.answers.get("asnAdminGetUserProfiles");
    let messages = answers
        .into_iter()
        .flatten()
        .flat_map(|one| messages(&one.message));
    let lists = messages.filter_map(|message| match message.said {
        Said::Result(result) => result.get("userProfiles")?.as_array(),
        _ => None,
    });
    lists.flatten().collect()
}

fn take(people: &mut BTreeMap<String, Played>, name: &str, display: &str, phone: &str) {
    if name.is_empty() {
        return;
    }
    let entry = people.entry(name.to_lowercase()).or_insert_with(|| Played {
        user_name: name.to_owned(),
        ..Played::default()
    });
    for (known, new) in [
        (&mut entry.display_name, display),
        (&mut entry.phone, phone),
    ] {
        if known.is_empty() {
            new.clone_into(known);
        }
    }
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}
