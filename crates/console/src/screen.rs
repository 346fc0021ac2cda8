//! Where the administrator is: which screen is in front, who has the keys, how large the log is.

/// What is in front of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// Why? for the selected user.
    Detail,
    Unmatched,
    Problems,
    Topology,
    Timing,
    /// tui-logger's selector of levels by target.
    Explorer,
    Help,
}

/// Where keys go while the table is in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    Table,
    Log(LogFocus),
}

/// Which log pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFocus {
    Ours,
    Followed,
}

/// How much of the screen the log takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LogSize {
    /// A few lines.
    #[default]
    Small,
    /// Half of it.
    Large,
    /// The log takes no room.
    Off,
}

impl LogSize {
    /// The next one in turn.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Small => Self::Large,
            Self::Large => Self::Off,
            Self::Off => Self::Small,
        }
    }
}
