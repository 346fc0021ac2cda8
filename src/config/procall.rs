//! `[procall]`: where ProCall's users and calls come from.

use std::path::{Path, PathBuf};

use super::model::{FileSourceConfig, Procall};
use super::reader::Reader;
use super::ucserver::ucserver;
use files::{OpenError, OpenRules};

const PROCALL: &str = "procall";

#[derive(Clone, Copy)]
enum Kind {
    File,
    UcServer,
}

/// Reads the tables; `None` where anything in them is wrong.
pub(super) fn procall(reader: &mut Reader<'_>) -> Option<Procall> {
    let kind = match reader.spot(PROCALL, "source") {
        None => Kind::File,
        Some(_) => reader.choice(
            PROCALL,
            "source",
            &[("file", Kind::File), ("ucserver", Kind::UcServer)],
        )?,
    };
    match kind {
        Kind::File => file(reader).map(Procall::File),
        Kind::UcServer => ucserver(reader).map(|found| Procall::UcServer(Box::new(found))),
    }
}

fn file(reader: &mut Reader<'_>) -> Option<FileSourceConfig> {
    let events_file = reader.file(PROCALL, "events_file").map(|(path, _)| path);
    let presence_out = presence_out(reader, events_file.as_deref());
    if reader.spot(PROCALL, "users_file").is_none() {
        reader.missing(PROCALL, "users_file", " (needed by source = \"file\")");
        return None;
    }
    let (users_file, spot) = reader.path(PROCALL, "users_file")?;
    if let Err(why) = is_readable(&users_file) {
        let message = format!("{} cannot be read: {why}", users_file.display());
        reader.fault(spot, &message);
        return None;
    }
    Some(FileSourceConfig {
        users_file,
        events_file,
        presence_out,
    })
}

fn is_readable(file: &Path) -> Result<(), String> {
    match OpenRules::named(file).to_read() {
        Ok(_) => Ok(()),
        Err(OpenError::Kind(_)) => Err("it is not a file".to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

fn presence_out(reader: &mut Reader<'_>, events_file: Option<&Path>) -> Option<PathBuf> {
    let (path, spot) = reader.file(PROCALL, "presence_out")?;
    if !path.parent().is_some_and(Path::is_dir) {
        let why = "the directory of this file does not exist; make it first";
        reader.fault(spot, why);
    }
    if Some(path.as_path()) == events_file {
        let why = "the same file as events_file; expected another one: what lampfield writes \
                   would come back as calls";
        reader.fault(spot, why);
    }
    Some(path)
}
