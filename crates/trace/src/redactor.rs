//! A whole message without anybody in it. What is not known to be harmless becomes a pseudonym, so
//! that a member which a later UCServer adds gives nobody away.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::{Map, Number, Value};

use super::members::{
    LARGEST_ANONYMOUS, LARGEST_ENUM, Policy, is_identifier, is_interface_name, policy,
};
use super::pseudonym::Pseudonyms;
use super::times;

/// In place of a credential.
pub(crate) const DROPPED: &str = "[dropped]";

/// Redacts everything of one recording.
pub struct Redactor {
    pseudonyms: Pseudonyms,
    began: Timestamp,
    /// What has had a pseudonym as a value, so that it has one as a member's name too.
    known: HashSet<String>,
    /// Names that were looked at, and whether the process has such a secret: of 20,000 profiles
    /// each has the same ones.
    judged: HashMap<String, bool>,
}

/// So many values are kept apart: a name that comes after them may stay as a member's name.
const MOST_KNOWN: usize = 200_000;
/// So many names are kept.
const MOST_JUDGED: usize = 4_096;

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// For a recording that begins now, with a salt that nobody knows.
    #[must_use]
    pub fn new(began: Timestamp) -> Self {
        let mut salt = [0; 32];
        let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
        let random = random.iter().flat_map(uuid::Uuid::as_bytes);
        for (byte, chance) in salt.iter_mut().zip(random) {
            *byte = *chance;
        }
        Self::salted(salt, began)
    }

    /// The same with a salt that a test knows.
    #[must_use]
    pub fn salted(salt: [u8; 32], began: Timestamp) -> Self {
        Self {
            pseudonyms: Pseudonyms::new(salt),
            began,
            known: HashSet::new(),
            judged: HashMap::new(),
        }
    }

    /// The pseudonym of a text.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.pseudonyms.text(text)
    }

    /// A time as it stands in the recording; nothing where it is none.
    #[must_use]
    pub fn time(&self, text: &str) -> Option<String> {
        times::moved(text, self.began)
    }

    /// A message without anybody in it.
    pub fn message(&mut self, message: &Value) -> Value {
        self.value(message, Policy::Unknown)
    }

    fn value(&mut self, value: &Value, policy: Policy) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => self.number(number, policy),
            Value::String(text) => self.string(text, policy).into(),
            Value::Array(items) => {
                let redacted = items.iter().map(|item| self.value(item, policy));
                Value::Array(redacted.collect())
            }
            Value::Object(members) => Value::Object(self.members(members, policy)),
        }
    }

    fn members(&mut self, members: &Map<String, Value>, outer: Policy) -> Map<String, Value> {
        let pair = pair_key(members).map(policy);
        let mut redacted = Map::new();
        for (name, value) in members {
            let own = match pair {
                Some(_) if name == "key" => {
                    redacted.insert(name.clone(), self.key_of_pair(value));
                    continue;
                }
                Some(of_key) if name == "value" => of_key,
                _ if is_choice(name) => outer,
                _ => policy(name),
            };
            // What stands inside of a credential is one.
            let own = if outer == Policy::Drop { outer } else { own };
            let value = self.value(value, own);
            redacted.insert(self.name(name), value);
        }
        redacted
    }

    /// The key of a pair is a member's name, and stays where it looks like one.
    fn key_of_pair(&mut self, key: &Value) -> Value {
        match key.as_str() {
            Some(key) => self.name(key).into(),
            None => Value::Null,
        }
    }

    fn name(&mut self, name: &str) -> String {
        let stays = is_identifier(name) && !self.gives_away(name);
        if stays {
            name.to_owned()
        } else {
            self.pseudonyms.text(name)
        }
    }

    fn gives_away(&mut self, name: &str) -> bool {
        policy(name) == Policy::Unknown
            && (self.known.contains(&name.to_lowercase()) || self.is_secret(name))
    }

    /// Passwords are known from the start; sessions and tokens are no identifiers.
    fn is_secret(&mut self, name: &str) -> bool {
        if let Some(judged) = self.judged.get(name) {
            return *judged;
        }
        let is_secret = model::redact::is_secret(name);
        if self.judged.len() < MOST_JUDGED {
            self.judged.insert(name.to_owned(), is_secret);
        }
        is_secret
    }

    fn number(&self, number: &Number, policy: Policy) -> Value {
        if policy == Policy::Drop {
            return 0.into();
        }
        if policy == Policy::Time {
            let moved = number
                .as_f64()
                .and_then(|days| times::moved_days(days, self.began));
            return moved.map_or(Value::from(0), Value::from);
        }
        if number.as_i64().is_some_and(|whole| stays(whole, policy)) {
            return Value::Number(number.clone());
        }
        self.pseudonyms.number(&number.to_string()).into()
    }

    fn string(&mut self, text: &str, policy: Policy) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        if policy == Policy::Drop {
            return DROPPED.to_owned();
        }
        let is_name = policy == Policy::Identifier && is_interface_name(text);
        if is_name && !self.is_secret(text) {
            return text.to_owned();
        }
        if is_small(text, policy) {
            return text.trim().to_owned();
        }
        if let Some(moved) = times::moved(text, self.began) {
            return moved;
        }
        self.remember(text);
        self.pseudonyms.text(text)
    }

    /// A name, and the user in an address.
    fn remember(&mut self, text: &str) {
        const LONGEST: usize = 64;
        let text = text.trim();
        if text.len() > LONGEST || self.known.len() >= MOST_KNOWN {
            return;
        }
        let text = text.to_lowercase();
        let local = text.split('@').next().unwrap_or_default();
        let local = local.rsplit(':').next().unwrap_or_default();
        if local != text && !local.is_empty() {
            self.known.insert(local.to_owned());
        }
        self.known.insert(text);
    }
}

/// `{"key": "...", "value": ...}`: a member, written as a pair.
fn pair_key(members: &Map<String, Value>) -> Option<&str> {
    members.get("value")?;
    members.get("key")?.as_str()
}

/// The alternatives of the value of a pair: not a member of their own.
fn is_choice(name: &str) -> bool {
    matches!(name, "integerdata" | "stringdata" | "binarydata")
}

/// A number that is written as a text. A mask is none: as a text, a number may be somebody's.
fn is_small(text: &str, policy: Policy) -> bool {
    let policy = if policy == Policy::Mask {
        Policy::Enum
    } else {
        policy
    };
    let whole = text.trim().parse::<i64>();
    whole.is_ok_and(|whole| stays(whole, policy))
}

fn stays(whole: i64, policy: Policy) -> bool {
    let largest = match policy {
        Policy::Mask => i64::from(u32::MAX),
        Policy::Enum => LARGEST_ENUM,
        _ => LARGEST_ANONYMOUS,
    };
    (-1..=largest).contains(&whole)
}

#[cfg(test)]
#[path = "redactor_tests.rs"]
mod tests;
