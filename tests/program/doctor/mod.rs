//! `lampfield doctor` against prepared misconfigurations: each is named, with what to do about it.
pub(crate) mod bench;
mod bridge;
mod microsoft;
mod procall;
mod record;
mod write;
