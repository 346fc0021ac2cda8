//! `doctor --show-recording`: what is in a recording, before it is sent to anybody, and what it
//! settles.

use std::path::Path;

use eyre::Report;

use crate::config::{Cli, DoctorArgs, DoctorFormat, Environment, Exit};
use crate::doctor::{audit_text, rows_json, rows_text, unreadable};
use crate::files::OpenRules;
use crate::trace::{Evidence, Recording, audit, read};
use crate::wiring::output::{complain, look, say};
use crate::words::{fill, recording_texts};

/// Ten minutes of a large site.
const LARGEST: u64 = 1 << 30;

/// Runs `lampfield doctor --show-recording FILE`; fails where something stands there that is no
/// pseudonym.
pub(super) fn show_recording(
    cli: &Cli,
    env: &Environment,
    args: &DoctorArgs,
    path: &Path,
) -> Result<Exit, Report> {
    let look = look(cli, env);
    let recording = match open(path, &look) {
        Ok(recording) => recording,
        Err(why) => {
            complain(&format!("lampfield: {why}"));
            return Ok(Exit::Usage);
        }
    };
    let rows = Evidence::of(&recording.entries).rows();
    let audit = audit(&recording);
    let lines = u64::try_from(audit.lines).unwrap_or(u64::MAX);
    say(&match args.format {
        DoctorFormat::Table => format!("{}{}", audit_text(&audit, &look), rows_text(&rows, &look)),
        DoctorFormat::Json => rows_json(&rows, lines, look.lang)?,
    })?;
    Ok(if audit.others.is_empty() {
        Exit::Ok
    } else {
        Exit::Failure
    })
}

/// Reads a recording; why it cannot be, in words.
pub(super) fn open(path: &Path, look: &crate::report::Look) -> Result<Recording, String> {
    let file = path.display().to_string();
    let bytes = OpenRules::named(path).up_to(LARGEST).read();
    let bytes = bytes.map_err(|why| {
        let text = recording_texts().not_read.in_lang(look.lang);
        let why = why.words();
        fill(text, &[("file", &file), ("why", &why.in_lang(look.lang))])
    })?;
    read(&bytes).map_err(|why| unreadable(&file, why, look))
}
