//! esplog (to be built).
