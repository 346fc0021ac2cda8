//! Notations that write a character as a few others, each with a sign before it.

use super::super::reading::{Byte, Reading, gapless};

/// What one sign and its characters mean, and how many bytes they take.
type Spelt = Option<(char, usize)>;

/// Without the line ends that came between a sign and its characters when the text was wrapped.
pub(super) fn joined(text: &Reading) -> Vec<Reading> {
    let has_signs = text.0.iter().any(|byte| b"%\\&=".contains(&byte.value));
    if !has_signs || !text.0.iter().any(|byte| byte.is_gap()) {
        return Vec::new();
    }
    vec![Reading(gapless(&text.0))]
}

/// `%2B`, `%u002B`: a query, a form.
pub(super) fn percent(text: &Reading) -> Vec<Reading> {
    signs(text, b'%', |rest| match rest {
        [b'%', b'u' | b'U', digits @ ..] => number(digits, 16, 4).map(|c| (c, 6)),
        [b'%', digits @ ..] => octet(digits).map(|c| (c, 3)),
        _ => None,
    })
}

/// `+` for a space, in a form.
pub(super) fn plus(text: &Reading) -> Vec<Reading> {
    signs(text, b'+', |_| Some((' ', 1)))
}

/// `=2B`: mail, with its soft line ends.
pub(super) fn quoted_printable(text: &Reading) -> Vec<Reading> {
    signs(text, b'=', |rest| match rest {
        [b'=', b'\r' | b'\n' | b' ', ..] => Some((' ', 1)),
        [b'=', digits @ ..] => octet(digits).map(|c| (c, 3)),
        _ => None,
    })
}

/// `\/`, `\u002b`, `\u{2b}`, `\x2b`, `\053`: JSON and most programming languages.
pub(super) fn backslash(text: &Reading) -> Vec<Reading> {
    signs(text, b'\\', |rest| match rest {
        [b'\\', b'u' | b'U', b'{', digits @ ..] => until(digits, b'}', 16).map(|(c, n)| (c, n + 4)),
        [b'\\', b'u', digits @ ..] => number(digits, 16, 4).map(|c| (c, 6)),
        [b'\\', b'U', digits @ ..] => number(digits, 16, 8)
            .map(|c| (c, 10))
            .or_else(|| number(digits, 16, 4).map(|c| (c, 6))),
        [b'\\', b'x' | b'X', digits @ ..] => octet(digits).map(|c| (c, 4)),
        [b'\\', b'0'..=b'7', ..] => number(rest.get(1..)?, 8, 3).map(|c| (c, 4)),
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v', ..] => Some((' ', 2)),
        [b'\\', other, ..] if other.is_ascii_punctuation() => Some((char::from(*other), 2)),
        _ => None,
    })
}

/// `&amp;`, `&#43;`, `&#x2B;`: HTML and XML. The semicolon may be missing.
pub(super) fn entities(text: &Reading) -> Vec<Reading> {
    signs(text, b'&', |rest| match rest {
        [b'&', b'#', b'x' | b'X', digits @ ..] => entity(digits, 16).map(|(c, n)| (c, n + 3)),
        [b'&', b'#', digits @ ..] => entity(digits, 10).map(|(c, n)| (c, n + 2)),
        [b'&', name @ ..] => named(name).map(|(c, n)| (c, n + 1)),
        _ => None,
    })
}

/// `text` with every sign read; nothing where none was.
fn signs(text: &Reading, sign: u8, read: impl Fn(&[u8]) -> Spelt) -> Vec<Reading> {
    if !text.0.iter().any(|byte| byte.value == sign) {
        return Vec::new();
    }
    let values: Vec<u8> = text.0.iter().map(|byte| byte.value).collect();
    let (mut plain, mut at, mut any) = (Reading::default(), 0, false);
    while let (Some(byte), Some(rest)) = (text.0.get(at), values.get(at..)) {
        let spelt = (byte.value == sign).then(|| read(rest)).flatten();
        if let Some((c, length)) = spelt {
            let from = text.0.get(at..at + length).unwrap_or_default();
            push(&mut plain, c, from);
            (at, any) = (at + length.max(1), true);
        } else {
            plain.0.push(*byte);
            at += 1;
        }
    }
    if any { vec![plain] } else { Vec::new() }
}

/// An octet stays one: several of them may be one character in UTF-8.
fn push(plain: &mut Reading, c: char, from: &[Byte]) {
    match u8::try_from(u32::from(c)) {
        Ok(octet) => plain.0.push(Byte::spelt(octet, from)),
        Err(_) => plain.push_char(c, from),
    }
}

fn octet(digits: &[u8]) -> Option<char> {
    number(digits, 16, 2)
}

/// The character that exactly `count` digits name.
fn number(digits: &[u8], radix: u32, count: usize) -> Option<char> {
    let digits = str::from_utf8(digits.get(..count)?).ok()?;
    let digits = Some(digits).filter(|text| text.chars().all(|c| c.is_digit(radix)));
    char::from_u32(u32::from_str_radix(digits?, radix).ok()?)
}

/// The character that the digits before `end` name, and how many those and the end are.
fn until(digits: &[u8], end: u8, radix: u32) -> Option<(char, usize)> {
    let count = digits.iter().take(9).position(|byte| *byte == end)?;
    Some((number(digits, radix, count)?, count))
}

fn entity(digits: &[u8], radix: u32) -> Option<(char, usize)> {
    let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
    let count = digits.iter().take(8).take_while(is_digit).count();
    let c = number(digits, radix, count).filter(|_| count > 0)?;
    Some((c, with_end(digits, count)))
}

fn with_end(digits: &[u8], count: usize) -> usize {
    count + usize::from(digits.get(count) == Some(&b';'))
}

/// The names of HTML for what is no letter or digit in ASCII. None begins as another does.
const NAMES: [(&str, char); 36] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("sol", '/'),
    ("bsol", '\\'),
    ("plus", '+'),
    ("equals", '='),
    ("percnt", '%'),
    ("num", '#'),
    ("semi", ';'),
    ("colon", ':'),
    ("comma", ','),
    ("period", '.'),
    ("excl", '!'),
    ("quest", '?'),
    ("lpar", '('),
    ("rpar", ')'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("verbar", '|'),
    ("vert", '|'),
    ("lowbar", '_'),
    ("Hat", '^'),
    ("grave", '`'),
    ("dollar", '$'),
    ("commat", '@'),
    ("ast", '*'),
    ("nbsp", ' '),
];

fn named(text: &[u8]) -> Option<(char, usize)> {
    let (name, c) = NAMES.iter().find(|(name, _)| {
        let head = text.get(..name.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()))
    })?;
    Some((*c, with_end(text, name.len())))
}
