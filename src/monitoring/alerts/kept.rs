//! What lasts and what waits, on disk: a restart neither repeats a begin nor forgets an end.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::alert::{Alert, Lasting};
use super::way::WayName;
use crate::bridge::file_stem;
use crate::config::Config;
use crate::files::{OpenRules, PRIVATE_FOLDER, make_folder};

/// The format; another one is not read.
const SCHEMA: u32 = 1;

/// See the head of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    schema: u32,
    /// By key.
    pub(super) lasting: BTreeMap<String, Lasting>,
    /// Of each way that was configured, also where nothing waits: another one is told of what lasts.
    pub(super) waiting: BTreeMap<WayName, VecDeque<Alert>>,
}

impl Kept {
    pub(super) const fn new(
        lasting: BTreeMap<String, Lasting>,
        waiting: BTreeMap<WayName, VecDeque<Alert>>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            lasting,
            waiting,
        }
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self::new(BTreeMap::new(), BTreeMap::new())
    }
}

/// Where it is kept for this tenant.
pub(super) fn file(config: &Config) -> PathBuf {
    let stem = file_stem(&config.tenant.tenant_id);
    let name = format!("alerts-{stem}.json");
    config.state.directory.join(name)
}

/// What is there; nothing where no file is, or one that says nothing.
///
/// # Errors
/// In words: it is there and cannot be read.
pub(super) fn read(file: &Path) -> Result<Kept, String> {
    let bytes = match OpenRules::ours(file).read() {
        Ok(bytes) => bytes,
        Err(why) if why.is_absence() => return Ok(Kept::default()),
        Err(why) => return Err(why.to_string()),
    };
    let kept: Kept = serde_json::from_slice(&bytes).map_err(|why| why.to_string())?;
    match kept.schema {
        SCHEMA => Ok(kept),
        other => Err(format!("it has format {other}")),
    }
}

/// In one step; nothing is kept of nothing.
///
/// # Errors
/// In words.
pub(super) fn write(file: &Path, kept: &Kept) -> Result<(), String> {
    let rules = OpenRules::ours(file);
    if *kept == Kept::default() {
        return match rules.remove() {
            Err(why) if !why.is_absence() => Err(why.to_string()),
            _ => Ok(()),
        };
    }
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    make_folder(folder, PRIVATE_FOLDER).map_err(|why| why.to_string())?;
    let bytes = serde_json::to_vec(kept).map_err(|why| why.to_string())?;
    let written = rules.replace(&bytes);
    written.map(drop).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_nothing_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state/alerts.json");
        assert_eq!(read(&file), Ok(Kept::default()));
        write(&file, &Kept::default()).unwrap();
        let mut kept = Kept::default();
        kept.waiting.insert(WayName::Webhook, VecDeque::new());
        write(&file, &kept).unwrap();
        assert_eq!(read(&file).as_ref(), Ok(&kept));
        write(&file, &Kept::default()).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn a_file_that_says_nothing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("alerts.json");
        for text in ["", "{", "[]", r#"{"schema":2,"lasting":{},"waiting":{}}"#] {
            std::fs::write(&file, text).unwrap();
            assert!(read(&file).is_err(), "{text}");
        }
    }
}
