//! What is typed, asked, chosen and said beside the table.

use jiff::Timestamp;

use super::filter::{Expr, FilterError};
use super::input::Input;
use super::screen::{LogSize, Screen};
use super::theme::Role;
use model::command::Command;

/// The filter: what is typed, and what is in force.
#[derive(Debug)]
pub(crate) struct Filter {
    /// The line, while it is being typed.
    pub(crate) typing: Option<Input>,
    /// What was typed last.
    pub(crate) text: String,
    /// The last one that reads.
    pub(crate) expr: Expr,
    /// Why the typed one does not.
    pub(crate) error: Option<FilterError>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            typing: None,
            text: String::new(),
            expr: Expr::All,
            error: None,
        }
    }
}

/// A word to the administrator that goes away by itself.
#[derive(Debug)]
pub(crate) struct StatusLine {
    pub(crate) text: String,
    pub(crate) role: Role,
    pub(crate) until: Timestamp,
}

/// A look into the log from another screen: what Esc leads back to.
#[derive(Debug)]
pub(crate) struct Detour {
    pub(crate) screens: Vec<Screen>,
    pub(crate) log_size: LogSize,
}

/// A line that is being typed at the foot, beside the filter.
#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) what: Prompted,
    pub(crate) input: Input,
}

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompted {
    /// A search in the focused log.
    LogSearch,
    /// A search in the help.
    HelpSearch,
    /// The name of the file that the visible rows go into.
    Export,
}

/// A list to choose from, in front of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Menu {
    pub(crate) list: List,
    /// The chosen line.
    pub(crate) at: usize,
}

/// What there is to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// The columns of the table.
    Columns,
    /// The named filters.
    Filters,
}

/// A question that waits for yes or no.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) asks_for: AskedFor,
}

/// What a yes does.
#[derive(Debug)]
pub(crate) enum AskedFor {
    /// Tells the bridge, and says so.
    Order { command: Command, done: String },
    /// Ends the console, and with it the bridge of this process.
    Leave,
}
