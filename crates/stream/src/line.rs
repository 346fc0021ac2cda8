//! A frame as a line of JSON.

use crate::frame::{Frame, Request};

/// The longest line that is read, in bytes: a thousand rows take half a megabyte.
pub const LINE_LIMIT: usize = 16 * 1024 * 1024;

/// A line that is no frame.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It cannot be read. The parser's words are not told: they quote.
    #[error("a line that is no frame of lampfield's")]
    NotAFrame,
    /// It cannot be written.
    #[error("a frame that cannot be written")]
    NotWritable,
}

/// What is a line of its own. Its code is compiled here and once: it is long, and a generic
/// function's is compiled in each crate that calls it.
pub trait Line: Sized {
    /// Appends it as JSON.
    ///
    /// # Errors
    /// For a value that JSON has no form for.
    fn append(&self, to: &mut Vec<u8>) -> serde_json::Result<()>;

    /// Reads it.
    ///
    /// # Errors
    /// Where the text is none.
    fn parse(text: &str) -> serde_json::Result<Self>;
}

macro_rules! lines {
    ($($line:ident),*) => {$(
        impl Line for $line {
            fn append(&self, to: &mut Vec<u8>) -> serde_json::Result<()> {
                serde_json::to_writer(to, self)
            }

            fn parse(text: &str) -> serde_json::Result<Self> {
                serde_json::from_str(text)
            }
        }
    )*};
}

lines! { Frame, Request }

/// Appends a frame and the end of its line.
///
/// # Errors
/// [`LineError::NotWritable`], for a value that JSON has no form for.
pub fn write_line(frame: &impl Line, to: &mut Vec<u8>) -> Result<(), LineError> {
    frame.append(to).map_err(|_| LineError::NotWritable)?;
    to.push(b'\n');
    Ok(())
}

/// Reads a line, with or without its end.
///
/// # Errors
/// [`LineError::NotAFrame`].
pub fn read_line<T: Line>(line: &[u8]) -> Result<T, LineError> {
    // Whether it is text is found once for the line, not once for each of its words.
    let text = std::str::from_utf8(line).map_err(|_| LineError::NotAFrame)?;
    T::parse(text).map_err(|_| LineError::NotAFrame)
}
