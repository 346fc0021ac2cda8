//! The terminal: what an administrator sees over SSH.
