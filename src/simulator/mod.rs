//! simulator (to be built).
