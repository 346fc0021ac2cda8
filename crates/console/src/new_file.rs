//! A file that the administrator asked for.

/// Writes a file that only its owner may read; never over one that is there. Where it is.
pub(super) fn write_new(file: &str, text: &str) -> Result<String, String> {
    use std::io::Write as _;

    let said = |error: std::io::Error| format!("{file}: {error}");
    let place = std::path::absolute(file).map_err(said)?;
    let made = files::OpenRules::ours(&place).make();
    let mut to = made.map_err(|error| said(error.into()))?;
    to.write_all(text.as_bytes()).map_err(said)?;
    Ok(model::text::harmless(&place.to_string_lossy()).into_owned())
}
