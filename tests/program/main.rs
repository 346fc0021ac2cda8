//! The program as a user starts it: processes, real files, a pty. Tests begin in the order of their names, so
//! those of `after_kill`, which wait longest, do not begin last.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs
)]

mod access;
mod after_kill;
mod alerts;
mod attach;
mod check;
mod cli;
mod cluster;
mod commands;
#[path = "../common/mod.rs"]
mod common;
mod console;
mod disk;
mod doctor;
mod fleet;
mod fleet_engine;
mod german;
mod history;
mod house;
mod init;
mod journal;
mod login;
mod metrics;
mod plain;
mod readme;
mod secrets;
mod service;
mod side_by_side;
mod signals;
mod sinks;
mod sites;
mod ucserver;
mod ucserver_end;
mod why;
