//! Command line, wiring, exit code: nothing else.

fn main() {}
