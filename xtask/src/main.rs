//! What the product itself does not need: pictures, generated pages, packages.
//!
//! `cargo xtask dist` makes what is given to people, see [`dist`].
//!
//! `cargo xtask pages` writes everything in `docs` and README that is made from the code; tests
//! compare it with what is kept.
#![allow(clippy::print_stderr, clippy::print_stdout)]

mod dist;
mod screens;
mod svg;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dist::Wish;
use lampfield::config::keys_as_markdown;

const USAGE: &str = "usage:
  cargo xtask pages          writes docs/screens, docs/keys.md and README's tables and pictures
  cargo xtask dist           makes the tar.gz and the packages in target/dist
  cargo xtask dist --twice   once more from a clone elsewhere, which must be the same to the byte
  cargo xtask dist --quick   with the program as the tests have it, for a look at the packages";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["pages"] => pages(),
        ["dist"] => dist::dist(Wish {
            twice: false,
            quick: false,
        }),
        ["dist", "--twice"] => dist::dist(Wish {
            twice: true,
            quick: false,
        }),
        ["dist", "--quick"] => dist::dist(Wish {
            twice: false,
            quick: true,
        }),
        _ => Err(io::Error::other(USAGE)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).to_path_buf()
}

fn pages() -> io::Result<()> {
    let root = root();
    let folder = root.join("docs/screens");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in screens::screens() {
        std::fs::write(folder.join(name), text)?;
    }
    std::fs::write(root.join("docs/keys.md"), console::keys_page())?;
    let readme = root.join("README.md");
    let text = std::fs::read_to_string(&readme)?;
    std::fs::write(readme, screens::with_screens(&text))?;
    let page = root.join("docs/configuration.md");
    let text = std::fs::read_to_string(&page)?;
    std::fs::write(page, with_keys(&text))
}

/// `page` with the keys of the configuration between its two marks.
fn with_keys(page: &str) -> String {
    const BEGIN: &str = "<!-- keys -->\n";
    const END: &str = "<!-- /keys -->";
    let Some((before, rest)) = page.split_once(BEGIN) else {
        return page.to_owned();
    };
    let Some((_, after)) = rest.split_once(END) else {
        return page.to_owned();
    };
    format!("{before}{BEGIN}{}{END}{after}", keys_as_markdown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_configuration_has_every_key() {
        let page = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
        assert!(page.contains("| `tenant_id` |"));
        assert!(with_keys(&page) == page, "run: cargo xtask pages");
    }
}
