//! `[procall]`: where ProCall's users and calls come from.

use std::path::{Path, PathBuf};

use super::fault::said;
use super::load::not_opened;
use super::model::{FileSourceConfig, Procall};
use super::reader::Reader;
use super::ucserver::ucserver;
use files::OpenRules;
use words::{Value, Words};

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
        let values: [(&str, &dyn Value); 2] = [("key", &"source"), ("value", &"file")];
        let why = said(|t| t.faults.missing_for, &values);
        reader.missing(PROCALL, "users_file", &why);
        return None;
    }
    let (users_file, spot) = reader.path(PROCALL, "users_file")?;
    if let Err(why) = is_readable(&users_file) {
        let values: [(&str, &dyn Value); 2] = [("file", &users_file.display()), ("why", &why)];
        reader.fault(spot, said(|t| t.faults.file_unreadable, &values));
        return None;
    }
    Some(FileSourceConfig {
        users_file,
        events_file,
        presence_out,
    })
}

fn is_readable(file: &Path) -> Result<(), Words> {
    let opened = OpenRules::named(file).to_read();
    opened.map(drop).map_err(|why| not_opened(&why))
}

fn presence_out(reader: &mut Reader<'_>, events_file: Option<&Path>) -> Option<PathBuf> {
    let (path, spot) = reader.file(PROCALL, "presence_out")?;
    if !path.parent().is_some_and(Path::is_dir) {
        reader.fault_of(spot, |t| t.faults.no_directory_of_file);
    }
    if Some(path.as_path()) == events_file {
        reader.fault_of(spot, |t| t.faults.same_as_events);
    }
    Some(path)
}
