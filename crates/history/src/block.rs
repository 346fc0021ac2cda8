//! A block: a head of fixed length, then the compressed frames. Head and body have a checksum each,
//! so that the head tells where the body ends and when it was written, even where the body is damaged.

use jiff::Timestamp;
use stream::PROTOCOL;

/// Begins every block; no text has it.
const MARK: [u8; 4] = [0xA7, b'L', 0xF0, b'1'];

/// The length of a head, in bytes.
pub(super) const HEAD: usize = 44;

/// A longer body is none of ours, in bytes.
const BODY_LIMIT: usize = 256 << 20;

/// What a block is within its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// All rows, without histories: a chain begins.
    Picture,
    /// The newest events of the rows, and the last log lines; compressed by itself, and nothing of
    /// its chain depends on it.
    Context,
    /// What has changed since the block before.
    Changes,
    /// What has changed since the picture, all at once; compressed anew from here.
    Base,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Picture => 0,
            Self::Context => 1,
            Self::Changes => 2,
            Self::Base => 3,
        }
    }

    const fn of_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Picture,
            1 => Self::Context,
            2 => Self::Changes,
            3 => Self::Base,
            _ => return None,
        })
    }
}

/// What a block is about: something to step to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    /// Something has happened to a user.
    pub(super) event: bool,
    /// Something has gone wrong, or is right again.
    pub(super) problem: bool,
    /// The first picture after a time without a recording.
    pub(super) first: bool,
}

impl About {
    fn bits(self) -> u8 {
        u8::from(self.event) | u8::from(self.problem) << 1 | u8::from(self.first) << 2
    }

    const fn of_bits(bits: u8) -> Self {
        Self {
            event: bits & 1 != 0,
            problem: bits & 2 != 0,
            first: bits & 4 != 0,
        }
    }
}

/// What the head of a block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) about: About,
    /// The [`PROTOCOL`] of its frames.
    pub(super) protocol: u16,
    /// Which chain: told from every other by a number that the recorder chose.
    pub(super) chain: u64,
    /// Which block of the chain, counted from 0.
    pub(super) number: u32,
    /// The time of day, in milliseconds since 1970.
    pub(super) at: i64,
}

impl Head {
    pub(super) fn time(&self) -> Timestamp {
        Timestamp::from_millisecond(self.at).unwrap_or_default()
    }
}

/// The version of the frames that we write.
pub(super) fn protocol() -> u16 {
    u16::try_from(PROTOCOL).unwrap_or(u16::MAX)
}

/// The bytes of a block.
pub(super) fn block(head: &Head, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend(MARK);
    bytes.extend([head.kind.code(), head.about.bits()]);
    bytes.extend(head.protocol.to_le_bytes());
    bytes.extend(head.chain.to_le_bytes());
    bytes.extend(head.number.to_le_bytes());
    bytes.extend(head.at.to_le_bytes());
    bytes.extend(u64::try_from(body.len()).unwrap_or(u64::MAX).to_le_bytes());
    bytes.extend(crc32fast::hash(body).to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// A block in the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) head: Head,
    /// Where its body is; nothing where that is damaged or cut off.
    pub(super) body: Option<std::ops::Range<usize>>,
    /// Whether bytes before it belong to no block.
    pub(super) after_damage: bool,
}

/// Every block of a file, and whether bytes are left that belong to none, in whatever state it is.
pub(super) fn find_all(bytes: &[u8]) -> (Vec<Found>, bool) {
    let (mut found, mut at, mut damage) = (Vec::new(), 0, false);
    while at < bytes.len() {
        let Some((head, body, checksum)) = head_at(bytes, at) else {
            damage = true;
            let rest = bytes.get(at + 1..).unwrap_or_default();
            match memchr::memmem::find(rest, &MARK) {
                Some(next) => at += 1 + next,
                None => break,
            }
            continue;
        };
        let whole = bytes.get(body.clone()).map(crc32fast::hash) == Some(checksum);
        let after_damage = std::mem::take(&mut damage);
        // A length that is right leads to the next block, whatever became of the body.
        at = if body.end <= bytes.len() {
            body.end
        } else {
            at + 1
        };
        found.push(Found {
            head,
            body: whole.then_some(body),
            after_damage,
        });
    }
    (found, damage)
}

/// The head that a file begins with, where it is whole.
pub(super) fn first_head(bytes: &[u8]) -> Option<Head> {
    head_at(bytes, 0).map(|(head, ..)| head)
}

type AtHead = (Head, std::ops::Range<usize>, u32);

fn head_at(bytes: &[u8], at: usize) -> Option<AtHead> {
    let head = bytes.get(at..at.checked_add(HEAD)?)?;
    let (said, checksum) = head.split_at_checked(HEAD - 4)?;
    if !said.starts_with(&MARK) || crc32fast::hash(said) != number::<4>(checksum)? {
        return None;
    }
    let mut fields = Fields(said.get(MARK.len()..)?);
    let (kind, about) = (Kind::of_code(fields.take::<1>()?[0])?, fields.take::<1>()?);
    let read = Head {
        kind,
        about: About::of_bits(about[0]),
        protocol: u16::from_le_bytes(fields.take()?),
        chain: u64::from_le_bytes(fields.take()?),
        number: u32::from_le_bytes(fields.take()?),
        at: i64::from_le_bytes(fields.take()?),
    };
    let length = usize::try_from(u64::from_le_bytes(fields.take()?)).ok()?;
    let body = at + HEAD..(at + HEAD).checked_add(length.min(BODY_LIMIT))?;
    Some((read, body, u32::from_le_bytes(fields.take()?)))
}

fn number<const N: usize>(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(number: u32) -> Head {
        Head {
            kind: Kind::Changes,
            about: About {
                event: true,
                ..About::default()
            },
            protocol: protocol(),
            chain: 7,
            number,
            at: 1_800_000_000_123,
        }
    }

    #[test]
    fn blocks_come_out_as_they_went_in() {
        let bytes = [block(&head(0), b"one"), block(&head(1), b"")].concat();
        assert_eq!(HEAD + 3 + HEAD, bytes.len());
        let (found, damage) = find_all(&bytes);
        assert!(!damage);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].head, head(0));
        assert_eq!(bytes[found[0].body.clone().unwrap()], *b"one");
        assert_eq!(found[1].head.number, 1);
    }

    #[test]
    fn a_damaged_body_is_named_and_what_follows_is_found() {
        let mut bytes = [block(&head(0), b"one"), block(&head(1), b"two")].concat();
        bytes[HEAD] ^= 1;
        let (found, _) = find_all(&bytes);
        assert_eq!(found[0].body, None);
        assert!(found[1].body.is_some());
    }

    #[test]
    fn a_damaged_head_is_passed_over() {
        let mut bytes = [block(&head(0), b"one"), block(&head(1), b"two")].concat();
        bytes[9] ^= 1;
        let (found, _) = find_all(&bytes);
        assert_eq!(found.len(), 1);
        assert!(found[0].after_damage);
        assert_eq!(found[0].head.number, 1);
    }

    #[test]
    fn what_is_cut_off_is_no_block() {
        let bytes = block(&head(0), b"one");
        for cut in 1..bytes.len() {
            let (found, damage) = find_all(&bytes[..cut]);
            assert!(found.iter().all(|block| block.body.is_none()), "{cut}");
            assert!(damage || !found.is_empty(), "{cut}");
        }
    }
}
