//! `lampfield doctor` against prepared misconfigurations: each is named, with what to do about it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod bench;
mod microsoft;
mod procall;
mod write;
