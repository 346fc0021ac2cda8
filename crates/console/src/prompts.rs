//! What is typed, asked, chosen and said beside the table.

use jiff::Timestamp;

use super::filter::{Completion, Expr, FilterError};
use super::input::Input;
use super::recall::Recall;
use super::screen::{LogSize, Screen};
use super::settings::NamedFilter;
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
    /// How it was typed.
    pub(crate) good: String,
    /// Why the typed one does not.
    pub(crate) error: Option<FilterError>,
    /// What was typed before, the newest last.
    pub(crate) history: Vec<String>,
    /// Where the arrows have led, while it is being typed.
    pub(crate) recall: Recall,
    /// What Tab offers.
    pub(crate) offer: Option<Offer>,
    /// The filters that were given a name here, beside those of the configuration.
    pub(crate) saved: Vec<NamedFilter>,
}

/// What Tab offers, and which of it stands in the line.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) of: Completion,
    /// Nothing before Tab was pressed once more.
    pub(crate) chosen: Option<usize>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            typing: None,
            text: String::new(),
            expr: Expr::All,
            good: String::new(),
            error: None,
            history: Vec::new(),
            recall: Recall::default(),
            offer: None,
            saved: Vec::new(),
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
    /// A search in the list of those without a row.
    OtherSearch,
    /// The name of the file that the visible rows go into.
    Export,
    /// The name under which the present filter is saved.
    FilterName,
    /// The time of the past to go to.
    PastTime,
}

/// The list of all actions, while it is open.
#[derive(Debug, Default)]
pub(crate) struct Palette {
    /// What is searched for.
    pub(crate) input: Input,
    /// The chosen line of those that fit.
    pub(crate) at: usize,
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
    /// The columns, to sort by one.
    Sort,
    /// What rings, and how.
    Alerts,
}

/// A question that waits for yes or no, by what a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Tells the bridge, and says so.
    Order(Command),
    /// Ends the console, and with it the bridge of this process.
    Leave,
}
