//! `cargo xtask dist`: what is given to people, in `target/dist`: a tar.gz, packages for Debian and
//! for Red Hat, a list of what is in the binary, and the checksums of all of it.
//!
//! Two builds of one commit are the same to the byte: times are the commit's, paths of this machine
//! are replaced, files are sorted. `cargo xtask dist --twice` proves it with a second clone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;

mod target;
use target::Target;

/// Where the package has the program; the unit of the sources names the place of a hand-made
/// installation.
const PACKAGED: &str = "/usr/bin/lampfield";

/// What makes the packages: what it is called, and for what it is needed.
const TOOLS: [(&str, &str); 4] = [
    ("cargo-auditable", "the list of dependencies in the binary"),
    ("cargo-deb", "the Debian package"),
    ("cargo-generate-rpm", "the Red Hat package"),
    ("cargo-cyclonedx", "the CycloneDX list of components"),
];

/// What was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    /// Make it once more elsewhere, and compare.
    pub(crate) twice: bool,
    /// With the program as the tests have it: what is in the packages is the same but for speed and
    /// size, and it is there at once.
    pub(crate) quick: bool,
}

/// Makes everything; what could not be made is named.
pub(crate) fn dist(wish: Wish) -> io::Result<()> {
    let job = Job::new(root().canonicalize()?, wish.quick)?;
    job.make()?;
    if wish.twice { job.compare() } else { Ok(()) }
}

/// One distribution of one commit.
struct Job {
    root: PathBuf,
    /// Where cargo builds.
    target: PathBuf,
    /// Where the results go.
    out: PathBuf,
    version: String,
    /// The commit's time, in seconds since 1970: the time of everything.
    epoch: String,
    /// What it is built for. The first one runs on this machine.
    targets: Vec<Target>,
    /// As cargo calls it, and the folder of its results.
    profile: (&'static str, &'static str),
}

impl Job {
    fn new(root: PathBuf, quick: bool) -> io::Result<Self> {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let epoch = said(
            Command::new("git")
                .args(["log", "-1", "--format=%ct"])
                .current_dir(&root),
        )?;
        let targets = if quick {
            vec![Target::OWN]
        } else {
            target::available()
        };
        Ok(Self {
            out: root.join("target/dist"),
            // Cargo's own folder for the profile `dist` is that of the results.
            target: if quick {
                target
            } else {
                target.join("dist-build")
            },
            root,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            epoch,
            targets,
            profile: if quick {
                ("dev", "debug")
            } else {
                ("dist", "dist")
            },
        })
    }

    fn make(&self) -> io::Result<()> {
        let missing: Vec<&str> = TOOLS
            .map(|(tool, _)| tool)
            .into_iter()
            .filter(|tool| !is_there(tool))
            .collect();
        for (tool, what) in TOOLS.iter().filter(|(tool, _)| missing.contains(tool)) {
            println!("left out: {what} (cargo install --locked {tool})");
        }
        let has = |tool: &str| !missing.contains(&tool);
        self.clear()?;
        let mut runs_here = None;
        for target in &self.targets {
            let binary = self.build(target, has("cargo-auditable"))?;
            let stage = self.stage(&binary, runs_here.get_or_insert(binary.clone()))?;
            self.tarball(target, &stage)?;
            // They take everything from the tree that was made for them, whatever built it.
            if has("cargo-deb") {
                let deb = ["deb", "--no-build", "--no-strip", "--profile", "dist"];
                self.packager(target, &deb)?;
            }
            if has("cargo-generate-rpm") {
                self.packager(target, &["generate-rpm", "--profile", "dist"])?;
            }
        }
        if has("cargo-cyclonedx") {
            self.components()?;
        }
        self.checksums()
    }

    /// The program, without a path of this machine in it.
    fn build(&self, target: &Target, auditable: bool) -> io::Result<PathBuf> {
        let home = std::env::var_os("CARGO_HOME").map_or_else(
            || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
            PathBuf::from,
        );
        let mut replaced = vec![
            (home.clone(), "/cargo"),
            (self.target.clone(), "/target"),
            (self.root.clone(), "/lampfield"),
        ];
        // Where what is downloaded lies, a folder for each registry. The last that fits counts.
        for folder in fs::read_dir(home.join("registry/src"))
            .into_iter()
            .flatten()
        {
            replaced.push((folder?.path(), "/crates"));
        }
        let mapped = replaced.into_iter();
        let mapped =
            mapped.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
        let flags: Vec<String> = mapped.chain(target.compiler_flags()).collect();
        let mut build = self.command("cargo");
        if auditable && self.profile.0 == "dist" {
            build.arg("auditable");
        }
        let (profile, results) = self.profile;
        build.args(["build", "--locked", "--bin", "lampfield"]);
        build.args(["--profile", profile]);
        if profile == "dist" {
            build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        } else {
            // The C libraries are built anew where it changes.
            build.env_remove("SOURCE_DATE_EPOCH");
        }
        build.args(target.argument()).envs(target.compilers());
        run(&mut build)?;
        let folder = self.target.join(target.folder());
        Ok(folder.join(results).join("lampfield"))
    }

    /// The tree of the tar.gz, from which the packages take their files as well. What the program says of
    /// itself is said by the one that runs here.
    fn stage(&self, binary: &Path, runs_here: &Path) -> io::Result<PathBuf> {
        let stage = self.root.join("target/package");
        empty(&stage)?;
        let put = |name: &str, text: &[u8]| {
            let place = stage.join(name);
            fs::create_dir_all(place.parent().unwrap_or(&stage))?;
            fs::write(place, text)
        };
        fs::copy(binary, stage.join("lampfield"))?;
        if self.profile.0 == "dev" {
            run(self.command("strip").arg(stage.join("lampfield")))?;
        }
        for (name, arguments) in [
            ("man/man1/lampfield.1", &["--lang", "en", "man"][..]),
            ("man/de/man1/lampfield.1", &["--lang", "de", "man"]),
            (
                "completions/lampfield.bash",
                &["--lang", "en", "completions", "bash"],
            ),
            (
                "completions/_lampfield",
                &["--lang", "en", "completions", "zsh"],
            ),
            (
                "completions/lampfield.fish",
                &["--lang", "en", "completions", "fish"],
            ),
        ] {
            put(name, &output(Command::new(runs_here).args(arguments))?)?;
        }
        let unit = fs::read_to_string(self.root.join("assets/lampfield.service"))?;
        put("lampfield.service", packaged(&unit).as_bytes())?;
        put("licences.txt", &self.licences()?)?;
        put("changelog", self.debian_changelog()?.as_bytes())?;
        for file in [
            "README.md",
            "CHANGELOG.md",
            "LICENSE",
            "assets/config.example.toml",
        ] {
            let text = fs::read(self.root.join(file))?;
            put(file.trim_start_matches("assets/"), &text)?;
        }
        for folder in ["docs", "assets/themes"] {
            let name = folder.trim_start_matches("assets/");
            copy_files(&self.root.join(folder), &stage.join(name))?;
        }
        Ok(stage)
    }

    fn tarball(&self, target: &Target, stage: &Path) -> io::Result<()> {
        let name = format!("lampfield-{}-{}", self.version, target.name());
        let mut tar = self.command("tar");
        tar.args([
            "--sort=name",
            "--owner=0",
            "--group=0",
            "--numeric-owner",
            "--mode=go=rX,u+rw",
        ]);
        tar.arg(format!("--mtime=@{}", self.epoch));
        tar.arg(format!("--transform=s,^\\.,{name},"));
        tar.args([
            "--use-compress-program=gzip -n9",
            "--exclude=./changelog",
            "-cf",
        ]);
        tar.arg(self.out.join(format!("{name}.tar.gz")));
        tar.arg("-C").arg(stage).arg(".");
        run(&mut tar)
    }

    /// Everything in the binary, with its licence.
    fn licences(&self) -> io::Result<Vec<u8>> {
        let mut tree = self.command("cargo");
        tree.args([
            "tree",
            "--locked",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--no-dedupe",
        ]);
        tree.args(["--format", "{p}: {l}"]);
        let all = output(&mut tree)?;
        let all = String::from_utf8_lossy(&all).replace(&format!(" ({})", self.root.display()), "");
        let here = format!("({}", self.root.display());
        let mut lines: Vec<&str> = all.lines().filter(|line| !line.contains(&here)).collect();
        lines.sort_unstable();
        lines.dedup();
        Ok(format!("{}\n", lines.join("\n")).into_bytes())
    }

    /// Debian wants one in its own form.
    fn debian_changelog(&self) -> io::Result<String> {
        let at = said(
            Command::new("date")
                .args(["-R", "-u", "-d"])
                .arg(format!("@{}", self.epoch)),
        )?;
        Ok(format!(
            "lampfield ({}-1) unstable; urgency=medium\n\n  * What is new: changelog.gz.\n\n -- {MAINTAINER}  {at}\n\n\
             lampfield (0.1.0-1) unstable; urgency=medium\n\n  * The first one.\n\n -- {MAINTAINER}  {FIRST_RELEASE}\n",
            self.version,
        ))
    }

    fn components(&self) -> io::Result<()> {
        let mut list = self.command("cargo");
        list.args([
            "cyclonedx",
            "--format",
            "json",
            "--manifest-path",
            "Cargo.toml",
        ]);
        list.args(["--override-filename", "lampfield.cdx"]);
        run(&mut list)?;
        let made = self.root.join("lampfield.cdx.json");
        fs::rename(
            made,
            self.out
                .join(format!("lampfield-{}.cdx.json", self.version)),
        )?;
        // One for each crate of the workspace, of which nobody asked.
        for folder in ["crates", "xtask"] {
            remove_named(&self.root.join(folder), "lampfield.cdx.json")?;
        }
        Ok(())
    }

    /// What was made before. Who builds with the profile `dist` by hand has the program beside it.
    fn clear(&self) -> io::Result<()> {
        fs::create_dir_all(&self.out)?;
        for name in self.made()? {
            fs::remove_file(self.out.join(name))?;
        }
        Ok(())
    }

    /// The names of what is there, sorted.
    fn made(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.out)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let of_ours = ["lampfield-", "lampfield_", "SHA256SUMS"];
            if of_ours.iter().any(|start| name.starts_with(start)) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn checksums(&self) -> io::Result<()> {
        let names = self.made()?;
        let sums = output(
            Command::new("sha256sum")
                .args(&names)
                .current_dir(&self.out),
        )?;
        print!("{}", String::from_utf8_lossy(&sums));
        fs::write(self.out.join("SHA256SUMS"), sums)
    }

    /// Makes everything again from a clone in another folder.
    fn compare(&self) -> io::Result<()> {
        let folder = self.root.join("target/dist-twice");
        empty(&folder)?;
        let clone = folder.join("clone");
        run(Command::new("git")
            .args(["clone", "--quiet"])
            .arg(&self.root)
            .arg(&clone))?;
        run(Command::new("cargo")
            .args(["xtask", "dist"])
            .current_dir(&clone)
            .env("CARGO_TARGET_DIR", clone.join("target")))?;
        let sums = |root: &Path| fs::read_to_string(root.join("target/dist/SHA256SUMS"));
        if sums(&self.root)? != sums(&clone)? {
            return Err(io::Error::other(format!(
                "the second build differs: compare target/dist with {}",
                clone.join("target/dist").display()
            )));
        }
        println!("two builds, the same to the byte");
        fs::remove_dir_all(folder)
    }

    fn packager(&self, target: &Target, arguments: &[&str]) -> io::Result<()> {
        let mut cargo = self.command("cargo");
        cargo.args(arguments).arg("--output").arg(&self.out);
        cargo.args(target.argument());
        run(&mut cargo)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("SOURCE_DATE_EPOCH", &self.epoch)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }
}

/// Of 0.1.0, for Debian's changelog.
const FIRST_RELEASE: &str = "Wed, 25 Nov 2026 12:00:00 +0000";

/// As `Cargo.toml` has it for the packages.
const MAINTAINER: &str = "lampfield maintainers <maintainers@lampfield.dev>";

/// The unit as the packages have it: with their program, with the group of those who look, and not
/// started before somebody has configured it.
fn packaged(unit: &str) -> String {
    unit.replace("/usr/local/bin/lampfield", PACKAGED)
        .replace(
            "\n[Service]\n",
            "ConditionPathExists=/etc/lampfield/lampfield.toml\n\n[Service]\nSupplementaryGroups=lampfield\n",
        )
}

pub(crate) fn is_there(tool: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(tool).is_file())
}

fn run(command: &mut Command) -> io::Result<()> {
    let status = command.status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command:?}: {status}")))
}

fn output(command: &mut Command) -> io::Result<Vec<u8>> {
    let done = command.output()?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    let why = String::from_utf8_lossy(&done.stderr);
    Err(io::Error::other(format!(
        "{command:?}: {}: {why}",
        done.status
    )))
}

/// The one line that a command says.
pub(crate) fn said(command: &mut Command) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&output(command)?).trim().to_owned())
}

fn empty(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (place, target) = (
            entry.as_ref().map(fs::DirEntry::path),
            entry.as_ref().map(fs::DirEntry::file_name),
        );
        let (Ok(place), Ok(name)) = (place, target) else {
            continue;
        };
        if place.is_dir() {
            copy_files(&place, &to.join(name))?;
        } else {
            fs::copy(&place, to.join(name))?;
        }
    }
    Ok(())
}

fn remove_named(folder: &Path, name: &str) -> io::Result<()> {
    let own = folder.join(name);
    if own.is_file() {
        fs::remove_file(own)?;
    }
    for entry in fs::read_dir(folder)? {
        let place = entry?.path();
        if place.is_dir() {
            remove_named(&place, name)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packaged_unit_waits_for_its_configuration() {
        let unit = fs::read_to_string(root().join("assets/lampfield.service")).unwrap();
        let unit = packaged(&unit);
        let has = |line: &str| unit.lines().any(|it| it == line);
        assert!(has("ConditionPathExists=/etc/lampfield/lampfield.toml"));
        assert!(has("SupplementaryGroups=lampfield"));
        assert!(!unit.contains("/usr/local"), "{unit}");
        assert!(unit.contains("ExecStart=/usr/bin/lampfield run"));
    }

    #[test]
    fn the_packages_take_only_what_is_made() {
        let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains(MAINTAINER));
    }
}
