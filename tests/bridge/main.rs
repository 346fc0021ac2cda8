//! The bridge and its two sides against the simulator, over real sockets, in one process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod attached;
mod calls;
mod clock;
mod cluster;
#[path = "../common/mod.rs"]
mod common;
mod connector;
mod contract;
#[path = "../common/contract.rs"]
mod contract_support;
mod farewell;
mod faults;
mod files;
mod mapping;
mod refusals;
mod replayed;
mod silence;
mod soak;
mod stuck;
mod ucserver;
mod versions;
mod writer;
