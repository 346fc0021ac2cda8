//! A frame as a line of JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

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

/// Appends a frame and the end of its line.
///
/// # Errors
/// [`LineError::NotWritable`], for a value that JSON has no form for.
pub fn write_line<T: Serialize>(frame: &T, to: &mut Vec<u8>) -> Result<(), LineError> {
    serde_json::to_writer(&mut *to, frame).map_err(|_| LineError::NotWritable)?;
    to.push(b'\n');
    Ok(())
}

/// Reads a line, with or without its end.
///
/// # Errors
/// [`LineError::NotAFrame`].
pub fn read_line<T: DeserializeOwned>(line: &[u8]) -> Result<T, LineError> {
    // Whether it is text is found once for the line, not once for each of its words.
    let text = std::str::from_utf8(line).map_err(|_| LineError::NotAFrame)?;
    serde_json::from_str(text).map_err(|_| LineError::NotAFrame)
}
