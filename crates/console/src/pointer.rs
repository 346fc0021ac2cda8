//! What the mouse did, where the terminal reports it.

/// A report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    pub(crate) act: PointerAct,
    /// From 0 at the left.
    pub(crate) column: u16,
    /// From 0 at the top.
    pub(crate) row: u16,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointerAct {
    /// The left button.
    Press,
    WheelUp,
    WheelDown,
}
