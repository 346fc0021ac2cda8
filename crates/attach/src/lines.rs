//! Lines of bounded length from a socket.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// Reads on until `line` has a whole line, without its end; whether there is one. A half line at the
/// end of the stream is none. May be broken off: what was read so far stays in `line`, which whoever
/// calls empties after a whole one.
///
/// # Errors
/// As the operating system says; `InvalidData` where the line is longer than `limit` bytes.
pub(super) async fn next_line(
    from: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<bool> {
    let most = u64::try_from(limit.saturating_sub(line.len())).unwrap_or(u64::MAX);
    from.take(most).read_until(b'\n', line).await?;
    if line.pop_if(|last| *last == b'\n').is_some() {
        return Ok(true);
    }
    if line.len() >= limit {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(false)
}
