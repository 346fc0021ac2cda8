//! Which of Microsoft's clouds, and whose permission there.

/// Whose permission presence is read with. Everything else is always the application's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadWith {
    /// The application's own.
    #[default]
    Application,
    /// A user's, who signed in with `lampfield login`.
    Delegated,
}

impl ReadWith {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Application, Self::Delegated];

    /// The name in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Delegated => "delegated",
        }
    }
}

/// Microsoft's clouds in which presence exists (Microsoft, "National cloud deployments").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cloud {
    /// Everybody, GCC included.
    #[default]
    Global,
    /// GCC High.
    UsGovL4,
    /// DoD.
    UsGovL5,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Global, Self::UsGovL4, Self::UsGovL5];

    /// The name in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGovL4 => "us-gov-l4",
            Self::UsGovL5 => "us-gov-l5",
        }
    }

    /// Where Entra lives.
    #[must_use]
    pub const fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGovL4 | Self::UsGovL5 => "https://login.microsoftonline.us",
        }
    }

    /// Where Graph lives.
    #[must_use]
    pub const fn graph_base(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com/v1.0",
            Self::UsGovL4 => "https://graph.microsoft.us/v1.0",
            Self::UsGovL5 => "https://dod-graph.microsoft.us/v1.0",
        }
    }
}
