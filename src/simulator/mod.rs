//! simulator (to be built).

pub mod ucserver;
