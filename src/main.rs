//! The program: everything is in the library, so that its tests reach it.

use std::process::ExitCode;

/// Of those that were measured the one that keeps least of what was freed: benches/README.md.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    lampfield::commands::main()
}
