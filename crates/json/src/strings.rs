//! Strings whose text is no text: half a surrogate pair, bytes in another encoding, an escape that
//! there is none of, a line break as it is.

/// Writes the inside of a JSON string (`raw`, without the quotation marks) so that it is one.
/// Returns whether anything had to be replaced.
pub(super) fn write(out: &mut String, raw: &[u8]) -> bool {
    if let Ok(text) = str::from_utf8(raw)
        && !text.bytes().any(|byte| byte == b'\\' || byte < 0x20)
    {
        out.push_str(text);
        return false;
    }
    let mut replaced = false;
    for chunk in raw.utf8_chunks() {
        replaced |= chunk_of(out, chunk.valid());
        if !chunk.invalid().is_empty() {
            out.push(char::REPLACEMENT_CHARACTER);
            replaced = true;
        }
    }
    replaced
}

fn chunk_of(out: &mut String, text: &str) -> bool {
    let mut replaced = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (read, length) = if first == '\\' {
            escape(rest)
        } else {
            (Some(first), first.len_utf8())
        };
        replaced |= read.is_none();
        push(out, read.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = rest.get(length..).unwrap_or_default();
    }
    replaced
}

/// What the escape at the beginning of `text` means, nothing where it means nothing; and how long
/// it is.
fn escape(text: &str) -> (Option<char>, usize) {
    let Some(kind) = text.chars().nth(1) else {
        return (None, 1);
    };
    let plain = match kind {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '"' | '\\' | '/' => kind,
        'u' => return code_point(text),
        _ => return (None, 1 + kind.len_utf8()),
    };
    (Some(plain), 2)
}

/// `\uXXXX`, or two of them for one character.
fn code_point(text: &str) -> (Option<char>, usize) {
    let Some(unit) = unit(text) else {
        return (None, 2);
    };
    let low = text.get(6..).and_then(unit_of_escape);
    let pair = [Some(unit), low].into_iter().flatten();
    match char::decode_utf16(pair).next() {
        Some(Ok(whole)) if whole.len_utf16() == 2 => (Some(whole), 12),
        Some(Ok(whole)) => (Some(whole), 6),
        _ => (None, 6),
    }
}

fn unit_of_escape(text: &str) -> Option<u16> {
    text.starts_with("\\u").then(|| unit(text)).flatten()
}

fn unit(escape: &str) -> Option<u16> {
    let digits = escape.get(2..6)?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

fn push(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        control if control < ' ' => {
            out.push_str("\\u00");
            let code = u32::from(control);
            out.extend(
                [code >> 4, code & 15].map(|digit| char::from_digit(digit, 16).unwrap_or('0')),
            );
        }
        other => out.push(other),
    }
}
