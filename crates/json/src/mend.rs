//! Any bytes become JSON: what is JSON stays what it is, the rest is dropped where it stands.
//!
//! Nothing here calls itself, however deep the input nests.

use super::strings;

/// Lists and objects within each other; `serde_json` gives up at 128. Deeper ones become `null`.
const DEPTH: usize = 100;

/// The JSON that [`mended`] has made of some input.
#[derive(Debug)]
pub struct Mended {
    /// One JSON value.
    pub text: String,
    /// Where in `text` something was replaced or dropped, in order.
    pub places: Vec<usize>,
    /// Whether the input went on to its end: otherwise it was cut off, and all that was open is
    /// closed.
    pub complete: bool,
}

impl Mended {
    /// Whether anything within this part of the text was mended. `part` is a slice of it.
    #[must_use]
    pub fn touches(&self, part: &str) -> bool {
        let start = part
            .as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr());
        let from = self.places.partition_point(|place| *place < start);
        self.places
            .get(from)
            .is_some_and(|place| *place <= start + part.len())
    }
}

/// JSON that says what `raw` says, as far as it says anything. Texts that are none hold U+FFFD;
/// numbers, words, commas and brackets that are none are `null` or left out; so is what nests
/// deeper than a reader goes.
#[must_use]
pub fn mended(raw: &[u8]) -> Mended {
    let mut mender = Mender::new(raw);
    while mender.step() {}
    mender.finish()
}

/// What is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    List { empty: bool },
    Object { empty: bool, next: Next },
}

/// What an object waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Key,
    /// The key is written, the value is not.
    Value,
}

struct Mender<'a> {
    raw: &'a [u8],
    at: usize,
    out: String,
    places: Vec<usize>,
    open: Vec<Open>,
    /// Brackets below [`DEPTH`], all of them within one `null`.
    too_deep: usize,
    /// The one value is written.
    done: bool,
    in_string: bool,
}

impl<'a> Mender<'a> {
    fn new(raw: &'a [u8]) -> Self {
        Self {
            raw: raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw),
            at: 0,
            out: String::with_capacity(raw.len() + 16),
            places: Vec::new(),
            open: Vec::new(),
            too_deep: 0,
            done: false,
            in_string: false,
        }
    }

    /// Takes the next token; false at the end.
    fn step(&mut self) -> bool {
        let Some(byte) = self.raw.get(self.at).copied() else {
            return false;
        };
        self.at += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' => {}
            b',' => self.comma(),
            b'{' | b'[' => self.bracket(byte == b'{'),
            b'}' => self.close(true),
            b']' => self.close(false),
            b'"' => self.string(),
            _ => self.word(),
        }
        true
    }

    fn finish(mut self) -> Mended {
        let complete = self.done && self.open.is_empty() && !self.in_string;
        while !self.open.is_empty() {
            self.close_one();
        }
        if self.out.is_empty() {
            self.out.push_str("null");
        }
        Mended {
            text: self.out,
            places: self.places,
            complete,
        }
    }

    fn touch(&mut self) {
        self.places.push(self.out.len());
    }

    /// A value follows a key or a comma by itself; a comma only ends a member without a value.
    fn comma(&mut self) {
        if let Some(Open::Object {
            next: next @ Next::Value,
            ..
        }) = self.open.last_mut()
            && self.too_deep == 0
        {
            *next = Next::Key;
            self.out.push_str("null");
            self.touch();
        }
    }

    fn bracket(&mut self, object: bool) {
        if self.too_deep > 0 {
            self.too_deep += 1;
            return;
        }
        if object {
            self.end_unclosed();
        }
        if !self.place() {
            return;
        }
        if self.open.len() >= DEPTH {
            self.out.push_str("null");
            self.touch();
            self.too_deep = 1;
            return;
        }
        self.out.push(if object { '{' } else { '[' });
        self.open.push(if object {
            Open::Object {
                empty: true,
                next: Next::Key,
            }
        } else {
            Open::List { empty: true }
        });
    }

    /// An object where the key of another is due, in a list: the bracket between them was lost.
    fn end_unclosed(&mut self) {
        let below = self
            .open
            .len()
            .checked_sub(2)
            .and_then(|at| self.open.get(at));
        let due = Open::Object {
            empty: false,
            next: Next::Key,
        };
        if self.open.last() == Some(&due) && matches!(below, Some(Open::List { .. })) {
            self.touch();
            self.close_one();
        }
    }

    fn close(&mut self, object: bool) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let fits = |open: &Open| matches!(open, Open::Object { .. }) == object;
        let partner = self.open.iter().rposition(fits);
        let innermost = self.open.len().saturating_sub(1);
        if partner == Some(innermost) {
            return self.close_one();
        }
        self.touch();
        // The end of a list or object ends what is open in it. But one `}` too many in the list
        // that is the answer would end the answer.
        let Some(partner) = partner.filter(|at| !object || *at > 0) else {
            return;
        };
        while self.open.len() > partner {
            self.close_one();
        }
    }

    fn close_one(&mut self) {
        match self.open.pop() {
            Some(Open::List { .. }) => self.out.push(']'),
            Some(Open::Object { next, .. }) => {
                if next == Next::Value {
                    self.out.push_str("null");
                    self.touch();
                }
                self.out.push('}');
            }
            None => {}
        }
    }

    fn string(&mut self) {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let length = string_length(rest);
        let inside = rest.get(..length).unwrap_or_default();
        self.in_string = length == rest.len();
        self.at += length + 1;
        if self.too_deep > 0 {
            return;
        }
        if let Some(Open::Object {
            empty,
            next: next @ Next::Key,
        }) = self.open.last_mut()
        {
            *next = Next::Value;
            if !std::mem::replace(empty, false) {
                self.out.push(',');
            }
            self.quoted(inside);
            self.out.push(':');
        } else if self.place() {
            self.quoted(inside);
        }
    }

    fn quoted(&mut self, inside: &[u8]) {
        self.out.push('"');
        if strings::write(&mut self.out, inside) {
            self.touch();
        }
        self.out.push('"');
    }

    /// A number, `true`, `false`, `null`, or anything.
    fn word(&mut self) {
        let from = self.at - 1;
        let rest = self.raw.get(from..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"'))
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().trim_ascii_end();
        self.at = from + length;
        if self.too_deep > 0 {
            return;
        }
        if self.waits_for_key() {
            // No key, and so what follows is no member either.
            return self.touch();
        }
        if !self.place() {
            return;
        }
        let known = str::from_utf8(word).ok().and_then(known_word);
        self.out.push_str(known.as_deref().unwrap_or("null"));
        if known.is_none() {
            self.touch();
        }
    }

    fn waits_for_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open::Object {
                next: Next::Key,
                ..
            })
        )
    }

    /// Makes room for a value; false where none can stand, and it is passed over.
    fn place(&mut self) -> bool {
        match self.open.last_mut() {
            None if self.done => {
                self.touch();
                return false;
            }
            None => self.done = true,
            Some(Open::List { empty }) => {
                if !std::mem::replace(empty, false) {
                    self.out.push(',');
                }
            }
            Some(Open::Object { empty, next }) => {
                if *next == Next::Key {
                    // A value without a key: kept under none, so that its brackets stay a pair.
                    if !std::mem::replace(empty, false) {
                        self.out.push(',');
                    }
                    self.out.push_str("\"\":");
                    self.places.push(self.out.len());
                }
                *next = Next::Key;
            }
        }
        true
    }
}

/// Up to the closing quotation mark, or all of it.
fn string_length(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = rest
        .get(at..)
        .and_then(|more| memchr::memchr2(b'"', b'\\', more))
    {
        at += found;
        if rest.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    rest.len()
}

fn known_word(word: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(word).ok()?;
    (!value.is_string()).then(|| word.to_owned())
}
