//! Every secret of the process, and texts without them.
//!
//! In: secrets as they come (configuration, tokens, sessions, proxies), and texts that came from
//! somewhere else. Out: the texts with `[removed]` in place of whatever shows eight characters of a
//! secret in a row, in any notation in which a server, a proxy or a parser gives back what it was
//! sent: as it is, percent-encoded, escaped for JSON or HTML, base64, hexadecimal, in other case,
//! backwards, wrapped, or one in the other.
//!
//! The secrets are not encoded: the text is decoded, each notation on its own, and what comes out is
//! looked through (`notation`). It must happen before a text is cut: of half a secret in base64
//! nothing would be recognised.
//!
//! The set is one for the process, because a secret is one for the process: whatever reaches the
//! log, a screen or stderr passes it, whoever wrote it.

mod known;
mod notation;
mod reading;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use known::{Known, Traces};
use reading::Reading;

/// What stands in place of what was removed.
pub const REMOVED: &str = "[removed]";

/// Secrets that another one follows: only the last few of a kind can still come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passing {
    /// An access token of Graph.
    AccessToken,
    /// A refresh token of a user's sign-in.
    RefreshToken,
    /// The device code of a sign-in.
    DeviceCode,
    /// A signed assertion in place of the client secret.
    Assertion,
    /// A session or login token of UCServer.
    Session,
}

/// How many of a kind are remembered for each server.
const REMEMBERED: usize = 4;

#[derive(Default)]
struct Secrets {
    lasting: VecDeque<Traces>,
    passing: BTreeMap<(Passing, Box<str>), VecDeque<Traces>>,
    known: Arc<Known>,
}

static SECRETS: RwLock<Option<Secrets>> = RwLock::new(None);

/// From now on no text shows `secret`: one that holds as long as the process runs.
pub fn hide(secret: &str) {
    remember(secret, usize::MAX, |secrets| &mut secrets.lasting);
}

/// The same for a secret that others of its kind will follow. `server` is the address of whoever gave it
/// or takes it: one process serves many tenants, and the tokens of one push out none of another.
pub fn hide_passing(kind: Passing, server: &str, secret: &str) {
    remember(secret, REMEMBERED, |secrets| {
        secrets.passing.entry((kind, server.into())).or_default()
    });
}

fn remember(
    secret: &str,
    at_most: usize,
    list: impl FnOnce(&mut Secrets) -> &mut VecDeque<Traces>,
) {
    let traces = Traces::of_secret(secret);
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    let secrets = secrets.get_or_insert_with(Secrets::default);
    let list = list(secrets);
    if traces.is_empty() || list.contains(&traces) {
        return;
    }
    if list.len() >= at_most {
        list.pop_front();
    }
    list.push_back(traces);
    let passing = secrets.passing.values().flatten();
    secrets.known = Arc::new(Known::from_traces(secrets.lasting.iter().chain(passing)));
}

/// `text` without any secret that the process knows.
#[must_use]
pub fn redacted(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(known) = secrets.as_ref().map(|secrets| Arc::clone(&secrets.known)) else {
        return Cow::Borrowed(text);
    };
    drop(secrets);
    without(&known, text)
}

/// Whether `text` shows any secret that the process knows.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    matches!(redacted(text), Cow::Owned(_))
}

fn without<'a>(known: &Known, text: &'a str) -> Cow<'a, str> {
    let mut hits = Vec::new();
    if text.len() >= known.shortest() {
        for reading in notation::readings(Reading::from_text(text)) {
            known.find(&reading, &mut hits);
        }
    }
    if hits.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(blotted(text, whole_words(text, hits)))
}

/// The hits, each grown to what stands between white space: what is beside a piece of a secret is
/// most likely the rest of it, in a notation that nobody thought of. Sorted, none touches another.
fn whole_words(text: &str, mut hits: Vec<Range<usize>>) -> Vec<Range<usize>> {
    hits.sort_unstable_by_key(|hit| hit.start);
    let mut words: Vec<Range<usize>> = Vec::new();
    for hit in hits {
        if words.last().is_some_and(|word| hit.end <= word.end) {
            continue;
        }
        let word = grown(text, &hit);
        match words.last_mut() {
            Some(last) if word.start <= last.end => last.end = last.end.max(word.end),
            _ => words.push(word),
        }
    }
    words
}

fn grown(text: &str, hit: &Range<usize>) -> Range<usize> {
    let before = text.get(..hit.start).unwrap_or_default();
    let after = text.get(hit.end..).unwrap_or_default();
    let start = before.rfind(char::is_whitespace).map_or(0, |at| {
        at + before
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(1, char::len_utf8)
    });
    let end = after
        .find(char::is_whitespace)
        .map_or(text.len(), |at| hit.end + at);
    start..end
}

fn blotted(text: &str, words: Vec<Range<usize>>) -> String {
    let (mut clean, mut from) = (String::with_capacity(text.len()), 0);
    for word in words {
        let between = text.get(from..word.start).unwrap_or_default();
        let is_wrapped = from > 0 && between.trim().is_empty();
        if !is_wrapped {
            clean.push_str(between);
            clean.push_str(REMOVED);
        }
        from = word.end;
    }
    clean.push_str(text.get(from..).unwrap_or_default());
    clean
}

#[cfg(test)]
mod tests;
