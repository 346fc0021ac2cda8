//! The program: everything is in the library, so that its tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    lampfield::commands::main()
}
