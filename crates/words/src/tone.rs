//! How a sentence is to look.

/// How a sentence is to look, by meaning. It never carries anything alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As everything else.
    Text,
    /// Beside the point.
    Muted,
    /// It matters here.
    Accent,
    /// As it should be.
    Good,
    /// Odd.
    Warning,
    /// Wrong.
    Bad,
}
