//! A presence as it stood at some time: what was shown as a whole, and what changed since.

use serde_json::{Map, Value};
use trace::{Said, messages};

use super::script::{Script, Told};

/// How the contact stood, `at` milliseconds after the recording began; as it was shown first, where
/// that was later.
pub(super) fn presence_at(script: &Script, contact: &str, at: u64) -> Option<Value> {
    let shown = script.shown.get(contact)?;
    let last = shown.iter().rev().find(|(ms, _)| *ms <= at);
    let (since, presence) = last.or_else(|| shown.first())?;
    let mut presence = presence.clone();
    let of_contact = |told: &&Told| told.contact.as_deref() == Some(contact);
    for told in script.told.iter().filter(of_contact) {
        if *since < told.ms && told.ms <= at {
            merge(&mut presence, told);
        }
    }
    Some(presence)
}

fn merge(presence: &mut Value, told: &Told) {
    let Some(known) = presence.as_object_mut() else {
        return;
    };
    for message in messages(&told.message) {
        let Said::Invoke { argument, .. } = message.said else {
            continue;
        };
        let update = argument.get("presence").and_then(Value::as_object);
        for (name, value) in update.into_iter().flatten() {
            if name == "seqCalls" {
                merge_calls(known, value);
            } else {
                known.insert(name.clone(), value.clone());
            }
        }
    }
}

/// What changed, by the connection; whatever is over goes.
fn merge_calls(known: &mut Map<String, Value>, update: &Value) {
    let before = known.get("seqCalls").and_then(Value::as_array);
    let mut calls = before.cloned().unwrap_or_default();
    for call in update.as_array().into_iter().flatten() {
        calls.retain(|other| key(other) != key(call));
        if !is_over(call) {
            calls.push(call.clone());
        }
    }
    known.insert("seqCalls".to_owned(), calls.into());
}

fn key(call: &Value) -> Option<&str> {
    call.get("u8sConnectionID")?.as_str()
}

/// Destroyed or disconnected, in either spelling.
fn is_over(call: &Value) -> bool {
    let state = call.get("eCallState").or_else(|| call.get("iCallState"));
    matches!(state.and_then(Value::as_i64), Some(1 | 256))
}
