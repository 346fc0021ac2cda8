//! Records of Graph's answers that could not be read as they came: each is named in the log once,
//! and counted from then on. Everybody else was read.

use tracing::Level;

use super::super::event::OddList;
use super::super::line::LogTarget;
use super::Core;
use graph::{OddRecord, OddRecords, Oddity};

impl Core {
    pub(super) fn take_odd(&mut self, list: OddList, records: &OddRecords) {
        for record in records.as_slice() {
            self.count_odd(list, record);
        }
    }

    fn count_odd(&mut self, list: OddList, record: &OddRecord) {
        let (target, place) = match list {
            OddList::Presence => (LogTarget::Poll, "presence"),
            OddList::Directory => (LogTarget::Directory, "directory"),
        };
        let name = format!("{place} {}", record.who);
        if !self.tenant.count_odd(name) {
            return;
        }
        let message = format!(
            "one record of Graph's {place} is odd, {}: {}. It costs nobody else; it is counted from now on and not named again",
            record.who,
            words(record.what)
        );
        self.log(Level::WARN, target, None, message);
    }
}

const fn words(what: Oddity) -> &'static str {
    match what {
        Oddity::Mended => {
            "something in it is no text or no JSON (half a character, another encoding); that is replaced or left out, the rest is read"
        }
        Oddity::NoId => "it has no id that is a GUID, and is left out",
        Oddity::NoUserName => "it has no user principal name, and is left out",
    }
}
