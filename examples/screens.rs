//! Writes the pictures of the screens, as text and as SVG, into `docs/screens`, and the links to
//! some of them into the README.

use std::io;
use std::path::Path;

use lampfield::console::{screens, with_screens};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("docs/screens");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in screens() {
        std::fs::write(folder.join(name), text)?;
    }
    let readme = root.join("README.md");
    let text = std::fs::read_to_string(&readme)?;
    std::fs::write(readme, with_screens(&text))
}
