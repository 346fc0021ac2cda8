//! `[procall]`: where ProCall's users and calls come from.

use super::model::{FileSource, Procall};
use super::reader::Reader;
use super::ucserver::ucserver;

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

fn file(reader: &mut Reader<'_>) -> Option<FileSource> {
    let events_file = reader.path(PROCALL, "events_file").map(|(path, _)| path);
    let presence_out = reader.path(PROCALL, "presence_out");
    if let Some((path, spot)) = &presence_out
        && !path.parent().is_some_and(std::path::Path::is_dir)
    {
        reader.fault(
            *spot,
            "the directory of this file does not exist; make it first",
        );
    }
    if reader.spot(PROCALL, "users_file").is_none() {
        reader.missing(PROCALL, "users_file", " (needed by source = \"file\")");
        return None;
    }
    let (users_file, spot) = reader.path(PROCALL, "users_file")?;
    if let Err(why) = std::fs::File::open(&users_file) {
        let message = format!("{} cannot be read: {why}", users_file.display());
        reader.fault(spot, &message);
        return None;
    }
    Some(FileSource {
        users_file,
        events_file,
        presence_out: presence_out.map(|(path, _)| path),
    })
}
