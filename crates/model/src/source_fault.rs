//! What is wrong with a ProCall source, as values: what keeps its files from being used, and what
//! was odd once and is passed over. The sentences are in `words`.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::file_fault::FileRefusal;
use crate::presence::CallKind;

/// Why a file of the ProCall source is not used. Paths are harmless.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFault {
    /// The list of users is not taken.
    Users {
        /// The file.
        path: Arc<str>,
        /// Why.
        why: ListFault,
        /// How many users the list has that stays in force, where there is one.
        kept: Option<u32>,
    },
    /// The calls cannot be read.
    Calls {
        /// The file.
        path: Arc<str>,
        /// Why.
        why: FileRefusal,
    },
    /// The file of calls was there and is gone.
    CallsGone {
        /// The file.
        path: Arc<str>,
    },
    /// What Teams makes of presence cannot be written.
    Out {
        /// The file.
        path: Arc<str>,
        /// Why.
        why: FileRefusal,
    },
    /// The disk takes it in too slowly.
    OutSlow {
        /// The file.
        path: Arc<str>,
    },
    /// Nobody writes it: a thread did not start.
    OutNotStarted {
        /// The file.
        path: Arc<str>,
        /// Why.
        why: FileRefusal,
    },
    /// Nobody reads: a thread, or what it needs, did not start.
    NotStarted {
        /// Why.
        why: FileRefusal,
    },
    /// Nothing comes back from the disk or share.
    Hangs,
}

/// Why a list of users is not taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFault {
    /// The file cannot be read.
    Unread(FileRefusal),
    /// Nothing is in it.
    Empty,
    /// It is a workbook of Excel, no text.
    Workbook,
    /// Its header line has no column for the user's name.
    NoUserName {
        /// The columns that it has, harmless.
        found: Arc<str>,
    },
    /// It has a header line only.
    NoUsers,
    /// None of its lines can be read.
    NoLine,
}

impl SourceFault {
    /// The same without what may be a person's name.
    #[must_use]
    pub fn without_names(&self) -> Self {
        let mut quiet = self.clone();
        if let Self::Users {
            why: ListFault::NoUserName { found },
            ..
        } = &mut quiet
        {
            *found = "...".into();
        }
        quiet
    }

    /// The same without its path.
    #[must_use]
    pub fn without_path(&self) -> Self {
        let mut quiet = self.clone();
        match &mut quiet {
            Self::Users { path, .. }
            | Self::Calls { path, .. }
            | Self::CallsGone { path }
            | Self::Out { path, .. }
            | Self::OutSlow { path }
            | Self::OutNotStarted { path, .. } => *path = "".into(),
            Self::NotStarted { .. } | Self::Hangs => {}
        }
        quiet
    }
}

/// What was odd once and is passed over; everything else goes on. Paths and names are harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceWarning {
    /// A line of a file.
    Line {
        /// The file.
        path: Arc<str>,
        /// The line.
        line: OddLine,
    },
    /// More lines of the kind that was named just now.
    MoreLines {
        /// The file.
        path: Arc<str>,
        /// How many.
        count: usize,
    },
    /// There is no file of calls yet.
    NoCallsYet {
        /// Its path.
        path: Arc<str>,
    },
    /// Somebody has a call who is in no list.
    Stranger {
        /// The file of calls.
        path: Arc<str>,
        /// Who.
        user: Arc<str>,
    },
    /// Presence is written again, after so many changes were dropped.
    OutAgain {
        /// The file.
        path: Arc<str>,
        /// How many.
        dropped: u64,
    },
    /// What was set in ProCall could not be taken back at the end.
    NotTakenBack {
        /// For whom, parted by commas.
        users: Arc<str>,
    },
    /// UCServer sends a record that is not as it should be.
    OddRecord(OddRecord),
    /// UCServer sends what is no message.
    NoMessage {
        /// Whether it is a binary frame, where all are text.
        is_binary: bool,
        /// How many came since the start.
        count: u64,
    },
    /// UCServer's clock and this machine's are far apart.
    ServerClock {
        /// How far UCServer's is ahead.
        ahead: SignedDuration,
    },
    /// Contacts show no user name.
    NamelessContacts {
        /// How many.
        count: usize,
    },
    /// The list of users names somebody otherwise than their contact does.
    NamedOtherwise {
        /// As the list says.
        listed: Arc<str>,
        /// As the contact says.
        shown: Arc<str>,
    },
    /// The list of users could not be read anew: the old one stays.
    ListStays {
        /// What UCServer says of it.
        said: Arc<str>,
    },
    /// What is set in ProCall is not known to a start after a crash.
    NoLedger {
        /// The file that would say it.
        path: Arc<str>,
        /// Why it cannot be used.
        why: FileRefusal,
    },
    /// UCServer is older than the operation that reads what is set in ProCall.
    NoAbsentState,
    /// UCServer does not take the token of the session any more: the connector logs in anew at once.
    LogsInAnew,
    /// UCServer sends the connector elsewhere, and it goes there at once.
    SentElsewhere {
        /// Where to.
        to: Arc<str>,
    },
}

impl SourceWarning {
    /// Nothing is wrong: it says how things are.
    #[must_use]
    pub const fn is_notice(&self) -> bool {
        matches!(
            self,
            Self::NoAbsentState | Self::LogsInAnew | Self::SentElsewhere { .. }
        )
    }
}

/// A line of a file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddLine {
    /// Its number, counted from 1.
    pub number: u64,
    /// What is wrong with it.
    pub fault: LineFault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// A quotation mark is not closed, or stands where none can.
    Quote,
    /// It has more fields than the header.
    Fields {
        /// How many it has.
        found: usize,
        /// How many the header has.
        wanted: usize,
    },
    /// It has no user name.
    NoUserName,
    /// Its member `user_name` is empty.
    EmptyUserName,
    /// Its user name is longer than names are.
    LongName {
        /// Its length, in characters.
        length: usize,
        /// The longest that is taken, in characters.
        limit: usize,
    },
    /// Whether the user is excluded is neither yes nor no; it counts as yes, and the line counts.
    Excluded {
        /// What stands there.
        raw: Arc<str>,
    },
    /// It is longer than lines are.
    LongLine {
        /// Its length, in bytes.
        length: u64,
        /// The longest that is read, in bytes.
        limit: u64,
    },
    /// No JSON is in it.
    NoJson,
    /// It is no event: a parser says why, in English.
    NotAnEvent {
        /// The parser's words, without a place.
        said: Arc<str>,
        /// The beginning of what it has read.
        quote: Arc<str>,
    },
    /// Its kind or state is none of the known ones.
    Unknown {
        /// Which field.
        field: &'static str,
        /// What stands there.
        raw: Arc<str>,
        /// The known ones.
        known: &'static str,
    },
    /// An event of this kind has no such state.
    WrongState {
        /// The kind.
        kind: CallKind,
        /// The state.
        state: Arc<str>,
    },
}

impl LineFault {
    /// Whether the line does not count because of it.
    #[must_use]
    pub const fn leaves_out(&self) -> bool {
        !matches!(self, Self::Excluded { .. })
    }
}

/// What stands where a call should, without its values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallShape {
    /// A list.
    List,
    /// Neither a list nor an object.
    NoStructure,
    /// An object with members of these names, harmless and parted by commas.
    Members(Arc<str>),
}

/// What is odd about a record of UCServer's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OddRecord {
    /// A frame is no UTF-8.
    NotUtf8,
    /// A call is not understood.
    Call(CallShape),
    /// An entry of the list of users has no user name.
    NoUserName {
        /// Its place in the list.
        number: usize,
    },
    /// A presence names no contact.
    NoContact {
        /// Its place among the presences.
        number: usize,
    },
}
