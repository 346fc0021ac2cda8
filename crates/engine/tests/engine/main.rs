//! The engine against a real Redis, started by each test for itself. Without `redis-server` on this
//! machine each says in its output that it was skipped.
//!
//! | file | what |
//! | --- | --- |
//! | `server` | a Redis of a test's own, and its clock |
//! | `proxy` | the way to it: cut, delayed, halved |
//! | `story` | seeded stories: every answer is that of the engine in memory |
//! | `shared` | ledger, budget, members |
//! | `tenants` | what whoever is no member is told |
//! | `picture`, `commands` | what goes from member to member |
//! | `replaced` | restarted empty, promoted, failed over by sentinels |
//! | `failing` | read-only, full, stopped, cut off |
//! | `access` | password, ACL, TLS |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    missing_docs
)]

mod access;
mod commands;
mod failing;
mod picture;
mod proxy;
mod replaced;
mod server;
mod shared;
mod story;
mod tenants;
