//! A file that the administrator asked for.

use files::{OpenRules, io_words};
use model::text::{harmless, harmless_path};
use words::Words;

/// Writes a file that only its owner may read; never over one that is there. Where it is.
pub(super) fn write_new(file: &str, text: &str) -> Result<String, Words> {
    use std::io::Write as _;

    let said = |why: Words| Words::same(harmless(file)).because(&why);
    let place = std::path::absolute(file).map_err(|why| said(io_words(&why)))?;
    let made = OpenRules::ours(&place).make();
    let mut to = made.map_err(|why| said(why.words()))?;
    to.write_all(text.as_bytes())
        .map_err(|why| said(io_words(&why)))?;
    Ok(harmless_path(&place))
}
