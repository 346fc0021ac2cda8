//! A file that the administrator asked for.

/// Writes a file that only its owner may read; never over one that is there. Where it is.
pub(super) fn write_new(file: &str, text: &str) -> Result<String, String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let said = |error: std::io::Error| format!("{file}: {error}");
    let place = std::path::absolute(file).map_err(said)?;
    let mut to = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&place)
        .map_err(said)?;
    to.write_all(text.as_bytes()).map_err(said)?;
    Ok(model::text::harmless(&place.to_string_lossy()).into_owned())
}
