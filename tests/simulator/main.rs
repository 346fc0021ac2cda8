//! The simulator on its own: what the real servers do and refuse.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod bench;
mod contract;
#[path = "../common/contract.rs"]
mod contract_support;
mod faults;
mod tenant;
mod ucserver_faults;
