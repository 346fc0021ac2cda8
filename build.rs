//! What `--version` says beside the number: the commit that is built, where this is a checkout of git. A
//! tarball has the version alone.
#![allow(clippy::print_stdout)] // how a build script speaks to cargo

use std::path::Path;
use std::process::Command;

fn main() {
    let version = env!("CARGO_PKG_VERSION");
    let said = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version.to_owned(),
    };
    println!("cargo:rustc-env=LAMPFIELD_VERSION={said}");
    // Else every change of any file would run this again.
    println!("cargo:rerun-if-changed=build.rs");
    // Written with each commit and each checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(log) = log.filter(|log| Path::new(log).exists()) {
        println!("cargo:rerun-if-changed={log}");
    }
}

/// Not that of another repository into which a tarball was unpacked.
fn commit() -> Option<String> {
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(args: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    let output = git.args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
