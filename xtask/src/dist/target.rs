//! What the program is built for: static programs that run on every Linux of their kind of processor,
//! as far as this machine can build them.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{is_there, said};

/// Something to build for.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// As rustc calls it; this machine's own where there is none.
    triple: Option<&'static str>,
    /// The C compiler that is needed for it.
    compiler: &'static str,
    /// The package of Debian that has it.
    package: &'static str,
}

const STATIC: [Target; 2] = [
    Target {
        triple: Some("x86_64-unknown-linux-musl"),
        compiler: "x86_64-linux-musl-gcc",
        package: "musl-tools",
    },
    // Of the C library only the headers are taken, and those say the same: what is linked is Rust's musl.
    Target {
        triple: Some("aarch64-unknown-linux-musl"),
        compiler: "aarch64-linux-gnu-gcc",
        package: "gcc-aarch64-linux-gnu",
    },
];

/// No panic unwinds through C: tables for that are left out, and so are zstd's compressors of levels that nothing here
/// asks for (13 and more).
const C_FLAGS: &str = "-fno-asynchronous-unwind-tables -DZSTD_EXCLUDE_BTLAZY2_BLOCK_COMPRESSOR \
    -DZSTD_EXCLUDE_BTOPT_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_BTULTRA_BLOCK_COMPRESSOR";

/// What can be built here, this machine's own kind first. What cannot is named.
pub(super) fn available() -> Vec<Target> {
    let mut found: Vec<Target> = STATIC.into_iter().filter(Target::is_available).collect();
    found.sort_by_key(|target| !target.is_of_this_machine());
    if !found.first().is_some_and(Target::is_of_this_machine) {
        println!("instead: a program that needs the C library of this machine, or a newer one");
        found.insert(0, Target::OWN);
    }
    found
}

impl Target {
    /// With the C library of this machine.
    pub(super) const OWN: Self = Self {
        triple: None,
        compiler: "cc",
        package: "gcc",
    };

    /// In the name of what is made.
    pub(super) fn name(&self) -> String {
        self.triple
            .map_or_else(|| format!("{ARCH}-linux-gnu"), str::to_owned)
    }

    /// Where cargo puts what it builds, in its own folder.
    pub(super) fn folder(&self) -> &'static str {
        self.triple.unwrap_or("")
    }

    /// How cargo is told.
    pub(super) fn argument(&self) -> Vec<&'static str> {
        self.triple
            .map_or_else(Vec::new, |triple| vec!["--target", triple])
    }

    /// What rustc is told so that the program is smaller. With frame pointers, the tables by which a panic unwinds take
    /// a third of a megabyte less, and a profiler sees who called. The linker that comes with rustc writes functions
    /// that are the same once; a distribution's rustc may come without. A static program moves its own addresses at its
    /// start: packed, they take 7 KB instead of half a megabyte. Where the C library does that, it would have to be a
    /// newer one.
    pub(super) fn compiler_flags(&self) -> Vec<String> {
        let mut flags = vec!["-Cforce-frame-pointers=yes".to_owned()];
        if let Some(folder) = linker_of_rustc() {
            let folder = format!("-Clink-arg=-B{}", folder.display());
            flags.extend(["-Clink-arg=-fuse-ld=lld".to_owned(), folder]);
            flags.push("-Clink-arg=-Wl,--icf=all".to_owned());
        }
        if self.triple.is_some() {
            flags.push("-Clink-arg=-Wl,-z,pack-relative-relocs".to_owned());
        }
        flags
    }

    /// Which compiler is for C and which links, as variables for cargo and for `cc`.
    pub(super) fn compilers(&self) -> Vec<(String, &'static str)> {
        let Some(triple) = self.triple else {
            return Vec::new();
        };
        let name = triple.replace('-', "_");
        let linker = format!("CARGO_TARGET_{}_LINKER", name.to_uppercase());
        let mut told = vec![
            (format!("CC_{name}"), self.compiler),
            (format!("CFLAGS_{name}"), C_FLAGS),
        ];
        if !self.is_of_this_machine() {
            told.push((linker, self.compiler));
        }
        told
    }

    fn is_of_this_machine(&self) -> bool {
        self.triple.is_none_or(|triple| triple.starts_with(ARCH))
    }

    fn is_available(&self) -> bool {
        let triple = self.triple.unwrap_or_default();
        let mut rustc = Command::new("rustc");
        let libraries = said(rustc.args(["--print", "target-libdir", "--target", triple]));
        if !libraries.is_ok_and(|folder| Path::new(&folder).is_dir()) {
            println!("left out: a static program for {triple} (rustup target add {triple})");
            return false;
        }
        if !is_there(self.compiler) {
            let package = self.package;
            println!("left out: a static program for {triple} (apt install {package})");
            return false;
        }
        true
    }
}

/// Where the linker lies that comes with rustc, under the name by which a C compiler looks for it.
fn linker_of_rustc() -> Option<PathBuf> {
    let libraries = said(Command::new("rustc").args(["--print", "target-libdir"])).ok()?;
    let folder = Path::new(&libraries).parent()?.join("bin/gcc-ld");
    folder.join("ld.lld").exists().then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_elsewhere_is_linked_by_its_own_compiler() {
        for target in STATIC {
            let triple = target.triple.unwrap();
            let compilers = target.compilers();
            assert_eq!(compilers[0].0, format!("CC_{}", triple.replace('-', "_")));
            let linker = compilers.iter().any(|(name, _)| name.ends_with("_LINKER"));
            assert_eq!(!linker, triple.starts_with(ARCH), "{triple}");
            assert_eq!(target.argument(), ["--target", triple]);
            assert_eq!(target.name(), triple);
        }
        assert!(Target::OWN.compilers().is_empty() && Target::OWN.argument().is_empty());
    }
}
