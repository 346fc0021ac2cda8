//! A text message whose bytes are no UTF-8 ends a WebSocket (RFC 6455, 8.1): one name in another
//! encoding would end every session with its list of users. So the frames' type is taken away
//! before the library sees it: everything arrives as bytes, and what is text is judged here.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const END_OF_HEAD: &[u8; 4] = b"\r\n\r\n";
/// The types of a frame (RFC 6455, 5.2).
const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// A stream on which text frames come in as binary ones. Writing is left alone.
pub(super) struct Untyped<S> {
    stream: S,
    frames: Frames,
}

impl<S> Untyped<S> {
    /// Before the upgrade to a WebSocket.
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            frames: Frames::default(),
        }
    }
}

/// Where in the server's bytes we are.
enum Place {
    /// In the HTTP head of the upgrade; so much of its end has come.
    Upgrade(usize),
    /// In the head of a frame.
    Head { seen: u8, of: u8, length: u64 },
    /// In the payload; so much is to come.
    Payload(u64),
}

struct Frames(Place);

impl Default for Frames {
    fn default() -> Self {
        Self(Place::Upgrade(0))
    }
}

impl Place {
    const NEXT_FRAME: Self = Self::Head {
        seen: 0,
        of: 2,
        length: 0,
    };
}

impl Frames {
    /// Goes through bytes as they come, however they are cut.
    fn pass(&mut self, bytes: &mut [u8]) {
        let mut rest = bytes;
        while let Some((first, more)) = rest.split_first_mut() {
            if let Place::Payload(left) = &mut self.0 {
                let length =
                    usize::try_from(*left).map_or(more.len() + 1, |n| n.min(more.len() + 1));
                *left -= length as u64;
                if *left == 0 {
                    self.0 = Place::NEXT_FRAME;
                }
                rest = more.get_mut(length - 1..).unwrap_or_default();
                continue;
            }
            self.step(first);
            rest = more;
        }
    }

    fn step(&mut self, byte: &mut u8) {
        match &mut self.0 {
            Place::Upgrade(matched) => {
                let fits = END_OF_HEAD.get(*matched) == Some(byte);
                *matched = if fits {
                    *matched + 1
                } else {
                    usize::from(*byte == b'\r')
                };
                if *matched == END_OF_HEAD.len() {
                    self.0 = Place::NEXT_FRAME;
                }
            }
            Place::Head { seen, of, length } => {
                match *seen {
                    0 if *byte & 0x0F == TEXT => *byte = *byte & 0xF0 | BINARY,
                    0 => {}
                    1 => (*of, *length) = head_and_length(*byte),
                    at if at < *of - masked(*of) => *length = *length << 8 | u64::from(*byte),
                    _ => {}
                }
                *seen += 1;
                if *seen == *of {
                    self.0 = match *length {
                        0 => Place::NEXT_FRAME,
                        length => Place::Payload(length),
                    };
                }
            }
            Place::Payload(_) => {}
        }
    }
}

/// Bytes of the frame's head by its second byte, and the length where it is short. A server masks
/// nothing; where it does all the same, the mask is the end of the head.
const fn head_and_length(second: u8) -> (u8, u64) {
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    match second & 0x7F {
        126 => (4 + mask, 0),
        127 => (10 + mask, 0),
        short => (2 + mask, short as u64),
    }
}

/// How much of a head of so many bytes is the mask.
const fn masked(head: u8) -> u8 {
    match head {
        6 | 8 | 14 => 4,
        _ => 0,
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Untyped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let new = buffer.filled_mut().get_mut(before..);
        self.frames.pass(new.unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Untyped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UPGRADE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\r\n\r\n";

    fn frame(kind: u8, length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut frame = vec![0x80 | kind];
        match u16::try_from(length) {
            Ok(short) if short < 126 => frame.push(mask | short.to_le_bytes()[0]),
            Ok(longer) => {
                frame.push(mask | 0x7E);
                frame.extend(longer.to_be_bytes());
            }
            Err(_) => {
                frame.push(mask | 0x7F);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(vec![0x81; if masked { 4 } else { 0 } + length]);
        frame
    }

    proptest! {
        /// Whatever the lengths and however the bytes are cut: every text frame becomes a binary
        /// one, and no other byte changes.
        #[test]
        fn only_the_type_of_text_frames_changes(
            frames in prop::collection::vec(
                (prop::sample::select(vec![0u8, 1, 2, 8, 9, 10]),
                 prop::sample::select(vec![0usize, 1, 5, 125, 126, 127, 300, 65_535, 65_536, 70_000]),
                 any::<bool>()), 0..8),
            cut in 1usize..400,
        ) {
            let (mut sent, mut expected) = (UPGRADE.to_vec(), UPGRADE.to_vec());
            for (kind, length, masked) in frames {
                let one = frame(kind, length, masked);
                expected.extend(&one);
                let at = expected.len() - one.len();
                if kind == TEXT {
                    expected[at] = 0x80 | BINARY;
                }
                sent.extend(one);
            }
            let mut passing = Frames::default();
            for part in sent.chunks_mut(cut) {
                passing.pass(part);
            }
            prop_assert!(sent == expected);
        }
    }
}
