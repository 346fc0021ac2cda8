//! The two buffers and the way to the terminal.
//!
//! `ratatui::Terminal` is not used: it asks the terminal for the cursor's position when it
//! clears, writes 25 bytes for a frame in which nothing changed, and prints to stderr when it is
//! dropped on a dead terminal. A frame in here is the difference of two buffers, bracketed as a
//! synchronized update (DEC 2026), and leaves with one write. No difference, no bytes.

use std::io::{self, Write};

use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};

/// Begins a synchronized update.
const BEGIN: &[u8] = b"\x1b[?2026h";
/// Ends it: the terminal shows the frame.
const END: &[u8] = b"\x1b[?2026l";
/// Resets colours and attributes and erases the screen. Never asks anything back.
const ERASE: &[u8] = b"\x1b[0m\x1b[2J";

/// Room for a whole frame of a large terminal.
const FRAME_SIZE: usize = 64 * 1024;
/// Most that is told beside a frame.
const TOLD: usize = 4 * 1024;

/// What is on the terminal, and what shall be.
#[derive(Debug)]
pub(super) struct Canvas<W> {
    to: W,
    /// The frame that is being made: all of it leaves with one write.
    frame: Vec<u8>,
    /// Bytes that are no part of a frame and leave with the next one.
    carried: Vec<u8>,
    /// The same, all of them.
    told: Vec<u8>,
    front: Buffer,
    back: Buffer,
    cursor: Option<Position>,
    erase: bool,
}

impl<W: Write> Canvas<W> {
    /// Nothing is known about the terminal yet: the first frame erases it.
    pub(super) fn new(to: W, size: Size) -> Self {
        let area = Rect::from((Position::ORIGIN, size));
        Self {
            to,
            frame: Vec::with_capacity(FRAME_SIZE),
            carried: Vec::new(),
            told: Vec::new(),
            front: Buffer::empty(area),
            back: Buffer::empty(area),
            cursor: None,
            erase: true,
        }
    }

    /// The next frame draws everything afresh, at this size.
    pub(super) fn invalidate(&mut self, size: Size) {
        let area = Rect::from((Position::ORIGIN, size));
        self.front = Buffer::empty(area);
        self.back = Buffer::empty(area);
        self.erase = true;
    }

    /// Draws a frame; `paint` fills an empty buffer and says where the cursor stands. Returns
    /// whether anything had to be written.
    ///
    /// # Errors
    /// When the terminal does not take it.
    pub(super) fn draw<T>(
        &mut self,
        paint: impl FnOnce(&mut Buffer) -> (Option<Position>, T),
    ) -> io::Result<(bool, T)> {
        self.back.reset();
        let (cursor, answer) = paint(&mut self.back);
        let changes = self.front.diff(&self.back);
        let carries = !self.carried.is_empty() || !self.told.is_empty();
        self.frame.append(&mut self.carried);
        self.frame.append(&mut self.told);
        if changes.is_empty() && cursor == self.cursor && !self.erase {
            if carries {
                self.release()?;
            }
            return Ok((carries, answer));
        }
        encode(&mut self.frame, &changes, (self.cursor, cursor), self.erase)?;
        self.release()?;
        self.cursor = cursor;
        self.erase = false;
        std::mem::swap(&mut self.front, &mut self.back);
        Ok((true, answer))
    }

    /// Has these bytes (OSC 52) leave with the next frame; only the last ones do.
    pub(super) fn carry(&mut self, bytes: Vec<u8>) {
        self.carried = bytes;
    }

    /// Has these bytes (a title, a bell) leave with the next frame, after what was told before. A
    /// terminal that takes no frames is told no more than fits.
    pub(super) fn tell(&mut self, bytes: &[u8]) {
        if self.told.len() + bytes.len() <= TOLD {
            self.told.extend_from_slice(bytes);
        }
    }

    fn release(&mut self) -> io::Result<()> {
        let sent = self
            .to
            .write_all(&self.frame)
            .and_then(|()| self.to.flush());
        self.frame.clear();
        sent
    }
}

/// One frame as bytes. The cursor is hidden while cells are drawn and shown at its new place.
fn encode(
    frame: &mut Vec<u8>,
    changes: &[(u16, u16, &Cell)],
    (before, after): (Option<Position>, Option<Position>),
    erase: bool,
) -> io::Result<()> {
    frame.extend_from_slice(BEGIN);
    if erase {
        frame.extend_from_slice(ERASE);
    }
    // Writing into a vector cannot fail; its flush does nothing.
    let mut backend = CrosstermBackend::new(frame);
    if before.is_some() {
        backend.hide_cursor()?;
    }
    if !changes.is_empty() {
        backend.draw(changes.iter().copied())?;
    }
    if let Some(position) = after {
        backend.set_cursor_position(position)?;
        backend.show_cursor()?;
    }
    backend.write_all(END)
}

#[cfg(test)]
impl Canvas<Vec<u8>> {
    /// What was written since the last time.
    pub(super) fn taken(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts what reaches the terminal.
    #[derive(Default)]
    struct Counted {
        writes: Vec<Vec<u8>>,
    }

    impl Write for &mut Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_one_write_inside_a_synchronized_update() {
        let mut terminal = Counted::default();
        let size = Size {
            width: 40,
            height: 5,
        };
        let mut canvas = Canvas::new(&mut terminal, size);
        for text in ["one", "two", "two"] {
            canvas
                .draw(|buf| {
                    buf.set_string(0, 0, text, ratatui::style::Style::new());
                    (Some(Position::new(1, 1)), ())
                })
                .unwrap();
        }
        drop(canvas);
        assert_eq!(terminal.writes.len(), 2, "the third frame changes nothing");
        for frame in &terminal.writes {
            assert!(frame.starts_with(BEGIN) && frame.ends_with(END));
        }
    }

    #[test]
    fn what_is_carried_leaves_with_the_next_frame_whether_or_not_that_changes_anything() {
        let size = Size {
            width: 9,
            height: 2,
        };
        let mut canvas = Canvas::new(Vec::new(), size);
        canvas.draw(|_| (None, ())).unwrap();
        canvas.taken();
        for bytes in ["one", "two"] {
            canvas.carry(bytes.into());
        }
        assert_eq!(canvas.taken(), b"");
        assert_eq!(canvas.draw(|_| (None, ())).unwrap(), (true, ()));
        assert_eq!(canvas.taken(), b"two");
        assert_eq!(canvas.draw(|_| (None, ())).unwrap(), (false, ()));
    }

    #[test]
    fn what_is_told_leaves_in_its_order_and_never_grows_without_end() {
        let size = Size {
            width: 9,
            height: 2,
        };
        let mut canvas = Canvas::new(Vec::new(), size);
        canvas.draw(|_| (None, ())).unwrap();
        canvas.taken();
        canvas.tell(b"one");
        canvas.carry(b"copied".into());
        canvas.tell(b"two");
        assert_eq!(canvas.draw(|_| (None, ())).unwrap(), (true, ()));
        assert_eq!(canvas.taken(), b"copiedonetwo");
        for _ in 0..10_000 {
            canvas.tell(b"again");
        }
        canvas.draw(|_| (None, ())).unwrap();
        assert!(canvas.taken().len() <= TOLD);
    }

    #[test]
    fn the_terminal_is_never_asked_anything() {
        let mut terminal = Counted::default();
        let mut canvas = Canvas::new(
            &mut terminal,
            Size {
                width: 9,
                height: 2,
            },
        );
        canvas.invalidate(Size {
            width: 5,
            height: 2,
        });
        canvas.draw(|_| (None, ())).unwrap();
        drop(canvas);
        let all = terminal.writes.concat();
        assert!(!all.windows(4).any(|window| window == b"\x1b[6n"));
    }
}
